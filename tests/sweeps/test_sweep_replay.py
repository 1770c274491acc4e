"""A sweep replays where it can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import Campus, SizeResult, SpecError, size
from sim.bus.stretch import IS_COMPILED
from sim.replay.obstacle import obstacle
from sim.report.markdown import to_markdown
from sim.site import Site
from sim.sweeps import SweepResult, sweep
from sim.sweeps.selection import Selection
from sim.sweeps.task import Outcome, Task, run_task

pytestmark = pytest.mark.skipif(not IS_COMPILED, reason="a replay needs compiled code")

GRID = {"kind": "grid", "import_limit_mw": 9.0, "demand_charge_usd_per_mw_month": 900.0}
CAMPUS = Campus(
    name="c",
    supply={
        "grid": GRID,
        "battery": {"kind": "battery", "power_mw": 4.0, "energy_mwh": 8.0},
        "sun": {"kind": "measured_source", "power_mw": {"times_s": [0.0, 43200.0], "values": [12.0, 0.0]}},
    },
    demand={"load": {"kind": "measured_load", "power_mw": 10.0}},
)
OVER: dict[str, list[Any]] = {"supply.battery.energy_mwh": [0.0, 8.0, 20.0]}
GAS = {"kind": "gas_turbines", "units": 1, "unit_mw": 5.0}
MIXED = Campus(name="c", supply={**CAMPUS.supply, "gas": GAS}, demand=CAMPUS.demand)


def test_metrics_are_those_of_the_runs(tmp_path: Path) -> None:
    replayed = sweep(CAMPUS, over=OVER, days=3.0, seeds=2, jobs=1, out=tmp_path / "replayed")
    run = sweep(CAMPUS, over=OVER, days=3.0, seeds=2, jobs=1, out=tmp_path / "run", replay=False)
    assert (replayed.replayed, run.replayed) == (6, 0)
    assert list(replayed.points) == list(run.points)
    for name in run.metrics:
        found, wanted = replayed.points[name].to_list(), run.points[name].to_list()
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True), name
    assert "All runs replayed." in replayed.report()
    assert "replayed" not in run.report()
    assert SweepResult.load(tmp_path / "replayed").replayed == 6


def test_every_engine_replays_to_the_same_bits() -> None:
    one = sweep(CAMPUS, over=OVER, days=3.0, jobs=1)
    two = sweep(CAMPUS, over=OVER, days=3.0, jobs=2)
    assert two.replayed == 3
    assert one.points.equals(two.points)


def test_a_sweep_replays_the_points_that_it_can() -> None:
    found = sweep(MIXED, over={"supply.gas.units": [0, 1]}, days=1.0, jobs=1)
    assert found.replayed == 0
    assert found.report().count("replayed") == 0
    points = [{"supply.battery.strategy.kind": kind} for kind in ("day_ahead", "peak_shaving")]
    mixed = sweep(CAMPUS, over=points, days=2.0, jobs=1)
    assert "1 of 2 runs replayed." in mixed.report()


@pytest.mark.parametrize("replay", ["yes", 2, 0.5])
def test_only_yes_no_and_nothing_are_asked_for(replay: Any) -> None:
    with pytest.raises(SpecError) as caught:
        sweep(CAMPUS, over=OVER, days=1.0, replay=replay)
    assert str(caught.value) == f"sweep: replay = {replay!r}; allowed: True, False or None"


def test_points_that_are_alike_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def looks(site: Site) -> str:
        looked.append("")
        return obstacle(site)

    monkeypatch.setattr("sim.sweeps.run.obstacle", looks)
    sweep(CAMPUS, over={"supply.battery.energy_mwh": [0.0, 5.0, 6.0, 7.0]}, days=1.0, jobs=1, replay=True)
    assert len(looked) == 2  # with and without energy


def test_a_replay_that_is_asked_for_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        sweep(MIXED, over={"supply.gas.units": [1, 2]}, days=1.0, out=tmp_path / "out", replay=True)
    assert str(caught.value) == (
        "sweep: replay is not possible at supply.gas.units = 1: gas decides while the clock runs; "
        "without --replay (replay=True in Python) such runs are simulated event by event"
    )
    assert not (tmp_path / "out").exists()


def test_a_replay_that_is_asked_for_is_made() -> None:
    assert sweep(CAMPUS, over=OVER, days=1.0, jobs=1, replay=True).replayed == 3


def test_the_note_counts_all_runs_whatever_is_shown(tmp_path: Path) -> None:
    found = sweep(CAMPUS, over=OVER, days=1.0, jobs=1)
    assert len(found.select(where=["supply.battery.energy_mwh<=0"])) == 1
    shown = to_markdown(found.document(selection=Selection.of(["supply.battery.energy_mwh<=0"])))
    assert "All runs replayed." in shown
    page = found.to_html(tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "none failed. All runs replayed." in page


def test_a_run_that_turns_out_to_decide_fails_where_a_replay_is_asked_for() -> None:
    """Points that are alike are looked at once: here only the second one retires within the run."""
    model = Campus(name="c", supply={**CAMPUS.supply, "grid": {**GRID, "retired": 9.0}}, demand=CAMPUS.demand)
    found = sweep(model, over={"supply.grid.retired": [9.0, 0.5]}, days=1.0, jobs=1, replay=True)
    assert (found.replayed, len(found.failures)) == (1, 1)
    assert found.failures["error"][0] == (
        "c: replay is not possible: grid enters service, retires or has planned outages"
    )


def searched(**more: int) -> SizeResult:
    """A short search for the size of the battery."""
    sizes = {"supply.battery.energy_mwh": (1.0, 20.0)}
    return size(CAMPUS, sizes, minimise="cost_usd", days=1.0, most_runs=16, jobs=1, **more)


def test_the_best_size_is_checked_event_by_event() -> None:
    found = searched(check_seeds=2)
    assert found.sweep.replayed == len(found.sweep.points)
    assert "All runs replayed. Those with fresh seeds were simulated event by event." in found.report()


def test_trials_that_are_run_again_are_not_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool | None] = []

    def counts(task: Task) -> Outcome:
        asked.append(task.replay)
        return run_task(task)

    monkeypatch.setattr("sim.sweeps.engines.run_task", counts)
    searched()
    assert asked[-3:] == [False] * 3
    assert set(asked[:-3]) == {None}
