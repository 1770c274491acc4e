"""The facility: overhead in proportion and fixed, over a period."""

from __future__ import annotations

from typing import Any

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


def test_fixed_power_is_added_to_the_overhead_of_a_number() -> None:
    summary = run(Facility(pue=1.2, fixed_mw=0.05)).summary
    assert summary.energy_mwh == pytest.approx(1.2 * 13.2 + 24 * 0.05)


def test_cooling_replaces_the_number_in_files_too() -> None:
    facility = Facility(cooling={"kind": "wet_bulb"})
    assert facility.pue is None
    assert Facility(**facility.to_dict()) == facility


def test_a_floor_that_counts_losses_twice_is_remarked() -> None:
    ups = {"rated_mw": 1.0}
    twice = Facility(cooling={"kind": "wet_bulb"}, ups=ups)
    assert twice.remarks() == ("cooling.floor_pu = 0.088 pu includes losses of conversion; lower it",)
    assert not Facility(cooling={"kind": "wet_bulb", "floor_pu": 0.05}, ups=ups).remarks()
    assert not Facility(ups=ups).remarks()


def test_unverified_values_of_its_parts_count() -> None:
    # of cooling: humidity, evaporated share and cycles; firm worth stays, and the assumed PUE is gone
    assert Facility(cooling={"kind": "wet_bulb"}).unverified() == Facility().unverified() - 1 + 3


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
        (
            {"pue": 1.3, "cooling": {"kind": "wet_bulb"}},
            "Facility: pue = 1.3 ratio; allowed: none beside cooling, from which the PUE results",
        ),
        (
            {"fixed_pu": 0.5, "design_it_mw": 1.0, "cooling": {"kind": "wet_bulb"}},
            "Facility: fixed_pu = 0.5 pu; allowed: 0 pu beside cooling; use fixed_mw",
        ),
        (
            {"pue": None},
            "Facility: pue = None; allowed: a number at least 1 and at most 10 ratio, without cooling",
        ),
        (
            {"cooling": {"kind": "chiller", "rated_mw": 0.0}},
            "cooling: rated_mw = 0.0 MW; allowed: a finite number at least 1e-09 and at most 1e+06 MW",
        ),
        (
            {"cooling": {"kind": "wet_bulb", "cycles_of_concentration": 1.0}},
            "cooling: cycles_of_concentration = 1.0; allowed: a finite number at least 1.1 and at most 100",
        ),
        (
            {"ups": {"rated_mw": 1.0, "redundancy": "3N"}},
            "ups: redundancy = '3N'; allowed: 'N' or '2N'",
        ),
    ],
)
def test_wrong_facilities_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Facility(**wrong)
    assert str(refused.value) == message
