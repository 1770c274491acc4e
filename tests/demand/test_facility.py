"""The facility: overhead in proportion and fixed, over a period."""

from __future__ import annotations

import pytest
from builders import compute

from sim import Result, SpecError
from sim.campus import Facility, ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=10_000.0, busy_w=100_000.0)  # 0.1 to 1 MW


def run(facility: Facility, *, limit_mw: float = 100.0) -> Result:
    """A day on which 100 GPUs work for twelve hours and idle for twelve."""
    job = TrainingJob(pool="hall", gpus=100, work_gpu_h=1200.0)
    return compute(HALL, {"job": job}, facility=facility, import_limit_mw=limit_mw)


def test_overhead_in_proportion_keeps_the_pue_whatever_the_load() -> None:
    summary = run(Facility(pue=1.2)).summary
    assert summary.it_energy_mwh == pytest.approx(12 * 1.0 + 12 * 0.1)
    assert summary.energy_mwh == pytest.approx(1.2 * 13.2)
    assert summary.pue == pytest.approx(1.2)


def test_a_fixed_share_makes_the_pue_of_a_period_worse_than_that_at_design_load() -> None:
    summary = run(Facility(pue=1.2, fixed_pu=0.5, design_it_mw=1.0)).summary
    fixed = 0.2 * 0.5 * 1.0 * 24  # drawn all day
    assert summary.it_energy_mwh == pytest.approx(13.2)
    assert summary.energy_mwh == pytest.approx(13.2 * 1.1 + fixed)
    assert summary.pue == pytest.approx(1.1 + fixed / 13.2)


def test_at_design_load_the_pue_is_the_one_given() -> None:
    result = run(Facility(pue=1.3, fixed_pu=0.4, design_it_mw=1.0))
    first = result.flows.iloc[0]
    assert first["facility.served_mw"] == pytest.approx(0.3 * 0.4)
    assert sum(first[result.columns("served_mw")]) == pytest.approx(1.3 * 1.0)


def test_without_a_fixed_share_nobody_is_called_facility() -> None:
    assert not [name for name in run(Facility()).flows.columns if name.startswith("facility.")]


def test_fixed_overhead_is_firm_demand() -> None:
    summary = run(Facility(pue=1.2, fixed_pu=0.5, design_it_mw=1.0), limit_mw=0.0).summary
    assert summary.unserved_by_load_mwh["facility"] == pytest.approx(0.1 * 24)
    assert summary.pue is None  # no IT energy, no ratio


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pue": 0.9}, "Facility: pue = 0.9 ratio; allowed: a finite number at least 1 and at most 10 ratio"),
        (
            {"pue": 120.0},
            "Facility: pue = 120.0 ratio; allowed: a finite number at least 1 and at most 10 ratio",
        ),
        ({"fixed_pu": 0.5}, "Facility: design_it_mw = 0.0 MW; allowed: above 0 MW if fixed_pu is above 0"),
    ],
)
def test_wrong_facilities_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Facility(**wrong)
    assert str(refused.value) == message
