"""The fusion agreement: the bill of each form by hand, and a start that is drawn once for all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from agreements import lines

from sim import Result, SpecError, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "helion_agreement.py"
FORMS = ("physical", "sleeved", "virtual")
DAYS = 730.0
LOAD_MWH = 50.0 * 24 * DAYS
"""A campus of 50 MW around the clock: 876,000 MWh."""
FUSION_MWH = (25.0 * 365 + 50.0 * 365) * 24
"""A ramp of a year to 50 MW, and a year at 50 MW: 657,000 MWh."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script(FILE)


def run(form: str, days: float = DAYS, seed: int = 0, **values: Any) -> Result:
    campus = Scenario.open(FILE).build(form=form, **values)
    return simulate(campus, days=days, seed=seed, record_s=86400.0)


def paid(result: Result) -> dict[str, float]:
    """Lines of the agreement, which is called as the plant would be if that is elsewhere."""
    return lines(result, "helion") or lines(result, "fusion")


def on_time(form: str, **values: Any) -> Result:
    dates = dict.fromkeys(("earliest_start", "likely_start", "latest_start"), "2028-01-01")
    return run(form, **{"availability_pu": 1.0, **dates, **values})


def test_in_the_physical_form_the_plant_takes_the_place_of_the_marketer() -> None:
    result = on_time("physical")
    gap_mwh = LOAD_MWH - FUSION_MWH  # 219,000
    assert result.summary.import_mwh == pytest.approx(gap_mwh)
    assert paid(result) == pytest.approx({"delivered": 10 * FUSION_MWH})
    assert result.summary.cost_usd == pytest.approx(60 * gap_mwh + 10 * FUSION_MWH)  # 19,710,000


def test_in_the_sleeved_form_all_comes_from_the_grid_and_what_fusion_gives_is_credited() -> None:
    result = on_time("sleeved")
    assert result.summary.import_mwh == pytest.approx(LOAD_MWH)
    assert paid(result) == pytest.approx(
        {
            "output": 10 * FUSION_MWH,
            "sleeving fee": 3 * FUSION_MWH,
            "credit of the energy charge": -60 * FUSION_MWH,
        }
    )
    # 52,560,000 + (10 + 3 - 60) x 657,000 = 21,681,000
    assert result.summary.cost_usd == pytest.approx(60 * LOAD_MWH + (10 + 3 - 60) * FUSION_MWH)


def test_in_the_virtual_form_the_price_of_the_marketer_is_the_index() -> None:
    result = on_time("virtual", marketer_usd_per_mwh=45.0)
    assert result.summary.import_mwh == pytest.approx(LOAD_MWH)
    assert paid(result) == pytest.approx({"strike": 10 * FUSION_MWH, "index": -45 * FUSION_MWH})
    assert result.summary.cost_usd == pytest.approx(45 * LOAD_MWH + (10 - 45) * FUSION_MWH)


def test_output_that_a_small_campus_does_not_import_is_sold_at_the_price_of_the_marketer() -> None:
    found = paid(on_time("sleeved", campus_mw=25.0))
    # the ramp passes 25 MW after half a year: above it 12.5 MW on average for half a year, then 25 MW
    surplus_mwh = (12.5 * 182.5 + 25.0 * 365) * 24
    assert found["surplus sold"] == pytest.approx(-60 * surplus_mwh, rel=1e-3)
    assert found["surplus sold"] + found["credit of the energy charge"] == pytest.approx(-60 * FUSION_MWH)


