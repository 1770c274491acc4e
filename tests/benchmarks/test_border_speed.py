"""What a user waits for at the border: imports, help and files."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from math import inf

import numpy as np
import pandas as pd

from sim.timeseries.calendar import Calendar
from sim.workload.jobs import JobTable

MINUTES = 525_600
ROWS = 200_000


def import_s(code: str) -> float:
    """Wall time of a statement in a fresh interpreter, beyond starting it; the best of seven."""

    def once(statement: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True, capture_output=True)
        return time.perf_counter() - began

    return min(once(code) for _ in range(7)) - min(once("pass") for _ in range(7))


def test_importing_sim_against_its_kernel_libraries(ratio, benchmark):
    libraries_s = import_s("import simpy, numpy, pydantic")
    ratio(
        "import sim, over import simpy, numpy, pydantic",
        import_s("import sim") / libraries_s,
        "target: at most 1.5",
    )
    benchmark.pedantic(import_s, ("import sim",), rounds=1)


def test_the_help_of_the_command(ratio, benchmark):
    command = "import sys; sys.argv = ['dcgrid', '--help']; from sim.cli import main; main()"
    help_s = import_s(f"import contextlib\nwith contextlib.suppress(SystemExit):\n    {command}")
    ratio(
        "dcgrid --help, over import typer",
        help_s / import_s("import typer"),
        "target: at most 4.3 (0.3 s / 0.07 s)",
    )
    benchmark.pedantic(import_s, ("import typer",), rounds=1)


def test_saving_a_year_of_minutes(ratio, benchmark, tmp_path):
    index = pd.date_range("2025-01-01", periods=MINUTES, freq="min", tz="UTC")
    frame = pd.DataFrame(np.random.default_rng(0).random((MINUTES, 20)), index=index)
    frame.columns = [f"c{number}" for number in range(20)]
    path = tmp_path / "year.parquet"
    benchmark.pedantic(frame.to_parquet, (path,), {"use_dictionary": False}, rounds=3)
    began = time.perf_counter()
    frame.to_parquet(path)
    ratio(
        "Parquet as we write it, over pandas' defaults",
        benchmark.stats.stats.min / (time.perf_counter() - began),
        "",
    )
    ratio("seconds to save 525,600 rows of 20 columns", benchmark.stats.stats.min, "target: under 1")


def test_reading_the_jobs_of_a_log(ratio, benchmark, tmp_path):
    minutes = pd.date_range("2020-06-01", periods=ROWS, freq="min")
    number = np.arange(ROWS)
    path = tmp_path / "jobs.csv"
    pd.DataFrame({"name": number, "t": minutes, "g": 1 + number % 8, "d": 1 + number}).to_csv(
        path, index=False
    )
    columns = {
        "name": "name",
        "submit": "t",
        "gpus": "g",
        "duration": "d",
        "time_unit": "date",
        "timezone": "UTC",
    }
    table = JobTable(file=path, columns=columns)
    calendar = Calendar(datetime(2020, 6, 1, tzinfo=UTC), "UTC")
    benchmark.pedantic(table.jobs, (np.random.default_rng(0), calendar, inf), rounds=3)
    ratio("seconds to read 200,000 jobs with dates", benchmark.stats.stats.min, "target: about 1")
