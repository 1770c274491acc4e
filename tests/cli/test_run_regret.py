"""`dcgrid run --regret`: the report of any run, and below it a lower bound on its cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app

CAMPUS = """
name = "two prices"
[supply.grid]
kind = "grid"
import_limit_mw = 10
import_price_usd_per_mwh = {times_s = [0, 43200], values = [20, 100]}
[supply.battery]
kind = "battery"
power_mw = 1
energy_mwh = 4
charge_efficiency_pu = 1.0
discharge_efficiency_pu = 1.0
min_soc_pu = 0.0
initial_soc_pu = 0.0
strategy = {kind = "timetable", power_mw = 0}
[demand.load]
kind = "measured_load"
power_mw = 3
"""


@pytest.fixture
def campus(tmp_path: Path) -> str:
    path = tmp_path / "campus.toml"
    path.write_text(CAMPUS, encoding="utf-8")
    return str(path)


def test_the_bound_stands_below_the_report(campus: str) -> None:
    plain, done = (
        CliRunner().invoke(app, ["run", campus, "--days", "1", *more]) for more in ([], ["--regret"])
    )
    assert done.exit_code == 0
    assert done.output.startswith(plain.output + "\n## Regret\n")
    assert "320 USD (8.0 % of the bound)" in done.output


def test_a_run_of_means_is_refused_before_it_begins(campus: str) -> None:
    done = CliRunner().invoke(app, ["run", campus, "--days", "1", "--regret", "--record", "1h"])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "record_s = 3600 s; allowed: a run that records every change" in done.stderr


def test_what_the_campus_records_counts_unless_an_option_says_more(campus: str) -> None:
    Path(campus).write_text('run = {record = "15min"}\n' + CAMPUS, encoding="utf-8")
    command = ["run", campus, "--days", "1", "--regret"]
    refused, done = (CliRunner().invoke(app, [*command, *more]) for more in ([], ["--record", "change"]))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "record_s = 900 s" in refused.stderr
    assert "## Regret" in done.output
