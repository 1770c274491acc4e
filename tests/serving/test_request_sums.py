"""The request sums: what they count, and in which bin a time falls."""

from __future__ import annotations

from array import array
from math import inf, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_laws import law

from sim.serving.request_sums import BOUNDS_S, FIELDS, HIGHEST_S, LOWEST_S, MEASURES, RequestSums

TIMED_OUT, REFUSED, CUT = 3, 4, 5  # numbers of the reasons, as the queue gives them


def made(ttft_s: float = inf, tpot_s: float = inf, kinds: int = 2) -> RequestSums:
    return RequestSums(array("d", [ttft_s] * kinds), array("d", [tpot_s] * kinds))


def of(sums: RequestSums, kind: int) -> dict[str, float]:
    """The sums of a kind that are not zero."""
    values = [*sums.values][kind * len(FIELDS) : (kind + 1) * len(FIELDS)]
    return {field: value for field, value in zip(FIELDS, values, strict=True) if value}


def bins(sums: RequestSums) -> np.ndarray:
    return np.array([*sums.bins]).reshape(-1, len(MEASURES), len(BOUNDS_S) + 1)


def test_each_sum_counts_what_it_is_called() -> None:
    sums = made()
    sums.arrive(1)
    sums.start(1, 0.5)
    sums.serve(1, 1.0, 3.0, 100.0, 5.0)  # 4 further tokens in 2 s
    sums.drop(1, TIMED_OUT, 10.0, 1.0)
    sums.drop(1, REFUSED, 20.0, 2.0)
    sums.drop(1, CUT, 40.0, 4.0)
    assert of(sums, 0) == {}
    assert of(sums, 1) == {
        "arrived": 1.0,
        "started": 1.0,
        "served": 1.0,
        "timed_out": 1.0,
        "refused": 1.0,
        "cut": 1.0,
        "prompt_served": 100.0,
        "output_served": 5.0,
        "prompt_dropped": 70.0,
        "output_dropped": 7.0,
        "wait_s": 0.5,
        "ttft_s": 1.0,
        "tpot_s": 0.5,
        "tpot_count": 1.0,
        "latency_s": 3.0,
        "met": 1.0,
    }


@pytest.mark.parametrize(
    ("ttft_s", "latency_s", "output", "met"),
    [
        (1.0, 3.0, 5.0, 1.0),  # 0.5 s per further token
        (nextafter(1.0, 2.0), 3.0, 5.0, 0.0),
        (1.0, 3.1, 5.0, 0.0),
        (1.0, 99.0, 1.0, 1.0),  # one token has no time per further token
    ],
)
def test_a_request_meets_its_objective_if_it_meets_both_parts(
    ttft_s: float, latency_s: float, output: float, met: float
) -> None:
    sums = made(ttft_s=1.0, tpot_s=0.5)
    sums.serve(0, ttft_s, latency_s, 1.0, output)
    assert of(sums, 0).get("met", 0.0) == met
    assert bins(sums)[0].sum(axis=1).tolist() == [1, int(output > 1.0), 1]


def test_bounds_are_at_most_six_percent_apart() -> None:
    bounds = np.array(BOUNDS_S)
    assert (bounds[0], bounds[-1]) == (LOWEST_S, HIGHEST_S) == (2.0**-10, 2.0**17)
    assert (bounds[1:] / bounds[:-1]).max() == 1.0 + 1.0 / 16.0
    assert (np.diff(bounds) > 0.0).all()


TIMES_S = st.one_of(
    st.floats(0.0, 2e5),
    st.floats(1e-4, 1.0),
    st.sampled_from(BOUNDS_S),
    st.sampled_from(BOUNDS_S).map(lambda bound_s: nextafter(bound_s, 0.0)),
)


@law(500)
@given(TIMES_S, st.integers(0, 1))
def test_a_time_is_in_the_bin_between_the_bounds_around_it(time_s: float, kind: int) -> None:
    sums = made()
    sums.serve(kind, time_s, time_s, 1.0, 1.0)
    at = int(np.searchsorted(BOUNDS_S, time_s, "right"))
    for measure in (MEASURES.index("ttft_s"), MEASURES.index("latency_s")):
        assert np.flatnonzero(bins(sums)[kind, measure]).tolist() == [at]
    assert bins(sums).sum() == 2


def test_a_copy_is_equal_and_separate() -> None:
    sums, copy = made(), made()
    sums.serve(0, 1.0, 3.0, 100.0, 5.0)
    copy.copy(sums)
    sums.arrive(0)
    sums.serve(0, 1.0, 3.0, 100.0, 5.0)
    assert (of(copy, 0)["served"], of(copy, 0).get("arrived"), bins(copy).sum()) == (1.0, None, 3)
