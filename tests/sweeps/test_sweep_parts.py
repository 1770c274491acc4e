from __future__ import annotations

import pytest
from small_campus import small_campus

from sim.errors import SpecError
from sim.sweeps import SweepResult, sweep

GRID = {"reactor_modules": [0, 1, 2], "import_mw": [0.5, 1.5]}


@pytest.fixture(scope="module")
def result() -> SweepResult:
    return sweep(small_campus, over=GRID, seeds=3, days=3.0, jobs=1)


def test_a_figure_made_of_others_is_a_figure_like_any_other(result: SweepResult) -> None:
    made = result.assign(short_mwh=lambda points: points["unserved_mwh"] + points["deferred_mwh"])
    points = made.points
    assert points["short_mwh"].tolist() == (points["unserved_mwh"] + points["deferred_mwh"]).tolist()
    assert made.summary("short_mwh")["short_mwh.ci95"].notna().all()  # its interval is its own, of 3 seeds
    assert "Short [MWh]" in made.line("short_mwh", over="reactor_modules").axes[0].get_ylabel()
    assert "short_mwh" not in result.metrics


def test_a_figure_is_not_made_of_runs_that_failed() -> None:
    both = [{"reactor_modules": 1}, {"reactor_modules": -1}, {"reactor_modules": 2}]
    swept = sweep(small_campus, over=both, days=1.0, jobs=1)
    made = swept.assign(twice_mwh=lambda points: 2.0 * points["energy_mwh"])
    assert made.points["twice_mwh"].tolist() == (2.0 * swept.points["energy_mwh"]).tolist()
    assert made.failures["point"].tolist() == [1]


def test_a_made_figure_takes_no_name_that_is_there(result: SweepResult) -> None:
    with pytest.raises(SpecError, match="cost_usd exists already"):
        result.assign(cost_usd=lambda points: points["energy_mwh"])


def test_a_part_of_a_sweep_has_the_axes_that_are_left(result: SweepResult) -> None:
    part = result.at({"import_mw": 1.5})
    assert part.axes == ("reactor_modules",)
    assert part.name == "small_campus, import_mw = 1.5"
    assert part.missing == 0
    whole = result.means
    assert part.means["unserved_mwh"].tolist() == whole["unserved_mwh"][whole["import_mw"] == 1.5].tolist()
    assert part.means["reactor_modules"].tolist() == [0, 1, 2]
    base = part.differences("unserved_mwh", base=1)
    assert base["unserved_mwh"][1] == 0.0  # points are counted anew


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"import_mw": 1.0}, "import_mw = 1.0: no point has these values"),
        ({"import": 1.5}, "import was not varied; nearest: import_mw"),
        ({"import_mw": 1.5, "reactor_modules": 1}, "no axis is left"),
    ],
)
def test_a_part_that_does_not_exist_is_refused(
    result: SweepResult, values: dict[str, float], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        result.at(values)
