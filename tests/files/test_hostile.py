"""Hostile files: one clear error each, in bounded time and memory."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest
from builders import told

from sim import Campus
from sim.site import Source

SECONDS = 60.0
"""Far above what any of these takes on a busy machine, far below what the bombs would take."""
TOML = 'name = "x"\n[supply.b]\nkind = {kind}\npower_mw = {power}\nenergy_mwh = 1\n'
YAML = "name: x\nsupply: {{b: {{kind: {kind}, power_mw: {power}, energy_mwh: 1}}}}\n"
JSON = '{{"name": "x", "supply": {{"b": {{"kind": {kind}, "power_mw": {power}, "energy_mwh": 1}}}}}}'
TEXTS = {".toml": TOML, ".yaml": YAML, ".json": JSON}


def refused(path: Path, content: str | bytes | None = None) -> str:
    """The refusal of a file, without the way to it; its time is bounded."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    began = time.perf_counter()
    message = told(lambda: Campus.load(path))
    assert time.perf_counter() - began < SECONDS
    return message.replace(f"Campus: file = {str(path)!r}", "file")


@pytest.mark.parametrize("ending", list(TEXTS))
def test_a_kind_that_is_a_list_or_a_table_is_refused(ending: str, tmp_path: Path) -> None:
    text, kinds = TEXTS[ending], ", ".join(sorted(Source.members))  # those of other tests among them
    table = {".toml": "{a = 1}", ".yaml": "{a: 1}", ".json": '{"a": 1}'}[ending]
    assert refused(tmp_path / f"list{ending}", text.format(kind='["battery"]', power=1)) == (
        f"supply.b: kind = ['battery'] is not text; known: {kinds}"
    )
    assert refused(tmp_path / f"table{ending}", text.format(kind=table, power=1)) == (
        f"supply.b: kind = {{'a': 1}} is not text; known: {kinds}"
    )


@pytest.mark.parametrize("ending", list(TEXTS))
def test_a_number_of_four_hundred_digits_is_refused_with_the_range(ending: str, tmp_path: Path) -> None:
    text = TEXTS[ending].format(kind='"battery"', power="9" * 400)
    assert refused(tmp_path / f"long{ending}", text) == (
        f"supply.b: power_mw = {'9' * 77}... MW; allowed: a finite number at least 0 and at most 1e+06 MW"
    )
    text = text.replace("battery", "measured_source").replace("energy_mwh", "clean_pu")
    assert refused(tmp_path / f"profile{ending}", text) == (
        f"supply.b: power_mw = {'9' * 77}... MW; allowed: a finite number at least 0 and at most 1e+06 MW, "
        "or a table with the key windows, hourly, csv, times_s, dates or years"
    )


@pytest.mark.parametrize("ending", list(TEXTS))
def test_a_number_of_five_thousand_digits_is_refused(ending: str, tmp_path: Path) -> None:
    text = TEXTS[ending].format(kind='"battery"', power="9" * 5000)
    assert refused(tmp_path / f"longer{ending}", text) == (
        "file contains a whole number of more than 4,300 digits"
    )


@pytest.mark.parametrize("ending", [".toml", ".yaml"])
def test_a_long_number_in_hexadecimal_digits_is_refused(ending: str, tmp_path: Path) -> None:
    text = TEXTS[ending].format(kind='"battery"', power="0x" + "f" * 5000)  # 4 bits each
    assert refused(tmp_path / f"hex{ending}", text) == (
        "supply.b: power_mw = a whole number of 20000 bits MW; "
        "allowed: a finite number at least 0 and at most 1e+06 MW"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lists.toml", f"name = {'[' * 3000}{']' * 3000}"),
        ("dots.toml", f"name.{'.'.join('a' * 3000)} = 1"),
        ("lists.yaml", f"name: {'[' * 3000}{']' * 3000}"),
        ("lists.json", f'{{"name": {"[" * 3000}{"]" * 3000}}}'),
        ("some.json", f'{{"name": {"[" * 200}{"]" * 200}}}'),
        ("tables.json", '{"a": ' * 100_000 + "1" + "}" * 100_000),
        ("merged.yaml", "a: &a {<<: *a}"),
    ],
)
def test_deep_nesting_is_refused(name: str, text: str, tmp_path: Path) -> None:
    assert refused(tmp_path / name, text) == "file is nested too deeply; allowed: at most 100 levels"


def test_a_hundred_levels_are_read(tmp_path: Path) -> None:
    # the table of fields is a level, and 99 lists are in it
    assert refused(tmp_path / "x.json", f'{{"name": {"[" * 99}{"]" * 99}}}') == (
        f"Campus: name = {'[' * 77}...; allowed: text of at least 1 character"
    )


