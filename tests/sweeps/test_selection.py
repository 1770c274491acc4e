"""The selection of the points of a sweep: conditions, order, and what is said of both."""

from __future__ import annotations

from math import nan

import pandas as pd
import pytest

from sim import SpecError
from sim.sweeps.selection import Selection

MEANS = pd.DataFrame(
    {
        "modules": [1, 2, 3, 4],
        "gas": ["yes", "no", "yes", "no"],
        "firm": [True, False, True, False],
        "unserved_mwh": [30.0, 10.0, 0.0, nan],
        "unserved_mwh.ci95": [1.0, 1.0, 1.0, nan],
    }
)


def left(*where: str, sort: str | None = None, descending: bool = False) -> list[int]:
    found = Selection.of(where, sort, descending=descending).of_points(MEANS)
    return [int(number) for number in found["modules"]]


@pytest.mark.parametrize(
    ("where", "modules"),
    [
        ("unserved_mwh<=10", [2, 3]),
        ("unserved_mwh < 10", [3]),
        ("unserved_mwh>0", [1, 2]),
        ("unserved_mwh>=1e1", [1, 2]),
        ("unserved_mwh==10", [2]),
        ("unserved_mwh=10", [2]),
        ("unserved_mwh!=10", [1, 3]),  # a point without a value meets no condition
        ("modules<=2", [1, 2]),
        ("gas==yes", [1, 3]),
        ("gas != yes", [2, 4]),
        ("firm=true", [1, 3]),
    ],
)
def test_a_condition_keeps_the_points_that_meet_it(where: str, modules: list[int]) -> None:
    assert left(where) == modules


def test_a_point_has_to_meet_all_conditions() -> None:
    assert left("unserved_mwh<=10", "gas=no") == [2]


def test_points_are_sorted_and_those_without_a_value_come_last() -> None:
    assert left(sort="unserved_mwh") == [3, 2, 1, 4]
    assert left(sort="unserved_mwh", descending=True) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("unserved_mwh", "where = 'unserved_mwh'; allowed: NAME, one of <= >= < > == !=, and a value"),
        ("<=10", "where = '<=10'; allowed: NAME"),
        ("unserved_mwh=<10", "where = 'unserved_mwh=<10'; allowed: NAME"),
        ("unserved_mwh<=few", "orders by 'few', which is not a number"),
        ("unserved<=10", "where unserved is neither a metric nor an axis; nearest: unserved_mwh"),
        ("gas<=3", "but gas has words, not numbers"),
    ],
)
def test_a_condition_that_cannot_be_met_is_one_clear_error(where: str, message: str) -> None:
    with pytest.raises(SpecError) as error:
        left(where)
    assert message in str(error.value)


def test_an_order_without_a_name_is_refused() -> None:
    with pytest.raises(SpecError, match="descending needs a metric or an axis to sort by"):
        left(descending=True)


def test_what_was_selected_is_said() -> None:
    selection = Selection.of(["unserved_mwh<=10"], "modules", descending=True)
    assert selection.said(4) == "Of 4 points, those with unserved_mwh<=10; sorted by modules, highest first."
    assert Selection.of().said(4) == ""
