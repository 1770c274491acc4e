"""The tariff: energy charge, export revenue and the demand charge of months and their peaks."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import HOUR, amount, at, load, site, source, steps

from sim.books.metered import Metered
from sim.bus.flows import Flow
from sim.contracts.bill import bill_line
from sim.contracts.charges import Charges
from sim.contracts.contract import settle
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.energy_charge import EnergyCharge
from sim.contracts.tiers import Tiers
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries, constant

QUARTER = 900.0
CLOCK = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")


def tariff(buy: StepSeries, sell: StepSeries, demand_usd: float = 0.0) -> Charges:
    """Energy at a price, and a charge on the peak of each month."""
    charges = (EnergyCharge(buy, sell), DemandCharge((Tiers.flat(demand_usd),)))
    return Charges(buy, sell, charges if demand_usd else charges[:1])


def metered(drawn_mw: list[float], *, fed_mw: float = 0.0, months_s: tuple[float, ...] = (0.0,)) -> Metered:
    """Quarters of an hour with a mean power each."""
    edges_s = np.arange(len(drawn_mw) + 1) * QUARTER
    months = np.array([*months_s, edges_s[-1]])
    return Metered(
        edges_s, np.array(drawn_mw) / 4, np.full(len(drawn_mw), fed_mw / 4), edges_s, months, CLOCK
    )


def test_each_month_is_charged_for_its_own_peak() -> None:
    found = metered([5.0, 20.0, 6.0, 14.0, 6.0], months_s=(0.0, 3 * QUARTER))
    assert found.highest_mw(QUARTER) == pytest.approx([20.0, 14.0])
    *_, demand = tariff(constant(0.0), constant(0.0), 1000.0).bill(found)
    assert (demand.name, demand.usd.tolist()) == ("demand charge", [20_000.0, 14_000.0])


def test_a_month_without_power_costs_nothing_and_without_a_charge_there_is_no_line() -> None:
    found = metered([0.0, 0.0])
    lines = tariff(constant(50.0), constant(10.0)).bill(found)
    assert [(line.name, line.usd.tolist()) for line in lines] == [
        ("energy charge", [0.0]),
        ("export revenue", [0.0]),
    ]


def test_energy_is_paid_at_the_price_of_its_interval_and_export_is_revenue() -> None:
    price = StepSeries(np.array([0.0, QUARTER]), np.array([40.0, 100.0]))
    cheap, dear, revenue = tariff(price, constant(20.0)).bill(metered([8.0, 4.0], fed_mw=2.0))
    assert (cheap.detail, cheap.usd.tolist()) == ("at 40 USD/MWh", [2.0 * 40.0])
    assert (dear.detail, dear.usd.tolist()) == ("at 100 USD/MWh", [1.0 * 100.0])
    assert revenue.usd.tolist() == [-1.0 * 20.0]  # 2 MW for half an hour


def test_its_ladder_is_its_energy_charge_however_much_is_drawn() -> None:
    (rung,) = tariff(constant(50.0), constant(0.0)).ladder()
    assert (rung.power_mw, rung.usd_per_mwh.value_at(0.0)) == (np.inf, 50.0)


@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=40), st.integers(1, 7))
def test_a_demand_interval_that_a_price_divides_has_one_mean(drawn_mw: list[float], parts: int) -> None:
    """Each quarter is divided into equal parts; only the mean of all of them counts."""
    edges_s = np.arange(len(drawn_mw) + 1) * QUARTER
    fine_s = np.unique(np.concatenate([edges_s[:-1] + QUARTER * part / parts for part in range(parts)]))
    drawn_mwh = np.repeat(np.array(drawn_mw) / 4 / parts, parts)
    whole_s = np.append(fine_s, edges_s[-1])
    found = Metered(whole_s, drawn_mwh, drawn_mwh * 0.0, edges_s, np.array([0.0, edges_s[-1]]), CLOCK)
    assert found.demand_mw(QUARTER) == pytest.approx(drawn_mw, abs=1e-9)
    assert found.highest_mw(QUARTER) == pytest.approx([max(drawn_mw)], abs=1e-9)


def test_a_line_of_the_bill_is_an_account_by_month() -> None:
    line = bill_line("energy charge")
    assert (line.name, line.part, line.unit, line.grain) == ("cost_usd", "energy charge", "USD", "month")


def test_a_price_that_changes_within_a_quarter_is_paid_to_the_second_for_imports_and_exports_alike() -> None:
    """For an hour 6 MW are drawn, then 4 MW fed in; both prices change at odd seconds."""
    here = site(2.0)
    terminal = here.terminal("grid")
    drawn = terminal.offer(50.0, Flow.IMPORT, Flow.HEADROOM)
    fed = terminal.bid(10.0, Flow.EXPORT, None)
    buy, sell = steps([0.0, 1000.0], [40.0, 100.0]), steps([0.0, 5000.0], [20.0, 30.0])
    settle(here, terminal, tariff(buy, sell), [drawn], [fed])
    drawn.state(6.0)
    bid, sun = load(here, 6.0), source(here, 0.0)

    def turn() -> None:
        bid.state(0.0)
        sun.state(4.0)
        fed.state(4.0)

    at(here, HOUR, turn)
    books = here.run()
    assert amount(books, "energy charge", "grid") == pytest.approx(6.0 * buy.integral(0.0, HOUR) / HOUR)
    revenue = 4.0 * sell.integral(HOUR, 2 * HOUR) / HOUR
    assert amount(books, "export revenue", "grid") == pytest.approx(-revenue)
