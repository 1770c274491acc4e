"""Fair share between teams."""

from __future__ import annotations

from collections import Counter
from math import inf

import pytest
from queue_run import QueueRun, running, starts, state, waiting

from sim import SpecError
from sim.compute.fair_share import FairShare


def test_the_team_that_has_used_least_goes_first() -> None:
    line = [waiting(1, 2, team="a"), waiting(2, 2, team="a"), waiting(3, 2, team="b")]
    assert starts(FairShare().decide(state((2,), line, teams={"a": 5.0, "b": 4.0}))) == [3]


def test_a_job_that_starts_counts_at_once() -> None:
    line = [waiting(number, 2, team="aaab"[number]) for number in range(4)]
    # 2 GPU-h for each job: a, then b, which has used none, then a again, submitted before any other of b
    assert starts(FairShare().decide(state((6,), line))) == [0, 3, 1]


def test_running_jobs_count_with_what_they_will_still_use() -> None:
    line = [waiting(1, 1, team="a"), waiting(2, 1, team="b")]
    busy = [running(3, 4, team="a", end_s=7200.0)]
    # a will use 4 x 2 h = 8 GPU-h, b has used 7
    assert starts(FairShare().decide(state((1,), line, busy, teams={"a": 0.0, "b": 7.0}))) == [2]
    assert starts(FairShare().decide(state((1,), line, busy, teams={"a": 0.0, "b": 9.0}))) == [1]


def test_a_job_of_unknown_length_counts_as_it_goes() -> None:
    line = [waiting(1, 1, team="a", runtime_s=inf), waiting(2, 1, team="a"), waiting(3, 1, team="b")]
    assert starts(FairShare().decide(state((2,), line))) == [1, 2]


def test_use_is_divided_by_the_weight_of_the_team() -> None:
    line = [waiting(1, 1, team="a"), waiting(2, 1, team="b")]
    rule = FairShare(shares={"a": 3.0})  # b has a weight of 1: 5 / 3 is less than 2 / 1
    assert starts(rule.decide(state((1,), line, teams={"a": 5.0, "b": 2.0}))) == [1]


def test_the_head_of_the_team_whose_turn_it_is_blocks_all_others() -> None:
    line = [waiting(1, 1, team="a"), waiting(2, 3, team="b")]
    assert starts(FairShare().decide(state((2,), line, teams={"a": 1.0}))) == []


def test_teams_that_always_wait_use_gpus_in_proportion_to_their_weights() -> None:
    jobs = [waiting(number, 1, team="ab"[number % 2]) for number in range(200)]
    run = QueueRun(FairShare(shares={"a": 3.0, "b": 1.0}), (4,), jobs)
    early = Counter(jobs[number].team for number, start_s in run.start_s.items() if start_s < 20 * 3600.0)
    assert early == {"a": 60, "b": 20}  # 80 GPU-h in 20 h, 3 to 1


def test_a_weight_of_nothing_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^shares: a = 0.0; allowed: a finite number above 0"):
        FairShare(shares={"a": 0.0})
