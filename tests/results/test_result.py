"""The result: frames, saving whole or not at all, and loading what was saved."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import Campus, Result, SpecError, simulate

FILES = {
    "campus.json",
    "summary.json",
    "flows.parquet",
    "events.parquet",
    "jobs.parquet",
    "requests.parquet",
    "latencies.parquet",
    "bill.parquet",
    "report.md",
    "books.json",
    "demand.parquet",
    "months.parquet",
    "hours.parquet",
    "dispatch.png",
}


@contextmanager
def quota(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk [byte]."""
    resource = pytest.importorskip("resource", reason="only POSIX systems limit the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def contents(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def test_flows_are_steps_in_local_time(full: Result) -> None:
    flows = full.flows
    assert str(flows.index.tz) == "America/New_York"
    assert flows.index.is_monotonic_increasing
    assert flows["dt_h"].sum() == pytest.approx(12 * 24.0, rel=1e-12)
    assert (flows["dt_h"] > 0.0).all()


def test_hourly_means_of_the_paper_campus(paper: Result) -> None:
    hourly = paper.hourly
    assert len(hourly) == 24
    # the battery is full half-way through the ninth hour: 6 MW x 0.5 h + 10 MW x 0.5 h
    assert hourly["wind.curtailed_mw"].iloc[6:12].tolist() == pytest.approx([6.0, 6.0, 8.0, 10.0, 10.0, 10.0])
    assert hourly["bess.discharge_mw"].iloc[11:15].tolist() == pytest.approx([0.0, 4.0, 4.0, 0.0], abs=1e-6)


def test_hourly_means_hold_all_energy_of_a_run_that_ends_within_an_hour(full_campus: Campus) -> None:
    result = simulate(full_campus, days=1.02, seed=7)  # 24.48 h: 24 hours and one of 0.48 h
    hours = np.append(np.ones(24), 0.48)
    assert hours @ result.hourly["h100.served_mw"] == pytest.approx(
        (result.flows["h100.served_mw"] * result.flows["dt_h"]).sum(), rel=1e-12
    )


def test_columns_are_found_by_label(paper: Result) -> None:
    assert paper.columns("charge_mw", "discharge_mw") == ["bess.charge_mw", "bess.discharge_mw"]
    assert paper.columns("it_mw") == []


def test_events_and_jobs_tell_when_and_how_much(paper: Result, full: Result) -> None:
    shortages = paper.events[paper.events["event"] == "shortage"]
    assert shortages["time"].dt.hour.tolist() == [0, 14]
    assert shortages["mwh"].tolist() == pytest.approx([24.0, 40.0], rel=1e-6)
    train = full.jobs.set_index("name").loc["train"]
    assert train["work_gpu_h"] == 6400 * 240.0
    assert 0.0 < train["done_gpu_h"] <= train["work_gpu_h"]


def test_a_result_comes_back_as_it_was_saved(full: Result, tmp_path: Path) -> None:
    loaded = Result.load(full.save(tmp_path / "run"))
    assert loaded.summary == full.summary
    assert loaded.campus == full.campus
    assert (loaded.days, loaded.seed, loaded.version) == (full.days, full.seed, full.version)
    for name in ("flows", "hourly", "events", "jobs"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(full, name), check_exact=True)
    assert loaded.report() == full.report()
    assert str(loaded) == full.report()


def test_a_result_without_events_or_jobs_comes_back_too(tmp_path: Path) -> None:
    empty = simulate(Campus(name="Empty"), days=1)
    loaded = Result.load(empty.save(tmp_path / "run"))
    for name in ("flows", "events", "jobs"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(empty, name), check_exact=True)


def test_a_loaded_result_saves_to_the_same_bytes(full: Result, tmp_path: Path) -> None:
    first = full.save(tmp_path / "first")
    second = Result.load(first).save(tmp_path / "second")
    assert contents(first) == contents(second)


def test_the_same_campus_and_seed_give_the_same_bytes(
    full_campus: Campus, full: Result, tmp_path: Path
) -> None:
    one = contents(full.save(tmp_path / "one"))
    two = contents(simulate(full_campus, days=12, seed=7).save(tmp_path / "two"))
    assert one.keys() == two.keys() == FILES
    summaries = [json.loads(saved.pop("summary.json")) for saved in (one, two)]
    for summary in summaries:
        del summary["loop_s"], summary["wall_s"]
    assert summaries[0] == summaries[1]
    assert one == two


def test_another_seed_gives_another_run(full_campus: Campus, full: Result) -> None:
    assert simulate(full_campus, days=12, seed=8).summary.supplied_mwh != full.summary.supplied_mwh


def test_a_saved_folder_is_as_readable_as_any_other(paper: Result, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert paper.save(tmp_path / "run").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_result_of_another_run_is_replaced_only_on_purpose(
    paper: Result, full: Result, tmp_path: Path
) -> None:
    before = contents(full.save(tmp_path / "run"))
    message = (
        f"result: folder = {str(tmp_path / 'run')!r} holds the result of another run (Full, 12 d, seed 7, "
        f"dcgrid {full.version}); choose another folder, or replace it with --replace (in Python "
        "replace=True)"
    )
    with pytest.raises(SpecError) as refused:
        paper.save(tmp_path / "run")
    assert str(refused.value) == message
    assert contents(tmp_path / "run") == before
    full.save(tmp_path / "run")  # the same run may be saved again
    paper.save(tmp_path / "run", replace=True)
    assert Result.load(tmp_path / "run").campus.name == "Paper"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_an_empty_folder_is_taken_and_missing_parents_are_made(paper: Result, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    paper.save(tmp_path / "there")
    paper.save(tmp_path / "not" / "yet" / "there")
    assert {entry.name for entry in (tmp_path / "not" / "yet" / "there").iterdir()} == FILES


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thesis.docx", "holds thesis.docx, which is not part of a result"),
        ("report.md", "but not a complete result"),
    ],
)
def test_a_folder_with_something_else_in_it_is_refused(
    paper: Result, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / name).write_text("years of work")
    with pytest.raises(SpecError, match=message):
        paper.save(tmp_path)
    assert contents(tmp_path) == {name: b"years of work"}


def test_a_file_is_no_folder(paper: Result, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(SpecError, match="is a file"):
        paper.save(tmp_path / "run")


def test_a_save_that_fails_half_way_leaves_nothing(full: Result, tmp_path: Path) -> None:
    with quota(20_000), pytest.raises(OSError, match="File too large"):
        full.save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_half_way_leaves_the_older_result(
    paper: Result, full: Result, tmp_path: Path
) -> None:
    before = contents(paper.save(tmp_path / "run"))
    with quota(20_000), pytest.raises(OSError, match="File too large"):
        full.save(tmp_path / "run", replace=True)
    assert contents(tmp_path / "run") == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_a_folder_without_a_result_cannot_be_loaded(paper: Result, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"nowhere' does not exist"):
        Result.load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SpecError, match="is a file; allowed: the folder of a saved result"):
        Result.load(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SpecError, match=r"is not a saved result: summary\.json is missing"):
        Result.load(tmp_path / "empty")
    (paper.save(tmp_path / "run") / "jobs.parquet").unlink()
    with pytest.raises(SpecError, match=r"jobs\.parquet is missing"):
        Result.load(tmp_path / "run")


def test_flows_can_be_exported_as_csv(full: Result, tmp_path: Path) -> None:
    path = full.export_csv(tmp_path / "flows.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        head, first, *rest = csv.reader(lines)
    assert head == ["time", "t_s", "dt_h", *full.flows.columns[1:]]
    assert first[:2] == ["2025-03-05T00:00:00-0500", "0"]
    assert len(rest) + 1 == len(full.flows)
    assert [float(cell) for cell in rest[-1][2:]] == full.flows.iloc[-1].tolist()


def test_an_export_that_fails_leaves_the_older_file(full: Result, tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("older")
    with quota(20_000), pytest.raises(OSError, match="File too large"):
        full.export_csv(path)
    assert contents(tmp_path) == {"flows.csv": b"older"}


def test_a_minute_level_run_holds_eight_bytes_a_number(full_campus: Campus) -> None:
    result = simulate(full_campus, days=12, seed=7, record_s=60.0)
    rows, columns = result.flows.shape
    assert rows == 12 * 24 * 60
    # a number is 8 bytes; the index adds a column
    assert result.flows.memory_usage().sum() == rows * (columns + 1) * 8
    assert np.shares_memory(result.flows[result.columns("served_mw")[0]].to_numpy(), result.books.flows)


def test_a_result_of_another_version_says_which(paper: Result, tmp_path: Path) -> None:
    replace(paper, version="0.0.9").save(tmp_path / "run")
    assert Result.load(tmp_path / "run").version == "0.0.9"


def test_a_result_its_books_and_its_campus_are_one_short_line_each(full: Result) -> None:
    assert repr(full) == "Result('Full', days=12, seed=7)"
    assert repr(full.campus) == str(full.campus) == "Campus('Full', supply=6, demand=2)"
    assert repr(full.books).startswith("Closed(days=12, settlements=")
    assert len(repr(full.books)) < 80
    assert len(repr(simulate(Campus(name="long " * 50), days=1))) < 120
