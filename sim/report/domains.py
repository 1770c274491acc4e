"""The power domains in a report: which racks and rows capped jobs, for how long, and the energy."""

from __future__ import annotations

from sim.report.document import Item
from sim.report.numbers import number
from sim.report.phrases import listed
from sim.runs.run import Run

CAPPED = ("capped_h", "capped_mwh")
"""Accounts that this item tells."""


def power_domains(run: Run) -> list[Item]:
    """An item with the domains that capped jobs, that with most energy held back first; none if none did."""
    capped_h, held_mwh = (run.books.parts(name) for name in CAPPED)
    ranked = sorted(held_mwh.items(), key=lambda one: (-one[1], one[0]))
    told = [f"{name} for {number(capped_h[name])} h, {number(mwh)} MWh" for name, mwh in ranked]
    return [Item("Capped by power domains", listed(told))] if told else []
