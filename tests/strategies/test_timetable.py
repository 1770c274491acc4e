"""The timetable: a given power is followed as far as ratings, level and the bus allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import serve, steps, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Result
from sim.campus import Battery, GridConnection, MeasuredSource, Strategy, Timetable

EFF = 0.948
TIGHT = 1e-7  # a store counts as full or empty within 1e-9 of its capacity


def run(power_mw: Any, *, load: Any = 10.0, grid: Any = None, plant: Any = None, **values: Any) -> Result:
    """A battery of 5 MW and 20 MWh, half full, beside a load of 10 MW."""
    rated = {"power_mw": 5.0, "energy_mwh": 20.0, **values}
    supply: dict[str, Any] = {
        "battery": Battery(**rated, strategy=Timetable(power_mw=power_mw)),
        "grid": GridConnection(**{"import_limit_mw": 50.0, **(grid or {})}),
    }
    if plant is not None:
        supply["plant"] = MeasuredSource(power_mw=plant)
    return serve(load, supply)


def test_what_is_ordered_is_done() -> None:
    result = run(steps((0, 0.0), (2, -3.0), (4, 0.0), (10, 2.5), (13, 0.0)))
    assert result.summary.charged_mwh["battery"] == pytest.approx(2 * 3.0)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(3 * 2.5)
    # half of 20 MWh, 6 x 0.948 stored and 7.5 / 0.948 taken out
    assert result.flows["battery.stored_mwh"].iloc[-1] == pytest.approx(10 + 6 * EFF - 7.5 / EFF)
    assert result.summary.cost_usd == pytest.approx((240 + 6 - 7.5) * 60)
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == "follows a timetable"


def test_ratings_limit_what_is_ordered() -> None:
    result = run(steps((0, -80.0), (1, 80.0), (2, 0.0)), charge_power_mw=3.0)
    assert result.summary.charged_mwh["battery"] == pytest.approx(3.0)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(5.0)


def test_the_level_limits_what_is_ordered() -> None:
    assert run(-5.0).summary.charged_mwh["battery"] == pytest.approx(10 / EFF, rel=TIGHT)
    assert run(5.0).summary.discharged_mwh["battery"] == pytest.approx(0.3 * 20 * EFF, rel=TIGHT)


def test_the_load_limits_a_discharge_and_an_export_limit_adds_to_it() -> None:
    order = steps((0, 5.0), (1, 0.0))
    assert run(order, load=2.0).summary.discharged_mwh["battery"] == pytest.approx(2.0)
    exported = run(order, load=2.0, grid={"export_limit_mw": 10.0})
    assert exported.summary.discharged_mwh["battery"] == pytest.approx(5.0)
    assert exported.summary.export_mwh == pytest.approx(3.0)


def test_a_discharge_displaces_free_power() -> None:
    result = run(steps((0, 5.0), (1, 0.0)), plant=10.0)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(5.0)
    assert result.summary.curtailed_mwh == pytest.approx(5.0)


def test_a_charge_is_made_at_any_price_below_that_of_the_reserve() -> None:
    dear = {"import_price_usd_per_mwh": 3900.0}
    order = steps((0, -5.0), (1, 0.0))
    assert run(order, grid=dear).summary.charged_mwh["battery"] == pytest.approx(5.0)
    dearer = {"import_price_usd_per_mwh": 4100.0}
    assert run(order, grid=dearer).summary.charged_mwh["battery"] == 0.0


def test_a_reserve_is_not_part_of_an_ordered_discharge() -> None:
    result = run(5.0, reserve_pu=0.2)  # from 10 to 8 MWh
    assert result.summary.discharged_mwh["battery"] == pytest.approx(2 * EFF, rel=TIGHT)


def test_it_rests_outside_its_orders_even_when_power_is_missing() -> None:
    result = run(0.0, grid={"import_limit_mw": 8.0}, standing_loss_mw=0.1)
    assert result.summary.unserved_mwh == pytest.approx(2 * 24.0)
    assert result.summary.charged_mwh["battery"] == 0.0
    assert result.summary.stored_mwh == pytest.approx(-0.1 * 24.0)


def test_wrong_timetables_are_refused() -> None:
    assert told(lambda: Timetable(power_mw=2e6)) == (
        "timetable: power_mw = 2000000.0 MW; allowed: a finite number at least -1e+06 and at most 1e+06 MW"
    )
    assert told(lambda: Strategy.build({"kind": "timetable"})) == "timetable: power_mw is missing [MW]"


ORDERS = st.lists(
    st.tuples(st.integers(1, 1439), st.sampled_from([-9.0, -5.0, -1.25, 0.0, 0.7, 5.0, 30.0])),
    max_size=10,
    unique_by=lambda change: change[0],
).map(lambda changes: [(0.0, 0.0), *sorted((minute / 60.0, mw) for minute, mw in changes)])


@settings(max_examples=60)
@given(ORDERS, st.sampled_from([0.5, 0.948, 1.0]), st.sampled_from([2.0, 5.0]), st.sampled_from([5.0, 80.0]))
def test_an_order_is_followed_until_the_store_is_full_or_empty(
    orders: list[tuple[float, float]], eff: float, charge_mw: float, energy_mwh: float
) -> None:
    result = run(
        steps(*orders),
        charge_efficiency_pu=eff,
        discharge_efficiency_pu=eff,
        charge_power_mw=charge_mw,
        energy_mwh=energy_mwh,
    )
    level, charged, discharged = 0.5 * energy_mwh, 0.0, 0.0
    for (begin_h, mw), (end_h, _) in zip(orders, [*orders[1:], (24.0, 0.0)], strict=True):
        if mw < 0.0:
            taken = min(min(-mw, charge_mw) * (end_h - begin_h), (energy_mwh - level) / eff)
            level, charged = level + taken * eff, charged + taken
        else:
            given_mwh = min(min(mw, 5.0) * (end_h - begin_h), (level - 0.2 * energy_mwh) * eff)
            level, discharged = level - given_mwh / eff, discharged + given_mwh
    assert result.summary.charged_mwh["battery"] == pytest.approx(charged, rel=1e-6, abs=1e-6)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(discharged, rel=1e-6, abs=1e-6)
    assert not np.any(result.flows["battery.charge_mw"] * result.flows["battery.discharge_mw"])
