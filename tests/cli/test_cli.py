"""The command line: what it prints, what it refuses and with which status, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminals import shown_on_terminal
from typer.testing import CliRunner, Result

from sim import Campus, Scenario, __version__, simulate
from sim import Result as RunResult
from sim.bus.stretch import IS_COMPILED
from sim.campus import SolarPlant
from sim.campus.schema import families, sections
from sim.cli import app
from sim.cli.scenario_options import change_said

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from sim.cli import main; main()"]
SCRIPT = '''
from typing import Literal

from sim.campus import Campus, Battery, GridConnection, MeasuredLoad
from sim.cli import run_scenario
from sim.errors import EnergyBalanceError
from sim.site import Source
from sim.timeseries.profile import DailyShape
from sim.units import MW


class Restless(Source):
    """A source that never settles."""

    kind: Literal["restless"] = "restless"

    def start(self, site, name):
        site.process(self._fret(site.terminal(name)))

    def _fret(self, terminal):
        offer = terminal.offer(10.0)
        while True:
            offer.state(0.0 if offer.mw else 1.0)
            yield terminal.changed()


class Crooked(Source):
    """A source whose books do not close."""

    kind: Literal["crooked"] = "crooked"

    def start(self, site, name):
        raise EnergyBalanceError("12 MW come from nowhere")


def small(*, load_mw: MW = 10.0, battery: bool = True, odd: str = "") -> Campus:
    """A load with a daily shape, a battery and a grid connection.

    Args:
        load_mw: Mean power wanted.
        battery: Whether there is a battery.
        odd: Kind of an odd source.
    """
    supply = {"grid": GridConnection(import_limit_mw=8.0)}
    if battery:
        supply["battery"] = Battery(power_mw=5.0, energy_mwh=20.0, discharge_above_usd_per_mwh=100.0)
    if odd:
        supply["odd"] = {"restless": Restless, "crooked": Crooked}[odd]()
    shape = DailyShape(mean=load_mw, hourly=tuple(range(24)))
    return Campus(name="small", supply=supply, demand={"load": MeasuredLoad(power_mw=shape)})


if __name__ == "__main__":
    run_scenario(small)
'''


def call(*words: str, columns: int = 80) -> Result:
    return CliRunner().invoke(app, [*words], env={"COLUMNS": str(columns)})


def shell(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*words], capture_output=True, text=True, check=False, env={**os.environ, **env}, timeout=30
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def campus_file(tmp_path: Path) -> Path:
    path = tmp_path / "campus.toml"
    path.write_text(
        'name = "small"\n[supply.grid]\nkind = "grid"\nimport_limit_mw = 8\n'
        '[supply.store]\nkind = "battery"\npower_mw = 5\nenergy_mwh = 20\n'
        '[demand.load]\nkind = "measured_load"\npower_mw = 6\n'
    )
    return path


def test_run_prints_the_report_and_saves_the_result(campus_file: Path, tmp_path: Path) -> None:
    ran = call("run", str(campus_file), "--days", "2", "--seed", "3", "--out", str(tmp_path / "out"))
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.strip() == (tmp_path / "out" / "report.md").read_text().strip()
    saved = RunResult.load(tmp_path / "out")
    assert (saved.days, saved.seed) == (2.0, 3)
    assert saved.summary.energy_mwh == pytest.approx(6 * 48)  # 6 MW for 2 days
    assert saved.campus == Campus.load(campus_file)


def test_run_without_a_folder_writes_nothing(
    campus_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("run", str(campus_file), "--days", "1").exit_code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["campus.toml"]


def test_the_result_of_another_run_is_replaced_only_with_the_option(
    campus_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["run", str(campus_file), "--out", str(out), "--days"]
    assert call(*words, "1").exit_code == 0
    refused = call(*words, "2")
    assert (refused.exit_code, refused.stdout) == (2, "")  # before the run
    assert "holds the result of another run" in " ".join(refused.stderr.split())
    assert call(*words, "1").exit_code == 0
    assert call(*words, "2", "--replace").exit_code == 0
    assert RunResult.load(out).days == 2.0


def test_of_two_runs_that_end_in_one_folder_one_is_whole_and_the_other_says_why_not(
    campus_file: Path, tmp_path: Path
) -> None:
    words = [*COMMAND, "run", str(campus_file), "--days", "30", "--out", str(tmp_path / "out"), "--seed"]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    runs = [subprocess.Popen([*words, seed], text=True, **piped) for seed in "123"]
    spoken = [run.communicate() for run in runs]
    codes = [run.returncode for run in runs]
    assert sorted(codes) == [0, 2, 2]
    assert RunResult.load(tmp_path / "out").seed == 1 + codes.index(0)
    for code, (_, stderr) in zip(codes, spoken, strict=True):
        assert not code or "holds the result of another run" in " ".join(stderr.split())


def test_set_changes_values_by_their_path(campus_file: Path, tmp_path: Path) -> None:
    changes = ["--set", "supply.grid.import_limit_mw=4", "--set", "demand.load.power_mw = 5.0"]
    changes += ["--set", 'name="renamed"', "--set", "supply.store.max_soc_pu=0.5"]
    changes += ["--set", "supply.store.discharge_above_usd_per_mwh=80"]  # above the grid's price
    out = tmp_path / "out"
    assert call("run", str(campus_file), "--days", "1", *changes, "--out", str(out)).exit_code == 0
    saved = RunResult.load(out)
    assert saved.campus.name == "renamed"
    # 5 MW wanted, 4 MW of grid; the store gives what it has above its minimum of 0.2: 20 MWh x 0.3 x 0.948
    assert saved.summary.unserved_mwh == pytest.approx(24 * 1 - 20 * 0.3 * 0.948)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("supply.solar.mounting=fixed", "supply.solar.mounting", "fixed"),
        ("supply.solar.mounting = fixed ", "supply.solar.mounting", "fixed"),
        ('supply.solar.mounting="fixed"', "supply.solar.mounting", "fixed"),
        ("name=two words", "name", "two words"),
        ("timezone=America/New_York", "timezone", "America/New_York"),
        ("supply.smr.modules=3", "supply.smr.modules", 3),
        ("pue=1.2", "pue", 1.2),
        ("on=true", "on", True),
        ("orders=[1, 2]", "orders", [1, 2]),
        ("windows={value = 1}", "windows", {"value": 1}),
        ("name=a=b", "name", "a=b"),
    ],
)
def test_a_value_that_is_set_is_one_of_toml_or_a_plain_word(text: str, path: str, value: object) -> None:
    assert change_said(text) == (path, value)


def test_a_word_needs_no_quotes_within_quotes(tmp_path: Path) -> None:
    path = tmp_path / "campus.toml"
    Campus(name="sunny", supply={"solar": SolarPlant(capacity_mw=12.0)}).dump(path)
    shown = call("show", str(path), "--set", "supply.solar.mounting=fixed", "--set", "name=bright day")
    assert shown.stdout.startswith("bright day: starts")
    assert "mounting = 'fixed'" in shown.stdout
    refused = call("show", str(path), "--set", "supply.solar.mounting=fixt")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Error: supply.solar: mounting = 'fixt'; ")


@pytest.mark.parametrize(("record", "rows"), [("15min", 96), ("1h", 24), ("3600 s", 24), ("0.5d", 2)])
def test_record_takes_a_duration(script: Path, tmp_path: Path, record: str, rows: int) -> None:
    out = tmp_path / "out"
    assert call("run", str(script), "--days", "1", "--record", record, "--out", str(out)).exit_code == 0
    assert len(RunResult.load(out).flows) == rows


def test_the_parameters_of_a_script_are_options(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--load-mw", "3", "--no-battery", "--days", "7", "--out", str(out)]
    assert call("run", str(script), *words).exit_code == 0
    saved = RunResult.load(out)
    assert list(saved.campus.supply) == ["grid"]
    assert saved.summary.energy_mwh == pytest.approx(3 * 24 * 7)


def test_the_options_of_the_command_may_stand_before_the_file(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--days", "7", "--out", str(out), str(script), "--load-mw", "3"]
    assert call("run", *words).exit_code == 0
    assert RunResult.load(out).summary.energy_mwh == pytest.approx(3 * 24 * 7)


def test_help_shows_the_parameters_with_unit_default_and_help(script: Path) -> None:
    shown = " ".join(call("run", str(script), "--help").stdout.split())
    assert "Mean power wanted [MW]. [default: 10.0]" in shown
    assert "--battery / --no-battery" in shown
    assert "small: A load with a daily shape, a battery and a grid connection." in shown
    assert "--load-mw" not in call("run", "--help").stdout


def test_the_help_of_a_script_speaks_of_no_file_where_none_is_given(script: Path) -> None:
    alone = shell(sys.executable, str(script), "--help").stdout
    assert "Run a campus and print the report.\n" in alone
    assert "FILE" not in alone
    assert "The options of a scenario script follow FILE." in call("run", str(script), "--help").stdout


def test_a_script_runs_for_its_natural_length_unless_told_otherwise(script: Path) -> None:
    script.write_text("DAYS = 2.0\n" + script.read_text())
    assert "- Run: 2 days, " in call("run", str(script)).stdout
    assert "- Run: 3 days, " in call("run", str(script), "--days", "3").stdout
    for command in ("run", "validate", "sweep"):
        assert "[d]. [default: 2.0]" in " ".join(call(command, str(script), "--help").stdout.split())


def test_help_shows_defaults_as_they_would_be_given(script: Path) -> None:
    text = script.read_text().replace("load_mw: MW = 10.0", "third_mw: MW, load_mw: MW = 10.0 / 3.0")
    script.write_text(text)
    shown = " ".join(call("run", str(script), "--help").stdout.split())
    assert "[default: 3.333]" in shown
    assert "[default: battery]" in shown
    assert "--third-mw <float> [MW]. [required]" in shown


def test_a_parameter_without_default_is_missed_by_a_run(script: Path) -> None:
    script.write_text(script.read_text().replace("load_mw: MW = 10.0", "load_mw: MW"))
    refused = call("run", str(script))
    assert (refused.exit_code, refused.stderr) == (2, "Error: small: load_mw is missing [MW]\n")
    assert call("run", str(script), "--load-mw", "1", "--days", "1").exit_code == 0


def test_a_script_run_by_python_is_the_same_command(script: Path, tmp_path: Path) -> None:
    words = ["--load-mw", "3", "--days", "2", "--seed", "5"]
    ran = shell(sys.executable, str(script), *words, "--out", str(tmp_path / "a"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert call("run", str(script), *words, "--out", str(tmp_path / "b")).exit_code == 0
    for name in ("flows.parquet", "events.parquet", "jobs.parquet", "campus.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert "Mean power wanted [MW]" in shell(sys.executable, str(script), "--help").stdout
    refused = shell(sys.executable, str(script), "--load-mw", "nan")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert (
        refused.stderr
        == "Error: small: load_mw = nan MW; allowed: a finite number at least 0 and at most 1e+06 MW\n"
    )


def test_validate_says_what_a_campus_holds(campus_file: Path) -> None:
    checked = call("validate", str(campus_file))
    assert checked.exit_code == 0
    assert checked.stdout.splitlines() == [
        f"{campus_file}: ok",
        "campus      small",
        f"sha256      {Campus.load(campus_file).content_hash()}",
        "servers     nothing",
        "supply      grid, store",
        "demand      load",
    ]


def test_show_lists_a_campus_before_the_run(campus_file: Path) -> None:
    shown = call("show", str(campus_file), "--set", "supply.grid.import_price_usd_per_mwh=75")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "small: starts 2025-01-01T00:00:00+00:00, local time UTC"
    at = lines.index("supply.grid  grid")
    assert lines[at + 1] == "    import_limit_mw = 8 MW; import_price_usd_per_mwh = 75 USD/MWh"
    at = lines.index("supply.store  battery")
    assert lines[at + 1] == "    power_mw = 5 MW; energy_mwh = 20 MWh"


def test_show_prints_the_report_of_a_saved_result(campus_file: Path, tmp_path: Path) -> None:
    ran = call("run", str(campus_file), "--days", "1", "--out", str(tmp_path / "out"))
    assert call("show", str(tmp_path / "out")).stdout == ran.stdout


def test_help_tells_of_each_command_in_a_whole_line() -> None:
    listed = call("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == [
        "run", "validate", "show", "report", "export", "schema", "sweep", "size", "compare", "reproduce",
    ]  # fmt: skip
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_version() -> None:
    how = "compiled" if IS_COMPILED else "plain Python: it was installed without compiled code"
    assert call("--version").stdout == f"dcgrid {__version__} ({how})\n"


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(script: Path, columns: int) -> None:
    flagship = str(ROOT / "scenarios" / "ai_campus.py")
    commands = [
        ["schema", "--fields"],
        ["show", flagship],
        ["validate", flagship],
        ["run", flagship, "--help"],
    ]
    for words in [*commands, ["--help"], ["show", str(script)]]:
        shown = call(*words, columns=columns)
        assert shown.exit_code == 0, shown.output
        paths = [line for line in shown.stdout.splitlines() if str(ROOT) not in line]
        assert max(map(len, paths)) <= columns, words


NO_VALUE = (
    "run: --set = '{}'; allowed: path=value with a number, true, false, a word, quoted text, a list or a "
    "table, such as supply.smr.modules=3 or supply.solar.mounting=fixed"
)
REFUSED = [
    (["run", "no.toml"], "Campus: file = 'no.toml' does not exist"),
    (["run", "."], "Campus: file = '.' is a folder; a file is needed"),
    (["validate", "."], "Campus: file = '.' is a folder; a file is needed"),
    (["run", "no.py"], "Campus: file = 'no.py' does not exist"),
    (
        ["run", "campus.txt"],
        "Campus: file = 'campus.txt' has an unknown extension; allowed: .toml, .yaml, .yml, .json",
    ),
    (
        ["validate", "typo.toml"],
        "supply.store: min_soc_up is unknown; nearest: min_soc_pu, max_soc_pu, initial_soc_pu",
    ),
    (
        ["run", "slip.toml"],
        "supply.store: charge_efficiency_pu = 95 pu; allowed: a finite number at least 0.01 and at most 1 pu",
    ),
    (
        ["run", "campus.toml", "--days", "nan"],
        "simulate: days = nan d; allowed: a finite number above 0 and at most 36525 d",
    ),
    (
        ["run", "campus.toml", "--days", "0"],
        "simulate: days = 0.0 d; allowed: a finite number above 0 and at most 36525 d",
    ),
    (
        ["run", "campus.toml", "--seed", "-1"],
        "simulate: seed = -1; allowed: a whole number at least 0 and at most 9223372036854775807",
    ),
    (
        ["run", "campus.toml", "--record", "3 parsecs"],
        "run: --record = '3 parsecs'; allowed: change, or a duration in s, min, h or d, such as 15min or 1h",
    ),
    (
        ["run", "campus.toml", "--record", "1s"],
        "simulate: record_s = 1.0 s; allowed: a finite number at least 60 and at most 3.1536e+09 s",
    ),
    (
        ["run", "campus.toml", "--set", "supply.gird.import_limit_mw=3"],
        "Campus: supply.gird.import_limit_mw does not exist; nearest: supply.grid, supply.store",
    ),
    (
        ["run", "campus.toml", "--set", "supply.grid.import_limit_mw=three"],
        (
            "supply.grid: import_limit_mw = 'three'; "
            "allowed: a finite number at least 0 and at most 1e+06 MW, "
            "or a table with the key windows, hourly, csv, times_s, dates or years"
        ),
    ),
    (
        ["run", "campus.toml", "--set", "supply.store.power_mw=five"],
        "supply.store: power_mw = 'five'; allowed: a finite number at least 0 and at most 1e+06 MW",
    ),
    (
        ["run", "campus.toml", "--set", "supply.grid.import_price_usd_per_mwh=dear"],
        (
            "supply.grid: import_price_usd_per_mwh = 'dear'; "
            "allowed: a finite number at least -1e+06 and at most 1e+06 USD/MWh, "
            "or a table with the key windows, hourly, csv, times_s, dates or years"
        ),
    ),
    (
        ["run", "campus.toml", "--set", "supply.grid.import_limit_mw"],
        NO_VALUE.format("supply.grid.import_limit_mw"),
    ),
    (["run", "campus.toml", "--set", "name="], NO_VALUE.format("name=")),
    (["run", "campus.toml", "--set", "=3"], NO_VALUE.format("=3")),
    (
        ["run", "campus.toml", "--set", "demand.load.power_mw=[1, 2"],
        NO_VALUE.format("demand.load.power_mw=[1, 2"),
    ),
    (
        ["run", "campus.toml", "--set", "supply.store.power_mw=-5"],
        "supply.store: power_mw = -5 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
    ),
    (
        ["run", "campus.toml", "--out", "other"],
        "result: folder = 'other' holds notes.txt, which is not part of a result",
    ),
    (["run", "campus.toml", "--out", "campus.toml"], "result: folder = 'campus.toml' is a file"),
    (["show", "other"], "result: folder = 'other' is not a saved result: summary.json is missing"),
    (
        ["schema", "batery"],
        (
            "schema: kind = 'batery' is unknown; nearest: battery, weather; known: {sections}; "
            "for a kind of your own, add --import MODULE or, in Python, import its module first"
        ),
    ),
    (["run", "taken.py"], "taken: days has the name of an option of the command; give it another"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_wrong_input_is_one_message_and_status_2(
    words: list[str], message: str, campus_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = campus_file.parent
    text = campus_file.read_text()
    (folder / "typo.toml").write_text(text.replace("power_mw = 5\n", "power_mw = 5\nmin_soc_up = 0.1\n"))
    (folder / "slip.toml").write_text(
        text.replace("power_mw = 5\n", "power_mw = 5\ncharge_efficiency_pu = 95\n")
    )
    (folder / "taken.py").write_text("def taken(days: float = 1.0):\n    'None.'\n")
    (folder / "other").mkdir()
    (folder / "other" / "notes.txt").write_text("mine")
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    refused = call(*words)
    expected = message.replace(
        "{sections}", ", ".join(sorted((*families(), *sections())))
    )  # those of other tests among them
    assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", f"Error: {expected}\n")
    assert [path for path in sorted(folder.rglob("*")) if "__pycache__" not in str(path)] == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "Missing argument 'FILE'"),
        (["run", "campus.toml", "--days", "soon"], "Invalid value for '--days'"),
        (["run", "campus.toml", "--dyas", "1"], "No such option: --dyas"),
        (["run", "campus.toml", "more"], "unexpected extra argument"),
        (["rnu"], "No such command 'rnu'"),
    ],
)
def test_wrong_usage_has_status_2(
    words: list[str], message: str, campus_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(campus_file.parent)
    refused = call(*words)
    assert refused.exit_code == 2
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_gap_in_a_file_that_a_campus_names_is_told_with_its_row(command: str, tmp_path: Path) -> None:
    hours = [f"2025-01-01T{hour:02}:00:00Z,{hour}" for hour in range(24) if hour != 5]
    (tmp_path / "load.csv").write_text("\n".join(["time,mw", *hours]) + "\n")
    path = tmp_path / "campus.toml"
    path.write_text(
        'name = "gap"\n[demand.load]\nkind = "measured_load"\n'
        'power_mw = { csv = "load.csv", column = "mw" }\n'
    )
    refused = call(command, str(path), "--days", "1")
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"Error: demand.load: power_mw cannot be used: {tmp_path / 'load.csv'}: gap before row 7: from "
        "2025-01-01T04:00:00+00:00 to 2025-01-01T06:00:00+00:00, usual spacing 3600 s; "
        "for steps of any length, set steps = true\n"
    )


def test_everything_that_is_wrong_is_told_at_once(campus_file: Path) -> None:
    campus_file.write_text(campus_file.read_text().replace("power_mw = 5\n", "power_mw = -5\nwear = 1\n"))
    refused = call("validate", str(campus_file))
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "Error: supply.store: power_mw = -5 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        "supply.store: wear is unknown; nearest: power_mw",
    ]


@pytest.mark.parametrize(("odd", "message"), [("restless", "odd"), ("crooked", "12 MW come from nowhere")])
def test_a_defect_of_a_participant_has_status_3(script: Path, odd: str, message: str, tmp_path: Path) -> None:
    words = [*COMMAND, "run", str(script), "--days", "1", "--odd", odd, "--out", str(tmp_path / "out")]
    stopped = shell(*words)
    assert (stopped.returncode, stopped.stdout) == (3, "")
    assert message in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert not (tmp_path / "out").exists()
    told = shell(*words, DCGRID_TRACEBACK="1")
    assert told.returncode == 1
    assert "Traceback" in told.stderr


@pytest.mark.parametrize("command", [["run"], ["validate"], ["show"], ["sweep", "--over", "odd=wrong"]])
def test_what_a_scenario_raises_is_one_message_and_status_2(command: list[str], script: Path) -> None:
    first, *rest = command
    given = [] if first == "sweep" else ["--odd", "wrong"]
    words = [*COMMAND, first, str(script), *rest, *given]
    refused = shell(*words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Error: small: raised KeyError: 'wrong'; with odd = 'wrong'\n"
        "Set DCGRID_TRACEBACK=1 for a traceback.\n"
    )
    told = shell(*words, DCGRID_TRACEBACK="1")
    assert told.returncode == 1
    assert f'File "{script}", line' in told.stderr


def test_ctrl_c_in_mid_run_leaves_nothing_behind(script: Path, tmp_path: Path) -> None:
    # It says when the campus is built, so that the signal meets a run.
    script.write_text(SCRIPT.replace("    supply = {", "    print('built', flush=True)\n    supply = {"))
    folder = tmp_path / "results"
    folder.mkdir()
    words = [*COMMAND, "run", str(script), "--days", "36000", "--out", str(folder / "out")]
    run = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one thread only
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "built\n"
    time.sleep(1.5)
    assert run.poll() is None
    run.send_signal(signal.SIGINT)
    _, message = run.communicate(timeout=60)
    assert (run.returncode, message) == (130, "Interrupted; nothing was written.\n")
    assert list(folder.iterdir()) == []


def test_progress_is_shown_on_a_terminal_only(script: Path) -> None:
    words = [*COMMAND, "run", str(script), "--days", "30"]
    assert shell(*words).stderr == ""
    status, shown = shown_on_terminal(words, "stderr", TERM="xterm")
    assert status == 0
    assert "of 30 days" in shown


def test_watching_a_run_changes_nothing(campus_file: Path) -> None:
    campus = Campus.load(campus_file)
    shares: list[float] = []
    watched = simulate(campus, days=3, progress=shares.append)
    assert shares[-1] == 1.0
    assert watched.flows.equals(simulate(campus, days=3).flows)


def test_schema_is_json(campus_file: Path) -> None:
    schema = json.loads(call("schema").stdout)
    assert schema["$defs"]["Campus"]["properties"]["supply"]
    assert campus_file.exists()


def test_schema_of_a_kind_tells_its_fields() -> None:
    lines = call("schema", "battery").stdout.splitlines()
    assert lines[0] == "[battery]"
    at = lines.index("charge_efficiency_pu [pu]")
    assert lines[at + 1] == "    number, default 0.948, allowed: at least 0.01 and at most 1"
    assert "REopt" in " ".join(lines[at + 2 : at + 5])


def test_a_report_is_no_wider_than_the_terminal_and_whole_in_a_file(script: Path) -> None:
    command = [*COMMAND, "run", str(script), "--days", "2"]
    status, shown = shown_on_terminal(command, COLUMNS="60")
    assert status == 0
    assert max(map(len, shown.splitlines())) <= 60
    assert (
        shell(*command, COLUMNS="60").stdout.strip()
        == simulate(Scenario.open(script).build(), days=2).report().strip()
    )


def test_validate_checks_the_files_for_the_days_asked_for(tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text("time,mw\n2025-01-01T00:00Z,1\n2025-01-02T00:00Z,2\n")
    file = tmp_path / "campus.toml"
    file.write_text(
        'name = "c"\n[demand.load]\nkind = "measured_load"\npower_mw = { csv = "load.csv", column = "mw" }\n'
    )
    assert call("validate", str(file), "--days", "2").exit_code == 0
    assert call("validate", str(file), "--days", "3").exit_code == 2
