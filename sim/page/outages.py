"""The outages in a page: which units are out of service at the cursor, and which imports are cut.

Outages are those of the events of the run; cuts of import are orders, interruptions and lower limits.
"""

from __future__ import annotations

from typing import Any

from sim.page.clock import Clock
from sim.report.numbers import number
from sim.report.phrases import unit_named
from sim.runs.import_cuts import ImportCut, import_cuts
from sim.runs.run import Run

_ENDS = {
    "forced outage": "repaired",
    "failure": "repaired",
    "refuelling": "refuelled",
    "interruption": "restored",
    "planned outage": "planned outage ended",
}
"""Events with which a unit goes out of service, and those with which it returns."""
_BACK = frozenset(_ENDS.values())


def outages(run: Run, clock: Clock) -> list[tuple[float, float, str]]:
    """Begin and end of each outage on the axis, and what is out of service and why, in the order of time.

    Args:
        run: The run.
        clock: The clock of the axis.
    """
    waiting: dict[tuple[str, str, str], dict[str, Any]] = {}
    found = []
    for event in run.books.events:
        kind, owner = event["event"], event["owner"]
        if kind in _ENDS:
            waiting[owner, unit_named(event["detail"]), _ENDS[kind]] = event
        elif kind in _BACK:
            begun = waiting.pop((owner, unit_named(event["detail"]), kind), None)
            if begun is not None:
                found.append((begun, float(event["t_s"])))
    found += [(begun, run.books.horizon_s) for begun in waiting.values()]
    spans = [(float(begun["t_s"]), end_s, _said(run, begun)) for begun, end_s in found]
    spans += [(cut.at_s, cut.until_s, _cut(run, cut)) for cut in import_cuts(run) if cut.reason not in _ENDS]
    return [(float(clock.x(begin_s)), float(clock.x(end_s)), text) for begin_s, end_s, text in sorted(spans)]


def _said(run: Run, begun: dict[str, Any]) -> str:
    who = " ".join(filter(None, (begun["owner"], unit_named(begun["detail"]))))
    return f"{who} ({begun['event']} since {run.calendar.at(begun['t_s']):%Y-%m-%d %H:%M %Z})"


def _cut(run: Run, cut: ImportCut) -> str:
    since, until = (f"{run.calendar.at(at_s):%Y-%m-%d %H:%M %Z}" for at_s in (cut.at_s, cut.until_s))
    return f"{cut.owner} limited to {number(cut.limit_mw)} MW ({cut.reason} from {since} to {until})"
