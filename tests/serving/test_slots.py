"""The slots: requests leave in the order of their ends, whatever was put in, refilled or copied."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from test_laws import law

from sim.serving.slots import Slots

ENDS = st.lists(st.floats(0.0, 100.0) | st.integers(0, 3).map(float), min_size=1, max_size=40)


def filled(ends: list[float], room: int = 64) -> Slots:
    slots = Slots()
    slots.grow(room)
    for one, end_v in enumerate(ends):
        slots.put(end_v, one)
    return slots


def emptied(slots: Slots) -> list[tuple[float, int]]:
    """Ends and numbers, in the order in which they leave."""
    left = []
    while slots.count:
        left.append((slots.first_v(), slots.take()))
    return left


@law(200)
@given(ENDS)
def test_requests_leave_in_the_order_of_their_ends_and_each_once(ends: list[float]) -> None:
    left = emptied(filled(ends))
    assert [end_v for end_v, _ in left] == sorted(ends)
    assert sorted(one for _, one in left) == [*range(len(ends))]
    assert all(ends[one] == end_v for end_v, one in left)


@law(200)
@given(st.lists(st.none() | st.floats(0.0, 100.0), max_size=60))
def test_putting_and_taking_may_alternate(moves: list[float | None]) -> None:
    slots, known = filled([]), list[tuple[float, int]]()
    for one, end_v in enumerate(moves):
        if end_v is not None:
            slots.put(end_v, one)
            known.append((end_v, one))
        elif known:
            first_v = min(known)[0]
            assert slots.first_v() == first_v
            known.remove((first_v, slots.take()))
        assert slots.count == len(known)
    assert sorted(slots.all()) == sorted(known)


def test_a_thousand_leave_in_order() -> None:
    ends = [float(one) for one in np.random.default_rng(1).permutation(1000)]
    assert [end_v for end_v, _ in emptied(filled(ends, 1024))] == sorted(ends)


@law(100)
@given(ENDS, st.data())
def test_a_part_of_them_stays(ends: list[float], data: st.DataObject) -> None:
    slots = filled(ends)
    kept = data.draw(st.lists(st.sampled_from(slots.all()), unique=True))
    slots.refill(kept)
    assert slots.count == len(kept)
    left = emptied(slots)
    assert sorted(left) == sorted(kept)
    assert [end_v for end_v, _ in left] == sorted(end_v for end_v, _ in kept)


@law(100)
@given(ENDS, st.sampled_from([40, 64, 200]))
def test_a_copy_is_equal_and_separate_whatever_its_room(ends: list[float], room: int) -> None:
    slots, copy = filled(ends), filled([5.0], room)
    copy.copy(slots)
    assert emptied(slots) == emptied(copy)
    copy.copy(filled(ends, 100))
    copy.grow(300)
    assert [end_v for end_v, _ in emptied(copy)] == sorted(ends)
