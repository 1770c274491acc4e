"""Day-ahead prices: trades of a window by hand, and what the store does not know."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from builders import serve, steps, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Result
from sim.campus import Battery, DayAhead, GridConnection

EFF = 0.948
TIGHT = 1e-7  # a store counts as full or empty within 1e-9 of its capacity
BERLIN = ZoneInfo("Europe/Berlin")


def run(price: Any, strategy: Any = None, *, days: float = 1.0, load: Any = 10.0, **values: Any) -> Result:
    """A battery of 5 MW and 20 MWh, empty, that trades beside a load of 10 MW."""
    campus = {name: values.pop(name) for name in ("start", "timezone", "carbon_usd_per_t") if name in values}
    rated = {"power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 0.2, **values}
    grid = GridConnection(import_limit_mw=50.0, import_price_usd_per_mwh=price)
    battery = Battery(**rated, strategy=strategy or DayAhead())
    return serve(load, {"battery": battery, "grid": grid}, days=days, **campus)


def charged_h(result: Result) -> list[float]:
    """Hours after the start at which a charge begins."""
    charging = (result.flows["battery.charge_mw"] > 0.0).to_numpy()
    t_h = np.append(0.0, np.cumsum(result.flows["dt_h"].to_numpy()))[:-1]
    return [float(hour) for hour in t_h[np.diff(charging, prepend=False) & charging]]


def test_a_day_of_two_prices_is_traded_once() -> None:
    result = run(steps((0, 20.0), (12, 100.0)))
    bought, given_back = 16 / EFF, 16 * EFF  # 0.8 x 20 MWh stored
    assert result.summary.charged_mwh["battery"] == pytest.approx(bought, rel=TIGHT)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(given_back, rel=TIGHT)
    assert result.summary.cost_usd == pytest.approx((120 + bought) * 20 + (120 - given_back) * 100, rel=TIGHT)
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == "trades the import prices of grid over windows of 24 h"


def test_of_many_prices_the_cheapest_and_the_dearest_hours_are_traded() -> None:
    # 16 / 0.948 MWh at 5 MW are 3.4 h, so the four cheapest hours
    # 16 x 0.948 MWh are 3.03 h, so the four dearest
    prices = [40.0 + hour for hour in range(24)]
    result = run(steps(*enumerate(prices)))
    full_mwh = 16 / EFF
    bought = 5 * (40 + 41 + 42) + (full_mwh - 15) * 43
    out_mwh = 16 * EFF
    sold = 5 * (60 + 61 + 62) + (out_mwh - 15) * 63  # 60 is the fourth dearest; what is left goes at 63
    expected = 10 * sum(prices) + bought - sold
    assert result.summary.cost_usd == pytest.approx(expected, rel=TIGHT)


def test_it_does_not_trade_when_losses_eat_the_spread() -> None:
    # a MWh bought at 90 and given back at 0.948^2 needs 100.14
    held = run(steps((0, 90.0), (12, 100.0)), initial_soc_pu=0.6)
    assert held.summary.charged_mwh["battery"] == held.summary.discharged_mwh["battery"] == 0.0
    assert run(steps((0, 90.0), (12, 100.2))).summary.charged_mwh["battery"] > 0.0


def test_wear_is_part_of_what_a_trade_must_pay() -> None:
    # (20 + 5) / 0.898704 + 50 are 77.8 USD/MWh
    worn = {"wear_usd_per_mwh": 50.0, "charge_wear_usd_per_mwh": 5.0}
    assert run(steps((0, 20.0), (12, 77.0)), **worn).summary.charged_mwh["battery"] == 0.0
    assert run(steps((0, 20.0), (12, 78.0)), **worn).summary.charged_mwh["battery"] > 0.0


def test_windows_from_noon_know_the_next_morning_and_not_the_last() -> None:
    # dear only from 6 h to 12 h: the window of the first noon ends with those hours of the second day
    price = {"base": 30.0, "windows": [{"value": 90.0, "from_hour": 6, "to_hour": 12}]}
    result = run(price, DayAhead(from_hour=12), days=2.0)
    # the first window is the last 12 h of one that began before the run: bought at once, sold from 6 h
    assert charged_h(result) == pytest.approx([0.0, 12.0])  # of the last window 12 h of 30 are left
    assert result.summary.discharged_mwh["battery"] == pytest.approx(2 * 16 * EFF, rel=TIGHT)


def test_a_window_of_half_a_day_trades_twice_a_day() -> None:
    price = steps((0, 20.0), (6, 80.0), (12, 20.0), (18, 80.0))
    result = run(price, DayAhead(window_h=12.0))
    assert result.summary.charged_mwh["battery"] == pytest.approx(2 * 16 / EFF, rel=TIGHT)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(2 * 16 * EFF, rel=TIGHT)


def test_a_run_that_begins_within_a_window_knows_only_the_rest_of_it() -> None:
    # from 13:30 to midnight: 30 until 18:00, then 100; the hours before the run do not count
    price = {"base": 30.0, "windows": [{"value": 100.0, "from_hour": 18, "to_hour": 24}]}
    start = datetime(2025, 3, 3, 13, 30, tzinfo=BERLIN)
    result = run(price, days=10.5 / 24, start=start, timezone="Europe/Berlin")
    assert charged_h(result) == [0.0]
    assert result.summary.discharged_mwh["battery"] == pytest.approx(16 * EFF, rel=TIGHT)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2025, 3, 30, tzinfo=BERLIN), 23), (datetime(2025, 10, 26, tzinfo=BERLIN), 25)],
)
def test_a_changed_clock_moves_later_windows_by_an_hour(day: datetime, hours: int) -> None:
    """Windows have 24 hours each, so after the change they begin an hour later or earlier by the clock."""
    price = {"base": 30.0, "windows": [{"value": 90.0, "from_hour": 8, "to_hour": 12}]}
    result = run(price, days=2.0, start=day, timezone="Europe/Berlin")
    # the dear hours of the first day are (hours - 24) later than on another; both days are traded
    first, second = 8 + hours - 24, 8 + hours
    discharging = (result.flows["battery.discharge_mw"] > 0.0).to_numpy()
    t_h = np.append(0.0, np.cumsum(result.flows["dt_h"].to_numpy()))[:-1]
    begins = t_h[np.diff(discharging, prepend=False) & discharging]
    assert begins.tolist() == pytest.approx([first, second])


@pytest.mark.parametrize(
    ("zone", "month", "day", "left_h"),
    [
        ("America/Sao_Paulo", 11, 4, 10.0),  # 2018: one o'clock is the first instant, 14 h before
        ("America/Havana", 11, 3, 8.0),  # 2024: from the first of two midnights it is 16 h
    ],
)
def test_a_day_without_a_midnight_or_with_two_has_windows(
    zone: str, month: int, day: int, left_h: float
) -> None:
    start = datetime(2018 if zone.endswith("Paulo") else 2024, month, day, 15, tzinfo=ZoneInfo(zone))
    result = run(steps((0, 20.0), (5, 90.0)), DayAhead(window_h=12.0), start=start, timezone=zone)
    # bought in the first 5 h; sold at 5 MW for what is left of the window
    expected = min(16 * EFF, 5 * (left_h - 5.0))
    assert result.summary.discharged_mwh["battery"] == pytest.approx(expected, rel=TIGHT)


def test_carbon_is_part_of_the_price() -> None:
    """A carbon price on both hours narrows the relative spread: 90 and 102 pay, 190 and 202 do not."""
    price = steps((0, 90.0), (12, 102.0))
    assert run(price).summary.charged_mwh["battery"] > 0.0
    # 373 kg/MWh at 268.1 USD/t are 100 USD/MWh
    assert run(price, carbon_usd_per_t=268.1).summary.charged_mwh["battery"] == 0.0


def test_negative_prices_of_one_height_are_not_traded_against_each_other() -> None:
    """Losses pay at a negative price, but a store cannot charge from itself."""
    summary = run(-50.0, initial_soc_pu=0.6).summary
    assert summary.discharged_mwh["battery"] == 0.0
    assert summary.charged_mwh["battery"] == pytest.approx(0.4 * 20 / EFF, rel=TIGHT)  # it is paid to


def test_prices_above_that_of_the_reserve_are_not_traded() -> None:
    summary = run(steps((0, 4500.0), (12, 9000.0)), initial_soc_pu=0.6).summary
    assert summary.charged_mwh["battery"] == 0.0
    assert summary.discharged_mwh["battery"] == pytest.approx(0.4 * 20 * EFF, rel=TIGHT)  # above 4000


@pytest.mark.parametrize("rated", [{"power_mw": 0.0}, {"energy_mwh": 0.0}, {"charge_power_mw": 0.0}])
def test_a_battery_of_nothing_trades_nothing(rated: dict[str, float]) -> None:
    assert run(steps((0, 20.0), (12, 100.0)), **rated).summary.charged_mwh["battery"] == 0.0


def test_a_window_of_an_hour_and_a_connection_that_is_not_one_are_refused() -> None:
    assert told(lambda: DayAhead(window_h=1.0)) == (
        "day_ahead: window_h = 1.0 h; allowed: a finite number at least 2 and at most 168 h"
    )
    assert told(lambda: run(50.0, DayAhead(connection="load"))) == (
        "supply.battery.strategy: connection = 'load' is not a grid connection; known: grid"
    )


PRICES = st.lists(
    st.sampled_from([-500.0, -40.0, -1.0, 0.0, 1.0, 19.5, 60.0, 60.0001, 300.0, 3999.0, 4000.0, 9000.0]),
    min_size=96,
    max_size=96,
)


@settings(max_examples=40)
@given(
    PRICES,
    PRICES,
    st.builds(DayAhead, window_h=st.sampled_from([2.0, 5.5, 24.0]), from_hour=st.integers(0, 23)),
    st.sampled_from([0, 30, 47]),
    st.sampled_from([{}, {"reserve_pu": 0.3}, {"charge_efficiency_pu": 0.5}, {"wear_usd_per_mwh": 30.0}]),
)
def test_prices_after_a_window_change_nothing_within_it(
    prices: list[float],
    others: list[float],
    strategy: DayAhead,
    minutes: int,
    values: dict[str, float],
) -> None:
    start = datetime(2025, 3, 28, 5, tzinfo=BERLIN) + timedelta(minutes=minutes)
    window_h, first = strategy.window_h, datetime(2025, 3, 28, strategy.from_hour, tzinfo=BERLIN)
    into_h = (start - first).total_seconds() / 3600.0 % window_h
    end_h = window_h * round(20.0 / window_h + 1.0) - into_h  # a window ends here
    kept = [hour for hour in range(48) if hour / 2.0 < end_h] if end_h < 24.0 else list(range(48))
    known = [(hour / 2.0, prices[hour]) for hour in kept]
    later = [(hour / 2.0, others[hour]) for hour in range(96) if hour / 2.0 >= end_h]
    ends = [(end_h, others[95])] if not later or later[0][0] > end_h else []

    def moved(price: Any) -> np.ndarray:
        result = run(price, strategy, days=2.0, start=start, timezone="Europe/Berlin", **values)
        frame = result.flows[["battery.charge_mw", "battery.discharge_mw", "battery.stored_mwh"]]
        t_h = np.append(0.0, np.cumsum(result.flows["dt_h"].to_numpy()))[:-1]
        before: np.ndarray = frame.to_numpy()[t_h < end_h - 1e-6]
        is_new = np.append(True, (np.diff(before, axis=0) != 0.0).any(axis=1))
        return np.asarray(before[is_new])

    constant = moved(steps(*known))
    changed = moved(steps(*known, *ends, *later))
    assert constant == pytest.approx(changed, abs=1e-9)
