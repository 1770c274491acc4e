"""The frozen spec: checked when made, dumped, loaded, hashed, varied."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
import pytest
from builders import told
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from sim.errors import SpecError, shortened
from sim.spec import Kind, Spec
from sim.units import Celsius, Count, Efficiency, Fraction, PositiveMW, allowed, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator


OWN = "for a kind of your own, add --import MODULE or, in Python, import its module first"


class Battery(Spec):
    power_mw: PositiveMW = 10.0
    """Power."""
    charge_efficiency: Efficiency = 0.95
    standing_loss_pu: Fraction | None = None
    units: Count = 1
    trace: Path | None = None


class Source(Kind):
    """A family."""

    power_mw: PositiveMW


class Turbine(Source):
    kind: Literal["test turbine"] = "test turbine"
    min_pu: Fraction = 0.3


class Panel(Source):
    kind: Literal["test panel"] = "test panel"
    loss_pu: Fraction = 0.14


class Site(Spec):
    battery: Battery = Battery()
    supply: dict[str, Annotated[Source, BeforeValidator(Source.build)]] = {}  # noqa: RUF012 - pydantic copies it
    stages: tuple[Battery, ...] = ()


class Family(Spec):
    main: Annotated[Source, BeforeValidator(Source.build)]


@pytest.fixture
def kinds() -> Iterator[dict[str, type[Kind]]]:
    before = dict(Source.members)
    yield Source.members
    Source.members.clear()
    Source.members.update(before)


# What is refused, word for word


def test_an_efficiency_in_percent_is_refused_with_unit_and_range() -> None:
    assert told(lambda: Battery(charge_efficiency=95)) == (
        "Battery: charge_efficiency = 95 pu; allowed: a finite number at least 0.01 and at most 1 pu"
    )


def test_a_misspelt_key_is_refused_with_the_nearest_one() -> None:
    assert told(lambda: Battery(power_mv=10)) == "Battery: power_mv is unknown; nearest: power_mw"


def test_a_strange_key_is_refused_with_all_known_ones() -> None:
    assert told(lambda: Battery(xyz=10)) == (
        "Battery: xyz is unknown; known: charge_efficiency, power_mw, standing_loss_pu, trace, units"
    )


def test_an_optional_field_names_its_unit_and_range_too() -> None:
    assert told(lambda: Battery(standing_loss_pu=2)) == (
        "Battery: standing_loss_pu = 2 pu; allowed: a finite number at least 0 and at most 1 pu"
    )


def test_half_a_unit_is_refused_as_no_whole_number() -> None:
    assert told(lambda: Battery(units=1.5)) == (
        "Battery: units = 1.5; allowed: a whole number at least 0 and at most 1e+07"
    )


@pytest.mark.parametrize("value", ["10", float("nan"), float("inf"), True, None])
def test_a_power_must_be_a_finite_number(value: Any) -> None:
    unit = " MW" if isinstance(value, float) else ""  # what is no number has none
    assert told(lambda: Battery(power_mw=value)) == (
        f"Battery: power_mw = {value!r}{unit}; allowed: a finite number at least 1e-09 and at most 1e+06 MW"
    )


def test_a_missing_field_names_its_unit(kinds: dict[str, type[Kind]]) -> None:
    assert "test turbine" in kinds
    assert told(Turbine) == "test turbine: power_mw is missing [MW]"


def test_a_mistake_deep_inside_names_the_way_to_it() -> None:
    assert told(lambda: Site(battery={"power_mw": -1})) == (
        "battery: power_mw = -1 MW; allowed: a finite number at least 1e-09 and at most 1e+06 MW"
    )
    assert told(lambda: Site(stages=[{}, {"power_mw": -1}])) == (
        "stages[1]: power_mw = -1 MW; allowed: a finite number at least 1e-09 and at most 1e+06 MW"
    )


def test_a_key_that_is_not_text_is_named() -> None:
    said = "which is not text"
    assert told(lambda: Site(battery={"power_mw": 1, 2: 3})) == f"Site: battery has the key 2, {said}"
    assert told(lambda: Site(stages=[{}, {None: 1}])) == f"Site: stages[1] has the key None, {said}"
    assert told(lambda: Site(supply={3: Panel(power_mw=1.0)})) == f"Site: supply has the key 3, {said}"


def test_a_defect_in_the_making_of_a_spec_is_not_taken_for_a_wrong_key() -> None:
    class Broken(Spec):
        @model_validator(mode="after")
        def _agree(self) -> Self:
            raise TypeError("a defect")

    with pytest.raises(TypeError, match=r"^a defect$"):
        Broken()


def test_all_mistakes_are_told_at_once() -> None:
    assert told(lambda: Battery(power_mw=-1, units=-1)).splitlines() == [
        "Battery: power_mw = -1 MW; allowed: a finite number at least 1e-09 and at most 1e+06 MW",
        "Battery: units = -1; allowed: a whole number at least 0 and at most 1e+07",
    ]


def test_a_default_is_checked_like_a_given_value() -> None:
    class Wrong(Spec):
        temperature_c: Celsius = 300.0

    assert told(Wrong) == (
        "Wrong: temperature_c = 300.0 degC; allowed: a finite number at least -100 and at most 100 degC"
    )


def test_a_contradiction_is_worded_like_a_range() -> None:
    refused = Battery().refuse("power_mw", "at most the transformer's 5 MW")
    assert str(refused) == "Battery: power_mw = 10.0 MW; allowed: at most the transformer's 5 MW"


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Battery().power_mw = 3.0  # type: ignore[misc] - it is frozen


def test_a_long_value_is_cut_in_messages() -> None:
    assert shortened([0] * 100) == "[" + "0, " * 25 + "0..."
    assert len(shortened([0] * 100)) == 80
    assert shortened([0]) == "[0]"


@pytest.mark.parametrize("value", [95, 1.5, np.float64(2)])
def test_a_number_is_refused_with_its_unit_and_other_values_without(value: Any) -> None:
    assert told(lambda: Battery(standing_loss_pu=value)).startswith(
        f"Battery: standing_loss_pu = {shortened(value)} pu; "
    )
    assert told(lambda: Battery(standing_loss_pu="abc")).startswith("Battery: standing_loss_pu = 'abc'; ")


class Mixed(Spec):
    """A field of each type."""

    word: Annotated[str, Field(min_length=1)] = "a"
    path: Path = Path("a")
    quiet: bool = False
    mode: Literal["fast", "slow"] = "fast"
    battery: Battery = Battery()
    main: Annotated[Source, BeforeValidator(Source.build)] | None = None
    pair: Annotated[tuple[Fraction, ...], Field(max_length=2)] = ()
    weights: dict[str, float] = {}  # noqa: RUF012 - pydantic copies it
    mixed: int | str = 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"word": 3}, "Mixed: word = 3; allowed: text of at least 1 character"),
        ({"word": ""}, "Mixed: word = ''; allowed: text of at least 1 character"),
        ({"path": 3}, "Mixed: path = 3; allowed: the path of a file"),
        ({"quiet": 3}, "Mixed: quiet = 3; allowed: true or false"),
        ({"mode": 3}, "Mixed: mode = 3; allowed: 'fast' or 'slow'"),
        ({"battery": 3}, "Mixed: battery = 3; allowed: a table of fields"),
        ({"main": 3}, "Mixed: main = 3; allowed: a table with its kind"),
        ({"pair": 3}, "Mixed: pair = 3; allowed: a list of at most 2 entries"),
        ({"pair": [0, 0, 0]}, "Mixed: pair = [0, 0, 0]; allowed: a list of at most 2 entries"),
        ({"pair": [0, 3]}, "Mixed: pair[1] = 3 pu; allowed: a finite number at least 0 and at most 1 pu"),
        ({"weights": 3}, "Mixed: weights = 3; allowed: a table by name"),
        ({"weights": {"a": "b"}}, "weights: a = 'b'; allowed: a finite number"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_what_is_allowed(
    values: dict[str, Any], message: str
) -> None:
    assert told(lambda: Mixed(**values)) == message


def no_odd_number(value: int) -> int:
    if value % 2:
        raise ValueError("an even number is needed")
    return value


class Even(Spec):
    count: Annotated[int, AfterValidator(no_odd_number)]


def test_what_a_users_own_check_says_is_told_as_it_is() -> None:
    assert told(lambda: Even(count=3)) == "Even: count = 3; an even number is needed"


def test_units_and_ranges_are_read_from_the_annotation() -> None:
    fields = Battery.model_fields
    assert unit_of(fields["power_mw"]) == "MW"
    assert unit_of(fields["standing_loss_pu"]) == "pu"
    assert unit_of(fields["trace"]) == unit_of(None) == ""
    assert allowed(fields["charge_efficiency"]) == "at least 0.01 and at most 1"
    assert allowed(fields["trace"]) == ""


# Kinds


def test_a_kind_is_built_from_its_name() -> None:
    built = Source.build({"kind": "test turbine", "power_mw": 50})
    assert built == Turbine(power_mw=50)
    assert Source.build(built) is built


def test_an_unknown_kind_is_refused_with_the_nearest_one() -> None:
    assert told(lambda: Source.build({"kind": "test turbin"})) == (
        "Source: kind = 'test turbin' is unknown; nearest: test turbine; "
        f"known: test panel, test turbine; {OWN}"
    )
    assert told(lambda: Site(supply={"gas": {"kind": "coal"}})) == (
        f"supply.gas: kind = 'coal' is unknown; known: test panel, test turbine; {OWN}"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "kind is missing"),
        ({"kind": None}, "kind is missing"),
        ({"kind": 3}, "kind = 3 is not text"),
        ({"kind": True}, "kind = True is not text"),
        ({"kind": ["test panel"]}, "kind = ['test panel'] is not text"),
        ({"kind": {"test panel": 1}}, "kind = {'test panel': 1} is not text"),
        ({"kind": [0] * 100}, f"kind = [{'0, ' * 25}0... is not text"),
    ],
)
def test_a_kind_that_is_no_word_is_refused(data: dict[str, Any], message: str) -> None:
    assert told(lambda: Source.build(data)) == f"Source: {message}; known: test panel, test turbine"


def test_a_long_kind_is_cut() -> None:
    text = told(lambda: Source.build({"kind": "coal" * 100_000}))
    assert text == (
        f"Source: kind = '{'coal' * 19}... is unknown; known: test panel, test turbine; {OWN}"  # 80 letters
    )


@given(kind=st.none() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.binary())
def test_whatever_stands_for_a_kind_is_one_message(kind: Any) -> None:
    text = told(lambda: Source.build({"kind": kind}))
    assert text.startswith("Source: kind ")
    assert len(text) < 300


def test_a_users_own_kind_is_used_like_the_built_in_ones(kinds: dict[str, type[Kind]]) -> None:
    class Wheel(Source):
        kind: Literal["test wheel"] = "test wheel"
        head_m: float = 3.0

    assert kinds["test wheel"] is Wheel
    assert Family(main={"kind": "test wheel", "power_mw": 2}).main == Wheel(power_mw=2)


def test_a_kind_that_another_class_has_is_refused(kinds: dict[str, type[Kind]]) -> None:
    before = dict(kinds)

    def steal() -> None:
        class Thief(Source):
            kind: Literal["test panel"] = "test panel"

    def replace() -> None:
        class Better(Panel):
            kind: Literal["test panel"] = "test panel"

    taken = "kind = 'test panel' is already the kind of test_spec.Panel"
    assert told(steal) == f"Thief: {taken}"
    assert told(replace) == f"Better: {taken}"
    assert kinds == before


def test_a_class_below_a_kind_is_a_kind_if_it_says_so(kinds: dict[str, type[Kind]]) -> None:
    before = dict(kinds)

    class Heir(Panel):
        tilt_deg: float = 30.0

    assert kinds == before
    assert told(Heir) == "Heir: kind = 'test panel' is already the kind of test_spec.Panel"

    class Tracker(Heir):
        kind: Literal["test tracker"] = "test tracker"

    assert kinds == {**before, "test tracker": Tracker}
    assert Source.build({"kind": "test tracker", "power_mw": 1.0}) == Tracker(power_mw=1.0)


def test_a_class_defined_again_takes_the_place_of_its_former_self(kinds: dict[str, type[Kind]]) -> None:
    def define() -> type[Kind]:
        class Wheel(Source):
            kind: Literal["test wheel"] = "test wheel"

        return Wheel

    first, second = define(), define()
    assert first is not second
    assert kinds["test wheel"] is second


def in_a_cell(module: str, head_m: float) -> type[Kind]:
    """A class whose text no file holds."""
    cell: dict[str, Any] = {"__name__": module, "Source": Source, "Literal": Literal}
    text = f'class Wheel(Source):\n    kind: Literal["wheel"] = "wheel"\n    head_m: float = {head_m}\n'
    exec(text, cell)  # noqa: S102 - our own text
    return cell["Wheel"]  # type: ignore[no-any-return] # the class just made


def test_a_class_defined_again_with_another_text_takes_the_place_of_its_former_self(
    kinds: dict[str, type[Kind]],
) -> None:
    in_a_cell("cell", 3.0)
    again = in_a_cell("cell", 4.0)
    assert kinds["wheel"] is again


def test_a_class_of_the_same_name_in_another_module_is_another_class(kinds: dict[str, type[Kind]]) -> None:
    first = in_a_cell("one", 3.0)
    assert told(lambda: in_a_cell("two", 4.0)) == "Wheel: kind = 'wheel' is already the kind of one.Wheel"
    assert kinds["wheel"] is first


def test_families_do_not_share_their_kinds() -> None:
    class Load(Kind):
        """Another family."""

    class Rack(Load):
        kind: Literal["test rack"] = "test rack"

    assert Load.members == {"test rack": Rack}
    assert "test rack" not in Source.members


def test_a_kind_keeps_all_its_fields_in_a_dump() -> None:
    family = Family(main=Turbine(power_mw=50, min_pu=0.5))
    assert family.to_dict() == {"main": {"kind": "test turbine", "power_mw": 50.0, "min_pu": 0.5}}
    assert Family(**family.to_dict()) == family
    assert family.content_hash() != Family(main=Turbine(power_mw=50, min_pu=0.4)).content_hash()


# Files


batteries = st.builds(
    Battery,
    power_mw=st.floats(1e-9, 1e6),
    charge_efficiency=st.floats(0.01, 1),
    standing_loss_pu=st.none() | st.floats(0, 1),
    units=st.integers(0, 10_000_000),
)
sites = st.builds(
    Site,
    battery=batteries,
    supply=st.dictionaries(
        st.text("abcß- .", min_size=1), st.builds(Turbine, power_mw=st.floats(0.1, 1e6)), max_size=3
    ),
    stages=st.lists(batteries, max_size=2).map(tuple),
)


@settings(deadline=None)  # the disk takes its time
@pytest.mark.parametrize("ending", [".toml", ".yaml", ".yml", ".json"])
@given(site=sites)
def test_a_spec_comes_back_from_a_file_exactly(
    ending: str, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("spec") / f"site{ending}"
    site.dump(path)
    assert Site.load(path) == site
    assert Site.load(path).content_hash() == site.content_hash()


def test_a_whole_number_in_a_file_is_a_power(tmp_path: Path) -> None:
    (tmp_path / "battery.toml").write_text("power_mw = 3\n")
    assert Battery.load(tmp_path / "battery.toml").power_mw == 3.0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("absent.toml", None, "does not exist"),
        ("wrong.toml", "a = = 3", "is not valid TOML: line 1, column 5: invalid value"),
        (
            "wrong.yaml",
            "a: [1",
            "is not valid YAML: line 1, column 6: expected ',' or ']', but got '<stream end>'",
        ),
        (
            "wrong.json",
            "{",
            "is not valid JSON: line 1, column 2: expecting property name enclosed in double quotes",
        ),
        ("list.yaml", "- 1\n", "does not contain a table of fields"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    shown = told(lambda: Battery.load(tmp_path / name))
    assert shown.startswith(f"Battery: file = '{tmp_path / name}'")
    assert message in shown


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.tml"
    expected = f"Site: file = {str(path)!r} has an unknown extension; allowed: .toml, .yaml, .yml, .json"
    assert told(lambda: Site.load(path)) == expected
    assert told(lambda: Site().dump(path)) == expected


# Hashes and copies


def test_the_hash_depends_on_the_content_only() -> None:
    assert Battery().content_hash() == Battery(power_mw=10, units=1).content_hash()
    assert Battery().content_hash() != Battery(units=2).content_hash()


def test_the_hash_follows_the_bytes_of_a_file_that_appears_and_changes(tmp_path: Path) -> None:
    site = Site(battery=Battery(trace=tmp_path / "trace.csv"))
    absent = site.content_hash()
    (tmp_path / "trace.csv").write_text("1")
    first = site.content_hash()
    (tmp_path / "trace.csv").write_text("2")
    assert len({absent, first, site.content_hash()}) == 3


@given(site=sites)
def test_a_pickled_spec_is_equal(site: Site) -> None:
    assert pickle.loads(pickle.dumps(site)) == site  # noqa: S301 - our own bytes


def test_equal_specs_are_one_key() -> None:
    assert len({Battery(), Battery(power_mw=10), Battery(units=2)}) == 2


def test_values_are_replaced_by_dotted_path() -> None:
    site = Site(supply={"gas": Turbine(power_mw=50)}, stages=(Battery(), Battery()))
    varied = site.with_values({"battery.units": 3, "supply.gas.min_pu": 0.4, "stages.1.power_mw": 7})
    assert varied.battery.units == 3
    assert varied.supply["gas"] == Turbine(power_mw=50, min_pu=0.4)
    assert [stage.power_mw for stage in varied.stages] == [10, 7]
    assert site.battery.units == 1
    assert site.with_values({}) == site


def test_a_whole_part_is_replaced_too() -> None:
    assert Site().with_values({"battery": Battery(units=4)}).battery.units == 4
    assert Site().with_values({"battery": {"units": 4}}).battery.units == 4


def test_another_kind_has_its_own_defaults_and_what_was_given() -> None:
    site = Site(supply={"gas": Turbine(power_mw=50)})
    assert site.with_values({"supply.gas.kind": "test panel"}).supply["gas"] == Panel(power_mw=50)
    assert site.with_values({"supply.gas.kind": "test turbine"}) == site
    fired = Site(supply={"gas": Turbine(power_mw=50, min_pu=0.4)})
    assert told(lambda: fired.with_values({"supply.gas.kind": "test panel"})).startswith(
        "supply.gas: min_pu is unknown"
    )


def test_numpy_numbers_of_a_sweep_are_plain_numbers() -> None:
    varied = Battery().with_values({"units": np.int64(3), "power_mw": np.float32(0.5)})
    assert varied == Battery(units=3, power_mw=0.5)
    assert type(varied.units) is int


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("battery.unit", "battery.unit does not exist; nearest: battery.units"),
        ("batery.units", "batery.units does not exist; nearest: battery"),
        ("stages.0.units", "stages.0.units does not exist"),
        ("battery.units.x", "battery.units.x does not exist"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_the_nearest_one(path: str, message: str) -> None:
    shown = told(lambda: Site().with_values({path: 1}))
    assert shown.startswith(f"Site: {message}")


def test_a_replaced_value_is_checked() -> None:
    assert told(lambda: Site().with_values({"battery.charge_efficiency": 95})) == (
        "battery: charge_efficiency = 95 pu; allowed: a finite number at least 0.01 and at most 1 pu"
    )


def test_the_json_schema_states_units_and_descriptions() -> None:
    shown = Battery.model_json_schema()["properties"]["power_mw"]
    assert (shown["unit"], shown["description"], shown["minimum"]) == ("MW", "Power.", 1e-9)
    assert shown["maximum"] == 1e6


def test_a_kind_whose_default_is_not_what_its_annotation_allows_is_refused() -> None:
    before = dict(Source.members)
    with pytest.raises(SpecError) as refused:

        class Mill(Source):
            kind: Literal["test mill"] = "test mil"  # type: ignore[assignment] # the mistake under test

    assert str(refused.value) == "Mill: kind = 'test mil'; allowed by its annotation: 'test mill'"
    assert Source.members == before
