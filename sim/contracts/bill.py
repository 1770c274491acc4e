"""The bill: lines of the bill as accounts of the participant."""

from __future__ import annotations

from sim.bus.account import Account, Grain

COST = "cost_usd"
FIXED_COST = Account("fixed_cost_usd", "USD", "Fixed cost")
"""Fixed cost for the duration of the run, reported separately from the bill."""


def bill_line(name: str) -> Account:
    """The account of a line of the monthly bill, such as `energy charge` [USD; revenue is negative]."""
    return Account(COST, "USD", "Cost", part=name, grain=Grain.MONTH)
