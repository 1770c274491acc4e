"""The timetable: the store follows a given power."""

from __future__ import annotations

from typing import Annotated, Literal

from sim.plant.store import Store
from sim.site import Site
from sim.strategies.strategy import Ratings, Strategy
from sim.timeseries.profile import Profile, Varying
from sim.units import HIGHEST_MW

_SELL_USD_PER_MWH = -500.0
"""Dispatch price of a discharge that is ordered: before must-run power."""
_MARGIN_USD_PER_MWH = 1.0
"""Distance of its bid from its offer, and of its offer from the reserve: a store must not sell to itself."""
PowerProfile = Annotated[Profile, Varying("MW", ge=-HIGHEST_MW, le=HIGHEST_MW)]


class Timetable(Strategy):
    """The store follows a given power, as far as its level, its ratings and the bus allow.

    A discharge is offered before all other power, and may displace it; a charge is bid just below the price
    of the reserve. It knows what its owner has written down.
    """

    kind: Literal["timetable"] = "timetable"
    power_mw: PowerProfile
    """Power at the bus: positive discharges, negative charges."""

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Set the limits of the store at each change of the timetable."""

        def follow(mw: float) -> None:
            """Set limits and prices for a power."""
            store.limit(
                charge_mw=min(max(-mw, 0.0), ratings.charge_mw),
                discharge_mw=min(max(mw, 0.0), ratings.discharge_mw),
                min_mwh=ratings.min_mwh,
                reserve_mwh=ratings.reserve_mwh,
                max_mwh=ratings.max_mwh,
            )
            bid = _SELL_USD_PER_MWH if mw > 0.0 else ratings.reserve_usd_per_mwh - 2.0 * _MARGIN_USD_PER_MWH
            store.charge.reprice(bid)
            store.discharge.reprice(bid + _MARGIN_USD_PER_MWH)

        site.play(site.series(self, "power_mw"), follow)
        return "follows a timetable"
