"""A year of a microgrid, compared with two other programs: pymgrid and Vessim.

Case B13: pymgrid's microgrid 0 under its rule-based control, which uses the battery first and the grid for
the rest. Case B15: the same load, sun, grid and a battery without losses in Vessim, hour by hour, run
together with ours. Both need the series of pymgrid; a case is skipped if the series or Vessim is missing.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource
from sim.cli import run_scenario
from sim.errors import Problem, SpecError
from sim.units import HOURS_PER_DAY, MW, SECONDS_PER_HOUR, W_PER_MW, Efficiency, MWh
from sim.validation.published import (
    ReferenceMissingError,
    Value,
    agreement,
    cases,
    compare,
    data_file,
    inputs,
    reference_table,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAYS = inputs("B13")
SERIES = Path(os.environ.get("DCGRID_DATA", "data")) / SAYS["file"]
_HOUR_S = int(SECONDS_PER_HOUR)
_DIGEST = "4e7629012310bb6082296491d217b2161f93da3f2ea09d5494f9506cf25a4a71"
"""SHA-256 of the series of microgrid 0, unpacked; battery and connection of another microgrid differ."""
_COLUMNS = ("load_kwh", "pv_kwh", "import_price", "export_price", "co2_kg_per_kwh")
_ORIGIN = (
    f"It is the year of pymgrid's microgrid 0 as CSV, a row for each hour: {', '.join(_COLUMNS)}, from its "
    "modules load, pv and grid (scenario pymgrid25/microgrid_0 in https://github.com/Total-RD/pymgrid). "
    f"Save it as {SAYS['file']} in a folder, and set the variable DCGRID_DATA to that folder; or name a file "
    "with --series"
)
_W_PER_KW = 1000.0
_KWH_PER_MWH = 1000.0
_BATTERY_FIRST = {"charge_below_usd_per_mwh": 1.0, "discharge_above_usd_per_mwh": 2.0}
"""Prices between that of the sun, which is 0, and the lowest grid price, so the battery is used first."""


def microgrid_year(
    *,
    series: Path = SERIES,
    battery_mw: MW = 0.0,
    battery_mwh: MWh = 0.0,
    grid_mw: MW = 0.0,
    efficiency_pu: Efficiency = SAYS["efficiency_pu"],
    inner_limits: bool = True,
) -> Campus:
    """Run pymgrid's microgrid 0: a load, a solar plant, a battery and a grid with prices and carbon.

    Args:
        series: Its hourly series: load_kwh, pv_kwh, import_price, export_price, co2_kg_per_kwh; by default
            in the folder that the variable DCGRID_DATA names.
        battery_mw: Power of the battery, inside its losses. 0 is that of microgrid 0 (0.363 MW), and is
            refused with the series of another microgrid.
        battery_mwh: Capacity of the battery; 0 likewise (1.452 MWh).
        grid_mw: Limit of import and of export; 0 likewise (1.92 MW).
        efficiency_pu: Efficiency of the battery in each direction.
        inner_limits: Whether the power limits apply inside the battery, after its losses, as in pymgrid.
    """
    columns = _columns(series)
    given = {"battery_mw": battery_mw, "battery_mwh": battery_mwh, "grid_mw": grid_mw}
    inner_mw, capacity_mwh, limit_mw = _sizes(series, given)
    return Campus(
        name="pymgrid microgrid 0",
        carbon_usd_per_t=SAYS["carbon_usd_per_t"],
        supply={
            "sun": MeasuredSource(power_mw=_hourly(columns["pv_kwh"], 1.0 / _KWH_PER_MWH)),
            "battery": Battery(
                power_mw=inner_mw * efficiency_pu if inner_limits else inner_mw,
                charge_power_mw=inner_mw / efficiency_pu if inner_limits else inner_mw,
                energy_mwh=capacity_mwh,
                charge_efficiency_pu=efficiency_pu,
                discharge_efficiency_pu=efficiency_pu,
                min_soc_pu=SAYS["min_soc_pu"],
                initial_soc_pu=SAYS["min_soc_pu"],
                wear_usd_per_mwh=SAYS["wear_usd_per_inner_mwh"] / efficiency_pu,
                charge_wear_usd_per_mwh=SAYS["wear_usd_per_inner_mwh"] * efficiency_pu,
                **_BATTERY_FIRST,
            ),
            "grid": GridConnection(
                import_limit_mw=limit_mw,
                export_limit_mw=limit_mw,
                import_price_usd_per_mwh=_hourly(columns["import_price"], _KWH_PER_MWH),
                export_price_usd_per_mwh=_hourly(columns["export_price"], _KWH_PER_MWH),
                carbon_kgco2_per_mwh=_hourly(columns["co2_kg_per_kwh"], _KWH_PER_MWH),
            ),
        },
        demand={"load": MeasuredLoad(power_mw=_hourly(columns["load_kwh"], 1.0 / _KWH_PER_MWH))},
    )


@cache
def rule_based_year() -> Result:
    """The year under the rules of pymgrid."""
    return simulate(microgrid_year(series=data_file(SAYS["file"])), days=SAYS["steps"] / HOURS_PER_DAY)


@cache
def lossless_year() -> Result:
    """The year with the battery that Vessim has: no losses, limits at its terminals."""
    campus = microgrid_year(series=data_file(SAYS["file"]), efficiency_pu=1.0, inner_limits=False)
    return simulate(campus, days=SAYS["steps"] / HOURS_PER_DAY)


@cache
def vessim_year() -> dict[str, float]:
    """The same year in Vessim: energy totals [MWh].

    Raises:
        ReferenceMissingError: If Vessim is not installed.
    """
    if find_spec("vessim") is None:
        raise ReferenceMissingError('vessim is not installed; install it with pip install "dcgrid[bench]"')
    columns = _columns(data_file(SAYS["file"]))
    grid, battery, microgrid = _vessim_microgrid()
    totals = dict.fromkeys(("import", "export", "charge", "discharge", "solar", "load"), 0.0)
    for step in range(SAYS["steps"]):
        load_w, sun_w = (columns[name][step] * _W_PER_KW for name in ("load_kwh", "pv_kwh"))
        microgrid.advance(step * _HOUR_S, external_power=sun_w - load_w, duration=float(_HOUR_S))
        flows = {
            "import": max(0.0, -grid.current_power),
            "export": max(0.0, grid.current_power),
            "charge": max(0.0, battery.current_power),
            "discharge": max(0.0, -battery.current_power),
            "solar": sun_w,
            "load": load_w,
        }
        for name, watts in flows.items():
            totals[name] += watts / W_PER_MW
    return totals


def _vessim_microgrid() -> tuple[Any, Any, Any]:
    """Vessim's grid, battery and microgrid."""
    from vessim.dispatch_policy import DefaultDispatchPolicy
    from vessim.dispatchable import GridConnection as Grid
    from vessim.dispatchable import SimpleBattery
    from vessim.microgrid import Microgrid

    limit_w = SAYS["grid_limit_mw"] * W_PER_MW
    grid = Grid(max_import=limit_w, max_export=limit_w)
    battery = SimpleBattery(
        "battery",
        capacity=SAYS["capacity_mwh"] * W_PER_MW,
        initial_soc=SAYS["min_soc_pu"],
        min_soc=SAYS["min_soc_pu"],
        c_rate=SAYS["inner_power_mw"] / SAYS["capacity_mwh"],
    )
    return grid, battery, Microgrid(_HOUR_S, [], [battery, grid], DefaultDispatchPolicy())


