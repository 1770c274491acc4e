"""Generators that are up or down: their outages against the binomial distribution, and what they cost."""

from __future__ import annotations

from itertools import pairwise
from math import comb, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.campus import Generators, MeasuredLoad
from sim.errors import SpecError
from sim.units import DAYS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_HOUR

SURE = {"mttf_h": 1e7, "mttr_h": 1.0}


def generators(**values: Any) -> Generators:
    return Generators(
        **{"unit_mw": 10.0, "cost_usd_per_mwh": 30.0, "mttf_h": 900.0, "mttr_h": 100.0, **values}
    )


def turns(result: Result, detail: str = "") -> list[tuple[float, str, str]]:
    """Failures and repairs of the plant, or of one unit: elapsed seconds, event, unit."""
    found = [
        (event["t_s"], event["event"], event["detail"])
        for event in result.books.events
        if event["event"] in {"failure", "repaired"}
    ]
    return [one for one in found if detail in {"", one[2]}]


def run(load_mw: float, *, days: float = 365.0, seed: int = 0, **values: Any) -> Result:
    record_s = days * SECONDS_PER_DAY
    campus = Campus(
        name="test",
        supply={"plant": generators(**values)},
        demand={"load": MeasuredLoad(power_mw=load_mw)},
    )
    return simulate(campus, days=days, seed=seed, record_s=record_s)


def test_hours_without_enough_units_are_those_of_the_binomial_distribution() -> None:
    units, out_pu, years = 4, 0.1, 40
    found = [run(25.0, units=units, days=DAYS_PER_YEAR, seed=seed).summary for seed in range(years)]
    # fewer than three of four units are up
    short_pu = sum(comb(units, down) * out_pu**down * (1 - out_pu) ** (units - down) for down in (2, 3, 4))
    hours = np.array([summary.unserved_h for summary in found])
    assert abs(hours.mean() - 8760 * short_pu) < 3 * hours.std(ddof=1) / sqrt(years)
    # two up: 5 MW short; one up: 15 MW; none: 25 MW
    short_mw = sum(
        comb(units, down) * out_pu**down * (1 - out_pu) ** (units - down) * (10 * down - 15)
        for down in (2, 3, 4)
    )
    mwh = np.array([summary.unserved_mwh for summary in found])
    assert abs(mwh.mean() - 8760 * short_mw) < 3 * mwh.std(ddof=1) / sqrt(years)


def test_times_to_failure_and_repair_have_their_means() -> None:
    found = turns(run(1.0, units=50, days=10 * DAYS_PER_YEAR))
    failures = [one for one in found if one[1] == "failure"]
    assert abs(len(failures) - 50 * 87600 / 1000) < 3 * sqrt(50 * 87.6)
    by_unit = sorted(found, key=lambda one: (one[2], one[0]))
    down_h = [
        (end_s - begin_s) / SECONDS_PER_HOUR
        for (begin_s, event, unit), (end_s, next_event, next_unit) in pairwise(by_unit)
        if (event, next_event, unit) == ("failure", "repaired", next_unit)
    ]
    assert abs(np.mean(down_h) - 100.0) < 3 * 100.0 / sqrt(len(down_h))


@given(days=st.floats(1.0, 300.0), units=st.integers(1, 5))
def test_a_unit_fails_at_the_same_times_whatever_the_length_of_the_run_and_the_other_units(
    days: float, units: int
) -> None:
    longest = turns(run(1.0, days=300.0, units=1), "unit 1")
    wanted = [one for one in longest if one[0] < days * SECONDS_PER_DAY]
    assert turns(run(1.0, days=days, units=units), "unit 1") == wanted


def test_capacity_that_is_missing_is_a_forced_outage() -> None:
    summary = run(25.0, units=3, mttf_h=100.0).summary
    assert summary.unserved_mwh > 0.0
    assert summary.unserved_by_reason_mwh == pytest.approx({"forced outage": summary.unserved_mwh})


