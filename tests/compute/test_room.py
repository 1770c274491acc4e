"""Where a gang fits."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st
from queue_run import waiting

from sim.compute.room import Room


def room(*free: int, largest: int | None = 8, spare_mw: float = inf) -> Room:
    return Room(list(free), spare_mw, None if largest is None else lambda: largest)


def test_a_gang_goes_into_the_fullest_rack_that_has_room() -> None:
    assert room(8, 3, 5).place(waiting(gpus=4)) == ((2, 4),)


def test_a_gang_that_fits_in_a_rack_waits_for_one() -> None:
    assert room(3, 3, 3).place(waiting(gpus=4)) is None


def test_a_larger_gang_takes_as_few_racks_as_possible() -> None:
    # 8 of rack 1 and 6 of rack 3 leave 2, for which rack 2 is the fullest
    assert room(5, 8, 2, 6).place(waiting(gpus=16)) == ((1, 8), (3, 6), (2, 2))
    assert room(5, 8, 2, 3).place(waiting(gpus=19)) is None


def test_without_gangs_in_racks_these_are_filled_in_their_order() -> None:
    assert room(3, 0, 3, largest=None).place(waiting(gpus=5)) == ((0, 3), (2, 2))


def test_a_pool_without_racks_is_one() -> None:
    assert room(9).place(waiting(gpus=9)) == ((0, 9),)
    assert room(9).place(waiting(gpus=10)) is None


def test_a_job_also_needs_its_power() -> None:
    assert room(9, spare_mw=2.0).place(waiting(power_mw=2.0)) == ((0, 1),)
    assert room(9, spare_mw=2.0).place(waiting(power_mw=2.1)) is None


def test_what_is_taken_can_be_given_back() -> None:
    left = room(8, 8, spare_mw=5.0)
    left.take(((0, 8), (1, 2)), 3.0)
    assert (left.free, left.spare_mw, left.gpus) == ([0, 6], 2.0, 6)
    left.give(((0, 8), (1, 2)), 3.0)
    assert (left.free, left.spare_mw) == ([8, 8], 5.0)


def test_two_rooms_meet_in_the_lesser_of_both() -> None:
    met = room(8, 2, spare_mw=5.0).meet(room(3, 4, spare_mw=6.0))
    assert (met.free, met.spare_mw) == ([3, 2], 5.0)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=6), st.integers(1, 40))
def test_a_placement_fits_and_uses_no_rack_too_many(free: list[int], gpus: int) -> None:
    placed = room(*free).place(waiting(gpus=gpus))
    if placed is None:
        assert gpus > sum(free) or (gpus <= 8 and gpus > max(free))
        return
    assert sum(here for _, here in placed) == gpus
    assert all(0 < here <= free[rack] for rack, here in placed)
    assert len({rack for rack, _ in placed}) == len(placed)
    emptiest = sorted(free, reverse=True)
    assert sum(emptiest[: len(placed) - 1]) < gpus  # fewer racks would not do
