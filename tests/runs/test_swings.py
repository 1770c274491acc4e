"""Swings: lines of known amplitude are found, steps are exact, and coarse recordings are refused."""

from __future__ import annotations

from math import pi

import numpy as np
import pandas as pd
import pytest
from builders import DATA, serve, told

from sim import Result
from sim.campus import GridConnection
from sim.runs.swings import lines_of, power_of, swings_of
from sim.timeseries.series import StepSeries


def power(times_s: np.ndarray, mw: np.ndarray, end_s: float) -> StepSeries:
    return StepSeries(times_s, mw, end_s)


def test_two_sines_in_fine_steps_are_two_lines() -> None:
    # the lines of a measured training job, of which neither has whole cycles in two hours
    t_s = np.arange(0.0, 7200.0, 0.1)
    mw = 0.44 + 0.0181 * np.sin(2 * pi * t_s / 10.92) + 0.0066 * np.sin(2 * pi * t_s / 142.0)
    fast, slow = swings_of(power(t_s, mw, 7200.0)).lines
    assert fast.period_s == pytest.approx(10.92, rel=1e-6)
    assert slow.period_s == pytest.approx(142.0, rel=1e-6)
    assert fast.amplitude_mw == pytest.approx(0.0181, rel=1e-3)  # steps of 0.1 s take 0.01 %
    assert slow.amplitude_mw == pytest.approx(0.0066, rel=1e-3)


@pytest.mark.parametrize("period_s", [10.7, 20.0, 142.2])
def test_a_square_cycle_is_one_line_with_the_amplitude_of_its_fundamental(period_s: float) -> None:
    # 10 MW and 0 MW in turn: 5 MW about the mean, of which the fundamental has 4 / pi
    halves = int(7200 / period_s * 2)
    t_s = np.arange(halves) * 0.5 * period_s
    mw = np.where(np.arange(halves) % 2 == 0, 10.0, 0.0)
    found = swings_of(power(t_s, mw, halves * 0.5 * period_s))
    assert found.lines[0].period_s == pytest.approx(period_s, rel=1e-3)
    assert found.lines[0].amplitude_mw == pytest.approx(5.0 * 4 / pi, rel=2e-3)
    assert len(found.lines) == 1  # its harmonics belong to it
    assert found.changes.step_mw == 10.0


def test_a_line_has_the_amplitude_of_its_strongest_stretch() -> None:
    # a day whose hours 10 to 16 have a cycle of 30 s: 6 h hold a whole stretch of 4.6 h
    t_s = np.arange(0.0, 86400.0, 15.0)
    cycle = np.where((t_s % 30.0 == 0.0) & (t_s >= 36000.0) & (t_s < 57600.0), 2.0, 0.0)
    (line,) = swings_of(power(t_s, 5.0 + cycle, 86400.0)).lines
    assert line.period_s == pytest.approx(30.0, rel=1e-4)
    assert line.amplitude_mw == pytest.approx(4 / pi, rel=0.02)  # 1 MW about the mean


def test_noise_and_a_single_step_have_no_lines() -> None:
    noise = np.random.default_rng(0).normal(size=50_000)
    assert lines_of(noise) == []
    assert swings_of(power(np.array([0.0, 5000.0]), np.array([1.0, 9.0]), 10_000.0)).lines == ()


def test_the_percentile_is_of_the_steps_between_means_over_two_seconds() -> None:
    # 3 of the 199 steps are of 4 MW, at 100, 200 and 300 s: 1.5 %; a step within a sample is halved
    even = power(np.array([0.0, 100.0, 200.0, 300.0]), np.array([0.0, 4.0, 0.0, 4.0]), 400.0)
    assert swings_of(even).step_2s_p99_mw == 4.0
    odd = power(np.array([0.0, 101.0]), np.array([0.0, 4.0]), 104.0)
    assert swings_of(odd).step_2s_p99_mw == 2.0
    assert swings_of(odd).changes.step_mw == 4.0


def test_a_power_shorter_than_two_samples_has_no_step_between_them_and_no_lines() -> None:
    found = swings_of(power(np.array([0.0, 1.0]), np.array([1.0, 2.0]), 3.0))
    assert (found.step_2s_p99_mw, found.lines, found.changes.step_mw) == (0.0, (), 1.0)


def cycling(record_s: float | None = None) -> Result:
    """A load that changes between 8 and 2 MW every 10 s for 20 minutes, behind a grid connection."""
    t_s = np.arange(0.0, 1200.0, 10.0)
    profile = {"times_s": t_s.tolist(), "values": np.where(t_s % 20.0 == 0.0, 8.0, 2.0).tolist()}
    return serve(profile, {"grid": GridConnection(import_limit_mw=5.0)}, days=1200 / 86400, record_s=record_s)


def test_a_run_has_the_swings_of_its_load_its_import_and_each_flow() -> None:
    result = cycling()
    for of, step_mw in (("load", 3.0), ("import", 3.0), ("load.unserved_mw", 3.0), ("grid.export_mw", 0.0)):
        found = result.swings(of)
        assert found.changes.step_mw == pytest.approx(step_mw)  # 5 and 2 MW are served, of 8 and 2
        lines = [(line.period_s, line.amplitude_mw) for line in found.lines]
        wanted = [(20.0, 1.5 * 4 / pi)] if step_mw else []
        assert [value for line in lines for value in line] == pytest.approx(
            [v for line in wanted for v in line]
        )


def test_recorded_means_are_refused() -> None:
    assert told(lambda: cycling(60.0).swings()) == (
        "swings: record_s = 60 s; means do not show swings; run it again and record every change"
    )


def test_an_unknown_flow_is_refused_with_the_nearest_one() -> None:
    message = told(lambda: power_of(cycling(), "load.serve_mw"))
    assert message.startswith("swings: of = 'load.serve_mw' does not exist; nearest: load.served_mw")


@pytest.mark.parametrize("run", ["5848-240517221859825376616_2", "5849-240518014016374832336_3"])
def test_a_measured_training_job_has_its_published_lines(run: str) -> None:
    # MLPerf Training 4.0, GPT-3 on 512 H100: 10.92 s with 18.1 kW and 142.0 s with 6.6 kW
    path = DATA / "mlperf_training" / f"64node_gpt3_{run}_ac.csv"
    if not path.is_file():
        pytest.skip(f"the trace is not at {path}; set DCGRID_DATA to the folder that holds it")
    rows = pd.read_csv(path)
    fast, slow, *_ = lines_of(rows["total_W"].to_numpy() / 1e6)
    assert fast.period_s == pytest.approx(10.92, abs=0.2)
    assert slow.period_s == pytest.approx(142.1, abs=0.5)
    assert fast.amplitude_mw == pytest.approx(0.0181, rel=0.05)
    assert slow.amplitude_mw == pytest.approx(0.0066, rel=0.05)
    held = swings_of(power(rows["t_s"].to_numpy(), rows["total_W"].to_numpy() / 1e6, 2.0 * len(rows)))
    # samples that are held for 2 s have sin(x) / x of it, with x = pi x 2 / 10.93
    x = pi * 2.0 / fast.period_s
    assert held.lines[0].amplitude_mw == pytest.approx(fast.amplitude_mw * np.sin(x) / x, rel=0.01)
