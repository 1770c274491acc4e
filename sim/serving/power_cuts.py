"""Power cuts: what less power does to the latency of a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import Problem, SpecError
from sim.requests.arrivals import RandomArrivals
from sim.requests.request_class import RequestClass
from sim.serving.exact import ExactStream
from sim.serving.fleet import Fleet
from sim.serving.replica import Replica
from sim.serving.tally import Tally, quantile_s
from sim.timeseries.series import StepSeries
from sim.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

CUTS_PU = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
"""Cuts of power that are tried by default."""
_WINDOW_S = 60.0


def power_cuts(
    replica: Replica,
    replicas: int,
    classes: Mapping[str, RequestClass],
    rate_per_s: float,
    *,
    cuts_pu: Sequence[float] = CUTS_PU,
    settle_min: float = 10.0,
    cut_min: float = 30.0,
    queue_limit: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Cut the power of a stream, and see what its requests feel; every request is simulated.

    Each cut starts from the same requests in service, after a time without a cut. Power is the mean over a
    minute. What a cut does depends on its length where the rate exceeds what the rest of the power can serve.

    Idle replicas are kept up first: with little more than the idle power of all of them, next to nothing is
    served, and a cut that takes one of them out of service leaves more for requests.

    Args:
        replica: What each replica is.
        replicas: Their number.
        classes: Classes of requests by name.
        rate_per_s: Request rate, constant.
        cuts_pu: Shares of the mean power without a cut that are taken away.
        settle_min: Time before the cut.
        cut_min: Length of the cut.
        queue_limit: Most requests that wait. Default: any number.
        seed: Seed of the requests.

    Returns:
        A row for each cut: `cut_pu`, `cap_w`, `drawn_w` (mean power), `slots` (most requests in service under
        the cap), `in_service` and `waiting` (means), `served_per_s`, `tokens_per_s`, `j_per_token`,
        `dropped_pu` (share of the requests that arrived), and for requests served during the cut
        `ttft_p50_s`, `ttft_p99_s`, `tpot_p99_s`, `latency_p99_s` and `met_pu` (share within objective).

    Raises:
        SpecError: If a number is out of range.
    """
    import pandas as pd

    _check(classes, replicas, rate_per_s, cuts_pu, settle_min=settle_min, cut_min=cut_min)
    begin_s = settle_min * SECONDS_PER_MINUTE
    end_s = begin_s + cut_min * SECONDS_PER_MINUTE
    rate, kinds = StepSeries(np.zeros(1), np.array([rate_per_s])), tuple(classes.values())

    def begun() -> ExactStream:
        """The stream at the start of the run; it has the same requests each time."""
        arrivals = RandomArrivals(np.random.default_rng(seed), rate, end_s, kinds)
        stream = ExactStream(replica, kinds, arrivals.blocks(), queue_limit)
        stream.scale(replicas, 0.0)
        return stream

    return pd.DataFrame(
        [_cut(begun(), Fleet(replica, replicas), cut_pu, begin_s, end_s) for cut_pu in cuts_pu]
    )


def _cut(stream: ExactStream, fleet: Fleet, cut_pu: float, begin_s: float, end_s: float) -> dict[str, float]:
    """Cut the power of a stream from one time to another; the cut is from the mean of the time before."""
    _go(stream, begin_s / 2.0, inf)
    before = stream.tally()
    _go(stream, begin_s, inf)
    settled = stream.tally()
    wanted_w = _energy_j(settled - before) / (begin_s / 2.0)
    cap_w = (1.0 - cut_pu) * wanted_w if cut_pu else inf
    _go(stream, end_s, cap_w)
    felt = _row(stream.tally() - settled, end_s - begin_s)
    return {"cut_pu": cut_pu, "cap_w": cap_w, **felt, "slots": fleet.under(cap_w).limit}


def _go(stream: ExactStream, to_s: float, cap_w: float) -> None:
    """Go on to a time, in windows, under a cap."""
    ranks = stream.kinds
    while stream.now_s < to_s:
        until_s = min(stream.now_s + _WINDOW_S, to_s)
        if stream.propose(until_s, ranks) > cap_w:
            stream.under(cap_w, ranks)
        stream.commit(until_s)


def _row(tally: Tally, span_s: float) -> dict[str, float]:
    """What requests felt."""
    bins = tally.bins.sum(axis=0)
    served, tokens, arrived = (
        float(tally.of(field).sum()) for field in ("served", "output_served", "arrived")
    )
    return {
        "drawn_w": _energy_j(tally) / span_s,
        "in_service": tally.service_s / span_s,
        "waiting": tally.waiting_s / span_s,
        "served_per_s": served / span_s,
        "tokens_per_s": tokens / span_s,
        "j_per_token": _energy_j(tally) / tokens if tokens else nan,
        "dropped_pu": float(tally.dropped.sum()) / arrived if arrived else 0.0,
        "ttft_p50_s": quantile_s(bins[0], 0.5),
        "ttft_p99_s": quantile_s(bins[0], 0.99),
        "tpot_p99_s": quantile_s(bins[1], 0.99),
        "latency_p99_s": quantile_s(bins[2], 0.99),
        "met_pu": float(tally.of("met").sum()) / served if served else nan,
    }


def _energy_j(tally: Tally) -> float:
    return tally.idle_j + tally.dynamic_j


def _check(
    classes: Mapping[str, RequestClass],
    replicas: int,
    rate_per_s: float,
    cuts_pu: Sequence[float],
    *,
    settle_min: float,
    cut_min: float,
) -> None:
    """Refuse what cannot be tried."""
    if not classes:
        message = "is empty; allowed: at least one class by name"
        raise SpecError("power cuts", [Problem(("classes",), message)])
    checks = (
        ("replicas", replicas, "", 1, 1e6),
        ("rate_per_s", rate_per_s, "1/s", 0.0, 1e9),
        ("settle_min", settle_min, "min", 0.1, 1e6),
        ("cut_min", cut_min, "min", 0.1, 1e6),
        *(("cuts_pu", cut_pu, "pu", 0.0, 1.0) for cut_pu in cuts_pu),
    )
    for field, value, unit, least, most in checks:
        if not least <= value <= most:
            message = (
                f"= {value:g} {unit}".rstrip() + f"; allowed: from {least:g} to {most:g} {unit}".rstrip()
            )
            raise SpecError("power cuts", [Problem((field,), message)])
