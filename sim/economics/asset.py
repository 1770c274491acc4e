"""The asset: what equipment costs to build and to keep, and how long it lasts."""

from __future__ import annotations

from math import exp, log1p
from typing import Annotated, Self

from pydantic import model_validator

from sim import units
from sim.spec import Spec

_LIVES = 100
LifeYears = Annotated[float, units.quantity("a", ge=1, le=_LIVES)]
UsdPerMWhOfCapacity = Annotated[float, units.quantity("USD/MWh", ge=0, le=1e9)]
KgCo2 = Annotated[float, units.quantity("kgCO2", ge=0, le=1e12)]
KgCo2PerMW = Annotated[float, units.quantity("kgCO2/MW", ge=0, le=1e9)]
KgCo2PerMWhOfCapacity = Annotated[float, units.quantity("kgCO2/MWh", ge=0, le=1e9)]
UsdPerMWhYear = Annotated[float, units.quantity("USD/MWh-a", ge=0, le=1e9)]


class Asset(Spec):
    """What equipment costs to build and to keep.

    Amounts per MW are for the nameplate power, those per MWh for the energy capacity of a store.
    """

    capital_usd: units.Usd = 0.0
    """Capital that does not depend on size. Default: none."""
    capital_usd_per_mw: units.UsdPerMW = 0.0
    """Capital for each MW of nameplate. Default: none."""
    capital_usd_per_mwh: UsdPerMWhOfCapacity = 0.0
    """Capital for each MWh of energy capacity. Default: none."""
    life_years: LifeYears
    """Years after which it is replaced."""
    fixed_pu_per_year: units.Fraction = 0.0
    """Fixed operation and maintenance in a year, as a share of the capital. Default: none."""
    fixed_usd_per_mw_year: units.UsdPerMWYear = 0.0
    """Fixed operation and maintenance for each MW of nameplate. Default: none."""
    fixed_usd_per_mwh_year: UsdPerMWhYear = 0.0
    """Fixed operation and maintenance for each MWh of energy capacity. Default: none."""

    embodied_kgco2: KgCo2 = 0.0
    """Carbon of making it that does not depend on size. Default: none."""
    embodied_kgco2_per_mw: KgCo2PerMW = 0.0
    """Carbon of making each MW of nameplate. Default: none."""
    embodied_kgco2_per_mwh: KgCo2PerMWhOfCapacity = 0.0
    """Carbon of making each MWh of energy capacity. Default: none."""

    @model_validator(mode="after")
    def _costs(self) -> Self:
        if not (self.capital_usd or self.capital_usd_per_mw or self.capital_usd_per_mwh):
            raise self.refuse("capital_usd", "above 0 USD; or another capital above 0")
        return self

    def capital(self, mw: float, mwh: float) -> float:
        """Capital of equipment of a size [USD].

        Args:
            mw: Nameplate power.
            mwh: Energy capacity.
        """
        return self.capital_usd + self.capital_usd_per_mw * mw + self.capital_usd_per_mwh * mwh

    def embodied(self, mw: float, mwh: float) -> float:
        """Carbon of making equipment of a size [kgCO2]."""
        return self.embodied_kgco2 + self.embodied_kgco2_per_mw * mw + self.embodied_kgco2_per_mwh * mwh

    def fixed_usd_per_year(self, mw: float, mwh: float) -> float:
        """Fixed operation and maintenance of equipment of a size in a year [USD]."""
        of_size = self.fixed_usd_per_mw_year * mw + self.fixed_usd_per_mwh_year * mwh
        return of_size + self.fixed_pu_per_year * self.capital(mw, mwh)


def annuity_pu(discount_rate_pu: float, years: float) -> float:
    """The constant yearly payment that is worth a capital of 1 over some years.

    The capital recovery factor, r / (1 - (1 + r) ** -n); 1 / n without discount.
    """
    if not discount_rate_pu:
        return 1.0 / years
    return discount_rate_pu / (1.0 - exp(-years * log1p(discount_rate_pu)))
