"""The verdict: whether a campus is powered, under what it allows, and what had to wait."""

from __future__ import annotations

import re

import pytest
from builders import compute, serve, steps

from sim import Result, SpecError
from sim.campus import GridConnection, ServerPool, SmallModularReactor, Target, TrainingJob


def line(result: Result, label: str) -> str:
    """The text of an item on one line."""
    text = re.sub(r"\n  ", " ", result.report())
    (found,) = re.findall(rf"^- {label}: (.*)$", text, flags=re.MULTILINE)
    return str(found)


def served(limit_mw: float, **target: float) -> Result:
    """Two days of 50 MW, 80 MW from 6:00 to 10:00 on the first day."""
    load = steps((0, 50.0), (6, 80.0), (10, 50.0))
    grid = GridConnection(import_limit_mw=limit_mw)
    return serve(load, {"grid": grid}, days=2, target=Target(**target))


def test_yes_with_its_margin() -> None:
    assert line(served(100.0), "Powered") == (
        "yes; all firm demand was served; reserve margin +25.0 % on 2025-01-01; this rests on seed 0 alone"
    )
    assert line(served(100.0), "Firm capacity") == (
        "tightest 2025-01-01 06:00 UTC: 100 MW for 80.0 MW wanted, margin +25.0 %"
    )
    assert line(served(100.0), "N-1") == (
        "tightest 2025-01-01 00:00 UTC: 0 MW without grid 100 MW for 50.0 MW wanted, margin -100.0 %"
    )


def test_no_short_by_how_much_when_and_why() -> None:
    assert line(served(60.0), "Powered") == (
        "no; short by up to 20.0 MW, 80.0 MWh in 4.00 h, first on 2025-01-01 06:00 UTC, mainly for capacity; "
        "reserve margin -25.0 % on 2025-01-01; this rests on seed 0 alone"
    )


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        # two days are allowed 2 / 365 of a year's: 15,000 MWh become 82.2, 14,000 MWh 76.7, 800 h 4.38
        ({"unserved_mwh_per_year": 15_000.0}, "yes"),
        ({"unserved_mwh_per_year": 14_000.0}, "no"),
        ({"unserved_h_per_year": 800.0}, "yes"),
        ({"unserved_h_per_year": 700.0}, "no"),
        ({"unserved_mwh_per_year": 15_000.0, "unserved_h_per_year": 700.0}, "no"),
        ({"unserved_mwh_per_year": 0.0}, "no"),
    ],
)
def test_a_campus_may_allow_some_energy_or_some_hours_a_year(target: dict[str, float], answer: str) -> None:
    assert line(served(60.0, **target), "Powered").startswith(f"{answer}; short by up to 20.0 MW")


def test_less_than_half_a_watt_hour_is_no_shortage() -> None:
    load = steps((0, 60.0), (6, 60.0 + 4e-7), (7, 60.0))
    result = serve(load, {"grid": GridConnection(import_limit_mw=60.0)})
    assert 0.0 < result.summary.unserved_mwh < 5e-7
    assert line(result, "Powered").startswith("yes; all firm demand was served; ")


def test_a_bound_that_was_broken_is_named_also_if_it_is_zero() -> None:
    text = line(served(60.0, unserved_h_per_year=800.0, unserved_mwh_per_year=0.0), "Powered")
    assert "80.0 MWh in 4.00 h (allowed here: 0 MWh and 4.38 h)" in text


def test_yes_if_a_job_waits() -> None:
    pool = ServerPool(servers=1, gpus_per_server=10, idle_w=0.0, busy_w=10e6)
    job = TrainingJob(pool="hall", gpus=10, work_gpu_h=50.0, worth_usd_per_mwh=50.0)
    result = compute(pool, {"job": job}, import_price_usd_per_mwh=steps((0, 100.0), (12, 40.0)))
    assert line(result, "Powered") == (
        "yes, if loads wait; all firm demand was served; hall jobs at 50 USD/MWh waited: 50.0 MWh, 12.0 h "
        "late at most; reserve margin 0.0 % on 2025-01-01; this rests on seed 0 alone"
    )


def test_a_target_out_of_range_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        Target(unserved_h_per_year=9000.0)
    assert str(refused.value) == (
        "Target: unserved_h_per_year = 9000.0 h/a; allowed: a finite number at least 0 and at most 8760 h/a"
    )


def test_the_margin_of_firm_demand_and_the_jobs_that_waited_are_told() -> None:
    pool = ServerPool(servers=1, gpus_per_server=10, idle_w=2e6, busy_w=10e6)
    job = TrainingJob(pool="hall", gpus=10, work_gpu_h=50.0, worth_usd_per_mwh=50.0)
    result = compute(pool, {"job": job}, import_price_usd_per_mwh=steps((0, 100.0), (12, 40.0)))
    assert "reserve margin 0.0 % on 2025-01-01, for firm demand alone +400.0 % on 2025-01-01;" in line(
        result, "Powered"
    )
    # 8 MW above idle for the 5 h of its work, done 12 h after it would have been done at full speed
    assert re.search(r"\| job +\| finished +\| +40.0 \| +0 \| +12.0 \| +0 \|", result.report())


def test_units_and_participants_that_enter_service_are_told_with_their_day() -> None:
    smr = SmallModularReactor(modules=2, module_mw=50.0, in_service=[0.0, 20.0], retired=[25.0, 28.0])
    text = line(serve(10.0, {"smr": smr}, days=30), "In service")
    assert text == "smr module 2 2025-01-21, smr module 1 retired 2025-01-26, smr module 2 retired 2025-01-29"
