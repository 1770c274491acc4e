"""The job table: published logs and files of one's own, read strictly."""

from __future__ import annotations

import json
import os
from datetime import datetime
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.workload.jobs import Job, JobTable

HOUR = 3600.0
CALENDAR = Calendar(datetime.fromisoformat("2023-03-01T00:00:00+08:00"), "Asia/Shanghai")
PLAIN = {"submit": "t", "gpus": "g", "duration": "d"}
LENGTHS = "s; allowed: above 0 and at most 157,680,000 s"
SPANS = "s after the first job; allowed: at most 3,153,600,000 s"
MS = "it looks like a number of ms"
ALIBABA = "alibaba_gpu2023/openb_pod_list_default.csv.gz"


def jobs(table: JobTable, *, horizon_s: float = inf, seed: int = 0) -> list[Job]:
    return table.jobs(np.random.default_rng(seed), CALENDAR, horizon_s)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "jobs.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def refusal(folder: Path, *lines: str, **columns: Any) -> str:
    """The message for a file, without the beginning that all share."""
    path = written(folder, *lines)
    with pytest.raises(SpecError) as caught:
        jobs(JobTable(file=path, columns={**PLAIN, **columns}))
    return str(caught.value).removeprefix("JobTable: file cannot be used: ").replace(str(path), "jobs.csv")


# Published logs


@pytest.fixture
def alibaba() -> JobTable:
    path = Path(os.environ.get("DCGRID_DATA", "")) / ALIBABA
    if not path.is_file():
        pytest.skip(f"set DCGRID_DATA to a folder with {ALIBABA}, from alibaba/clusterdata")
    return JobTable(file=path, trace="alibaba_2023")


def test_the_alibaba_trace_has_its_gang_jobs_and_gpu_hours(alibaba: JobTable) -> None:
    found = jobs(alibaba)
    assert len(found) == 6203
    assert round(sum(job.work_gpu_h for job in found), 2) == 59_612.21
    assert max(job.gpus for job in found) == 8
    # openb-pod-0000 is created at 0 s and runs from 0 to 12,537,496 s on one GPU
    assert found[0] == Job("openb-pod-0000", 0.0, 1, 12_537_496 / HOUR, 12_537_496.0)


def test_alibaba_tasks_without_gpus_or_a_run_are_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time",
        "late,4000,15258,8,1000,,BE,Succeeded,900,4600,1000",  # 8 GPUs for 3,600 s: 8 GPU-h
        "cpu,4000,15258,0,0,,LS,Running,500,600,500",
        "never,4000,15258,1,1000,,BE,Pending,510,600,",
        "gone,4000,15258,1,1000,,BE,Failed,520,530,540",
        "early,4000,15258,2,1000,,LS,Running,400,2200,400",  # 2 GPUs for 1,800 s: 1 GPU-h
    )
    assert jobs(JobTable(file=path, trace="alibaba_2023")) == [
        Job("early", 0.0, 2, 1.0, 1800.0),
        Job("late", 500.0, 8, 8.0, 3600.0),
    ]


def test_helios_jobs_have_the_virtual_cluster_as_their_team(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue",
        "1,uA,vcX,4,16,1,FAILED,2020-06-09 18:41:27,2020-06-09 18:42:27,2020-06-09 18:57:27,900,60",
        "2,uB,vcY,1,1,1,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:41:01,2020-06-09 20:41:01,7200,0",
        "3,uB,vcY,1,1,1,RUNNING,2020-06-09 18:50:00,2020-06-09 18:50:00,None,None,0",
    )
    # 1 GPU for 2 h; 4 GPUs for a quarter of an hour, 26 s later
    assert jobs(JobTable(file=path, trace="helios")) == [
        Job("2", 0.0, 1, 2.0, 7200.0, "vcY"),
        Job("1", 26.0, 4, 1.0, 900.0, "vcX"),
    ]
    failed = jobs(JobTable(file=path, trace="helios", statuses=["FAILED"]))
    assert failed == [Job("1", 0.0, 4, 1.0, 900.0, "vcX")]


