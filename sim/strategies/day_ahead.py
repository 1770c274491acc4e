"""Day-ahead prices: the store trades the cheapest hours of a window against the dearest."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Literal

import numpy as np

from sim import units
from sim.contracts.imports import Imports
from sim.plant.store import Store
from sim.site import Site
from sim.strategies.strategy import Ratings, Strategy
from sim.timeseries.series import Array, StepSeries
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

_MARGIN_PU = 1e-6
_SURPLUS_USD_PER_MWH = 1.0
"""Price up to which it takes surplus in a window without a trade that pays."""
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of a full charge that are tried."""


class DayAhead(Strategy):
    """The store charges in the cheapest hours of a window and discharges in its dearest, if that pays.

    It knows the import prices of the window that has begun, as a day-ahead market publishes them, and nothing
    of load, sun or later windows. In each window the cheapest hours are paired with the dearest, as far as
    the store's energy goes and each pair pays for losses and wear.
    """

    kind: Literal["day_ahead"] = "day_ahead"
    window_h: Annotated[float, units.quantity("h", ge=2, le=168)] = HOURS_PER_DAY
    """Length of the window whose prices are known. Default: a day."""
    from_hour: Annotated[int, units.quantity("h", ge=0, le=23)] = 0
    """Local hour at which windows begin; they go on from there at their length."""
    connection: str | None = None
    """Name of the connection. Default: the only one."""

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Play two prices for each window."""
        name = self.followed(site, self.connection)
        price = site.common(Imports).price(name)
        begins_s = self._windows(site)
        below, above = np.empty(len(begins_s)), np.empty(len(begins_s))
        for at, begin_s in enumerate(begins_s):
            end_s = min(begin_s + self.window_h * SECONDS_PER_HOUR, site.horizon_s)
            below[at], above[at] = _thresholds(_hourly(price, max(begin_s, 0.0), end_s), ratings)
        times_s = np.maximum(begins_s, 0.0)
        site.play(StepSeries(times_s, below), store.charge.reprice)
        site.play(StepSeries(times_s, above), store.discharge.reprice)
        return f"trades the import prices of {name} over windows of {self.window_h:g} h"

    def _windows(self, site: Site) -> Array:
        """Elapsed seconds at which the windows begin; the first may have begun before the run."""
        begin = site.calendar.at(0.0)
        midnight_s = site.calendar.elapsed_s(begin.replace(hour=0, minute=0, second=0, microsecond=0))
        into_s = (-midnight_s - self.from_hour * SECONDS_PER_HOUR) % (self.window_h * SECONDS_PER_HOUR)
        return np.arange(-into_s, site.horizon_s, self.window_h * SECONDS_PER_HOUR)


def _hourly(price: StepSeries, begin_s: float, end_s: float) -> Array:
    """Mean price of each hour of a window; the last one may be shorter."""
    edges_s = np.append(np.arange(begin_s, end_s, SECONDS_PER_HOUR), end_s)
    return price.integrals(edges_s) / np.diff(edges_s)


def _thresholds(usd_per_mwh: Array, ratings: Ratings) -> tuple[float, float]:
    """Prices of a window below which the store charges and above which it discharges."""
    ranked = np.sort(usd_per_mwh)
    traded = _last_pair(ranked, ratings)
    if traded is None:
        above = min(float(ranked[-1]) + _SURPLUS_USD_PER_MWH, ratings.reserve_usd_per_mwh)
        return min(_SURPLUS_USD_PER_MWH, above - _SURPLUS_USD_PER_MWH), above
    low, high = traded
    return _above(low), min(_below(high), ratings.reserve_usd_per_mwh)


def _above(usd_per_mwh: float) -> float:
    return usd_per_mwh + _MARGIN_PU * max(abs(usd_per_mwh), 1.0)


def _below(usd_per_mwh: float) -> float:
    return usd_per_mwh - _MARGIN_PU * max(abs(usd_per_mwh), 1.0)


def _last_pair(ranked: Array, ratings: Ratings) -> tuple[float, float] | None:
    """The dearest hour in which it charges and the cheapest in which it discharges; None if no pair pays.

    Args:
        ranked: Prices of the hours of a window, increasing [USD/MWh].
        ratings: The store.
    """
    room_mwh = ratings.max_mwh - ratings.reserve_mwh
    if not (ratings.charge_mw and ratings.discharge_mw and room_mwh):
        return None
    charge_h = room_mwh / ratings.charge_efficiency_pu / ratings.charge_mw
    discharge_h = room_mwh * ratings.discharge_efficiency_pu / ratings.discharge_mw
    round_trip = ratings.charge_efficiency_pu * ratings.discharge_efficiency_pu
    found = None
    for share in _SHARES:
        low = float(ranked[min(ceil(charge_h * share), len(ranked)) - 1])
        high = float(ranked[-min(ceil(discharge_h * share), len(ranked))])
        pays = (low + ratings.charge_wear_usd_per_mwh) / round_trip + ratings.wear_usd_per_mwh
        if pays >= high or _above(low) >= min(_below(high), ratings.reserve_usd_per_mwh):
            break
        found = low, high
    return found
