"""The battery: losses, arbitrage, reserve, wear and limits, by hand."""

from __future__ import annotations

from typing import Any

import pytest
from builders import serve, steps
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Result, SpecError
from sim.campus import Battery, GridConnection, MeasuredSource
from sim.report.tables import campus_table, holdings

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


def test_what_it_holds_at_the_start_is_as_clean_as_it_is_said_to_be() -> None:
    # full with 20 MWh, a quarter clean; a load of 2 MW is given 16 before it is at its minimum
    full = {"initial_soc_pu": 1.0, "discharge_efficiency_pu": 1.0}
    assert run(2.0, **full).summary.cfe_score == 0.0
    summary = run(2.0, **full, initial_clean_pu=0.25).summary
    assert summary.energy_mwh == pytest.approx(16.0, rel=TIGHT)
    assert summary.cfe_score == pytest.approx(0.25, rel=TIGHT)
    assert summary.annual_matching == pytest.approx(0.25 * 20.0 / 16.0, rel=TIGHT)  # 4 MWh are not given


def test_between_its_two_prices_it_rests() -> None:
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": 60.0}
    prices = {"charge_below_usd_per_mwh": 40.0, "discharge_above_usd_per_mwh": 80.0}
    summary = run(10.0, grid=grid, initial_soc_pu=0.6, **prices).summary
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
            {"initial_clean_pu": 1.5},
            "battery: initial_clean_pu = 1.5 pu; allowed: a finite number at least 0 and at most 1 pu",
        ),
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
            {"charge_below_usd_per_mwh": 80.0, "discharge_above_usd_per_mwh": 80.0},
            (
                "battery: discharge_above_usd_per_mwh = 80.0 USD/MWh; allowed: above "
                "charge_below_usd_per_mwh = 80 USD/MWh and at most reserve_above_usd_per_mwh = 4000 USD/MWh"
            ),
        ),
        (
            {"charge_below_usd_per_mwh": 4000.0},
            (
                "battery: charge_below_usd_per_mwh = 4000.0 USD/MWh; allowed: below "
                "reserve_above_usd_per_mwh = 4000 USD/MWh"
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


def test_its_prices_derive_from_the_cheapest_and_the_dearest_hours_of_import() -> None:
    battery = Battery(power_mw=5.0, energy_mwh=20.0)
    # 1 % above the cheap and 1 % below the dear hours, where that pays for the losses
    assert battery.prices((20.0, 100.0)) == pytest.approx((20.2, 99.0))
    # one price: what is charged at 0.948^2 of 59.4, less 1 %, pays for the losses
    assert battery.prices((60.0, 60.0)) == pytest.approx((59.4 * 0.898704 * 0.99, 59.4))
    assert battery.prices(None) == pytest.approx((80.0 * 0.898704 * 0.99, 80.0))
    # prices below zero: it is paid to charge, and gives nothing below what a charge at 1 USD/MWh costs
    assert battery.prices((-20.0, -20.0)) == pytest.approx((1.01 * 0.99, 1.01 / 0.898704))
    worn = Battery(power_mw=5.0, energy_mwh=20.0, wear_usd_per_mwh=10.0, charge_wear_usd_per_mwh=1.0)
    assert worn.prices((60.0, 60.0))[0] == pytest.approx(((59.4 - 10.0) * 0.898704 - 1.0) * 0.99)
    dear = Battery(power_mw=5.0, energy_mwh=20.0, wear_usd_per_mwh=200.0)
    assert dear.prices((40.0, 120.0))[1] == pytest.approx((1.0 / 0.898704 + 200.0) * 1.01)
    below = Battery(power_mw=5.0, energy_mwh=20.0, charge_below_usd_per_mwh=70.0)
    assert below.prices((60.0, 60.0)) == pytest.approx((70.0, 70.0 / 0.898704 * 1.01))


PRICES = st.floats(-500.0, 3000.0)


@settings(max_examples=200)
@given(
    st.one_of(st.none(), st.tuples(PRICES, PRICES).map(lambda pair: (min(pair), max(pair)))),
    st.floats(0.0, 100.0),
    st.floats(0.3, 1.0),
    st.one_of(st.none(), st.floats(-500.0, 3900.0)),
)
def test_derived_prices_never_lose_money(
    imported: tuple[float, float] | None, wear: float, efficiency: float, below: float | None
) -> None:
    battery = Battery(
        power_mw=1.0,
        energy_mwh=4.0,
        charge_efficiency_pu=efficiency,
        wear_usd_per_mwh=wear,
        charge_below_usd_per_mwh=below,
    )
    charge, discharge = battery.prices(imported)
    assert charge < discharge <= 4000.0
    assert discharge >= battery.pays_above_usd_per_mwh(charge) - 1e-9 or discharge == 4000.0


def test_a_default_battery_waits_for_the_dearest_hours_of_a_tariff_of_three_levels() -> None:
    price = steps((0, 10.0), (8, 50.0), (16, 90.0))
    result = run(10.0, grid={"import_limit_mw": 50.0, "import_price_usd_per_mwh": price})
    # (1 - 0.2) x 20 MWh are stored at 10 and given back at 90 USD/MWh
    assert result.summary.cost_usd == pytest.approx(
        (80 + 16 / EFF) * 10 + 80 * 50 + (80 - 16 * EFF) * 90, rel=TIGHT
    )
    assert "battery: charges below 10.1 and discharges above 89.1 USD/MWh (derived)" in result.report()


def test_a_default_battery_is_paid_to_charge_and_does_not_pay_to_discharge() -> None:
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": -20.0}
    summary = run(10.0, grid=grid, initial_soc_pu=0.5).summary
    assert summary.charged_mwh["battery"] == pytest.approx(0.5 * 20 / EFF, rel=TIGHT)
    assert summary.discharged_mwh["battery"] == 0.0


def test_a_default_battery_that_wears_out_too_fast_for_the_tariff_rests_and_says_so() -> None:
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": steps((0, 40.0), (12, 120.0))}
    result = run(10.0, grid=grid, initial_soc_pu=0.5, wear_usd_per_mwh=200.0)
    assert result.summary.discharged_mwh["battery"] == result.summary.charged_mwh["battery"] == 0.0
    told = " ".join(result.report().split())
    assert "charges from on-site power only: imports cost at least 40 USD/MWh" in told
    assert "does not replace imports: they cost at most 120 USD/MWh" in told


def test_a_battery_of_default_prices_moves_beside_sun_and_grid() -> None:
    plant = steps((0, 0.0), (8, 20.0), (16, 0.0))
    summary = run(10.0, plant=plant, grid={"import_limit_mw": 50.0}).summary
    # 10 MW are left over for 8 h: 16 / 0.948 MWh fill it at 5 MW, and it gives 16 x 0.948 before the grid
    assert summary.charged_mwh["battery"] == pytest.approx(16 / EFF, rel=TIGHT)
    assert summary.discharged_mwh["battery"] == pytest.approx(16 * EFF, rel=TIGHT)


def test_prices_that_must_lose_money_are_told_and_not_refused() -> None:
    battery = Battery(
        power_mw=5.0, energy_mwh=20.0, charge_below_usd_per_mwh=70.0, discharge_above_usd_per_mwh=75.0
    )
    remark = (
        "loses money when it charges at just below 70 and discharges at just above 75 USD/MWh: with losses "
        "and wear it needs 77.89 USD/MWh"  # 70 / 0.948^2
    )
    assert battery.remarks() == (remark,)
    result = serve(10.0, {"battery": battery, "grid": GridConnection(import_limit_mw=50.0)})
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == remark
    assert "battery: loses money when it charges at just below 70" in result.report()
    assert f"note        battery: {remark}"[:60] in holdings(result.campus, 120)
    assert f"note: {remark}"[:60] in campus_table(result.campus, 120)
    assert Battery(power_mw=5.0, energy_mwh=20.0, charge_below_usd_per_mwh=70.0).remarks() == ()


def test_a_reserve_is_refilled_after_use() -> None:
    # two orders of 2 h, 46 h apart; the grid costs more than the battery pays for what is above its reserve
    orders = [{"start_h": at, "duration_h": 2.0, "limit_mw": 0.0} for at in (10.0, 58.0)]
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": 60.0, "orders": orders}
    prices = {"charge_below_usd_per_mwh": 40.0, "discharge_above_usd_per_mwh": 80.0}
    held = {"initial_soc_pu": 0.8, "reserve_pu": 0.6}
    result = run(5.0, days=3.0, grid=grid, **held, **prices)
    # 2 x 5 MW x 2 h are given, of 12 MWh held each time
    assert result.summary.unserved_mwh == 0.0
    assert result.summary.discharged_mwh["battery"] == pytest.approx(20.0)
    assert result.summary.charged_mwh["battery"] == pytest.approx(20.0 / EFF / EFF, rel=1e-6)
    assert result.flows["battery.stored_mwh"].iloc[-1] == pytest.approx(16.0)
    first = result.flows.loc[result.flows["battery.charge_mw"] > 0.0].index[0]
    assert (first - result.flows.index[0]).total_seconds() == 12 * 3600.0


def test_a_reserve_that_leaks_is_topped_up_and_the_clock_goes_on() -> None:
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": 60.0}
    prices = {"charge_below_usd_per_mwh": 40.0, "discharge_above_usd_per_mwh": 80.0}
    result = run(5.0, grid=grid, initial_soc_pu=0.8, reserve_pu=0.6, standing_loss_mw=0.5, **prices)
    assert result.flows["battery.stored_mwh"].iloc[-1] == pytest.approx(16.0)
    assert result.summary.charged_mwh["battery"] == pytest.approx(24 * 0.5 / EFF)
    assert result.summary.settlements < 20


SURPLUS = st.lists(
    st.tuples(st.integers(1, 47), st.sampled_from([0.0, 9.5, 10.0, 10.001, 12.0, 200.0])),
    max_size=6,
    unique_by=lambda change: change[0],
).map(lambda changes: steps((0, 12.0), *sorted(changes)))
TINY = st.sampled_from([0.0, 1e-9, 5e-7, 1e-4, 1.0])


@settings(max_examples=100)
@given(
    TINY, st.sampled_from([0.0, 1e-6, 0.5, 2.0, 1000.0]), st.sampled_from([0.0, 0.3]), SURPLUS, st.booleans()
)
def test_a_leak_that_empties_a_store_in_an_instant_does_not_hang_the_clock(
    energy_mwh: float, leak_mw: float, reserve_pu: float, surplus: Any, has_grid: bool
) -> None:
    supply: dict[str, Any] = {
        "battery": Battery(
            power_mw=100.0, energy_mwh=energy_mwh, standing_loss_mw=leak_mw, reserve_pu=reserve_pu
        ),
        "plant": MeasuredSource(power_mw=surplus),
    }
    if has_grid:
        supply["grid"] = GridConnection(import_limit_mw=8.0)
    result = serve(10.0, supply, days=2.0)
    assert result.summary.settlements < 400
    stored = result.flows["battery.stored_mwh"]
    slack_mwh = 1e-9 * energy_mwh + 1e-10 * (leak_mw + 100.0) / 3600
    assert stored.between(0.2 * energy_mwh - slack_mwh, energy_mwh + slack_mwh).all()
