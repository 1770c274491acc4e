"""A constructed day for which the carbon-free score is known.

Case B18. A clean source of 25 MW for eight hours, a load of 10 MW, an export limit of 3 MW and a battery:
all flows of the day, and the score, can be calculated by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from sim import Campus, Result, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource
from sim.cli import run_scenario
from sim.units import MW, Fraction, MWh, PositiveMW, seconds
from sim.validation.published import Value, compare, reference_table

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


def _b18() -> dict[str, Value]:
    summary = day().summary
    return {"cfe": summary.cfe_score or 0.0, "annual": summary.annual_matching or 0.0}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B18": _b18}
"""Simulated numbers by case."""


def report() -> str:
    """The score, and the flows that make it up."""
    summary = day().summary
    return f"""# A constructed day

{reference_table(compare("B18", _b18()))}
The source delivered {summary.supplied_mwh["source"]:.1f} MWh, and {summary.curtailed_mwh:.1f} MWh were
curtailed. The battery was charged with {summary.charged_mwh["battery"]:.1f} MWh and discharged
{summary.discharged_mwh["battery"]:.1f} MWh. {summary.export_mwh:.1f} MWh were exported and
{summary.import_mwh:.1f} MWh imported. Exports do not count, discharge counts, and charge is subtracted.
"""


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
