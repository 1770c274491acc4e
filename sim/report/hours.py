"""The hours of a run with most of a flow."""

from __future__ import annotations

import numpy as np

from sim.report.numbers import duration, number
from sim.report.phrases import WATT_HOUR
from sim.runs.run import Run
from sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR

_WORST = 3


def worst_hours(run: Run, label: str) -> str:
    """The hours with most of a flow, in order of time: local time and energy."""
    if run.record_s is not None and run.record_s > SECONDS_PER_HOUR:
        return f"worst hours: n/a, means over {duration(run.record_s / SECONDS_PER_DAY)} were recorded"
    hourly = run.hourly
    hours = np.minimum(1.0, run.days * HOURS_PER_DAY - np.arange(len(hourly)))
    energy_mwh = (hourly[run.columns(label)].sum(axis=1).to_numpy() * hours).round(WATT_HOUR)
    ranked = np.argsort(-energy_mwh, kind="stable")[:_WORST]
    days: dict[str, list[str]] = {}
    for at in sorted(at for at in ranked if energy_mwh[at] > 0.0):
        when = hourly.index[at]
        days.setdefault(f"{when:%Y-%m-%d}", []).append(f"{when:%H:%M %Z} {number(float(energy_mwh[at]))}")
    listed = "; ".join(f"{day} {', '.join(worst)}" for day, worst in days.items())
    return f"worst hours: {listed} MWh" if listed else "worst hours: none"
