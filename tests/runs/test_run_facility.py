"""The facility of a run: PUE over periods, whatever was recorded and after a run was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import compute

from sim import Result
from sim.campus import Facility, ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=10_000.0, busy_w=100_000.0)  # 0.1 to 1 MW


def run(days: float = 1.0) -> Result:
    """Twelve hours of work, then idle; overhead of 0.1 per IT power and 0.1 MW."""
    job = TrainingJob(pool="hall", gpus=100, work_gpu_h=1200.0)
    facility = Facility(pue=1.2, fixed_pu=0.5, design_it_mw=1.0)
    return compute(HALL, {"job": job}, facility=facility, days=days)


def test_pue_of_hours_months_and_the_run_is_energy_over_energy() -> None:
    result = run()
    assert result.hourly_pue.iloc[[0, 23]].tolist() == pytest.approx([1.2, 1.1 + 0.1 / 0.1])
    whole = 1.1 + 24 * 0.1 / 13.2
    assert result.summary.pue == pytest.approx(whole)
    assert result.monthly["pue"].tolist() == pytest.approx([whole])
    assert result.monthly["it_energy_mwh"].sum() == pytest.approx(result.summary.it_energy_mwh)


def test_the_pue_of_the_run_is_the_mean_of_its_months_by_it_energy() -> None:
    result = run(days=60.0)
    monthly = result.monthly
    assert len(monthly) == 3  # January, February and a day of March
    mean = np.average(monthly["pue"], weights=monthly["it_energy_mwh"])
    assert result.summary.pue == pytest.approx(mean)


def test_a_saved_run_has_the_same(tmp_path: Path) -> None:
    result = run()
    result.save(tmp_path / "run")
    assert Result.load(tmp_path / "run").hourly_pue.equals(result.hourly_pue)


def test_without_it_load_there_is_no_pue() -> None:
    result = compute(HALL, {}, import_limit_mw=0.0)
    assert result.summary.pue is None
    assert result.hourly_pue.isna().all()
    assert result.monthly["pue"].isna().all()
