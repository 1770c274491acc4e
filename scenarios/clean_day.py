"""Constructed days for which the carbon-free score is known.

Case B18. A clean source of 25 MW for eight hours, a load of 10 MW, an export limit of 3 MW and a battery:
all flows of the day, and the score, can be calculated by hand. A second day has dirty charging, dirty export
and a battery that starts full and half clean; a third has no clean power at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from sim import Campus, Result, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource
from sim.cli import run_scenario
from sim.units import MW, Fraction, MWh, PositiveMW, seconds
from sim.validation.published import Value, agreement, compare, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DAYS = 1.0


def clean_day(
    *,
    load_mw: PositiveMW = 10.0,
    source_mw: MW = 25.0,
    export_limit_mw: MW = 3.0,
    battery_mw: MW = 8.0,
    battery_mwh: MWh = 45.0,
    grid_clean_pu: Fraction = 0.25,
) -> Campus:
    """Run a day with eight hours of clean power, a battery and a partly clean grid.

    Args:
        load_mw: Constant load.
        source_mw: Clean power from 8:00 to 16:00.
        export_limit_mw: Maximum export to the grid.
        battery_mw: Power of the battery, which is empty at midnight.
        battery_mwh: Capacity of the battery; its efficiency is 0.9 for charging and 0.9 for discharging.
        grid_clean_pu: Carbon-free share of the grid.
    """
    return Campus(
        name="A constructed day",
        supply={
            "source": MeasuredSource(
                power_mw={"times_s": (0.0, seconds(8.0), seconds(16.0)), "values": (0.0, source_mw, 0.0)}
            ),
            "battery": Battery(
                power_mw=battery_mw,
                energy_mwh=battery_mwh,
                charge_efficiency_pu=0.9,
                discharge_efficiency_pu=0.9,
                min_soc_pu=0.0,
                initial_soc_pu=0.0,
                charge_below_usd_per_mwh=20.0,
                discharge_above_usd_per_mwh=40.0,
            ),
            "grid": GridConnection(
                import_limit_mw=2.0 * load_mw,
                export_limit_mw=export_limit_mw,
                export_price_usd_per_mwh=10.0,
                clean_pu=grid_clean_pu,
            ),
        },
        demand={"load": MeasuredLoad(power_mw=load_mw)},
    )


@cache
def day() -> Result:
    """The day."""
    return simulate(clean_day(), days=DAYS)


def mixed_day() -> Campus:
    """A day on which a battery, full and half clean at first, is charged from grid, wind and oil.

    The grid costs 60 USD/MWh, but 10 USD/MWh from 4:00 to 8:00, when the battery is charged from it.
    """
    hours = {name: [seconds(hour) for hour in begins] for name, begins in _MIXED_HOURS.items()}
    return Campus(
        name="A mixed day",
        supply={
            "wind": MeasuredSource(
                power_mw={"times_s": hours["wind"], "values": (0.0, 12.0, 4.0, 25.0, 0.0)}
            ),
            "oil": MeasuredSource(
                power_mw={"times_s": hours["oil"], "values": (0.0, 6.0, 20.0, 0.0)},
                dispatch_usd_per_mwh=5.0,
                clean_pu=0.0,
            ),
            "battery": Battery(
                power_mw=4.0,
                charge_power_mw=5.0,
                energy_mwh=20.0,
                charge_efficiency_pu=0.8,
                discharge_efficiency_pu=0.8,
                min_soc_pu=0.0,
                initial_soc_pu=1.0,
                initial_clean_pu=0.5,
                charge_below_usd_per_mwh=20.0,
                discharge_above_usd_per_mwh=40.0,
            ),
            "grid": GridConnection(
                import_limit_mw=20.0,
                import_price_usd_per_mwh={
                    "base": 60.0,
                    "windows": [{"value": 10.0, "from_hour": 4, "to_hour": 8}],
                },
                export_limit_mw=5.0,
                export_price_usd_per_mwh=8.0,
                clean_pu=0.25,
            ),
        },
        demand={"load": MeasuredLoad(power_mw=10.0)},
    )


_MIXED_HOURS = {"wind": (0.0, 8.0, 9.0, 12.0, 16.0), "oil": (0.0, 8.0, 9.0, 12.0)}
"""Hours at which the power of the sources changes."""


def dirty_day() -> Campus:
    """A day without clean power: oil serves the load, charges the battery and is exported."""
    return Campus(
        name="A dirty day",
        supply={
            "oil": MeasuredSource(
                power_mw={"times_s": (0.0, seconds(12.0)), "values": (25.0, 4.0)}, clean_pu=0.0
            ),
            "battery": Battery(power_mw=4.0, energy_mwh=20.0),
            "grid": GridConnection(import_limit_mw=20.0, export_limit_mw=10.0, clean_pu=0.0),
        },
        demand={"load": MeasuredLoad(power_mw=10.0)},
    )


@cache
def mixed() -> Result:
    """The day with dirty charging and dirty export."""
    return simulate(mixed_day(), days=DAYS)


@cache
def dirty() -> Result:
    """The day without clean power."""
    return simulate(dirty_day(), days=DAYS)


def _b18() -> dict[str, Value]:
    found: dict[str, Value] = {}
    for prefix, result in (("", day()), ("mixed_", mixed()), ("dirty_", dirty())):
        score, annual = result.summary.cfe_score, result.summary.annual_matching
        if score is None or annual is None:
            raise ValueError(f"{result.name}: no score, because there is no load")
        found |= {f"{prefix}cfe": score, f"{prefix}annual": annual}
    return found


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B18": _b18}
"""Simulated numbers by case."""


def report() -> str:
    """The score, and the flows that make it up."""
    summary, rows = day().summary, compare("B18", _b18())
    return f"""# A constructed day

