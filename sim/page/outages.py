"""The outages in a page: which units are out of service at the cursor, by the events of the run."""

from __future__ import annotations

from typing import Any

from sim.page.clock import Clock
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
            waiting[owner, _unit(event["detail"]), _ENDS[kind]] = event
        elif kind in _BACK:
            begun = waiting.pop((owner, _unit(event["detail"]), kind), None)
            if begun is not None:
                found.append((begun, float(event["t_s"])))
    found += [(begun, run.books.horizon_s) for begun in waiting.values()]
    found.sort(key=lambda one: float(one[0]["t_s"]))
    return [
        (float(clock.x(float(begun["t_s"]))), float(clock.x(end_s)), _said(run, begun))
        for begun, end_s in found
    ]


def _unit(detail: str) -> str:
    """The unit that an event names, such as `module 2`; nothing for a length or a size."""
    return detail if detail[:1].isalpha() else ""


def _said(run: Run, begun: dict[str, Any]) -> str:
    who = " ".join(filter(None, (begun["owner"], _unit(begun["detail"]))))
    return f"{who} ({begun['event']} since {run.calendar.at(begun['t_s']):%Y-%m-%d %H:%M %Z})"
