"""The reactors of the United States, with their recorded outages.

Case B12. The record gives long outages, short outages, and the derating of running reactors. Here long
outages are planned outages with the recorded rate and mean length, short outages are forced outages with
exponential times, and the rating is reduced to the mean power of a running reactor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, simulate
from sim.campus import MeasuredLoad, SmallModularReactor
from sim.cli import run_scenario
from sim.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR, Days, Efficiency, PerYear, PositiveCount
from sim.validation.published import Value, agreement, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RECORD = inputs("B12")
YEARS = 10.0
_RATED_MW = 1000.0


def us_reactor_fleet(
    *,
    units: PositiveCount = RECORD["units"],
    long_per_year: PerYear = RECORD["long_per_year"],
    long_d: Days = RECORD["long_d"],
    short_per_year: PerYear = RECORD["short_per_year"],
    short_d: Days = RECORD["short_d"],
    running_pu: Efficiency = RECORD["running_pu"],
) -> Campus:
    """Run a fleet of large reactors of 1,000 MW with a load that takes all their output.

    Args:
        units: Number of reactors.
        long_per_year: Long outages per unit and year.
        long_d: Mean length of a long outage.
        short_per_year: Short outages per unit and year.
        short_d: Mean length of a short outage.
        running_pu: Mean power of a running unit as a share of its rating.
    """
    return Campus(
        name="Reactors of the United States",
        supply={
            "fleet": SmallModularReactor(
                modules=units,
                module_mw=_RATED_MW * running_pu,
                refuelling_interval_d=DAYS_PER_YEAR / long_per_year,
                refuelling_d=long_d,
                mttf_h=HOURS_PER_YEAR / short_per_year - short_d * HOURS_PER_DAY,
                mttr_h=short_d * HOURS_PER_DAY,
            )
        },
        demand={"load": MeasuredLoad(power_mw=_RATED_MW * units)},
    )


@cache
def run() -> Result:
    """Ten years of the fleet."""
    return simulate(us_reactor_fleet(), days=YEARS * DAYS_PER_YEAR)


def mean_power_pct() -> float:
    """Mean power of the fleet in percent of its rating."""
    result = run()
    rated_mwh = _RATED_MW * RECORD["units"] * YEARS * HOURS_PER_YEAR
    return float(100.0 * result.summary.supplied_mwh["fleet"] / rated_mwh)


def _b12() -> dict[str, Value]:
    return {"mean": mean_power_pct()}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B12": _b12}
"""Simulated numbers by case."""


def report() -> str:
    """Mean power of the fleet, and its outages."""
    outages = run().events["event"].value_counts()
    years = YEARS * RECORD["units"]
    rows = compare("B12", _b12())
    return f"""# Reactors of the United States

{reference_table(rows)}
{YEARS:g} years of {RECORD["units"]} units: {outages["refuelling"] / years:.3f} long and
{outages["forced outage"] / years:.3f} short outages per unit and year; the record has
{RECORD["long_per_year"]} and {RECORD["short_per_year"]}. Forced outages occur both between and during
refuellings; overlapping time counts once. All units start in service, which affects the first weeks.

Answer: does the reactor model give the mean power of the US fleet?
{agreement(rows).capitalize()}.
It is {mean_power_pct():.2f} % of the rating; the record has {stated("B12", "mean"):.2f} %.
"""


def answer(result: Result) -> str:
    """The mean power of the fleet in a run."""
    fleet: Any = result.campus.supply["fleet"]
    factor = result.summary.capacity_factor["fleet"] * fleet.module_mw / _RATED_MW
    return (
        f"The fleet gives {100.0 * factor:.2f} % of its rating over {result.days:g} days. The record of the "
        f"United States has {stated('B12', 'mean'):.2f} % over a year; dcgrid reproduce B12 "
        f"compares ten years."
    )


def picture() -> Figure:
    """Power of the fleet over the years, and the recorded mean."""
    from matplotlib.figure import Figure as Canvas

    power = run().hourly["fleet.delivered_mw"].resample("7D").mean() / (_RATED_MW * RECORD["units"]) * 100.0
    figure = Canvas(figsize=(9.0, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.plot(power.index, power.to_numpy(), color="#4477aa", lw=1, label="simulated, weekly mean")
    axes.axhline(mean_power_pct(), color="#223355", label=f"simulated mean {mean_power_pct():.2f} %")
    published = stated("B12", "mean")
    axes.axhline(published, color="#ee6677", ls="--", label=f"record {published} %")
    axes.set_ylabel("power of the fleet [% of rating]")
    axes.set_ylim(80.0, 100.0)
    axes.legend(loc="lower right")
    axes.set_title("92 reactors with the recorded outages of the United States")
    return figure


if __name__ == "__main__":
    run_scenario(us_reactor_fleet)