def test_acme_jobs_run_from_start_to_end_without_the_time_in_the_queue(tmp_path: Path) -> None:
    may = "2023-05-17"
    path = written(
        tmp_path,
        "job_id,user,gpu_num,type,state,submit_time,start_time,end_time,duration,queue,gpu_time",
        # 64 GPUs for half an hour, submitted half an hour before; `duration` counts from the submission
        f"a,u1,64,Other,FAILED,{may} 11:00:00+00:00,{may} 11:30:00+00:00,{may} 12:00:00+00:00,3600,1800,1.0",
        f"b,u2,8,Eval,COMPLETED,{may} 19:10:00+08:00,{may} 19:10:00+08:00,{may} 20:10:00+08:00,3600,0,1.0",
    )
    assert jobs(JobTable(file=path, trace="acme")) == [
        Job("a", 0.0, 64, 32.0, 1800.0, "u1"),
        Job("b", 600.0, 8, 8.0, 3600.0, "u2"),
    ]


def philly(folder: Path, *runs: tuple[str, list[tuple[str | None, str | None, int]]]) -> Path:
    """A Philly log: the time of submission of each job, and start, end and GPUs of its attempts."""
    log = [
        {
            "status": "Pass",
            "vc": "ee9e8c",
            "jobid": f"application_{number}",
            "attempts": [
                {
                    "start_time": start,
                    "end_time": end,
                    "detail": [{"ip": "m47", "gpus": [f"gpu{gpu}" for gpu in range(gpus)]}],
                }
                for start, end, gpus in attempts
            ],
            "submitted_time": submitted,
            "user": "ce2f4c",
        }
        for number, (submitted, attempts) in enumerate(runs)
    ]
    path = folder / "cluster_job_log"
    path.write_text(json.dumps(log), encoding="utf-8")
    return path


def test_a_philly_job_has_the_gpu_hours_of_all_its_attempts(tmp_path: Path) -> None:
    path = philly(
        tmp_path,
        # 8 GPUs for 1 h, then 4 GPUs for 1 h: 12 GPU-h; the pause between them is not work
        (
            "2017-10-07 01:00:00",
            [
                ("2017-10-07 01:00:00", "2017-10-07 02:00:00", 8),
                ("2017-10-07 09:00:00", "2017-10-07 10:00:00", 4),
            ],
        ),
        ("2017-10-07 01:00:10", []),
        ("2017-10-07 01:00:20", [("2017-10-07 01:00:20", None, 2)]),
        ("2017-10-07 01:00:30", [("2017-10-07 01:00:30", "2017-10-07 01:30:30", 2)]),
    )
    assert jobs(JobTable(file=path, trace="philly")) == [
        Job("application_0", 0.0, 8, 12.0, 5400.0, "ee9e8c"),
        Job("application_3", 30.0, 2, 1.0, 1800.0, "ee9e8c"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2", "cluster_job_log is not JSON: Expecting ',' delimiter: line 1 column 6 (char 5)"),
        ("{}", "cluster_job_log is not a list of jobs"),
        (
            '[{"jobid": "a"}]',
            "cluster_job_log: job 1 is not a job of the Philly log (KeyError: \"'submitted_time'\")",
        ),
    ],
)
def test_what_is_not_a_philly_log_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cluster_job_log"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        jobs(JobTable(file=path, trace="philly"))
    assert str(caught.value).endswith(message)


# Files of one's own


def test_every_column_is_read_in_its_unit(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "who,when,how many,took,how,group,rank",
        "b,2,16,30,done,two,-1",  # submitted an hour after the first, 16 GPUs for 30 min: 8 GPU-h
        "a,1,8,60,done,one,7",
    )
    columns = {
        "name": "who",
        "submit": "when",
        "gpus": "how many",
        "duration": "took",
        "team": "group",
        "priority": "rank",
        "time_unit": "h",
        "duration_unit": "min",
    }
    table = JobTable(file=path, columns=columns, deadline_ratio=2.0)
    assert jobs(table) == [
        Job("a", 0.0, 8, 8.0, 3600.0, "one", 7, 2 * HOUR),
        Job("b", HOUR, 16, 8.0, 1800.0, "two", -1, HOUR + 2 * 0.5 * HOUR),
    ]


def test_jobs_without_names_are_called_by_their_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "t,g,d", "5,1,3600", "3,1,3600", "3,2,3600")
    found = jobs(JobTable(file=path, columns=PLAIN))
    assert [(job.name, job.submit_s) for job in found] == [("3", 0.0), ("4", 0.0), ("2", 2.0)]


