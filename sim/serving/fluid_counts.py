"""The fluid counts: what a flow of requests adds to the sums and histograms of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np

from sim.queueing.fluid import FluidClass
from sim.queueing.latency import Served, after_wait, per_token
from sim.requests.request_class import RequestClass
from sim.serving.replica import Replica
from sim.serving.request_sums import BOUNDS_S
from sim.serving.tally import FIELDS
from sim.timeseries.series import Array

_QUANTILES = 200
_BOUNDS_S = np.array(BOUNDS_S)


def fluid_class(replica: Replica, one: RequestClass, priority: int) -> FluidClass:
    """A class of requests as the fluid queue takes it."""
    prompt, output = (tokens.quantiles(_QUANTILES) for tokens in (one.prompt_tokens, one.output_tokens))
    step_s = float(replica.step_s(1.0))
    pairs_s = replica.work_s(np.repeat(prompt, len(output)), np.tile(output, len(prompt)))
    work_s = np.sort(pairs_s).reshape(_QUANTILES, -1).mean(axis=1)
    first_s = np.minimum(replica.work_s(prompt, 0.0) + step_s, work_s)
    limit_s = inf if one.timeout_s is None else one.timeout_s
    return FluidClass(work_s, first_s, step_s, priority, limit_s)


def counted(
    one: RequestClass, fluid: FluidClass, kind: int, amounts: Mapping[str, float], flows: Sequence[Served]
) -> tuple[Array, Array]:
    """The sums and the bins of a class of requests in a window (see `request_sums`).

    Args:
        one: The class.
        fluid: The class as a flow.
        kind: Its place.
        amounts: Requests that arrived, were served, timed out and were refused.
        flows: Those that were served, by wait and speed.
    """
    sums = dict.fromkeys(FIELDS, 0.0) | {field: float(amount) for field, amount in amounts.items()}
    served, dropped = sums["served"], sums["timed_out"] + sums["refused"]
    sums["started"] = served
    for tokens, mean in (("prompt", one.prompt_tokens.mean), ("output", one.output_tokens.mean)):
        sums[f"{tokens}_served"], sums[f"{tokens}_dropped"] = served * mean, dropped * mean
    first_s, work_s = float(np.mean(fluid.first_s)), float(np.mean(fluid.work_s))
    for flow in flows:
        wait_s, tpot_s = flow.mean_wait_s, fluid.token_s / flow.speed
        sums["wait_s"] += flow.count * wait_s
        sums["ttft_s"] += flow.count * (wait_s + first_s / flow.speed)
        sums["latency_s"] += flow.count * (wait_s + work_s / flow.speed)
        sums["tpot_s"] += flow.count * tpot_s
        sums["tpot_count"] += flow.count
        sums["met"] += _met(one, flow, fluid.first_s, tpot_s)
    bins = (
        after_wait(flows, kind, fluid.first_s, _BOUNDS_S),
        per_token(flows, kind, fluid.token_s, _BOUNDS_S),
        after_wait(flows, kind, fluid.work_s, _BOUNDS_S),
    )
    return np.array([*sums.values()]), np.array(bins)


def _met(one: RequestClass, flow: Served, first_s: Array, tpot_s: float) -> float:
    """Requests served within their objective."""
    if one.tpot_objective_s is not None and tpot_s > one.tpot_objective_s:
        return 0.0
    if one.ttft_objective_s is None:
        return flow.count
    return float(after_wait([flow], flow.kind, first_s, np.array([one.ttft_objective_s]))[0])
