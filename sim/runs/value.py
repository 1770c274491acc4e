"""The value of a run: capital, levelised cost, net present value, and what work not done is worth.

Each year of the horizon repeats the run, scaled to a year of 8,760 hours. Equipment is replaced at the end of
its life at the same real cost, so each year of the horizon bears one annuity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.books.closed import Closed, Flow
from sim.economics.asset import annuity_pu
from sim.economics.economics import Economics
from sim.units import HOURS_PER_YEAR, SECONDS_PER_HOUR

_GIVEN = (Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE)


@dataclass(frozen=True)
class Equipment:
    """What one asset costs.

    Attributes:
        name: Its participant.
        capital_usd: Capital.
        annuity_usd: Annuity of a year.
        fixed_usd: Fixed cost of a year.
        running_usd: Its lines of the bill in a year, those of its agreements included.
        energy_mwh: Energy that it gives in a year.
        lcoe_usd_per_mwh: All of these costs over its energy; None without energy.
    """

    name: str
    capital_usd: float
    annuity_usd: float
    fixed_usd: float
    running_usd: float
    energy_mwh: float
    lcoe_usd_per_mwh: float | None


@dataclass(frozen=True)
class Value:
    """What a campus costs with capital, and what work not done is worth.

    Attributes:
        equipment: The assets, in order of name.
        capital_usd: Capital of all.
        annuity_usd: Annuity of all in a year.
        npv_usd: Net present value of all cost over the horizon, negative.
        not_counted: Sources whose capital is not counted.
        unserved_usd: Value of unserved energy of the run.
        outstanding_usd: Value of deferred energy that is outstanding.
        dropped_usd: Value of dropped requests.
    """

    equipment: tuple[Equipment, ...]
    capital_usd: float
    annuity_usd: float
    npv_usd: float
    not_counted: tuple[str, ...]
    unserved_usd: float
    outstanding_usd: float
    dropped_usd: float


def value(books: Closed, model: dict[str, Any]) -> Value | None:
    """The value of a run; None if its campus has no `economics`.

    Args:
        books: Its closed books.
        model: The campus, as nested dictionaries of JSON values.
    """
    if not model.get("economics"):
        return None
    economics = Economics(**model["economics"])
    per_year = _per_year(books)
    owners = sorted(posting.owner for posting in books.posted("capital_usd"))
    equipment = tuple(_equipment(books, model, owner, per_year) for owner in owners)
    yearly = per_year * (books.amount("cost_usd") + books.amount("fixed_cost_usd"))
    discount = annuity_pu(economics.discount_rate_per_year, economics.horizon_years)
    annuities = sum(one.annuity_usd for one in equipment)
    counted = {one.name for one in equipment}
    return Value(
        equipment=equipment,
        capital_usd=sum(one.capital_usd for one in equipment),
        annuity_usd=annuities,
        npv_usd=-(yearly + annuities) / discount,
        not_counted=tuple(name for name in sorted(model.get("supply") or {}) if name not in counted),
        unserved_usd=economics.unserved_usd_per_mwh * books.total_mwh(Flow.UNSERVED),
        outstanding_usd=economics.outstanding_usd_per_mwh * books.amount("deferred_outstanding_mwh"),
        dropped_usd=economics.dropped_usd_per_request * books.amount("requests_dropped"),
    )


def _equipment(books: Closed, model: dict[str, Any], name: str, per_year: float) -> Equipment:
    """What the equipment of a participant costs in a year."""
    agreements = {key for key, one in (model.get("agreements") or {}).items() if one.get("source") == name}
    owners = {name, *agreements}

    def amount(account: str) -> float:
        return sum(one.total for one in books.posted(account) if one.owner in owners)

    annuity, fixed, running = (
        per_year * amount(account) for account in ("capital_cost_usd", "fixed_cost_usd", "cost_usd")
    )
    mwh = per_year * books.total_mwh(*_GIVEN, owner=name)
    return Equipment(
        name=name,
        capital_usd=amount("capital_usd"),
        annuity_usd=annuity,
        fixed_usd=fixed,
        running_usd=running,
        energy_mwh=mwh,
        lcoe_usd_per_mwh=(annuity + fixed + running) / mwh if mwh else None,
    )


def _per_year(books: Closed) -> float:
    """Runs in a year of 8,760 hours."""
    return HOURS_PER_YEAR / (books.horizon_s / SECONDS_PER_HOUR)
