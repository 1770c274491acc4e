"""Requests in line for servers: closed forms of queueing theory, and an hour of real conversations.

Case B4: mean waits against Erlang C and the formula of Pollaczek and Khinchine, losses against Erlang B, with
20 seeds. Case B5: 19,366 requests of the Azure LLM inference trace on 40, 45 and 50 servers that serve one
request at a time. Mean waits and work are known from a program written for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Literal

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, InferenceStream, RunPlan, ServerPool
from sim.cli import run_scenario
from sim.queueing.waits import erlang_b, erlang_c
from sim.requests.request_class import RequestClass
from sim.requests.request_log import RequestTable
from sim.requests.tokens import Tokens
from sim.runs.serving import TOTAL, requests_total
from sim.serving.replica import Replica
from sim.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    W_PER_MW,
    Count,
    OverheadRatio,
    PositiveCount,
    PositiveSeconds,
    PositiveWatts,
    Seconds,
    Watts,
    quantity,
)
from sim.validation.published import Value, agreement, compare, data_file, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES, TRACE = inputs("B4"), inputs("B5")
PerSecond = Annotated[float, quantity("1/s", gt=0, le=1e6)]
TokensPerSecond = Annotated[float, quantity("tokens/s", gt=0, le=1e9)]
Shape = Literal["exponential", "lognormal"]
HOURS = 1.2
"""Length of a run: the last request of the trace has ended by then."""
FEWEST, MOST = 36, 56
"""Servers in the picture."""
WIDTH = 100
"""Columns of a line of the report."""


def request_replay(
    *,
    servers: PositiveCount = 45,
    log: str = "",
    requests_per_s: PerSecond = 5.5,
    overhead_s: Seconds = TRACE["overhead_s"],
    prompt_tokens_per_s: TokensPerSecond = TRACE["prompt_tokens_per_s"],
    token_s: PositiveSeconds = TRACE["token_s"],
    slots: PositiveCount = 1,
    server_w: PositiveWatts = 700.0,
    idle_server_w: Watts = 100.0,
    pue: OverheadRatio = 1.2,
) -> Campus:
    """Let requests wait for servers.

    Args:
        servers: Servers of one GPU.
        log: Request log of Azure (AzureLLMInferenceTrace_conv.csv). Default: requests are drawn, as long as
            those of the log on average.
        requests_per_s: Rate of requests that are drawn.
        overhead_s: Fixed work of a request.
        prompt_tokens_per_s: Speed at which a prompt is read.
        token_s: Time of an output token.
        slots: Requests that a server serves at once, without being slower (assumed).
        server_w: Power of a server at work (assumed).
        idle_server_w: Power of a server without a request (assumed).
        pue: Facility power over IT power (assumed).
    """
    replica = _replica(
        slots=slots,
        token_s=token_s,
        prefill_tokens_per_s=prompt_tokens_per_s,
        overhead_s=overhead_s,
        power_w=server_w,
        idle_w=idle_server_w,
    )
    trace = RequestTable(file=Path(log), columns="azure_llm") if log else None
    stream = InferenceStream(
        pool="servers",
        replicas=servers,
        model=replica,
        requests_per_s=None if log else requests_per_s,
        trace=trace,
        classes={"chat": "chat"},
        resolution="exact",
    )
    return _campus(stream, pue)


def _replica(*, slots: int, token_s: float, power_w: float, idle_w: float, **fields: float) -> Replica:
    """A server that is equally fast with any number of requests."""
    points = (1.0, float(slots))[: min(slots, 2)]
    return Replica(
        gpus=1,
        slots=slots,
        concurrency=points,
        tokens_per_s=tuple(point / token_s for point in points),
        power_w=(power_w,) * len(points),
        idle_w=idle_w,
        **fields,
    )


def _campus(stream: InferenceStream, pue: float) -> Campus:
    """The servers of a stream, and more than enough power."""
    replica, servers = stream.model, stream.replicas
    most_w = max(replica.power_w)
    return Campus(
        name="Requests in line",
        run=RunPlan(days=HOURS * SECONDS_PER_HOUR / SECONDS_PER_DAY),
        facility=Facility(pue=pue),
        servers={
            "servers": ServerPool(servers=servers, gpus_per_server=1, idle_w=replica.idle_w, busy_w=most_w)
        },
        supply={"grid": GridConnection(import_limit_mw=2.0 * pue * servers * most_w / W_PER_MW)},
        demand={"requests": stream},
    )


def totals(result: Result) -> dict[str, Any]:
    """Counts and times of all requests of a run."""
    rows: dict[Any, dict[Any, Any]] = requests_total(result).to_dict("index")
    return rows["requests", TOTAL]


@cache
def replayed(servers: int) -> dict[str, Any]:
    """The trace on a number of servers."""
    return totals(simulate(request_replay(servers=servers, log=str(data_file(TRACE["file"])))))


def _b5() -> dict[str, Value]:
    found: dict[str, Value] = {
        f"wait_{servers}": float(replayed(servers)["mean_wait_s"]) for servers in TRACE["servers"]
    }
    one = replayed(TRACE["servers"][0])
    return found | {"busy": float(one["in_service"] * one["dt_h"]) * SECONDS_PER_HOUR}


def line(servers: int, load: float, shape: Shape, queue_limit: Count | None = None) -> Campus:
    """Requests with a work of 1 s on average, drawn at a rate, on servers of one request each.

    Args:
        servers: Number of servers.
        load: Rate of requests [1/s].
        shape: Distribution of the work: exponential, or lognormal without any spread.
        queue_limit: Most requests that wait.
    """
    work = Tokens(mean=1.0, distribution=shape)
    stream = InferenceStream(
        pool="servers",
        replicas=servers,
        model=_replica(slots=1, token_s=1.0, power_w=200.0, idle_w=100.0),
        requests_per_s=load,
        classes={"all": RequestClass(prompt_tokens=Tokens(mean=1.0), output_tokens=work)},
        queue_limit=queue_limit,
        resolution="exact",
        window_s=SECONDS_PER_HOUR,
    )
    return _campus(stream, 1.0)


@cache
def lines(servers: int, load: float, shape: Shape, queue_limit: int | None = None) -> list[dict[str, float]]:
    """Mean wait and share lost of a queue, with each seed."""
    days = LINES["requests"] / load / SECONDS_PER_DAY
    campus = line(servers, load, shape, queue_limit)
    return [_line(simulate(campus, days=days, seed=seed)) for seed in range(LINES["seeds"])]


def _line(result: Result) -> dict[str, float]:
    """Mean wait and share lost of a run."""
    arrived, started, refused, wait_s = (
        sum(hour[name] for hour in result.books.requests)
        for name in ("arrived", "started", "refused", "wait_s")
    )
    return {"wait_s": wait_s / started, "lost_pu": refused / arrived}


def mean_wait_s(servers: int, load: float, shape: Shape) -> float:
    """Mean wait by Erlang C, or of M/D/1: half of that of M/M/1."""
    wait_s = erlang_c(servers, load) / (servers - load)
    return wait_s if shape == "exponential" else wait_s / 2.0


def _errors(found: list[float], wanted: float) -> float:
    """Difference of a mean from a formula, in standard errors of the mean."""
    return (fmean(found) - wanted) / (stdev(found) / sqrt(len(found)))


def _b4() -> dict[str, Value]:
    found: dict[str, Value] = {}
    for load, servers in ((8.0, 10), (90.0, 100)):
        found[f"b{servers}"], found[f"c{servers}"] = erlang_b(servers, load), erlang_c(servers, load)
    for name, queue in LINES["queues"].items():
        one = (queue["servers"], queue["load"], queue["distribution"])
        found[name] = _errors([run["wait_s"] for run in lines(*one)], mean_wait_s(*one))
    lost = [run["lost_pu"] for run in lines(10, 8.0, "exponential", 0)]
    return found | {"lost10": _errors(lost, erlang_b(10, 8.0))}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B4": _b4, "B5": _b5}
"""Simulated numbers by case."""


def report() -> str:
    """Waits against formulas, and those of the trace."""
    rows = compare("B4", _b4()) + compare("B5", _b5())
    table = "\n".join(_row(servers) for servers in TRACE["servers"])
    said = (
        f"Answer: do requests wait as long as they must? {agreement(rows).capitalize()}. Conversations on "
        f"Azure wait {replayed(40)['mean_wait_s']:.2f} s on average on 40 servers and "
        f"{replayed(50)['mean_wait_s']:.2f} s on 50."
    )
    return f"""# Requests in line

