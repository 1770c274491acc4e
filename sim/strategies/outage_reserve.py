"""The outage reserve: the store stays full for shortages of power."""

from __future__ import annotations

from math import inf, nextafter
from typing import Annotated, Literal

from sim import units
from sim.plant.store import Store
from sim.site import Site
from sim.strategies.strategy import Ratings, Strategy


class OutageReserve(Strategy):
    """The store is kept full, and discharges only where load would be unserved otherwise.

    It knows nothing of the future. It charges slowly, so that charging after an outage adds little to the
    peak of import. Loads worth less than the price of the reserve, such as flexible jobs, do not draw on it.
    """

    kind: Literal["outage_reserve"] = "outage_reserve"
    recharge_h: Annotated[float, units.quantity("h", ge=1, le=8760)] = 24.0
    """Time of a full charge from its lowest to its highest level. Default: a day (assumed)."""
    charge_below_usd_per_mwh: units.UsdPerMWh | None = None
    """Price below which it charges. Default: any price below that of the reserve."""

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:  # noqa: ARG002 - it follows no connection
        """Limit charging, and offer at the price of the reserve alone."""
        most_usd, given = ratings.reserve_usd_per_mwh, self.charge_below_usd_per_mwh
        if given is not None and given >= most_usd:
            allowed = f"below reserve_above_usd_per_mwh = {most_usd:g} USD/MWh"
            raise self.refuse("charge_below_usd_per_mwh", allowed)
        room_mwh = (ratings.max_mwh - ratings.min_mwh) / ratings.charge_efficiency_pu
        store.limit(
            charge_mw=min(ratings.charge_mw, room_mwh / self.recharge_h),
            discharge_mw=ratings.discharge_mw,
            min_mwh=ratings.min_mwh,
            reserve_mwh=ratings.reserve_mwh,
            max_mwh=ratings.max_mwh,
        )
        store.charge.reprice(nextafter(most_usd, -inf) if given is None else given)
        store.discharge.reprice(most_usd)
        return f"is kept full for outages, and recharges over {self.recharge_h:g} h"
