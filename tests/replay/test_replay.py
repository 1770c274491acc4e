"""A replay gives what a run gives."""

from __future__ import annotations

import pytest
from campuses import SEEDS, replayable_campuses
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, simulate
from sim.bus.stretch import IS_COMPILED
from sim.replay.obstacle import obstacle
from sim.replay.replay import replay
from sim.runs.metrics import summarise
from sim.simulation import prepare

compiled = pytest.mark.skipif(not IS_COMPILED, reason="a replay needs compiled code")


def replayed(campus: Campus, days: float, seed: int = 0) -> dict[str, float | None]:
    """The metrics of a replay."""
    site = prepare(campus, days=days, seed=seed)
    assert obstacle(site) == ""
    return summarise(replay(site), loop_s=0.0, wall_s=0.0).metrics()


@compiled
@given(replayable_campuses(), st.sampled_from([0.004, 0.5, 2.03, 33.0]), SEEDS)
@settings(max_examples=60, deadline=None)
def test_every_metric_of_a_replay_is_that_of_the_run(campus: Campus, days: float, seed: int) -> None:
    run = simulate(campus, days=days, seed=seed).summary.metrics()
    found = replayed(campus, days, seed)
    assert list(found) == list(run)
    scale_mwh = sum(abs(run[name] or 0.0) for name in ("energy_mwh", "import_mwh", "export_mwh"))
    for name, value in run.items():
        if value is None or found[name] is None:
            assert found[name] is value, name
        elif name != "balance_residual_mwh":
            assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-9 + 1e-13 * scale_mwh), name
