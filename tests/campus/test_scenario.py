"""Scenarios: opening files and functions, their parameters, and the campus they make."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import told

from sim import Campus, Scenario, SpecError, simulate, sweep
from sim.timeseries.profile import CsvColumn
from sim.units import MW, allowed, unit_of

PREAMBLE = "from sim.campus import Campus, MeasuredLoad, GridConnection\nfrom sim.units import MW\n"
MAKER = '''
def {name}(load_mw: MW = 10.0, margin_pu: float = 0.5, links: int = 1, name: str = "small") -> Campus:
    """A load on a grid connection.

    It has nothing else.

    Args:
        load_mw: Power wanted, all
            the time.
        margin_pu: Spare import.
        links: Count of connections.
        name: Name of the campus.

    Returns:
        The campus.
    """
    grid = GridConnection(import_limit_mw=load_mw * (1 + margin_pu))
    return Campus(name=name, supply={{f"grid{{n}}": grid for n in range(links)}},
                  demand={{"load": MeasuredLoad(power_mw=load_mw)}})
'''


def script(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(PREAMBLE + text, encoding="utf-8")
    return path


def test_the_function_named_as_the_file_is_the_scenario(tmp_path: Path) -> None:
    text = MAKER.format(name="other") + MAKER.format(name="small")
    scenario = Scenario.open(script(tmp_path, "small", text))
    assert scenario.name == "small"
    assert scenario.summary == "A load on a grid connection."


def test_the_only_public_function_that_returns_a_campus_is_the_scenario(tmp_path: Path) -> None:
    text = MAKER.format(name="campus_of_one") + MAKER.format(name="_hidden") + "\ndef helper() -> int: ...\n"
    assert Scenario.open(script(tmp_path, "script", text)).name == "campus_of_one"


def test_parameters_have_type_unit_default_and_help() -> None:
    space: dict[str, Any] = {}
    exec(PREAMBLE + MAKER.format(name="small"), space)  # noqa: S102 - the text stands above
    fields = Scenario.of(space["small"]).parameters.model_fields
    assert list(fields) == ["load_mw", "margin_pu", "links", "name"]
    assert [field.annotation for field in fields.values()] == [float, float, int, str]
    assert [field.default for field in fields.values()] == [10.0, 0.5, 1, "small"]
    assert [unit_of(field) for field in fields.values()] == ["MW", "pu", "", ""]
    assert fields["load_mw"].description == "Power wanted, all the time."
    assert fields["name"].description == "Name of the campus."
    assert allowed(fields["load_mw"]) == "at least 0 and at most 1e+06"  # from the annotation MW
    assert allowed(fields["margin_pu"]) == ""


def test_build_makes_the_campus_from_some_values_and_the_defaults(tmp_path: Path) -> None:
    scenario = Scenario.open(script(tmp_path, "small", MAKER.format(name="small")))
    campus = scenario.build(load_mw=np.float64(8.0), links=np.int64(2))
    assert list(campus.supply) == ["grid0", "grid1"]
    assert campus.supply["grid1"].model_dump()["import_limit_mw"] == 12.0  # 8 MW x (1 + 0.5)
    assert campus.with_values({"supply.grid0.import_limit_mw": 3}) != campus


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"load_mv": 1.0}, "small: load_mv is unknown; nearest: load_mw"),
        (
            {"load_mw": float("nan")},
            "small: load_mw = nan MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
        (
            {"load_mw": -1.0},
            "small: load_mw = -1.0 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
        (
            {"load_mw": "10"},
            "small: load_mw = '10'; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
        ({"margin_pu": float("inf")}, "small: margin_pu = inf pu; allowed: a finite number in pu"),
        ({"links": 1.5}, "small: links = 1.5; allowed: a whole number"),
    ],
)
def test_wrong_values_are_refused_by_name(tmp_path: Path, values: dict[str, Any], message: str) -> None:
    scenario = Scenario.open(script(tmp_path, "small", MAKER.format(name="small")))
    assert told(lambda: scenario.build(**values)) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "defines no scenario; needed: a function wrong, or one public function annotated -> Campus",
        ),
        (
            MAKER.format(name="one") + MAKER.format(name="two"),
            (
                "defines 2 scenarios: one, two; "
                "needed: a function wrong, or one public function annotated -> Campus"
            ),
        ),
        (
            "import no_such_package",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_package'",
        ),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("def wrong(:", "cannot be imported: SyntaxError: invalid syntax (wrong.py, line 3)"),
    ],
)
def test_a_script_without_a_scenario_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = script(tmp_path, "wrong", text)
    assert told(lambda: Scenario.open(path)) == f"Campus: file = {str(path)!r} {message}"


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("size", "wrong: size needs a type; allowed: bool, int, float, str, Path"),
        ("size: list[float]", "wrong: size needs a type; allowed: bool, int, float, str, Path"),
        ("**sizes: float", "wrong: sizes must be a parameter that can be given by name"),
        ("size: Size", "wrong: has an annotation that cannot be resolved: name 'Size' is not defined"),
    ],
)
def test_a_parameter_that_no_command_line_can_give_is_refused(
    tmp_path: Path, signature: str, message: str
) -> None:
    text = f"from __future__ import annotations\ndef wrong({signature}) -> int: ...\n"
    path = tmp_path / "wrong.py"
    path.write_text(text)
    assert told(lambda: Scenario.open(path)) == message


def test_help_for_a_parameter_that_is_none_is_refused() -> None:
    def small(load_mw: MW = 1.0) -> Campus:
        """A campus.

        Args:
            laod_mw: Power wanted.
        """
        return Campus(name=f"{load_mw}")

    text = told(lambda: Scenario.of(small))
    assert text == "small: laod_mw is documented but is not a parameter; nearest: load_mw"


@pytest.mark.parametrize(("text", "days"), [("", 365.0), ("DAYS = 30\n", 30.0), ("DAYS = 0.5\n", 0.5)])
def test_a_script_may_say_its_natural_length(tmp_path: Path, text: str, days: float) -> None:
    assert Scenario.open(script(tmp_path, "small", text + MAKER.format(name="small"))).days == days


@pytest.mark.parametrize("days", ["0.0", "-1", "'30'", "float('inf')", "float('nan')"])
def test_a_natural_length_that_is_none_is_refused(tmp_path: Path, days: str) -> None:
    path = script(tmp_path, "small", f"DAYS = {days}\n" + MAKER.format(name="small"))
    assert told(lambda: Scenario.open(path)).endswith(
        " d; allowed: a finite number above 0 and at most 36525 d"
    )


def test_a_function_must_return_a_campus() -> None:
    def small() -> Campus:
        return "campus"  # type: ignore[return-value]  # on purpose

    assert told(Scenario.of(small).build) == "small: returned str, which is not a Campus"


def test_what_a_scenario_raises_is_told_with_its_name_and_kept_as_the_cause() -> None:
    def small(links: int = 2) -> Campus:
        return Campus(name=f"{6 // links}")

    scenario = Scenario.of(small)
    with pytest.raises(SpecError) as caught:
        scenario.build(links=0)
    assert str(caught.value) == (
        "small: raised ZeroDivisionError: integer division or modulo by zero; with links = 0"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert scenario.build().name == "3"


def test_an_exception_without_words_is_told_by_its_type() -> None:
    def small() -> Campus:
        raise KeyError

    assert told(Scenario.of(small).build) == "small: raised KeyError"


def test_a_sweep_words_what_a_scenario_raises_as_a_run_does() -> None:
    def small(links: int = 2) -> Campus:
        return Campus(name=f"{6 // links}")

    message = "small: raised ZeroDivisionError: integer division or modulo by zero; with links = 0"
    assert told(lambda: sweep(small, over={"links": [0]}, days=1, jobs=1)) == message
    points = [{"links": 0}, {"links": 2}]
    assert sweep(small, over=points, days=1, jobs=1).failures["error"].tolist() == [message]


def test_two_scripts_of_one_name_do_not_shadow_each_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        script(tmp_path / name, "small", MAKER.format(name="small").replace('"small"', f'"{name}"'))
    first, second = (Scenario.open(tmp_path / name / "small.py") for name in ("a", "b"))
    assert (first.build().name, second.build().name) == ("a", "b")


def test_a_script_finds_the_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_the_script.py").write_text("LOAD_MW = 4.0\n")
    text = "from beside_the_script import LOAD_MW\n" + MAKER.format(name="small").replace("10.0", "LOAD_MW")
    scenario = Scenario.open(script(tmp_path, "small", text))
    assert scenario.parameters.model_fields["load_mw"].default == 4.0


@pytest.mark.parametrize("name", ["no.py", "no.toml"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    assert told(lambda: Scenario.open(tmp_path / name)).endswith(f"{name}' does not exist")


@pytest.mark.parametrize("ending", [".toml", ".yaml", ".json"])
def test_a_campus_file_is_a_scenario_without_parameters(tmp_path: Path, ending: str) -> None:
    campus = Scenario.open(script(tmp_path, "small", MAKER.format(name="small"))).build()
    path = tmp_path / f"campus{ending}"
    campus.dump(path)
    scenario = Scenario.open(path)
    assert (scenario.name, scenario.parameters.model_fields) == ("small", {})
    assert scenario.build() == campus
    assert scenario.build().content_hash() == campus.content_hash()
    assert told(lambda: scenario.build(load_mw=1.0)).startswith("campus: load_mw is unknown")


def campus_with_csv(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    rows = "\n".join(f"2025-01-0{day}T00:00:00Z,{day}" for day in (1, 2, 3))
    (folder / "data" / "load.csv").write_text(f"time,mw\n{rows}\n")
    path = folder / "campus.toml"
    path.write_text(
        'name = "measured"\n[supply.grid]\nkind = "grid"\nimport_limit_mw = 5\n'
        '[demand.load]\nkind = "measured_load"\npower_mw = { csv = "data/load.csv", column = "mw" }\n'
    )
    return path


def test_relative_paths_lead_from_the_folder_of_the_campus_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = campus_with_csv(tmp_path / "here")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for way in (here, Path(os.path.relpath(here))):
        result = simulate(Scenario.open(way).build(), days=2)
        assert result.summary.energy_mwh == pytest.approx(24 * (1 + 2))  # 1 MW on day 1, 2 MW on day 2


def test_once_a_file_is_loaded_a_relative_path_in_python_is_as_it_was_given(tmp_path: Path) -> None:
    Campus.load(campus_with_csv(tmp_path / "here"))
    assert CsvColumn(csv="data/load.csv", column="mw").csv == Path("data/load.csv")


def test_the_hash_of_a_campus_does_not_depend_on_where_its_files_lie(tmp_path: Path) -> None:
    first, second = (Campus.load(campus_with_csv(tmp_path / name)) for name in ("here", "there"))
    assert first.content_hash() == second.content_hash()
    (tmp_path / "there" / "data" / "load.csv").write_text("time,mw\n")
    assert first.content_hash() != second.content_hash()


ANSWERING = (
    "from sim.campus import Campus\n\n\n"
    "def quiet() -> Campus:\n    return Campus(name='quiet')\n\n\n"
    "def answer(result):\n    return f'{result.days:g} days of silence'\n"
)


def test_a_script_may_answer_its_question_from_a_run(tmp_path: Path) -> None:
    path = tmp_path / "quiet.py"
    path.write_text(ANSWERING)
    scenario = Scenario.open(path)
    assert scenario.answer(simulate(scenario.build(), days=3)) == "3 days of silence"
    path.write_text(ANSWERING.partition("\n\n\ndef answer")[0])
    assert Scenario.open(path).answer(None) == ""


def test_an_answer_that_fails_is_an_error_that_names_the_script(tmp_path: Path) -> None:
    path = tmp_path / "quiet.py"
    path.write_text(ANSWERING.replace("days:g", "nights:g"))
    scenario = Scenario.open(path)
    with pytest.raises(SpecError, match=r"quiet: answer raised AttributeError: .*nights"):
        scenario.answer(simulate(scenario.build(), days=3))
