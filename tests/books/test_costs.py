"""The cost of each block in each row of a batch."""

from __future__ import annotations

import numpy as np

from sim.books.costs import Costs


def test_a_cost_holds_from_the_very_row_with_which_it_changes_on() -> None:
    costs = Costs(np.array([0, 2]), np.array([[10.0, 30.0], [500.0, 400.0]]))
    assert costs.take(4).tolist() == [[10.0, 10.0, 30.0, 30.0], [500.0, 500.0, 400.0, 400.0]]
