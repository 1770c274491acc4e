"""Replicas over time: those that serve, boot and sleep."""

from __future__ import annotations

from math import ceil, inf

import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st
from replicas import replica
from test_laws import law

from sim.serving.replicas import Autoscaling, Replicas

MIN = 60.0
SCALING = Autoscaling(least=2, target_pu=0.5, every_s=MIN, hold_min=3.0)  # full, 8 s of work a second


def scaled(total: int = 10, boot_min: float = 2.0, scaling: Autoscaling = SCALING) -> Replicas:
    at_one_speed = replica(boot_min=boot_min, sleep_w=100.0, tokens_per_s=(50.0, 100.0, 400.0))
    return Replicas(at_one_speed, total, scaling)


def looked(replicas: Replicas, minutes: range, load: float, in_service: int = 0) -> list[int]:
    """How many serve after each look."""
    seen = []
    for minute in minutes:
        replicas.update(minute * MIN, load, in_service)
        seen.append(replicas.serving)
    return seen


def test_without_autoscaling_all_serve_at_all_times() -> None:
    replicas = Replicas(replica(), 3)
    replicas.update(1e6, 0.0, 0)
    assert (replicas.serving, replicas.booting, replicas.next_s) == (3, 0, inf)
    assert (replicas.others_w, replicas.idle_w) == (0.0, 6000.0)


def test_fewer_serve_once_they_have_been_enough_for_the_hold_time() -> None:
    # 12 requests need 3 replicas, from the look after 3 minutes without more on
    replicas = scaled()
    assert looked(replicas, range(1, 6), 12.0) == [10, 10, 10, 3, 3]
    assert replicas.others_w == 7 * 100.0


def test_one_look_that_needed_more_keeps_them_for_the_hold_time() -> None:
    replicas = scaled()
    assert looked(replicas, range(1, 3), 12.0) == [10, 10]
    assert looked(replicas, range(3, 4), 40.0) == [10]
    assert looked(replicas, range(4, 8), 12.0) == [10, 10, 3, 3]


def test_replicas_are_added_at_once_and_serve_after_their_boot_time() -> None:
    replicas = scaled()
    looked(replicas, range(1, 6), 12.0)
    replicas.update(6 * MIN, 30.0, 0)  # 30 / 4 = 7.5: 8 replicas, 5 more
    assert (replicas.serving, replicas.booting) == (3, 5)
    assert replicas.others_w == 5 * 2000.0 + 2 * 100.0
    assert replicas.idle_w == 8 * 2000.0 + 2 * 100.0
    replicas.update(7 * MIN, 30.0, 0)
    assert (replicas.serving, replicas.booting, replicas.next_s) == (3, 5, 8 * MIN)
    replicas.update(8 * MIN, 30.0, 0)
    assert (replicas.serving, replicas.booting) == (8, 0)


def test_never_fewer_than_the_least_nor_more_than_there_are() -> None:
    replicas = scaled()
    assert looked(replicas, range(1, 8), 0.0)[-1] == 2
    assert looked(replicas, range(8, 12), 1e6)[-1] == 10


def test_requests_in_service_keep_their_replicas_even_while_others_boot() -> None:
    replicas = scaled(boot_min=60.0, scaling=Autoscaling(least=1, target_pu=0.5, every_s=MIN, hold_min=0.0))
    looked(replicas, range(1, 3), 16.0, 20)
    assert replicas.serving == 4  # of requests in service, 20 / 8
    replicas.update(3 * MIN, 36.0, 30)  # 9 wanted: 5 boot
    replicas.update(4 * MIN, 16.0, 30)
    assert (replicas.serving, replicas.booting) == (4, 5)  # 30 requests need 4 that serve


def test_a_boot_of_no_time_is_over_at_once() -> None:
    replicas = scaled(boot_min=0.0)
    looked(replicas, range(1, 6), 12.0)
    replicas.update(6 * MIN, 30.0, 0)
    assert (replicas.serving, replicas.booting) == (8, 0)
    assert replicas.next_s == 7 * MIN


