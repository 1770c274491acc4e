"""The physical agreement: each obligation of a month by hand, and its refusals."""

from __future__ import annotations

from typing import Any

import pytest
from agreements import lines, month, quantities
from builders import steps, told

from sim import Result
from sim.campus import PhysicalAgreement

H = 31 * 24.0  # hours of January


def ppa(**values: Any) -> PhysicalAgreement:
    return PhysicalAgreement(**{"source": "plant", "price_usd_per_mwh": 40.0, **values})


def bill(plant_mw: Any = 10.0, load_mw: Any = 10.0, **values: Any) -> dict[str, float]:
    return lines(month({"ppa": ppa(**values)}, plant_mw=plant_mw, load_mw=load_mw))


def test_energy_is_paid_as_it_is_delivered_and_not_as_it_is_offered() -> None:
    assert bill(plant_mw=10.0, load_mw=6.0) == pytest.approx({"delivered": 6 * H * 40})


def test_a_share_of_the_source_is_paid() -> None:
    assert bill(share_pu=0.25) == pytest.approx({"delivered": 0.25 * 10 * H * 40})


def test_of_a_baseload_what_is_above_the_contracted_power_belongs_to_the_site() -> None:
    # 10 MW by day and 2 MW by night against 6 MW: an excess does not make up for a lack
    plant = {"base": 2.0, "windows": [{"value": 10.0, "from_hour": 6, "to_hour": 18}]}
    found = bill(plant_mw=plant, volume="baseload", contracted_mw=6.0)
    assert found == pytest.approx({"delivered": (6 + 2) * H / 2 * 40})


def test_take_or_pay_pays_for_what_was_offered_and_not_taken() -> None:
    # contracted 8 MW, 90 % are 7.2; offered 10, taken 5: 2.2 MW are missing
    found = bill(load_mw=5.0, contracted_mw=8.0, take_or_pay_pu=0.9)
    assert found == pytest.approx({"delivered": 5 * H * 40, "take or pay": 2.2 * H * 40})


def test_take_or_pay_does_not_pay_for_what_was_not_offered() -> None:
    # contracted 20 MW, offered 10, taken 7
    found = bill(load_mw=7.0, contracted_mw=20.0, take_or_pay_pu=1.0)
    assert found == pytest.approx({"delivered": 7 * H * 40, "take or pay": 3 * H * 40})


def test_take_or_pay_counts_the_month_and_not_each_hour() -> None:
    # half of the month 2 MW are taken, half of it 8 MW: 5 on average, and 5 must be
    found = bill(load_mw=steps((0, 2.0), (H / 2, 8.0)), contracted_mw=10.0, take_or_pay_pu=0.5)
    assert found == pytest.approx({"delivered": 5 * H * 40})


def test_curtailment_above_its_cap_is_paid() -> None:
    # offered 10 MW, 4 MW curtailed, 10 % of what is offered may be: 3 MW are paid
    found = bill(load_mw=6.0, curtailment_cap_pu=0.1)
    assert found == pytest.approx({"delivered": 6 * H * 40, "curtailed above the cap": 3 * H * 40})
    assert bill(load_mw=6.0, curtailment_cap_pu=0.4) == pytest.approx({"delivered": 6 * H * 40})
    assert bill(load_mw=6.0, curtailment_cap_pu=0.0)["curtailed above the cap"] == pytest.approx(4 * H * 40)


def test_the_share_counts_for_curtailment_too() -> None:
    found = bill(load_mw=6.0, curtailment_cap_pu=0.1, share_pu=0.5)
    assert found == pytest.approx({"delivered": 3 * H * 40, "curtailed above the cap": 1.5 * H * 40})


def test_the_seller_pays_damages_for_what_is_missing_to_the_guarantee() -> None:
    # contracted 15 MW, 80 % guaranteed are 12; 10 are offered, whether taken or not
    found = bill(load_mw=4.0, contracted_mw=15.0, guaranteed_pu=0.8, damages_usd_per_mwh=25.0)
    assert found == pytest.approx({"delivered": 4 * H * 40, "shortfall damages": -2 * H * 25})


def test_each_month_has_its_own_obligations() -> None:
    # January offers 12 MW, February 8: the guarantee of 10 is missed in February only
    plant = steps((0, 12.0), (H, 8.0))
    agreement = ppa(contracted_mw=10.0, guaranteed_pu=1.0, damages_usd_per_mwh=30.0)
    result = month({"ppa": agreement}, plant_mw=plant, days=59.0)
    damages = result.bill[result.bill["detail"] == "shortfall damages"]
    assert [str(one) for one in damages["month"]] == ["2025-02"]
    assert damages["usd"].tolist() == pytest.approx([-2 * 28 * 24 * 30.0])


def test_it_begins_and_ends_within_a_month() -> None:
    # from 11 January to 11 January of the next year; and one that began a year before 21 January
    assert bill(begins="2025-01-11", term_years=1) == pytest.approx({"delivered": 10 * 21 * 24 * 40})
    assert bill(begins="2024-01-21", term_years=1) == pytest.approx({"delivered": 10 * 20 * 24 * 40})
    assert bill(begins=10.5) == pytest.approx({"delivered": 10 * 20.5 * 24 * 40})
    assert bill(begins="2025-03-01") == {}
    assert bill(begins="2023-12-31", term_years=1) == {}


