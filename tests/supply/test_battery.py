"""The battery: losses, arbitrage, reserve, wear and limits, by hand."""

from __future__ import annotations

from typing import Any

import pytest
from builders import serve, steps

from sim import Result, SpecError
from sim.campus import Battery, GridConnection, MeasuredSource

EFF = 0.948
TIGHT = 1e-7  # a store counts as full or empty within 1e-9 of its capacity


def run(load: Any, *, days: float = 1.0, plant: Any = None, grid: Any = None, **battery: Any) -> Result:
    values = {"power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 0.2, **battery}
    supply: dict[str, Any] = {"battery": Battery(**values)}
    if plant is not None:
        supply["plant"] = MeasuredSource(power_mw=plant)
    if grid is not None:
        supply["grid"] = GridConnection(**grid)
    return serve(load, supply, days=days)


def test_a_round_trip_gives_back_what_its_efficiencies_leave() -> None:
    # ten hours of surplus fill it, the rest of the day empties it to where it began
    summary = run(steps((0, 0.0), (10, 5.0)), plant=steps((0, 5.0), (10, 0.0))).summary
    charged, discharged = summary.charged_mwh["battery"], summary.discharged_mwh["battery"]
    assert charged == pytest.approx(0.8 * 20 / EFF, rel=TIGHT)
    assert discharged == pytest.approx(0.8 * 20 * EFF, rel=TIGHT)
    assert discharged / charged == pytest.approx(0.898704, rel=TIGHT)  # 0.948 squared
    assert summary.stored_mwh == pytest.approx(0.0, abs=1e-6)
    assert summary.loss_mwh == pytest.approx(charged - discharged, rel=TIGHT)


def test_arbitrage_on_a_day_of_two_prices_earns_what_it_does_by_hand() -> None:
    price = steps((0, 20.0), (12, 100.0))
    summary = run(10.0, grid={"import_limit_mw": 50.0, "import_price_usd_per_mwh": price}).summary
    bought, given = 16 / EFF, 16 * EFF  # 0.8 x 20 MWh stored
    assert summary.cost_usd == pytest.approx((120 + bought) * 20 + (120 - given) * 100, rel=TIGHT)
    assert summary.cost_usd < 120 * 20 + 120 * 100


def test_between_its_two_prices_it_rests() -> None:
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": 60.0}
    summary = run(10.0, grid=grid, initial_soc_pu=0.6).summary
    assert (summary.charged_mwh["battery"], summary.discharged_mwh["battery"]) == (0.0, 0.0)


def test_it_never_gives_or_takes_more_than_its_power() -> None:
    result = run(steps((0, 0.0), (12, 50.0)), plant=steps((0, 50.0), (12, 0.0)), energy_mwh=100.0)
    assert result.flows["battery.charge_mw"].max() == 5.0
    assert result.flows["battery.discharge_mw"].max() == 5.0


def test_the_reserve_is_for_shortages_only() -> None:
    grid = {"import_limit_mw": steps((0, 50.0), (12, 0.0)), "import_price_usd_per_mwh": 100.0}
    result = run(10.0, grid=grid, initial_soc_pu=1.0, reserve_pu=0.5)
    given = result.hourly["battery.discharge_mw"]
    # above the reserve: (1 - 0.2 - 0.5) x 20 = 6 MWh sold at 100 USD/MWh, then nothing until noon
    assert given[:12].sum() == pytest.approx(6 * EFF, rel=TIGHT)
    # the reserve: 10 MWh, at 5 MW while the other 5 MW of the load are unserved
    assert given[12:].sum() == pytest.approx(10 * EFF, rel=TIGHT)
    assert result.summary.unserved_mwh == pytest.approx(120 - 10 * EFF, rel=TIGHT)


def test_wear_is_paid_for_what_is_discharged() -> None:
    price = steps((0, 20.0), (12, 100.0))
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": price}
    summary = run(10.0, grid=grid, wear_usd_per_mwh=26.5).summary
    assert summary.cost_lines_usd["wear"] == pytest.approx(16 * EFF * 26.5, rel=TIGHT)


def test_wear_counts_the_reserve_too() -> None:
    summary = run(10.0, initial_soc_pu=1.0, reserve_pu=0.8, wear_usd_per_mwh=26.5).summary
    assert summary.cost_lines_usd["wear"] == pytest.approx(16 * EFF * 26.5, rel=TIGHT)


def test_standing_losses_drain_it_to_its_minimum_and_no_further() -> None:
    summary = run(0.0, initial_soc_pu=0.3, standing_loss_mw=0.1).summary
    assert summary.stored_mwh == pytest.approx(-0.1 * 20, rel=TIGHT)  # gone after 20 h of 0.1 MW
    assert summary.loss_mwh == pytest.approx(0.1 * 20, rel=TIGHT)


def test_power_left_over_by_a_full_battery_is_curtailed_for_that_reason() -> None:
    summary = run(0.0, plant=1.0).summary
    charged = 16 / EFF
    assert summary.curtailed_by_reason_mwh == pytest.approx({"storage full": 24 - charged}, rel=TIGHT)


@pytest.mark.parametrize("empty", [{"energy_mwh": 0.0}, {"power_mw": 0.0}])
def test_a_battery_of_nothing_does_nothing(empty: dict[str, float]) -> None:
    summary = run(steps((0, 0.0), (12, 5.0)), plant=steps((0, 5.0), (12, 0.0)), **empty).summary
    assert (summary.charged_mwh, summary.discharged_mwh) == ({"battery": 0.0}, {"battery": 0.0})
    assert summary.unserved_mwh == pytest.approx(60.0)


def test_fixed_cost_stays_apart_from_the_bill() -> None:
    summary = run(0.0, days=36.5, fixed_usd_per_mw_year=1000.0).summary
    assert (summary.fixed_cost_usd, summary.cost_usd) == (pytest.approx(5 * 1000 / 10), 0.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"initial_soc_pu": 0.1},
            "battery: initial_soc_pu = 0.1 pu; allowed: min_soc_pu to max_soc_pu, here 0.2 to 1 pu",
        ),
        (
            {"max_soc_pu": 0.4},
            "battery: initial_soc_pu = 0.5 pu; allowed: min_soc_pu to max_soc_pu, here 0.2 to 0.4 pu",
        ),
        (
            {"reserve_pu": 0.9},
            "battery: reserve_pu = 0.9 pu; allowed: at most max_soc_pu less min_soc_pu, here 0.8 pu",
        ),
        (
            {"charge_below_usd_per_mwh": 80.0},
            (
                "battery: discharge_above_usd_per_mwh = 80.0 USD/MWh; allowed: above "
                "charge_below_usd_per_mwh = 80 USD/MWh and at most reserve_above_usd_per_mwh = 4000 USD/MWh"
            ),
        ),
        (
            {"charge_efficiency_pu": 0.0},
            "battery: charge_efficiency_pu = 0.0 pu; allowed: a finite number at least 0.01 and at most 1 pu",
        ),
        (
            {"energy_mwh": 5e-324},
            "battery: energy_mwh = 5e-324 MWh; allowed: 0, or at least 1e-09 MWh",
        ),
        (
            {"power_mw": -1.0},
            "battery: power_mw = -1.0 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
    ],
)
def test_wrong_batteries_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Battery(**{"power_mw": 1.0, "energy_mwh": 4.0, **wrong})
    assert str(refused.value) == message
