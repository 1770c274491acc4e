"""Bins: the least, mean and highest value of a step function over equal intervals, whatever its rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad
from sim.page.bins import bin_length_s, bins, length_said
from sim.page.curves import curves, values
from sim.units import SECONDS_PER_DAY


def run(steps: list[tuple[float, float]]) -> Result:
    """A minute of a load behind a grid connection; a step is seconds after the one before, and power."""
    times_s = np.cumsum([0.0, *(gap for gap, _ in steps)])
    power = {"times_s": times_s.tolist(), "values": [1.0, *(mw for _, mw in steps)]}
    grid = GridConnection(import_limit_mw=9.0)
    campus = Campus(name="steps", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=power)})
    return simulate(campus, days=60.0 / SECONDS_PER_DAY)


steps = st.lists(st.tuples(st.floats(0.3, 20.0), st.floats(0.0, 8.0)), max_size=12)


@given(steps, st.sampled_from([2.0, 5.0, 7.0, 60.0]))
@example([(2.0, 5.0), (2.0, 0.5)], 2.0)  # rows that begin where a bin ends are not in it
def test_bins_have_the_extremes_and_the_mean_of_the_rows_in_them(
    given_steps: list[tuple[float, float]], length_s: float
) -> None:
    result = run(given_steps)
    wanted = curves(result)
    found = bins(result, wanted, length_s)
    rows = values(result, result.books.flows, wanted)
    edges_s = np.append(result.t_s, result.books.horizon_s)
    for at, (begin_s, end_s) in enumerate(zip(found.edges_s, found.edges_s[1:], strict=False)):
        overlap_s = np.minimum(edges_s[1:], end_s) - np.maximum(edges_s[:-1], begin_s)
        inside = overlap_s > 0.0
        assert found.least[:, at] == pytest.approx(rows[:, inside].min(axis=1))
        assert found.most[:, at] == pytest.approx(rows[:, inside].max(axis=1))
        mean = rows[:, inside] @ overlap_s[inside] / (end_s - begin_s)
        assert found.mean[:, at] == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0.05, "1 s"),
        (1.0, "30 s"),
        (2.0, "1 min"),
        (100.0, "1 h"),
        (1100.0, "6 h"),
        (5000.0, "2 d"),
        (365.0, "2 h"),
        (366.0, "2 h"),
        (367.0, "3 h"),
        (9000.0, "3 d"),
    ],
)
def test_a_bin_is_as_short_as_a_page_can_have(days: float, said: str) -> None:
    # 0.05 d = 4,320 s; 100 d of 30 min are 4,800; 366 d of 2 h are 4,392 bins, 367 d are 4,404
    # 1,100 d of 6 h are 4,400, as many as there may be; 9,000 d of 2 d are 4,500
    assert length_said(bin_length_s(days * SECONDS_PER_DAY)) == said
