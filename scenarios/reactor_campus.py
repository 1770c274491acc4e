"""A campus on small reactors, compared with the same campus on one large unit.

Cases A11 and A12: twelve modules or one unit of 835 MW, with refuelling and trips. How much power is
firm, how much is unserved, and how much spare capacity is needed to serve 99.9 % of the energy? No outage
record of small reactors is public. Modules and large unit use the record of large units in the United
States, so only their number differs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import Battery, Facility, MeasuredLoad, ServerPool, SmallModularReactor, TrainingJob
from sim.cli import run_scenario
from sim.units import (
    DAYS_PER_YEAR,
    HOURS_PER_DAY,
    HOURS_PER_YEAR,
    W_PER_MW,
    Count,
    OverheadRatio,
    PositiveCount,
    PositiveMW,
    PositiveWatts,
)
from sim.validation.published import Value, compare, inputs, reference_table

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure

UNIT_MW = inputs("A12")["unit_mw"]
YEARS = 20.0
SERVED = 0.999
_MODULES = 11
_GPUS = 8


def reactor_campus(
    *,
    modules: PositiveCount = _MODULES,
    spare_modules: Count = 0,
    plant_mw: PositiveMW = UNIT_MW,
    load_mw: PositiveMW = UNIT_MW,
    server_w: PositiveWatts = 6850.0,
    pue: OverheadRatio = 1.2,
) -> Campus:
    """Run servers around the clock on reactors alone, without a grid connection.

    Args:
        modules: Number of equal units of the plant; 1 is a large unit, 11 are modules of 76 MW.
        spare_modules: Additional units of the same size.
        plant_mw: Power of the plant without the spare units; 835 MW is Three Mile Island 1.
        load_mw: Load of the campus, including overhead.
        server_w: Power of a server at work; measured, 8 x H100 (MLPerf Training 4.0).
        pue: Facility power over IT power.
    """
    record = inputs("B12")
    servers = max(1, int(load_mw / pue * W_PER_MW / server_w))  # as many as the load allows
    return Campus(
        name=f"A campus on {modules + spare_modules} reactors",
        facility=Facility(pue=pue),
        servers={"halls": ServerPool(servers=servers, gpus_per_server=_GPUS, busy_w=server_w)},
        supply={
            "reactors": SmallModularReactor(
                modules=modules + spare_modules,
                module_mw=plant_mw / modules,
                refuelling_interval_d=DAYS_PER_YEAR / record["long_per_year"],
                refuelling_d=record["long_d"],
                mttf_h=HOURS_PER_YEAR / record["short_per_year"] - record["short_d"] * HOURS_PER_DAY,
                mttr_h=record["short_d"] * HOURS_PER_DAY,
            )
        },
        demand={
            "training": TrainingJob(
                pool="halls", gpus=servers * _GPUS, work_gpu_h=servers * _GPUS * 1e6, flexible_pu=0.0
            )
        },
    )


@cache
def run(modules: int, spare_modules: int = 0, years: float = YEARS, seed: int = 0) -> Result:
    """A plant over many years."""
    campus = reactor_campus(modules=modules, spare_modules=spare_modules)
    return simulate(campus, days=years * DAYS_PER_YEAR, seed=seed)


def available_mw(result: Result) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Available power of the reactors in descending order, and the share of time it is available."""
    flows = result.flows
    names = [name for name in flows.columns if str(name).startswith("reactors.")]
    mw, hours = flows[names].sum(axis=1).to_numpy(), flows["dt_h"].to_numpy()
    order = np.argsort(-mw)
    return mw[order], np.cumsum(hours[order]) / hours.sum()


def firm_mw(result: Result, share: float) -> float:
    """Power that is available for this share of the time."""
    mw, time = available_mw(result)
    return float(mw[min(int(np.searchsorted(time, share)), len(mw) - 1)])


def served(result: Result) -> float:
    """Share of the wanted energy that was served."""
    summary = result.summary
    return summary.energy_mwh / (summary.energy_mwh + summary.unserved_mwh)


@cache
def spare_mw(modules: int) -> float:
    """Spare capacity with which the plant serves the target share, in whole units."""
    spare = 0
    while served(run(modules, spare)) < SERVED:
        spare += 1
    return float(spare * UNIT_MW / modules)


def _twelve_pack() -> float:
    """Maximum power of a NuScale plant of twelve modules."""
    says = inputs("A11")
    plant = SmallModularReactor(modules=says["nuscale_modules"], module_mw=says["nuscale_module_mw"])
    campus = Campus(
        name="twelve modules", supply={"reactors": plant}, demand={"load": MeasuredLoad(power_mw=2000.0)}
    )
    return float(simulate(campus, days=10.0).flows["reactors.delivered_mw"].max())


def _natrium_h() -> float:
    """Hours for which the full thermal store of Natrium sustains the boost, in electric terms."""
    says = inputs("A11")
    store = Battery(
        power_mw=says["natrium_boost_mw"] - says["natrium_mw"],
        energy_mwh=says["natrium_store_mwh"],
        charge_efficiency_pu=1.0,
        discharge_efficiency_pu=1.0,
        min_soc_pu=0.0,
        initial_soc_pu=1.0,
    )
    reactor = SmallModularReactor(modules=1, module_mw=says["natrium_mw"], mttf_h=1e9, refuelling_d=0.0)
    campus = Campus(
        name="Natrium",
        supply={"reactor": reactor, "store": store},
        demand={"load": MeasuredLoad(power_mw=says["natrium_boost_mw"])},
    )
    flows = simulate(campus, days=1.0).flows
    boosted = flows["load.served_mw"] >= says["natrium_boost_mw"] * (1.0 - 1e-9)
    return float(flows.loc[boosted, "dt_h"].sum())


