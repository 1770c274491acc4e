"""The order of priority, with and without preemption."""

from __future__ import annotations

from hypothesis import given
from queue_run import JOBS, RACKS, QueueRun, jobs_of, running, starts, state, waiting

from sim.compute.priority import PriorityOrder

PREEMPTS = PriorityOrder(preempts=True)
HEAD = waiting(9, 4, priority=5)


def test_the_highest_priority_goes_first_and_then_the_first_submitted() -> None:
    line = [waiting(1, 2), waiting(2, 2, priority=1), waiting(3, 2, priority=1), waiting(4, 2, priority=-1)]
    assert starts(PriorityOrder().decide(state((6,), line))) == [2, 3, 1]


def test_nobody_yields_without_preemption() -> None:
    decision = PriorityOrder().decide(state((2,), [HEAD, waiting(10, 1)], [running(1, 6)]))
    assert (decision.starts, decision.yields) == ((), ())


def test_the_lowest_priority_yields_first_and_then_the_last_started() -> None:
    busy = [
        running(1, 2, priority=1),
        running(2, 2, start_s=60.0),
        running(3, 2, start_s=30.0),
        running(4, 2),
    ]
    decision = PREEMPTS.decide(state((0,), [HEAD], busy))
    assert (decision.yields, starts(decision)) == ((2, 3), [9])


def test_a_job_that_would_yield_in_vain_is_spared() -> None:
    busy = [running(1, 1), running(2, 4, priority=1)]
    # with 1 yielding there is 1 GPU, with 2 there are 5; 2 alone is enough
    assert PREEMPTS.decide(state((0,), [HEAD], busy)).yields == (2,)


def test_a_job_in_a_rack_that_does_not_help_is_spared() -> None:
    rule = PriorityOrder(preempts=True, within_rack=True)
    busy = [
        running(1, 3, racks=((0, 3),)),
        running(2, 4, racks=((1, 4),), priority=1),
        running(3, 1, priority=9),
    ]
    # rack 0 holds job 3, which does not yield, so only rack 1 can give 4 GPUs
    decision = rule.decide(state((0, 0), [HEAD], busy))
    assert (decision.yields, decision.starts) == ((2,), ((9, ((1, 4),)),))


def test_protected_jobs_and_those_of_the_same_priority_do_not_yield() -> None:
    busy = [running(1, 4, is_protected=True), running(2, 4, priority=5)]
    decision = PREEMPTS.decide(state((0,), [HEAD], busy))
    assert (decision.starts, decision.yields) == ((), ())


def test_nobody_yields_to_a_job_that_does_not_fit_even_so() -> None:
    assert PREEMPTS.decide(state((0,), [HEAD], [running(1, 3)])).yields == ()


def test_those_that_yield_wait_again_before_others_are_served() -> None:
    line = [HEAD, waiting(10, 1)]
    assert starts(PREEMPTS.decide(state((0,), line, [running(1, 6, priority=1)]))) == [9]  # 2 GPUs are left


@given(JOBS, RACKS)
def test_with_preemption_nobody_of_a_lower_priority_runs_where_the_head_could(
    numbers: list[tuple[int, int, int, int, str]], racks: tuple[int, ...]
) -> None:
    run = QueueRun(PREEMPTS, racks, jobs_of(numbers))
    assert len(run.end_s) == len(numbers)
    for seen, decision in run.decisions:
        left = [job for job in seen.waiting if job.number not in starts(decision)]
        if left and not decision.yields:
            head = max(left, key=lambda job: job.priority)
            higher = [job for job in seen.running if job.priority >= head.priority]
            higher_gpus = sum(job.gpus for job in higher)
            started = sum(job.gpus for job in seen.waiting if job.number in starts(decision))
            assert sum(racks) - higher_gpus - started < head.gpus
