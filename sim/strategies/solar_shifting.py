"""Solar shifting: the store charges from surplus and discharges instead of import."""

from __future__ import annotations

from typing import Literal

from sim import units
from sim.contracts.imports import Imports
from sim.plant.store import Store
from sim.site import Site
from sim.strategies.strategy import Ratings, Strategy
from sim.timeseries.series import StepSeries, constant

_LEAST_USD_PER_MWH = 0.01


class SolarShifting(Strategy):
    """The store charges from surplus power and discharges before power is imported.

    It knows the present price of import, and nothing of the future.
    """

    kind: Literal["solar_shifting"] = "solar_shifting"
    surplus_usd_per_mwh: units.UsdPerMWh = 1.0
    """Price up to which power counts as surplus. Default: that of solar and must-run power, which is 0, and a
    little more (assumed)."""
    margin_usd_per_mwh: units.UsdPerMWh = 0.5
    """How far below the price of import it discharges (assumed)."""
    connection: str | None = None
    """Name of the connection. Default: the only one."""

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Charge at the price of surplus, discharge below that of import."""
        name = self.followed(site, self.connection)
        if self.surplus_usd_per_mwh >= ratings.reserve_usd_per_mwh:
            allowed = f"below reserve_above_usd_per_mwh = {ratings.reserve_usd_per_mwh:g} USD/MWh"
            raise self.refuse("surplus_usd_per_mwh", allowed)
        price = site.common(Imports).price(name) - constant(self.margin_usd_per_mwh)
        least = constant(self.surplus_usd_per_mwh + _LEAST_USD_PER_MWH)
        most = constant(ratings.reserve_usd_per_mwh)
        above: StepSeries = price.higher(least).lower(most)
        store.charge.reprice(self.surplus_usd_per_mwh)
        site.play(above, store.discharge.reprice)
        return f"charges from surplus, and discharges before {name} imports"
