"""The agreement: its dates, its escalation, and that it changes the bill and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from agreements import lines, month
from builders import told
from campuses import DAYS, SEEDS, campuses
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.campus import PhysicalAgreement, SleevedAgreement, StartDate, VirtualAgreement
from sim.contracts.agreement import Agreement


def ppa(**values: Any) -> PhysicalAgreement:
    return PhysicalAgreement(**{"source": "plant", "price_usd_per_mwh": 100.0, **values})


def run(start: str, days: float, **values: Any) -> dict[str, float]:
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return lines(month({"ppa": ppa(**values)}, days=days, start=begin))


def test_the_price_rises_at_the_anniversary_and_not_at_new_year() -> None:
    # begun on 16 January 2023: 15 days of the second year, 16 of the third
    found = run("2025-01-01", 31.0, begins="2023-01-16", escalation_per_year=0.02)
    second, third = 100 * 1.02, 100 * 1.02**2
    assert found == pytest.approx(
        {
            f"delivered, at {second:g} USD/MWh": 10 * 15 * 24 * second,
            f"delivered, at {third:g} USD/MWh": 10 * 16 * 24 * third,
        }
    )


def test_an_agreement_of_29_february_has_its_anniversary_on_1_march() -> None:
    found = run("2025-02-01", 59.0, begins="2024-02-29", escalation_per_year=0.1)
    assert found == pytest.approx(
        {
            "delivered, at 100 USD/MWh": 10 * 28 * 24 * 100.0,
            "delivered, at 110 USD/MWh": 10 * 31 * 24 * 110.0,
        }
    )
    # and its term ends there: 28 days of February are the last
    ended = run("2025-02-01", 59.0, begins="2024-02-29", term_years=1)
    assert ended == pytest.approx({"delivered": 10 * 28 * 24 * 100.0})


def test_a_price_may_fall_and_one_without_a_beginning_begins_with_the_run() -> None:
    found = run("2025-01-01", 730.0, escalation_per_year=-0.5)
    assert found == pytest.approx(
        {
            "delivered, at 100 USD/MWh": 10 * 365 * 24 * 100.0,
            "delivered, at 50 USD/MWh": 10 * 365 * 24 * 50.0,
        }
    )


def test_the_anniversary_follows_the_local_clock() -> None:
    begin = datetime.fromisoformat("2025-01-01T00:00-05:00")
    agreement = ppa(begins="2024-01-02", escalation_per_year=0.1)
    result = month({"ppa": agreement}, days=2.0, start=begin, timezone="America/New_York")
    assert lines(result) == pytest.approx(
        {"delivered, at 100 USD/MWh": 10 * 24 * 100.0, "delivered, at 110 USD/MWh": 10 * 24 * 110.0}
    )


UNCERTAIN = StartDate(earliest="2025-01-05", likely="2025-01-10", latest="2025-01-25")


def begun_d(result: Result) -> float:
    """Day of the run on which the agreement begins, from its event."""
    noted = result.events[result.events["event"] == "agreement begins"]
    assert len(noted) == 1
    begin = pd.DatetimeIndex(noted["time"])[0]
    assert noted["detail"].tolist() == [f"{begin:%Y-%m-%d}"]
    return float((begin - pd.Timestamp("2025-01-01", tz="UTC")).total_seconds()) / 86400.0


def test_an_uncertain_beginning_is_drawn_noted_and_paid_from_there() -> None:
    seen = set()
    for seed in range(5):
        result = month({"ppa": ppa(begins=UNCERTAIN)}, seed=seed)
        drawn_d = begun_d(result)
        assert 4.0 <= drawn_d <= 24.0
        assert lines(result)["delivered"] == pytest.approx(10 * (31 - drawn_d) * 24 * 100.0, rel=1e-6)
        seen.add(drawn_d)
    assert len(seen) == 5


def test_an_uncertain_rise_has_the_energy_of_its_line() -> None:
    for seed in range(5):
        agreement = ppa(begins=UNCERTAIN, contracted_mw=8.0, ramp_in_d=3.0, volume="baseload")
        result = month({"ppa": agreement}, seed=seed)
        drawn_d = begun_d(result)
        expected = 8 * (31 - drawn_d - 1.5) * 24 * 100.0  # half of the three days is missing
        assert lines(result)["delivered"] == pytest.approx(expected, rel=1e-6)


def test_dates_in_the_wrong_order_are_refused() -> None:
    wrong = StartDate(earliest="2025-02-05", likely="2025-01-10", latest="2025-03-01")
    assert told(lambda: month({"ppa": ppa(begins=wrong)}, days=1.0)).endswith(
        "likely = 2025-01-10T00:00:00; allowed: between 2025-02-05 and 2025-03-01"
    )


def test_a_beginning_that_the_local_clock_skips_is_refused() -> None:
    message = told(lambda: month({"ppa": ppa(begins="2025-03-30T02:30")}, days=1.0, timezone="Europe/Berlin"))
    assert message == (
        "agreements.ppa: begins = 2025-03-30T02:30:00 does not exist in Europe/Berlin; add a UTC offset"
    )


def test_a_name_that_another_participant_has_is_refused() -> None:
    message = told(lambda: month({"grid": ppa()}, days=1.0))
    assert message == "agreements: grid has a name that is already used in supply"


def test_an_unknown_kind_of_agreement_is_refused() -> None:
    with pytest.raises(ValueError, match="kind = 'phisical' is unknown; nearest: physical"):
        Agreement.build({"kind": "phisical"})


def all_kinds() -> dict[str, Agreement]:
    return {
        "ppa": ppa(contracted_mw=8.0, take_or_pay_pu=0.9, begins=UNCERTAIN, share_pu=0.5),
        "hedge": VirtualAgreement(price_usd_per_mwh=50.0, index_usd_per_mwh=30.0, contracted_mw=3.0),
        "sleeve": SleevedAgreement(connection="grid", price_usd_per_mwh=35.0, contracted_mw=2.0),
    }


def test_a_saved_result_keeps_the_bill(tmp_path: Path) -> None:
    result = month(all_kinds(), load_mw=14.0)
    assert set(result.bill["owner"]) == {"grid", "hedge", "ppa", "sleeve"}
    result.save(tmp_path / "run")
    loaded = Result.load(tmp_path / "run")
    pd.testing.assert_frame_equal(loaded.bill, result.bill)
    assert loaded.campus == result.campus
    assert loaded.campus.agreements == result.campus.agreements
    assert loaded.summary.cost_lines_usd == result.summary.cost_lines_usd


def test_agreements_are_part_of_the_file_and_of_the_hash(tmp_path: Path) -> None:
    campus = month(all_kinds(), days=1.0).campus
    campus.dump(tmp_path / "campus.toml")
    assert Campus.load(tmp_path / "campus.toml") == campus
    other = campus.with_values({"agreements.hedge.price_usd_per_mwh": 51.0})
    assert other.content_hash() != campus.content_hash()


PROFILE = st.sampled_from([0.0, 4.0, {"times_s": [0.0, 5000.0, 50_000.0], "values": [0.0, 9.0, 3.0]}])
TERMS = st.fixed_dictionaries(
    {
        "price_usd_per_mwh": st.sampled_from([-20.0, 45.0]),
        "escalation_per_year": st.sampled_from([0.0, 0.03]),
        "begins": st.sampled_from([None, -400.0, 0.3, "2025-01-01T05:07"]),
        "term_years": st.sampled_from([None, 1, 2]),
        "contracted_mw": st.sampled_from([3.0, 10.0]),
        "ramp_in_d": st.sampled_from([0.0, 1.0]),
    }
)


@settings(max_examples=40)
@given(campuses(), DAYS, SEEDS, st.lists(TERMS, min_size=3, max_size=3), PROFILE)
def test_agreements_change_the_bill_and_no_flow(
    campus: Campus, days: float, seed: int, terms: list[dict[str, Any]], profile: Any
) -> None:
    first, second, third = terms
    made: dict[str, Any] = {
        "virtual": {"kind": "virtual", "index_usd_per_mwh": 30.0, "power_mw": profile, **first}
    }
    for name, source in campus.supply.items():
        if source.kind == "grid":
            made[f"sleeved {name}"] = {"kind": "sleeved", "connection": name, **second}
        elif source.kind != "battery":
            made[f"physical {name}"] = {
                "kind": "physical",
                "source": name,
                "take_or_pay_pu": 0.8,
                "guaranteed_pu": 0.5,
                "damages_usd_per_mwh": 9.0,
                **third,
            }
    agreed = campus.with_values({"agreements": made})
    without, result = (simulate(one, days=days, seed=seed) for one in (campus, agreed))
    pd.testing.assert_frame_equal(result.flows, without.flows)
    before, after = without.summary, result.summary
    assert after.energy_mwh == before.energy_mwh
    assert after.supplied_mwh == before.supplied_mwh
    assert after.unserved_mwh == before.unserved_mwh
    assert after.carbon_t == before.carbon_t
    others = {name: usd for name, usd in after.cost_lines_usd.items() if name != "PPA cost"}
    ours = {name: usd for name, usd in before.cost_lines_usd.items() if name != "PPA cost"}
    assert others == pytest.approx(ours, rel=1e-9, abs=1e-6)
    table = result.bill.loc[result.bill["line"] == "PPA cost", "usd"].sum()
    assert table == pytest.approx(after.cost_lines_usd["PPA cost"], rel=1e-9, abs=1e-6)
