"""The cost of each block in each row: from which row on it holds, and what a batch begins with."""

from __future__ import annotations

from sim.books.costs import Costs


def noted() -> Costs:
    """An offer and a bid, whose costs change with row 2."""
    costs = Costs()
    costs.change(0, (10.0, 500.0))
    costs.change(2, (30.0, 400.0))
    return costs


def test_a_cost_holds_from_the_very_row_with_which_it_changes_on() -> None:
    assert noted().take(4).tolist() == [[10.0, 10.0, 30.0, 30.0], [500.0, 500.0, 400.0, 400.0]]


def test_a_batch_begins_with_the_costs_with_which_the_one_before_ended() -> None:
    costs = noted()
    costs.begin()
    assert costs.take(2).tolist() == [[30.0, 30.0], [400.0, 400.0]]
    costs.change(1, (20.0, 400.0))
    assert costs.take(2).tolist() == [[30.0, 20.0], [400.0, 400.0]]


def test_of_two_changes_with_one_row_the_later_holds() -> None:
    costs = noted()
    costs.change(2, (50.0, 300.0))
    assert costs.take(3).tolist() == [[10.0, 10.0, 50.0], [500.0, 500.0, 300.0]]
