"""The store: exact instants, losses in the equation, and limits that never move energy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import HOUR, at, journal, load, ramp, site, source, steps, store

from sim.bus.flows import Flow
from sim.site import Site


def test_a_store_is_full_at_the_exact_instant_and_then_takes_nothing() -> None:
    here = site(4.0)
    source(here, 4.0)
    battery = store(here, charge_eff_pu=0.8, level_mwh=5.0)
    books = here.run()
    rows = journal(books)
    full_s = (10.0 - 5.0) / (4.0 * 0.8) * HOUR  # 5 MWh at 3.2 MW: 1.5625 h
    assert rows["t_s"].tolist() == [0.0, pytest.approx(full_s, rel=1e-12)]
    assert rows["battery.charge_mw"].tolist() == [4.0, 0.0]
    assert battery.level_mwh == pytest.approx(10.0, rel=1e-12)
    assert books.curtailed_mwh["storage full"] == pytest.approx(4.0 * (4.0 - 1.5625))


def test_a_store_is_empty_at_the_exact_instant_and_then_gives_nothing() -> None:
    here = site(4.0)
    load(here, 4.0)
    battery = store(here, discharge_eff_pu=0.8, min_mwh=1.0)
    books = here.run()
    rows = journal(books)
    empty_s = (5.0 - 1.0) / (4.0 / 0.8) * HOUR  # 4 MWh at 5 MW: 0.8 h
    assert rows["t_s"].tolist() == [0.0, pytest.approx(empty_s, rel=1e-12)]
    assert rows["load.served_mw"].tolist() == [4.0, 0.0]
    assert battery.level_mwh == pytest.approx(1.0, rel=1e-12)


def test_losses_are_what_the_efficiencies_say() -> None:
    here = site(3.0)
    wind = source(here, 2.0)
    at(here, HOUR, lambda: wind.state(0.0))
    bid = load(here, 0.0)
    at(here, HOUR, lambda: bid.state(1.0))
    battery = store(here, charge_eff_pu=0.9, discharge_eff_pu=0.8)
    books = here.run()
    # 2 MWh charged keep 1.8; 2 MWh given take 2.5: from 5 to 4.3 MWh, lost 0.2 and 0.5
    assert battery.level_mwh == pytest.approx(5.0 + 1.8 - 2.5)
    assert books.balance.loss_mwh == pytest.approx(0.2 + 0.5)


def test_the_reserve_is_given_only_at_its_own_price() -> None:
    here = site(4.0)
    load(here, 4.0, worth=200.0, name="tram")
    battery = store(here, reserve_mwh=3.0)
    books = here.run()
    assert battery.level_mwh == pytest.approx(3.0)  # 200 USD/MWh buys the 2 MWh above the reserve
    assert books.total_mwh(Flow.UNSERVED) == pytest.approx(16.0 - 2.0)

    there = site(4.0)
    load(there, 4.0, worth=5000.0)
    battery = store(there, reserve_mwh=3.0)
    there_books = there.run()
    assert battery.level_mwh == pytest.approx(0.0, abs=1e-9)  # 5000 USD/MWh buys the reserve as well
    assert there_books.total_mwh(Flow.UNSERVED) == pytest.approx(16.0 - 5.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"min_mwh": 8.0},
        {"max_mwh": 1.0},
        {"min_mwh": 8.0, "max_mwh": 9.0},
        {"charge_mw": 0.0, "discharge_mw": 0.0},
        {"max_mwh": 0.0},
        {"reserve_mwh": 10.0},
    ],
)
def test_a_limit_that_changes_in_the_run_moves_no_energy(changed: dict[str, float]) -> None:
    here = site(2.0)
    battery = store(here)
    limits = {"charge_mw": 5.0, "discharge_mw": 5.0, "min_mwh": 0.0, "reserve_mwh": 0.0, "max_mwh": 10.0}
    at(here, HOUR, lambda: battery.limit(**limits | changed))
    books = here.run()
    assert battery.level_mwh == 5.0
    assert books.balance.stored_mwh == 0.0


def test_what_stands_above_a_lowered_maximum_can_still_be_given() -> None:
    here = site(3.0)
    load(here, 1.0)
    battery = store(here)
    at(here, HOUR, lambda: battery.limit(charge_mw=5, discharge_mw=5, min_mwh=0, reserve_mwh=0, max_mwh=1.0))
    here.run()
    assert battery.level_mwh == pytest.approx(5.0 - 3.0)


@pytest.mark.parametrize(
    "changed",
    [{"charge_mw": -1.0}, {"max_mwh": float("nan")}, {"discharge_mw": float("inf")}, {"min_mwh": 11.0}],
)
def test_limits_that_are_none_are_refused(changed: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"battery: charge_mw, .* = .*; allowed: finite numbers at least 0"):
        store(site(), **changed)


def test_standing_losses_drain_the_store_to_its_minimum_and_no_further() -> None:
    here = site(4.0)
    battery = store(here, standing_mw=2.0, min_mwh=1.0)
    books = here.run()
    assert battery.level_mwh == pytest.approx(1.0)  # 4 MWh in the first 2 h, then nothing
    assert books.balance.loss_mwh == pytest.approx(4.0)


def test_a_full_store_takes_what_it_loses_standing() -> None:
    here = site(6.0)
    wind = source(here, 9.0)
    battery = store(here, level_mwh=10.0, standing_mw=0.5, charge_eff_pu=0.8)
    books = here.run()
    assert battery.level_mwh == pytest.approx(10.0)
    assert battery.charge.accepted_mw == pytest.approx(0.5 / 0.8)
    # of its 5 MW it withholds all but what it loses; the rest of the wind nobody could have taken
    assert books.curtailed_mwh["storage full"] == pytest.approx((5.0 - 0.625) * 6.0)
    assert books.curtailed_mwh["no export"] == pytest.approx((9.0 - 5.0) * 6.0)
    assert wind.accepted_mw == pytest.approx(0.625)


@pytest.mark.parametrize("level_mwh", [0.0, 5.0, 10.0])
@pytest.mark.parametrize("wind_mw", [0.0, 0.3, 1.0, 4.0])
def test_standing_losses_do_not_depend_on_who_else_settles(level_mwh: float, wind_mw: float) -> None:
    levels = []
    for every_s in (7 * HOUR, 600.0, 77.0):
        here = site(6.0)
        source(here, wind_mw)
        battery = store(here, level_mwh=level_mwh, standing_mw=0.5)
        for t_s in np.arange(every_s, 6 * HOUR, every_s):
            at(here, float(t_s), lambda here=here: here.bus.ask("somebody"))
        here.run()
        levels.append(battery.level_mwh)
    # closed form: towards the nearer bound at the constant rate of wind less standing losses
    expected = min(10.0, max(0.0, level_mwh + 6.0 * (wind_mw - 0.5)))
    assert levels == pytest.approx([expected] * 3, abs=1e-7)


def test_a_store_above_its_maximum_sinks_to_it_and_is_kept_there() -> None:
    here = site(8.0)
    source(here, 2.0)
    battery = store(here, level_mwh=5.0, standing_mw=0.5)
    battery.limit(charge_mw=5.0, discharge_mw=5.0, min_mwh=0.0, reserve_mwh=0.0, max_mwh=3.0)
    here.run()
    assert battery.level_mwh == pytest.approx(3.0)  # 2 MWh above it are gone after 4 h
    assert battery.charge.accepted_mw == pytest.approx(0.5)


@pytest.mark.parametrize("max_mwh", [0.0, 1e-12, 1e-6])
def test_a_store_without_capacity_settles_and_does_nothing(max_mwh: float) -> None:
    here = site(24.0)
    source(here, 3.0)
    load(here, 2.0)
    battery = store(here, level_mwh=max_mwh, max_mwh=max_mwh)
    here.run()
    assert battery.level_mwh == pytest.approx(max_mwh, abs=1e-12)
    assert here.bus.settlements <= 3


@pytest.mark.parametrize("years", [1.0, 100.0])
@pytest.mark.parametrize("seconds", [0.01, 1.0, 900.0])
def test_a_flywheel_of_seconds_comes_to_rest_late_in_a_long_run(years: float, seconds: float) -> None:
    """The clock of a century counts in steps of 5e-7 s; an alarm must lie after now all the same."""
    late_s = years * 365 * 24 * HOUR
    here = site(late_s / HOUR + 3.0)
    power_mw = 1000.0
    energy_mwh = power_mw * seconds / HOUR
    battery = store(
        here, level_mwh=energy_mwh, max_mwh=energy_mwh, discharge_mw=power_mw, charge_mw=power_mw,
        charge_eff_pu=0.7, discharge_eff_pu=0.9,
    )  # fmt: skip
    bid, wind = load(here, 0.0), source(here, 0.0)
    at(here, late_s, lambda: bid.state(731.7))
    at(here, late_s + HOUR, lambda: bid.state(0.0))
    at(here, late_s + HOUR, lambda: wind.state(377.3))
    here.run()
    step_mwh = np.spacing(late_s) * power_mw / HOUR / 0.9
    assert battery.level_mwh == pytest.approx(energy_mwh, abs=2 * step_mwh + 2e-9 * energy_mwh)
    assert here.bus.settlements < 20


def test_a_store_that_refills_its_reserve_withholds_nothing() -> None:
    here = site(2.0)
    source(here, 9.0)
    battery = store(here, level_mwh=0.0, reserve_mwh=5.0, charge_mw=2.0)
    books = here.run()
    assert battery.level_mwh == pytest.approx(2.0 * 2.0)  # below its reserve it takes all it can
    assert books.curtailed_mwh == pytest.approx({"no export": (9.0 - 2.0) * 2.0})


def test_a_full_store_that_is_all_reserve_withholds_all_but_its_standing_loss() -> None:
    here = site()
    source(here, 9.0)
    store(here, level_mwh=10.0, reserve_mwh=10.0, standing_mw=0.5)
    assert here.run().curtailed_mwh == pytest.approx({"storage full": 5.0 - 0.5, "no export": 9.0 - 5.0})


def test_two_stores_may_trade_and_come_to_rest() -> None:
    here = site(24.0)
    thrifty = store(here, "thrifty", charge_below_usd_per_mwh=5.0, discharge_above_usd_per_mwh=10.0)
    keen = store(here, "keen", charge_below_usd_per_mwh=90.0, discharge_above_usd_per_mwh=200.0)
    here.run()
    assert thrifty.level_mwh == pytest.approx(0.0, abs=1e-8)
    assert keen.level_mwh == pytest.approx(10.0, abs=1e-8)
    assert here.bus.settlements <= 3


@pytest.mark.parametrize("price", [-500.0, -5.0, 0.0, 39.0, 40.0, 60.0, 80.0, 3000.0])
def test_at_no_price_does_a_store_charge_and_discharge_at_once(price: float) -> None:
    here = site(6.0)
    load(here, 3.0)
    source(here, 20.0, price)
    store(here, charge_eff_pu=0.7)
    books = here.run()
    rows = journal(books)
    assert not (rows["battery.charge_mw"] * rows["battery.discharge_mw"]).any()


CHANGES = st.lists(
    st.tuples(st.floats(0.0, 6 * HOUR), st.floats(0.0, 20.0), st.floats(0.0, 20.0)),
    max_size=12,
    unique_by=lambda c: c[0],
)


def _driven(here: Site, changes: list[tuple[float, float, float]], **traits: Any) -> Any:
    ordered = [(0.0, 3.0, 1.0), *[change for change in sorted(changes) if change[0] > 0.0]]
    times = [t_s for t_s, _, _ in ordered]
    bid, wind = load(here, 0.0), source(here, 0.0)
    here.play(steps(times, [mw for _, mw, _ in ordered]), bid.state)
    here.play(steps(times, [mw for _, _, mw in ordered]), wind.state)
    return store(here, **traits)


@settings(max_examples=150)
@given(CHANGES, st.sampled_from([0.0, 0.2]), st.sampled_from([1.0, 0.9]), st.sampled_from([0.0, 3.0]))
def test_the_level_follows_a_brute_force_integration(
    changes: list[tuple[float, float, float]], standing_mw: float, eff_pu: float, min_mwh: float
) -> None:
    here = site(6.0)
    battery = _driven(
        here, changes, standing_mw=standing_mw, charge_eff_pu=eff_pu, discharge_eff_pu=eff_pu, min_mwh=min_mwh
    )
    here.run()
    ordered = [(0.0, 3.0, 1.0), *[change for change in sorted(changes) if change[0] > 0.0]]
    edges = [t_s for t_s, _, _ in ordered] + [6 * HOUR]
    level = 5.0
    for (begin, want, have), end in zip(ordered, edges[1:], strict=True):
        charge = min(5.0, max(0.0, have - want))
        discharge = min(5.0, max(0.0, want - have))
        rate = eff_pu * charge - discharge / eff_pu - standing_mw
        level = min(10.0, max(min_mwh, level + rate * (end - begin) / HOUR))
    assert battery.level_mwh == pytest.approx(level, abs=1e-6)


@given(CHANGES)
def test_a_store_settles_a_few_times_a_change_and_never_for_ever(
    changes: list[tuple[float, float, float]],
) -> None:
    here = site(6.0)
    _driven(here, changes, standing_mw=0.1)
    here.run()
    assert here.bus.settlements <= 4 * (len(changes) + 2)


def test_a_store_beside_a_moving_ramp_keeps_the_books_closed() -> None:
    here = site(6.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=20.0)
    bid = load(here, 30.0)
    for hour, mw in enumerate((90.0, 10.0, 60.0), 1):
        at(here, hour * HOUR, lambda mw=mw: bid.state(mw))
    store(here, charge_below_usd_per_mwh=-10.0, max_mwh=50.0, charge_mw=50.0, discharge_mw=50.0)
    books = here.run()
    assert abs(books.balance.residual_mwh) < 1e-9
