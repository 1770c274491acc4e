"""The saved result: whatever is wrong with a file in it is one message that names both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim import Result, SpecError, __version__
from sim.cli import app


@pytest.fixture(scope="module")
def kept(paper: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper.save(tmp_path_factory.mktemp("kept") / "run")


@pytest.fixture
def saved(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "run"))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def refit(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_parquet(path)).to_parquet(path)


def told(folder: Path) -> str:
    """What loading says, which `dcgrid show` and `dcgrid compare` say too, with status 2."""
    with pytest.raises(SpecError) as caught:
        Result.load(folder)
    for words in (["show", str(folder)], ["compare", str(folder), str(folder)]):
        shown = CliRunner().invoke(app, words)
        assert (shown.exit_code, shown.stdout, shown.stderr) == (2, "", f"Error: {caught.value}\n")
    return str(caught.value)


def broken(folder: Path, message: str) -> str:
    return f"result: folder = {str(folder)!r} is not a complete result: {message}"


@pytest.mark.parametrize("name", ["summary.json", "campus.json"])
def test_bad_json_is_told_with_its_place(saved: Path, name: str) -> None:
    (saved / name).write_text('{"version": ')
    assert told(saved) == broken(
        saved, f"{name}: it is not JSON (Expecting value: line 1 column 13 (char 12))"
    )
    (saved / name).write_text("[1, 2]")
    assert told(saved) == broken(saved, f"{name}: it is not a table of fields")


def test_a_record_of_bytes_is_no_json(saved: Path) -> None:
    (saved / "summary.json").write_bytes(b"\xff\xfe\x00")
    assert told(saved).startswith(broken(saved, "summary.json: it is not JSON ('utf-8' codec can't decode"))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("summary.json", lambda data: data.pop("cost_usd"), "cost_usd is missing"),
        ("summary.json", lambda data: data.update(colour="red"), "colour is unknown"),
        (
            "summary.json",
            lambda data: data.update(cost_usd="much"),
            "cost_usd = 'much'; allowed: a finite number",
        ),
        (
            "summary.json",
            lambda data: data["supplied_mwh"].update(wind=None),
            "supplied_mwh.wind = None; allowed: a finite number",
        ),
        ("campus.json", lambda data: data.pop("seed"), "seed is missing"),
        ("campus.json", lambda data: data.update(colour="red"), "colour is unknown"),
        ("campus.json", lambda data: data.update(days="1"), "days = '1'; allowed: a finite number"),
        ("campus.json", lambda data: data.update(campus=[]), "its campus is not a table of fields"),
        ("campus.json", lambda data: data["campus"].pop("name"), "its campus has no name"),
        (
            "campus.json",
            lambda data: data["campus"].update(start="soon"),
            "its campus: Invalid isoformat string: 'soon'",
        ),
        ("books.json", lambda data: data.pop("totals"), "totals is missing"),
        (
            "books.json",
            lambda data: data.update(colour="red"),
            "colour is unknown; nearest: columns",
        ),
        (
            "books.json",
            lambda data: data["participants"][0].update(capacity_mw="much"),
            "participants[0].capacity_mw = 'much'; allowed: a finite number",
        ),
        (
            "books.json",
            lambda data: data["columns"].pop(),
            "its columns differ from those of flows.parquet",
        ),
    ],
)
def test_a_wrong_key_or_value_is_told_by_name(
    saved: Path, name: str, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    edit(saved / name, change)
    assert told(saved).startswith(broken(saved, f"{name}: {message}"))


@pytest.mark.parametrize("name", ["summary.json", "campus.json"])
def test_a_result_of_another_version_is_told_as_one(saved: Path, name: str) -> None:
    edit(saved / "campus.json", lambda data: data.update(version="0.0.9"))
    assert Result.load(saved).version == "0.0.9"  # as long as its keys are ours
    edit(saved / name, lambda data: data.update(colour="red"))
    message = f"{name}: colour is unknown; dcgrid 0.0.9 saved it, this is dcgrid {__version__}"
    assert told(saved) == broken(saved, message)


@pytest.mark.parametrize("name", ["hours", "requests", "latencies"])
def test_a_result_of_another_version_without_a_table_is_told_as_one(saved: Path, name: str) -> None:
    (saved / f"{name}.parquet").unlink()
    message = f"result: folder = {str(saved)!r} is not a saved result: {name}.parquet is missing"
    assert told(saved) == message
    edit(saved / "campus.json", lambda data: data.update(version="0.0.9"))
    assert told(saved) == f"{message}; dcgrid 0.0.9 saved it, this is dcgrid {__version__}"
    (saved / "campus.json").write_text("{")  # then nobody can tell
    assert told(saved) == message


@pytest.mark.parametrize(
    "name",
    [
        "flows.parquet",
        "events.parquet",
        "jobs.parquet",
        "requests.parquet",
        "latencies.parquet",
        "demand.parquet",
        "hours.parquet",
        "months.parquet",
    ],
)
def test_a_torn_table_is_told(saved: Path, name: str) -> None:
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(whole[: len(whole) // 2])
    assert told(saved) == broken(saved, f"{name}: it is damaged or not a Parquet file")
    (saved / name).write_bytes(b"")
    assert told(saved) == broken(saved, f"{name}: it is damaged or not a Parquet file")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("flows", lambda frame: frame.drop(columns="dt_h"), "the column dt_h is missing"),
        ("flows", lambda frame: frame.drop(columns="t_s"), "the column t_s is missing"),
        (
            "flows",
            lambda frame: frame.assign(price=1.0),
            "the column price is not named <participant>.<flow>",
        ),
        ("flows", lambda frame: frame.assign(**{"wind.mw": "x"}), "the column wind.mw is not numeric"),
        ("flows", lambda frame: frame.assign(t_s="x"), "the column t_s is not numeric"),
        ("flows", lambda frame: frame.iloc[1:], "its times do not run from 0 s to the end of 1 days"),
        ("flows", lambda frame: frame.iloc[:0], "its times do not run from 0 s to the end of 1 days"),
        (
            "flows",
            lambda frame: frame.assign(t_s=np.arange(len(frame)) * 86400.0),
            "its times do not run from 0 s to the end of 1 days",
        ),
        ("events", lambda frame: frame.drop(columns="mw"), "the column mw is missing"),
        ("events", lambda frame: frame.assign(mwh="x"), "the column mwh is not numeric"),
        ("jobs", lambda frame: frame.drop(columns="gpus"), "the column gpus is missing"),
        ("requests", lambda frame: frame.drop(columns="slots"), "the column slots is missing"),
        ("latencies", lambda frame: frame.assign(to_s="x"), "the column to_s is not numeric"),
        ("demand", lambda frame: frame.drop(columns="load"), "the column load is missing"),
        ("hours", lambda frame: frame.drop(columns="clean_mwh"), "the column clean_mwh is missing"),
        ("hours", lambda frame: frame.drop(columns="bess.level_mwh"), "the column bess.level_mwh is missing"),
    ],
)
def test_a_foreign_table_is_told_by_its_column(
    saved: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    refit(saved / f"{name}.parquet", change)
    assert told(saved) == broken(saved, f"{name}.parquet: {message}")
