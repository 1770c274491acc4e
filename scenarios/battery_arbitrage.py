"""A battery that trades on the prices of ERCOT in 2023: what strategies earn, and what could be earned.

Case B14: 1 MW and 4 MWh, a round trip of 0.85 split evenly, hourly prices, no fees and no wear. A linear
program that knows the year in advance earns 212,674 USD, and nobody can earn more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, simulate
from sim.campus import Battery, GridConnection
from sim.cli import run_scenario
from sim.errors import Problem, SpecError, nearest
from sim.units import MW, Efficiency, MWh
from sim.validation.published import Value, agreement, compare, data_file, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RECORD = inputs("B14")
PRICES = Path(os.environ.get("DCGRID_DATA", "data")) / RECORD["file"]
_CENTS = 2
"""Digits of amounts; those beyond depend on the solver."""
STRATEGIES: dict[str, dict[str, Any] | None] = {
    "prices": None,
    "day_ahead": {"kind": "day_ahead"},
    "week_ahead": {"kind": "day_ahead", "window_h": 168.0},
    "solar_shifting": {"kind": "solar_shifting"},
    "peak_shaving": {"kind": "peak_shaving"},
    "rolling_optimiser": {"kind": "rolling_optimiser"},
    "rolling_persistence": {"kind": "rolling_optimiser", "forecast": {"kind": "persistence"}},
    "idle": {"kind": "timetable", "power_mw": 0.0},
}
"""Ways to trade; `prices` are the two prices that a battery derives from the year."""


def battery_arbitrage(
    *,
    prices: Path = PRICES,
    strategy: str = "day_ahead",
    power_mw: MW = RECORD["power_mw"],
    energy_mwh: MWh = RECORD["energy_mwh"],
    round_trip_pu: Efficiency = RECORD["round_trip_pu"],
) -> Campus:
    """Run a battery that buys from the grid and sells to it, from an empty store on.

    Args:
        prices: Its hourly prices; by default in the folder that the variable DCGRID_DATA names.
        strategy: How it trades: prices, day_ahead, week_ahead, solar_shifting, peak_shaving,
            rolling_optimiser, rolling_persistence or idle.
        power_mw: Power in each direction.
        energy_mwh: Capacity.
        round_trip_pu: Share of the energy drawn that is given back, split evenly between both ways.
    """
    if strategy not in STRATEGIES:
        message = f"= {strategy!r} does not exist{nearest(strategy, STRATEGIES)}"
        raise SpecError("battery_arbitrage", [Problem(("strategy",), message)])
    series = {"csv": prices, "column": RECORD["column"], "time_column": "utc"}
    way = STRATEGIES[strategy]
    return Campus(
        name="battery on ERCOT prices",
        start=datetime(2023, 1, 1, tzinfo=UTC),
        supply={
            "grid": GridConnection(
                import_limit_mw=power_mw,
                export_limit_mw=power_mw,
                import_price_usd_per_mwh=series,
                export_price_usd_per_mwh=series,
            ),
            "battery": Battery(
                power_mw=power_mw,
                energy_mwh=energy_mwh,
                charge_efficiency_pu=sqrt(round_trip_pu),
                discharge_efficiency_pu=sqrt(round_trip_pu),
                min_soc_pu=0.0,
                initial_soc_pu=0.0,
                reserve_above_usd_per_mwh=6000.0,
                **({} if way is None else {"strategy": way}),
            ),
        },
    )


@cache
def year(strategy: str) -> Result:
    """The year of a strategy."""
    return simulate(
        battery_arbitrage(prices=data_file(RECORD["file"]), strategy=strategy), days=RECORD["days"]
    )


@cache
def earned() -> dict[str, float]:
    """What each strategy earns in the year [USD]."""
    return {name: -year(name).summary.cost_usd for name in STRATEGIES}


def _b14() -> dict[str, Value]:
    most = -year("idle").regret().bound_usd
    return {"foresight": round(most, _CENTS), "beaten": float(sum(usd > most for usd in earned().values()))}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B14": _b14}
"""Simulated numbers by case."""


def report() -> str:
    """What each strategy earns, beside what could be earned."""
    rows = compare("B14", _b14())
    most = stated("B14", "foresight")
    table = "\n".join(
        f"| {name} | {usd:,.0f} | {100.0 * (1.0 - usd / most):.1f} % |" for name, usd in earned().items()
    )
    return f"""# Battery arbitrage

{reference_table(rows)}
What each strategy earns in the year, and what it leaves:

| strategy | earned USD | regret |
| --- | ---: | ---: |
{table}

Answer: can a linear program with perfect foresight be reproduced, and does no strategy earn more?
{agreement(rows).capitalize()}.
"""


def answer(result: Result) -> str:
    """What the battery earned in a run, and what it could have earned."""
    found = result.regret()
    return (
        f"The battery earned {-found.simulated_usd:,.0f} USD in {result.days:g} days. With perfect foresight "
        f"it could have earned at most {-found.bound_usd:,.0f} USD, {100.0 * found.gap_pu:.1f} % of which is "
        "lost."
    )


def picture() -> Figure:
    """What each strategy earns over the year."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(9.0, 3.8), layout="constrained")
    axes = figure.subplots()
    names = list(earned())
    axes.barh(names, [earned()[name] for name in names], color="#4477aa")
    axes.axvline(stated("B14", "foresight"), color="#ee6677", ls="--", label="perfect foresight")
    axes.set_xlabel("USD earned in 2023")
    axes.legend(loc="lower right")
    axes.set_title("1 MW / 4 MWh on ERCOT prices")
    return figure


if __name__ == "__main__":
    run_scenario(battery_arbitrage)
