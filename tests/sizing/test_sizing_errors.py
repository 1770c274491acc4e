"""Bad input of `size` is one clear error before anything runs."""

from __future__ import annotations

from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from sized import sunny_morning
from small_campus import small_campus

from sim.campus import Campus
from sim.errors import SpecError
from sim.sizing import size
from sim.sweeps import sweep

RANGE = "allowed: two numbers, the lower one first, or a range"
FORM = 'allowed: "NAME <= NUMBER" or "NAME >= NUMBER", such as "unserved_mwh <= 0"'
SUM = 'allowed: a metric or a sum, such as "cost_usd + fixed_cost_usd" or "cost_usd + 85 * carbon_t"'
NEAR = "supply.grid.import_limit_mw, supply.grid.export_limit_mw, supply.grid.import_price_usd_per_mwh"
UNSERVED = "unserved_h, unserved_mwh, unserved_by_load_mwh"
SEEDS = "allowed: a whole number at least 1, or a list of whole numbers"


def refused(out: Path, **changes: Any) -> str:
    """The message with which a search is refused; nothing is written."""
    given: dict[str, Any] = {"variables": {"import_mw": (0.0, 2.0)}, "minimise": "cost_usd", "days": 1}
    given = {"model": small_campus, "jobs": 1, "out": out, **given, **changes}
    model, variables = given.pop("model"), given.pop("variables")
    with pytest.raises(SpecError) as caught:
        size(model, variables, **given)
    assert not out.exists()
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variables": {}}, "size: variables has no ranges"),
        ({"variables": 3}, "size: variables = 3; allowed: a range by name"),
        ({"variables": {"import_mw": (2, 1)}}, f"size: variables import_mw = (2, 1); {RANGE}"),
        ({"variables": {"import_mw": (1, 1)}}, f"size: variables import_mw = (1, 1); {RANGE}"),
        ({"variables": {"import_mw": (0.0, nan)}}, f"size: variables import_mw = (0.0, nan); {RANGE}"),
        ({"variables": {"import_mw": (0.0, inf)}}, f"size: variables import_mw = (0.0, inf); {RANGE}"),
        ({"variables": {"import_mw": 2.0}}, f"size: variables import_mw = 2.0; {RANGE}"),
        (
            {"variables": {"import_mw": (-1.5e308, 1.5e308)}},
            "size: variables import_mw = (-1.5e+308, 1.5e+308) is too wide to be searched",
        ),
        (
            {"variables": {"reactor_modules": range(2, 3)}},
            "size: variables reactor_modules has the one value 2; hold it with fixed instead",
        ),
        (
            {"variables": {"cost_usd": (0, 1)}},
            "size: variables cost_usd is the name of a metric or a column of the result; rename it",
        ),
        ({"variables": {"import_mv": (0, 1)}}, "small_campus: import_mv is unknown; nearest: import_mw"),
        (
            {"variables": {"supply.grid.import_limit_mv": (0, 1)}},
            f"Campus: supply.grid.import_limit_mv does not exist; nearest: {NEAR}",
        ),
        (
            {"variables": {"import_mw": (0, 1)}, "fixed": {"supply.grid.import_limit_mw": 2.0}},
            "size: variables import_mw changes nothing: both ends give the same campus",
        ),
        ({"model": 3}, "size: model = 3; allowed: a campus, a scenario or its function"),
        ({"minimise": "cost"}, "size: minimise cost does not exist; nearest: cost_usd, jobs, carbon_t"),
        (
            {"minimise": "cost_usd + carbon"},
            "size: minimise carbon does not exist; nearest: carbon_t, carbon_market_t, carbon_marginal_t",
        ),
        ({"minimise": "2 ** cost_usd"}, f"size: minimise = '2 ** cost_usd'; {SUM}"),
        ({"minimise": ""}, f"size: minimise = ''; {SUM}"),
        ({"minimise": "cost_usd +"}, f"size: minimise = 'cost_usd +'; {SUM}"),
        ({"minimise": {"usd": 3}}, f"size: minimise usd = 3; {SUM}, or a function of a run"),
        ({"minimise": []}, "size: minimise = []; allowed: one goal, or two that differ"),
        (
            {"minimise": ["cost_usd", "cost_usd"]},
            "size: minimise = ['cost_usd', 'cost_usd']; allowed: one goal, or two that differ",
        ),
        (
            {"minimise": {"import_mw": "cost_usd"}},
            "size: minimise import_mw is the name of a variable or a column; rename the goal",
        ),
        (
            {"subject_to": "unserved_mwh <= 0"},
            "size: subject_to = 'unserved_mwh <= 0'; allowed: a list of limits",
        ),
        ({"subject_to": ["unserved_mwh < 0"]}, f"size: subject_to = 'unserved_mwh < 0'; {FORM}"),
        ({"subject_to": ["unserved_mwh == 0"]}, f"size: subject_to = 'unserved_mwh == 0'; {FORM}"),
        ({"subject_to": ["0 >= "]}, f"size: subject_to = '0 >= '; {FORM}"),
        ({"subject_to": ["cost_usd <= nan"]}, f"size: subject_to = 'cost_usd <= nan'; {FORM}"),
        ({"subject_to": ["cost_usd <= inf"]}, f"size: subject_to = 'cost_usd <= inf'; {FORM}"),
        ({"subject_to": ["cost_usd <= 5 <= 6"]}, f"size: subject_to = 'cost_usd <= 5 <= 6'; {FORM}"),
        ({"subject_to": [5]}, f"size: subject_to = 5; {FORM}"),
        (
            {"subject_to": ["unserved <= 0"]},
            f"size: subject_to unserved does not exist; nearest: {UNSERVED}",
        ),
        (
            {"subject_to": ["carbon_t <= 5", "carbon_t <= 6"]},
            "size: subject_to limits carbon_t twice with <=",
        ),
        (
            {"most_runs": 7},
            "size: most_runs = 7; allowed: at least 8, one generation of 8 points with 1 seed each",
        ),
        (
            {"most_runs": 20, "seeds": 3},
            "size: most_runs = 20; allowed: at least 24, one generation of 8 points with 3 seeds each",
        ),
        (
            {"most_runs": 8.0},
            "size: most_runs = 8.0; allowed: at least 8, one generation of 8 points with 1 seed each",
        ),
        ({"seeds": 0}, f"size: seeds = 0; {SEEDS}"),
        ({"check_seeds": 0}, f"size: check_seeds = 0; {SEEDS}, each once"),
        ({"check_seeds": [4, 0]}, "size: check_seeds = [4, 0]; 0 is a seed of the search already"),
        ({"seed": -1}, "size: seed = -1; allowed: a whole number at least 0"),
        ({"days": 0}, "simulate: days = 0 d; allowed: a finite number above 0 and at most 36525 d"),
        ({"jobs": 0}, "size: jobs = 0; allowed: a whole number at least 1"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_bad_input_is_refused_word_for_word(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    assert refused(tmp_path / "out", **changes) == message


def test_a_name_after_a_dot_is_checked_when_the_first_generation_has_run() -> None:
    ranges = {"import_mw": (0.0, 2.0)}
    with pytest.raises(SpecError) as caught:
        size(small_campus, ranges, minimise="supplied_mwh.gird", days=1, jobs=1)
    assert str(caught.value) == (
        "size: minimise supplied_mwh.gird does not exist or is zero in all runs of the first generation; "
        "nearest: supplied_mwh.grid, supplied_mwh.smr, curtailed_mwh"
    )


def test_a_metric_without_a_value_is_refused() -> None:
    ranges = {"sun_mw": (0.0, 2.0)}
    with pytest.raises(SpecError) as caught:
        size(sunny_morning, ranges, minimise="job_wait_mean_h", days=1, jobs=1)
    assert (
        str(caught.value) == "size: minimise job_wait_mean_h has no value in any run of the first generation"
    )
    limits = ["pue <= 1.2"]
    with pytest.raises(SpecError) as caught:
        size(sunny_morning, ranges, minimise="capacity_mw.sun", subject_to=limits, days=1, jobs=1)
    assert str(caught.value) == "size: subject_to pue has no value in any run of the first generation"


def test_a_model_that_fails_at_every_point_is_refused_with_the_reason() -> None:
    def broken(*, sun_mw: float = 1.0) -> Campus:
        raise ValueError(f"no campus of {sun_mw:.0f} MW")

    with pytest.raises(SpecError, match="no campus of "):
        size(broken, {"sun_mw": (0.0, 1.0)}, minimise="cost_usd", days=1, jobs=1)


def test_a_goal_that_fails_says_so() -> None:
    with pytest.raises(SpecError, match=r"^size: minimise usd fails: KeyError: 'nothing'$"):
        size(
            sunny_morning,
            {"sun_mw": (0.0, 1.0)},
            minimise={"usd": lambda row: row["nothing"]},
            days=1,
            jobs=1,
        )
    with pytest.raises(SpecError, match=r"^size: minimise usd gives 'dear'; allowed: a number$"):
        size(sunny_morning, {"sun_mw": (0.0, 1.0)}, minimise={"usd": lambda _: "dear"}, days=1, jobs=1)  # type: ignore[dict-item, return-value]


def test_the_folder_of_a_sweep_is_not_taken_for_that_of_a_search(tmp_path: Path) -> None:
    sweep(small_campus, over={"import_mw": [1.0, 2.0]}, days=1, jobs=1, out=tmp_path / "swept")
    size(small_campus, {"import_mw": (0.0, 2.0)}, minimise="cost_usd", days=1, jobs=1, out=tmp_path / "sized")
    with pytest.raises(
        SpecError, match=r"^size: out = .*swept' holds a sweep of given points; allowed: a new folder$"
    ):
        size(
            small_campus,
            {"import_mw": (0.0, 2.0)},
            minimise="cost_usd",
            days=1,
            jobs=1,
            out=tmp_path / "swept",
        )
    with pytest.raises(
        SpecError, match=r"^sweep: out = .*sized' holds a search of sizes; allowed: a new folder$"
    ):
        sweep(small_campus, over={"import_mw": [1.0, 2.0]}, days=1, jobs=1, out=tmp_path / "sized")
    with pytest.raises(SpecError, match=r"its length in days differs: 1\.0 there, 2\.0 here"):
        size(
            small_campus,
            {"import_mw": (0.0, 2.0)},
            minimise="cost_usd",
            days=2,
            jobs=1,
            out=tmp_path / "sized",
        )
