"""Peak shaving: the store keeps the import of a connection below a target that is learnt month by month."""

from __future__ import annotations

from typing import Annotated, Literal

from sim import units
from sim.contracts.imports import Imports
from sim.contracts.peak_target import CHARGE_USD_PER_MWH, DISCHARGE_USD_PER_MWH, PeakTarget, PeakTargets
from sim.errors import Problem, SpecError
from sim.plant.store import Store
from sim.site import Site
from sim.strategies.firm_minimum import check_target
from sim.strategies.strategy import Ratings, Strategy
from sim.timeseries.series import constant


class PeakShaving(Strategy):
    """The store discharges instead of import above a target, and charges where that adds no demand charge.

    It knows the peaks so far, and nothing of the future. Each period of a demand charge has a target. The
    store charges only up to the highest import of the month so far in such a period, or up to a minimum take,
    so it never raises a peak; a reserve that has been used is refilled at once all the same. The target of
    the first month is given. One that held is lowered to a share of the peak, or half-way to the last one
    that failed; one that failed is raised half-way to the peak, or to that share. Where import exceeds the
    target, the target rises to it. Charges on daily and coincident peaks are not known to it.
    """

    kind: Literal["peak_shaving"] = "peak_shaving"
    target_mw: units.MW = 0.0
    """Target of the first month. One that measured loads exceed at any time, whatever all sources but the
    connection give, is refused. Default: none, so that the store discharges at once."""
    keep_pu: units.Fraction = 0.9
    """Target of the next month, as a share of the highest import of a month (assumed)."""
    hours_at_peak: Annotated[float, units.quantity("h", ge=0.25, le=744)] | None = None
    """Hours in a month over which the demand charge is spread, as a shadow price of import above the target
    that other flexible participants see; at most 1,000 USD/MWh, and none in a first month without a target.
    Flexible load that holds back keeps the peak low, so the target falls from month to month: set `keep_pu`
    to 1 then. Default: no shadow price; the store alone keeps the target."""
    connection: str | None = None
    """Name of the connection. Default: the only one."""

    def ask(self, site: Site) -> None:
        """Ask for the target."""
        target = PeakTarget(
            site, first_mw=self.target_mw, keep_pu=self.keep_pu, hours_at_peak=self.hours_at_peak
        )
        site.common(PeakTargets).ask(self, self.connection, target)

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Charge and discharge just above the price of import."""
        name = self.followed(site, self.connection)
        check_target(self, site, name, self.target_mw)
        price = site.common(Imports).price(name)
        highest = price.highest(0.0, site.horizon_s) + DISCHARGE_USD_PER_MWH
        if highest >= ratings.reserve_usd_per_mwh:
            message = f"= {highest:g} USD/MWh of import; allowed: below reserve_above_usd_per_mwh"
            raise SpecError(self.title(), [Problem(("price",), message)])
        site.play(price + constant(CHARGE_USD_PER_MWH), store.charge.reprice)
        site.play(price + constant(DISCHARGE_USD_PER_MWH), store.discharge.reprice)
        return f"shaves the peaks of {name}"
