"""The scheduler: options that all kinds share, and the refusal of what cannot be carried out."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from queue_run import JOBS, RACKS, QueueRun, jobs_of, running, starts, state, waiting

from sim import SpecError
from sim.compute.easy_backfill import EasyBackfill
from sim.compute.fair_share import FairShare
from sim.compute.first_come import FirstCome
from sim.compute.priority import PriorityOrder
from sim.compute.scheduler import Decision, Scheduler, Start, check
from sim.compute.worth import WorthOrder
from sim.timeseries.forecast import Forecast, NoisyForecast, PerfectForecast, PersistenceForecast
from sim.timeseries.series import StepSeries

H = 3600.0
KINDS = [WorthOrder, FirstCome, PriorityOrder, EasyBackfill, FairShare]
any_kind = pytest.mark.parametrize("kind", KINDS)


@any_kind
def test_a_scheduler_is_built_from_plain_data_by_its_kind(kind: type[Scheduler]) -> None:
    rule = kind(within_rack=True, starts_by="price", forecast={"kind": "perfect"})
    assert Scheduler.build(rule.to_dict()) == rule


@any_kind
@given(numbers=JOBS, racks=RACKS)
def test_every_job_ends_and_a_gang_that_fits_in_a_rack_runs_in_one(
    kind: type[Scheduler], numbers: list[tuple[int, int, int, int, str]], racks: tuple[int, ...]
) -> None:
    jobs = jobs_of(numbers)
    run = QueueRun(kind(within_rack=True), racks, jobs)  # which checks that no start takes more than is free
    assert len(run.end_s) == len(jobs)
    for _, decision in run.decisions:
        for number, placed in decision.starts:
            assert len(placed) == 1 or jobs[number].gpus > max(racks)


@any_kind
@given(numbers=JOBS, budget_mw=st.integers(8, 12))
def test_a_power_budget_is_never_exceeded(
    kind: type[Scheduler], numbers: list[tuple[int, int, int, int, str]], budget_mw: int
) -> None:
    jobs = jobs_of(numbers)  # of up to 8 GPUs and as many megawatts
    run = QueueRun(kind(power_budget_mw=float(budget_mw)), (20,), jobs)
    assert len(run.end_s) == len(jobs)
    for seen, decision in run.decisions:
        held_mw = sum(job.power_mw for job in seen.running)
        assert held_mw + sum(jobs[number].power_mw for number in starts(decision)) <= budget_mw


def test_a_job_that_alone_exceeds_the_power_budget_is_refused() -> None:
    rule = FirstCome(power_budget_mw=3.0)
    rule.require("job 0", 3.0)
    with pytest.raises(SpecError) as refused:
        rule.require("job 7", 3.5)
    assert str(refused.value) == (
        "job 7: power_mw = 3.5 MW; allowed: at most power_budget_mw = 3 MW of the scheduler first_come"
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"starts_by": "price"}, 'first_come: forecast = None; allowed: needed with starts_by = "price"'),
    ],
)
def test_a_scheduler_says_what_it_forecasts_and_how(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        FirstCome(**values)
    assert str(refused.value) == message


CHEAP_AT_5 = StepSeries(np.array([0.0, 5 * H, 7 * H]), np.array([60.0, 20.0, 60.0]))
"""20 USD/MWh from 5:00 to 7:00, else 60."""


def priced(kind: type[Scheduler] = FirstCome, **values: Any) -> tuple[Scheduler, Forecast]:
    rule = kind(starts_by="price", forecast=PerfectForecast(), **values)
    return rule, Forecast(PerfectForecast(), CHEAP_AT_5)


def test_a_job_with_a_deadline_waits_for_its_cheapest_window() -> None:
    rule, forecast = priced()
    jobs = [
        waiting(0, 4, runtime_s=2 * H, deadline_s=10 * H),
        waiting(1, 4, latest_start_s=4 * H),
        waiting(2, 4),
    ]
    decision = rule.decide(state((8,), jobs, forecast=forecast))
    # the cheap hours of 0 begin at 5:00; 1 has to start before them, when all hours cost the same
    assert (starts(decision), decision.again_s) == ([1, 2], 5 * H)
    run = QueueRun(rule, (8,), jobs, forecast)
    assert run.start_s == {0: 5 * H, 1: 0.0, 2: 0.0}


def test_it_is_asked_again_at_the_first_window_or_at_the_next_issue_of_the_forecast() -> None:
    rule, forecast = priced()
    line = [waiting(0, runtime_s=3 * H, deadline_s=10 * H), waiting(1, runtime_s=2 * H, deadline_s=10 * H)]
    # 3 hours hold both cheap ones from 4:00 on, and 2 hours from 5:00 on
    assert rule.decide(state((8,), line, forecast=forecast)).again_s == 4 * H
    issued = Forecast(NoisyForecast(error_pu=0.0, issued_every_h=2.0), CHEAP_AT_5)
    assert rule.decide(state((8,), line[1:], forecast=issued, now_s=1.5 * H)).again_s == 2 * H
    assert rule.decide(state((8,), line[1:], forecast=issued, now_s=4.0 * H)).again_s == 5 * H


def test_a_scheduler_that_needs_a_forecast_does_not_do_without() -> None:
    rule, _ = priced()
    with pytest.raises(ValueError, match=r"^first_come: state.forecast = None; allowed: a forecast of price"):
        rule.decide(state((8,), [waiting()]))


def test_a_job_whose_window_has_not_come_does_not_block_those_behind() -> None:
    rule, forecast = priced(EasyBackfill)
    line = [waiting(0, 8, deadline_s=10 * H), waiting(1, 8), waiting(2, 1)]
    assert starts(rule.decide(state((8,), line, forecast=forecast))) == [1]


def test_a_job_that_cannot_meet_its_deadline_starts_as_soon_as_it_can() -> None:
    rule, forecast = priced()
    jobs = [waiting(0, 4, runtime_s=4 * H, deadline_s=3 * H), waiting(1, 4, runtime_s=inf, deadline_s=9 * H)]
    assert starts(rule.decide(state((8,), jobs, forecast=forecast))) == [0, 1]


@any_kind
@pytest.mark.parametrize(
    "model",
    [PersistenceForecast(), NoisyForecast(error_pu=0.5), NoisyForecast(error_pu=0.5, issued_every_h=0.7)],
)
def test_with_free_gpus_no_job_starts_after_its_latest_start(kind: type[Scheduler], model: Any) -> None:
    rng = np.random.default_rng(3)
    prices = StepSeries(np.arange(100.0) * H, rng.uniform(10.0, 90.0, 100))
    jobs = [
        waiting(number, submit_s=number * H, runtime_s=3 * H, latest_start_s=(number + number % 9) * H)
        for number in range(60)
    ]
    run = QueueRun(kind(starts_by="price", forecast=model), (60,), jobs, Forecast(model, prices, seed=1))
    assert all(job.submit_s <= run.start_s[job.number] <= job.latest_start_s for job in jobs)
    assert any(run.start_s[job.number] > job.submit_s for job in jobs)


RUNS = [running(1, 4, racks=((0, 2), (1, 2))), running(2, 2, racks=((1, 2),), is_protected=True)]
SEEN = state((1, 0), [waiting(3, 2), waiting(4, 1)], RUNS)


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (
            Decision((Start(3, ((0, 2),)),)),
            "first_come.job 3: gpus = 2 GPUs; allowed: at most 1 GPUs, which are free in rack 0",
        ),
        (
            Decision((Start(4, ((7, 1),)),)),
            "first_come.job 4: gpus = 1 GPUs; allowed: at most 0 GPUs, which are free in rack 7",
        ),
        (
            Decision((Start(4, ((0, 1),)), Start(4, ((0, 1),)))),
            "first_come.job 4: starts has it 2 times; allowed: once",
        ),
        (
            Decision((Start(1, ((0, 1),)),)),
            "first_come.job number 1: starts is not waiting; allowed: jobs that are waiting",
        ),
        (Decision((Start(3, ((0, 1),)),)), "first_come.job 3: racks = ((0, 1),); allowed: 2 GPUs in all"),
        (
            Decision((Start(4, ((0, 2), (0, -1))),)),
            "first_come.job 4: racks = ((0, 2), (0, -1)); allowed: 1 GPUs in all",
        ),
        (
            Decision(yields=(3,)),
            "first_come.job number 3: yields is not running; allowed: jobs that are running",
        ),
        (Decision(yields=(1, 1)), "first_come.job 1: yields has it 2 times; allowed: once"),
        (Decision(yields=(2,)), "first_come.job 2: yields is protected; allowed: jobs that are not"),
        (Decision(again_s=0.0), "first_come: again_s = 0 s; allowed: above now_s = 0 s"),
    ],
)
def test_a_decision_that_cannot_be_carried_out_is_refused(decision: Decision, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        check(decision, SEEN, FirstCome())
    assert str(refused.value) == message


def test_gpus_of_those_that_yield_can_be_given_at_once() -> None:
    check(Decision((Start(3, ((0, 2),)), Start(4, ((1, 1),))), yields=(1,)), SEEN, FirstCome())
    with pytest.raises(SpecError, match="at most 0 GPUs, which are free in rack 1"):
        check(Decision((Start(3, ((1, 2),)), Start(4, ((1, 1),))), yields=(1,)), SEEN, FirstCome())
