"""The profile of a run: exact numbers of calls, times that add up, and the results of any other run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from meadow import Meadow
from saved_files import files

from sim import Campus, Result, simulate
from sim.bus.stretch import IS_COMPILED
from sim.campus import Battery, MeasuredLoad
from sim.profiling.call_profile import CallProfile
from sim.profiling.run import profile_calls


def campus(*doors: str, **changed: Any) -> Campus:
    field = Meadow(**({"doors": doors} if doors else {}), **changed)
    return Campus(name="field", supply={"field": field}, demand={"barn": MeasuredLoad(power_mw=5.0)})


def calls(profile: CallProfile, owner: str = "field") -> dict[tuple[str, str], int]:
    return {(one.what, one.function): one.calls for one in profile.functions if one.owner == owner}


@pytest.fixture
def of_all_doors() -> CallProfile:
    return profile_calls(campus(), days=1)


def test_the_calls_of_a_kind_of_one_s_own_are_counted_exactly(of_all_doors: CallProfile) -> None:
    accounts = [function for what, function in calls(of_all_doors) if what == "account"]
    (mown,) = [function for function in accounts if function != "_mowings"]
    assert mown.startswith("lambda, meadow.py:")
    assert of_all_doors.result.summary.settlements == 6  # at 0, 4, 8, 12, 16 and 20 h
    assert calls(of_all_doors) == {
        ("mover", "Herd.advance"): 6,
        ("listener", "Herd.settled"): 6,
        ("listener", "Meadow.start.hear"): 6,
        ("watch", "_tell"): 5,  # the load takes 5 MW of 6
        ("series", "Meadow.start.grow"): 5,  # the first value is that of the start
        ("process", "_graze"): 3,  # at 0, 8 and 16 h
        ("event", "_ring"): 2,  # an alarm, and a call at a time
        ("account", mown): 1,  # all rows are one batch
        ("account", "_mowings"): 1,
    }
    assert of_all_doors.events == 5  # three of the process, and two


@pytest.mark.parametrize(
    ("door", "settlements"),
    [
        ("account", 0),  # read in batches, in no settlement
        ("process", 0),
        ("event", 0),
        ("watch", 5),
        ("listener", 6),
        ("mover", 6),
        ("whole amounts", 5),  # at 20 h its bid is served in full
    ],
)
def test_a_settlement_counts_once_however_many_functions_it_calls(door: str, settlements: int) -> None:
    assert profile_calls(campus(door), days=1).python_settlements == settlements


def test_a_mover_and_a_listener_of_one_settlement_are_one_settlement(of_all_doors: CallProfile) -> None:
    assert of_all_doors.python_settlements == 6


def test_the_parts_add_up_to_the_time_of_the_run_and_nothing_is_left_out() -> None:
    began_s = time.perf_counter()
    profile = profile_calls(campus("mover", "listener"), days=1)
    all_s = time.perf_counter() - began_s
    parts_s = sum(one.seconds for one in profile.functions) + profile.events_s + profile.settlement_s
    parts_s += profile.closing_s + profile.profiling_s
    assert profile.run_s == pytest.approx(parts_s)
    assert 0.0 < profile.run_s + profile.preparation_s <= all_s
    assert min(one.seconds for one in profile.functions) >= 0.0


def test_a_function_that_takes_time_is_first() -> None:
    class Slow(Meadow):
        """A meadow that thinks."""

        kind: str = "slow_meadow"

        def start(self, site: Any, name: str) -> None:
            super().start(site, name)
            site.bus.listen(think, owner=name)

    def think(_now_s: float) -> None:
        until_s = time.perf_counter() + 0.02
        while time.perf_counter() < until_s:
            pass

    slow = Campus(name="c", supply={"field": Slow()}, demand={"barn": MeasuredLoad(power_mw=5.0)})
    first = profile_calls(slow, days=1).functions[0]
    assert (first.owner, first.what, first.calls) == ("field", "listener", 6)
    assert first.function.endswith(".think")


def saved(result: Result, folder: Path) -> dict[str, Any]:
    return files(result.save(folder))


def test_the_result_is_that_of_a_run_without_a_profile_to_the_last_byte(
    full_campus: Campus, tmp_path: Path
) -> None:
    plain = simulate(full_campus, days=3, seed=7)
    profile = profile_calls(full_campus, days=3, seed=7)
    assert saved(profile.result, tmp_path / "profiled") == saved(plain, tmp_path / "plain")
    assert {"mover", "listener", "process", "event", "scheduler", "account", "closing"} <= {
        one.what for one in profile.functions
    }


def test_so_is_that_of_a_kind_of_one_s_own(of_all_doors: CallProfile, tmp_path: Path) -> None:
    plain = simulate(campus(), days=1)
    assert saved(of_all_doors.result, tmp_path / "profiled") == saved(plain, tmp_path / "plain")


def test_seed_recording_and_progress_are_those_of_simulate() -> None:
    shares: list[float] = []
    profile = profile_calls(campus(), days=1, seed=3, record_s=3600.0, progress=shares.append)
    assert (profile.result.days, profile.result.seed, profile.result.record_s) == (1, 3, 3600.0)
    assert len(shares) == 100
    assert calls(profile)["mover", "Herd.advance"] == 6


def test_an_error_of_a_function_is_that_of_a_run_without_a_profile() -> None:
    wrong = campus("listener", fault=True)
    found = []
    runs: tuple[Callable[..., Any], ...] = (simulate, profile_calls)
    for run in runs:
        with pytest.raises(ZeroDivisionError) as refused:
            run(wrong, days=1)
        found.append(str(refused.value))
    assert found == ["no grass", "no grass"]


def test_participants_that_come_with_the_simulator_have_rows_too(full_campus: Campus) -> None:
    owners = Counter(one.owner for one in profile_calls(full_campus, days=1).functions)
    assert {"smr", "gas", "train", "chat", "h100"} <= set(owners)


def test_a_battery_is_called_without_python_where_it_is_compiled() -> None:
    stored = campus("account").with_values(
        {"supply": {"field": Meadow(doors=()), "bess": Battery(power_mw=1.0, energy_mwh=4.0)}}
    )
    profile = profile_calls(stored, days=1)
    movers = [one.function for one in profile.functions if one.what == "mover"]
    assert movers == ([] if IS_COMPILED else ["Store.advance"])
    assert (profile.python_settlements == 0) is IS_COMPILED