@law(200)
@given(st.floats(1e-3, 1e4), st.integers(0, 100_000))
def test_the_next_look_is_later_than_now(every_s: float, number: int) -> None:
    replicas = scaled(scaling=Autoscaling(every_s=every_s))
    now_s = every_s * number
    replicas.update(max(now_s, replicas.next_s), 1.0, 0)
    assert replicas.next_s > max(now_s, every_s)
    assert replicas.next_s - max(now_s, every_s) == pytest.approx(every_s, rel=1e-6)


def test_replicas_that_fail_boot_again() -> None:
    replicas = Replicas(replica(boot_min=5.0), 10)
    replicas.keep(7, 100.0)
    assert (replicas.serving, replicas.booting, replicas.next_s) == (7, 3, 400.0)
    replicas.keep(7, 160.0)
    replicas.update(400.0, 0.0, 0)
    assert (replicas.serving, replicas.booting) == (10, 0)


def test_replicas_boot_once_there_is_power_to_keep_them_idle() -> None:
    replicas = Replicas(replica(boot_min=5.0), 10)
    replicas.keep(0, 100.0, 0.0)
    replicas.keep(0, 160.0, 0.0)
    assert replicas.next_s == 160.0 + 300.0
    replicas.keep(0, 220.0, 3 * 2000.0)  # three go on, seven begin again
    replicas.update(460.0, 0.0, 0)
    assert (replicas.serving, replicas.booting, replicas.next_s) == (3, 7, 520.0)
    replicas.keep(3, 500.0, 2000.0)  # three serve, one goes on
    replicas.update(520.0, 0.0, 0)
    assert (replicas.serving, replicas.booting, replicas.next_s) == (4, 6, 800.0)


def test_replicas_without_idle_power_boot_without_power() -> None:
    replicas = Replicas(replica(boot_min=5.0, idle_w=0.0, accelerator_idle_w=0.0), 10)
    replicas.keep(0, 0.0)
    replicas.keep(0, 200.0, 0.0)
    assert replicas.next_s == 300.0


def test_a_stream_that_enters_service_begins_with_all_of_them() -> None:
    replicas = scaled()
    looked(replicas, range(1, 6), 12.0)
    replicas.update(6 * MIN, 30.0, 0)
    replicas.begin(100.5 * MIN)
    assert (replicas.serving, replicas.booting, replicas.next_s) == (10, 0, 101 * MIN)
    assert looked(replicas, range(101, 106), 12.0) == [10, 10, 10, 3, 3]


@law(200)
@given(
    st.lists(st.tuples(st.floats(0.0, 100.0), st.integers(0, 80), st.integers(0, 10)), max_size=40),
    st.sampled_from([0.0, 1.0, 4.5]),
    st.sampled_from([0.0, 2.0]),
)
def test_replicas_are_never_lost_nor_taken_from_requests(
    looks: list[tuple[float, int, int]], boot_min: float, hold_min: float
) -> None:
    scaling = Autoscaling(least=2, target_pu=0.5, every_s=MIN, hold_min=hold_min)
    replicas = scaled(boot_min=boot_min, scaling=scaling)
    for minute, (load, in_service, kept) in enumerate(looks, 1):
        if minute % 5 == 0:
            replicas.keep(kept, minute * MIN, 2000.0 * kept)
        before = replicas.serving
        here = min(in_service, before * 8)
        replicas.update(minute * MIN, load, here)
        assert replicas.serving >= min(before, ceil(here / 8))
        assert 2 <= replicas.serving + replicas.booting <= 10
        assert replicas.next_s > minute * MIN


def test_shares_of_slots_beyond_all_are_refused() -> None:
    assert told(lambda: Autoscaling(target_pu=1.5)) == (
        "Autoscaling: target_pu = 1.5 pu; allowed: a finite number at least 0.01 and at most 1 pu"
    )
