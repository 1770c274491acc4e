"""An order to shed: a cluster gives power to the grid for three hours, and some of its jobs must not notice.

Case B17: the trial of Emerald AI in Phoenix on 3 May 2025. A cluster of 256 A100 reduced its power by a
quarter for three hours. Jobs were tagged by what they may lose on average: 10 % of their throughput, 25 % or
50 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.compute.server import Server
from sim.runs.swings import power_of
from sim.supply.grid import CurtailmentOrder
from sim.units import (
    KW_PER_MW,
    SECONDS_PER_MINUTE,
    W_PER_MW,
    DurationHours,
    Fraction,
    Minutes,
    OverheadRatio,
    PositiveWatts,
    UsdPerMWh,
    Watts,
    hours,
    seconds,
)
from sim.validation.published import Value, agreement, compare, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRIAL = inputs("B17")
DAYS = 0.5
HOLD_H = 2.0
"""Hours after the start of the run at which the whole reduction is due."""
WORK_H = 8.0
WIDTH = 100
"""Columns of a line of the report."""
WORTH_USD_PER_MWH = {"flex 2": 150.0, "flex 3": 100.0}
"""What power is worth to a class (assumed); a job whose power is worth less gives it up first."""
HOST_W = 1840.0
"""Power of a server of 8 A100 at work, without them (AcmeTrace)."""
TIMELINE_MIN = (1.0, 10.0, 30.0)
PROTECTED = "flex 1"
_COLORS = ("#223355", "#4477aa", "#99bbdd")
_GPUS_PER_SERVER = 8
_RAMP_STEPS = 5
_LEAST_W = 1e-3
"""Least power that a server may have besides its GPUs."""


def shed_order(
    *,
    reduction_pu: Fraction = TRIAL["reduction_pu"],
    order_h: DurationHours = TRIAL["hours"],
    ramp_min: Minutes = TRIAL["ramp_min"],
    response: str = "rtx6000",
    gpu_w: PositiveWatts = TRIAL["gpu_w"],
    host_w: Watts = 0.0,
    pue: OverheadRatio = 1.0,
    price_usd_per_mwh: UsdPerMWh = 0.0,
) -> Campus:
    """Order a cluster to shed a part of its power; the jobs of the most protected class keep theirs.

    Args:
        reduction_pu: Part of the power that is shed.
        order_h: Hours of the whole reduction.
        ramp_min: Time in which power goes down before, and up after, in five steps.
        response: Preset of the response of the other jobs to power; no curve of the A100 is published.
        gpu_w: Power of a GPU at work.
        host_w: Power of a server of 8 GPUs without them. The power of the trial is that of the GPUs.
        pue: Facility power over IT power.
        price_usd_per_mwh: Price of power; by default none, so that the order alone reduces it.
    """
    jobs: dict[str, dict[str, Any]] = TRIAL["jobs"]
    servers = sum(job["gpus"] for job in jobs.values()) // _GPUS_PER_SERVER
    pool = ServerPool(servers=servers, model=_server(gpu_w, host_w))
    full_mw = pue * servers * pool.busy_w / W_PER_MW
    return Campus(
        name="An order to shed",
        facility=Facility(pue=pue),
        servers={"cluster": pool},
        supply={
            "grid": GridConnection(
                import_limit_mw=2.0 * full_mw,
                import_price_usd_per_mwh=price_usd_per_mwh,
                orders=tuple(_orders(full_mw, reduction_pu, order_h, ramp_min)),
            )
        },
        demand={name: _job(job, response) for name, job in jobs.items()},
    )


def _server(gpu_w: float, host_w: float) -> Server:
    """A server of 8 A100: 60 W when idle, the 1st percentile of AcmeTrace."""
    return Server(
        accelerators=_GPUS_PER_SERVER,
        accelerator_idle_w=min(60.0, gpu_w),
        accelerator_max_w=gpu_w,
        intensity_pu=1.0,
        host_idle_w=host_w,
        host_active_w=max(host_w, _LEAST_W),
        fans_idle_w=0.0,
        fans_max_w=0.0,
        nameplate_w=2.0 * (_GPUS_PER_SERVER * gpu_w + max(host_w, _LEAST_W)),
    )


def _job(job: dict[str, Any], response: str) -> TrainingJob:
    gpus, flex = job["gpus"], job["class"]
    work = {"pool": "cluster", "gpus": gpus, "work_gpu_h": gpus * WORK_H}
    if flex == PROTECTED:
        return TrainingJob(flexible_pu=0.0, is_protected=True, **work)
    return TrainingJob(response=response, worth_usd_per_mwh=WORTH_USD_PER_MWH[flex], **work)


def _orders(
    full_mw: float, reduction_pu: float, order_h: float, ramp_min: float
) -> Iterator[CurtailmentOrder]:
    """The order as stairs down and up."""
    ramp_h = hours(ramp_min * SECONDS_PER_MINUTE)
    for step in range(1 if ramp_h else _RAMP_STEPS, _RAMP_STEPS + 1):
        early_h = min(HOLD_H, ramp_h * (1.0 - step / _RAMP_STEPS))
        yield CurtailmentOrder(
            start_h=HOLD_H - early_h,
            duration_h=order_h + 2.0 * early_h,
            limit_mw=full_mw * (1.0 - reduction_pu * step / _RAMP_STEPS),
        )


@dataclass(frozen=True)
class Outcome:
    """What an order meant to a job.

    Attributes:
        name: Its name.
        flex: Its class.
        gpus: Its GPUs.
        late_h: Hours by which it ended later.
        throughput_pct: Its throughput over the hours of the whole reduction, of that without.
        least_pct: Throughput that its class needs.
        measured_pct: Its throughput in the trial.
    """

    name: str
    flex: str
    gpus: int
    late_h: float
    throughput_pct: float
    least_pct: float
    measured_pct: float

    @property
    def is_kept(self) -> bool:
        """Whether it lost no more than its class allows."""
        return self.throughput_pct >= self.least_pct


def outcomes(result: Result) -> list[Outcome]:
    """What the order meant to each job of a run."""
    found = []
    for row in result.books.jobs:
        said = TRIAL["jobs"][row["name"]]
        found.append(
            Outcome(
                name=row["name"],
                flex=said["class"],
                gpus=row["gpus"],
                late_h=row["late_h"],
                throughput_pct=100.0 * (1.0 - row["late_h"] / whole_order(result).duration_h),
                least_pct=100.0 * TRIAL["least_throughput_pu"][said["class"]],
                measured_pct=100.0 * said["throughput_pu"],
            )
        )
    return found


def whole_order(result: Result) -> CurtailmentOrder:
    """The order of a run for the whole reduction."""
    grid: Any = result.campus.supply["grid"]
    order: CurtailmentOrder = grid.orders[-1]
    return order


def reduction_pct(result: Result) -> float:
    """Mean reduction of power over the hours of the whole reduction, of the power before."""
    power, order = power_of(result), whole_order(result)
    start_s, end_s = seconds(order.start_h), seconds(order.start_h + order.duration_h)
    return 100.0 * (1.0 - power.mean(start_s, end_s) / power.value_at(0.0))


def weighted_pct(jobs: Iterable[Outcome]) -> float:
    """Throughput of all jobs, weighted by their GPUs."""
    jobs = [*jobs]
    return sum(job.gpus * job.throughput_pct for job in jobs) / sum(job.gpus for job in jobs)


def shed_kw(result: Result) -> dict[str, list[float]]:
    """Power shed by each class, some minutes after it begins to go down."""
    grid: Any = result.campus.supply["grid"]
    begin_s = seconds(grid.orders[0].start_h)
    found = {}
    for flex, worth in WORTH_USD_PER_MWH.items():
        power = power_of(result, f"cluster jobs at {worth:g} USD/MWh.served_mw")
        after_s = [begin_s + minutes * SECONDS_PER_MINUTE for minutes in TIMELINE_MIN]
        found[flex] = [KW_PER_MW * (power.value_at(0.0) - power.value_at(at_s)) for at_s in after_s]
    return found


@cache
def trial(host_w: float = 0.0) -> Result:
    """The order of the trial."""
    return simulate(shed_order(host_w=host_w), days=DAYS)


def _b17() -> dict[str, Value]:
    jobs = outcomes(trial())
    return {
        "reduction": reduction_pct(trial()),
        "late": max(job.late_h for job in jobs if job.flex == PROTECTED),
        "broken": float(sum(not job.is_kept for job in jobs)),
        "throughput": weighted_pct(jobs),
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B17": _b17}
"""Simulated numbers by case."""


def report() -> str:
    """What the order meant to the jobs, in the trial and in the simulation, and with the hosts counted."""
    rows = compare("B17", _b17())
    jobs = "\n".join(
        f"| {job.name} | {job.flex} | {job.gpus} | {job.least_pct:.0f} | {job.measured_pct:.1f} "
        f"| {job.throughput_pct:.1f} | {job.late_h:.2f} |"
        for job in outcomes(trial())
    )
    shed = "\n".join(
        f"| {flex} | {' | '.join(f'{kw:.1f}' for kw in kws)} |" for flex, kws in shed_kw(trial()).items()
    )
    broken = [job.name for job in outcomes(trial(HOST_W)) if not job.is_kept]
    said = (
        f"Answer: can the cluster shed {100.0 * TRIAL['reduction_pu']:g} % for {TRIAL['hours']:g} hours, its "
        f"protected job unharmed? {agreement(rows).capitalize()}. {answer(trial())}"
    )
    return f"""# An order to shed