{reference_table(rows)}
The source delivered {summary.supplied_mwh["source"]:.1f} MWh, and {summary.curtailed_mwh:.1f} MWh were
curtailed. The battery was charged with {summary.charged_mwh["battery"]:.1f} MWh and discharged
{summary.discharged_mwh["battery"]:.1f} MWh. {summary.export_mwh:.1f} MWh were exported and
{summary.import_mwh:.1f} MWh imported. Discharge counts with the clean share of what the battery holds, here
all of it; exports do not count.

Answer: is the carbon-free score the one worked out by hand?
{agreement(rows).capitalize()}.
"""


def answer(result: Result) -> str:
    """The carbon-free score of a run."""
    score, annual = result.summary.cfe_score, result.summary.annual_matching
    if score is None or annual is None:
        return "There is no load, so there is no score."
    return (
        f"Carbon-free energy reached {100.0 * score:.2f} % of the load, hour by hour; over the day it would "
        f"be {100.0 * annual:.2f} %. dcgrid reproduce B18 compares both with those worked out by hand."
    )


def picture() -> Figure:
    """The day's supply, hour by hour."""
    from matplotlib.figure import Figure as Canvas

    flows = day().flows
    hours = [0.0, *flows["dt_h"].cumsum()]
    parts = {
        "source.delivered_mw": ("clean source", "#228833"),
        "battery.discharge_mw": ("battery", "#4477aa"),
        "grid.import_mw": ("grid, a quarter clean", "#bbbbbb"),
        "source.curtailed_mw": ("curtailed", "#eeddaa"),
    }
    figure = Canvas(figsize=(9.0, 3.8), layout="constrained")
    axes = figure.subplots()
    stacks = [[*flows[name], flows[name].iloc[-1]] for name in parts]
    message, colors = zip(*parts.values(), strict=True)
    axes.stackplot(hours, stacks, labels=message, colors=colors, step="post")
    axes.axhline(10.0, color="#222222", lw=1.5, label="load")
    axes.set_xlim(0.0, 24.0)
    axes.set_xlabel("hour of the day")
    axes.set_ylabel("power [MW]")
    axes.legend(fontsize=8, loc="upper left")
    score, annual = day().summary.cfe_score, day().summary.annual_matching
    axes.set_title(f"Carbon-free score {score:.4f}, annual matching {annual:.4f}")
    return figure


if __name__ == "__main__":
    run_scenario(clean_day)
