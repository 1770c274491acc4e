"""Peak shaving: a square load by hand, the target month by month, and the laws of what it never does."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from builders import serve, steps, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.campus import (
    Battery,
    Demand,
    Facility,
    GridConnection,
    MeasuredLoad,
    MeasuredSource,
    PeakShaving,
    Ratchet,
    Rates,
    ServerPool,
    TrainingJob,
)

TIGHT = 1e-7  # a store counts as full or empty within 1e-9 of its capacity
LOSSLESS = {"charge_efficiency_pu": 1.0, "discharge_efficiency_pu": 1.0, "min_soc_pu": 0.0}
START = datetime(2025, 1, 1, tzinfo=UTC)


def battery(strategy: Any = None, **values: Any) -> Battery:
    """A lossless battery of 5 MW and 20 MWh, full, that shaves peaks."""
    rated = {"power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 1.0, **LOSSLESS}
    return Battery(**{**rated, "strategy": strategy or PeakShaving(), **values})


def run(
    load: Any, store: Battery, *, days: float = 1.0, plant: Any = None, grid: Any = None, **campus: Any
) -> Result:
    values = {"import_limit_mw": 100.0, "demand_charge_usd_per_mw_month": 10_000.0, **(grid or {})}
    supply: dict[str, Any] = {"battery": store, "grid": GridConnection(**values)}
    if plant is not None:
        supply["plant"] = MeasuredSource(power_mw=plant)
    return serve(load, supply, days=days, **campus)


def import_mw(result: Result) -> np.ndarray:
    found: np.ndarray = result.flows["grid.import_mw"].to_numpy()
    return found


def billed_mw(result: Result) -> list[float]:
    """Demand that is charged, month by month."""
    lines = result.bill[result.bill["line"] == "demand charge"]
    return [float(mw) for mw in lines["quantity"]]


def test_a_square_load_is_shaved_to_the_target_that_the_battery_can_hold() -> None:
    # 4 h at 15 MW on a base of 8: 20 MWh over 4 h are 5 MW, so 10 MW is the least that can be held
    square = steps((0, 8.0), (10, 15.0), (14, 8.0))
    result = run(square, battery(PeakShaving(target_mw=10.0)))
    assert result.summary.discharged_mwh["battery"] == pytest.approx(4 * 5.0, rel=TIGHT)
    assert import_mw(result).max() == pytest.approx(10.0, rel=TIGHT)
    assert billed_mw(result) == pytest.approx([10.0], rel=TIGHT)
    # it charges again up to the 10 MW reached, 2 MW for the last 10 h
    assert result.summary.charged_mwh["battery"] == pytest.approx(20.0, rel=TIGHT)
    assert result.flows["battery.charge_mw"].max() == pytest.approx(2.0, rel=TIGHT)


def test_a_target_too_low_for_the_battery_is_broken_by_what_is_missing_when_it_is_empty() -> None:
    # 15 MW against 11 take 4 MW; at 10 it is empty an hour early: 5 MW for 4 of 5 h
    square = steps((0, 8.0), (10, 15.0), (15, 8.0))
    result = run(square, battery(PeakShaving(target_mw=10.0)))
    assert billed_mw(result) == pytest.approx([15.0], rel=TIGHT)
    held = run(square, battery(PeakShaving(target_mw=11.0)))
    assert billed_mw(held) == pytest.approx([11.0], rel=TIGHT)


def test_it_does_not_charge_above_what_has_been_reached_though_the_target_is_higher() -> None:
    result = run(steps((0, 8.0), (12, 3.0)), battery(PeakShaving(target_mw=20.0), initial_soc_pu=0.0))
    assert import_mw(result).max() == pytest.approx(8.0)  # the target of 20 MW is not a permit
    assert result.summary.charged_mwh["battery"] == pytest.approx(20.0, rel=TIGHT)  # 5 MW from noon on
    assert result.flows["battery.charge_mw"].max() == pytest.approx(5.0)


def test_the_target_is_learnt_from_the_month_before() -> None:
    # each day 6 h at 10 MW on a base of 4; the battery gives up to 5 MW, and 20 MWh in all
    days = [
        (24.0 * day + hour, mw) for day in range(90) for hour, mw in ((0.0, 4.0), (9.0, 10.0), (15.0, 4.0))
    ]
    result = run(steps(*days), battery(PeakShaving(target_mw=9.0, keep_pu=0.9)), days=90.0)
    # January 9 as given; February 0.9 x 9 = 8.1; March 0.9 x 8.1 = 7.29; 6 h x 2.71 MW are 16.26 of 20 MWh
    assert billed_mw(result) == pytest.approx([9.0, 8.1, 7.29], rel=TIGHT)


def test_a_month_that_breaks_its_target_gives_the_next_one_a_higher_one() -> None:
    days = [
        (24.0 * day + hour, mw) for day in range(59) for hour, mw in ((0.0, 4.0), (9.0, 10.0), (21.0, 4.0))
    ]
    result = run(steps(*days), battery(PeakShaving(target_mw=5.0, keep_pu=0.85)), days=59.0)
    # 5 MW for 12 h are 60 MWh; with 20 MWh it holds 10 - 20 / 12 = 8.33 MW at best, and 0.85 x 10 is 8.5
    assert billed_mw(result) == pytest.approx([10.0, 8.5], rel=TIGHT)


def test_a_charge_takes_back_no_more_of_an_interval_than_its_mean_allows() -> None:
    """A load above the peak for half a quarter of an hour leaves the other half little to charge."""
    load = steps((0, 12.0), (1, 20.0), (1.125, 0.0), (1.25, 12.0))
    result = run(load, battery(initial_soc_pu=0.0, power_mw=50.0), days=0.25)
    # 20 MW for half of the quarter are a mean of 10, so 4 MW may be charged in the other half
    assert billed_mw(result) == pytest.approx([12.0], rel=TIGHT)
    assert result.flows["battery.charge_mw"].max() == pytest.approx(4.0, rel=TIGHT)
    assert result.summary.charged_mwh["battery"] == pytest.approx(4.0 * 0.125, rel=TIGHT)


def test_up_to_a_minimum_take_it_may_charge_from_the_first_hour() -> None:
    tariff = Rates(
        import_price_usd_per_mwh=50.0,
        demand=(Demand(usd_per_mw_month=10_000.0, contracted_mw=10.0, least_pu=0.8),),
    )
    values = {"import_limit_mw": 100.0, "tariff": tariff}
    supply = {"battery": battery(initial_soc_pu=0.0), "grid": GridConnection(**values)}
    result = serve(5.0, supply)
    assert result.flows["battery.charge_mw"].max() == pytest.approx(3.0)  # 0.8 x 10 - 5 MW
    assert import_mw(result).max() == pytest.approx(8.0)
    assert billed_mw(result) == pytest.approx([8.0])


def test_of_two_demand_charges_the_smaller_floor_counts() -> None:
    """Import below the minimum take of one charge may still raise the other."""
    charges = (
        Demand(usd_per_mw_month=10_000.0, contracted_mw=10.0, least_pu=0.8),
        Demand(name="facility charge", usd_per_mw_month=5000.0),
    )
    tariff = Rates(import_price_usd_per_mwh=50.0, demand=charges)
    grid = GridConnection(import_limit_mw=100.0, tariff=tariff)
    result = serve(5.0, {"battery": battery(initial_soc_pu=0.0), "grid": grid})
    assert import_mw(result).max() == pytest.approx(5.0)
    lines = result.bill.groupby("line")["quantity"].sum()
    assert (lines["demand charge"], lines["facility charge"]) == (pytest.approx(8.0), pytest.approx(5.0))


def test_below_the_floor_of_a_ratchet_it_does_not_charge_for_that_would_raise_later_months() -> None:
    ratchet = Ratchet(share_pu=0.5, peaks_before_mw={"2024-08": 16.0})
    tariff = Rates(
        import_price_usd_per_mwh=50.0, demand=(Demand(usd_per_mw_month=10_000.0, ratchet=ratchet),)
    )
    grid = GridConnection(import_limit_mw=100.0, tariff=tariff)
    result = serve(5.0, {"battery": battery(initial_soc_pu=0.0), "grid": grid})
    assert import_mw(result).max() == pytest.approx(5.0)
    assert billed_mw(result) == pytest.approx([8.0])  # 0.5 x 16 MW are billed in any case


def test_an_order_of_the_grid_is_served_from_the_battery_and_the_target_holds_afterwards() -> None:
    orders = [{"start_h": 6.0, "duration_h": 2.0, "limit_mw": 4.0}]
    square = steps((0, 8.0), (12, 12.0), (14, 8.0))
    result = run(square, battery(PeakShaving(target_mw=10.0)), grid={"orders": orders})
    # 2 h of 4 MW under the order; nothing is free to charge below the 8 MW reached
    assert result.summary.unserved_mwh == 0.0
    assert result.summary.discharged_mwh["battery"] == pytest.approx(2 * 4.0 + 2 * 2.0, rel=TIGHT)
    assert billed_mw(result) == pytest.approx([10.0], rel=TIGHT)
    ordered = result.flows.between_time("06:00", "07:59")
    assert ordered["grid.import_mw"].max() == pytest.approx(4.0)


def test_an_interruption_empties_it_and_the_rest_is_unserved() -> None:
    orders = [{"start_h": 6.0, "duration_h": 4.0, "limit_mw": 0.0}]  # as an interruption, at a known hour
    result = run(6.0, battery(), grid={"orders": orders, "demand_charge_usd_per_mw_month": 10_000.0})
    # with a target of 0 it is empty after 4 h at 5 MW, and has nothing for the order: 4 h x 6 MW are missing
    assert result.summary.unserved_mwh == pytest.approx(24.0, rel=1e-6)
    ready = run(6.0, battery(PeakShaving(target_mw=6.0)), grid={"orders": orders})
    assert ready.summary.unserved_mwh == pytest.approx(24.0 - 4 * 5.0, rel=1e-6)


def test_surplus_is_charged_before_it_is_exported_and_the_store_is_never_exported() -> None:
    grid = {"export_limit_mw": 10.0, "export_price_usd_per_mwh": 55.0, "import_price_usd_per_mwh": 60.0}
    plant = steps((0, 12.0), (8, 0.0))
    result = run(4.0, battery(PeakShaving(target_mw=4.0), initial_soc_pu=0.0), plant=plant, grid=grid)
    # 8 MW are left over for 8 h: 5 MW fill it in 4 h, the rest is exported
    assert result.summary.export_mwh == pytest.approx(8 * 8.0 - 20.0, rel=TIGHT)
    assert result.summary.charged_mwh["battery"] == pytest.approx(20.0, rel=TIGHT)
    assert result.summary.discharged_mwh["battery"] == 0.0
    both = result.flows["grid.export_mw"] * result.flows["battery.discharge_mw"]
    assert not both.any()


def test_flexible_training_sees_the_shadow_price_and_waits() -> None:
    """Import above the target costs 60 + 12,000 / 24 = 560 USD/MWh, which training at 150 does not pay."""
    job = TrainingJob(pool="hall", gpus=800, work_gpu_h=800.0 * 24 * 10, flexible_pu=1.0)

    def training(store: Battery | None) -> Result:
        grid = GridConnection(import_limit_mw=100.0, demand_charge_usd_per_mw_month=12_000.0)
        supply: dict[str, Any] = {"grid": grid} | ({} if store is None else {"battery": store})
        made = Campus(
            name="test",
            facility=Facility(pue=1.0),
            servers={"hall": ServerPool(servers=100)},
            supply=supply,
            demand={"base": MeasuredLoad(power_mw=2.0), "job": job},
        )
        return simulate(made, days=1.0)

    free = training(None)
    held = training(battery(PeakShaving(target_mw=2.5, hours_at_peak=24.0), energy_mwh=0.0))
    assert free.summary.peak_import_15min_mw > 2.6
    assert held.summary.peak_import_15min_mw == pytest.approx(2.5, rel=1e-6)
    assert held.summary.unserved_mwh == 0.0
    assert held.summary.deferred_mwh > 0.0


@pytest.mark.parametrize(
    ("store", "connections", "message"),
    [
        (
            PeakShaving(connection="gird"),
            ["grid"],
            "supply.battery.strategy: connection = 'gird' is not a grid connection; known: grid",
        ),
        (
            PeakShaving(),
            ["east", "west"],
            "supply.battery.strategy: connection is missing; known: east, west",
        ),
        (
            PeakShaving(),
            [],
            (
                "supply.battery.strategy: connection is missing; "
                "known: none: the strategy needs a grid connection"
            ),
        ),
    ],
)
def test_a_connection_that_is_not_known_is_refused(
    store: PeakShaving, connections: list[str], message: str
) -> None:
    supply: dict[str, Any] = {name: GridConnection(import_limit_mw=50.0) for name in connections}
    assert told(lambda: serve(5.0, {**supply, "battery": battery(store)})) == message


def test_one_of_two_connections_may_be_named() -> None:
    grids = {name: GridConnection(import_limit_mw=4.0) for name in ("east", "west")}
    result = serve(6.0, {**grids, "battery": battery(PeakShaving(connection="west", target_mw=1.0))})
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == "shaves the peaks of west"
    assert result.flows["east.import_mw"].max() == pytest.approx(4.0)


def test_an_import_price_that_reaches_the_reserve_is_refused() -> None:
    price = {"import_price_usd_per_mwh": steps((0, 60.0), (5, 4500.0))}
    assert told(lambda: run(5.0, battery(), grid=price)) == (
        "supply.battery.strategy: price = 4500.1 USD/MWh of import; allowed: below reserve_above_usd_per_mwh"
    )


@pytest.mark.parametrize("field", ["charge_below_usd_per_mwh", "discharge_above_usd_per_mwh"])
def test_a_strategy_and_a_price_of_the_battery_are_refused(field: str) -> None:
    assert told(lambda: battery(**{field: 50.0})) == (
        f"battery: {field} = 50.0 USD/MWh; allowed: none with a strategy, which sets the prices"
    )


def test_wrong_values_are_refused() -> None:
    assert told(lambda: PeakShaving(keep_pu=90.0)) == (
        "peak_shaving: keep_pu = 90.0 pu; allowed: a finite number at least 0 and at most 1 pu"
    )
    assert told(lambda: PeakShaving(hours_at_peak=0.1)) == (
        "peak_shaving: hours_at_peak = 0.1 h; allowed: a finite number at least 0.25 and at most 744 h"
    )
    assert told(lambda: battery(strategy={"kind": "peak_shavin"})).startswith(
        "strategy: kind = 'peak_shavin' is unknown; nearest: peak_shaving"
    )


LOAD = st.lists(
    st.tuples(st.integers(0, 12 * 24 * 12), st.sampled_from([0.0, 2.0, 7.0, 9.5, 10.0, 16.0, 31.0])),
    min_size=1,
    max_size=30,
    unique_by=lambda change: change[0],
).map(lambda changes: steps((0, 5.0), *sorted((1 / 60 + twelfths / 12, mw) for twelfths, mw in changes)))
"""A load that changes at odd minutes of twelve days."""
RATCHETS = st.one_of(
    st.none(),
    st.builds(
        lambda share, last, before: Ratchet(share_pu=share, last_months=last, peaks_before_mw=before),
        st.sampled_from([0.5, 0.8, 1.0]),
        st.integers(3, 11),  # no peak before the run is forgotten within it
        st.sampled_from([{}, {"2024-11": 12.0}, {"2024-12": 40.0}]),
    ),
)
CHARGES = st.builds(
    lambda usd, least, ratchet, minutes: Demand(
        usd_per_mw_month=usd, contracted_mw=20.0, least_pu=least, ratchet=ratchet, interval_min=minutes
    ),
    st.sampled_from([500.0, 10_000.0]),
    st.sampled_from([0.0, 0.4, 1.0]),
    RATCHETS,
    st.sampled_from([15, 30, 60]),
)
STRATEGIES = st.builds(
    PeakShaving,
    target_mw=st.sampled_from([0.0, 8.0, 10.0, 40.0]),
    keep_pu=st.sampled_from([0.0, 0.7, 0.9, 1.0]),
    hours_at_peak=st.sampled_from([4.0, 24.0]),
)
STORES = st.fixed_dictionaries(
    {
        "power_mw": st.sampled_from([0.0, 1.0, 6.0, 50.0]),
        "energy_mwh": st.sampled_from([0.0, 1.0, 10.0, 200.0]),
        "charge_efficiency_pu": st.sampled_from([0.7, 0.948, 1.0]),
        "discharge_efficiency_pu": st.sampled_from([0.7, 0.948, 1.0]),
        "min_soc_pu": st.sampled_from([0.0, 0.2]),
        "initial_soc_pu": st.sampled_from([0.2, 0.5, 1.0]),
        "standing_loss_mw": st.sampled_from([0.0, 0.01]),
        "strategy": STRATEGIES,
    }
)
GRIDS = st.fixed_dictionaries(
    {
        "import_limit_mw": st.sampled_from([100.0, 20.0, steps((0, 100.0), (30.3, 9.0), (50.7, 100.0))]),
        "export_limit_mw": st.sampled_from([0.0, 5.0]),
        "interruptions_per_year": st.sampled_from([0.0, 150.0]),
        "orders": st.sampled_from([(), ({"start_h": 20.1, "duration_h": 7.3, "limit_mw": 6.0},)]),
    }
)
PLANTS = st.sampled_from([None, steps((0, 3.0), (9.1, 14.0), (17.2, 0.0), (30.0, 14.0), (200.0, 1.0))])
SITES = st.tuples(GRIDS, PLANTS)
TIMES = st.integers(0, 59).map(lambda minutes: START + timedelta(days=25, minutes=minutes))


def month_peaks(result: Result, minutes: int) -> dict[str, float]:
    """Highest mean import over the intervals of the clock in each month, from the recorded flows."""
    flows = result.flows
    begin = flows.index[0]
    t_h = np.append((flows.index - begin).total_seconds() / 3600.0, 0.0)
    t_h[-1] = t_h[-2] + flows["dt_h"].iloc[-1]
    energy = np.append(0.0, np.cumsum(flows["grid.import_mw"] * flows["dt_h"]))
    first = begin.floor(f"{minutes}min")
    count = int(np.ceil((begin - first).total_seconds() / 60 / minutes + t_h[-1] * 60 / minutes - 1e-9))
    ends = [first + timedelta(minutes=minutes * at) for at in range(count + 1)]
    at_h = np.array([(one - begin).total_seconds() / 3600.0 for one in ends])
    means = np.diff(np.interp(at_h, t_h, energy)) / (minutes / 60)
    peaks: dict[str, float] = {}
    for one, mw in zip(ends, means.tolist(), strict=False):
        key = f"{one:%Y-%m}"
        peaks[key] = max(peaks.get(key, 0.0), mw)
    return peaks


@settings(max_examples=40 * int(os.environ.get("LAWS_TIMES", "1")))
@given(LOAD, CHARGES, STORES, SITES, st.tuples(TIMES, st.integers(0, 99)))
def test_it_never_raises_a_demand_charge_or_a_peak_that_is_not_billed_in_any_case(
    load: Any,
    charge: Demand,
    store: dict[str, Any],
    site: tuple[dict[str, Any], Any],
    when: tuple[datetime, int],
) -> None:
    (grid, plant), (start, seed) = site, when
    tariff = Rates(import_price_usd_per_mwh=60.0, demand=(charge,))
    supply: dict[str, Any] = {"grid": GridConnection(**grid, tariff=tariff)}
    if plant is not None:
        supply["plant"] = MeasuredSource(power_mw=plant)
    stores = {"battery": Battery(**store)}
    demand = {"load": MeasuredLoad(power_mw=load)}
    without, shaved = (
        simulate(
            Campus(name="test", start=start, supply={**supply, **more}, demand=demand), days=13.0, seed=seed
        )
        for more in ({}, stores)
    )
    # energy at one price: the bill grows by no more than what was imported more, which losses and what is
    # stored at the end account for
    before, after = without.summary, shaved.summary
    more_usd = after.cost_usd - before.cost_usd
    more_mwh = sum(shaved.flows["grid.import_mw"] * shaved.flows["dt_h"]) - sum(
        without.flows["grid.import_mw"] * without.flows["dt_h"]
    )
    assert more_usd <= 60.0 * more_mwh + 1e-3
    floors = dict.fromkeys(month_peaks(without, charge.interval_min), 0.0)
    lines = without.bill[without.bill["line"] == "demand charge"]
    for month, mw in zip(lines["month"], lines["quantity"], strict=True):
        floors[str(month)] = mw
    for month, mw in month_peaks(shaved, charge.interval_min).items():
        assert mw <= floors[month] + 1e-5
    assert after.unserved_mwh <= before.unserved_mwh + 1e-6
