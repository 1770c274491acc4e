"""One look at a batch finds what numpy finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.books import scan

POWERS = st.sampled_from([0.0, 1.0, 2.0, 2.0 * (1.0 + 5e-10), 2.0 * (1.0 - 5e-10), 7.5])


def both(of: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What compiled code and numpy find."""
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for is_compiled in (scan.IS_COMPILED, False):
            patch.setattr(scan, "IS_COMPILED", is_compiled)
            found.append(of(*arguments))
    return found


@given(st.lists(st.tuples(POWERS, POWERS), min_size=1, max_size=30), st.data())
def test_extremes_are_those_of_numpy(rows: list[tuple[float, float]], data: st.DataObject) -> None:
    power = np.array(rows).T.copy()
    edges = sorted(data.draw(st.sets(st.integers(0, len(rows)), min_size=2)) | {0, len(rows)})
    spans = np.array([edges[:-1], edges[1:]])
    compiled, plain = both(scan.extremes, power, spans, 1.0 - 1e-9)
    for found, wanted in zip(compiled, plain, strict=True):
        assert found.tolist() == wanted.tolist()


def test_the_first_of_powers_that_are_equal_but_for_rounding_is_found() -> None:
    power = np.array([[1.0, 2.0, 2.0 * (1.0 + 5e-10), 0.5]])
    highest, at, lowest = scan.extremes(power, np.array([[0], [4]]), 1.0 - 1e-9)
    assert (highest[0, 0], at[0, 0], lowest[0, 0]) == (2.0 * (1.0 + 5e-10), 1, 0.5)


@given(
    st.lists(
        st.lists(st.sampled_from([-1e-12, 0.0, 1.0, 1.1, 2.0]), min_size=4, max_size=4),
        min_size=1,
        max_size=9,
    )
)
def test_the_first_row_beyond_a_size_is_that_of_numpy(rows: list[list[float]]) -> None:
    numbers = np.array(rows).T.copy()
    compiled, plain = both(scan.beyond, np.abs(numbers[:2]), numbers[2:], 1.0 + 1e-9)
    assert compiled == plain


def test_a_block_beyond_its_size_is_found() -> None:
    stated, used = np.array([[1.0, 1.0, 1.0], [5.0, 5.0, 5.0]]), np.array([[1.0, 1.0, 1.1], [5.0, 5.1, 0.0]])
    assert scan.beyond(stated, used, 1.0 + 1e-9) == 1
    assert scan.beyond(stated, np.minimum(stated, used), 1.0 + 1e-9) == -1
    assert scan.beyond(stated, -1e-9 * used, 1.0 + 1e-9) == 0


def test_spans_begin_with_the_row_that_holds_their_start() -> None:
    edges_s, months_s = np.array([0.0, 10.0, 25.0, 40.0]), np.array([0.0, 20.0, 40.0])
    assert scan.spans_of(edges_s, months_s).tolist() == [[0, 1], [2, 3]]
