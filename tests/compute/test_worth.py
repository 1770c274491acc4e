"""The order of worth: what power is worth to jobs decides who goes first and who yields."""

from __future__ import annotations

from math import inf

from hypothesis import given
from queue_run import JOBS, RACKS, QueueRun, jobs_of, running, starts, state, waiting

from sim.compute.worth import WorthOrder

RULE = WorthOrder()
HEAD = waiting(9, 4, worth_usd_per_mwh=80.0)


def held(number: int, gpus: int, worth_usd_per_mwh: float, **values: bool) -> object:
    return running(number, gpus, worth_usd_per_mwh=worth_usd_per_mwh, is_held_back=True, **values)


def test_the_highest_worth_goes_first_and_then_the_first_submitted() -> None:
    line = [
        waiting(number, 2, worth_usd_per_mwh=worth) for number, worth in enumerate((30.0, 50.0, inf, 50.0))
    ]
    assert starts(RULE.decide(state((6,), line))) == [2, 1, 3]


def test_the_head_blocks_those_behind() -> None:
    line = [HEAD, waiting(10, 1, worth_usd_per_mwh=10.0)]
    assert RULE.decide(state((3,), line)).starts == ()


def test_held_back_jobs_of_lower_worth_yield_the_least_worth_and_the_last_submitted_first() -> None:
    busy = [held(1, 2, 30.0), held(2, 2, 20.0), held(3, 2, 20.0), held(4, 2, 20.0)]
    decision = RULE.decide(state((0,), [HEAD], busy))
    assert (decision.yields, starts(decision)) == ((4, 3), [9])


def test_they_yield_only_if_the_head_s_power_is_to_be_had() -> None:
    busy = [held(1, 4, 30.0)]
    assert RULE.decide(state((0,), [HEAD], busy, price_usd_per_mwh=80.0)).yields == (1,)
    assert RULE.decide(state((0,), [HEAD], busy, price_usd_per_mwh=80.1)).yields == ()


def test_they_do_not_yield_if_too_few_gpus_come_free() -> None:
    busy = [
        held(1, 3, 30.0),
        running(2, 4, worth_usd_per_mwh=30.0),
        held(3, 4, 80.0),
        held(4, 4, 9.0, is_protected=True),
    ]
    # 2 has its power, 3 is worth as much as the head, and 4 is protected
    assert RULE.decide(state((0,), [HEAD], busy)).yields == ()


def test_those_that_yield_wait_again_before_others_are_served() -> None:
    line = [HEAD, waiting(10, 1, worth_usd_per_mwh=10.0)]
    assert starts(RULE.decide(state((0,), line, [held(1, 6, 30.0)]))) == [9]


@given(JOBS, RACKS)
def test_no_job_starts_while_one_of_higher_worth_waits(
    numbers: list[tuple[int, int, int, int, str]], racks: tuple[int, ...]
) -> None:
    for seen, decision in QueueRun(RULE, racks, jobs_of(numbers)).decisions:
        begun = [job.worth_usd_per_mwh for job in seen.waiting if job.number in starts(decision)]
        left = [job.worth_usd_per_mwh for job in seen.waiting if job.number not in starts(decision)]
        assert min(begun, default=inf) >= max(left, default=0.0)
