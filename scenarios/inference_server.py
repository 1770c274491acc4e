"""One inference server under requests: throughput, latency and power, from empty and with a full queue.

Case B9: Llama 2 70B on 8 H200 (MLPerf Inference 4.1). In Server, 196,608 requests come at 80.1 per second; in
Offline, all are there at once. The model of the server has two numbers for speed, one for its limit and three
for power. The speed is calibrated on Server; Offline is predicted with it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, InferenceStream, RunPlan, ServerPool
from sim.cli import run_scenario
from sim.requests.request_class import RequestClass
from sim.requests.tokens import Tokens
from sim.runs.serving import TOTAL, requests_total
from sim.runs.swings import power_of
from sim.serving.models import MODELS
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.shapes import Points
from sim.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_MINUTE,
    W_PER_MW,
    PositiveCount,
    PositiveSeconds,
    quantity,
)
from sim.validation.published import (
    ReferenceMissingError,
    Value,
    agreement,
    compare,
    data_file,
    inputs,
    reference_table,
    stated,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SERVER = inputs("B9")
PerSecond = Annotated[float, quantity("1/s", gt=0, le=1e6)]
MeanTokens = Annotated[float, quantity("tokens", gt=0, le=1e6)]
Cv = Annotated[float, quantity("ratio", ge=0, le=5)]
AT_ONCE_PER_S = 1e6
"""Rate at which the requests of a full queue come: within a second."""
FULL_WINDOW_S = 10.0
"""Length of the windows where the queue is full; all who wait are looked at in each of them."""
DRAIN_S = 300.0
"""Time after the last request, in which the last answers end."""
KW_PER_MW = W_PER_KW = 1000.0
_WORKS_KW = 4.5
"""Measured power above which the server has begun to work."""
_SHOWN_TOKENS = 5000.0
WIDTH = 100
"""Columns of a line of the report."""


def inference_server(
    *,
    model: str = SERVER["model"],
    requests: PositiveCount = SERVER["requests"],
    requests_per_s: PerSecond = SERVER["requests_per_s"],
    output_tokens: MeanTokens = SERVER["output_tokens"],
    output_cv: Cv = SERVER["output_cv"],
    window_s: PositiveSeconds = 1.0,
) -> Campus:
    """Send a number of requests to one server.

    Args:
        model: What the server runs, by name: llama2_70b_8xh200, mixtral_8x7b_8xh200, llama3_70b_4xh100 or
            qwen3_14b_1xh100.
        requests: Mean number of requests.
        requests_per_s: Rate of requests until they have come.
        output_tokens: Mean number of output tokens of a request.
        output_cv: Coefficient of variation of the output tokens (inferred from latencies).
        window_s: Power is the mean over windows of this length. By default it is recorded by the second, as
            it was measured.
    """
    stream = InferenceStream(
        pool="server",
        replicas=1,
        model=model,
        requests_per_s=Points(times_s=(0.0, requests / requests_per_s), values=(requests_per_s, 0.0)),
        classes={
            "chat": RequestClass(
                prompt_tokens=Tokens(mean=SERVER["prompt_tokens"]),
                output_tokens=Tokens(mean=output_tokens, cv=output_cv),
            )
        },
        resolution="exact",
        window_s=window_s,
    )
    replica = stream.model
    most_w = max(replica.power_w)
    pool = ServerPool(servers=1, gpus_per_server=replica.gpus, idle_w=replica.idle_w, busy_w=most_w)
    return Campus(
        name="One inference server",
        run=RunPlan(days=(requests / requests_per_s + DRAIN_S) / SECONDS_PER_DAY),
        facility=Facility(pue=1.0),
        servers={"server": pool},
        supply={"grid": GridConnection(import_limit_mw=2.0 * most_w / W_PER_MW)},
        demand={"requests": stream},
    )


@cache
def server() -> Result:
    """Requests at a rate, from empty to the last answer."""
    return simulate(inference_server())


@cache
def offline() -> Result:
    """The same server with all requests at once."""
    requests, most_per_s = SERVER["offline_requests"], stated("B9", "offline_throughput")
    seconds = requests * SERVER["output_tokens"] / most_per_s * 1.1 + DRAIN_S
    campus = inference_server(requests=requests, requests_per_s=AT_ONCE_PER_S, window_s=FULL_WINDOW_S)
    return simulate(campus, days=seconds / SECONDS_PER_DAY)


def at_work(result: Result) -> StepSeries:
    """The power of the server from the first request to the last answer [MW]."""
    power = power_of(result)
    idle_mw = power.values.min()
    busy = np.flatnonzero(power.values > idle_mw * (1.0 + 1e-9))
    last = int(busy[-1]) + 1
    end_s = float(power.times_s[last]) if last < len(power.times_s) else power.end_s
    return StepSeries(power.times_s[:last], power.values[:last], end_s)


def totals(result: Result) -> dict[str, Any]:
    """Counts and times of all requests of a run."""
    rows: dict[Any, dict[Any, Any]] = requests_total(result).to_dict("index")
    return rows["requests", TOTAL]


def measures(result: Result) -> dict[str, float]:
    """Throughput and power between the first request and the last answer."""
    power, found = at_work(result), totals(result)
    seconds = power.end_s - power.start_s
    return {
        "throughput": float(found["output_tokens"] / seconds),
        "power": power.mean(power.start_s, power.end_s) * KW_PER_MW,
        "energy": power.integral(power.start_s, power.end_s) * W_PER_MW / float(found["output_tokens"]),
        "latency": float(found["mean_latency_s"]),
    }


def _b9() -> dict[str, Value]:
    full = measures(offline())
    found: dict[str, Value] = {**measures(server())}
    return found | {
        "offline_throughput": full["throughput"],
        "offline_power": full["power"],
        "idle": float(power_of(server()).values.min()) * KW_PER_MW,
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B9": _b9}
"""Simulated numbers by case."""


def report() -> str:
    """Measured and simulated throughput, power and latency."""
    rows = compare("B9", _b9())
    waits_min = offline_wait_s() / SECONDS_PER_MINUTE
    said = (
        "Answer: does a model of six numbers predict a measured inference server? "
        f"{agreement(rows).capitalize()}. {answer(server())}"
    )
    return f"""# An inference server