def test_obligations_count_only_while_it_holds() -> None:
    # from 11 January on: 21 days of 8 MW contracted, 5 taken
    found = bill(load_mw=5.0, begins="2025-01-11", contracted_mw=8.0, take_or_pay_pu=1.0)
    assert found == pytest.approx({"delivered": 5 * 21 * 24 * 40, "take or pay": 3 * 21 * 24 * 40})


def test_obligations_have_the_mean_price_of_the_time_in_which_it_holds() -> None:
    # 30 USD/MWh for ten days, then 60: an agreement of the last 21 days knows only 60
    price = steps((0, 30.0), (240, 60.0))
    found = bill(load_mw=5.0, begins=10.0, price_usd_per_mwh=price, curtailment_cap_pu=0.0)
    assert found["curtailed above the cap"] == pytest.approx(5 * 21 * 24 * 60.0)


def test_the_contracted_power_rises_in_daily_steps() -> None:
    # over 10 days to 8 MW: 0.4, 1.2, ... 7.6 MW, which is 40 MW-days; then 21 days of 8
    found = bill(volume="baseload", contracted_mw=8.0, ramp_in_d=10.0)
    assert found == pytest.approx({"delivered": (40 + 21 * 8) * 24 * 40.0})
    result = month({"ppa": ppa(volume="baseload", contracted_mw=8.0, ramp_in_d=10.0)}, days=1.0)
    assert quantities(result) == pytest.approx({"delivered": 0.4 * 24})


def test_a_rise_that_begins_within_a_day_has_the_energy_of_its_line() -> None:
    # from day 5.25 over 2 days to 8 MW: 8 MW-days, then 31 - 7.25 days of 8 MW
    found = bill(volume="baseload", contracted_mw=8.0, ramp_in_d=2.0, begins=5.25)
    assert found == pytest.approx({"delivered": (8 + (31 - 7.25) * 8) * 24 * 40.0})


def test_prices_by_the_hour_have_a_line_each() -> None:
    price = {"base": 30.0, "windows": [{"value": 50.0, "from_hour": 8, "to_hour": 20}]}
    assert bill(price_usd_per_mwh=price) == pytest.approx(
        {"delivered, at 30 USD/MWh": 10 * H / 2 * 30, "delivered, at 50 USD/MWh": 10 * H / 2 * 50}
    )


def test_two_agreements_share_a_source() -> None:
    result = month({"ppa": ppa(share_pu=0.6), "other": ppa(share_pu=0.4, price_usd_per_mwh=70.0)})
    assert lines(result) == pytest.approx({"delivered": 6 * H * 40})
    assert lines(result, "other") == pytest.approx({"delivered": 4 * H * 70})
    assert result.summary.cost_lines_usd["PPA cost"] == pytest.approx(6 * H * 40 + 4 * H * 70)


def counterparties(result: Result) -> set[str]:
    return set(result.bill.loc[result.bill["line"] == "PPA cost", "counterparty"])


def test_the_counterparty_is_that_of_the_agreement_or_its_name() -> None:
    assert counterparties(month({"ppa": ppa()}, days=1.0)) == {"ppa"}
    assert counterparties(month({"ppa": ppa(counterparty="Helion")}, days=1.0)) == {"Helion"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"volume": "baseload"},
            "contracted_mw = 0.0 MW; allowed: above 0 MW, because volume refers to it",
        ),
        (
            {"take_or_pay_pu": 0.5},
            "contracted_mw = 0.0 MW; allowed: above 0 MW, because take_or_pay_pu refers to it",
        ),
        (
            {"guaranteed_pu": 0.5, "damages_usd_per_mwh": 10.0},
            "contracted_mw = 0.0 MW; allowed: above 0 MW, because guaranteed_pu refers to it",
        ),
        (
            {"contracted_mw": 5.0, "take_or_pay_pu": 0.5, "curtailment_cap_pu": 0.1},
            ("curtailment_cap_pu = 0.1 pu; allowed: none with take_or_pay_pu: both pay for energy not taken"),
        ),
        (
            {"contracted_mw": 5.0, "guaranteed_pu": 0.5},
            "damages_usd_per_mwh = 0.0 USD/MWh; allowed: above 0 USD/MWh with guaranteed_pu",
        ),
        (
            {"ramp_in_d": 5.0},
            "contracted_mw = 0.0 MW; allowed: above 0 MW, because ramp_in_d is its rise",
        ),
        (
            {"share_pu": 1.5},
            "share_pu = 1.5 pu; allowed: a finite number at least 0 and at most 1 pu",
        ),
        (
            {"escalation_per_year": 8.0},
            "escalation_per_year = 8.0 1/a; allowed: a finite number at least -0.5 and at most 0.5 1/a",
        ),
        (
            {"term_years": 0},
            "term_years = 0; allowed: a whole number at least 1 and at most 100",
        ),
    ],
)
def test_wrong_agreements_are_refused(wrong: dict[str, Any], message: str) -> None:
    assert told(lambda: ppa(**wrong)) == f"physical: {message}"


@pytest.mark.parametrize("source", ["grid"])
def test_a_source_that_delivers_nothing_is_refused(source: str) -> None:
    assert told(lambda: month({"ppa": ppa(source=source)}, days=1.0)) == (
        f"agreements.ppa: source = {source!r} delivers no power of its own; allowed: a source that does"
    )
