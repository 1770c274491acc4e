"""The fluid stream: it agrees with the exact one, loses nothing, and does not depend on how it is driven."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replicas import replica
from test_laws import law

from sim.requests.arrivals import RandomArrivals
from sim.requests.request_class import RequestClass
from sim.serving.exact import ExactStream
from sim.serving.fluid_stream import FluidStream
from sim.serving.replica import Replica
from sim.serving.tally import Tally, quantile_s
from sim.timeseries.series import StepSeries

# 8 slots of steps of 20 ms alone and 40 ms together; at most 200 tokens a second
REPLICA = replica(gpu_limit_w=700.0)
HOUR_S = 3600.0


def kind(**fields: Any) -> RequestClass:
    return RequestClass(**{"prompt_tokens": 10, "output_tokens": 50, **fields})


BATCH = {"deadline_h": 10.0, "worth_usd_per_mwh": 50.0}


def rates(*per_s: float, every_s: float = HOUR_S) -> StepSeries:
    return StepSeries(np.arange(len(per_s)) * every_s, np.array(per_s))


def stream(
    rate: StepSeries, classes: list[RequestClass] | None = None, replicas: int = 2, **rules: Any
) -> FluidStream:
    made = FluidStream(REPLICA, classes or [kind()], rate, **rules)
    made.scale(replicas, 0.0)
    return made


def go(
    one: FluidStream | ExactStream, to_s: float, ranks: int, cap_w: float = inf, step_s: float = HOUR_S
) -> None:
    """Go on in windows that end with a step, or where the stream says that its power changes."""
    while one.now_s < to_s:
        until_s = min(one.now_s + step_s, to_s, one.next_s())
        if one.propose(until_s, ranks) > cap_w:
            one.under(cap_w, ranks)
        one.commit(until_s)


def left(tally: Tally) -> np.ndarray:
    """Requests of each kind that are neither served nor dropped."""
    return tally.of("arrived") - tally.of("served") - tally.dropped


CAPS_W = st.sampled_from([inf, 9000.0, 6000.0, 4500.0, 4000.0, 2500.0, 0.0])


@law(60)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, 3.0, 9.0]), CAPS_W, st.integers(1, 2)), min_size=1, max_size=6
    ),
    st.sampled_from([inf, 30.0, 400.0]),
    st.sampled_from([HOUR_S, 700.0]),
)
def test_every_request_is_served_or_dropped_once_there_are_power_and_time(
    hours: list[tuple[float, float, int]], limit: float, step_s: float
) -> None:
    series = rates(*(rate for rate, _, _ in hours), 0.0)
    one = stream(series, [kind(timeout_s=200.0), kind(**BATCH)], queue_limit=limit)
    for at, (_, cap_w, ranks) in enumerate(hours, 1):
        go(one, at * HOUR_S, ranks, cap_w, step_s)
    one.scale(2, 0.0)
    go(one, (len(hours) + 40) * HOUR_S, 2, inf, step_s)
    tally = one.tally()
    arrived = sum(rate for rate, _, _ in hours) * HOUR_S
    assert tally.of("arrived").sum() == pytest.approx(arrived, rel=1e-9)
    assert left(tally) == pytest.approx(np.zeros(2), abs=1e-6 * (arrived + 1.0))
    assert min(tally.sums.min(), tally.bins.min()) >= -1e-6 * (arrived + 1.0)
    assert tally.bins[:, 0].sum(axis=1) == pytest.approx(
        tally.of("served") + tally.of("cut"), abs=1e-6 * (arrived + 1.0)
    )


@pytest.mark.parametrize("step_s", [900.0, 1100.0, 60.0])
def test_windows_change_nothing(step_s: float) -> None:
    classes, series = [kind(timeout_s=300.0)], rates(1.0, 9.0, 2.0, 0.0, 5.0)
    whole, cut = stream(series, classes), stream(series, classes)
    go(whole, 5 * HOUR_S, 1)
    go(cut, 5 * HOUR_S, 1, step_s=step_s)
    assert cut.tally().sums == pytest.approx(whole.tally().sums, rel=1e-6)
    assert cut.energy_j == pytest.approx(whole.energy_j, rel=1e-9)


def test_batch_waits_while_it_is_not_open_and_little_holds() -> None:
    # 0.5 batch requests a second wait from 1 h to 3 h, and are served evenly from 3 h to 4 h
    one = stream(rates(1.0), [kind(), kind(**BATCH)])
    go(one, HOUR_S, 2)
    for hour in (2, 3):
        before = one.tally()
        go(one, hour * HOUR_S, 1)
        waited_s = (one.tally() - before).of("waiting_s")
        assert waited_s == pytest.approx([0.0, (2 * hour - 3) * 900.0 * HOUR_S], abs=1.0)
        assert (one.tally() - before).of("served")[1] == 0.0
        assert one.oldest_s(1) == HOUR_S
    go(one, 4 * HOUR_S, 2)
    tally = one.tally()
    assert left(tally) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert tally.of("waiting_s") == pytest.approx(tally.of("wait_s"), rel=1e-6, abs=1.0)
    # the first waited 2 h, the last 1 h
    assert quantile_s(tally.bins[1, 0], 0.99) == pytest.approx(2 * HOUR_S, rel=0.04)


def test_a_load_that_comes_again_gives_the_same() -> None:
    one, found = stream(rates(2.0, 3.0, 2.0)), []
    for hour in (1, 2, 3):
        before = one.tally()
        go(one, hour * HOUR_S, 1)
        found.append(one.tally() - before)
    assert found[2].sums == pytest.approx(found[0].sums, rel=1e-9)
    assert found[2].dynamic_j == pytest.approx(found[0].dynamic_j, rel=1e-9)
    assert found[1].of("served")[0] == pytest.approx(1.5 * found[0].of("served")[0])


@given(st.sampled_from([1.0, 3.0, 6.0]), st.floats(0.0, 12_000.0), st.floats(0.0, 12_000.0))
def test_less_power_never_shortens_a_wait_and_no_cap_is_exceeded(
    rate: float, one_w: float, other_w: float
) -> None:
    found = []
    for cap_w in sorted((one_w, other_w)):
        made = stream(rates(rate))
        go(made, HOUR_S, 1, cap_w)
        assert made.energy_j <= cap_w * HOUR_S * (1.0 + 1e-9)
        found.append((made.tally().of("waiting_s")[0], made.serving))
    (short_s, few), (long_s, many) = found
    if few == many:  # with fewer replicas, their idle power is free for requests
        assert short_s >= long_s - 1e-6 * (long_s + 1.0)


def test_replicas_that_power_cannot_keep_idle_fail_with_their_requests() -> None:
    one = stream(rates(9.0), replicas=3)
    go(one, HOUR_S, 1)
    in_service = one.in_service
    one.propose(2 * HOUR_S, 1)
    assert one.under(2500.0, 1) == pytest.approx(2500.0)
    one.commit(2 * HOUR_S)
    assert in_service > 8
    assert one.serving == 1
    assert one.tally().of("cut")[0] == pytest.approx(in_service - 8, abs=0.6)
    assert one.tally().of("output_dropped")[0] == pytest.approx(50.0 * one.tally().of("cut")[0])


def one_speed(slots: int) -> Replica:
    """A replica whose requests take 1 s each, however many there are."""
    tokens = {"concurrency": (1.0, float(slots + 1)), "tokens_per_s": (50.0, 50.0 * (slots + 1))}
    return replica(slots=slots, power_w=(3000.0, 9000.0), gpu_limit_w=700.0, **tokens)


@pytest.mark.parametrize(
    ("slots", "load", "distribution"), [(8, 0.85, "exponential"), (1, 0.7, "exponential"), (1, 0.7, "fixed")]
)
def test_it_agrees_with_each_request_by_itself(slots: int, load: float, distribution: str) -> None:
    """M/M/8, M/M/1 and M/D/1: mean power and mean wait, over 20 seeds, within three standard errors."""
    output = 50.0 if distribution == "fixed" else {"mean": 50.0, "distribution": distribution}
    one, rate, end_s = kind(output_tokens=output), rates(slots * load), 6000.0
    made, found = one_speed(slots), []
    for seed in range(20):
        arrivals = RandomArrivals(np.random.default_rng(seed), rate, end_s, [one])
        exact = ExactStream(made, [one], arrivals.blocks())
        exact.scale(1, 0.0)
        go(exact, 1000.0, 1)
        begun = exact.tally()
        go(exact, end_s, 1)
        tally = exact.tally() - begun
        found.append((tally.dynamic_j / 5000.0, tally.of("wait_s")[0] / tally.of("started")[0]))
    fluid = FluidStream(made, [one], rate)
    fluid.scale(1, 0.0)
    go(fluid, HOUR_S, 1)
    whole = fluid.tally()
    expected = (whole.dynamic_j / HOUR_S, whole.of("wait_s")[0] / whole.of("started")[0])
    means, errors = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(20)
    assert np.all(np.abs(means - expected) <= 3.0 * errors)


def test_latencies_have_the_tail_of_their_tokens() -> None:
    one = kind(output_tokens={"mean": 50.0, "cv": 0.8})
    made = stream(rates(0.05), [one])
    go(made, HOUR_S, 1)
    draws = one.output_tokens.draw(np.random.default_rng(0), 400_000)
    alone_s = 0.020 * np.quantile(draws, 0.99)  # hardly any two are served at once
    assert quantile_s(made.tally().bins[0, 2], 0.99) == pytest.approx(alone_s, rel=0.04)