def test_fuel_and_carbon_follow_what_is_delivered() -> None:
    campus = Campus(
        name="plant",
        carbon_usd_per_t=50.0,
        supply={
            "plant": generators(units=2, carbon_kgco2_per_mwh=400.0, fixed_usd_per_mw_year=1000.0, **SURE)
        },
        demand={"load": MeasuredLoad(power_mw=12.0)},
    )
    summary = simulate(campus, days=10.0).summary
    assert summary.supplied_mwh == pytest.approx({"plant": 12 * 240})
    assert summary.cost_lines_usd == pytest.approx(
        {"fuel and maintenance": 12 * 240 * 30, "carbon cost": 12 * 240 * 0.4 * 50}
    )
    assert summary.carbon_t == pytest.approx(12 * 240 * 0.4)
    assert summary.cfe_score == 0.0
    assert summary.curtailed_mwh == 0.0  # fuel that is not burnt is not curtailed
    assert summary.fixed_cost_usd == pytest.approx(20 * 1000 * 10 / 365)


def test_a_plant_is_carbon_free_only_if_it_says_so() -> None:
    assert run(5.0, days=2.0, **SURE).summary.cfe_score == 0.0
    assert run(5.0, days=2.0, clean_pu=1.0, **SURE).summary.cfe_score == pytest.approx(1.0)


def test_firm_capacity_is_the_nameplate_and_n_1_lacks_one_unit() -> None:
    summary = run(20.0, units=4, **SURE).summary
    assert summary.reserve_margin == pytest.approx(40 / 20 - 1)
    assert summary.reserve_margin_n1 == pytest.approx(30 / 20 - 1)


def test_before_its_service_a_plant_neither_delivers_nor_fails() -> None:
    result = run(5.0, days=60.0, in_service=30.0, mttf_h=20.0, mttr_h=20.0, units=3)
    assert turns(result)
    assert min(at_s for at_s, _, _ in turns(result)) > 30 * SECONDS_PER_DAY
    assert result.summary.unserved_mwh >= 5 * 24 * 30


def test_units_that_enter_service_later_begin_up_with_the_same_draws() -> None:
    first = run(5.0, days=150.0, units=40, mttf_h=200.0, mttr_h=200.0)
    later = run(5.0, days=170.0, units=40, mttf_h=200.0, mttr_h=200.0, in_service=20.0)

    def turn(result: Result, unit: int) -> tuple[float, str]:
        at_s, event, _ = turns(result, f"unit {unit}")[0]
        return at_s, event

    up = [unit for unit in range(1, 41) if turn(first, unit)[1] == "failure"]
    assert 5 < len(up) < 35
    assert {turn(later, unit)[1] for unit in range(1, 41)} == {"failure"}
    for unit in up:
        assert turn(later, unit)[0] - 20 * SECONDS_PER_DAY == pytest.approx(turn(first, unit)[0])


def test_what_two_plants_lack_for_one_reason_adds_up() -> None:
    plant = generators(units=2, mttf_h=20.0, mttr_h=20.0)
    campus = Campus(name="two", supply={"a": plant, "b": plant}, demand={"load": MeasuredLoad(power_mw=38.0)})
    summary = simulate(campus, days=20.0).summary
    assert summary.unserved_by_reason_mwh == pytest.approx({"forced outage": summary.unserved_mwh})


def test_a_plant_without_units_gives_nothing() -> None:
    summary = run(5.0, days=2.0, units=0).summary
    assert summary.supplied_mwh["plant"] == 0.0
    assert summary.unserved_mwh == pytest.approx(5 * 48)


def test_a_planned_outage_takes_the_plant_out() -> None:
    outage = {"start": 2.0, "duration_h": 48.0}
    summary = run(5.0, days=10.0, planned_outages=[outage], **SURE).summary
    assert summary.unserved_by_reason_mwh == pytest.approx({"planned outage": 5 * 48})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mttf_h": 0.0}, "generators: mttf_h = 0.0 h; allowed: "),
        ({"mttr_h": float("nan")}, "generators: mttr_h = nan h; allowed: "),
        (
            {"units": 1000, "unit_mw": 1e6},
            "generators: unit_mw = 1000000.0 MW; allowed: at most 1000 MW, for 1,000 units",
        ),
    ],
)
def test_a_plant_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        generators(**values)
    assert message in str(caught.value)
