"""`dcgrid show` with a tariff: told from a campus by its content, chosen by its label."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from small_campus import small_campus
from tariff_records import hours, record, write
from terminals import shown_on_terminal
from typer.testing import CliRunner, Result

from sim import Campus, SpecError, simulate
from sim.campus import GridConnection, UrdbTariff
from sim.cli import app
from sim.contracts.urdb_record import holds_record

PEAK = [hours((16, 0), (21, 1), (24, 0))] * 12
RATES = {
    "energyratestructure": [[{"rate": 0.08}], [{"rate": 0.2}]],
    "energyweekdayschedule": PEAK,
    "energyweekendschedule": PEAK,
}


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(*words: object) -> str:
    """The message with which a command is refused."""
    found = call(*words)
    assert (found.exit_code, found.stdout) == (2, "")
    return found.stderr


@pytest.fixture
def tariff(tmp_path: Path) -> Path:
    return write(tmp_path / "large.json", record(**RATES))


@pytest.fixture
def several(tmp_path: Path) -> Path:
    return write(tmp_path / "two.json", record(), record(label="b2", name="Small", **RATES))


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    small_campus().dump(tmp_path / "campus.json")
    return tmp_path / "campus.json"


def test_a_tariff_is_told_from_a_campus_by_its_content(tariff: Path, campus: Path) -> None:
    shown = call("show", tariff)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("# Valley Power, Large\n")
    assert "| 16-21 |       1 |" in shown.stdout
    assert call("show", campus).stdout.startswith("small: starts")


@pytest.mark.parametrize("columns", [80, 100])
def test_it_is_no_wider_than_the_terminal(tariff: Path, columns: int) -> None:
    words = [sys.executable, "-c", "from sim.cli import main; main()", "show", str(tariff)]
    status, shown = shown_on_terminal(words, COLUMNS=str(columns))
    assert status == 0
    assert "| hours | Jan-Dec |" in shown
    assert max(map(len, shown.splitlines())) <= columns


def test_of_several_tariffs_one_is_chosen_by_its_label(several: Path) -> None:
    assert call("show", several, "--label", "b2").stdout.startswith("# Valley Power, Small\n")
    assert refused("show", several) == (
        "Error: tariff: file two.json holds 2 records; choose one by label: a1, b2\n"
    )
    assert refused("show", several, "--label", "c3") == (
        "Error: tariff: label = 'c3' is not in two.json; it holds a1, b2\n"
    )


@pytest.mark.parametrize("command", ["run", "validate", "export"])
def test_a_tariff_given_as_a_campus_is_refused_with_how_to_use_it(command: str, tariff: Path) -> None:
    target = [tariff.parent / "out.toml"] if command == "export" else []
    assert refused(command, tariff, *target) == (
        f"Error: Campus: file = {str(tariff)!r} is a tariff of the Utility Rate Database, not a campus; "
        f'a grid connection uses it with `tariff = {{kind = "urdb", file = "{tariff}"}}`; '
        f"`dcgrid show {tariff}` shows it\n"
    )


def test_the_line_of_the_message_makes_a_campus_with_the_tariff(tariff: Path) -> None:
    message = refused("run", tariff)
    line = message.partition("with `")[2].partition("`")[0]
    head = 'name = "a"\n[demand.load]\nkind = "measured_load"\npower_mw = 1.0\n[supply.grid]\nkind = "grid"\n'
    path = tariff.parent / "campus.toml"
    path.write_text(f"{head}import_limit_mw = 2.0\n{line}\n")
    # 19 h at 80 and 5 h at 200 USD/MWh
    assert simulate(Campus.load(path), days=1.0).summary.cost_usd == pytest.approx(19 * 80 + 5 * 200)


def test_a_campus_given_as_a_tariff_is_refused_in_one_sentence(campus: Path) -> None:
    grid = GridConnection(import_limit_mw=1.0, tariff=UrdbTariff(file=campus))
    with pytest.raises(SpecError) as caught:
        simulate(Campus(name="a", supply={"grid": grid}), days=1.0)
    assert str(caught.value) == (
        f"supply.grid.tariff: file = {str(campus)!r} is a campus, not a record of the Utility Rate Database"
    )
    assert refused("show", campus, "--label", "a1") == (
        f"Error: show: --label is for a tariff; {campus} is not a tariff of the Utility Rate Database\n"
    )


@pytest.mark.parametrize(
    "option", [("--csv", "folder"), ("--excel", "a.xlsx"), ("--sort", "cost_usd"), ("--set", "name=a")]
)
def test_options_of_others_are_refused_for_a_tariff(option: tuple[str, str], tariff: Path) -> None:
    assert refused("show", tariff, *option) == (
        f"Error: show: {option[0]} is not for a tariff; {tariff} is a tariff of the Utility Rate Database\n"
    )


def test_a_record_with_a_mistake_is_named_with_all_of_them(tmp_path: Path) -> None:
    path = write(tmp_path / "wrong.json", record(spring_pct=1, lookbackpercent=75))
    assert refused("show", path) == (
        "Error: tariff wrong.json: spring_pct is not a field of a record\n"
        "tariff wrong.json: lookbackpercent = 75; allowed: 0 to 1\n"
    )


@pytest.mark.parametrize(
    "text", ["", "[", "3", "[" * 100_000, '{"items": []}', '{"items": ' * 400 + "1" + "}" * 400]
)
def test_what_is_not_a_record_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    assert not holds_record(path)
    assert refused("show", path).startswith("Error: Campus: ")
