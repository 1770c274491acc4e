"""The bill: its lines as accounts of the participant that pays or is paid."""

from __future__ import annotations

from sim.bus.account import Account, Grain

COST = "cost_usd"
FIXED_COST = Account("fixed_cost_usd", "USD", "Fixed cost")
"""Fixed cost of the run's duration, kept apart from the bill."""


def bill_line(name: str) -> Account:
    """The account of a line of the monthly bill, such as `energy charge` [USD; revenue is negative]."""
    return Account(COST, "USD", "Cost", part=name, grain=Grain.MONTH)