def test_by_the_clock_times_count_from_the_start_of_the_run(tmp_path: Path) -> None:
    path = written(tmp_path, "t,g,d", "-1,1,3600", "5,1,3600", "99,1,3600", "100,1,3600")
    table = JobTable(file=path, columns=PLAIN, origin="clock")
    assert [job.submit_s for job in jobs(table, horizon_s=100.0)] == [5.0, 99.0]


def test_by_the_clock_dates_are_those_of_the_run(tmp_path: Path) -> None:
    # the run begins at midnight in Shanghai, which is 16:00 UTC on the day before
    path = written(tmp_path, "t,g,d", "2023-02-28T17:00:00,1,60", "2023-02-28T15:00:00,1,60")
    columns = {**PLAIN, "time_unit": "date", "timezone": "UTC"}
    found = jobs(JobTable(file=path, columns=columns, origin="clock"))
    assert [job.submit_s for job in found] == [HOUR]


def test_a_wrong_unit_of_time_is_refused_with_all_of_them() -> None:
    assert told(lambda: JobTable(file="jobs.csv", columns={**PLAIN, "time_unit": ""})) == (
        "columns: time_unit = ''; allowed: 'ms' or 's' or 'min' or 'h' or 'date'"
    )


def test_a_run_outside_the_log_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "t,g,d", "500,1,60", "700,1,60")
    with pytest.raises(
        SpecError, match=r"submitted from 500 to 700 s; the run is from 0 to 100 s; or set origin"
    ):
        jobs(JobTable(file=path, columns=PLAIN, origin="clock"), horizon_s=100.0)


def test_take_keeps_the_first_jobs_in_the_order_of_submission(tmp_path: Path) -> None:
    path = written(tmp_path, "t,g,d", "9,64,60", "1,1,60", "5,2,60", "7,4,60")
    table = JobTable(file=path, columns=PLAIN, take=2, least_gpus=2)
    assert [job.gpus for job in jobs(table)] == [2, 4]


def test_a_share_of_the_jobs_is_drawn_by_the_seed(tmp_path: Path) -> None:
    path = written(tmp_path, "t,g,d", *(f"{number},1,60" for number in range(4000)))
    table = JobTable(file=path, columns=PLAIN, share_pu=0.25)
    found = jobs(table)
    # 4 standard errors: 4 x (4,000 x 0.25 x 0.75)^0.5 = 110
    assert len(found) == pytest.approx(1000, abs=110)
    assert jobs(table) == found != jobs(table, seed=1)
    every = jobs(JobTable(file=path, columns=PLAIN))
    assert all(job == every[int(job.submit_s)] for job in found)


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 9), st.integers(1, 10**6)), min_size=1, max_size=30
    ),
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.sampled_from([{"share_pu": 0.5}, {"take": 5}, {}]),
)
def test_a_longer_run_begins_with_the_jobs_of_a_shorter_one(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, int]],
    lengths_s: tuple[int, int],
    kept: dict[str, Any],
) -> None:
    path = written(tmp_path_factory.mktemp("log"), "t,g,d", *(f"{t},{g},{d}" for t, g, d in rows))
    table = JobTable(file=path, columns=PLAIN, **kept)
    short, long = (jobs(table, horizon_s=length_s) for length_s in sorted(lengths_s))
    assert long[: len(short)] == short
    assert all(first.submit_s <= second.submit_s for first, second in pairwise(long))
    if not kept:
        work = sum(g * d / HOUR for _, g, d in rows)
        assert sum(job.work_gpu_h for job in jobs(table)) == pytest.approx(work, rel=1e-12)


def test_the_hash_of_a_table_is_that_of_the_bytes_of_its_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    tables = [JobTable(file=written(folder, "t,g,d", "1,1,60"), columns=PLAIN) for folder in (first, second)]
    assert tables[0].content_hash() == tables[1].content_hash()
    written(second, "t,g,d", "1,1,61")
    assert tables[0].content_hash() != tables[1].content_hash()


def test_a_relative_path_is_that_from_the_file_of_the_model(tmp_path: Path) -> None:
    class Model(Spec):
        jobs: JobTable

    path = written(tmp_path, "t,g,d", "1,1,60")
    model = tmp_path / "model.toml"
    model.write_text('jobs = {file = "jobs.csv", columns = {submit = "t", gpus = "g", duration = "d"}}\n')
    assert Model.load(model).jobs.file == path