def _b13() -> dict[str, Value]:
    summary = rule_based_year().summary
    wear = summary.cost_lines_usd["wear"]
    return {"total": summary.cost_usd, "grid": summary.cost_usd - wear, "battery": wear}


def _b15() -> dict[str, Value]:
    theirs, ours = vessim_year(), lossless_year().summary
    mine = {
        "import": ours.import_mwh,
        "export": ours.export_mwh,
        "charge": ours.charged_mwh["battery"],
        "discharge": ours.discharged_mwh["battery"],
        "solar": ours.supplied_mwh["sun"],
        "load": ours.energy_mwh,
    }
    return {name: (mwh, theirs[name]) for name, mwh in mine.items()}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B13": _b13, "B15": _b15}
"""Simulated numbers by case."""


def report() -> str:
    """Our year compared with pymgrid and Vessim."""
    summary = rule_based_year().summary
    cost = compare("B13", _b13())
    try:
        energy = compare("B15", _b15())
        vessim, moved = reference_table(energy), agreement(energy)
    except ReferenceMissingError as missing:
        moved = "not compared, because Vessim is not installed"
        vessim = f"{cases()['B15'].about}: skipped, {missing}.\n"
    return f"""# A year of a microgrid

{reference_table(cost)}
{vessim}
The battery is charged with solar surplus and discharged before power is imported. The year has
{SAYS["steps"]:,} hours, as in pymgrid. The battery's limits of {1000.0 * SAYS["inner_power_mw"]:g} kW
and its wear of {SAYS["wear_usd_per_inner_mwh"] / 1000.0:g} USD/kWh apply inside the battery, so its
charging power at the terminals is higher than its discharging power.
{summary.discharged_mwh["battery"]:,.1f} MWh were discharged of
{summary.charged_mwh["battery"]:,.1f} MWh charged; {summary.export_mwh:,.1f} MWh were exported without
payment.

Answer: does the year cost what pymgrid says? {agreement(cost).capitalize()}.
Does it move the energy that Vessim says? {moved.capitalize()}.
"""