def _default_fleet_pct() -> float:
    """Capacity factor of a fleet with the default outages, in percent."""
    fleet = SmallModularReactor(modules=12)
    campus = Campus(name="fleet", supply={"reactors": fleet}, demand={"load": MeasuredLoad(power_mw=2000.0)})
    return 100.0 * simulate(campus, days=YEARS * DAYS_PER_YEAR).summary.capacity_factor["reactors"]


def _trip_pct(modules: int) -> float:
    """Share of plant power lost in the first forced outage."""
    events = run(modules).events
    lost_mw = events.loc[events["event"] == "forced outage", "mw"].iloc[0]
    return float(100.0 * lost_mw / UNIT_MW)


def _a11() -> dict[str, Value]:
    return {
        "nuscale": _twelve_pack(),
        "natrium": _natrium_h(),
        "capacity_factor": _default_fleet_pct(),
        "spare_fleet": spare_mw(_MODULES),
    }


def _a12() -> dict[str, Value]:
    return {"unit": firm_mw(run(1), 0.0), "trip": _trip_pct(1), "spare_large": spare_mw(1)}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A11": _a11, "A12": _a12}
"""Simulated numbers by case."""


def report() -> str:
    """Firm power, unserved energy and spare capacity of a fleet and of one large unit."""
    plants = "\n".join(_line(modules) for modules in (1, 2, 4, _MODULES))
    return f"""# A campus on reactors

No outage record of small reactors is public: every unit here has the outages and refuelling of large
units in the United States. {YEARS:g} years, {UNIT_MW:g} MW of plant, {UNIT_MW:g} MW of load around the clock.

{reference_table(compare("A11", _a11()) + compare("A12", _a12()))}
| units | MW each | firm 90 % | firm 99 % | firm 99.9 % | served | spare for {100 * SERVED:g} % of energy |
|---:|---:|---:|---:|---:|---:|---:|
{plants}

Both plants produce the same energy, but their shortages differ. A trip of the large unit removes all
power at once, a trip of a module {_trip_pct(_MODULES):.0f} %. To serve {100 * SERVED:g} % of the energy the
large unit needs {spare_mw(1):,.0f} MW of spare units, the fleet of modules {spare_mw(_MODULES):,.0f} MW.

Answer: for 99.9 % of the time {firm_mw(run(_MODULES), 0.999):,.0f} MW of {UNIT_MW:g} MW are firm with
{_MODULES} modules and {firm_mw(run(1), 0.999):,.0f} MW with one unit. Without spare units
{100.0 - 100.0 * served(run(_MODULES)):.1f} % and {100.0 - 100.0 * served(run(1)):.1f} % of the energy are
unserved.
"""


def answer(result: Result) -> str:
    """Firm power and unserved energy of a run."""
    firm = ", ".join(
        f"{firm_mw(result, share):,.0f} MW for {100 * share:g} %" for share in (0.9, 0.99, SERVED)
    )
    unserved = 100.0 - 100.0 * served(result)
    enough = "enough" if unserved <= 100.0 * (1.0 - SERVED) else "not enough: add --spare-modules"
    return (
        f"The reactors gave {firm} of the time. {unserved:.2f} % of the energy was unserved. For "
        f"{100 * SERVED:g} % served this is {enough}."
    )


def picture() -> Figure:
    """Duration curve of available power, and unserved energy by spare capacity."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(10.0, 4.0), layout="constrained")
    duration, spare = figure.subplots(1, 2)
    for modules, color in ((1, "#ee6677"), (4, "#ccbb44"), (_MODULES, "#4477aa")):
        mw, time = available_mw(run(modules))
        message = "one large unit" if modules == 1 else f"{modules} modules of {UNIT_MW / modules:.0f} MW"
        duration.step(
            np.append(0.0, 100.0 * time), np.append(mw[0], mw), where="pre", color=color, label=message
        )
        extra = (
            range(spare_units + 1) if (spare_units := round(spare_mw(modules) * modules / UNIT_MW)) else (0,)
        )
        missing = [max(1e6 * (1.0 - served(run(modules, units))), 1.0) for units in extra]
        spare.plot([units * UNIT_MW / modules for units in extra], missing, "o-", color=color, label=message)
    spare.axhline(1e6 * (1.0 - SERVED), color="#222222", ls="--", lw=1, label=f"{100 * SERVED:g} % served")
    duration.set_xlabel("share of time [%]")
    duration.set_ylabel("available power [MW]")
    duration.set_ylim(bottom=0.0)
    duration.legend(fontsize=8)
    spare.set_yscale("log")
    spare.set_xlabel("spare capacity [MW]")
    spare.set_ylabel("unserved energy [ppm, at least 1]")
    spare.legend(fontsize=8)
    figure.suptitle(f"{UNIT_MW:g} MW of reactors for {UNIT_MW:g} MW of load")
    return figure


def _line(modules: int) -> str:
    result = run(modules)
    firm = " | ".join(f"{firm_mw(result, share):,.0f} MW" for share in (0.9, 0.99, 0.999))
    return (
        f"| {modules} | {UNIT_MW / modules:.0f} | {firm} | {100.0 * served(result):.2f} % "
        f"| {spare_mw(modules):,.0f} MW |"
    )


if __name__ == "__main__":
    run_scenario(reactor_campus)
