"""Capital: the yearly cost of equipment, for the duration of a run."""

from __future__ import annotations

from sim.bus.account import Account
from sim.bus.description import Description
from sim.contracts.bill import FIXED_COST
from sim.contracts.carbon import EMBODIED
from sim.economics.asset import Asset, annuity_pu
from sim.site import Site

CAPITAL = Account("capital_usd", "USD", "Capital")
"""Capital of equipment."""
CAPITAL_COST = Account("capital_cost_usd", "USD", "Capital cost")
"""Annuity of capital for the duration of the run, reported separately from the bill."""


def charge_capital(
    site: Site,
    name: str,
    asset: Asset,
    nameplate: tuple[float | None, float | None],
    discount_rate_per_year: float,
) -> None:
    """Enter the annuity and the fixed cost of equipment, for its time in service.

    Equipment whose sizes are all 0 is not there, and costs nothing.

    Args:
        site: The site.
        name: Its participant.
        asset: What it costs.
        nameplate: Its power [MW] and energy capacity [MWh]; None for a size that it does not have.
        discount_rate_per_year: Discount rate.
    """
    terminals, years = site.bus.terminals, site.service_years(name)
    terminal = terminals.get(name) or site.terminal(name, Description(label="equipment"))
    mw, mwh = (size or 0.0 for size in nameplate)
    is_there = mw > 0.0 or mwh > 0.0 or nameplate == (None, None)
    capital = asset.capital(mw, mwh) if is_there else 0.0
    annuity = annuity_pu(discount_rate_per_year, asset.life_years) * capital
    terminal.enter(CAPITAL, capital)
    terminal.enter(CAPITAL_COST, annuity * years)
    embodied = asset.embodied(mw, mwh)
    if embodied and is_there:
        terminal.enter(EMBODIED, embodied / asset.life_years * years)
    terminal.enter(FIXED_COST, asset.fixed_usd_per_year(mw, mwh) * years if is_there else 0.0)
