"""Python blocks and commands of the README and of the documentation are run as they stand."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sim import Campus, simulate
from sim.cli import app
from sim.validation.published import cases

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MADE = ROOT / "docs" / "generated"
FILES = [ROOT / "README.md", *sorted(set((ROOT / "docs").rglob("*.md")) - set(MADE.rglob("*.md")))]
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in FILES}
ALL = "\n".join(PAGES.values())


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of the blocks of a page."""
    return re.findall(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL)


BLOCKS = blocks(ALL)
TOML = [code for language, code in BLOCKS if language == "toml"]
PYTHON = {
    f"{page} {at + 1}": code
    for page, text in PAGES.items()
    for at, (language, code) in enumerate(blocks(text))
    if language == "python"
}


def commands(of: list[tuple[str, str]]) -> list[str]:
    """The commands of some blocks, in the order in which a reader would type them."""
    return [
        line.split("#")[0].strip().removeprefix(".venv/bin/")
        for language, code in of
        if language == "sh"
        for line in code.replace("\\\n", " ").splitlines()
        if line.removeprefix(".venv/bin/").startswith("dcgrid")
    ]


TYPED = commands(blocks(README) + blocks(PAGES["docs/howto/sweeps.md"]))
COMMANDS = sorted(set(commands(BLOCKS)))
FILED = "runs/|campus.toml"


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_block_runs(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = compile(PYTHON[name], name, "exec", dont_inherit=True)
    exec(code, {"__name__": "page"})  # noqa: S102 - it is our own page
    assert "Traceback" not in capsys.readouterr().err


def test_the_battery_of_the_first_python_block_moves_at_the_prices_that_the_readme_gives() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    (code,) = [code for name, code in PYTHON.items() if "small site" in code and "README" in name]
    exec(compile(code, "README.md", "exec", dont_inherit=True), names)  # noqa: S102 - it is our own page
    result = names["result"]
    assert (
        result.summary.discharged_mwh["battery"] > 3 * (1.0 - 0.2) * 20.0 * 0.948
    )  # three times what it can give
    assert "charges below 52.85 and discharges above 59.4 USD/MWh (derived)" in " ".join(
        result.report().split()
    )
    assert {"59.40", "52.85"} <= set(re.findall(r"\d+\.\d+", README))


def test_the_campus_in_a_file_gives_the_report_whose_beginning_is_explained(tmp_path: Path) -> None:
    page = PAGES["docs/howto/campus_file.md"]
    (code,) = [code for language, code in blocks(page) if code.startswith("name =")]
    (said,) = [text for language, text in blocks(page) if language == "text"]
    (tmp_path / "small.toml").write_text(code, encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(tmp_path / "small.toml")])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(said)
    (sweep,) = re.findall(r"`dcgrid (sweep small.toml .*?)`", page)
    words = sweep.replace("small.toml", str(tmp_path / "small.toml")).split()
    done = CliRunner().invoke(app, [*words, "--days", "1", "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "means over 20 seeds" in done.stdout


def test_the_commands_of_the_first_page_lead_to_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGES["docs/start.md"]
    (code,) = [code for language, code in blocks(page) if language == "toml"]
    (said,) = [text for language, text in blocks(page) if language == "text"]
    (tmp_path / "site.toml").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = {}
    for command in commands(blocks(page)):
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}: {done.output}"
        shown[command.split()[1]] = done.stdout
    assert set(shown) == {"run", "sweep", "size"}
    assert shown["run"].startswith(said)
    assert "62.2 ± 86.2" in shown["sweep"]
    assert "16.7 ± 18.6" in shown["sweep"]
    assert "holds" in shown["size"] or "meets every limit" in shown["size"]
    assert "| 287.5 |" in shown["size"]


def test_the_profile_that_the_readme_shows_has_rows_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = [text for language, text in BLOCKS if language == "markdown"]
    monkeypatch.chdir(ROOT / "tests")
    (command,) = [command for command in COMMANDS if "--profile" in command]
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exit_code == 0, done.output

    def told(text: str) -> set[tuple[str, ...]]:
        """Owner, place, function and calls of each row, whether compiled or not; seconds differ by run."""
        rows = [line.split("|")[1:5] for line in text.splitlines() if line.startswith("|")]
        return {
            tuple(cell.strip() for cell in row)
            for row in rows
            if "--" not in row[0] and "settlement" not in row[1]
        }

    assert told(said) <= told(done.stdout)


def test_the_parts_of_a_campus_that_the_readme_shows_are_read() -> None:
    (part,) = [code for code in TOML if code.startswith("[supply.") and "[economics]" not in code]
    campus = Campus.model_validate({"name": "part", **tomllib.loads(part)})
    assert [type(source).title() for source in campus.supply.values()] == ["small_modular_reactor"]


def test_the_contracts_that_the_readme_shows_are_billed() -> None:
    (part,) = [code for code in TOML if "[economics]" in code]
    campus = Campus.model_validate(tomllib.loads(part))
    result = simulate(campus, days=60)
    bill = result.bill
    assert set(bill["line"]) >= {"energy charge", "demand charge", "facility charge", "PPA cost"}
    assert "summer peak charge" not in set(bill["line"])  # January and February
    demand = bill[bill["line"] == "demand charge"]
    assert (demand["quantity"] >= 0.85 * 50.0).all()
    assert bill["usd"].sum() == pytest.approx(result.summary.cost_usd)
    assert "With capital" in result.report()


def test_the_jobs_that_the_readme_shows_wait_fail_and_start_again() -> None:
    (part,) = [code for code in TOML if code.startswith("[servers.cluster]")]
    result = simulate(Campus.model_validate({"name": "part", **tomllib.loads(part)}), days=20)
    jobs = result.jobs
    assert jobs["kind"].value_counts()["training_job"] == 1
    assert len(jobs) > 400  # 20 d x 24 h x 1.0, and one
    assert (jobs["attempts"] > 1).any()
    assert result.summary.deferred_mwh > 0.0
    assert "- Servers: cluster 204, of which" in result.report()
    assert "with a deadline in the run" in " ".join(result.report().split())


def test_the_stream_that_the_readme_shows_serves_requests() -> None:
    (part,) = [code for code in TOML if code.startswith("[servers.hall]")]
    result = simulate(Campus.model_validate({"name": "part", **tomllib.loads(part)}), days=0.1)
    assert (result.requests["served"] > 0.0).all()
    assert "\n## Inference\n" in result.report()


def test_the_readme_shows_commands_and_blocks() -> None:
    assert len(PYTHON) >= 2
    assert {"dcgrid run", "dcgrid show", "dcgrid export", "dcgrid validate", "dcgrid schema"} <= {
        " ".join(command.split()[:2]) for command in COMMANDS
    }


def test_the_pages_list_every_scenario_notebook_and_case() -> None:
    scenarios, notebooks = (ROOT / "scenarios").glob("*.[pt]*"), (ROOT / "notebooks").glob("*.ipynb")
    for path in [*scenarios, *notebooks]:
        assert path.name in ALL, path
    scenario_rows = [line for line in ALL.splitlines() if "`dcgrid run scenarios/" in line and "|" in line]
    listed = set(re.findall(r"\b([AB])(\d+)(?:-[AB]?(\d+))?", " ".join(scenario_rows)))
    named = {f"{kind}{n}" for kind, a, b in listed for n in range(int(a), int(b or a) + 1)}
    assert set(cases()) <= named


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_and_page_that_a_page_leads_to_is_there(page: str) -> None:
    for place in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGES[page]):
        assert ((ROOT / page).parent / place).is_file(), place


@pytest.mark.parametrize("command", [c for c in COMMANDS if not re.search(f"{FILED}|sweeps/|site.toml", c)])
def test_a_command_of_the_readme_works(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests" if "lagoon" in command else ROOT)  # where that kind of one's own stands
    words = shlex.split(command)[1:]
    if words[0] == "run" and "--days" not in words and "--help" not in words:
        words += ["--days", "2"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output


def test_commands_of_the_readme_that_leave_files_work_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.chdir(tmp_path)
    filed = [command for command in TYPED if re.search(FILED, command)]
    assert [command.split()[1] for command in filed] == [
        "run",
        "show",
        "report",
        "report",
        "show",
        "export",
        "validate",
        "run",
        "compare",
    ]
    for command in filed:
        words = shlex.split(command)[1:]
        done = CliRunner().invoke(app, [*words, "--days", "2"] if words[0] == "run" else words)
        assert done.exit_code == 0, f"{command}: {done.output}"
