"""A campus of 300 MW that is built in three phases: `phased_campus.toml` in Python, with parameters.

Run it with `dcgrid run scenarios/phased_campus.py` or `python scenarios/phased_campus.py`; `--help` lists the
parameters. Dates, sizes, prices and jobs are assumed: replace them with your own.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sim.campus import (
    Battery,
    Campus,
    Facility,
    GasTurbines,
    GridConnection,
    InferenceStream,
    MeasuredLoad,
    RunPlan,
    ServerPool,
    SmallModularReactor,
    SolarPlant,
    Target,
    TrainingJob,
)
from sim.cli import run_scenario
from sim.demand.hall import Load
from sim.requests.request_class import RequestClass
from sim.requests.tokens import Tokens
from sim.site import Source
from sim.timeseries.profile import DailyShape, DatedSteps, TimeOfUse, Window
from sim.timeseries.service import PlannedOutage
from sim.units import HOURS_PER_DAY, MW, MWh, OverheadRatio, UnitCount

DAYS = 1_096.0
"""Three years from 1 January 2027 [d]."""
WEEKDAYS = (0, 1, 2, 3, 4)
HALLS = {"hall_1": "2027-03-01", "hall_2": "2027-09-01", "hall_3": "2028-04-01"}
"""Date on which each hall enters service."""
MODULES = ("2028-02-01", "2028-05-01", "2028-08-01", "2028-11-01")
"""Dates on which the reactor modules enter service; modules beyond the fourth come with the fourth."""
SECOND_STEP, THIRD_STEP = "2027-10-01", "2028-07-01"
"""Dates on which the utility connects more power."""

# The training plan: hall, GPUs, days at full speed, price of power above which the job waits [USD/MWh].
TRAINING_PLAN = {
    "training_1": ("hall_1", 16_000, 1_000.0, 400.0),
    "research": ("hall_1", 4_000, 1_000.0, 60.0),
    "training_2": ("hall_2", 20_000, 800.0, 400.0),
    "training_3": ("hall_3", 20_000, 600.0, 400.0),
}

# Relative rate of requests by local hour [%].
NIGHT = (62, 52, 46, 42, 40, 40)
MORNING = (44, 52, 62, 70, 75, 78)
AFTERNOON = (80, 81, 82, 83, 85, 88)
EVENING = (93, 98, 100, 97, 88, 75)


def phased_campus(
    *,
    first_mw: MW = 100.0,
    second_mw: MW = 200.0,
    third_mw: MW = 300.0,
    reactor_modules: UnitCount = 4,
    gas_units: UnitCount = 2,
    solar_mw: MW = 120.0,
    battery_mw: MW = 100.0,
    battery_mwh: MWh = 400.0,
    pue: OverheadRatio = 1.2,
) -> Campus:
    """A campus of 300 MW in three phases near Greensboro, North Carolina: its first three years.

    Args:
        first_mw: Maximum import from the start.
        second_mw: Maximum import from 1 October 2027.
        third_mw: Maximum import from 1 July 2028.
        reactor_modules: Reactor modules of 77 MW, commissioned from February 2028.
        gas_units: Gas turbines of 55 MW.
        solar_mw: Capacity of the solar plant, from 1 October 2027.
        battery_mw: Power of the battery, from 1 October 2027.
        battery_mwh: Capacity of the battery.
        pue: Facility power over IT power.
    """
    supply: dict[str, Source | None] = {
        "grid": _grid(first_mw, second_mw, third_mw),
        "smr": _reactor(reactor_modules) if reactor_modules else None,
        "solar": SolarPlant(capacity_mw=solar_mw, in_service=SECOND_STEP) if solar_mw else None,
        "battery": _battery(battery_mw, battery_mwh) if battery_mw and battery_mwh else None,
        "gas": _gas(gas_units) if gas_units else None,
    }
    halls = {
        name: ServerPool(servers=2_500, idle_w=6_000.0, busy_w=24_000.0, in_service=date)
        for name, date in HALLS.items()
    }
    return Campus(
        name="phased campus",
        start=datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=-5))),
        timezone="America/New_York",
        run=RunPlan(days=DAYS),
        target=Target(unserved_h_per_year=2.4),
        facility=Facility(pue=pue),
        servers={**halls, "serving": ServerPool(servers=6_000, in_service="2027-02-01")},
        supply={name: source for name, source in supply.items() if source},
        demand={**_training(), "assistant": _assistant(), "offices": MeasuredLoad(power_mw=8.0)},
    )


def _grid(first_mw: float, second_mw: float, third_mw: float) -> GridConnection:
    """The connection in three steps. Export is allowed from the third."""
    start = "2027-01-01"
    evening = Window(value=110.0, weekdays=WEEKDAYS, from_hour=17, to_hour=21)
    return GridConnection(
        import_limit_mw=DatedSteps(
            dates=[start, SECOND_STEP, THIRD_STEP], values=[first_mw, second_mw, third_mw]
        ),
        import_price_usd_per_mwh=TimeOfUse(base=50.0, windows=[evening]),
        export_limit_mw=DatedSteps(dates=[start, THIRD_STEP], values=[0.0, 150.0]),
        export_price_usd_per_mwh=25.0,
        demand_charge_usd_per_mw_month=8_000.0,
        interruptions_per_year=1.0,
    )


def _reactor(modules: int) -> SmallModularReactor:
    """Modules commissioned one after the other; each is refuelled for the first time after a year or more."""
    dates = [MODULES[min(module, len(MODULES) - 1)] for module in range(modules)]
    return SmallModularReactor(modules=modules, in_service=dates, first_refuelling_d=365.0)


def _battery(power_mw: float, energy_mwh: float) -> Battery:
    """A battery that keeps 40 % of its capacity for outages."""
    return Battery(power_mw=power_mw, energy_mwh=energy_mwh, reserve_pu=0.4, in_service=SECOND_STEP)


def _gas(units: int) -> GasTurbines:
    """Gas turbines, one of which is inspected for ten days each spring."""
    inspection = PlannedOutage(start="2027-04-05", duration_h=240.0, units=1, yearly=True)
    return GasTurbines(units=units, gas_usd_per_mmbtu=6.0, planned_outages=[inspection])


def _training() -> dict[str, Load]:
    """Training jobs, submitted at the start; they wait for their halls."""
    return {
        name: TrainingJob(
            pool=hall, gpus=gpus, work_gpu_h=gpus * days * HOURS_PER_DAY, worth_usd_per_mwh=worth
        )
        for name, (hall, gpus, days, worth) in TRAINING_PLAN.items()
    }


def _assistant() -> InferenceStream:
    """A service that takes 38 MW at the servers; in the evening they give 78 % of the tokens they can."""
    rate = DailyShape(mean=17_000.0, hourly=(*NIGHT, *MORNING, *AFTERNOON, *EVENING), weekend=0.9)
    answer = RequestClass(
        prompt_tokens=Tokens(mean=1_155.0, cv=0.96),
        output_tokens=Tokens(mean=4_800.0, cv=1.0),
        timeout_s=300.0,
    )
    return InferenceStream(
        pool="serving",
        replicas=6_000,
        model="llama2_70b_8xh200",
        requests_per_s=rate,
        classes={"answer": answer},
        resolution="fluid",
    )


if __name__ == "__main__":
    run_scenario(phased_campus)
