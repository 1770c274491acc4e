"""The IEEE Reliability Test System of 1979: how often 32 generators do not cover the load.

Case B3. Units of 12 to 400 MW fail and are repaired at random; the load of a year is the peak times a table
of weeks, days and hours. Nothing else limits the power, so the published indices, which come from the exact
distribution of capacity, hold for the simulation as well, within what chance allows.

Source: IEEE Task Force on Application of Probability Methods, "IEEE Reliability Test System", IEEE Trans. PAS
98 (1979) 2047, tables 1 to 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import Generators, MeasuredLoad
from sim.cli import run_scenario
from sim.timeseries.profile import Points
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, PositiveMW
from sim.validation.published import Value, agreement, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

RECORD = inputs("B3")
DAYS = 364.0
YEARS = 2000
"""Years of the comparison, each with a seed of its own."""

_WEEKS_PCT = """
86.2 90.0 87.8 83.4 88.0 84.1 83.2 80.6 74.0 73.7 71.5 72.7 70.4 75.0 72.1 80.0 75.4 83.7 87.0 88.0 85.6 81.1
90.0 88.7 89.6 86.1 75.5 81.6 80.1 88.0 72.2 77.6 80.0 72.9 72.6 70.5 78.0 69.5 72.4 72.4 74.3 74.4 80.0 88.1
88.5 90.9 94.0 89.0 94.2 97.0 100.0 95.2
"""
"""Peak of each week in percent of that of the year."""
_DAYS_PCT = "93 100 98 96 94 77 75"
"""Peak of each day, from Monday on, in percent of that of the week."""
_HOURS_PCT = {
    "winter": (
        "67 63 60 59 59 60 74 86 95 96 96 95 95 95 93 94 99 100 100 96 91 83 73 63",
        "78 72 68 66 64 65 66 70 80 88 90 91 90 88 87 87 91 100 99 97 94 92 87 81",
    ),
    "summer": (
        "64 60 58 56 56 58 64 76 87 95 99 100 99 100 100 97 96 96 93 92 92 93 87 72",
        "74 70 66 65 64 62 62 66 81 86 91 93 93 92 91 91 92 94 95 95 100 93 88 80",
    ),
    "spring and autumn": (
        "63 62 60 58 59 65 72 85 95 99 100 99 93 92 90 88 90 92 96 98 96 90 80 70",
        "75 73 69 66 65 65 68 74 83 89 92 94 91 90 90 86 85 88 92 100 97 95 90 85",
    ),
}
"""Load of each hour of a weekday and of a day at the weekend, in percent of the peak of the day."""


def ieee_rts79(*, peak_mw: PositiveMW = RECORD["peak_mw"]) -> Campus:
    """Run a year of 364 days of the test system.

    Args:
        peak_mw: Highest load of the year.
    """
    load_mw = peak_mw * load_pu()
    return Campus(
        name="IEEE RTS-79",
        supply={
            f"units of {group['unit_mw']:g} MW": Generators(
                cost_usd_per_mwh=10.0 + place,  # the order of use has no effect on what is short
                **group,
            )
            for place, group in enumerate(RECORD["fleet"])
        },
        demand={
            "load": MeasuredLoad(
                power_mw=Points(
                    times_s=(np.arange(len(load_mw)) * SECONDS_PER_HOUR).tolist(), values=load_mw.tolist()
                )
            )
        },
    )


def load_pu() -> NDArray[np.float64]:
    """Load of each hour of the year, over that of the peak hour."""
    weeks, days = _shares(_WEEKS_PCT), _shares(_DAYS_PCT)
    found = []
    for week, peak in enumerate(weeks, start=1):
        hours = [_shares(text) for text in _HOURS_PCT[_season(week)]]
        found += [peak * share * hours[day >= 5] for day, share in enumerate(days)]  # noqa: PLR2004 - Saturday
    return np.concatenate(found)


def _shares(text: str) -> NDArray[np.float64]:
    return np.array(text.split(), dtype=np.float64) / 100.0


def _season(week: int) -> str:
    if week <= 8 or week >= 44:  # noqa: PLR2004 - as table 4 has it
        return "winter"
    return "summer" if 18 <= week <= 30 else "spring and autumn"  # noqa: PLR2004 - as table 4 has it


@dataclass(frozen=True)
class Years:
    """What was short in each year.

    Attributes:
        hours: Hours with a shortage.
        days: Days whose hour of highest load had one.
        mwh: Energy not served.
    """

    hours: NDArray[np.float64]
    days: NDArray[np.float64]
    mwh: NDArray[np.float64]


@cache
def run() -> Years:
    """The years of the comparison."""
    campus = ieee_rts79()
    peak_h = load_pu().reshape(-1, int(HOURS_PER_DAY)).argmax(axis=1) + HOURS_PER_DAY * np.arange(DAYS)
    found = []
    for seed in range(YEARS):
        result = simulate(campus, days=DAYS, seed=seed, record_s=DAYS * HOURS_PER_DAY * SECONDS_PER_HOUR)
        found.append((result.summary.unserved_h, _short_days(result, peak_h), result.summary.unserved_mwh))
    return Years(*np.array(found).T)


def _short_days(result: Result, peak_h: NDArray[np.float64]) -> int:
    """Number of days with a shortage in the middle of the hour of highest load."""
    short = np.zeros(len(peak_h), dtype=bool)
    for event in result.books.events:
        if event["event"] == "shortage":
            begin_h = event["t_s"] / SECONDS_PER_HOUR
            short |= (peak_h + 0.5 >= begin_h) & (peak_h + 0.5 < begin_h + event["duration_h"])
    return int(short.sum())


def _b3() -> dict[str, Value]:
    years = run()
    return {"lolh": years.hours.mean(), "lole": years.days.mean(), "eue": years.mwh.mean()}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B3": _b3}
"""Simulated numbers by case."""


def report() -> str:
    """The indices of the test system beside the published ones."""
    years = run()
    rows = compare("B3", _b3())
    errors = [3.0 * float(one.std(ddof=1)) / sqrt(YEARS) for one in (years.hours, years.days, years.mwh)]
    share_pct = 100.0 * float((years.hours > 0.0).mean())
    return f"""# IEEE RTS-79

