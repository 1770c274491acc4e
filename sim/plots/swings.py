"""The picture of the swings of a power: its spectrum, and the quarter of an hour in which it varies most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.plots.palette import SERVED, VALUE
from sim.plots.picture import picture
from sim.report.numbers import number
from sim.runs.run import Run
from sim.runs.swings import SAMPLE_S, power_of, samples_of, spectrum, swings_of
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_MINUTE, SECONDS_PER_QUARTER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_IN = (12.0, 4.5)
_DPI = 110
_SHORTEST_S, _LONGEST_S = 5.0, 3600.0
_NAMED = 3


def swings(run: Run, of: str = "load") -> Figure:
    """The spectrum of a recorded power and its worst quarter of an hour.

    Args:
        run: The run, of which every change was recorded.
        of: The power; see `runs.swings.power_of`.
    """
    from matplotlib.style import context

    power = power_of(run, of)
    samples = samples_of(power)
    with context("default"):
        figure = picture(figsize=_SIZE_IN, dpi=_DPI, layout="constrained")
        left, right = figure.subplots(1, 2)
        _spectrum(left, power, samples)
        _worst_quarter(right, run, power, samples)
        figure.suptitle(f"Power swings: {of}".replace("$", r"\$"))
        return figure


def _spectrum(axes: Axes, power: StepSeries, samples_mw: Array) -> None:
    """Amplitude by period, with the strongest lines named."""
    frequency_hz, amplitude_mw = spectrum(samples_mw)
    is_shown = (frequency_hz >= 1.0 / _LONGEST_S) & (frequency_hz <= 1.0 / _SHORTEST_S)
    axes.set_title("Spectrum (means over 2 s)")
    axes.set_xlabel("period, s")
    axes.set_ylabel("amplitude, MW")
    axes.set_xlim(_SHORTEST_S, _LONGEST_S)
    axes.set_xscale("log")
    axes.plot(1.0 / frequency_hz[is_shown], amplitude_mw[is_shown], color=VALUE, linewidth=1.2)
    for line in swings_of(power).lines[:_NAMED]:
        label = f"{line.period_s:.3g} s: {number(line.amplitude_mw)} MW"
        axes.plot(line.period_s, line.amplitude_mw, "o", color=SERVED, markersize=4)
        axes.annotate(
            label, (line.period_s, line.amplitude_mw), xytext=(6, 2), textcoords="offset points", fontsize=9
        )
    axes.set_ylim(bottom=0.0)


def _worst_quarter(axes: Axes, run: Run, power: StepSeries, samples_mw: Array) -> None:
    """The quarter of an hour since the start in which the means vary most."""
    each = int(SECONDS_PER_QUARTER / SAMPLE_S)
    quarters = [samples_mw[first : first + each] for first in range(0, len(samples_mw), each)] or [
        np.zeros(1)
    ]
    start_s = SECONDS_PER_QUARTER * int(np.argmax([quarter.std() for quarter in quarters]))
    end_s = min(start_s + SECONDS_PER_QUARTER, power.end_s)
    first, last = power.times_s.searchsorted((start_s, end_s), "right")
    edges_s = np.unique([start_s, *power.times_s[first:last], end_s])
    axes.stairs(
        power.values_at(edges_s[:-1]),
        (edges_s - start_s) / SECONDS_PER_MINUTE,
        baseline=None,
        color=SERVED,
        linewidth=1.2,
    )
    axes.set_title(f"Largest variation: from {run.calendar.at(start_s):%Y-%m-%d %H:%M}")
    axes.set_xlabel("minutes")
    axes.set_ylabel("power, MW")
