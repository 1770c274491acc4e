"""The formats of files: what each refuses, though a parser alone would let it pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import told

from sim import Campus

TOML = """\
name = "small"
[supply.store]
kind = "battery"
power_mw = 5
energy_mwh = 20
power_mw = 6
"""
YAML = """\
name: small
supply:
  store:
    kind: battery
    power_mw: 5
    energy_mwh: 20
    power_mw: 6
"""
JSON = """\
{"name": "small",
 "supply": {"store": {"kind": "battery", "power_mw": 5, "energy_mwh": 20, "power_mw": 6}}}
"""
MERGED = """\
name: small
supply:
  one: &usual {kind: battery, power_mw: 5, energy_mwh: 20}
  two: &half
    <<: *usual
    power_mw: 2.5
  three:
    <<: *half
    energy_mwh: 10
"""


def refused(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return told(lambda: Campus.load(path)).replace(f"Campus: file = {str(path)!r} ", "")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("twice.toml", TOML, "is not valid TOML: line 6, column 13: cannot overwrite a value"),
        ("twice.yaml", YAML, "repeats the key 'power_mw' in lines 5 and 7"),
        ("twice.yml", "name: a\nname: b\n", "repeats the key 'name' in lines 1 and 2"),
        ("flow.yaml", "{name: a, 'name': b}", "repeats the key 'name' in lines 1 and 1"),
        ("twice.json", JSON, "repeats the key 'power_mw' in one table"),
        ("same.json", '{"name": "a", "name": "a"}', "repeats the key 'name' in one table"),
    ],
)
def test_a_key_given_twice_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    assert refused(tmp_path / name, text) == message


def test_the_same_key_in_two_tables_is_none_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        YAML.replace("    power_mw: 6\n", "  other: {kind: battery, power_mw: 6, energy_mwh: 1}\n")
    )
    assert list(Campus.load(path).supply) == ["store", "other"]


def test_a_table_of_yaml_may_be_merged_into_another_and_overridden(tmp_path: Path) -> None:
    path = tmp_path / "merged.yaml"
    path.write_text(MERGED)
    stores = Campus.load(path).to_dict()["supply"]
    assert [(store["power_mw"], store["energy_mwh"]) for store in stores.values()] == [
        (5.0, 20.0),
        (2.5, 20.0),
        (2.5, 10.0),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "a = = 3", "is not valid TOML: line 1, column 5: invalid value"),
        ("a.toml", 'a = "x', "is not valid TOML: end of document: unterminated string"),
        ("a.json", '{"a": 1', "is not valid JSON: line 1, column 8: expecting ',' delimiter"),
        (
            "a.yaml",
            "a: [1",
            "is not valid YAML: line 1, column 6: expected ',' or ']', but got '<stream end>'",
        ),
        (
            "a.yaml",
            "name: x\n---\nname: y\n",
            (
                "is not valid YAML: line 2, column 1: expected a single document in the stream "
                "but found another document"
            ),
        ),
        (
            "a.yaml",
            "a: &x 1\nb: &x 2\n",
            "is not valid YAML: line 2, column 4: found duplicate anchor 'x'; second occurrence",
        ),
        (
            "a.yaml",
            "a: {<<: 5}",
            (
                "is not valid YAML: line 1, column 9: expected a mapping or list of mappings for merging, "
                "but found scalar"
            ),
        ),
        ("a.yaml", "a: 1\nb: \a", "is not valid YAML: line 2: the character '\\x07' is not allowed"),
        (
            "a.yaml",
            "name: x\nsupply: !!python/object/apply:os.system [ls]\n",
            ("has the tag !!python/object/apply:os.system in line 2; allowed: plain data without tags"),
        ),
        ("a.yaml", "name: !mine x", "has the tag !mine in line 1; allowed: plain data without tags"),
        (
            "a.yaml",
            "name: 2025-13-45",
            "has the value '2025-13-45' in line 1, which is not of the type timestamp",
        ),
        (
            "a.yaml",
            "name: !!timestamp x",
            "has the value 'x' in line 1, which is not of the type timestamp",
        ),
        ("a.json", "[1]", "does not contain a table of fields"),
    ],
)
def test_a_text_that_cannot_be_read_is_one_line_with_its_place(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    assert refused(tmp_path / name, text) == message


POWER = "power_mw = -5 MW; allowed: a finite number at least 0 and at most 1e+06 MW"


@pytest.mark.parametrize(
    "text",
    [
        MERGED.replace("power_mw: 5,", "power_mw: -5,").replace("    power_mw: 2.5\n", ""),
        "name: x\nsupply:\n  one: &one {kind: battery, power_mw: -5, energy_mwh: 20}\n  two: *one\n",
    ],
    ids=["merged", "repeated"],
)
def test_a_mistake_that_yaml_merges_or_repeats_is_told_once_where_it_is_written(
    tmp_path: Path, text: str
) -> None:
    assert refused(tmp_path / "one.yaml", text) == f"supply.one: {POWER}"


def test_the_same_mistake_written_twice_is_told_twice(tmp_path: Path) -> None:
    text = MERGED.replace("power_mw: 5,", "power_mw: -5,").replace("power_mw: 2.5", "power_mw: -5")
    assert refused(tmp_path / "two.yaml", text) == f"supply.one: {POWER}\nsupply.two: {POWER}"


@pytest.mark.parametrize("key", ["7", "yes", "2025-01-01", "~"])
def test_a_key_of_yaml_that_is_no_text_is_refused(tmp_path: Path, key: str) -> None:
    text = f"name: small\nservers:\n  {key}: {{servers: 1}}\n"
    message = f"has the key {key} in line 3, which is not text; put it in quotes"
    assert refused(tmp_path / "key.yaml", text) == message
    (tmp_path / "key.yaml").write_text(text.replace(key, f"'{key}'"))
    assert list(Campus.load(tmp_path / "key.yaml").servers) == [key]