{reference_table(rows)}
SE is the standard error of the mean of {LINES["seeds"]} seeds with {LINES["requests"]:,} requests each.

| servers | mean wait, s | 99 % to the first token, s | 99 % to the last token, s | servers in use, % |
|---:|---:|---:|---:|---:|
{table}

The trace has {TRACE["requests"]:,} requests of an hour, which come in bursts. Ten servers more, a quarter,
shorten the wait to a fortieth; the energy of the requests is the same.

{fill(said, WIDTH)}
"""


def _row(servers: int) -> str:
    found = replayed(servers)
    return (
        f"| {servers} | {found['mean_wait_s']:.3f} | {found['ttft_p99_s']:.1f} "
        f"| {found['latency_p99_s']:.1f} | {100.0 * found['utilisation_pu']:.0f} |"
    )


def answer(result: Result) -> str:
    """How long the requests of a run waited."""
    found = totals(result)
    if not found["served"]:
        return f"No request was served in {result.days:g} days."
    return (
        f"{found['served']:,.0f} of {found['wanted']:,.0f} requests were served. They waited "
        f"{found['mean_wait_s']:.3g} s on average. 99 of 100 had their first token after "
        f"{found['ttft_p99_s']:.2g} s and their last after {found['latency_p99_s']:.3g} s. The servers were "
        f"in use for {100.0 * found['utilisation_pu']:.0f} % of the time."
    )


def picture() -> Figure:
    """Mean wait and time to the first token by the number of servers."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(9.0, 4.0), layout="constrained")
    axes = figure.subplots()
    sizes = range(FEWEST, MOST + 1, 2)
    runs = [replayed(servers) for servers in sizes]
    for column, label, color in (
        ("mean_wait_s", "mean wait", "#4477aa"),
        ("ttft_p99_s", "time to first token, 99 %", "#ee6677"),
        ("latency_p99_s", "time to last token, 99 %", "#228833"),
    ):
        axes.plot(sizes, [run[column] for run in runs], marker="o", ms=4, color=color, label=label)
    axes.set_yscale("log")
    axes.set_xlabel("servers of one request each")
    axes.set_ylabel("time [s]")
    axes.legend(fontsize=8)
    axes.set_title(f"{TRACE['requests']:,} conversations of an hour on Azure")
    return figure


if __name__ == "__main__":
    run_scenario(request_replay)
