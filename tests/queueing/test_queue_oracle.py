"""The oracle itself, on cases that a pencil can check."""

from __future__ import annotations

import math

import pytest
from queue_oracle import Oracle, Request


def test_the_second_waits_for_the_first() -> None:
    first, second = Oracle(1).run([Request(0.0, 2.0), Request(1.0, 3.0)])
    assert (first.began_s, first.ended_s, second.began_s, second.ended_s) == (0.0, 2.0, 2.0, 5.0)


def test_two_at_half_speed_take_turns() -> None:
    # 1 s alone, then both at half speed until the first has its 2 s, at 3 s; the second has 2 of 3 s left
    oracle = Oracle(2, lambda number: 1.0 / number)
    first, second = oracle.run([Request(0.0, 2.0), Request(1.0, 3.0)])
    assert (first.ended_s, second.ended_s) == (3.0, 5.0)
    assert oracle.number_s == 1.0 + 2.0 * 2.0 + 2.0


def test_a_higher_priority_goes_first() -> None:
    _, low, high = Oracle(1).run([Request(0.0, 3.0), Request(1.0, 1.0), Request(2.0, 1.0, priority=1)])
    assert (high.began_s, low.began_s) == (3.0, 4.0)


def test_the_impatient_leave_and_a_full_queue_refuses() -> None:
    oracle = Oracle(1, queue_limit=1)
    requests = [Request(0.0, 9.0), Request(1.0, 1.0, timeout_s=2.0), Request(2.0, 1.0), Request(4.0, 1.0)]
    oracle.run(requests)
    assert [each.fate for each in requests] == ["served", "time-out", "queue full", "served"]
    assert oracle.queue_s == pytest.approx(2.0 + 5.0)
    assert math.isnan(requests[1].began_s)