def answer(result: Result) -> str:
    """What a run cost, and how the battery was used."""
    summary = result.summary
    wear_usd, discharged_mwh = summary.cost_lines_usd.get("wear", 0.0), summary.discharged_mwh["battery"]
    return (
        f"{result.days:g} days cost {summary.cost_usd:,.0f} USD, of which {wear_usd:,.0f} USD is wear of the "
        f"battery; {summary.import_mwh:,.1f} MWh were imported and {discharged_mwh:,.1f} MWh discharged. "
        "dcgrid reproduce B13 B15 compares the year with pymgrid and Vessim."
    )


def picture() -> Figure:
    """A week of the microgrid in summer, and the battery's energy."""
    from matplotlib.figure import Figure as Canvas

    week = rule_based_year().hourly.iloc[180 * 24 : 187 * 24]
    hours = range(len(week))
    figure = Canvas(figsize=(10.0, 4.6), layout="constrained")
    power, store = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    parts = {"sun.delivered_mw": "#ccbb44", "battery.discharge_mw": "#4477aa", "grid.import_mw": "#bbbbbb"}
    power.stackplot(
        hours,
        [1000.0 * week[name].to_numpy() for name in parts],
        colors=list(parts.values()),
        labels=["sun", "battery", "grid"],
        step="post",
    )
    load = 1000.0 * week["load.served_mw"].to_numpy()
    power.step(hours, load, where="post", color="#222222", label="load")
    power.set_ylabel("power [kW]")
    power.legend(ncols=4, fontsize=8, loc="upper right")
    power.set_ylim(0.0, 1.35 * float(1000.0 * week[list(parts)].sum(axis=1).max()))
    store.plot(hours, 1000.0 * week["battery.stored_mwh"].to_numpy(), color="#4477aa")
    store.set_ylabel("stored [kWh]")
    store.set_xlabel("hour of a week in July")
    power.set_title("pymgrid microgrid 0: battery first, grid for the rest")
    return figure


@cache
def _columns(path: Path) -> dict[str, tuple[float, ...]]:
    """The columns of the hourly series."""
    header, *rows = csv.reader(_unpacked(path).decode("utf-8").splitlines())
    if missing := [name for name in _COLUMNS if name not in header]:
        raise _refused("series", f"= {str(path)!r} has no column {missing[0]}; it has {', '.join(header)}")
    return {name: tuple(map(float, values)) for name, *values in zip(header, *rows, strict=True)}


@cache
def _unpacked(path: Path) -> bytes:
    """The bytes of the series, unpacked."""
    if not path.is_file():
        raise _refused("series", f"= {str(path)!r} does not exist. {_ORIGIN}")
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def _sizes(series: Path, given: dict[str, float]) -> list[float]:
    """Sizes of battery and connection: those given, or those of microgrid 0 if the series is its own."""
    own = (SAYS["inner_power_mw"], SAYS["capacity_mwh"], SAYS["grid_limit_mw"])
    missing = [name for name, size in given.items() if not size]
    if missing and hashlib.sha256(_unpacked(series)).hexdigest() != _DIGEST:
        raise _refused(missing[0], f"is missing: {series.name} is not the series of microgrid 0")
    return [size or usual for size, usual in zip(given.values(), own, strict=True)]


def _refused(field: str, message: str) -> SpecError:
    return SpecError("microgrid_year", [Problem((field,), message)])


def _hourly(values: tuple[float, ...], scale: float) -> dict[str, tuple[float, ...]]:
    """Hourly values as a profile."""
    times_s = tuple(float(hour * _HOUR_S) for hour in range(len(values)))
    return {"times_s": times_s, "values": tuple(scale * value for value in values)}


if __name__ == "__main__":
    run_scenario(microgrid_year)
