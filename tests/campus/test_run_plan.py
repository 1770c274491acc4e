"""The run in the campus: its length, seed and recording, which are no part of the model."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim import Campus, Result, SpecError, simulate
from sim.campus import MeasuredLoad, RunPlan
from sim.campus.run_plan import record_s_of, record_said
from sim.simulation import prepare
from sim.sweeps.base import fingerprint
from sim.timeseries.calendar import Calendar

HOUR = 3600.0
DAY = 86400.0
START = datetime.fromisoformat("2026-01-01T00:00:00-05:00")
NEW_YEAR = Calendar(START, "America/New_York")


def campus(**run: Any) -> Campus:
    load = MeasuredLoad(power_mw={"mean": 6.0, "hourly": [1.0, 2.0] * 12})
    return Campus(name="small", start=START, timezone="America/New_York", run=run, demand={"load": load})


# --- what it says -------------------------------------------------------------------------------------------


def test_a_run_is_as_long_as_its_campus_says_with_its_seed_and_recording() -> None:
    result = simulate(campus(days=2, seed=7, record="6h"))
    assert (result.days, result.seed, result.record_s) == (2.0, 7, 6 * HOUR)
    assert len(result.flows) == 8  # 48 h in 6 h


def test_arguments_override_the_run_of_the_campus() -> None:
    result = simulate(campus(days=2, seed=7, record="6h"), days=1, seed=0, record_s="change")
    assert (result.days, result.seed, result.record_s) == (1.0, 0, None)
    assert len(result.flows) == 24


def test_a_run_that_says_nothing_is_a_year_with_seed_0_and_every_change() -> None:
    site = prepare(campus())
    assert (site.horizon_s, campus().run) == (365 * 24 * HOUR, RunPlan(seed=0, record="change"))


@pytest.mark.parametrize(
    ("end", "hours"),
    [
        ("2026-01-03", 48),
        (date(2026, 1, 3), 48),
        ("2026-01-01T06:30", 6.5),
        ("2026-01-02T00:00Z", 19),  # 19:00 of the first day
        ("2026-03-09", 67 * 24 - 1),  # 31 + 28 + 8 days, and summer time skips an hour
    ],
)
def test_a_run_ends_on_its_date_in_local_time(end: Any, hours: float) -> None:
    assert campus(end=end).days == pytest.approx(hours / 24, rel=1e-15)


@given(end=st.datetimes(datetime(2026, 1, 2), datetime(2100, 1, 1)))  # noqa: DTZ001 - local times
def test_a_run_never_lasts_longer_than_to_its_end(end: datetime) -> None:
    in_utc = Calendar(datetime.fromisoformat("2026-01-01T00:00:00+00:00"), "UTC")
    days = RunPlan(end=end).length_d(in_utc)
    span_s = (end - datetime(2026, 1, 1)).total_seconds()  # noqa: DTZ001
    assert days is not None
    assert 0.0 <= span_s - days * DAY < 1e-6


@pytest.mark.parametrize(
    ("text", "record_s", "said"),
    [
        ("change", None, "change"),
        ("15min", 900.0, "15min"),
        ("90 s", 90.0, "90s"),
        ("3600s", 3600.0, "1h"),
        ("0.5d", 12 * HOUR, "12h"),
        ("48h", 48 * HOUR, "2d"),
    ],
)
def test_a_recording_is_a_word_or_a_duration(text: str, record_s: float | None, said: str) -> None:
    assert record_s_of(text) == record_s
    assert record_said(record_s) == said
    assert RunPlan(record=said).record_s == record_s


# --- what is refused ----------------------------------------------------------------------------------------

A_MOMENT = (
    "allowed: a date or time such as 2026-01-01 or 2026-07-01T06:00, local unless it has a UTC offset, "
    "in a year from 1900 to 2199"
)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({"days": 0}, "days = 0 d; allowed: a finite number at least 1.15741e-05 and at most 36525 d"),
        ({"days": -3}, "days = -3 d; allowed: a finite number at least 1.15741e-05 and at most 36525 d"),
        (
            {"days": 40000},
            "days = 40000 d; allowed: a finite number at least 1.15741e-05 and at most 36525 d",
        ),
        ({"days": 3, "end": "2026-01-04"}, "end = 2026-01-04 beside days = 3 d; allowed: one of them"),
        (
            {"end": "2026-01-01"},
            (
                "end = 2026-01-01; allowed: a time after the start of the run, 2026-01-01T00:00:00-05:00, "
                "by at most 36525 d"
            ),
        ),
        (
            {"end": "2199-01-01"},
            (
                "end = 2199-01-01; allowed: a time after the start of the run, 2026-01-01T00:00:00-05:00, "
                "by at most 36525 d"
            ),
        ),
        (
            {"end": "2026-03-08T02:30"},
            "end = 2026-03-08T02:30:00 does not exist in America/New_York; add a UTC offset",
        ),
        ({"end": "soon"}, f"end = 'soon'; {A_MOMENT}"),
        ({"end": 30}, f"end = 30; {A_MOMENT}"),
        ({"seed": -1}, "seed = -1; allowed: a whole number at least 0 and at most 9.22337e+18"),
        ({"seed": 1.5}, "seed = 1.5; allowed: a whole number at least 0 and at most 9.22337e+18"),
        (
            {"record": "3 parsecs"},
            "record = '3 parsecs'; allowed: change, or a duration in s, min, h or d, such as 15min or 1h",
        ),
        (
            {"record": "1s"},
            "record = '1s'; allowed: change, or a duration of at least 60 and at most 3.1536e+09 s",
        ),
        ({"day": 3}, "day is unknown; nearest: days"),
    ],
)
def test_a_mistake_in_the_run_is_one_message(run: dict[str, Any], message: str) -> None:
    assert told(lambda: campus(**run)) == f"run: {message}"


def test_a_wrong_argument_is_refused_whatever_the_campus_says() -> None:
    with pytest.raises(SpecError, match=r"^simulate: days = -1 d; allowed: a finite number above 0"):
        simulate(campus(days=2), days=-1)


# --- no part of the model -----------------------------------------------------------------------------------


def test_campuses_that_differ_in_their_run_are_one_model() -> None:
    one, other = campus(days=2, seed=7), campus(end="2026-05-01", record="1h")
    assert one == other
    assert one.content_hash() == other.content_hash()
    assert fingerprint(one) == fingerprint(other)
    assert len({one, other}) == 1
    assert one != one.with_values({"name": "other"})
    assert one.run != other.run


@pytest.mark.parametrize("ending", [".toml", ".yaml", ".json"])
def test_the_run_comes_back_from_a_file(ending: str, tmp_path: Path) -> None:
    for made in (campus(days=2.5, seed=7, record="15min"), campus(end="2026-02-01"), campus()):
        made.dump(tmp_path / f"campus{ending}")
        assert Campus.load(tmp_path / f"campus{ending}").run == made.run


def test_a_saved_result_has_its_length_and_seed_once(tmp_path: Path) -> None:
    """The saved model is the same whether options or the file said how to run it."""
    by_file = simulate(campus(days=1, seed=3))
    by_arguments = simulate(campus(end="2026-06-01"), days=1.0, seed=3)
    by_file.save(tmp_path / "file")
    by_arguments.save(tmp_path / "arguments")
    for name in ("campus.json", "flows.parquet"):
        assert (tmp_path / "file" / name).read_bytes() == (tmp_path / "arguments" / name).read_bytes()
    assert "run" not in by_file.model
    loaded = Result.load(tmp_path / "file")
    assert (loaded.days, loaded.seed, loaded.campus.run) == (1.0, 3, by_file.campus.run)


def test_the_run_is_changed_by_path() -> None:
    assert campus(seed=7).with_values({"run.days": 3}).run == RunPlan(days=3, seed=7)
