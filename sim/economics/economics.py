"""The economics of a campus: which capital counts, at which discount, and what work not done is worth."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim import units
from sim.economics.asset import Asset
from sim.spec import Spec

DiscountRate = Annotated[float, units.quantity("1/a", ge=0, le=0.5)]
HorizonYears = Annotated[int, units.quantity("a", ge=1, le=100)]
UsdPerRequest = Annotated[float, units.quantity("USD", ge=0, le=1e6)]


class Economics(Spec):
    """Capital, its discount, and the value of work not done. It has no effect on dispatch."""

    discount_rate_per_year: DiscountRate = 0.07
    """Real discount rate; 8 % is 0.08. Default: 7 % (assumed)."""
    horizon_years: HorizonYears = 20
    """Years over which the net present value is taken; each repeats the run. Default: 20 (assumed)."""
    assets: dict[str, Asset] = Field(default_factory=dict)
    """What a source, a server pool or the facility costs, by its name."""
    usual_costs: bool = False
    """Whether sources without an entry in `assets` have the usual cost of their kind, where a published one
    is at hand. Default: no; their capital is not counted."""
    unserved_usd_per_mwh: units.UsdPerMWh = 0.0
    """Value of lost load. Default: not stated."""
    outstanding_usd_per_mwh: units.UsdPerMWh = 0.0
    """Value of flexible energy that is outstanding at the end. Default: not stated."""
    dropped_usd_per_request: UsdPerRequest = 0.0
    """Value of a dropped request. Default: not stated."""
