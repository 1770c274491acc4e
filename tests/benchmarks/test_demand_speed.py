"""A year of a cluster of 100,000 GPUs against bare SimPy: time for each job event, memory, and growth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cluster_year
import pytest

SMALL, USUAL, LARGE = 2_000, 20_000, 200_000


def year(jobs: int) -> dict[str, float]:
    """A year, in a process of its own."""
    script = str(Path(cluster_year.__file__))
    done = subprocess.run([sys.executable, script, str(jobs)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("jobs", [SMALL, USUAL, LARGE])
def test_a_job_event_against_a_timeout(jobs, ratio, benchmark, timeout_s):
    found = benchmark.pedantic(year, (jobs,), rounds=1)
    assert found["jobs"] == pytest.approx(jobs, rel=0.1)  # they arrive at random
    assert 0.5 < found["utilisation"] < 0.8
    event_s = found["cpu_s"] / found["events"]
    what = f"a year of {jobs:,} jobs"
    ratio(f"{what}: a job event, in bare timeouts", event_s / timeout_s, "target: at most 30, and no growth")
    ratio(f"{what}: seconds", found["cpu_s"], "")
    ratio(f"{what}: thousand job events", found["events"] / 1000.0, "")
    ratio(f"{what}: peak memory in MB", found["peak_mb"], "target: at most 1,000 at 20,000 jobs")
