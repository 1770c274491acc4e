"""The report of a regret: cost by line, month and flow beside the bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sim.report.document import Document, Heading, Paragraph, Table
from sim.report.numbers import cell, column, whole

_SAID = (
    "The bound is the cost of a linear program that knows the run in advance. No dispatch of the same "
    "supply, firm demand, work and prices costs less. Parts of a unit may run, minimum "
    "levels are left out, and jobs share servers without loss, so it need not be attainable."
)
_SOLVED_PU = 1e-7
"""Difference of a cost, relative to it, that the tolerance of the program explains."""
_LEAST_MWH = 1e-3
"""Difference of an energy that it explains."""

Sides = Mapping[str, tuple[float, float]]
"""The simulated amount and that of the program by name."""


class Found(Protocol):
    """What the report shows of a regret."""

    @property
    def simulated_usd(self) -> float:
        """Cost of the run."""

    @property
    def bound_usd(self) -> float:
        """The bound on it."""

    @property
    def supply_gap_usd(self) -> float:
        """What the run cost more than a bound with the power of all jobs as in the run."""

    @property
    def gap_usd(self) -> float:
        """What it cost more than the bound."""

    @property
    def gap_pu(self) -> float:
        """The gap over the size of the bound."""

    def by_line(self) -> Sides:
        """Cost of each line [USD]."""

    def by_participant(self) -> Sides:
        """Cost of each participant [USD]."""

    def by_month(self) -> Sides:
        """Cost of each month [USD]."""

    def by_flow(self) -> Sides:
        """Energy of each flow [MWh]."""


def document(found: Found) -> Document:
    """The tables of a regret."""
    total = {"total": (found.simulated_usd, found.bound_usd)}
    lines, participants, months = found.by_line(), found.by_participant(), found.by_month()
    flows = found.by_flow()
    parts = [
        Heading("Regret"),
        Paragraph(_summary(found)),
        *([Paragraph(_supply(found))] if found.supply_gap_usd != found.gap_usd else ()),
        _costs("line", {**lines, **total}),
        *([_costs("participant", participants)] if len(participants) > 1 else ()),
        *([_costs("month", months)] if len(months) > 1 else ()),
        *([_energies(flows)] if flows else ()),
        Paragraph(_SAID),
    ]
    return Document("", tuple(parts))


def _summary(found: Found) -> str:
    gap_usd = _solved(found.gap_usd, found.simulated_usd)
    if not gap_usd:
        return f"Nothing could have been saved: no dispatch costs less than {whole(found.simulated_usd)} USD."
    share = f" ({100.0 * found.gap_pu:.1f} % of the bound)" if found.bound_usd else ""
    return (
        f"At most {whole(gap_usd)} USD{share} could have been saved: the run cost "
        f"{whole(found.simulated_usd)} USD, and no dispatch costs less than {whole(found.bound_usd)} USD."
    )


def _supply(found: Found) -> str:
    supply_usd = _solved(found.supply_gap_usd, found.simulated_usd)
    jobs_usd = _solved(found.gap_usd - found.supply_gap_usd, found.simulated_usd)
    said = (
        f"With the power of all jobs as in the run, sources and stores could have saved at most "
        f"{whole(supply_usd)} USD. "
    )
    if not jobs_usd:
        return f"{said}Jobs that work at other times, or slower, could have saved no more."
    return f"{said}The other {whole(jobs_usd)} USD need jobs that work at other times, or slower."


def _costs(head: str, sides: Sides) -> Table:
    """Cost on both sides [USD]."""
    rows = tuple(
        (name, *column([simulated, bound, _solved(simulated - bound, simulated)], 0))
        for name, (simulated, bound) in sides.items()
    )
    return Table((head, "simulated USD", "bound USD", "gap USD"), rows, words=1)


def _solved(gap_usd: float, cost_usd: float) -> float:
    """A difference of a cost; 0 if the program's own tolerance explains it."""
    return 0.0 if abs(gap_usd) <= _SOLVED_PU * abs(cost_usd) else gap_usd


def _energies(sides: Sides) -> Table:
    """Energy on both sides [MWh]."""
    rows = tuple(
        (name, cell(simulated), cell(bound), cell(_rounded(simulated - bound), signed=True))
        for name, (simulated, bound) in sides.items()
    )
    return Table(("flow", "simulated MWh", "bound MWh", "difference MWh"), rows, words=1)


def _rounded(mwh: float) -> float:
    """A difference; 0 if the program's own tolerance explains it."""
    return 0.0 if abs(mwh) < _LEAST_MWH else mwh
