"""A campus for training and inference with reactors, a fusion agreement, solar, storage and gas turbines.

Its servers fail, its jobs save their work and follow the price of power, and its cooling follows the weather.
Run it with `dcgrid run scenarios/ai_campus.py` or `python scenarios/ai_campus.py`; `--help` lists the
parameters. Prices and jobs are assumptions and marked as such; replace them with your own.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from math import ceil

from sim.campus import (
    Battery,
    Campus,
    Checkpoints,
    EasyBackfill,
    Facility,
    FusionPlant,
    GasTurbines,
    GridConnection,
    InferenceStream,
    PhysicalAgreement,
    ServerPool,
    SmallModularReactor,
    SolarPlant,
    TrainingJob,
    Transformer,
    Ups,
    WetBulbCooling,
)
from sim.cli import run_scenario
from sim.demand.hall import Load
from sim.requests.request_class import RequestClass
from sim.requests.tokens import Tokens
from sim.serving.models import MODELS
from sim.site import Source
from sim.supply.grid import CurtailmentOrder
from sim.timeseries.profile import DailyShape, TimeOfUse, Window
from sim.units import (
    HOURS_PER_DAY,
    MW,
    W_PER_MW,
    Count,
    DurationHours,
    MWh,
    OverheadRatio,
    PositiveSeconds,
    Seconds,
    UsdPerMWh,
)

WEEKDAYS = (0, 1, 2, 3, 4)
SUMMER = (5, 6, 7, 8, 9)
REST_OF_YEAR = (1, 2, 3, 4, 10, 11, 12)
GAS_UNIT_MW = 55.0

# Time to repair a server (assumed). Of 50,000 h it is 0.05 %; 0.25 % of the servers are kept free (assumed).
SERVER_MTTR_H = 24.0
SPARE_PU = 0.0025

# The assistant runs Llama 2 70B on servers of 8 H200. Its answers are long, and people do not wait longer
# than five minutes for them to begin. At the evening peak, servers give 78 % of the tokens they can.
# (Assumed.)
MODEL = "llama2_70b_8xh200"
ANSWER = RequestClass(
    prompt_tokens=Tokens(mean=1_155.0, cv=0.96), output_tokens=Tokens(mean=5_000.0, cv=1.0), timeout_s=300.0
)
BUSIEST_PU = 0.78

# Relative rate of requests by local hour: lowest at 5, highest at 20 (assumed; a typical day of a
# consumer service).
NIGHT = (0.62, 0.52, 0.46, 0.42, 0.40, 0.40)
MORNING = (0.44, 0.52, 0.62, 0.70, 0.75, 0.78)
AFTERNOON = (0.80, 0.81, 0.82, 0.83, 0.85, 0.88)
EVENING = (0.93, 0.98, 1.00, 0.97, 0.88, 0.75)
DAY = (*NIGHT, *MORNING, *AFTERNOON, *EVENING)
WEEKEND = 0.9

# What the power of a job at full speed is worth on average [USD/MWh] (assumed). Its first megawatts are worth
# 1.36 times as much, its last 0.16 times. So experiments are slow on power from the grid and pause in peak
# hours, fine-tunes are slow in peak hours, and pretraining gives up only power that hardly slows it.
EXPERIMENT, FINETUNE, PRETRAINING = 40.0, 120.0, 400.0

# Of two jobs under the same cap, that of the higher priority keeps its power longer.
PRIORITY = {EXPERIMENT: 0, FINETUNE: 1, PRETRAINING: 2}

# The training plan (assumed): name, day of submission, share of the hall's GPUs, days at full speed, price.
TRAINING_PLAN = (
    ("pretrain_a", 2.0, 0.75, 105.0, PRETRAINING),
    ("ablations_a", 6.0, 0.20, 40.0, EXPERIMENT),
    ("ablations_b", 50.0, 0.20, 45.0, EXPERIMENT),
    ("finetune_a", 108.0, 0.40, 16.0, FINETUNE),
    ("alignment_a", 112.0, 0.30, 20.0, FINETUNE),
    ("distillation_a", 118.0, 0.25, 14.0, EXPERIMENT),
    ("pretrain_b", 140.0, 0.80, 125.0, PRETRAINING),
    ("ablations_c", 150.0, 0.20, 80.0, EXPERIMENT),
    ("finetune_b", 262.0, 0.50, 18.0, FINETUNE),
    ("alignment_b", 270.0, 0.35, 24.0, FINETUNE),
    ("pretrain_c", 286.0, 0.75, 120.0, PRETRAINING),
    ("ablations_d", 300.0, 0.25, 50.0, EXPERIMENT),
)


def ai_campus(
    *,
    grid_limit_mw: MW = 100.0,
    reactor_modules: Count = 2,
    fusion_mw: MW = 50.0,
    solar_mw: MW = 150.0,
    battery_mw: MW = 100.0,
    battery_mwh: MWh = 400.0,
    gas_mw: MW = 110.0,
    training_mw: MW = 120.0,
    inference_mw: MW = 60.0,
    export_mw: MW = 50.0,
    peak_usd_per_mwh: UsdPerMWh = 130.0,
    offpeak_usd_per_mwh: UsdPerMWh = 50.0,
    pue: OverheadRatio = 1.2,
    server_mttf_h: DurationHours = 50_000.0,
    checkpoint_s: PositiveSeconds = 10.0,
    restart_s: Seconds = 180.0,
    exact_requests: bool = False,
) -> Campus:
    """A campus with 150 MW of servers for training and inference near Greensboro, North Carolina.

    Args:
        grid_limit_mw: Maximum import from the grid.
        reactor_modules: Reactor modules of 77 MW.
        fusion_mw: Contracted fusion power; the ramp-up begins on 1 July.
        solar_mw: Capacity of the solar plant.
        battery_mw: Power of the battery.
        battery_mwh: Capacity of the battery.
        gas_mw: Power of the gas turbines, rounded up to units of 55 MW.
        training_mw: Power of the training hall with all GPUs training, including overhead.
        inference_mw: Power of the inference hall at the evening peak, including overhead.
        export_mw: Maximum export to the grid.
        peak_usd_per_mwh: Energy charge in the peak hours of weekdays.
        offpeak_usd_per_mwh: Energy charge in all other hours.
        pue: Facility power over IT power, for which the halls are sized. That of a run follows from weather
            and load.
        server_mttf_h: Mean time to failure of a server of the training hall (assumed). All unexpected
            interruptions of Llama 3 405B, software and network included, come to one in 6,335 h of a server.
        checkpoint_s: Time in which a training job writes a checkpoint.
        restart_s: Time from a failure of a server until its job works again.
        exact_requests: Whether each request to the assistant is simulated by itself, for a run of a day. By
            default rates and mean waits are computed. Memory and time grow with the requests in service, so
            choose `inference_mw` of 1 MW or less.
    """
    training = _training_hall(training_mw / pue, server_mttf_h)
    inference = _inference_hall(inference_mw / pue)
    supply: dict[str, Source | None] = {
        "grid": _grid(grid_limit_mw, export_mw, peak_usd_per_mwh, offpeak_usd_per_mwh),
        "smr": _reactor(reactor_modules) if reactor_modules else None,
        "fusion": _fusion(fusion_mw) if fusion_mw else None,
        "solar": SolarPlant(capacity_mw=solar_mw) if solar_mw else None,
        "battery": _battery(battery_mw, battery_mwh, offpeak_usd_per_mwh)
        if battery_mw and battery_mwh
        else None,
        "gas": _gas(gas_mw) if gas_mw else None,
    }
    saves = Checkpoints(cost_s=checkpoint_s, restart_s=restart_s)
    demand: dict[str, Load] = _jobs(training, saves) if training else {}
    if inference:
        demand["assistant"] = _assistant(inference, exact_requests)
    halls = {"training_hall": training, "inference_hall": inference}
    return Campus(
        name="ai campus",
        start=datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=-5))),
        timezone="America/New_York",
        facility=_facility(training_mw + inference_mw, pue),
        servers={name: pool for name, pool in halls.items() if pool},
        supply={name: source for name, source in supply.items() if source},
        demand=demand,
        agreements={"fusion_ppa": _FUSION_PPA} if fusion_mw else {},
    )


def _servers(it_mw: float) -> int:
    """The number of servers that draw this power when busy."""
    return ceil(it_mw * W_PER_MW / ServerPool(servers=1, model="8xh100").busy_w)


def _training_hall(it_mw: float, mttf_h: float) -> ServerPool | None:
    """Servers that draw this power when busy, and spare ones; None for zero.

    Jobs start in the order of submission, and small ones go ahead where that delays nobody. A job that has
    lost a server is the first in line, and goes on with a spare one. In the year of seed 0 this does 4 %
    more work than an order by price or by priority with preemption. With those the next pretraining, which
    does not fit beside the one that runs, blocks all other jobs for months.
    """
    count = _servers(it_mw)
    spares = ceil(SPARE_PU * count)
    if not count:
        return None
    return ServerPool(
        servers=count + spares,
        spares=spares,
        model="8xh100",
        mttf_h=mttf_h,
        mttr_h=SERVER_MTTR_H,
        scheduler=EasyBackfill(),
    )


def _inference_hall(it_mw: float) -> ServerPool | None:
    """Servers that draw this power when busy; None for zero. GPUs that a stream keeps do not fail."""
    replica = MODELS[MODEL]
    most_w = max(replica.power_w)
    count = ceil(it_mw * W_PER_MW / most_w)
    return ServerPool(servers=count, idle_w=replica.idle_w, busy_w=most_w) if count else None


def _facility(rated_mw: float, pue: float) -> Facility:
    """Cooling by a water-side economizer in the weather of the campus, two UPS and two sets of transformers.

    The published curve of cooling includes losses of conversion, 0.088 in cold air. Here these are apart, and
    0.05 are left for pumps and fans (assumed). UPS and transformers can each carry a full hall alone.
    """
    it_mw = rated_mw / pue
    return Facility(
        cooling=WetBulbCooling(floor_pu=0.05),
        ups=Ups(rated_mw=it_mw, redundancy="2N") if it_mw else None,
        transformer=Transformer(rated_mw=rated_mw, redundancy="2N") if it_mw else None,
    )


def _grid(limit_mw: float, export_mw: float, peak: float, offpeak: float) -> GridConnection:
    """A connection on a time-of-use tariff with a demand charge.

    The hours are those of Duke Energy's time-of-use schedules in the Carolinas since 2023: weekdays, May to
    September from 18 to 21 h, other months from 6 to 9 h. The prices are assumed. The operator issues two
    curtailment orders, on a cold morning from 6 h and on a hot evening from 17 h (assumed).
    """
    hours = (
        Window(value=peak, months=SUMMER, weekdays=WEEKDAYS, from_hour=18, to_hour=21),
        Window(value=peak, months=REST_OF_YEAR, weekdays=WEEKDAYS, from_hour=6, to_hour=9),
    )
    cold_day, hot_day = 21.0, 205.0  # 22 January and 25 July; elapsed hours, so in summer the clock is ahead
    return GridConnection(
        import_limit_mw=limit_mw,
        export_limit_mw=export_mw,
        import_price_usd_per_mwh=TimeOfUse(base=offpeak, windows=hours),
        export_price_usd_per_mwh=25.0,  # assumed: the avoided cost of the utility
        demand_charge_usd_per_mw_month=8000.0,  # assumed: 8 USD/kW-month
        orders=(
            CurtailmentOrder(start_h=cold_day * HOURS_PER_DAY + 6.0, duration_h=4.0, limit_mw=0.4 * limit_mw),
            CurtailmentOrder(start_h=hot_day * HOURS_PER_DAY + 16.0, duration_h=5.0, limit_mw=0.4 * limit_mw),
        ),
    )


def _reactor(modules: int) -> SmallModularReactor:
    """Reactor modules, the first refuelled in spring, when the load is low (assumed)."""
    return SmallModularReactor(modules=modules, first_refuelling_d=80.0)


_FUSION_PPA = PhysicalAgreement(source="fusion", price_usd_per_mwh=60.0)
"""The purchase agreement. The price is assumed, none is published."""


def _fusion(capacity_mw: float) -> FusionPlant:
    """The plant; its ramp-up of a year begins on 1 July."""
    return FusionPlant(capacity_mw=capacity_mw, start_day=181.0)


def _battery(power_mw: float, energy_mwh: float, offpeak_usd_per_mwh: float) -> Battery:
    """A battery that charges from surplus power and discharges before power is imported.

    Its prices follow the tariff: it charges well below the off-peak price, so never from the grid, and
    discharges just below it. A quarter is reserved for outages. (Shares assumed.)
    """
    return Battery(
        power_mw=power_mw,
        energy_mwh=energy_mwh,
        charge_below_usd_per_mwh=0.6 * offpeak_usd_per_mwh,
        discharge_above_usd_per_mwh=0.9 * offpeak_usd_per_mwh,
        reserve_pu=0.25,
    )


def _gas(power_mw: float) -> GasTurbines:
    """Peaking turbines on gas with firm transport (price assumed)."""
    return GasTurbines(units=ceil(power_mw / GAS_UNIT_MW), unit_mw=GAS_UNIT_MW, gas_usd_per_mmbtu=6.0)


def _jobs(hall: ServerPool, saves: Checkpoints) -> dict[str, Load]:
    """The training plan, in GPUs of the hall.

    All jobs save their work, by Young's rule for the failures of their servers: pretraining on 88,000 GPUs
    fails every 4.6 hours. A checkpoint of 10 s and a restart of 180 s are assumed, for checkpoints in the
    memory of other servers, and spare servers that are ready; by Daly's formula they leave 95 % of its time
    for work. Llama 3 worked for more than 90 % of its time on 16,384 GPUs, which 30 s and 300 s would give
    there; here they give 92 %, and with 600 s 91 %.

    Speed follows power as measured on the RTX 6000, which is unverified for the H100. Pretraining has the
    phases of GPT-3 on 512 H100, whose mean of 857 W per GPU is that of the servers.
    """
    jobs: dict[str, Load] = {}
    for name, day, share, days, worth in TRAINING_PLAN:
        gpus = max(1, int(share * hall.gpus_for_jobs))
        jobs[name] = TrainingJob(
            pool="training_hall",
            gpus=gpus,
            work_gpu_h=gpus * days * HOURS_PER_DAY,
            submit_h=day * HOURS_PER_DAY,
            worth_usd_per_mwh=worth,
            priority=PRIORITY[worth],
            response="rtx6000",
            checkpoints=saves,
            phases="gpt3_512xh100" if worth == PRETRAINING else None,
        )
    return jobs


def _assistant(hall: ServerPool, is_exact: bool) -> InferenceStream:
    """A consumer service, sized for the evening peak, whose servers are all kept ready.

    Its power hardly follows the requests: a server draws nearly its full power from some twenty requests at
    once on, and even at night each has about two hundred.
    """
    replica = MODELS[MODEL]
    most_per_s = hall.servers * float(replica.tokens_per_s_at(replica.slots)) / ANSWER.output_tokens.mean
    mean = BUSIEST_PU * most_per_s * sum(DAY) / len(DAY) * (5 + 2 * WEEKEND) / 7
    return InferenceStream(
        pool="inference_hall",
        replicas=hall.servers,
        model=MODEL,
        requests_per_s=DailyShape(mean=mean, hourly=DAY, weekend=WEEKEND),
        classes={"answer": ANSWER},
        resolution="exact" if is_exact else "fluid",
    )


if __name__ == "__main__":
    run_scenario(ai_campus)
