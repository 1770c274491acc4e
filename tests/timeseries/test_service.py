"""Service and planned outages of a participant and of the units of a fleet, as instants of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf
from typing import Any

import pytest

from sim import SpecError
from sim.campus import GasTurbines, GridConnection
from sim.timeseries.calendar import Calendar
from sim.timeseries.service import Service, Span

DAY = 86400.0
BERLIN = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "Europe/Berlin")


def gas(days: float = 100.0, **fields: Any) -> tuple[Span, ...]:
    """The spans of three units."""
    service = GasTurbines(units=3, **fields).service_in(BERLIN, days * DAY)
    return (Span(),) * 3 if service is None else service.units


def days(span: Span) -> list[tuple[float, float]]:
    return [(begin_s / DAY, end_s / DAY) for begin_s, end_s in span.outages_s]


def test_without_fields_or_with_dates_outside_the_run_there_is_no_service_to_follow() -> None:
    for fields in (
        {},
        {"in_service": 0},
        {"in_service": "2024-06-01"},
        {"retired": 100},
        {"retired": "2030-01-01"},
    ):
        assert GridConnection(import_limit_mw=1.0, **fields).service_in(BERLIN, 100 * DAY) is None
    past = {"start": -3, "duration_h": 72}  # ends as the run begins
    assert GridConnection(import_limit_mw=1.0, planned_outages=[past]).service_in(BERLIN, DAY) is None


def test_a_date_counts_for_all_units_and_a_list_for_each() -> None:
    assert [unit.begin_s for unit in gas(in_service=5)] == [5 * DAY] * 3
    assert [unit.begin_s for unit in gas(in_service=[5, "2025-01-02T01:00", -1])] == [5 * DAY, DAY, -DAY]
    assert [unit.end_s for unit in gas(retired=[7, 8, 9])] == [7 * DAY, 8 * DAY, 9 * DAY]


def test_a_unit_is_in_service_from_its_first_instant_and_no_longer_at_its_last() -> None:
    unit = Span(10.0, 20.0, ((12.0, 14.0),))
    assert [unit.is_in_service(t) for t in (9.9, 10.0, 19.9, 20.0)] == [False, True, True, False]
    assert [unit.is_planned_out(t) for t in (11.9, 12.0, 13.9, 14.0)] == [False, True, True, False]
    assert [unit.is_there(t) for t in (11.0, 12.0, 14.0)] == [True, False, True]


def test_planned_outages_take_the_first_units_that_are_in_service_and_under_no_other() -> None:
    first, second, third = gas(
        in_service=[0, 20, 0],
        planned_outages=[
            {"start": 10, "duration_h": 48, "units": 1},  # unit 1
            {"start": 11, "duration_h": 48, "units": 1},  # unit 3: unit 1 is out, unit 2 not in service yet
            {"start": 30, "duration_h": 24, "units": 2},  # units 1 and 2
        ],
    )
    assert days(first) == [(10.0, 12.0), (30.0, 31.0)]
    assert days(second) == [(30.0, 31.0)]
    assert days(third) == [(11.0, 13.0)]


def test_overlapping_planned_outages_of_all_units_are_one() -> None:
    outages = [
        {"start": 10, "duration_h": 72},
        {"start": 11, "duration_h": 24},
        {"start": 13, "duration_h": 24},
    ]
    assert [days(unit) for unit in gas(planned_outages=outages)] == [[(10.0, 14.0)]] * 3


def begins(start: str, years: int) -> list[str]:
    """Local begins of a yearly outage of a day during a run."""
    outage = {"start": start, "duration_h": 24.0, "yearly": True}
    first, *_ = gas(years * 365.25, planned_outages=[outage])
    return [f"{BERLIN.at(begin_s):%Y-%m-%d %H:%M}" for begin_s, _ in first.outages_s]


def test_a_yearly_outage_returns_on_the_same_local_date() -> None:
    wanted = ["2025-06-01 08:00", "2026-06-01 08:00", "2027-06-01 08:00"]
    assert begins("2024-06-01T08:00", 3) == wanted
    assert begins("2025-06-01T06:00Z", 3) == wanted  # in summer two hours ahead of UTC
    assert begins("2026-06-01T08:00", 3) == wanted[1:]


def test_a_yearly_outage_of_a_leap_day_is_on_the_28th_in_other_years() -> None:
    days = [begin[:10] for begin in begins("2024-02-29", 4)]
    assert days == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_a_yearly_outage_over_the_new_year_reaches_into_the_run() -> None:
    outage = {"start": "2020-12-30T01:00", "duration_h": 120.0, "yearly": True}  # to 4 January, 01:00
    first, *_ = gas(planned_outages=[outage])
    assert days(first) == [(-2.0, 3.0)]


def test_shares_in_service() -> None:
    service = Service((Span(), Span(25.0), Span(200.0, inf)), "unit", 100.0)
    assert service.edges_s() == [25.0]
    assert service.in_service_pu.values.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert service.in_service_pu.mean(0.0, 100.0) == pytest.approx((0.25 * 1 + 0.75 * 2) / 3)
    assert service.ever_pu == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        (
            {"in_service": [1, 2]},
            "gas_turbines: in_service",
            "= 1 d, 2 d; allowed: one date, or a list of 3, one for each unit",
        ),
        (
            {"retired": []},
            "gas_turbines: retired",
            "has 0 entries; allowed: one for each unit, at least 1 and at most 1000",
        ),
        (
            {"planned_outages": [{"start": 1, "duration_h": 1, "units": 4}]},
            "planned_outages[0]: units",
            "= 4; allowed: at most 3",
        ),
        (
            {"planned_outages": [{"start": 1, "duration_h": 8760, "yearly": True}]},
            "planned_outages[0]: duration_h",
            "= 8760 h; allowed: below 8760 h if it is yearly",
        ),
        (
            {"planned_outages": [{"start": 1, "duration_h": 0}]},
            "planned_outages[0]: duration_h",
            "= 0 h; allowed: a finite number at least 0.000277778 and at most 876000 h",
        ),
    ],
)
def test_what_does_not_fit_the_units_is_refused(fields: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        GasTurbines(units=3, **fields)
    assert str(refused.value) == f"{field} {message}"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"in_service": [1, 2]}, "grid: in_service = 1 d, 2 d; allowed: one date, since it has no units"),
        (
            {"planned_outages": [{"start": 1, "duration_h": 1, "units": 1}]},
            "planned_outages[0]: units = 1; allowed: none, since the source has no units",
        ),
    ],
)
def test_a_source_without_units_has_neither_lists_nor_units(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        GridConnection(import_limit_mw=1.0, **fields)
    assert str(refused.value) == message


def test_what_retires_before_it_is_in_service_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        gas(in_service="2026-01-01", retired=[900, 5, 900])
    assert str(refused.value) == (
        "gas_turbines: retired = 900 d, 5 d, 900 d; allowed: after in_service = 2026-01-01"
    )