{reference_table(rows)}
Server is {SERVER["requests"]:,} requests at {SERVER["requests_per_s"]:g} per second from empty, Offline is
{SERVER["offline_requests"]:,} requests at once. The simulated window ends with the last answer; that of the
benchmark ends when the last request to arrive is answered, a few seconds earlier.

The speed is calibrated on Server: a step takes {1000.0 * step_s(1):.1f} ms with one request and
{1000.0 * step_s(limit()):.0f} ms with {limit():,}, the most that are served at once by its configuration.
Offline is a prediction; a request waits {waits_min:.0f} min on average. How the power rises with the first
few requests is inferred from the end of the measured run.

{fill(said, WIDTH)}
"""


def offline_wait_s() -> float:
    """Mean wait of a request of the full queue."""
    return float(totals(offline())["mean_wait_s"])


def step_s(requests: int) -> float:
    """Time of a step, in which each of the requests served at once gets a token."""
    return float(MODELS[SERVER["model"]].step_s(requests))


def limit() -> int:
    """Most requests that the server serves at once."""
    return MODELS[SERVER["model"]].slots


def answer(result: Result) -> str:
    """Speed, power and latency of a run."""
    found = totals(result)
    if not found["served"]:
        return f"No request was answered in {result.days * SECONDS_PER_DAY:,.0f} s."
    measured = measures(result)
    return (
        f"The server answers {found['served']:,.0f} requests with {measured['throughput']:,.0f} output "
        f"tokens per second and {measured['power']:.2f} kW, which is {measured['energy']:.3f} J per token. "
        f"An answer takes {measured['latency']:.1f} s on average, and 99 of 100 take at most "
        f"{found['latency_p99_s']:.0f} s."
    )


def measured_kw() -> Array:
    """Measured power by the second from the first request on; empty where the file is not available."""
    try:
        path = data_file(SERVER["power_file"])
    except ReferenceMissingError:
        return np.zeros(0)
    with path.open(encoding="utf-8", newline="") as table:
        kw = np.array([float(row["wall_W"]) for row in csv.DictReader(table)]) / W_PER_KW
    return kw[int(np.argmax(kw > _WORKS_KW)) :]


def picture() -> Figure:
    """Power from the first request to the last answer, and power and speed by requests served at once."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(12.0, 4.0), layout="constrained")
    over_time, curves = figure.subplots(1, 2, width_ratios=(3, 2))
    power = power_of(server())
    over_time.step(
        power.times_s / SECONDS_PER_MINUTE,
        power.values * KW_PER_MW,
        where="post",
        color="#223355",
        label="simulated",
    )
    kw = measured_kw()
    if len(kw):
        minutes = np.arange(len(kw)) / SECONDS_PER_MINUTE
        over_time.plot(minutes, kw, color="#ee6677", lw=1, label="measured, Server")
    over_time.set_xlabel("minutes since the first request")
    over_time.set_ylabel("power at the wall [kW]")
    over_time.set_ylim(bottom=0.0)
    over_time.legend(loc="lower left", fontsize=8)
    over_time.set_title(f"{SERVER['requests']:,} requests on 8 H200", fontsize=10)
    _curves(curves)
    return figure


def _curves(axes: Axes) -> None:
    """Power and throughput of the model of the server."""
    replica = MODELS[SERVER["model"]]
    at = np.geomspace(1.0, replica.slots, 200)
    axes.plot(at, replica.power_w_at(at) / W_PER_KW, color="#223355", label="power [kW]")
    axes.plot(
        at, replica.tokens_per_s_at(at) / _SHOWN_TOKENS, color="#228833", label="output [5,000 tokens/s]"
    )
    axes.set_xscale("log")
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("requests served at once")
    axes.set_ylabel("power, throughput")
    axes.legend(loc="upper left", fontsize=8)
    axes.set_title("The model of the server", fontsize=10)


if __name__ == "__main__":
    run_scenario(inference_server)
