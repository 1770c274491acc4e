"""An order to shed: the power goes down as ordered, protected jobs keep theirs, and others lose in turn."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import Result, SpecError, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "shed_order.py"


@pytest.fixture(scope="module")
def order() -> ModuleType:
    return load_script(FILE)


def run(**values: Any) -> Result:
    return simulate(Scenario.open(FILE).build(**values), days=0.5)


def test_the_load_goes_down_in_five_steps_and_up_again(order: ModuleType) -> None:
    flows = order.trial().flows
    load_kw = 1000.0 * flows["grid.import_mw"]
    # 256 x 360 W = 92.16 kW, less 5 % in each step
    assert load_kw.iloc[:6].tolist() == pytest.approx(
        [92.16 * (1 - 0.05 * step) for step in range(6)], rel=1e-6
    )
    assert load_kw.iloc[5:11].tolist() == pytest.approx(load_kw.iloc[5::-1].tolist(), rel=1e-6)
    # steps of 3 min, and the whole reduction for 3 h
    assert (60.0 * flows["dt_h"].iloc[1:6]).tolist() == pytest.approx([3.0, 3.0, 3.0, 3.0, 180.0])


def test_the_protected_job_never_lacks_power(order: ModuleType) -> None:
    (job,) = [row for row in order.trial().books.jobs if row["name"] == "inference_48_a"]
    assert (job["held_h"], job["late_h"], job["unserved_mwh"]) == (0.0, 0.0, 0.0)
    assert job["end_s"] - job["start_s"] == pytest.approx(8 * 3600.0)
    assert job["energy_mwh"] == pytest.approx(48 * 360e-6 * 8, rel=1e-4)


def test_a_job_ends_later_by_the_throughput_it_lost(order: ModuleType) -> None:
    result = order.trial()
    for job, row in zip(order.outcomes(result), result.books.jobs, strict=True):
        late_h = (row["end_s"] - row["start_s"]) / 3600.0 - 8.0
        assert job.late_h == pytest.approx(late_h, abs=1e-6)
        assert job.throughput_pct == pytest.approx(100.0 * (1.0 - late_h / 3.0), abs=1e-4)


def test_jobs_whose_power_is_worth_less_give_up_more(order: ModuleType) -> None:
    lost = {job.flex: 100.0 - job.throughput_pct for job in order.outcomes(order.trial())}
    assert lost["flex 1"] == 0.0
    assert 0.0 < lost["flex 2"] < lost["flex 3"]


def test_what_classes_shed_is_what_the_load_goes_down_by(order: ModuleType) -> None:
    shed = order.shed_kw(order.trial())
    # a minute after the first step, a step of 5 %; after ten minutes four of them
    assert [flex_2 + flex_3 for flex_2, flex_3 in zip(*shed.values(), strict=True)] == pytest.approx(
        [92.16 * 0.05, 92.16 * 0.20, 92.16 * 0.25], rel=1e-6
    )


def test_an_order_without_a_ramp_takes_effect_at_once() -> None:
    flows = run(ramp_min=0.0).flows
    assert (1000.0 * flows["grid.import_mw"].iloc[:3]).tolist() == pytest.approx(
        [92.16, 69.12, 92.16], rel=1e-6
    )


def test_a_larger_order_makes_whole_jobs_pause_and_breaks_what_their_class_allows(order: ModuleType) -> None:
    result = run(reduction_pu=0.5)
    assert order.reduction_pct(result) == pytest.approx(50.0, abs=0.1)
    broken = [job for job in order.outcomes(result) if not job.is_kept]
    assert {job.flex for job in broken} >= {"flex 3"}
    assert "lost more than their class allows" in order.answer(result)


def test_an_order_below_the_power_of_protected_jobs_harms_them() -> None:
    # the protected job draws 48 of 256 shares, and idle GPUs 60 W each: 10 % is less than that
    result = run(reduction_pu=0.9)
    (job,) = [row for row in result.books.jobs if row["name"] == "inference_48_a"]
    assert job["unserved_mwh"] > 0.0
    assert job["late_h"] > 0.0


def test_a_run_that_is_too_short_says_so(order: ModuleType) -> None:
    result = simulate(Scenario.open(FILE).build(), days=0.2)
    assert order.answer(result) == "Some jobs are not finished after 0.2 days. Give more --days."


def test_an_unknown_response_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        SpecError,
        match="training_job: response = 'a4o'; allowed: a preset or a table of fields; nearest: a40",
    ):
        run(response="a4o")
