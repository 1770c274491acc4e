"""The section of a report on servers: the line for their GPUs, and what they did."""

from __future__ import annotations

from typing import Any

from sim import Campus, Result, simulate
from sim.campus import GridConnection, ServerPool, TrainingJob


def run(jobs: int, **pool: Any) -> Result:
    """Jobs that take the hall for 10 h each."""
    campus = Campus(
        name="line",
        servers={"hall": ServerPool(servers=10, **pool)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
        demand={
            f"job_{number}": TrainingJob(pool="hall", gpus=80, work_gpu_h=800.0) for number in range(jobs)
        },
    )
    return simulate(campus, days=2)


def said(result: Result) -> str:
    return " ".join(result.report().split())


def test_it_tells_how_long_jobs_waited() -> None:
    text = said(run(jobs=3))
    # waits of 0, 10 and 20 h; slowdowns of 10/10, 20/10 and 30/10; 30 of 48 h; an end after 30 h
    assert "| hall | 80 | 62.5 % | 3 | 3 | 10.0 | 20.0 | 2.00 | 1.25 |" in text
    assert "- Servers:" not in text


def test_it_tells_of_jobs_that_did_not_wait_where_servers_fail() -> None:
    text = said(run(jobs=1, mttf_h=876_000.0))
    assert "| hall | 80 | 20.8 % | 1 | 1 | 0.0 | 0.0 | 1.00 | 0.417 |" in text  # 10 of 48 h; 10/24 of a day


def test_it_tells_what_servers_did() -> None:
    text = said(run(jobs=0, mttf_h=876_000.0))
    assert "## Servers - Servers: hall 10, of which on average 10.0 idle" in text
    assert "Server hours" not in text  # not once more among other accounts
    assert "makespan" not in text


def test_servers_in_use_have_no_section_without_a_line_or_failures() -> None:
    assert "## Servers" not in run(jobs=1).report()
