"""The table of peaks: how high demand, load, import and export were, and when; and how fast power changed."""

from __future__ import annotations

from sim.books.closed import Changes
from sim.report.document import Item, Table
from sim.report.numbers import number
from sim.report.phrases import MINUTE
from sim.runs.run import Run
from sim.runs.swings import swings
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

_NAMES = {"demand": "demand wanted", "load": "load served", "import": "grid import", "export": "grid export"}
_HEADS = ("peak MW", "instant", "15 min", "1 h", "first reached")
_LEAST_MW = 1e-6
"""Power and steps below this are rounding."""
_RARE_S = 30.0
"""Mean time between changes above which a run has no rhythm of seconds, so that none is looked for."""

_MOST = 3
"""Most rhythms that are told."""


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
    lowest_mw = summary.lowest_load_mw if summary.lowest_load_mw > _LEAST_MW else 0.0
    pue = "PUE: n/a, no IT load" if summary.pue is None else f"PUE {summary.pue:.3f}"
    return Item(
        "Demand served",
        f"{number(summary.energy_mwh)} MWh, mean {number(summary.load_factor * summary.peak_load_mw)} MW, "
        f"lowest {number(lowest_mw)} MW, load factor {summary.load_factor:.3f}; "
        f"IT {number(summary.it_energy_mwh)} MWh; {pue}",
    )


def power_swings(run: Run) -> tuple[Item, ...]:
    """The largest changes of load and net import, and the strongest rhythms where power changes often."""
    changes = run.books.power.changes
    found: dict[str, list[str]] = {}
    for name, one in (("load", changes["load"]), ("net import", changes["import"])):
        if one.step_mw > _LEAST_MW:
            found.setdefault(_changes(one), []).append(name)
    told = [f"{' and '.join(names)}: {text}" for text, names in found.items()]
    if run.record_s is None and len(run.t_s) * _RARE_S > run.days * SECONDS_PER_DAY:
        lines = [
            f"{line.period_s:.3g} s ({number(line.amplitude_mw)} MW)" for line in swings(run).lines[:_MOST]
        ]
        told += [f"periods of the load (amplitude): {', '.join(lines)}"] if lines else []
    return (Item("Power swings", "; ".join(told)),) if told else ()


def _changes(one: Changes) -> str:
    minutes = ", ".join(number(mw) for mw in (one.change_1min_mw, one.change_5min_mw, one.change_15min_mw))
    return f"step {number(one.step_mw)} MW, over 1, 5, 15 min {minutes} MW"
