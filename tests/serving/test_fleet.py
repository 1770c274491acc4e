"""The fleet: what replicas do together, with and without a cap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replicas import replica, replicas
from test_laws import law

from sim.compute.response import PRESETS
from sim.serving.fleet import Fleet
from sim.serving.replica import Replica


def slows(one: Replica) -> bool:
    """Whether requests are no faster the more there are; else crowding them may help."""
    return bool((np.diff(one.speed(one.concurrency)) <= 0.0).all())


FLEETS = st.builds(Fleet, replicas().filter(slows), st.integers(1, 12))
CAPS = st.floats(0.0, 1.05)
SLACK = 1e-9


def capped_w(fleet: Fleet, share: float) -> float:
    """A cap between idle power and a little above the highest."""
    return fleet.idle_w + share * (fleet.most_w - fleet.idle_w)


def test_without_a_cap_each_replica_serves_its_share() -> None:
    fleet = Fleet(replica(), 2)
    assert (fleet.slots, fleet.idle_w, fleet.most_w) == (16, 4000.0, 12_000.0)
    free = fleet.free
    # one request: a half on each, at the speed of one and half way from 2 to 3 kW; four: two on each
    assert free.limit == 16
    assert free.speed[[0, 1, 2, 4, 16]] == pytest.approx([1.0, 1.0, 1.0, 20 / 25, 20 / 40])
    assert free.power_w[[0, 1, 2, 4, 16]] == pytest.approx([0.0, 1000.0, 2000.0, 4000.0, 8000.0])


def test_the_clock_falls_until_the_accelerators_have_saved_what_is_missing() -> None:
    fleet = Fleet(replica(gpu_limit_w=700.0), 2)
    pace = fleet.under(fleet.most_w - 400.0)
    # full: accelerators draw 2 x 4000 W; their clock is at 95 % of their limit
    assert pace.speed[16] == pytest.approx(0.5 * PRESETS["h200_llm"].speed_pu(0.95))
    assert pace.power_w[16] == pytest.approx(8000.0 - 400.0)
    assert pace.limit == 16
    # four requests draw 4 kW above idle and are not in need
    assert (pace.speed[4], pace.power_w[4]) == (pytest.approx(0.8), pytest.approx(4000.0))


def test_below_the_lowest_clock_there_are_fewer_slots() -> None:
    fleet = Fleet(replica(), 2)
    at_floor = PRESETS["h200_llm"].floor_pu / (500 / 700)
    least_w = 8000.0 - (1.0 - at_floor) * 8000.0  # above idle, all slots at the lowest clock
    assert fleet.under(fleet.idle_w + least_w).limit == pytest.approx(16, abs=1)
    assert fleet.under(fleet.idle_w + least_w / 2.0).limit == 8
    none = fleet.under(fleet.idle_w)
    assert (none.limit, none.power_w.max()) == (0, 0.0)


def test_no_replica_serves_nothing() -> None:
    fleet = Fleet(replica(), 0)
    assert (fleet.slots, fleet.idle_w, fleet.most_w, fleet.free.limit) == (0, 0.0, 0.0, 0)
    assert fleet.under(0.0) is fleet.free


@law(150)
@given(FLEETS, CAPS)
def test_a_cap_is_never_exceeded_and_never_helps(fleet: Fleet, share: float) -> None:
    cap_w = capped_w(fleet, share)
    pace, free = fleet.under(cap_w), fleet.free
    assert (pace.power_w <= max(0.0, cap_w - fleet.idle_w) * (1 + SLACK) + SLACK).all()
    assert (pace.power_w <= free.power_w * (1 + SLACK) + SLACK).all()
    assert (pace.speed <= free.speed * (1 + SLACK)).all()
    assert (pace.speed >= 0.0).all()
    assert 0 <= pace.limit <= free.limit
    assert len(pace.speed) == len(pace.power_w) == fleet.slots + 1


@law(150)
@given(FLEETS, CAPS, CAPS)
def test_more_power_never_slows_requests(fleet: Fleet, one: float, other: float) -> None:
    less, more = (fleet.under(capped_w(fleet, share)) for share in sorted((one, other)))
    assert less.limit <= more.limit
    assert (less.speed <= more.speed * (1 + 1e-6) + SLACK).all()


@law(100)
@given(FLEETS)
def test_a_cap_above_the_highest_power_is_none(fleet: Fleet) -> None:
    assert fleet.under(fleet.most_w * (1 + SLACK)) is fleet.free


@law(20)
@given(FLEETS)
def test_a_cap_at_no_time_makes_a_jump(fleet: Fleet) -> None:
    shares = np.linspace(0.02, 1.0, 100)
    speeds = np.array([fleet.under(capped_w(fleet, float(share))).speed[-1] for share in shares])
    assert np.abs(np.diff(speeds)).max() <= 0.1 * fleet.free.speed[-1]


def test_ten_thousand_slots_are_interpolated_close_to_the_truth() -> None:
    big = Replica(
        **{
            **dict(replica()),
            "slots": 1000,
            "concurrency": (1.0, 100.0, 1000.0),
            "tokens_per_s": (50.0, 900.0, 2000.0),
        }
    )
    fleet = Fleet(big, 10)
    pace, free = fleet.under(capped_w(fleet, 0.5)), fleet.free
    throughput = np.arange(fleet.slots + 1) * pace.speed
    assert (np.diff(throughput[: pace.limit]) >= -1e-3 * throughput[1 : pace.limit]).all()
    assert np.abs(np.diff(pace.speed[1:])).max() < 0.01
    assert (pace.speed <= free.speed + SLACK).all()
