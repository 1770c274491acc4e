"""The exceptions a caller catches."""

from __future__ import annotations

import pickle
from collections.abc import Generator
from datetime import date

import pytest
import simpy

from sim.errors import EnergyBalanceError, OscillationError, Problem, SpecError, nearest, shortened


def test_a_spec_error_leads_from_the_owner_to_the_field() -> None:
    error = SpecError("campus", [Problem(("supply", "smr", "modules"), "= -1; allowed: at least 0")])
    assert str(error) == "supply.smr: modules = -1; allowed: at least 0"


def test_a_spec_error_names_its_owner_where_the_path_has_only_a_field() -> None:
    assert str(SpecError("Battery", [Problem(("power_mw",), "is missing [MW]")])) == (
        "Battery: power_mw is missing [MW]"
    )
    assert str(SpecError("campus", [Problem((), "smr does not exist")])) == "campus: smr does not exist"


def test_a_spec_error_shows_every_problem_on_its_own_line() -> None:
    error = SpecError("Battery", [Problem(("a",), "is missing"), Problem(("b",), "is unknown")])
    assert str(error) == "Battery: a is missing\nBattery: b is unknown"


def test_a_spec_error_can_be_told_as_that_of_a_part() -> None:
    error = SpecError("Checkpoints", [Problem(("cost_s",), "is missing"), Problem((), "does not exist")])
    assert str(error.within("campus", "demand", "job")) == (
        "demand.job: cost_s is missing\ndemand: job does not exist"
    )
    assert error.within("campus", "demand").owner == "campus"


def test_a_spec_error_survives_the_way_back_from_a_worker() -> None:
    error = SpecError("Battery", [Problem(("a",), "is missing")])
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert str(back) == str(error)
    assert back.problems == error.problems
    assert back.owner == "Battery"


def test_a_process_that_refuses_an_input_is_heard_in_its_own_words() -> None:
    env = simpy.Environment()

    def refuse() -> Generator[simpy.Event, None, None]:
        yield env.timeout(1.0)
        raise SpecError("job", [Problem(("gpus",), "= 9; allowed: at most 8")])

    env.process(refuse())
    with pytest.raises(SpecError) as caught:
        env.run()
    assert str(caught.value) == "job: gpus = 9; allowed: at most 8"


def test_a_spec_error_is_a_value_error_and_the_others_are_not() -> None:
    assert issubclass(SpecError, ValueError)
    assert not issubclass(EnergyBalanceError, ValueError)
    assert not issubclass(OscillationError, ValueError)


@pytest.mark.parametrize(
    ("word", "clause"),
    [
        ("modles", "; nearest: modules"),
        ("zzz", "; known: modules, power_mw"),
    ],
)
def test_the_nearest_words_are_offered_and_else_all_of_them(word: str, clause: str) -> None:
    assert nearest(word, {"power_mw", "modules"}) == clause


def test_nothing_is_offered_where_nothing_is_known() -> None:
    assert nearest("word", []) == nearest("word", [""]) == ""


def test_an_empty_name_is_shown_in_quotes() -> None:
    unnamed = SpecError("campus", [Problem(("supply", ""), "must have a name")])
    assert str(unnamed) == "supply: '' must have a name"
    assert str(SpecError("campus", [Problem((), "is empty")])) == "campus: is empty"


def test_a_value_is_shown_in_eighty_characters_however_large_or_deep_it_is() -> None:
    bomb: list[object] = [1]
    for _ in range(50):
        bomb = [bomb] * 10  # 10 ** 50 numbers
    itself: list[object] = []
    itself.append(itself)
    assert shortened(bomb) == "[" * 51 + "1], [1], [1], [1], [1], [1" + "..."
    assert shortened(itself) == "[" * 77 + "..."
    assert shortened("x" * 10**6) == f"'{'x' * 76}..."
    assert shortened({"a": [1, (2,)], "b": {}}) == "{'a': [1, (2,)], 'b': {}}"


def test_a_long_whole_number_is_shown_by_its_digits_or_by_its_length() -> None:
    assert shortened(10**400) == f"1{'0' * 76}..."
    assert shortened(1 << 20_000) == "a whole number of 20001 bits"


def test_a_time_is_shown_as_in_a_file() -> None:
    assert shortened(date(2025, 1, 2)) == "2025-01-02"


def test_a_long_name_is_cut_in_messages() -> None:
    error = SpecError("campus", [Problem(("x" * 1000,), "is unknown")])
    assert str(error) == f"campus: {'x' * 497}... is unknown"
    assert nearest("y" * 10**6, ["yyy", "z"]) == "; known: yyy, z"
