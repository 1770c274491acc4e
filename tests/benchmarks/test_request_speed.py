"""Requests through the whole simulator, against the bare compiled queue and against a SimPy process for each.

A queue of 256 places at 90 % load, with exponential work and one class.
"""

from __future__ import annotations

import time
from array import array

import numpy as np
import simpy

from sim import Campus, simulate
from sim.campus import Facility, GridConnection, InferenceStream, ServerPool
from sim.serving.queue import Queue
from sim.serving.request_sums import RequestSums

PLACES, LOAD, WORK_S = 256, 0.9, 1.0
REQUESTS = 3_000_000
RATE_PER_S = PLACES * LOAD / WORK_S


def floats(values: np.ndarray) -> array:
    return array("d", values.tobytes())


def bare_s() -> float:
    """Time of a request in the compiled queue alone: arrivals and work are at hand."""
    rng = np.random.default_rng(1)
    at_s = floats(np.cumsum(rng.exponential(1.0 / RATE_PER_S, REQUESTS)))
    work_s, tokens = floats(rng.exponential(WORK_S, REQUESTS)), floats(np.full(REQUESTS, 10.0))
    kind, never, none = array("q", bytes(8 * REQUESTS)), array("d", [1e18]), array("q", [0])
    queue = Queue(never, none, none, 2**62, RequestSums(never, never))
    speed, power = floats(np.ones(PLACES + 1)), floats(np.arange(PLACES + 1.0))
    queue.serve(PLACES, 1, speed, power)
    began = time.process_time()
    queue.run(at_s[-1], at_s, kind, work_s, work_s, tokens, tokens, 0, False)
    return (time.process_time() - began) / REQUESTS


def whole_s() -> float:
    """Time of a request through the simulator: drawn, queued, powered from the bus, and told."""
    replica = {
        "gpus": 1,
        "slots": 1,
        "concurrency": [1.0],
        "tokens_per_s": [10.0],
        "power_w": [700.0],
        "idle_w": 100.0,
    }
    answers = {"prompt_tokens": 10.0, "output_tokens": {"mean": 10.0, "distribution": "exponential"}}
    stream = InferenceStream(
        pool="hall",
        replicas=PLACES,
        model=replica,
        requests_per_s=RATE_PER_S,
        classes={"all": answers},
        resolution="exact",
    )
    campus = Campus(
        name="queue",
        facility=Facility(pue=1.0),
        servers={"hall": ServerPool(servers=PLACES, gpus_per_server=1, idle_w=100.0, busy_w=700.0)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
        demand={"stream": stream},
    )
    began = time.process_time()
    result = simulate(campus, days=REQUESTS / RATE_PER_S / 86_400)
    spent_s = time.process_time() - began
    return spent_s / result.summary.requests_wanted


def process_s(requests: int = 50_000) -> float:
    """Time of a request that is a SimPy process: it waits for a place and stays for its work."""
    rng = np.random.default_rng(1)
    gaps_s, works_s = rng.exponential(1.0 / RATE_PER_S, requests), rng.exponential(WORK_S, requests)
    env = simpy.Environment()
    places = simpy.Resource(env, PLACES)

    def request(work_s: float) -> simpy.events.ProcessGenerator:
        with places.request() as place:
            yield place
            yield env.timeout(work_s)

    def arrivals() -> simpy.events.ProcessGenerator:
        for gap_s, work_s in zip(gaps_s.tolist(), works_s.tolist(), strict=True):
            yield env.timeout(gap_s)
            env.process(request(work_s))

    env.process(arrivals())
    began = time.process_time()
    env.run()
    return (time.process_time() - began) / requests


def test_a_request_through_the_simulator(ratio, benchmark):
    whole = min(benchmark.pedantic(whole_s, rounds=1), whole_s())
    bare, process = min(bare_s(), bare_s()), process_s()
    ratio("rate through the simulator over that of the bare queue, k = 256", bare / whole, "at least 0.4")
    ratio("a SimPy process for a request over a request", process / whole, "target: at least 60")
    ratio("a request through the simulator, ns", whole * 1e9, "")
    ratio("a request in the bare compiled queue, ns", bare * 1e9, "")
