"""Train once, serve for years: when has inference taken more energy than training?

Case A8: a model for driving. Quoted is that training takes 20 to 30 % of the energy of its life, and
inference the rest. Here a training job is followed by requests of cars, whose number grows every year. The
sizes of both are inputs, which are assumed; the date of the crossover is an output.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from math import ceil, nan
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, InferenceStream, RunPlan, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.demand.hall import Load
from sim.requests.request_class import RequestClass
from sim.requests.tokens import Tokens
from sim.runs.serving import TOTAL, requests_total
from sim.serving.models import MODELS
from sim.timeseries.profile import DailyShape
from sim.units import (
    DAYS_PER_YEAR,
    HOURS_PER_DAY,
    SECONDS_PER_DAY,
    W_PER_MW,
    GpuCount,
    OverheadRatio,
    PositiveDays,
    PositiveWatts,
    Ratio,
    quantity,
)
from sim.validation.published import Value, compare, inputs, reference_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LIFE = inputs("A8")
PerSecond = Annotated[float, quantity("1/s", gt=0, le=1e6)]
Years = Annotated[int, quantity("a", ge=1, le=10)]
OutputTokens = Annotated[float, quantity("tokens", gt=0, le=1e6)]
START = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = MODELS["qwen3_14b_1xh100"]
MOST_W = max(MODEL.power_w)
PROMPT_TOKENS = 1000.0
"""Tokens of a request (assumed); their time is contained in the speed of the model."""
LOAD_PU = 0.7
"""Share of the speed of the servers that is used in the busiest hour (assumed)."""
DAY = (1, 1, 1, 1, 2, 5, 11, 16, 14, 9, 8, 9, 10, 10, 11, 13, 16, 17, 14, 10, 7, 5, 3, 2)
"""Relative rate of requests by hour (assumed): people drive to work and back."""
WIDTH = 100
"""Columns of a line of the report."""


class Energy(NamedTuple):
    """Energy of a life so far.

    Attributes:
        training_mwh: Energy of the training job, with its servers.
        inference_mwh: Energy of the stream.
        crossover: When inference has taken as much as training; None if it has not.
        service_d: Days of service until then.
    """

    training_mwh: float
    inference_mwh: float
    crossover: date | None
    service_d: float

    @property
    def training_pct(self) -> float:
        """Share of training."""
        return 100.0 * self.training_mwh / (self.training_mwh + self.inference_mwh)


def train_then_serve(
    *,
    training_gpus: GpuCount = LIFE["training_gpus"],
    training_d: PositiveDays = LIFE["training_d"],
    server_w: PositiveWatts = 6850.0,
    first_per_s: PerSecond = LIFE["first_per_s"],
    growth_per_year: Ratio = LIFE["growth_per_year"],
    output_tokens: OutputTokens = LIFE["output_tokens"],
    years: Years = LIFE["years"],
    pue: OverheadRatio = 1.2,
) -> Campus:
    """Train a model, then serve it for years. Each year new cars come, and servers for their requests.

    Args:
        training_gpus: GPUs of the training job, in servers of 8 (assumed).
        training_d: Length of the job (assumed).
        server_w: Power of a server that trains; measured on 8 x H100 (MLPerf Training 4.0).
        first_per_s: Requests of the cars of the first year (assumed).
        growth_per_year: Requests of the cars of a year over those of the year before (assumed).
        output_tokens: Mean number of tokens of an answer (assumed).
        years: Years of service (assumed).
        pue: Facility power over IT power (assumed).
    """
    servers = -(-training_gpus // 8)
    pools = {"training": ServerPool(servers=servers, busy_w=server_w, retired=training_d + 1.0)}
    demand: dict[str, Load] = {
        "job": TrainingJob(
            pool="training",
            gpus=training_gpus,
            work_gpu_h=training_gpus * training_d * HOURS_PER_DAY,
            flexible_pu=0.0,
        )
    }
    for year in range(years):
        cars = _cars(year + 1, first_per_s * growth_per_year**year, output_tokens)
        demand[f"cars_{year + 1}"] = cars
        pools[cars.pool] = ServerPool(
            servers=cars.replicas,
            gpus_per_server=MODEL.gpus,
            idle_w=MODEL.idle_w,
            busy_w=MOST_W,
            in_service=training_d + year * DAYS_PER_YEAR,
        )
    most_w = sum(pool.servers * pool.busy_w for pool in pools.values())
    return Campus(
        name="Train once, serve for years",
        start=START,
        run=RunPlan(days=training_d + years * DAYS_PER_YEAR),
        facility=Facility(pue=pue),
        servers=pools,
        supply={"grid": GridConnection(import_limit_mw=2.0 * pue * most_w / W_PER_MW)},
        demand=demand,
    )


def _cars(number: int, mean_per_s: float, output_tokens: float) -> InferenceStream:
    """Requests of the cars of a year, on servers of their own."""
    rate = DailyShape(mean=mean_per_s, hourly=DAY)
    busiest = mean_per_s * output_tokens * max(DAY) * len(DAY) / sum(DAY)
    return InferenceStream(
        pool=f"serving_{number}",
        replicas=ceil(busiest / (LOAD_PU * float(MODEL.tokens_per_s_at(MODEL.slots)))),
        model=MODEL,
        requests_per_s=rate,
        classes={
            "drive": RequestClass(
                prompt_tokens=Tokens(mean=PROMPT_TOKENS), output_tokens=Tokens(mean=output_tokens, cv=0.5)
            )
        },
        resolution="fluid",
    )


@cache
def life() -> Result:
    """A life: training, and years of service."""
    return simulate(train_then_serve(), record_s=SECONDS_PER_DAY)


def energy(result: Result) -> Energy:
    """Energy of training and of inference in a run, and when both were equal."""
    power = daily_mw(result)
    mwh = power.sum() * HOURS_PER_DAY * result.days / len(power)
    below = int((power["inference"].cumsum() < power["training"].sum()).sum())
    served = power.index[power["inference"] > 0.0]
    if below == len(power) or served.empty:
        return Energy(mwh["training"], mwh["inference"], None, nan)
    at = power.index[below]
    return Energy(
        mwh["training"], mwh["inference"], at.date(), (at - served[0]).total_seconds() / SECONDS_PER_DAY
    )


def daily_mw(result: Result) -> pd.DataFrame:
    """Mean power of each day for training and for inference, overhead included."""
    served = result.hourly.filter(like=".served_mw").resample("1D").mean()
    is_cars = served.columns.str.startswith("cars_")
    told = served.loc[:, ~is_cars].sum(axis=1).to_frame("training")
    return told.assign(inference=served.loc[:, is_cars].sum(axis=1))


def _a8() -> dict[str, Value]:
    found = energy(life())
    return {
        "training": found.training_pct,
        "inference": 100.0 - found.training_pct,
        "crossover": found.service_d,
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A8": _a8}
"""Simulated numbers by case."""


def report() -> str:
    """Shares of both, and when inference has caught up."""
    rows: dict[Any, dict[Any, Any]] = requests_total(life()).to_dict("index")
    table = "\n".join(_row(number, rows[f"cars_{number}", TOTAL]) for number in range(1, LIFE["years"] + 1))
    streams = life().campus.demand
    gpus = sum(load.replicas for load in streams.values() if isinstance(load, InferenceStream))
    return f"""# Train once, serve for years

