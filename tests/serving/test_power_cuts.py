"""Power cuts: what is tried, what holds for every cut, and what is refused."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st
from replicas import replica
from test_laws import law

from sim.requests.arrivals import RandomArrivals
from sim.requests.request_class import RequestClass
from sim.serving.exact import ExactStream
from sim.serving.power_cuts import CUTS_PU, power_cuts
from sim.serving.tally import BIN_EDGES_S, quantile_s
from sim.timeseries.series import StepSeries

ROOMY = replica(gpu_limit_w=700.0)
"""A replica whose clock has room to fall."""
TEXT = RequestClass(
    prompt_tokens=100, output_tokens={"mean": 100, "cv": 1.0}, timeout_s=20.0, ttft_objective_s=1.0
)
COLUMNS = [
    *("cut_pu", "cap_w", "drawn_w", "in_service", "waiting", "served_per_s", "tokens_per_s", "j_per_token"),
    *("dropped_pu", "ttft_p50_s", "ttft_p99_s", "tpot_p99_s", "latency_p99_s", "met_pu", "slots"),
]
BIN = float(np.max(BIN_EDGES_S[2:-1] / BIN_EDGES_S[1:-2]))
"""Width of a bin of a histogram: its upper bound over its lower one."""


def cuts(rate_per_s: float = 5.0, cuts_pu: tuple[float, ...] = CUTS_PU, **changes: Any) -> pd.DataFrame:
    """Cuts of the power of four replicas, of which 200 tokens per second each is the most."""
    given_ = {"settle_min": 4.0, "cut_min": 10.0, **changes}
    return power_cuts(ROOMY, 4, {"text": TEXT}, rate_per_s, cuts_pu=cuts_pu, **given_)


def arrivals(rate_per_s: float, seed: int, end_s: float) -> RandomArrivals:
    """The requests of a seed."""
    rate = StepSeries(np.zeros(1), np.array([rate_per_s]))
    return RandomArrivals(np.random.default_rng(seed), rate, end_s, [TEXT])


def test_each_cut_is_a_row_in_the_order_in_which_it_is_asked_for() -> None:
    found = cuts(cuts_pu=(0.2, 0.0))
    assert found.columns.tolist() == COLUMNS
    assert found["cut_pu"].tolist() == [0.2, 0.0]
    assert found["cap_w"].tolist()[1] == inf
    assert found["slots"].tolist()[1] == 4 * 8


def test_without_a_cut_it_is_the_run_without_a_cap() -> None:
    (row,) = cuts(cuts_pu=(0.0,), seed=3).to_dict("records")
    stream = ExactStream(ROOMY, [TEXT], arrivals(5.0, 3, 840.0).blocks())
    stream.scale(4, 0.0)
    stream.propose(240.0, 1)
    stream.commit(240.0)
    settled = stream.tally()
    stream.propose(840.0, 1)
    stream.commit(840.0)
    tally = stream.tally() - settled
    assert row["drawn_w"] == pytest.approx((tally.idle_j + tally.dynamic_j) / 600.0)
    assert row["served_per_s"] == pytest.approx(float(tally.of("served").sum()) / 600.0)
    assert row["in_service"] == pytest.approx(tally.service_s / 600.0)
    assert row["ttft_p99_s"] == pytest.approx(quantile_s(tally.bins.sum(axis=0)[0], 0.99))


def test_the_cap_is_a_share_of_the_mean_power_before_the_cut() -> None:
    found = cuts(cuts_pu=(0.1, 0.2, 1.0))
    wanted_w = found["cap_w"] / (1.0 - found["cut_pu"])
    assert wanted_w.iloc[1] == pytest.approx(wanted_w.iloc[0])
    assert found["cap_w"].iloc[2] == 0.0
    # no power at all: all replicas fail, and nothing is served
    assert found.loc[2, ["drawn_w", "served_per_s", "slots"]].tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(found.loc[2, ["j_per_token", "ttft_p99_s", "met_pu"]].astype(float)).all()


@law(20)
@given(st.floats(0.5, 12.0), st.integers(0, 3))
def test_a_larger_cut_takes_no_more_power_serves_no_more_and_is_no_faster(
    rate_per_s: float, seed: int
) -> None:
    found = cuts(rate_per_s, (0.0, 0.1, 0.2, 0.3, 0.4), seed=seed)
    assert (found["drawn_w"] <= found["cap_w"] * (1.0 + 1e-9)).all()
    assert (found["in_service"] <= 4 * 8 * (1.0 + 1e-9)).all()  # those in service when the cut begins go on
    assert found["dropped_pu"].between(0.0, 1.0).all()
    found = found[found["cap_w"] >= 4 * ROOMY.idle_w]  # below, replicas fail, and leave power to the others
    # tokens of the requests that end: those in service at the edges of the cut are noise
    tokens = found["tokens_per_s"].to_numpy()
    edges = 4 * 8 * 100 * 4 / 600.0  # all slots, with answers of four times the mean
    assert (np.diff(tokens) <= edges).all()
    most_new = found["served_per_s"] > 0.3 * rate_per_s  # else most of them were in service before the cut
    times_s = found.loc[most_new, "ttft_p99_s"].to_numpy()
    assert (times_s[1:] * BIN >= times_s[:-1]).all()


def test_all_replicas_are_kept_idle_as_long_as_there_is_power_for_it() -> None:
    # idle, the four draw 8 kW, and little more with a request every second
    found = cuts(1.0, (0.2, 0.3))
    above, below = found["cap_w"]
    assert above == pytest.approx(8000.0, rel=0.05)
    assert 6000.0 < below < 8000.0
    # under the higher cap nothing is left for requests; under the lower one a replica has failed
    assert found["tokens_per_s"][1] > 10 * found["tokens_per_s"][0]


def test_requests_that_arrive_are_served_dropped_or_still_there() -> None:
    found = cuts(9.0, cut_min=60.0, seed=5)  # 9 x 100 tokens a second are more than four replicas make
    at_s = np.concatenate([block.at_s for block in arrivals(9.0, 5, 3840.0).blocks()])
    arrived = int((at_s >= 240.0).sum())
    gone = 3600.0 * found["served_per_s"] + arrived * found["dropped_pu"]
    assert arrived == pytest.approx(9.0 * 3600.0, rel=0.03)
    # as many as are in service and wait at the end, less those at the beginning: 32 slots, and those who
    # came in the last 20 s, which is the time-out
    assert np.abs(arrived - gone).max() <= 32 + 9.0 * 20.0 * 1.5


def test_the_same_seed_gives_the_same_cuts_and_a_short_queue_drops_more() -> None:
    longer, again = (cuts(9.0, (0.2,), seed=7) for _ in range(2))
    assert longer.equals(again)
    shorter = cuts(9.0, (0.2,), seed=7, queue_limit=5)
    assert shorter["dropped_pu"][0] > longer["dropped_pu"][0]
    assert shorter["waiting"][0] <= 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: power_cuts(ROOMY, 0, {"text": TEXT}, 5.0),
            "replicas = 0; allowed: from 1 to 1e+06",
        ),
        (lambda: cuts(-1.0), "rate_per_s = -1 1/s; allowed: from 0 to 1e+09 1/s"),
        (lambda: cuts(float("nan")), "rate_per_s = nan 1/s; allowed: from 0 to 1e+09 1/s"),
        (lambda: cuts(settle_min=0.0), "settle_min = 0 min; allowed: from 0.1 to 1e+06 min"),
        (lambda: cuts(cut_min=inf), "cut_min = inf min; allowed: from 0.1 to 1e+06 min"),
        (lambda: cuts(cuts_pu=(0.1, 1.5)), "cuts_pu = 1.5 pu; allowed: from 0 to 1 pu"),
    ],
)
def test_what_cannot_be_tried_is_refused(call: Any, words: str) -> None:
    assert told(call) == f"power cuts: {words}"
