"""The journal: every change, or exact means."""

from __future__ import annotations

import numpy as np

from sim.books.journal import Journal


def test_rows_that_change_nothing_are_left_out_across_stretches_too() -> None:
    journal = Journal(None, 100.0, 2)
    journal.add(np.array([0.0, 10.0, 20.0]), np.array([[1.0, 1.0], [0.0, 0.0]]))
    journal.add(np.array([20.0, 30.0, 40.0, 100.0]), np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 5.0]]))
    t_s, flows = journal.take()
    assert t_s.tolist() == [0.0, 30.0, 40.0]
    assert flows.tolist() == [[1.0, 2.0, 2.0], [0.0, 0.0, 5.0]]


def test_means_are_kept_instead_where_an_interval_is_wanted() -> None:
    journal = Journal(50.0, 100.0, 1)
    journal.add(np.array([0.0, 25.0, 100.0]), np.array([[4.0, 8.0]]))
    t_s, flows = journal.take()
    assert t_s.tolist() == [0.0, 50.0]
    assert flows.tolist() == [[6.0, 8.0]]  # (4 x 25 + 8 x 25) / 50