{reference_table(rows)}
{YEARS:,} years of 364 days. Three standard errors are {errors[0]:.2f} h, {errors[1]:.3f} d and
{errors[2]:.0f} MWh. {share_pct:.0f} % of the years have a shortage; the worst has {years.hours.max():.0f} h.

Answer: is 3,405 MW short of a load of 2,850 MW as often as published?
{agreement(rows).capitalize()}.
It is short in {years.hours.mean():.2f} hours of a year; the published number is {stated("B3", "lolh"):.2f}.
"""


def answer(result: Result) -> str:
    """The hours without enough power in a run."""
    short_h, hours = result.summary.unserved_h, result.days * HOURS_PER_DAY
    return (
        f"The load is not covered in {short_h:.1f} of {hours:,.0f} hours. The published mean of a year is "
        f"{stated('B3', 'lolh'):.2f}; dcgrid reproduce B3 compares {YEARS:,} years."
    )


def picture() -> Figure:
    """Mean of the hours over the years so far, with the published number."""
    from matplotlib.figure import Figure as Canvas

    hours = run().hours
    count = np.arange(1, len(hours) + 1)
    mean = np.cumsum(hours) / count
    spread = 3.0 * hours.std(ddof=1) / np.sqrt(count)
    figure = Canvas(figsize=(9.0, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(
        count, mean - spread, mean + spread, color="#4477aa", alpha=0.2, label="3 standard errors"
    )
    axes.plot(count, mean, color="#4477aa", label="simulated, mean so far")
    axes.axhline(
        stated("B3", "lolh"), color="#ee6677", ls="--", label=f"published {stated('B3', 'lolh'):.2f} h"
    )
    axes.set_xlim(10.0, len(hours))
    axes.set_xscale("log")
    axes.set_ylim(0.0, 20.0)
    axes.set_xlabel("years")
    axes.set_ylabel("hours short in a year")
    axes.legend(loc="upper right")
    axes.set_title("Loss-of-load hours of the IEEE RTS-79")
    return figure


if __name__ == "__main__":
    run_scenario(ieee_rts79)
