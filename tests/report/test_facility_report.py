"""The section of a report on the facility."""

from __future__ import annotations

from typing import Any

import pytest
from air import Air

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool

WET_BULB = {"kind": "wet_bulb", "floor_pu": 0.1}


def run(record_s: float | None = None, days: float = 1.0, **facility: Any) -> Result:
    """Servers that idle at 1 MW in frost."""
    campus = Campus(
        name="idle",
        start="2025-01-30T00:00:00+00:00",
        weather=Air(air_c=(-5.0,), humidity_pu=0.5),
        facility=Facility(**facility),
        servers={"hall": ServerPool(servers=100, idle_w=10_000.0, busy_w=10_000.0)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
    )
    return simulate(campus, days=days, record_s=record_s)


def said(result: Result) -> str:
    return " ".join(result.report().split())


def test_it_says_where_the_overhead_went_the_heat_and_the_water() -> None:
    text = said(run(cooling=WET_BULB, fixed_mw=0.1))
    # 24 MWh of IT energy; 0.1 of it for cooling, and 24 h x 0.1 MW
    assert "- Overhead: cooling 2.40 MWh (0.1000); fixed 2.40 MWh (0.1000); in brackets per IT energy" in text
    assert "- PUE: 1.200; hours 1.200 (2025-01-30 00:00 UTC)" in text
    assert "- Heat removed: 24.0 MWh: IT energy and losses of conversion" in text
    # (24 + 2.4) MWh x 0.8 x 3.6 GJ/MWh / 2.45 GJ/m3 x 4/3 = 41.4 m3; over 24,000 kWh
    assert "- Water: 41.4 m3, 1.72 L per kWh of IT energy" in text
    assert "Other accounts" not in text


def test_dry_coolers_have_no_line_of_water() -> None:
    assert "- Water" not in said(run(cooling={**WET_BULB, "evaporative_pu": 0.0}))


def test_a_run_into_a_second_month_has_the_months_too() -> None:
    assert "; months 1.100 (2025-0" in said(run(days=3.0, cooling=WET_BULB))


def test_hours_are_left_out_where_longer_means_were_recorded() -> None:
    assert "- PUE: 1.100 -" in said(run(record_s=7200.0, cooling=WET_BULB))


@pytest.mark.parametrize("facility", [{}, {"pue": 1.3, "fixed_mw": 0.1}])
def test_a_plain_number_has_no_section(facility: dict[str, Any]) -> None:
    assert "## Facility" not in run(**facility).report()


def test_it_says_what_is_above_its_rating() -> None:
    ups = {"rated_mw": 0.8, "no_load_pu": 0.0, "linear_pu": 0.1}
    transformer = {"rated_mw": 1.25, "no_load_pu": 0.0, "linear_pu": 0.01}
    text = said(run(ups=ups, transformer=transformer, cooling={"kind": "chiller", "rated_mw": 2.0}))
    # 1 MW through 0.8 MW loses 0.1 MW; with 0.149 MW for cooling 1.249 MW through 1.25 MW
    loads = "UPS 125.0 % of its rating; transformer 99.9 % of its rating; cooling 55.6 % of its rating"
    assert f"- Highest load: {loads}; above its rating: UPS" in text  # 1.1125 MW of heat of 2 MW
    assert "Other accounts" not in text


def test_at_its_rating_nothing_is_above_it() -> None:
    result = run(ups={"rated_mw": 1.0}, cooling=WET_BULB)
    assert "- Highest load: UPS 100.0 % of its rating ## Supply" in said(result)
    assert result.summary.accounts["highest_load_pu"] == pytest.approx(1.0)
    assert "above its rating" not in said(result)


def test_of_two_sets_that_share_the_load_the_rating_is_that_of_one() -> None:
    text = said(run(ups={"rated_mw": 0.8, "redundancy": "2N"}))  # 1 MW, which one set cannot carry alone
    assert "- Highest load: UPS 125.0 % of its rating; above its rating: UPS" in text
