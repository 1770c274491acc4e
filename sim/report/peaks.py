"""The table of peaks: how high demand, load, import and export were, and when."""

from __future__ import annotations

from sim.report.document import Item, Table
from sim.report.numbers import number
from sim.report.phrases import MINUTE
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

_NAMES = {"demand": "demand wanted", "load": "load served", "import": "grid import", "export": "grid export"}
_HEADS = ("peak MW", "instant", "15 min", "1 h", "first reached")


def peaks(run: Run) -> Table:
    """The peaks of the run, instantaneous and over clock intervals."""
    metrics = run.summary.to_dict()
    rows = []
    for name, title in _NAMES.items():
        peak_mw = metrics[f"peak_{name}_mw"]
        at = run.calendar.at(metrics[f"peak_{name}_at_h"] * SECONDS_PER_HOUR)
        values = [number(metrics[f"peak_{name}_{window}mw"]) for window in ("", "15min_", "1h_")]
        rows.append((title, *values, f"{at:{MINUTE}}" if peak_mw else "-"))
    return Table(_HEADS, tuple(rows), words=1)


def served(run: Run) -> Item:
    """Energy served, mean and lowest load, and overhead."""
    summary = run.summary
    if not summary.peak_load_mw:
        return Item("Demand served", "none")
    pue = "PUE: n/a, no IT load" if summary.pue is None else f"PUE {summary.pue:.3f}"
    return Item(
        "Demand served",
        f"{number(summary.energy_mwh)} MWh, mean {number(summary.load_factor * summary.peak_load_mw)} MW, "
        f"lowest {number(summary.lowest_load_mw)} MW, load factor {summary.load_factor:.3f}; "
        f"IT {number(summary.it_energy_mwh)} MWh; {pue}",
    )
