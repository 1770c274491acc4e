"""Runs of requests: one that can be computed by hand, and one with three classes and a lack of power.

By hand, one replica with one slot: a token takes 20 ms, and 1 kW above the idle power of 2 kW. A request of
50 tokens takes 1 s. In the first hour
    A comes at 0 s and is served until 1 s
    B comes at 0.5 s, waits for 0.5 s and is served until 2 s: its first token comes after 0.52 s
    D comes at 0.6 s, waits for 1.2 s and times out
    F comes at 0.7 s and finds two requests in the queue, as many as may wait
and in the second
    C comes 0.5 s into it, has 100 tokens and is served for 2 s
    E comes 1 s before the end, has 100 tokens and is still in service.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from replicas import replica

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool
from sim.demand.inference import InferenceStream

ARRIVALS = ((0.0, 50), (0.5, 50), (0.6, 50), (0.7, 50), (3600.5, 100), (7199.0, 100))
"""Time of arrival [s] and output tokens of each request."""
HALL = ServerPool(servers=10, gpus_per_server=8, idle_w=2000.0, busy_w=6000.0)


def by_hand(folder: Path) -> Result:
    """The run of two hours that can be computed by hand."""
    log = folder / "log.csv"
    log.write_text("at,prompt,output\n" + "".join(f"{at_s},1,{tokens}\n" for at_s, tokens in ARRIVALS))
    columns = {"time": "at", "prompt_tokens": "prompt", "output_tokens": "output"}
    one = {"prompt_tokens": 1, "output_tokens": 50, "timeout_s": 1.2, "ttft_objective_s": 0.5}
    stream = InferenceStream(
        pool="hall",
        replicas=1,
        model=replica(slots=1),
        trace={"file": log, "columns": columns},
        classes={"text": one},
        queue_limit=2,
    )
    return run({"chat": stream}, days=1 / 12)


CLASSES: dict[str, Any] = {
    "chat": {
        "share": 3.0,
        "priority": 1,
        "prompt_tokens": 500,
        "output_tokens": {"mean": 100, "cv": 1.0},
        "timeout_s": 20.0,
        "ttft_objective_s": 1.0,
    },
    "code": {"prompt_tokens": 1000, "output_tokens": 30, "timeout_s": 5.0},
    "batch": {"prompt_tokens": 500, "output_tokens": 200, "deadline_h": 1.0, "worth_usd_per_mwh": 100.0},
}


def busy(**changes: Any) -> Result:
    """Three hours of three classes and of a second stream; power is short in parts of the second hour."""
    rate = {"times_s": [0.0, 3600.0, 7200.0], "values": [2.0, 8.0, 4.0]}
    limit = {"times_s": [0.0, 4500.0, 5400.0, 6300.0, 6600.0], "values": [1.0, 0.022, 1.0, 0.0, 1.0]}
    given = {"days": 0.125, "limit": limit, "resolution": "exact", **changes}
    common = {"pool": "hall", "model": replica(), "resolution": given["resolution"]}
    first = {"replicas": 4, "requests_per_s": rate, "classes": CLASSES, "queue_limit": 60}
    second = {"replicas": 1, "requests_per_s": 0.5, "classes": {"code": CLASSES["code"]}}
    demand = {"assistant": InferenceStream(**common, **first), "coder": InferenceStream(**common, **second)}
    return run(demand, days=given["days"], limit=given["limit"])


def run(demand: dict[str, Any], *, days: float, limit: Any = 1.0) -> Result:
    """A run of streams in a hall with a PUE of 1.2, behind a grid connection."""
    campus = Campus(
        name="requests",
        facility=Facility(pue=1.2),
        servers={"hall": HALL},
        supply={"grid": GridConnection(import_limit_mw=limit)},
        demand=demand,
    )
    return simulate(campus, days=days)
