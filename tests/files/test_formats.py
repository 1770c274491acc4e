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
    return told(lambda: Campus.load(path)).replace(f"Campus: file = {str(path)!r}: ", "")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("twice.toml", TOML, "Cannot overwrite a value (at line 6, column 13)"),
        ("twice.yaml", YAML, "the key 'power_mw' is repeated in lines 5 and 7"),
        ("twice.yml", "name: a\nname: b\n", "the key 'name' is repeated in lines 1 and 2"),
        ("flow.yaml", "{name: a, 'name': b}", "the key 'name' is repeated in lines 1 and 1"),
        ("twice.json", JSON, "the key 'power_mw' is repeated in one table"),
        ("same.json", '{"name": "a", "name": "a"}', "the key 'name' is repeated in one table"),
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


@pytest.mark.parametrize("key", ["7", "yes", "2025-01-01", "~"])
def test_a_key_of_yaml_that_is_no_text_is_refused(tmp_path: Path, key: str) -> None:
    text = f"name: small\nservers:\n  {key}: {{servers: 1}}\n"
    message = f"the key {key} in line 3 is not text; put it in quotes"
    assert refused(tmp_path / "key.yaml", text) == message
    (tmp_path / "key.yaml").write_text(text.replace(key, f"'{key}'"))
    assert list(Campus.load(tmp_path / "key.yaml").servers) == [key]
