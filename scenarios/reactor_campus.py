"""A campus on small reactors, compared with the same campus on one large unit.

Cases A11 and A12: twelve modules or one unit of 835 MW, with refuelling and trips. How much power is
firm, how much is unserved, and how much spare capacity is needed to serve 99.9 % of the energy? No outage
record of small reactors is public. Modules and large unit use the record of large units in the United
States, so only their number differs. All power is bought under an agreement like that of Three Mile Island
1: 20 years from 2028, paid as delivered. Its price is not published.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim import Campus, Result, simulate, units
from sim.campus import (
    Battery,
    Facility,
    GridConnection,
    MeasuredLoad,
    PhysicalAgreement,
    ServerPool,
    SmallModularReactor,
    TrainingJob,
)
from sim.cli import run_scenario
from sim.site import Source
from sim.validation.published import Value, compare, inputs, reference_table

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure

SAYS = inputs("A12")
UNIT_MW = SAYS["unit_mw"]
PPA_USD_PER_MWH = SAYS["analyst_usd_per_mwh"]
"""Price of the agreement: an estimate of analysts, as none is published."""
GRID_USD_PER_MWH, DAMAGES_USD_PER_MWH, GUARANTEED_PU = 60.0, 50.0, 0.9
"""Price of grid power, and a guarantee of the seller with its damages (all assumed)."""
YEARS = 20.0
SERVED = 0.999
_MODULES = 11
_GPUS = 8


def reactor_campus(
    *,
    modules: units.PositiveCount = _MODULES,
    spare_modules: units.Count = 0,
    plant_mw: units.PositiveMW = UNIT_MW,
    load_mw: units.PositiveMW = UNIT_MW,
    grid_mw: units.MW = 0.0,
    ppa_usd_per_mwh: units.UsdPerMWh = PPA_USD_PER_MWH,
    grid_usd_per_mwh: units.UsdPerMWh = GRID_USD_PER_MWH,
    server_w: units.PositiveWatts = 6850.0,
    pue: units.OverheadRatio = 1.2,
) -> Campus:
    """Run servers around the clock on reactors under a purchase agreement, without a grid connection.

    Args:
        modules: Number of equal units of the plant; 1 is a large unit, 11 are modules of 76 MW.
        spare_modules: Additional units of the same size.
        plant_mw: Power of the plant without the spare units; 835 MW is Three Mile Island 1.
        load_mw: Load of the campus, including overhead.
        grid_mw: Grid connection for when reactors are down; none if 0.
        ppa_usd_per_mwh: Price of the agreement, paid as delivered (an estimate of analysts: unpublished).
        grid_usd_per_mwh: Price of grid power (assumed).
        server_w: Power of a server at work; measured, 8 x H100 (MLPerf Training 4.0).
        pue: Facility power over IT power.
    """
    record = inputs("B12")
    servers = max(1, int(load_mw / pue * units.W_PER_MW / server_w))  # as many as the load allows
    grid = GridConnection(import_limit_mw=grid_mw, import_price_usd_per_mwh=grid_usd_per_mwh)
    return Campus(
        name=f"A campus on {modules + spare_modules} reactors",
        start=datetime(SAYS["begins_year"], 1, 1, tzinfo=UTC),
        facility=Facility(pue=pue),
        servers={"halls": ServerPool(servers=servers, gpus_per_server=_GPUS, busy_w=server_w)},
        supply={
            "reactors": SmallModularReactor(
                modules=modules + spare_modules,
                module_mw=plant_mw / modules,
                refuelling_interval_d=units.DAYS_PER_YEAR / record["long_per_year"],
                refuelling_d=record["long_d"],
                mttf_h=units.HOURS_PER_YEAR / record["short_per_year"]
                - record["short_d"] * units.HOURS_PER_DAY,
                mttr_h=record["short_d"] * units.HOURS_PER_DAY,
                fuel_usd_per_mwh=0.0,  # fuel and variable cost are the seller's
                variable_usd_per_mwh=0.0,
            ),
            **({"grid": grid} if grid_mw else {}),
        },
        demand={
            "training": TrainingJob(
                pool="halls", gpus=servers * _GPUS, work_gpu_h=servers * _GPUS * 1e6, flexible_pu=0.0
            )
        },
        agreements={
            "purchase": PhysicalAgreement(
                source="reactors",
                counterparty="Constellation",
                price_usd_per_mwh=ppa_usd_per_mwh,
                term_years=SAYS["term_years"],
                contracted_mw=plant_mw,
                damages_usd_per_mwh=DAMAGES_USD_PER_MWH,
            )
        },
    )


@cache
def run(modules: int, spare_modules: int = 0, *, grid_mw: float = 0.0, guaranteed_pu: float = 0.0) -> Result:
    """A plant over many years."""
    campus = reactor_campus(modules=modules, spare_modules=spare_modules, grid_mw=grid_mw)
    agreed = campus.with_values({"agreements.purchase.guaranteed_pu": guaranteed_pu})
    return simulate(agreed, days=YEARS * units.DAYS_PER_YEAR)


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


def first_trip(result: Result) -> dict[str, float]:
    """The first forced outage of a run at the default prices; damages are those of the month it began in."""
    events, flows, bill = result.events, result.flows, result.bill
    trip = events[events["event"] == "forced outage"].iloc[0]
    repairs = events[(events["event"] == "repaired") & (events["detail"] == trip["detail"])]
    down = flows[(flows.index >= trip["time"]) & (flows.index < repairs["time"].iloc[0])]
    mwh = down.drop(columns="dt_h").mul(down["dt_h"], axis="index").sum()
    damages = bill[(bill["month"] == f"{trip['time']:%Y-%m}") & (bill["detail"] == "shortfall damages")]
    return {
        "hours": float(down["dt_h"].sum()),
        "lost_mw": float(trip["mw"]),
        "import_mw": float(down["grid.import_mw"].max()) if "grid.import_mw" in down else 0.0,
        "unserved_mwh": float(mwh[[name for name in mwh.index if name.endswith(".unserved_mw")]].sum()),
        "paid_usd": PPA_USD_PER_MWH * float(mwh["reactors.delivered_mw"]),
        "grid_usd": GRID_USD_PER_MWH * float(mwh.get("grid.import_mw", 0.0)),
        "damages_usd": 0.0 - float(damages["usd"].sum()),
    }


@cache
def trips() -> dict[str, dict[str, float]]:
    """The first trip of the large unit, by what the campus has beside it."""
    return {
        "nothing": first_trip(run(1)),
        "a grid connection": first_trip(run(1, grid_mw=UNIT_MW)),
        "the same, and a guarantee": first_trip(run(1, grid_mw=UNIT_MW, guaranteed_pu=GUARANTEED_PU)),
    }


@cache
def spare_mw(modules: int) -> float:
    """Spare capacity with which the plant serves the target share, in whole units."""
    spare = 0
    while served(run(modules, spare)) < SERVED:
        spare += 1
    return float(spare * UNIT_MW / modules)


def _plant(load_mw: float, days: float, **supply: Source) -> Result:
    """A plant with a load of its own."""
    demand = {"load": MeasuredLoad(power_mw=load_mw)}
    return simulate(Campus(name="plant", supply=supply, demand=demand), days=days)


def _twelve_pack() -> float:
    """Maximum power of a NuScale plant of twelve modules."""
    says = inputs("A11")
    plant = SmallModularReactor(modules=says["nuscale_modules"], module_mw=says["nuscale_module_mw"])
    return float(_plant(2000.0, 10.0, reactors=plant).flows["reactors.delivered_mw"].max())


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
    flows = _plant(says["natrium_boost_mw"], 1.0, reactor=reactor, store=store).flows
    boosted = flows["load.served_mw"] >= says["natrium_boost_mw"] * (1.0 - 1e-9)
    return float(flows.loc[boosted, "dt_h"].sum())


def _default_fleet_pct() -> float:
    """Capacity factor of a fleet with the default outages, in percent."""
    fleet = _plant(2000.0, YEARS * units.DAYS_PER_YEAR, reactors=SmallModularReactor(modules=12))
    return float(100.0 * fleet.summary.capacity_factor["reactors"])


def _unserved_mwh() -> float:
    """Energy that a forced outage of the large unit leaves unserved, on average."""
    number = len(run(1).events.query("event == 'forced outage'"))
    return float(run(1).summary.unserved_by_reason_mwh["forced outage"] / number)


def _a11() -> dict[str, Value]:
    return {
        "nuscale": _twelve_pack(),
        "natrium": _natrium_h(),
        "capacity_factor": _default_fleet_pct(),
        "spare_fleet": spare_mw(_MODULES),
    }


def _a12() -> dict[str, Value]:
    alone, backed, guaranteed = trips().values()
    return {
        "unit": firm_mw(run(1), 0.0),
        "trip": 100.0 * alone["lost_mw"] / UNIT_MW,
        "trip_unserved": _unserved_mwh(),
        "trip_paid": alone["paid_usd"],
        "trip_grid": backed["import_mw"],
        "trip_damages": guaranteed["damages_usd"],
        "spare_large": spare_mw(1),
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A11": _a11, "A12": _a12}
"""Simulated numbers by case."""


def report() -> str:
    """Firm power, unserved energy and spare capacity, and what a trip of the large unit does."""
    plants = "\n".join(_line(modules) for modules in (1, 2, 4, _MODULES))
    return f"""# A campus on reactors

