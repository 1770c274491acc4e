"""The audit of a run: computed from independent numbers, strict, and fair to blackouts."""

from __future__ import annotations

import pytest
from sites import load, site, source, store

from sim import Campus, simulate
from sim.books import audit
from sim.campus import Battery, GridConnection
from sim.errors import EnergyBalanceError


def test_the_closing_is_the_arithmetic_of_the_run() -> None:
    here = site(2.0)
    source(here, 6.0)
    load(here, 2.0)
    store(here, level_mwh=0.0, charge_eff_pu=0.5)
    closing = here.run().balance
    # 6 MW for 2 h: 4 MWh served, 8 MWh charged of which half is kept
    assert (closing.supplied_mwh, closing.served_mwh, closing.export_mwh) == (12.0, 4.0, 0.0)
    assert (closing.loss_mwh, closing.stored_mwh) == (pytest.approx(4.0), pytest.approx(4.0))
    assert abs(closing.residual_mwh) < 1e-12


@pytest.mark.parametrize("stolen_mwh", [1e-6, -1e-6, 1.0])
def test_a_millionth_of_the_turnover_is_missed(stolen_mwh: float) -> None:
    here = site(2.0)
    source(here, 6.0)
    battery = store(here, level_mwh=0.0)
    here.run()
    battery.level_mwh -= stolen_mwh
    with pytest.raises(EnergyBalanceError, match="MWh are unaccounted for"):
        audit.balance(here.ledger, [battery])


def test_a_blackout_is_judged_by_what_was_wanted() -> None:
    """Nothing is supplied; rounding leaves 1e-17 MWh of many loads served, which is no defect."""
    here = site()
    for number in range(50):
        load(here, 0.1 + 0.01 * number, name=f"load{number}")
    books = here.run()
    assert abs(books.balance.residual_mwh) < 1e-12


def test_a_run_that_moves_next_to_nothing_is_in_balance() -> None:
    """The standing loss of a store without capacity leaves a residual of rounding, and no turnover."""
    grid = GridConnection(
        import_limit_mw=0.0,
        export_limit_mw=5.0,
        import_price_usd_per_mwh=-50.0,
        export_price_usd_per_mwh=-50.0,
    )
    store = Battery(power_mw=10.0, energy_mwh=0.0, standing_loss_mw=0.01)
    result = simulate(Campus(name="nothing", supply={"grid": grid, "store": store}), days=2.0)
    assert abs(result.summary.balance_residual_mwh) < 1e-12
