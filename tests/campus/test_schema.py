"""The schema: the JSON schema accepts what can be run and refuses what cannot; the tables read the code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from sim import SpecError
from sim.campus import Battery, Campus
from sim.campus.scenario import Scenario
from sim.campus.schema import FieldRow, families, field_rows, json_schema, section, sections
from sim.report.tables import campus_table, field_table
from sim.spec import Kind, Spec
from sim.timeseries.profile import PriceProfile
from sim.units import MW, Count

FLAGSHIP = Path(__file__).parents[2] / "scenarios" / "ai_campus.py"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def flagship() -> dict[str, Any]:
    return Scenario.open(FLAGSHIP).build().to_dict()


def test_the_schema_accepts_the_flagship(validator: Draft202012Validator, flagship: dict[str, Any]) -> None:
    assert list(validator.iter_errors(flagship)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("supply", "smr", "modules"), -1),
        (("supply", "smr", "modules"), "two"),
        (("supply", "smr", "module_mv"), 77.0),
        (("supply", "smr", "kind"), "small_reactor"),
        (("supply", "battery", "charge_efficiency_pu"), 95),
        (("supply", "solar", "weather", "kind"), "fair"),
        (("supply", "smr"), {"modules": 2}),
        (("demand", "assistant", "kind"), "battery"),
        (("nmae",), "x"),
    ],
)
def test_the_schema_refuses_what_a_campus_refuses(
    validator: Draft202012Validator, flagship: dict[str, Any], place: tuple[str, ...], value: Any
) -> None:
    wrong = changed(flagship, place, value)
    assert list(validator.iter_errors(wrong))
    with pytest.raises(SpecError):
        Campus(**wrong)


@pytest.mark.parametrize(
    ("dates", "is_allowed"),
    [
        (["2026-01-01", "2026-07-01T06:00", "2027-01-01T00:00:00+01:00"], True),
        (["2026-01"], False),
        ([2026], False),
    ],
)
def test_the_schema_knows_steps_with_dates(
    validator: Draft202012Validator, flagship: dict[str, Any], dates: list[Any], is_allowed: bool
) -> None:
    steps = {"dates": dates, "values": [1.0] * len(dates)}
    data = changed(flagship, ("supply", "grid", "import_limit_mw"), steps)
    assert (list(validator.iter_errors(data)) == []) is is_allowed


def changed(data: dict[str, Any], place: tuple[str, ...], value: Any) -> dict[str, Any]:
    inner = value if len(place) == 1 else changed(data.get(place[0], {}), place[1:], value)
    return {**data, place[0]: inner}


def test_every_field_is_explained() -> None:
    ours = {name: spec for name, spec in sections().items() if spec.__module__.startswith("sim.")}
    assert len(ours) > len(("campus", "facility", "servers"))
    for name, spec in ours.items():
        for row in field_rows(spec):
            assert row.meaning or row.name == "kind", f"{name}.{row.name} is not explained"


def test_parts_of_sections_are_sections_too() -> None:
    known = sections()
    assert {
        "TimeOfUse",
        "Window",
        "DailyShape",
        "CsvColumn",
        "Points",
        "DatedSteps",
        "CurtailmentOrder",
    } <= known.keys()
    assert len(set(known.values())) == len(known)


def test_the_run_is_a_section_whose_end_is_a_date() -> None:
    rows = {row.name: row for row in field_rows(section("run"))}
    assert [(name, row.type, row.default) for name, row in rows.items()] == [
        ("days", "number", "none"),
        ("end", "date or time", "none"),
        ("seed", "whole number", "0"),
        ("record", "text", "change"),
    ]


class Pump(Spec):
    """A pump that is none of ours."""

    power_mw: MW
    """Power."""
    spare_mw: MW | None = None
    """Spare power."""
    price_usd_per_mwh: PriceProfile = 60.0
    """Price."""
    units: Count = 2
    """Units."""
    mode: Literal["fast", "slow"] = "fast"
    """Mode."""
    quiet: bool = False
    """Quiet."""
    curve: tuple[float, ...] = ()
    """Curve."""
    battery: Battery = Battery(power_mw=1, energy_mwh=2)
    """Store."""
    file: Path | None = None
    """File."""
    weights: dict[str, float] = Field(default_factory=dict)
    """Weights."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Share."""


def test_field_rows_read_type_unit_default_and_range() -> None:
    assert field_rows(Pump) == [
        FieldRow("power_mw", "number", "MW", "required", "at least 0 and at most 1e+06", "Power."),
        FieldRow("spare_mw", "number", "MW", "none", "at least 0 and at most 1e+06", "Spare power."),
        FieldRow(
            "price_usd_per_mwh",
            "number or profile",
            "USD/MWh",
            "60",
            "at least -1e+06 and at most 1e+06",
            "Price.",
        ),
        FieldRow("units", "whole number", "", "2", "at least 0 and at most 1e+07", "Units."),
        FieldRow("mode", "'fast' or 'slow'", "", "fast", "", "Mode."),
        FieldRow("quiet", "true or false", "", "false", "", "Quiet."),
        FieldRow("curve", "list of number", "", "none", "", "Curve."),
        FieldRow("battery", "Battery", "", "battery", "", "Store."),
        FieldRow("file", "file", "", "none", "", "File."),
        FieldRow("weights", "table by name of number", "", "none", "", "Weights."),
        FieldRow("share", "number", "", "0.5", "above 0 and below 1", "Share."),
    ]


def test_a_field_table_is_as_wide_as_asked() -> None:
    lines = field_table("pump", Pump, 60).splitlines()
    assert lines[:6] == [
        "[pump]",
        "A pump that is none of ours.",
        "",
        "power_mw [MW]",
        "    number, required, allowed: at least 0 and at most 1e+06",
        "    Power.",
    ]
    assert max(map(len, lines)) <= 60


def test_an_unknown_section_is_refused() -> None:
    known = ", ".join(sorted((*families(), *sections())))
    message = (
        f"schema: kind = 'facilty' is unknown; nearest: facility; known: {known}; "
        "for a kind of your own, add --import MODULE or, in Python, import its module first"
    )
    with pytest.raises(SpecError) as refused:
        section("facilty")
    assert str(refused.value) == message


def test_a_kind_of_ones_own_is_in_the_schema() -> None:
    class Gadget(Kind):
        """A family of gadgets."""

        members: ClassVar[dict[str, type[Kind]]]

    class Widget(Gadget):
        """A widget."""

        kind: Literal["widget"] = "widget"
        size_mw: MW = 1.0

    try:
        schema = json_schema()
        assert schema["$defs"]["Gadget"]["oneOf"] == [{"$ref": "#/$defs/Widget"}]
        assert schema["$defs"]["Widget"]["required"] == ["kind"]
        assert schema["$defs"]["Widget"]["properties"]["size_mw"]["unit"] == "MW"
        assert section("widget") is Widget
    finally:
        Gadget.members.clear()  # so that other tests see no widgets


def test_a_campus_table_shows_sizes_and_what_differs_from_the_defaults() -> None:
    supply = {"battery": Battery(power_mw=5, energy_mwh=20, reserve_pu=0.1)}
    lines = campus_table(Campus(name="small", supply=supply), 80).splitlines()
    assert lines == [
        "small: starts 2025-01-01T00:00:00+00:00, local time UTC",
        "",
        "weather  typical_year",
        "    defaults",
        "facility",
        "    defaults",
        "supply.battery  battery",
        "    power_mw = 5 MW; energy_mwh = 20 MWh; reserve_pu = 0.1 pu",
    ]