No outage record of small reactors is public: every unit here has the outages and refuelling of large
units in the United States. {YEARS:g} years, {UNIT_MW:g} MW of plant, {UNIT_MW:g} MW of load around the clock.

{reference_table(compare("A11", _a11()) + compare("A12", _a12()))}
| units | MW each | firm 90 % | firm 99 % | firm 99.9 % | served | spare for {100 * SERVED:g} % of energy |
|---:|---:|---:|---:|---:|---:|---:|
{plants}

Both plants produce the same energy, but their shortages differ. A trip of the large unit removes all
power at once, a trip of a module {first_trip(run(_MODULES))["lost_mw"]:.0f} MW. To serve
{100 * SERVED:g} % of the energy the large unit needs {spare_mw(1):,.0f} MW of spare units, the fleet of
modules {spare_mw(_MODULES):,.0f} MW.

{_trip_table()}

Answer: for 99.9 % of the time {firm_mw(run(_MODULES), 0.999):,.0f} MW of {UNIT_MW:g} MW are firm with
{_MODULES} modules and {firm_mw(run(1), 0.999):,.0f} MW with one unit. Without spare units
{100.0 - 100.0 * served(run(_MODULES)):.1f} % and {100.0 - 100.0 * served(run(1)):.1f} % of the energy are
unserved. A trip of the one unit takes all power; the agreement costs nothing meanwhile.
"""


def _trip_table() -> str:
    """What the first trip of the large unit does to a campus, by what it has beside the unit."""
    trip, columns = trips()["nothing"], ("unserved_mwh", "import_mw", "paid_usd", "grid_usd", "damages_usd")
    lines = (
        f"| {beside} | {' | '.join(f'{one[name]:,.0f}' for name in columns)} |"
        for beside, one in trips().items()
    )
    return f"""A trip of the large unit leaves {_unserved_mwh():,.0f} MWh unserved on average. The first one
takes {trip["lost_mw"]:g} MW at once, for {trip["hours"]:.0f} h:

| beside the unit | unserved MWh | from the grid MW | paid to the seller USD | grid USD | damages USD |
|:--|---:|---:|---:|---:|---:|
{chr(10).join(lines)}

The agreement is paid as delivered. While the unit is down the campus pays nothing: it keeps
{trip["lost_mw"] * trip["hours"] * PPA_USD_PER_MWH:,.0f} USD, and lacks all of its power. A grid connection
must be as large as the unit. Here its power costs less, {GRID_USD_PER_MWH:g} USD/MWh (assumed) in place of
{PPA_USD_PER_MWH:g} (an estimate of analysts; no price is published). The guarantee is for
{100 * GUARANTEED_PU:g} % of the energy of a month, with {DAMAGES_USD_PER_MWH:g} USD/MWh (both assumed)."""


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
        extra = range(round(spare_mw(modules) * modules / UNIT_MW) + 1)
        missing = [max(1e6 * (1.0 - served(run(modules, count))), 1.0) for count in extra]
        spare.plot([count * UNIT_MW / modules for count in extra], missing, "o-", color=color, label=message)
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