@pytest.mark.parametrize("form", ["sleeved", "virtual"])
def test_a_plant_elsewhere_is_paid_for_the_share_of_time_in_which_it_is_in_service(form: str) -> None:
    line = {"sleeved": "output", "virtual": "strike"}[form]
    assert paid(on_time(form, availability_pu=0.8))[line] == pytest.approx(10 * 0.8 * FUSION_MWH)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_paid_follows_from_the_date_that_was_drawn(form: str, script: ModuleType) -> None:
    result = run(form, days=1825.0, seed=3, availability_pu=1.0)
    (begun,) = result.events["time"][result.events["event"].isin(["first power", "agreement begins"])]
    inside_d = 1825.0 - (begun - datetime(2028, 1, 1, tzinfo=UTC)).total_seconds() / 86400.0
    assert inside_d > 365.0
    # a year at half of the power, and all of it after that
    mwh = 50.0 * 24 * (inside_d - 365.0 / 2)
    (usd,) = (usd for what, usd in paid(result).items() if what in {"delivered", "output", "strike"})
    assert usd == pytest.approx(10 * mwh)
    assert script.gap_pct(result) == pytest.approx(100.0 * (1.0 - mwh / (50.0 * 24 * 1825)))


def test_a_seed_draws_one_start_in_all_forms_and_another_seed_another(script: ModuleType) -> None:
    physical, sleeved, virtual = (script.futures(form) for form in FORMS)
    # an outage may delay the first power of a plant on the site, of 2 days on average
    late_d = np.array([365.0 * (a.begun_a - b.begun_a) for a, b in zip(physical, sleeved, strict=True)])
    assert (late_d >= -1e-6).all()
    assert np.median(late_d) == pytest.approx(0.0, abs=1e-6)
    assert [one.begun_a for one in sleeved] == [one.begun_a for one in virtual]
    assert len({one.begun_a for one in sleeved}) == script.SEEDS


def test_the_starts_have_the_quantiles_of_their_triangle(script: ModuleType) -> None:
    begun_a = np.array([future.begun_a for future in script.futures("virtual")])
    # 2028-01-01 to 2032-01-01 is 1,461 d, most likely 182 d: P(later than x) = (1461 - x)^2 / (1461 x 1279)
    for share in (0.5, 0.9):
        expected_d = 1461 - ((1 - share) * 1461 * 1279) ** 0.5
        error = (share * (1 - share) / len(begun_a)) ** 0.5
        assert abs(np.mean(begun_a < expected_d / 365) - share) < 3 * error


def test_the_forms_cost_the_same_but_for_the_fee(script: ModuleType) -> None:
    usd, gap_pct = (
        {form: np.mean([getattr(one, name) for one in script.futures(form)]) for form in FORMS}
        for name in ("usd_per_mwh", "gap_pct")
    )
    assert usd["sleeved"] - usd["virtual"] == pytest.approx(3 * (1 - gap_pct["virtual"] / 100))
    assert usd["physical"] == pytest.approx(usd["virtual"], rel=0.01)  # outages drawn, or their mean


@pytest.mark.parametrize(
    ("form", "days", "said"),
    [
        (
            "physical",
            30.0,
            "Full power was not reached in 30 days. The marketer supplied 100 % of the energy",
        ),
        ("sleeved", 30.0, "The agreement had not begun after 30 days."),
        ("virtual", 1825.0, "The agreement on a plant elsewhere began on 2030-09-04, with its ramp."),
    ],
)
def test_a_run_says_what_it_shows_of_its_form(form: str, days: float, said: str, script: ModuleType) -> None:
    assert script.answer(run(form, days=days)).startswith(said)


def test_a_form_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="form = 'sleeve' does not exist; nearest: sleeved"):
        run("sleeve")


def test_a_later_start_leaves_more_to_the_marketer() -> None:
    late = dict.fromkeys(("earliest_start", "likely_start", "latest_start"), "2029-01-01")
    early_mwh, late_mwh = (on_time("physical", **dates).summary.import_mwh for dates in ({}, late))
    # 2028 has 366 days: 364 days of the ramp are left, which reaches 364 / 365 of 50 MW
    given_mwh = 50.0 * 24 * 364**2 / 365 / 2
    assert early_mwh == pytest.approx(LOAD_MWH - FUSION_MWH)
    assert late_mwh == pytest.approx(LOAD_MWH - given_mwh)
