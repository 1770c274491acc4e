"""What regret gives: the bound beside what was simulated, by participant, line and month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.regret import table
from sim.report.document import Document
from sim.report.markdown import to_markdown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Amount:
    """A cost or an energy on both sides.

    Attributes:
        month: Local month, such as `2025-07`.
        owner: Participant.
        what: Line of the cost, or flow of the energy.
        simulated: In the run [USD or MWh].
        bound: In the program [USD or MWh].
    """

    month: str
    owner: str
    what: str
    simulated: float
    bound: float

    @property
    def gap(self) -> float:
        """The simulated amount minus that of the program."""
        return self.simulated - self.bound


@dataclass(frozen=True)
class Regret:
    """How far the dispatch of a run is from a lower bound on its cost.

    The bound is the cost of a linear program that knows the whole run in advance. No dispatch of the same
    supply, firm demand, work and prices costs less; whether one reaches it is not known.

    Attributes:
        name: Name of the campus.
        simulated_usd: Cost of the run: bill, unserved energy at the value of lost load, and flexible energy
            of work not done at the price of its jobs.
        bound_usd: The bound on that cost.
        supply_gap_usd: What the run cost more than a bound with the power of all jobs as in the run; at most
            the whole gap.
        intervals: Number of intervals of the program.
        costs: Cost by month, participant and line.
        energies: Energy by month, participant and flow.
    """

    name: str
    simulated_usd: float
    bound_usd: float
    supply_gap_usd: float
    intervals: int
    costs: tuple[Amount, ...]
    energies: tuple[Amount, ...]

    @property
    def gap_usd(self) -> float:
        """What the run cost more than the bound."""
        return self.simulated_usd - self.bound_usd

    @property
    def gap_pu(self) -> float:
        """The gap over the size of the bound; 0 if both are 0."""
        return self.gap_usd / abs(self.bound_usd) if self.bound_usd else 0.0

    def by_line(self) -> dict[str, tuple[float, float]]:
        """Simulated cost and bound of each line [USD]."""
        return _sums(self.costs, lambda one: one.what)

    def by_participant(self) -> dict[str, tuple[float, float]]:
        """Simulated cost and bound of each participant [USD]."""
        return _sums(self.costs, lambda one: one.owner)

    def by_month(self) -> dict[str, tuple[float, float]]:
        """Simulated cost and bound of each local month [USD], in their order."""
        return dict(sorted(_sums(self.costs, lambda one: one.month).items()))

    def by_flow(self) -> dict[str, tuple[float, float]]:
        """Simulated energy and that of the program of each flow, such as `battery.charge_mw` [MWh]."""
        return _sums(self.energies, lambda one: f"{one.owner}.{one.what}")

    def document(self) -> Document:
        """The tables of both sides as a document, for a renderer."""
        return table.document(self)

    def __str__(self) -> str:
        return to_markdown(self.document())

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return str(self)

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each month, participant and line of cost [USD] or flow [MWh], on both sides."""
        import pandas as pd

        rows = [
            (one.month, one.owner, one.what, unit, one.simulated, one.bound, one.gap)
            for unit, amounts in (("USD", self.costs), ("MWh", self.energies))
            for one in amounts
        ]
        return pd.DataFrame(
            rows, columns=["month", "participant", "what", "unit", "simulated", "bound", "gap"]
        )


def _sums(amounts: tuple[Amount, ...], key: Callable[[Amount], str]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for one in amounts:
        simulated, bound = found.get(key(one), (0.0, 0.0))
        found[key(one)] = (simulated + one.simulated, bound + one.bound)
    return found
