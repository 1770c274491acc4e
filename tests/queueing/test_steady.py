"""The steady state: losses and waits of several classes against exact chains."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SpecError
from sim.queueing.discipline import Discipline
from sim.queueing.steady import Load, Settling
from sim.queueing.waits import Speeds, erlang_b, erlang_c

LONG_S = 1e7
"""A time to settle in which all fluctuations below a load of 0.999 build up."""


def settling(
    *, levels: tuple[int, ...] = (0,), timeout_s: float = inf, limit: float = inf, settle_s: float = LONG_S
) -> Settling:
    """Classes of exponential work with a mean of 1 s, whose mean square is 2 s2."""
    count = len(levels)
    rules = Discipline((1.0,) * count, levels, (timeout_s,) * count, limit)
    return Settling(rules, (2.0,) * count, 1.0, settle_s)


def chain(places: int, load: float, limit: int) -> tuple[float, float]:
    """Share refused and mean wait of the others, by solving M/M/k with a limit of the queue."""
    weights = [1.0]
    for number in range(1, places + limit + 1):
        weights.append(weights[-1] * load / min(number, places))
    odds = np.array(weights) / sum(weights)
    waits = [(number - places + 1) / places for number in range(places, places + limit)]
    return float(odds[-1]), float(odds[places:-1] @ np.array(waits) / (1.0 - odds[-1]))


def test_without_a_queue_losses_are_erlangs() -> None:
    found = settling(limit=0.0).steady(Load((8.0,), Speeds(10)))
    assert found.refused_per_s[0] == pytest.approx(8.0 * erlang_b(10, 8.0))
    assert found.calm[0].mean_with(0.0, 0.0) == 0.0


@pytest.mark.parametrize("limit", [1, 3, 20])
@pytest.mark.parametrize("load", [3.0, 8.0, 9.8])
def test_refusals_of_a_short_queue_are_those_of_its_chain(limit: int, load: float) -> None:
    found = settling(limit=float(limit)).steady(Load((load,), Speeds(10)))
    refused, wait_s = chain(10, load, limit)
    assert found.refused_per_s[0] == pytest.approx(load * refused)
    assert found.calm[0].mean_with(0.0, 0.0) == pytest.approx(wait_s)


@pytest.mark.parametrize("timeout_s", [0.1, 0.3, 2.0])
def test_time_outs_are_those_of_m_m_k(timeout_s: float) -> None:
    # The density of the wait that is offered is f e^(-(1 - load) v / m) up to the time-out and falls with
    # e^(-v / m) beyond it, m = 1 / 10 s; f is the rate x the share of time with 9 in service
    places, rate = 10, 9.0
    weights = [1.0]
    for number in range(1, places):
        weights.append(weights[-1] * rate / number)
    free = 1.0 - rate / places
    within = rate * weights[-1] * (1.0 - np.exp(-free * timeout_s * places)) / (free * places)
    beyond = rate * weights[-1] * np.exp(-free * timeout_s * places) / places
    lost = beyond / (sum(weights) + within + beyond)
    found = settling(timeout_s=timeout_s).steady(Load((rate,), Speeds(places)))
    assert found.timed_out_per_s[0] == pytest.approx(rate * lost)


def test_waits_of_two_priorities_are_cobhams() -> None:
    # C(10, 8) x 0.1 s / (1 - 0.3) for the first, / ((1 - 0.3)(1 - 0.8)) for the second
    found = settling(levels=(0, 1)).steady(Load((3.0, 5.0), Speeds(10)))
    first_s = erlang_c(10, 8.0) * 0.1 / 0.7
    assert found.calm[0].mean_with(0.0, 0.0) == pytest.approx(first_s)
    assert found.calm[1].mean_with(0.0, 0.0) == pytest.approx(first_s / 0.2)


def test_fluctuations_that_take_too_long_are_left_out() -> None:
    # 1 - 2 sqrt(0.1 s / 1,000 s) = 0.98
    found = settling(settle_s=1000.0)
    assert found.highest_load(0.1) == pytest.approx(0.98)
    at_most = found.steady(Load((9.8,), Speeds(10))).calm[0]
    assert found.steady(Load((9.99,), Speeds(10))).calm[0].scale_s == pytest.approx(at_most.scale_s)


@given(st.lists(st.floats(0.0, 6.0), min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_priorities_share_one_wait(rates: list[float], levels: list[int]) -> None:
    """Work x wait in all does not depend on who is first (Kleinrock's conservation law)."""
    load = Load(tuple(rates), Speeds(20))

    def sum_s(order: tuple[int, ...]) -> float:
        calm = settling(levels=order).steady(load).calm
        return sum(rate * tail.mean_with(0.0, 0.0) for rate, tail in zip(rates, calm, strict=True))

    assert sum_s(tuple(levels)) == pytest.approx(sum_s((0, 0, 0)), rel=1e-6, abs=1e-12)


@given(st.floats(0.01, 30.0), st.floats(0.1, 50.0), st.floats(0.0, 50.0), st.floats(1.0, 2.0))
def test_more_arrivals_never_lose_less(rate: float, timeout_s: float, limit: float, share: float) -> None:
    rules = settling(timeout_s=timeout_s, limit=limit, settle_s=3600.0)
    few, many = (rules.steady(Load((each,), Speeds(10))) for each in (rate, rate * share))
    lost = [each.timed_out_per_s[0] + each.refused_per_s[0] for each in (few, many)]
    assert lost[1] >= lost[0] * (1.0 - 1e-9)
    assert few.admitted_per_s[0] + lost[0] == pytest.approx(rate)


def test_a_load_with_another_number_of_classes_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        settling().steady(Load((1.0, 2.0), Speeds(1)))
    assert str(caught.value) == "Load: rates_per_s has 2 values; allowed: one for each of the 1 classes"


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        Load((1.0, -2.0), Speeds(1))
    assert str(caught.value) == "Load: rates_per_s.1 = -2.0 1/s; allowed: 0 to 1e+09 1/s"
