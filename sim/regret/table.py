"""The report of a regret: cost by line, month and flow beside the bound."""

from __future__ import annotations

from collections.abc import Mapping

from sim.regret.found import Regret
from sim.report.document import Document, Heading, Paragraph, Table
from sim.report.numbers import cell, column, whole

_SAID = (
    "The bound is the cost of a linear program that knows the run in advance. No dispatch of the same "
    "supply, firm demand, work and prices costs less. Parts of a unit may run, minimum "
    "levels are left out, and jobs share servers without loss, so it need not be attainable."
)


def document(found: Regret) -> Document:
    """The tables of a regret."""
    total = {"total": (found.simulated_usd, found.bound_usd)}
    parts = [
        Heading("Regret"),
        Paragraph(_summary(found)),
        *([Paragraph(_supply(found))] if found.supply_gap_usd != found.gap_usd else ()),
        _costs("line", found.by_line() | total),
        *([_costs("participant", found.by_participant())] if len(found.by_participant()) > 1 else ()),
        *([_costs("month", found.by_month())] if len(found.by_month()) > 1 else ()),
        *([_energies(found)] if found.energies else ()),
        Paragraph(_SAID),
    ]
    return Document("", tuple(parts))


def _summary(found: Regret) -> str:
    share = f" ({100.0 * found.gap_pu:.1f} % of the bound)" if found.bound_usd else ""
    return (
        f"At most {whole(found.gap_usd)} USD{share} could have been saved: the run cost "
        f"{whole(found.simulated_usd)} USD, and no dispatch costs less than {whole(found.bound_usd)} USD."
    )


def _supply(found: Regret) -> str:
    jobs_usd = found.gap_usd - found.supply_gap_usd
    return (
        f"With the power of all jobs as in the run, sources and stores could have saved at most "
        f"{whole(found.supply_gap_usd)} USD. The other {whole(jobs_usd)} USD need jobs that work at other "
        "times, or slower."
    )


def _costs(head: str, sides: Mapping[str, tuple[float, float]]) -> Table:
    """Cost on both sides [USD]."""
    rows = tuple(
        (name, *column([simulated, bound, simulated - bound], 0))
        for name, (simulated, bound) in sides.items()
    )
    return Table((head, "simulated USD", "bound USD", "gap USD"), rows, words=1)


def _energies(found: Regret) -> Table:
    """Energy on both sides [MWh]."""
    rows = tuple(
        (name, cell(simulated), cell(bound), cell(_rounded(simulated - bound), signed=True))
        for name, (simulated, bound) in found.by_flow().items()
    )
    return Table(("flow", "simulated MWh", "bound MWh", "difference MWh"), rows, words=1)


def _rounded(mwh: float) -> float:
    """A difference; 0 if the program's own tolerance explains it."""
    return 0.0 if abs(mwh) < _LEAST_MWH else mwh


_LEAST_MWH = 1e-3
