"""The rolling optimiser: the store is planned by a linear program on a forecast, again and again."""

from __future__ import annotations

from math import inf, nextafter
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from sim import units
from sim.contracts.imports import Imports
from sim.contracts.peak_target import DISCHARGE_USD_PER_MWH, PeakTarget, PeakTargets
from sim.plant.store import Store
from sim.site import Site
from sim.strategies.firm_minimum import check_target
from sim.strategies.net_load import NetLoad
from sim.strategies.store_ladder import TO_TARGET_USD_PER_MWH, StoreLadder, StoreRung
from sim.strategies.store_plan import Expected, best
from sim.strategies.strategy import Ratings, Strategy
from sim.timeseries.forecast import AnyForecast, Forecast, PerfectForecast
from sim.units import SECONDS_PER_HOUR


class RollingOptimiser(Strategy):
    """A linear program plans the store on a forecast; prices and sizes follow from its plan, never flows.

    It knows a forecast of the import price, the peaks so far, and what of the load other sources left 24 h
    before, which it expects again. It is planned at the start, after the first hour, and then at intervals;
    each plan begins with the level of the store at that instant. In each hour the store charges below what a
    MWh more in it is worth by the plan, and discharges above that, losses and wear included. Where demand is
    charged, the plan sets the target of each peak (see `peak_shaving`): the store charges up to it, and
    discharges above it. Charges on daily and coincident peaks, and later months of a ratchet, are not known
    to it.

    Energy left at the end of a plan is worth what it costs to buy again at the lowest price that the plan
    covers. The end of the run is not the end of the store: a plan that it cuts short counts as many hours
    before it, at the prices that they had. So the last hours are traded like those of any other day.
    """

    kind: Literal["rolling_optimiser"] = "rolling_optimiser"
    every_h: Annotated[int, units.quantity("h", ge=1, le=168)] = 24
    """Time between two plans."""
    ahead_h: Annotated[int, units.quantity("h", ge=2, le=336)] = 48
    """Hours that a plan covers. Default: two days, twice the time to the next plan (assumed)."""
    forecast: AnyForecast = PerfectForecast()
    """Forecast of the import price. Default: the prices of the run, as a tariff states them. On a market,
    prices are known for the next day at most: use `persistence` or `noisy` to see what that costs."""
    target_mw: units.MW = 0.0
    """Target of each peak until a day has been measured. Default: none, so that the store discharges at
    once."""
    margin_days: Annotated[int, units.quantity("d", ge=1, le=31)] = 7
    """Days whose highest net load of each hour is expected, where demand is charged. With fewer, targets are
    lower and fail more often. Default: a week, so that each weekday is among them."""
    connection: str | None = None
    """Name of the connection. Default: the only one."""

    @model_validator(mode="after")
    def _covers(self) -> Self:
        if self.ahead_h < self.every_h:
            raise self.refuse("ahead_h", f"at least every_h = {self.every_h:g} h")
        return self

    def ask(self, site: Site) -> None:
        """Ask for the target, which the plans set."""
        target = PeakTarget(site, first_mw=self.target_mw, keep_pu=1.0, is_for_charges=True)
        site.common(PeakTargets).ask(self, self.connection, target)

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Plan the store at each interval, and follow the plan by the hour."""
        name = self.followed(site, self.connection)
        check_target(self, site, name, self.target_mw)
        _Follower(self, site, store, ratings, name).begin()
        said = f"a linear program every {self.every_h} h, {self.ahead_h} h ahead"
        price = self.forecast.describe()
        expected = f"of the import price, {price}; of the net load, that of the days before"
        return f"follows {said}; it expects {expected}"


class _Follower:
    """A store that follows its plans."""

    def __init__(self, spec: RollingOptimiser, site: Site, store: Store, ratings: Ratings, name: str) -> None:
        self._spec, self._site, self._store, self._ratings = spec, site, store, ratings
        self._connection = site.common(Imports).of(name)
        self._target = site.common(PeakTargets).of(name, self._connection.charges)
        self._net = NetLoad(site.bus, name, ratings.name)
        seed = int(site.rng(f"{ratings.name} forecast").integers(2**31))
        self._price = self._connection.usd_per_mwh
        self._forecast = Forecast(spec.forecast, self._price, seed)
        self._ladder: StoreLadder
        self._rung: StoreRung | None = None
        self._hour = self._planned = 0
        self._now_usd_per_mwh: float

    def begin(self) -> None:
        """Begin with the clock."""
        self._site.play(self._price, self._reprice)
        self._site.env.call_at(0.0, self._turn)

    def _turn(self, now_s: float) -> None:
        """An hour begins."""
        self._net.end_hour()
        self._store.advance(now_s)
        level_mwh = self._store.level_mwh
        if self._hour == 1 or self._hour % self._spec.every_h == 0:
            self._plan(now_s, level_mwh)
        self._follow(self._ladder.rung(self._hour - self._planned, level_mwh))
        self._hour += 1
        next_s = self._begin_s(self._hour)
        if next_s < self._site.horizon_s:
            self._site.env.call_at(next_s, self._turn)

    def _begin_s(self, hour: int) -> float:
        return hour * SECONDS_PER_HOUR - self._site.calendar.into_hour_s

    def _plan(self, now_s: float, level_mwh: float) -> None:
        """Plan the next hours from the present level."""
        expected = self._expected(now_s)
        plan = best(expected, self._ratings, level_mwh)
        surcharge = 0.0 if self._target is None else TO_TARGET_USD_PER_MWH
        self._ladder = StoreLadder.of(plan, expected, self._ratings, surcharge)
        self._planned = self._hour
        if self._target is not None and expected.peaks:
            self._target.aim(plan.peaks_mw.tolist())

    def _expected(self, now_s: float) -> Expected:
        """What is expected of the hours that a plan covers."""
        first, last = self._hour + 1, self._hour + self._spec.ahead_h
        begins_s = [self._begin_s(hour) for hour in range(first, last + 1)]
        edges_s = np.unique(np.minimum([now_s, *begins_s], self._site.horizon_s))
        lengths_s, known = np.diff(edges_s), self._connection
        price = self._forecast.profile(now_s, float(edges_s[-1])).integrals(edges_s) / lengths_s
        sold = known.charges.export_usd_per_mwh.integrals(edges_s) / lengths_s
        peaks = [] if self._target is None or not self._net.is_known else self._target.ahead(edges_s[:-1])
        days = self._spec.margin_days if peaks else 1
        return Expected(
            hours=lengths_s / SECONDS_PER_HOUR,
            buy_usd_per_mwh=price,
            sell_usd_per_mwh=np.minimum(sold, price),
            limit_mw=known.limit_mw.integrals(edges_s) / lengths_s,
            sold_mw=known.export_limit_mw.integrals(edges_s) / lengths_s,
            net_mw=self._net.expected_mw(len(lengths_s), days, self._ratings.discharge_mw),
            refill_usd_per_mwh=min(float(price.min()), self._cheapest_before(now_s, len(price))),
            peaks=peaks,
        )

    def _cheapest_before(self, now_s: float, ahead_h: int) -> float:
        """Lowest price of the hours before now that a plan has fewer ahead than it would without an end."""
        hours = range(self._hour - self._spec.ahead_h + ahead_h, self._hour)
        edges_s = np.unique([max(self._begin_s(hour), 0.0) for hour in hours] + [now_s])
        means = self._price.integrals(edges_s) / np.diff(edges_s)
        return float(means.min(initial=inf))

    def _follow(self, rung: StoreRung) -> None:
        """State sizes and prices of an hour."""
        store, ratings, before = self._store, self._ratings, self._rung
        self._rung = rung
        if before is None or (before.charge_mw, before.discharge_mw) != (rung.charge_mw, rung.discharge_mw):
            store.limit(
                charge_mw=rung.charge_mw,
                discharge_mw=rung.discharge_mw,
                min_mwh=ratings.min_mwh,
                reserve_mwh=ratings.reserve_mwh,
                max_mwh=ratings.max_mwh,
            )
        self._reprice(self._now_usd_per_mwh)

    def _reprice(self, usd_per_mwh: float) -> None:
        """State the prices at a price of import.

        With a target the store takes no import above it, and is used before such import.
        """
        self._now_usd_per_mwh = usd_per_mwh
        if self._rung is None:
            return
        bid, ask = self._rung.bid_usd_per_mwh, self._rung.ask_usd_per_mwh
        if self._target is not None:
            bid = min(bid, usd_per_mwh + TO_TARGET_USD_PER_MWH)
            ask = min(ask, usd_per_mwh + DISCHARGE_USD_PER_MWH)
        ask = min(ask, self._ratings.reserve_usd_per_mwh)
        self._store.charge.reprice(min(bid, nextafter(ask, -inf)))
        self._store.discharge.reprice(ask)