# Refusals


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (
            ["1,1,-5"],
            {},
            f"d: row 2 = '-5' is a duration of -5 {LENGTHS}; or set skip_incomplete = true",
        ),
        (["1,1,60", "2,1,nan"], {}, "d: row 3 = 'nan' is not a finite number"),
        (["1,1,"], {}, "d: row 2 is empty"),
        (["1,1,soon"], {}, "d: row 2 = 'soon' is not a finite number"),
        (
            ["1,1.5,60"],
            {},
            "g: row 2 = '1.5' GPUs; allowed: a whole number from 0 to 100,000,000 GPUs",
        ),
        (["1,0,60", "2,0,60"], {}, "t: no row is a job to keep (rows: 2)"),
        ([], {}, "t: no row is a job to keep (rows: 0)"),
        (["1,1,0"], {"skip_incomplete": True}, "t: no row is a job to keep (rows: 1)"),
        (
            ["1,1,604800000"],  # a week in milliseconds
            {},
            f"d: row 2 = '604800000' is a duration of 604,800,000 {LENGTHS}; {MS}: set duration_unit = 'ms'",
        ),
        (
            ["0,1,60", "12902960000,1,60"],  # 149 days in milliseconds
            {},
            f"t: row 3 = '12902960000' is 12,902,960,000 {SPANS}; {MS}: set time_unit = 'ms'",
        ),
        (
            ["2020-06-09 18:41:01,1,60"],
            {},
            "t: row 2 = '2020-06-09 18:41:01' looks like a date: set time_unit = 'date'",
        ),
        (
            ["1591728061,1,60"],
            {"time_unit": "date"},
            "t: row 2 = '1591728061' is not a date; it looks like a number of s: set time_unit = 's'",
        ),
        (
            ["1591728061000,1,60"],
            {"time_unit": "date"},
            f"t: row 2 = '1591728061000' is not a date; {MS}: set time_unit = 'ms'",
        ),
        (
            ["2020-06-09 18:41:01,1,60"],
            {"time_unit": "date"},
            "t: row 2 = '2020-06-09 18:41:01' has no UTC offset; set timezone",
        ),
        (
            ["2020-11-01 01:30:00,1,60"],
            {"time_unit": "date", "timezone": "America/New_York"},
            "t: row 2 = '2020-11-01 01:30:00' is ambiguous in America/New_York; add a UTC offset",
        ),
        (
            ["1,1,60"],
            {"team": "G"},
            "team column 'G' does not exist; known: d, g, t",
        ),
        (["1,1"], {}, "row 2 has 2 cells; the first row has 3"),
        (
            ["1,1,60", "2,1,60", "1,1,60"],
            {"name": "t"},
            "t: row 4 = '1' repeats row 2; allowed: a name for each job",
        ),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(
    tmp_path: Path, rows: list[str], columns: dict[str, Any], message: str
) -> None:
    assert refusal(tmp_path, "t,g,d", *rows, **columns) == "jobs.csv: " + message


def test_a_status_that_no_job_has_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, "t,g,d,s", "1,1,60,COMPLETED", "2,1,60,FAILED")
    table = JobTable(file=path, columns={**PLAIN, "status": "s"}, statuses=["COMPLETE"])
    with pytest.raises(SpecError, match=r"s: no row is 'COMPLETE'; nearest: COMPLETED"):
        jobs(table)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.csv does not exist"):
        jobs(JobTable(file=tmp_path / "none.csv", columns=PLAIN))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "JobTable: columns is missing; allowed: trace or columns"),
        (
            {"trace": "acme", "columns": PLAIN},
            "JobTable: columns is given beside trace; allowed: trace or columns",
        ),
        (
            {"columns": {"submit": "t", "gpus": "g", "start": "s"}},
            "columns: duration is given by start; allowed: the column duration, or the columns start and end",
        ),
        ({"columns": {**PLAIN, "gpu": "g"}}, "columns: gpu is unknown; nearest: gpus"),
        (
            {"columns": {**PLAIN, "time_unit": "date", "timezone": "Berlin"}},
            "timezone = 'Berlin'; allowed: an IANA name; nearest: Europe/Berlin",
        ),
        (
            {"columns": {**PLAIN, "timezone": "UTC"}},
            "timezone = 'UTC'; allowed: none, as time_unit is not 'date'",
        ),
        (
            {"columns": PLAIN, "statuses": ["FAILED"]},
            "JobTable: statuses = ('FAILED',); allowed: none, as columns has no status",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        JobTable(file="jobs.csv", **values)
    assert message in str(caught.value)
