"""The reproduction: cases found, run, shown within 100 columns, written out, and misses told by status."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from terminals import shown_on_terminal
from typer.testing import CliRunner

from sim.cli import app
from sim.errors import SpecError
from sim.validation import reproduce
from sim.validation.published import cases

SCENARIOS = Path(__file__).parents[2] / "scenarios"
GOOD = "CASES = {'A9': lambda: {'saving': 20.0}}\n"
WRONG = "CASES = {'A9': lambda: {'saving': 15.0}}\n"
ABSENT = (
    "from sim.validation.published import ReferenceMissingError\n"
    "def gone():\n    raise ReferenceMissingError('vessim is not installed')\n"
    "CASES = {'A9': gone}\n"
)
GONE = ABSENT.replace(
    "'vessim is not installed'", "'vessim is not installed, ' + 'of which there is much to say, ' * 4"
)
GONE = GONE.replace("A9", "B15")
WRONG_A6 = "CASES = {'A6': lambda: dict.fromkeys(('energy', 'mean', 'question', 'peak'), 1.0)}\n"
DRAWN = GOOD + (
    "def report():\n    return '# Two sites\\n\\nCheaper in the west.\\n'\n"
    "def picture():\n    from matplotlib.figure import Figure\n    return Figure()\n"
)


def folder(tmp_path: Path, **scripts: str) -> Path:
    for name, text in scripts.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def command(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["reproduce", *arguments])
    return result.exit_code, result.output


def test_every_published_case_has_a_script_and_every_script_a_report_and_a_picture() -> None:
    found = reproduce.find(SCENARIOS)
    assert set(found) == set(cases())
    for script in found.values():
        assert callable(script.report)
        assert callable(script.picture)


def test_cases_are_in_the_order_of_their_numbers() -> None:
    order = list(reproduce.find(SCENARIOS))
    assert order.index("A2") < order.index("A10") < order.index("B12")


def test_a_reproduced_case_ends_with_status_0(tmp_path: Path) -> None:
    status, output = command("--scenarios", str(folder(tmp_path, east=GOOD)))
    assert status == 0
    assert "1 reference value reproduced, 0 missed" in output


def test_a_missed_case_ends_with_status_1_and_is_still_shown_and_written(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    status, output = command("--scenarios", str(folder(tmp_path, east=WRONG)), "--json", str(file))
    assert status == 1
    assert "MISSED" in output
    (row,) = json.loads(file.read_text())
    assert row == {
        "case": "A9",
        "metric": "saving on the energy bill, west against east",
        "published": 20.0,
        "simulated": 15.0,
        "unit": "%",
        "tolerance": 0.1,
        "verdict": "MISSED",
    }


def test_what_is_only_rounding_is_no_difference_unless_it_is_missed(tmp_path: Path) -> None:
    b18 = {name: found.value for name, found in cases()["B18"].references.items()}
    near, far = ({name: (value or 0.0) + away for name, value in b18.items()} for away in (5e-14, 5e-9))
    scripts = (f"CASES = {{'B18': lambda: {values!r}}}\n" for values in (near, far))
    for script, verdict in zip(scripts, ("reproduced", "MISSED"), strict=True):
        _, output = command("--scenarios", str(folder(tmp_path, day=script)))
        line = next(line for line in output.splitlines() if "B18" in line)
        assert verdict in line
        assert "e-14" not in output
        assert (" 0 " in line) == (verdict == "reproduced")


def test_a_case_without_its_reference_is_skipped_with_a_word(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    status, output = command("--scenarios", str(folder(tmp_path, east=ABSENT)), "--json", str(file))
    assert status == 0
    assert "skipped: vessim is not installed" in output
    assert "1 case skipped" in output
    assert json.loads(file.read_text())[0]["verdict"] == "skipped"


def test_no_line_is_wider_than_100_columns() -> None:
    names = ["A1", "A2", "A3", "A4", "A5", "A7", "A9", "A16", "B18"]
    status, output = command("--scenarios", str(SCENARIOS), *names)
    assert status == 0
    assert max(map(len, output.splitlines())) <= 100
    assert all(output.count(f"\n{name} ") for name in names)


def shown_on(columns: int, tmp_path: Path) -> list[str]:
    """What the command prints on a terminal of so many columns."""
    scripts = folder(tmp_path, east=GOOD, west=GONE, south=WRONG_A6)
    words = [
        sys.executable,
        "-c",
        "from sim.cli import main; main()",
        "reproduce",
        "--scenarios",
        str(scripts),
    ]
    status, shown = shown_on_terminal(words, COLUMNS=str(columns))
    assert status == 1
    return shown.splitlines()


@pytest.mark.parametrize("columns", [60, 80, 99, 120])
def test_the_table_is_refitted_to_the_terminal_without_losing_a_word(columns: int, tmp_path: Path) -> None:
    shown = shown_on(columns, tmp_path)
    assert max(map(len, shown)) <= columns
    _, plain = command("--scenarios", str(tmp_path))
    timeless = [re.sub(r" +\d\.\d$", "", line) for line in [*shown, *plain.splitlines()]]
    words = [re.sub("^-+$", "", line).split() for line in timeless]
    assert sorted(word for line in words[: len(shown)] for word in line) == sorted(
        word for line in words[len(shown) :] for word in line
    )


def test_on_a_narrow_terminal_the_numbers_stand_below_their_metric(tmp_path: Path) -> None:
    shown = shown_on(80, tmp_path)
    assert shown[:3] == [
        "case metric",
        "     published simulated  differs   within verdict           s",
        "-" * 62,  # 5 of the case, 9 + 9 + 8 + 8 + 13 + 5 and 5 gaps
    ]
    at = shown.index("A9   saving on the energy bill, west against east [%]")
    assert shown[at + 1].split()[:5] == ["20.00", "20.00", "0", "0.1", "reproduced"]


def test_cases_are_chosen_by_name_whatever_their_letters(tmp_path: Path) -> None:
    found = reproduce.find(folder(tmp_path, east=GOOD))
    assert list(reproduce.choose(found, ["a9"])) == ["A9"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["A99"], "'A99' does not exist; nearest: A9"),
        (["--scenarios", "nowhere"], "'nowhere' is not a folder"),
    ],
)
def test_what_cannot_be_run_is_one_message_and_status_2(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path, east=GOOD)
    monkeypatch.chdir(tmp_path)
    status, output = command("--scenarios", ".", *arguments)
    assert status == 2
    assert message in output


def test_the_scenarios_of_the_working_folder_are_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, output = command()
    assert status == 2
    assert "scenarios = 'scenarios' is not a folder" in output


def test_a_case_that_two_scripts_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"west\.py.* runs A9, which east\.py runs too"):
        reproduce.find(folder(tmp_path, east=GOOD, west=GOOD))


def test_a_case_that_is_not_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="runs C1, which is not a published case"):
        reproduce.find(folder(tmp_path, east="CASES = {'C1': dict}\n"))


def test_a_folder_without_a_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="contains no published case"):
        reproduce.find(folder(tmp_path, east="x = 1\n"))


def test_the_page_has_the_table_the_reports_and_the_pictures(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "page"
    status, _ = command("--scenarios", str(folder(tmp_path, east=DRAWN)), "--out", str(out))
    assert status == 0
    page = (out / reproduce.PAGE).read_text()
    assert "1 reference value reproduced" in page
    heads, _, row = (line.split("|") for line in page.splitlines() if line.startswith("|"))
    assert [cell.strip() for cell in heads[1:5]] == ["case", "metric", "unit", "verdict"]
    saving = "saving on the energy bill, west against east"
    assert [cell.strip() for cell in row[1:7]] == ["A9", saving, "%", "reproduced", "20.00", "20.00"]
    assert "\n## Two sites\n" in page
    assert "![east](east.png)" in page
    assert (out / "east.png").stat().st_size > 0


def test_a_script_that_needs_more_for_its_report_than_for_its_case_leaves_a_sentence(tmp_path: Path) -> None:
    two = ABSENT + "CASES = {'A9': lambda: {'saving': 20.0}, 'B15': gone}\ndef report():\n    gone()\n"
    out = tmp_path / "page"
    status, output = command("--scenarios", str(folder(tmp_path, east=two)), "--out", str(out))
    assert status == 0, output
    assert "1 reference value reproduced, 0 missed; 1 case skipped" in output
    page = (out / "reproduce.md").read_text()
    assert page.endswith("\nNo report of east.py: vessim is not installed.\n")
