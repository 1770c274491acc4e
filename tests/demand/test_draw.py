"""The draw: a straight line over IT power."""

from __future__ import annotations

from sim.demand.draw import Draw


def test_a_draw_has_a_part_in_proportion_and_a_fixed_one() -> None:
    assert Draw(0.25, 2.0).at(8.0) == 0.25 * 8.0 + 2.0


def test_draws_add_up_and_are_multiplied_part_by_part() -> None:
    assert Draw(0.25, 2.0) + Draw(1.0) == Draw(1.25, 2.0)
    assert Draw(0.25, 2.0).times(4.0) == Draw(1.0, 8.0)