{reference_table(rows)}
| job | class | GPUs | throughput needed, % | in the trial, % | simulated, % | late, h |
|---|---|---:|---:|---:|---:|---:|
{jobs}

The trial names jobs, classes and throughputs. The GPUs of the inference jobs are read from their names,
those of the others are assumed, and so is what power is worth to a class. Jobs of one class respond
alike here. The limit is that of the order: what the simulation shows is how jobs keep within it.

| power shed, kW, after min | {" | ".join(f"{minutes:g}" for minutes in TIMELINE_MIN)} |
|---|{"---:|" * len(TIMELINE_MIN)}
{shed}

The recorded power of the cluster, {TRIAL["gpu_w"]:g} W for each GPU, is that of the GPUs. If the hosts
counted too, with {HOST_W:,.0f} W for a server, a quarter of all power would be {_share_of_gpus():.0f} % of
that of the GPUs, and {len(broken)} jobs would have to pause and lose more than their class allows.

{fill(said, WIDTH)}
"""


def _share_of_gpus() -> float:
    """The same reduction with the hosts counted, in percent of the power of the GPUs."""
    gpu_w = _GPUS_PER_SERVER * TRIAL["gpu_w"]
    return float(100.0 * TRIAL["reduction_pu"] * (gpu_w + HOST_W) / gpu_w)


def answer(result: Result) -> str:
    """How much power a run shed, and what that cost the jobs."""
    if any(row["state"] != "finished" for row in result.books.jobs):
        return f"Some jobs are not finished after {result.days:g} days. Give more --days."
    jobs = outcomes(result)
    late_h = max(job.late_h for job in jobs if job.flex == PROTECTED)
    broken = [job.name for job in jobs if not job.is_kept]
    lost = (
        f"{', '.join(broken)} lost more than their class allows"
        if broken
        else "no job lost more than its class allows"
    )
    return (
        f"Power went down by {reduction_pct(result):.1f} % for {whole_order(result).duration_h:g} h. The "
        f"protected job ended {late_h:.2f} h late; all jobs together kept {weighted_pct(jobs):.1f} % of "
        f"their throughput meanwhile, and {lost}."
    )


def picture() -> Figure:
    """Power by class over the hours of the order, and the throughput of each job."""
    from matplotlib.figure import Figure as Canvas

    result = trial()
    figure = Canvas(figsize=(11.0, 4.0), layout="constrained")
    power, jobs = figure.subplots(1, 2, width_ratios=(3, 2))
    order = whole_order(result)
    flows = {PROTECTED: "cluster firm jobs.served_mw"}
    flows |= {
        flex: f"cluster jobs at {worth:g} USD/MWh.served_mw" for flex, worth in WORTH_USD_PER_MWH.items()
    }
    hours_shown = [step / 60.0 for step in range(int(60 * (order.start_h + order.duration_h + 1.0)))]
    stack = [
        [KW_PER_MW * power_of(result, flow).value_at(seconds(hour)) for hour in hours_shown]
        for flow in flows.values()
    ]
    power.stackplot(hours_shown, stack, labels=[*flows], colors=_COLORS, step="post")
    power.set_xlabel("hours")
    power.set_ylabel("power [kW]")
    power.set_title("Power by class of job", fontsize=10)
    power.legend(loc="lower right", fontsize=8)
    found = outcomes(result)
    at = range(len(found))
    jobs.barh(at, [job.throughput_pct for job in found], color="#88aacc", label="simulated")
    jobs.plot([job.measured_pct for job in found], at, "o", color="#ee6677", label="in the trial")
    jobs.plot([job.least_pct for job in found], at, "|", ms=14, color="#000000", label="needed by its class")
    jobs.set_yticks(at, [f"{job.name} ({job.flex})" for job in found], fontsize=8)
    jobs.set_xlim(0.0, 110.0)
    jobs.set_xlabel("throughput during the order [%]")
    jobs.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3)
    return figure


if __name__ == "__main__":
    run_scenario(shed_order)
