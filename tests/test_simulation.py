"""Simulate: the same bytes for the same seed, errors before the clock starts, and silence."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal

import pytest
from simpy import Event

from sim import Campus, OscillationError, SpecError, simulate
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource, SmallModularReactor
from sim.simulation import prepare
from sim.site import Site, Source


def campus(**more: Any) -> Campus:
    supply = {
        "grid": GridConnection(import_limit_mw=40.0, interruptions_per_year=200.0),
        "smr": SmallModularReactor(modules=1, mttf_h=200.0),
        **more,
    }
    return Campus(name="test", supply=supply, demand={"load": MeasuredLoad(power_mw=100.0)})


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, two = simulate(campus(), days=30, seed=3), simulate(campus(), days=30, seed=3)
    assert one.flows.equals(two.flows)
    assert one.flows.to_numpy().tobytes() == two.flows.to_numpy().tobytes()
    assert one.events.equals(two.events)
    timed = {"loop_s": 0.0, "wall_s": 0.0}
    assert {**one.summary.to_dict(), **timed} == {**two.summary.to_dict(), **timed}


def test_another_seed_gives_another_run() -> None:
    one, two = simulate(campus(), days=30, seed=3), simulate(campus(), days=30, seed=4)
    assert one.summary.unserved_mwh != two.summary.unserved_mwh


def test_adding_a_participant_changes_nobody_else_s_luck() -> None:
    alone, together = simulate(campus(), days=30), simulate(campus(another=SmallModularReactor()), days=30)
    for owner in ("grid", "smr"):
        before, after = (result.events[result.events["owner"] == owner] for result in (alone, together))
        assert before["time"].tolist() == after["time"].tolist()


def test_what_is_recorded_changes_no_total() -> None:
    every, hourly, daily = (
        simulate(campus(), days=30, record_s=step_s) for step_s in (None, 3600.0, 86400.0)
    )
    ignored = {"loop_s": 0.0, "wall_s": 0.0}
    assert {**every.summary.to_dict(), **ignored} == {**hourly.summary.to_dict(), **ignored}
    assert {**every.summary.to_dict(), **ignored} == {**daily.summary.to_dict(), **ignored}
    assert len(daily.flows) == 30


def test_progress_is_told_to_the_end_and_changes_nothing() -> None:
    told: list[float] = []
    watched = simulate(campus(), days=30, progress=told.append)
    assert len(told) == 100
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert watched.summary.unserved_mwh == simulate(campus(), days=30).summary.unserved_mwh


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    simulate(campus(), days=30)
    assert capfd.readouterr() == ("", "")


def test_a_part_of_a_day_is_a_run_too() -> None:
    summary = simulate(campus(), days=1 / 96 / 15).summary  # a minute
    assert summary.energy_mwh + summary.unserved_mwh == pytest.approx(100 / 60)


def test_an_error_names_whose_start_it_was(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    missing = {"csv": path, "column": "mw"}
    source = Campus(name="x", supply={"wind": MeasuredSource(power_mw=missing)})
    load = Campus(name="x", demand={"office": MeasuredLoad(power_mw=missing)})
    for broken, owner in ((source, "supply.wind"), (load, "demand.office")):
        with pytest.raises(SpecError) as refused:
            simulate(broken, days=1)
        assert str(refused.value) == f"{owner}: power_mw cannot be used: {path} does not exist"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"days": 0.0}, "days = 0.0 d; allowed: a finite number above 0 and at most 36525 d"),
        ({"days": -1}, "days = -1 d; allowed: a finite number above 0 and at most 36525 d"),
        ({"days": 1e6}, "days = 1000000.0 d; allowed: a finite number above 0 and at most 36525 d"),
        ({"days": float("nan")}, "days = nan d; allowed: a finite number above 0 and at most 36525 d"),
        ({"days": float("inf")}, "days = inf d; allowed: a finite number above 0 and at most 36525 d"),
        ({"days": "3"}, "days = '3' d; allowed: a finite number above 0 and at most 36525 d"),
        ({"days": True}, "days = True d; allowed: a finite number above 0 and at most 36525 d"),
        ({"seed": True}, "seed = True; allowed: a whole number at least 0 and at most 9223372036854775807"),
        ({"seed": -1}, "seed = -1; allowed: a whole number at least 0 and at most 9223372036854775807"),
        ({"seed": 1.5}, "seed = 1.5; allowed: a whole number at least 0 and at most 9223372036854775807"),
        (
            {"seed": 2**63},
            "seed = 9223372036854775808; allowed: a whole number at least 0 and at most 9223372036854775807",
        ),
        (
            {"days": 1 << 20_000},
            ("days = a whole number of 20001 bits d; allowed: a finite number above 0 and at most 36525 d"),
        ),
        (
            {"record_s": 5.0},
            "record_s = 5.0 s; allowed: a finite number at least 60 and at most 3.1536e+09 s",
        ),
        (
            {"record_s": float("inf")},
            "record_s = inf s; allowed: a finite number at least 60 and at most 3.1536e+09 s",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_the_clock_starts(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        simulate(campus(), **{"days": 1.0, **wrong})
    assert str(refused.value) == f"simulate: {message}"


def test_a_run_that_ends_beyond_the_calendar_of_pandas_is_refused_before_it_starts() -> None:
    late = Campus(name="late", start="2199-12-31T00:00:00+00:00", timezone="Pacific/Kiritimati")
    prepare(late, days=22_746.0)  # to 2262-04-11, local time 14 h later
    with pytest.raises(SpecError) as refused:
        prepare(late, days=22_747.0)
    assert str(refused.value) == (
        "simulate: days = 22747.0 d: the run ends at 2262-04-12T00:00:00+00:00; "
        "allowed: an end until 2262-04-11T00:00:00+00:00"
    )


def test_all_wrong_arguments_are_named_at_once() -> None:
    with pytest.raises(SpecError) as refused:
        simulate(campus(), days=0, seed=-1, record_s=0)
    assert len(str(refused.value).split("\n")) == 3


def test_set_up_is_linear_in_the_number_of_participants() -> None:
    """Ten times the participants make about ten times the calls, not a hundred times."""

    def calls(number: int) -> int:
        campus = Campus(
            name="large",
            supply={f"s{at}": {"kind": "measured_source", "power_mw": 1.0} for at in range(number)},
            demand={f"l{at}": {"kind": "measured_load", "power_mw": 0.9} for at in range(number)},
        )
        count = 0

        def step(*_: Any) -> None:
            nonlocal count
            count += 1

        sys.setprofile(step)
        try:
            simulate(campus, days=0.01)
        finally:
            sys.setprofile(None)
        return count

    calls(2)  # what is set up once
    assert calls(1000) <= 11 * calls(100)


class Fidget(Source):
    """A source whose process waits for nothing, for ever."""

    kind: Literal["fidget"] = "fidget"

    def start(self, site: Site, name: str) -> None:
        site.terminal(name)

        def twitch() -> Generator[Event, None, None]:
            while True:
                yield site.wait_h(0.0)

        site.process(twitch())


def test_a_participant_that_stands_still_is_named() -> None:
    campus = Campus(name="still", supply={"old_well": Fidget(), "sun": MeasuredSource(power_mw=1.0)})
    with pytest.raises(OscillationError, match=r"^old_well: the clock has not advanced from 0(\.0)? s"):
        simulate(campus, days=1)
