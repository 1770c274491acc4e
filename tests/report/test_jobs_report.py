"""Training jobs in a report: restarts, lost work, goodput and deadlines, by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import compute, steps

from sim import Result
from sim.campus import ServerPool, TrainingJob
from sim.demand.checkpoints import Checkpoints
from sim.report.document import Item, Items, Table
from sim.runs.run import JOB_COLUMNS, MOMENTS

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=20_000.0, busy_w=100_000.0)
"""100 GPUs of 10 kW, 2 kW of it idle."""
HOURLY = Checkpoints(interval_s=3600.0, cost_s=0.0, restart_s=1800.0)
BLACKOUT = steps((0, 10.0), (2.5, 0.0), (3, 10.0))


def job(**fields: Any) -> TrainingJob:
    """A firm job of 10 h on half of the GPUs, which saves its work every hour."""
    given = {"gpus": 50, "work_gpu_h": 500.0, "flexible_pu": 0.0, "checkpoints": HOURLY}
    return TrainingJob(pool="hall", **{**given, **fields})


def run(**jobs: TrainingJob) -> Result:
    return compute(HALL, jobs, import_limit_mw=BLACKOUT)


def training(result: Result) -> str:
    items = [one for part in result.document().parts if isinstance(part, Items) for one in part.items]
    return next(item.text for item in items if isinstance(item, Item) and item.label == "Training")


def lost(result: Result) -> list[tuple[str, ...]]:
    """The rows of the table of jobs that lost work."""
    tables = [part for part in result.document().parts if isinstance(part, Table)]
    return [row for table in tables if table.heads[0] == "job that lost work" for row in table.rows]


def late(result: Result) -> str | None:
    """What the report says of deadlines."""
    items = [item for part in result.document().parts if isinstance(part, Items) for item in part.items]
    found = [item.text for item in items if isinstance(item, Item) and item.label == "Deadlines"]
    return found[0] if found else None


@pytest.fixture(scope="module")
def crashed() -> Result:
    return run(long=job(deadline_h=11.0), short=job(work_gpu_h=100.0, deadline_h=5.0))


def test_a_crash_is_told_with_what_it_cost(crashed: Result) -> None:
    # at 2.5 h it falls back to 2 h: half an hour of 50 GPUs at 0.5 MW; it starts at 3 h, works from 3.5 h to
    # 11.5 h, of which 10 h are useful: 0.870
    assert training(crashed) == (
        "600 of 600 GPU-h done; jobs: 2 finished; 1 restart; 1 job lost 25 GPU-h and 0.250 MWh of work, "
        "goodput 0.870"
    )
    assert lost(crashed) == [("long", "finished", "1", "25.0", "0.250", "0.870")]
    assert crashed.summary.gpu_h_lost == pytest.approx(25.0)
    assert crashed.summary.lost_work_mwh == pytest.approx(0.25)


def test_the_row_of_a_job_says_the_same(crashed: Result) -> None:
    row = crashed.jobs.set_index("name").loc["long"]
    assert (row["attempts"], row["lost_gpu_h"], row["lost_work_mwh"]) == (
        2,
        pytest.approx(25.0),
        pytest.approx(0.25),
    )
    assert row["goodput_pu"] == pytest.approx(10.0 / 11.5)
    # 2.5 h and 8 h at 0.5 MW, half an hour of start at 0.1 MW
    assert row["energy_mwh"] == pytest.approx(10.5 * 0.5 + 0.5 * 0.1)


@pytest.mark.parametrize("flexible_pu", [0.0, 0.5, 1.0])
def test_lost_work_took_the_power_of_the_job_however_much_of_it_is_flexible(flexible_pu: float) -> None:
    result = run(long=job(flexible_pu=flexible_pu))
    assert result.summary.lost_work_mwh == pytest.approx(0.5 * 0.5)


def test_a_saved_run_tells_the_same_and_has_the_same_table_of_jobs(crashed: Result, tmp_path: Path) -> None:
    read = Result.load(crashed.save(tmp_path / "run"))
    assert read.report() == crashed.report()
    assert read.jobs.equals(crashed.jobs)
    jobs = pd.read_csv(read.save_csv(tmp_path / "tables") / "jobs.csv").set_index("name")
    assert set(JOB_COLUMNS) - {"name", *(f"{moment}_s" for moment in MOMENTS)} <= {*jobs.columns}
    assert jobs.loc["long", ["attempts", "lost_gpu_h", "lost_work_mwh"]].tolist() == [2, 25.0, 0.25]


def test_the_lowest_load_of_a_blackout_is_nothing(crashed: Result) -> None:
    assert ", lowest 0 MW, load factor" in " ".join(crashed.report().split())


def test_nothing_is_told_where_nothing_was_lost_and_nothing_is_due() -> None:
    result = run(early=job(work_gpu_h=100.0))
    assert training(result) == "100 of 100 GPU-h done; jobs: 1 finished"
    assert lost(result) == []
    assert result.summary.gpu_h_lost == result.summary.lost_work_mwh == 0.0


def test_a_deadline_after_the_end_of_the_run_is_neither_met_nor_missed() -> None:
    due = {"work_gpu_h": 2000.0, "checkpoints": None}
    undecided = run(late=job(deadline_h=48.0, **due))
    assert late(undecided) is None
    # 50 GPUs finish 1,000 GPU-h in 20 h, and half an hour later for the blackout
    decided = run(
        late=job(deadline_h=48.0, **due), soon=job(work_gpu_h=1000.0, deadline_h=20.5, checkpoints=None)
    )
    assert late(decided) == "none missed, of 1 job with a deadline in the run"
    passed = run(late=job(deadline_h=24.0, work_gpu_h=1200.0, checkpoints=None))
    assert str(late(passed)).endswith("of 1 job with a deadline in the run, by up to 0 h: late")


def test_jobs_beyond_the_eighth_share_a_row() -> None:
    jobs = {f"job_{number}": job(gpus=10, work_gpu_h=30.0 + number) for number in range(10)}
    result = run(**jobs)
    rows = lost(result)
    assert [row[0] for row in rows] == [f"job_{number}" for number in range(8)] + ["2 others"]
    # each loses half an hour of 10 GPUs at 0.1 MW
    assert rows[-1][2:5] == ("2", "10.0", "0.100")
    assert all(len(line) <= 100 for line in result.report().splitlines())


def test_a_long_name_keeps_its_end_and_many_late_jobs_are_not_named() -> None:
    jobs = {
        f"jobs_of_the_north {number}": job(gpus=20, work_gpu_h=20.0 * 4, deadline_h=4.0)
        for number in range(4)
    }
    long = run(**jobs, **{"jobs_of_the_north_and_south 4711": job(gpus=20)})
    # all deadlines are missed by the half hour of the blackout and that of the start, and by the work lost
    assert str(late(long)).startswith("4 missed (100.0 %) of 4 jobs with a deadline in the run, by up to ")
    assert "north" not in str(late(long))
    assert "jobs_of_the…uth 4711" in [row[0] for row in lost(long)]


def test_the_loads_of_the_model_are_those_of_the_campus_and_its_flows_those_of_the_tiers(
    crashed: Result,
) -> None:
    text = " ".join(crashed.report().split())
    assert re.search(r"timezone UTC; loads long, short ", text)
    # half an hour without 0.5 MW for the job and without 0.1 MW for the 50 GPUs of the other
    assert "by load: hall firm jobs 0.250, hall 0.050" in text
