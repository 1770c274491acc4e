"""The facility: power for cooling and power conversion, in addition to IT power."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from sim import units
from sim.spec import Spec


class Facility(Spec):
    """The overhead of cooling and power conversion, given as the PUE at design load.

    A share of the overhead may be fixed: the participant `facility` draws it as firm demand at any IT load.
    The rest is proportional to IT power and is included in the demand of each load.
    """

    pue: units.OverheadRatio = 1.2
    """Facility power divided by IT power at design load (assumed; recent hyperscale halls have 1.1, the mean
    of the Uptime Institute's survey is above 1.5)."""
    fixed_pu: units.Fraction = 0.0
    """Share of the overhead at design load that does not depend on the IT load."""
    design_it_mw: units.MW = 0.0
    """IT power at design load; required only if `fixed_pu` is above 0."""
    firm_worth_usd_per_mwh: units.UsdPerMWh = 5000.0
    """Value of lost load of firm IT demand and fixed overhead (unverified; operators of US markets cap
    their prices at 2,000 to 5,000 USD/MWh)."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.fixed_pu and not self.design_it_mw:
            raise self.refuse("design_it_mw", "above 0 MW if fixed_pu is above 0")
        return self

    @property
    def proportional(self) -> float:
        """Facility power per unit of IT power, without the fixed overhead."""
        return 1.0 + (self.pue - 1.0) * (1.0 - self.fixed_pu)

    @property
    def fixed_mw(self) -> float:
        """Fixed overhead [MW]."""
        return (self.pue - 1.0) * self.fixed_pu * self.design_it_mw
