"""Peak targets: what a store may add to the import of a connection, and from where on it is to help.

The highest mean import of the month so far, or what is billed in any case, costs no further demand charge:
up to it a store may charge. Above the target of the month it is to discharge. The target of a month is learnt
from the peaks of those before.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.bus.block import Block
from sim.bus.clock import Alarm
from sim.bus.watch import Watch
from sim.contracts.charges import Charges
from sim.site import Site
from sim.timeseries.standard_time import StandardTime
from sim.units import SECONDS_PER_HOUR

_LEAST_MW = 1e-9
_LEAST_S = 1e-6
FREE_USD_PER_MWH = 0.05
"""Surcharge on import between what has been reached and the target: a store bids less."""
CHARGE_USD_PER_MWH = 0.02
"""What a store bids above the price of import."""
DISCHARGE_USD_PER_MWH = 0.1
"""What a store asks above the price of import: less than for import above the target."""


class PeakTargets:
    """The targets of a site's connections, as strategies have asked for them."""

    def __init__(self) -> None:
        self._asked: dict[str, PeakTarget] = {}

    def ask(self, connection: str, target: PeakTarget) -> None:
        """Give a connection a target, before the clock starts."""
        self._asked[connection] = target

    def of(self, connection: str) -> PeakTarget | None:
        """The target of a connection; None without one. One that was asked for without a name is for any."""
        return self._asked.get(connection, self._asked.get(""))


class PeakTarget:
    """The target of one connection during a run.

    Attributes:
        reached_mw: Highest mean import over a demand interval of this month so far, or what is billed in any
            case.
        free_mw: Import up to which a store may charge now: what has been reached, and less in a demand
            interval in which import has been above it, so that the mean of the interval does not exceed it.
        mw: The target: at least what has been reached.
    """

    def __init__(self, site: Site, *, first_mw: float, keep_pu: float, hours_at_peak: float) -> None:
        """Begin.

        Args:
            site: The site.
            first_mw: Target of the first month.
            keep_pu: Target of a month, as a share of the highest import of the month before.
            hours_at_peak: Hours over which the demand charge of a month is spread for its shadow price.
        """
        self._site = site
        self._keep_pu = keep_pu
        self._hours_at_peak = hours_at_peak
        self.reached_mw, self.free_mw, self.mw = 0.0, 0.0, first_mw
        self._peaks: list[float] = [0.0]
        self._at_s = self._begun_s = 0.0
        self._mw = self._mw_s = 0.0
        self._interval_s = SECONDS_PER_HOUR / 4.0
        self._alarm = Alarm(site.env, self._ring)
        self._restate: Callable[[], None] = lambda: None

    def begin(self, charges: Charges, offers: list[Block], restate: Callable[[], None]) -> float:
        """Follow a connection.

        Args:
            charges: Its tariff.
            offers: Its offers of import.
            restate: Called when the target or what has been reached has changed.

        Returns:
            The shadow price of import above the target [USD/MWh].
        """
        site, demand = self._site, charges.demand_charges()
        self._demand = demand
        self._restate = restate
        if demand:
            self._interval_s = demand[0].interval_s
        offset_s = StandardTime.of(site.calendar).offset.total_seconds()
        self._begun_s = -((site.calendar.start.timestamp() + offset_s) % self._interval_s)
        self._months_s = [*site.calendar.month_edges(site.horizon_s)[1:-1].tolist()]
        self._months = [site.calendar.at(0.0)]
        self.reached_mw = self.free_mw = self._floor_mw()
        self.mw = max(self.mw, self.reached_mw)
        site.bus.watches.append(Watch(site.bus, offers, self._tell))
        for begin_s in self._months_s:
            site.env.call_at(begin_s, self._turn)
        return sum(one.highest_usd for one in demand) / self._hours_at_peak

    def _floor_mw(self) -> float:
        """Demand that all charges of this month bill in any case."""
        month = self._months[-1].month
        charged = [one for one in self._demand if one.highest_usd and month in one.months]
        return min((one.floor_mw(self._months, self._peaks) for one in charged), default=0.0)

    def _tell(self, mw: float) -> None:
        """The import has changed."""
        now_s = self._site.env.now
        self._advance(now_s)
        self._mw = mw
        self._free(now_s)

    def _advance(self, now_s: float) -> None:
        """Add up the import until now; intervals that have ended may be new peaks."""
        while (end_s := self._begun_s + self._interval_s) <= now_s + _LEAST_S:
            self._mw_s += self._mw * max(0.0, end_s - self._at_s)
            self._note(self._mw_s / self._interval_s)
            whole = int((now_s + _LEAST_S - end_s) // self._interval_s)
            if whole > 0:
                self._note(self._mw)
            self._begun_s = end_s + whole * self._interval_s
            self._at_s, self._mw_s = self._begun_s, 0.0
        self._mw_s += self._mw * (now_s - self._at_s)
        self._at_s = now_s

    def _note(self, mean_mw: float) -> None:
        """A demand interval has ended with this mean import."""
        self._peaks[-1] = max(self._peaks[-1], mean_mw)
        if mean_mw > self.reached_mw + _LEAST_MW:
            self.reached_mw = mean_mw
            self.mw = max(self.mw, mean_mw)
            self.free_mw = mean_mw
            self._restate()

    def _ring(self, now_s: float) -> None:
        """An interval with more import than before has ended."""
        self._advance(now_s)
        self._free(now_s)

    def _free(self, now_s: float) -> None:
        """Find what a store may add now; it changes when the demand interval ends, if not before."""
        end_s = self._begun_s + self._interval_s
        spare_mw = (self.reached_mw * self._interval_s - self._mw_s) / max(end_s - now_s, _LEAST_S)
        free_mw = min(max(spare_mw, 0.0), self.reached_mw)
        if free_mw > self.reached_mw - _LEAST_MW:
            free_mw = self.reached_mw
        if max(self._mw, self.reached_mw) > free_mw + _LEAST_MW:
            self._alarm.set(end_s)
        if abs(free_mw - self.free_mw) > _LEAST_MW:
            self.free_mw = free_mw
            self._restate()

    def _turn(self, now_s: float) -> None:
        """A month begins."""
        self._advance(now_s)
        last_mw = self._peaks[-1]
        self._peaks.append(0.0)
        self._months.append(self._site.calendar.at(now_s))
        self.reached_mw = self._floor_mw()
        self.free_mw = self.reached_mw
        self.mw = max(self.reached_mw, self._keep_pu * last_mw)
        self._restate()
        self._free(now_s)
