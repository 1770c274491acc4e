"""The rolling optimiser: optimal where its forecast holds, and what it does not know."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from builders import serve, steps, told
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sim import Campus, Result
from sim.bus.clock import Clock
from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource, RollingOptimiser
from sim.contracts.demand_charge import DEMAND_CHARGE
from sim.simulation import simulate_on

EFF = 0.948
TIGHT = 1e-6
WAVE = steps(*((hour, 40.0 + 20.0 * (12 <= hour % 24 < 16)) for hour in range(24 * 62)))
"""40 MW, and 60 MW for four hours each day."""


def run(
    price: Any, *, days: float = 2.0, load: Any = 10.0, grid: Any = None, sun: Any = None, **values: Any
) -> Result:
    """A battery of 5 MW and 20 MWh, empty, that follows its plans beside a load of 10 MW."""
    campus = {name: values.pop(name) for name in ("start", "timezone") if name in values}
    strategy = values.pop("strategy", RollingOptimiser())
    rated = {"power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 0.2, **values}
    connection = {"import_limit_mw": 100.0, "import_price_usd_per_mwh": price, **(grid or {})}
    supply: dict[str, Any] = {
        "battery": Battery(**rated, strategy=strategy),
        "grid": GridConnection(**connection),
    }
    if sun is not None:
        supply["sun"] = MeasuredSource(power_mw=sun)
    return serve(load, supply, days=days, **campus)


def final_mwh(result: Result) -> float:
    """Level at the end."""
    (hours,) = result.books.hours.stores
    return float(hours.level_mwh[-1])


def test_a_day_of_two_prices_is_traded_once() -> None:
    result = run(steps((0, 20.0), (12, 100.0)), days=1.0)
    bought, given_back = 16 / EFF, 16 * EFF  # 0.8 x 20 MWh stored
    assert result.summary.charged_mwh["battery"] == pytest.approx(bought, rel=TIGHT)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(given_back, rel=TIGHT)
    assert result.summary.cost_usd == pytest.approx((120 + bought) * 20 + (120 - given_back) * 100, rel=TIGHT)


def test_it_tells_what_it_follows_and_what_it_expects() -> None:
    result = run(50.0, days=1.0, strategy=RollingOptimiser(every_h=6, forecast={"kind": "persistence"}))
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == (
        "follows a linear program every 6 h, 48 h ahead; it expects of the import price, the values of 24 h "
        "before, issued every 1 h; of the net load, that of the days before"
    )


@settings(max_examples=25)
@given(
    st.lists(st.floats(-50.0, 300.0).map(lambda usd: round(usd, 2)), min_size=24, max_size=24),
    st.sampled_from([0.0, 12.0]),
    st.sampled_from([0.0, 20.0]),
)
def test_where_all_prices_are_known_nothing_is_lost_on_the_bound(
    prices: list[float], wear_usd_per_mwh: float, sold_mw: float
) -> None:
    """One plan covers the day, so its dispatch is that of perfect foresight, up to energy left at the end."""
    grid = {"export_limit_mw": sold_mw, "export_price_usd_per_mwh": min(prices)}
    result = run(steps(*enumerate(prices)), days=1.0, grid=grid, wear_usd_per_mwh=wear_usd_per_mwh)
    found = result.regret()
    assert found.gap_usd == pytest.approx(0.0, abs=1e-3 * sum(map(abs, prices)) / 24 * 20 + 1e-6)


@pytest.mark.parametrize("every_h", [1, 6, 24])
def test_the_end_of_a_run_is_traded_like_any_other_day(every_h: int) -> None:
    """Each day is cheap, then dear: also a plan of the last dear hours alone sells what was bought."""
    price = steps(*((hour, 20.0 if hour % 24 < 12 else 100.0) for hour in range(48)))
    result = run(price, strategy=RollingOptimiser(every_h=every_h))
    # twice 0.8 x 20 MWh are stored
    assert result.summary.discharged_mwh["battery"] == pytest.approx(2 * 16 * EFF, rel=TIGHT)
    assert final_mwh(result) == pytest.approx(4.0, rel=TIGHT)


@pytest.mark.parametrize(("usd_per_mwh", "left_mwh"), [(22.0, 20.0), (23.0, 4.0)])
def test_at_the_end_of_a_run_energy_is_sold_for_what_it_costs_to_buy_again(
    usd_per_mwh: float, left_mwh: float
) -> None:
    # bought again for 20 it costs 20 / 0.948 = 21.10; sold it earns 0.948 x 22 = 20.86, or 0.948 x 23 = 21.80
    hourly = RollingOptimiser(every_h=1)
    result = run(steps((0, 20.0), (12, usd_per_mwh)), days=1.0, initial_soc_pu=1.0, strategy=hourly)
    assert final_mwh(result) == pytest.approx(left_mwh, rel=TIGHT)


@pytest.mark.parametrize(("hour", "left_mwh"), [(23, 4.0 + 5 * EFF), (24, 4.0)])
def test_prices_longer_ago_than_a_plan_covers_do_not_come_again(hour: int, left_mwh: float) -> None:
    """One hour costs 5 in place of 40. It is among the last 24 hours, or just before them."""
    price = steps((0, 40.0), (hour, 5.0), (hour + 1, 40.0))
    result = run(price, strategy=RollingOptimiser(every_h=1, ahead_h=24))
    assert final_mwh(result) == pytest.approx(left_mwh, rel=TIGHT)


def test_a_run_that_begins_within_an_hour_knows_no_price_before_it() -> None:
    # its first half hour costs 20, so that energy is sold for 23
    result = run(
        steps((0, 20.0), (0.5, 23.0)),
        days=0.25,
        initial_soc_pu=1.0,
        start="2025-03-01T00:30:00+00:00",
        timezone="UTC",
        strategy=RollingOptimiser(every_h=1),
    )
    assert final_mwh(result) == pytest.approx(4.0, rel=TIGHT)


def least_usd(prices: np.ndarray, refill_usd_per_mwh: float) -> float:
    """What the best trade of the battery costs, less what is left above the lowest level.

    It is a program of its own: charging and discharging power of each hour, within 5 MW, up to 16 MWh.
    """
    count = len(prices)
    left = refill_usd_per_mwh / EFF
    stored = np.hstack([EFF * np.tri(count), -np.tri(count) / EFF])
    at_once = np.hstack([np.eye(count), np.eye(count)])
    usd = np.append(prices - left * EFF, left / EFF - prices)
    rows = np.vstack([stored, -stored, at_once])
    most = np.concatenate([np.full(count, 16.0), np.zeros(count), np.full(count, 5.0)])
    return float(linprog(usd, rows, most, bounds=(0.0, None)).fun)


@settings(max_examples=25)
@given(
    st.lists(st.floats(-50.0, 300.0).map(lambda usd: round(usd, 2)), min_size=24, max_size=24),
    st.sampled_from([1, 5, 24]),
)
def test_however_often_it_is_planned_the_last_hours_cost_least(prices: list[float], every_h: int) -> None:
    """All plans value what is left by the lowest price of the run, so each confirms the one before."""
    result = run(steps(*enumerate(prices)), days=1.0, strategy=RollingOptimiser(every_h=every_h))
    refill = max(min(prices), 0.0) * (1.0 - 1e-3)
    worth_usd = refill / EFF * (final_mwh(result) - 4.0)
    found_usd = result.summary.cost_usd - 10.0 * sum(prices) - worth_usd
    assert found_usd == pytest.approx(least_usd(np.array(prices), refill), abs=0.01)


def test_a_demand_charge_is_shaved_once_a_day_has_been_measured() -> None:
    """Of 16 MWh, 15.168 reach the bus: 60 MW for four hours become 56.208 from the second month on."""
    grid = {"demand_charge_usd_per_mw_month": 10_000.0}
    result = run(50.0, days=61.0, load=WAVE, grid=grid, start="2025-03-01T00:00:00+00:00", timezone="UTC")
    peaks = result.bill[result.bill["line"] == DEMAND_CHARGE]["quantity"].tolist()
    assert peaks[1] == pytest.approx(60 - 16 * EFF / 4, rel=1e-6)
    assert peaks[0] == pytest.approx(60.0)  # the first day came as a surprise
    known = run(
        50.0,
        days=61.0,
        load=WAVE,
        grid=grid,
        start="2025-03-01T00:00:00+00:00",
        timezone="UTC",
        initial_soc_pu=1.0,
        strategy=RollingOptimiser(target_mw=56.5),
    )
    peaks = known.bill[known.bill["line"] == DEMAND_CHARGE]["quantity"].tolist()
    assert peaks[0] == pytest.approx(56.5)


@pytest.mark.parametrize(("margin_days", "peak_mw"), [(7, 60.0 - 16 * EFF / 4), (1, 60.0)])
def test_the_days_that_are_expected_hold_the_last_weekday(margin_days: int, peak_mw: float) -> None:
    """September begins on a Monday: after a weekend of 40 MW, one day knows nothing of its 60 MW."""
    waves = [(hour, 40.0 + 20.0 * (12 <= hour % 24 < 16 and hour // 24 % 7 < 5)) for hour in range(24 * 29)]
    grid = {"demand_charge_usd_per_mw_month": 10_000.0}
    strategy = RollingOptimiser(margin_days=margin_days)
    result = run(
        50.0,
        days=29.0,
        load=steps(*waves),
        grid=grid,
        strategy=strategy,
        start="2025-08-04T00:00:00+00:00",
        timezone="UTC",
    )
    peaks = result.bill[result.bill["line"] == DEMAND_CHARGE]["quantity"].tolist()
    assert peaks[1] == pytest.approx(peak_mw, rel=1e-6)


def test_it_never_buys_above_its_target() -> None:
    """The night is cheap, but a MWh of it is not worth a MW of demand: it charges up to 44 MW."""
    price = {"base": 40.0, "windows": [{"value": 120.0, "from_hour": 12, "to_hour": 16}]}
    load = steps(*((hour, 44.0 - 4.0 * (hour % 24 < 6)) for hour in range(24 * 62)))
    grid = {"demand_charge_usd_per_mw_month": 10_000.0}
    result = run(price, days=61.0, load=load, grid=grid, start="2025-03-01T00:00:00+00:00", timezone="UTC")
    peaks = result.bill[result.bill["line"] == DEMAND_CHARGE]["quantity"].tolist()
    assert max(peaks) <= 44.0 + 1e-6
    # six hours at 44 - 40 MW hold more than the store takes, so it is full each morning
    assert result.summary.discharged_mwh["battery"] == pytest.approx(60 * 16 * EFF, rel=0.02)


@pytest.mark.parametrize(
    ("load", "every_h", "stored_mwh"),
    [(1.0, 24, 12 / EFF), (steps((0, 1.0), (1, 10.0)), 24, 12 / EFF), (steps((0, 1.0), (1, 10.0)), 1, 16.0)],
)
def test_load_is_known_once_an_hour_has_been_measured_and_expected_until_the_next_plan(
    load: Any, every_h: int, stored_mwh: float
) -> None:
    """At the start 5 MW are assumed. 1 MW takes 12 MWh in the dear hours, 10 MW all that the store holds."""
    price = steps((0, 20.0), (12, 100.0))
    result = run(price, days=1.0, load=load, strategy=RollingOptimiser(every_h=every_h))
    assert result.summary.charged_mwh["battery"] == pytest.approx(stored_mwh / EFF, rel=TIGHT)
    assert final_mwh(result) == pytest.approx(4.0, rel=TIGHT)


def test_hours_are_those_of_the_clock_also_where_a_run_begins_within_one() -> None:
    """From 00:30 on the first hour ends at 01:00 with 1 MW, which is expected though 10 MW come then."""
    result = run(
        steps((0, 20.0), (11.5, 100.0)),
        days=23.5 / 24,
        load=steps((0, 1.0), (0.5, 10.0)),
        start="2025-03-01T00:30:00+00:00",
        timezone="UTC",
    )
    assert result.summary.charged_mwh["battery"] == pytest.approx(12 / EFF**2, rel=TIGHT)


@pytest.mark.parametrize(("first", "known"), [(0, "2025-03-04"), (24, "2025-03-05")])
def test_surplus_of_the_day_before_is_expected_again(first: int, known: str) -> None:
    """4 MW of surplus for 6 h: once it is known, nothing is bought at night that surplus can give.

    Nor does a day without it count, before the first one with it.
    """
    sun = steps(*((hour, 14.0 * (9 <= hour % 24 < 15) * (hour >= first)) for hour in range(24 * 4)))
    price = {"base": 40.0, "windows": [{"value": 120.0, "from_hour": 18, "to_hour": 22}]}
    result = run(price, days=4.0, sun=sun, start="2025-03-03T00:00:00+00:00", timezone="UTC")
    flows = result.flows.loc[known:]  # type: ignore[misc]  # a slice of a time index by text
    assert flows["sun.curtailed_mw"].to_numpy()[flows["battery.charge_mw"].to_numpy() > 0].max() < 4.0
    bought = flows["battery.charge_mw"] * (flows["grid.import_mw"] > 0) * flows["dt_h"]
    assert bought.sum() == pytest.approx(0.0, abs=1e-6)


def test_a_plan_knows_the_last_hour_that_it_covers() -> None:
    """The plan of hour 1 covers 24 hours: the last of them is dear, and there is no plan in between."""
    strategy = RollingOptimiser(every_h=24, ahead_h=24)
    result = run(steps((0, 50.0), (24, 500.0), (25, 50.0)), days=1.5, strategy=strategy)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(5.0, rel=TIGHT)


@pytest.mark.parametrize(("sold_usd_per_mwh", "stored_mwh"), [(23.0, 16.0), (22.0, 0.0)])
def test_energy_is_bought_for_export_where_that_pays(sold_usd_per_mwh: float, stored_mwh: float) -> None:
    # 0.948 x 0.948 x 23 = 20.67, and of 22 it is 19.77; a MWh costs 20. The first hour is not yet known
    price = steps((0, 100.0), (1, 20.0), (12, 100.0))
    grid = {"export_limit_mw": 5.0, "export_price_usd_per_mwh": steps((0, 0.0), (12, sold_usd_per_mwh))}
    result = run(price, days=1.0, load=0.0, grid=grid)
    assert result.summary.charged_mwh["battery"] == pytest.approx(stored_mwh / EFF, rel=TIGHT)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(stored_mwh * EFF, rel=TIGHT)


def test_a_price_that_persistence_does_not_know_comes_as_a_surprise() -> None:
    """A dear hour that comes once is not charged for, and not expected again where it does not come."""
    price = steps((0, 50.0), (30, 500.0), (31, 50.0))
    blind = run(price, days=4.0, strategy=RollingOptimiser(forecast={"kind": "persistence"}))
    known = run(price, days=4.0)
    assert known.summary.discharged_mwh["battery"] == pytest.approx(5.0, rel=TIGHT)
    assert blind.summary.discharged_mwh["battery"] < 5.0


PRICES = st.lists(st.sampled_from([-40.0, 0.0, 19.5, 60.0, 300.0, 3999.0, 9000.0]), min_size=72, max_size=72)


@settings(max_examples=25)
@given(
    PRICES,
    PRICES,
    st.sampled_from([1, 6, 24]),
    st.sampled_from([("persistence", 24, 24), ("perfect", 48, 24)]),
)
def test_prices_that_no_plan_has_seen_change_nothing(
    prices: list[float], others: list[float], every_h: int, case: tuple[str, int, int]
) -> None:
    """A plan of 24 hours with perfect foresight sees what comes 24 hours later; with persistence, nothing."""
    forecast, change_h, same_until_h = case
    strategy = RollingOptimiser(every_h=every_h, ahead_h=24, forecast={"kind": forecast})

    def moved(given_prices: list[float]) -> list[list[float]]:
        result = run(steps(*enumerate(given_prices)), days=3.0, strategy=strategy)
        t_h = np.append(0.0, np.cumsum(result.flows["dt_h"].to_numpy()))[:-1]
        names = ["battery.charge_mw", "battery.discharge_mw", "battery.stored_mwh"]
        found: list[list[float]] = result.flows[names].to_numpy()[t_h < same_until_h - 1e-9].tolist()
        return found

    assert moved(prices) == moved([*prices[:change_h], *others[change_h:]])


def test_it_follows_the_service_of_its_store() -> None:
    zone = ZoneInfo("UTC")
    result = run(
        {"base": 20.0, "windows": [{"value": 100.0, "from_hour": 12, "to_hour": 24}]},
        days=3.0,
        start=datetime(2025, 3, 3, tzinfo=zone),
        timezone="UTC",
        in_service="2025-03-04",
        retired="2025-03-05",
    )
    assert result.summary.discharged_mwh["battery"] == pytest.approx(16 * EFF, rel=TIGHT)


def test_it_does_not_plan_after_the_end_where_the_clock_goes_on_for_other_sites() -> None:
    """A plan at its end or later would have no hours ahead."""
    campus = Campus(
        name="short",
        supply={
            "battery": Battery(power_mw=5.0, energy_mwh=20.0, strategy=RollingOptimiser(every_h=1)),
            "grid": GridConnection(import_limit_mw=100.0, import_price_usd_per_mwh=20.0),
        },
        demand={"load": MeasuredLoad(power_mw=10.0)},
    )
    clock = Clock()
    result = simulate_on(clock, campus, days=0.125)
    clock.advance_to(86_400.0)
    assert clock.now == 86_400.0
    assert result.summary.energy_mwh == pytest.approx(30.0)


def test_plans_that_end_before_the_next_one_begins_are_refused() -> None:
    assert told(lambda: RollingOptimiser(every_h=48, ahead_h=24)) == (
        "rolling_optimiser: ahead_h = 24 h; allowed: at least every_h = 48 h"
    )


def test_another_target_of_the_same_connection_is_refused() -> None:
    def two() -> Result:
        grid = GridConnection(import_limit_mw=50.0, demand_charge_usd_per_mw_month=1000.0)
        supply = {
            "first": Battery(power_mw=1.0, energy_mwh=4.0, strategy=RollingOptimiser()),
            "second": Battery(power_mw=1.0, energy_mwh=4.0, strategy=RollingOptimiser(target_mw=5.0)),
            "grid": grid,
        }
        return serve(10.0, supply)

    assert told(two) == (
        "supply.second: connection has another target by another store; allowed: equal target_mw, "
        "keep_pu, hours_at_peak"
    )