def bomb(first: str, one: str) -> str:
    """A YAML file whose aliases expand to 10 ** 12 values."""
    lines = [f"a{level}: &a{level} {one % ', '.join([f'*a{level - 1}'] * 10)}\n" for level in range(1, 13)]
    return "".join([f"name: x\na0: &a0 {first}\n", *lines])


@pytest.mark.parametrize(
    "text",
    [bomb("[x]", "[%s]"), "a: &a [*a]", f"name: [{'1, ' * 100_000}]"],
    ids=["bomb", "itself", "long list"],
)
def test_yaml_of_more_than_100_000_values_is_refused(text: str, tmp_path: Path) -> None:
    assert refused(tmp_path / "bomb.yaml", text) == ("file expands to more than 100,000 values and keys")


def test_tables_that_are_merged_many_times_over_are_refused(tmp_path: Path) -> None:
    text = bomb("{" + ", ".join(f"k{number}: 1" for number in range(20)) + "}", "{<<: [%s]}")
    # 20 keys x 10 x 10 x 10 x 10 are 200,000 pairs; later versions of PyYAML merge equal pairs once
    assert refused(tmp_path / "merge.yaml", text).splitlines()[0] in {
        "file expands to more than 100,000 values and keys",
        (
            "Campus: a0 is unknown; known: agreements, carbon_usd_per_t, demand, economics, facility, name, "
            "run, servers, start, supply, target, timezone, weather"
        ),
    }


def test_a_bomb_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "bomb.yaml").write_text(bomb("[x]", "[%s]"))
    tracemalloc.start()
    assert told(lambda: Campus.load(tmp_path / "bomb.yaml")).endswith("100,000 values and keys")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


@pytest.mark.parametrize("ending", [".json", ".toml"])
def test_a_million_values_are_the_most_in_any_format(ending: str, tmp_path: Path) -> None:
    numbers = "1," * 1_000_000 + "1"
    text = f"name = [{numbers}]" if ending == ".toml" else f'{{"name": [{numbers}]}}'
    path = tmp_path / f"many{ending}"
    path.write_text(text)
    assert told(lambda: Campus.load(path)).endswith(" expands to more than 1,000,000 values and keys")


def test_a_file_of_more_than_16_mib_is_refused(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "big.json", " " * (16 * 2**20 + 1)) == "file is too large; allowed: at most 16 MiB"
    )
    assert refused(tmp_path / "big.yaml", "#" * (4 * 2**20 + 1)) == (
        "file has more than 4,194,304 characters, which YAML may not; use JSON or TOML"
    )


def test_of_many_problems_the_first_hundred_are_listed(tmp_path: Path) -> None:
    keys = ", ".join(f'"k{number}": 1' for number in range(1000))
    lines = refused(tmp_path / "keys.json", f'{{"name": "x", {keys}}}').splitlines()
    assert len(lines) == 101
    assert lines[-1] == "Campus: further problems are not listed"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("latin.toml", b'# x\nname = "\xe9"', "file is not UTF-8 text: row 2 contains the byte 0xe9"),
        ("cut.json", b'{"name": "\xc3', "file is not UTF-8 text: row 1 contains the byte 0xc3"),
        ("zero.yaml", b"name: x\n\0", "file is not text: row 2 contains a zero byte"),
        ("wide.toml", 'name = "x"'.encode("utf-16-le"), "file is not text: row 1 contains a zero byte"),
        ("empty.toml", b"", "file is empty"),
        ("empty.yaml", b" \n", "file is empty"),
        ("empty.json", b"", "file is empty"),
        ("table.json", b"{}", "file is empty"),
        ("null.json", b"null", "file is empty"),
        ("comment.toml", b"# name\n", "file is empty"),
        ("comment.yaml", b"# name\n", "file is empty"),
    ],
)
def test_a_file_that_is_empty_or_no_text_is_refused(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    assert refused(tmp_path / name, content) == message


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "device.toml").symlink_to("/dev/zero")
    (tmp_path / "folder.toml").mkdir()
    assert refused(tmp_path / "loop.toml") == "file is a symbolic link that leads to itself"
    special = "file is a pipe, a device or a socket; a regular file is needed"
    assert refused(tmp_path / "pipe.toml") == special
    assert refused(tmp_path / "device.toml") == special
    assert refused(tmp_path / "folder.toml") == "file is a folder; a file is needed"
    assert refused(tmp_path / f"{'x' * 300}.toml") == "file cannot be read: File name too long"
    assert "contains a zero byte" in refused(tmp_path / "x\0.toml")