{reference_table(compare("A8", _a8()))}
The quotation has shares only. All sizes here are assumed: a job of {LIFE["training_gpus"]} GPUs for
{LIFE["training_d"]:g} days, then requests of cars for {LIFE["years"]} years; those of the second year are
{LIFE["growth_per_year"]:g} times those of the first. In the end {gpus} GPUs serve. Their speed and power are
measured (Qwen 3 14B on H100, ML.ENERGY); host and idle power are not. Idle power is part of the energy.

| cars of year | requests per second | GPUs | energy, MWh | Wh per 1,000 requests | idle, % |
|---:|---:|---:|---:|---:|---:|
{table}

{fill(f"Answer: {answer(life())}", WIDTH)}
"""


def _row(number: int, found: dict[str, Any]) -> str:
    gpus = life().campus.servers[f"serving_{number}"].gpus
    return (
        f"| {number} | {found['wanted_per_s']:,.0f} | {gpus} | {found['energy_mwh']:,.0f} "
        f"| {1000.0 * found['wh_per_request']:.1f} | {100.0 * found['idle_mwh'] / found['energy_mwh']:.0f} |"
    )


def answer(result: Result) -> str:
    """When inference has taken more energy than training in a run."""
    found = energy(result)
    so_far = (
        f"Training took {found.training_mwh:,.0f} MWh, inference {found.inference_mwh:,.0f} MWh, "
        f"{100.0 - found.training_pct:.0f} % of both."
    )
    if found.crossover is None:
        return f"Inference has not caught up in {result.days:g} days. {so_far}"
    return (
        f"From {found.crossover} on, after {found.service_d:,.0f} days of service, inference has taken more "
        f"energy than training. {so_far}"
    )


def picture() -> Figure:
    """Energy of training and of inference so far."""
    from matplotlib.dates import date2num
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(9.0, 4.0), layout="constrained")
    axes = figure.subplots()
    mwh = daily_mw(life()).cumsum() * HOURS_PER_DAY
    axes.plot(mwh.index, mwh["training"], color="#ee6677", label="training")
    axes.plot(mwh.index, mwh["inference"], color="#4477aa", label="inference")
    found = energy(life())
    axes.axvline(date2num(found.crossover), color="#222222", ls=":", label=f"crossover, {found.crossover}")
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("energy so far [MWh]")
    axes.legend(loc="upper left")
    axes.set_title("The life of a model for driving")
    figure.autofmt_xdate()
    return figure


if __name__ == "__main__":
    run_scenario(train_then_serve)
