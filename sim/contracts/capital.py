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
    site: Site, name: str, asset: Asset, nameplate: tuple[float, float], discount_rate_per_year: float
) -> None:
    """Enter the annuity and the fixed cost of equipment, for its time in service.

    Args:
        site: The site.
        name: Its participant.
        asset: What it costs.
        nameplate: Its power [MW] and energy capacity [MWh].
        discount_rate_per_year: Discount rate.
    """
    terminals, years = site.bus.terminals, site.service_years(name)
    terminal = terminals.get(name) or site.terminal(name, Description(label="equipment"))
    capital = asset.capital(*nameplate)
    annuity = annuity_pu(discount_rate_per_year, asset.life_years) * capital
    terminal.enter(CAPITAL, capital)
    terminal.enter(CAPITAL_COST, annuity * years)
    embodied = asset.embodied(*nameplate)
    if embodied:
        terminal.enter(EMBODIED, embodied / asset.life_years * years)
    terminal.enter(FIXED_COST, asset.fixed_usd_per_year(*nameplate) * years)
