"""Peak targets: what a store may add to the import of a connection, and from where on it is to help.

Each period of a demand charge has its own peak. The highest mean import of the month so far in such a period,
or what is billed in any case, costs no further demand charge: up to it a store may charge. Above the target
of the month it is to discharge. The target of a month is learnt from the peaks of those before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.bus.block import Block
from sim.bus.clock import Alarm
from sim.bus.watch import Watch
from sim.contracts.charges import Charges
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.tiers import Tiers
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.spec import Spec
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.standard_time import StandardTime
from sim.units import SECONDS_PER_QUARTER

_LEAST_MW = 1e-9
_HELD_PU = 1e-6
_MOST_USD_PER_MWH = 1000.0
"""Highest shadow price: firm load is worth more."""
_ROUNDING_S = 1e-6
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

    def ask(self, spec: Spec, connection: str | None, target: PeakTarget) -> None:
        """Give a connection a target, before the clock starts.

        Raises:
            SpecError: If another store has asked for another target.
        """
        if self._asked.setdefault(connection or "", target).plan != target.plan:
            message = "has another target by another store; allowed: equal target_mw, keep_pu, hours_at_peak"
            raise SpecError(spec.title(), [Problem(("connection",), message)])

    def of(self, connection: str, charges: Charges) -> PeakTarget | None:
        """The target of a connection; None without one. One that was asked for without a name is for any.

        Args:
            connection: Its name.
            charges: Its tariff, without whose demand charges some targets are of no use.
        """
        found = self._asked.get(connection, self._asked.get(""))
        return found if found is None or charges.demand_charges() or not found.is_for_charges else None


@dataclass(frozen=True, eq=False)
class PeakAhead:
    """A peak as a plan sees it.

    Attributes:
        usd_per_mw: What a MW more of it costs, at the rate of its last tier.
        paid_mw: Demand that costs nothing more: what has been reached, or a minimum take.
        counts: Whether it counts at each of the instants that were asked for.
    """

    usd_per_mw: float
    paid_mw: float
    counts: NDArray[np.bool_]


@dataclass
class _Peak:
    """The peak of one period of a demand charge.

    Attributes:
        charge: The charge.
        period: Number of its period.
        target_mw: Above it a store is to discharge.
        begun_mw: Target with which the month began; 0 for none.
        failed_mw: The last target that did not hold; 0 for none.
        reached_mw: Highest mean import of this month so far, or the minimum take.
        months_mw: Highest mean import of each month so far.
    """

    charge: DemandCharge
    period: int
    target_mw: float
    begun_mw: float = 0.0
    failed_mw: float = 0.0
    reached_mw: float = 0.0
    months_mw: list[float] = field(default_factory=lambda: [0.0])

    def counts(self, t_s: float, month: int) -> bool:
        """Whether import at an elapsed second of a calendar month counts."""
        periods = self.charge.periods
        is_on = periods is None or periods.value_at(max(t_s, 0.0)) == self.period
        return is_on and month in self.charge.months

    def begin_month(self, months: list[datetime], keep_pu: float | None) -> None:
        """Begin with what is billed in any case; the target is a share of the last peak, or stays."""
        is_free = self.charge.ratchet is None  # a peak below a ratchet's floor still counts for later months
        self.reached_mw = self.charge.least_mw if is_free else 0.0
        if keep_pu is not None:
            self.target_mw = self._learnt_mw(keep_pu, self.months_mw[-2])
        self.begun_mw = self.target_mw
        self.target_mw = max(self.target_mw, self.charge.floor_mw(months, self.months_mw))

    def _learnt_mw(self, keep_pu: float, peak_mw: float) -> float:
        """The target of a month, by how the one before went.

        A target that held is lowered to a share of the peak, or half-way to the last one that failed. After
        one that failed it is half-way from there to the peak, or that share if this is higher.
        """
        begun_mw, lower_mw = self.begun_mw, keep_pu * peak_mw
        if begun_mw and peak_mw > begun_mw * (1.0 + _HELD_PU):
            self.failed_mw = begun_mw
            return max(lower_mw, (begun_mw + peak_mw) / 2.0)
        if begun_mw and lower_mw < self.failed_mw < peak_mw:
            return (self.failed_mw + peak_mw) / 2.0
        return lower_mw

    def note(self, mean_mw: float) -> bool:
        """Take the mean of a demand interval; whether it is more than what had been reached."""
        self.months_mw[-1] = max(self.months_mw[-1], mean_mw)
        if mean_mw <= self.reached_mw + _LEAST_MW:
            return False
        self.reached_mw = mean_mw
        self.target_mw = max(self.target_mw, mean_mw)
        return True


class PeakTarget:
    """The target of one connection during a run.

    Attributes:
        reached_mw: Import that costs no further demand charge now.
        free_mw: Import up to which a store may charge now: what has been reached, and less in a demand
            interval in which import has been above it, so that the mean of the interval does not exceed it.
        mw: The target now: at least what has been reached.
        plan: What it was asked for with.
        is_for_charges: Whether it is of no use without a demand charge.
    """

    def __init__(
        self,
        site: Site,
        *,
        first_mw: float,
        keep_pu: float,
        hours_at_peak: float | None = None,
        is_for_charges: bool = False,
    ) -> None:
        """Begin.

        Args:
            site: The site.
            first_mw: Target of the first month.
            keep_pu: Target of a month, as a share of the highest import of the month before.
            hours_at_peak: Hours over which the demand charge of a month is spread for its shadow price; None
                for no shadow price.
            is_for_charges: Whether it is of no use without a demand charge.
        """
        self.plan = first_mw, keep_pu, hours_at_peak
        self.is_for_charges = is_for_charges
        self._site = site
        self._first_mw = first_mw
        self._keep_pu = keep_pu
        self._hours_at_peak = hours_at_peak
        self.reached_mw, self.free_mw, self.mw = 0.0, 0.0, first_mw
        self._peaks: list[_Peak] = []
        self._months = [site.calendar.at(0.0)]
        self._interval_s = SECONDS_PER_QUARTER
        self._at_s = self._begun_s = 0.0
        self._mw = self._mw_s = 0.0
        self._alarm = Alarm(site.env, self._ring)
        self._restate: Callable[[], None] = lambda: None

    def ahead(self, at_s: Array) -> list[PeakAhead]:
        """The peaks at some elapsed seconds, for a plan; charges on daily and coincident peaks apart."""
        return [
            PeakAhead(
                peak.charge.tiers[peak.period].usd[-1],
                peak.reached_mw,
                np.array([peak.counts(t_s, self._site.calendar.at(t_s).month) for t_s in at_s.tolist()]),
            )
            for peak in self._peaks
        ]

    def aim(self, targets_mw: Sequence[float]) -> None:
        """Set the target of each peak, in the order of `ahead`."""
        for peak, mw in zip(self._peaks, targets_mw, strict=True):
            peak.target_mw = max(mw, peak.reached_mw)
        self._state(self._site.env.now)
        self._restate()
        self._wait()

    def begin(self, charges: Charges, offers: list[Block], restate: Callable[[], None]) -> StepSeries:
        """Follow a connection.

        Args:
            charges: Its tariff.
            offers: Its offers of import.
            restate: Called when the target or what has been reached has changed.

        Returns:
            The shadow price of import above the target over the run [USD/MWh]: none before there is a target.
        """
        site, demand = self._site, charges.demand_charges()
        self._peaks = [
            _Peak(charge, period, self._first_mw)
            for charge in demand
            for period, tiers in enumerate(charge.tiers)
            if any(tiers.usd)
        ]
        if not self._peaks:
            self._peaks = [_Peak(DemandCharge((Tiers.flat(0.0),)), 0, self._first_mw)]
        self._interval_s = max((charge.interval_s for charge in demand), default=SECONDS_PER_QUARTER)
        offset_s = StandardTime.of(site.calendar).offset.total_seconds()
        self._begun_s = -((site.calendar.start.timestamp() + offset_s) % self._interval_s)
        for peak in self._peaks:
            peak.begin_month(self._months, None)
        self._state(0.0)
        self._restate = restate
        site.bus.watches.append(Watch(site.bus, offers, self._tell))
        for begin_s in site.calendar.month_edges(site.horizon_s)[1:-1].tolist():
            site.env.call_at(begin_s, self._turn)
        for charge in demand:
            if charge.periods is not None:
                site.play(charge.periods, self._change)
        shadow = 0.0
        if self._hours_at_peak is not None:
            shadow = sum(charge.highest_usd for charge in demand) / self._hours_at_peak
        begins_s = [0.0, *site.calendar.month_edges(site.horizon_s)[1:-1].tolist()]
        prices = np.full(len(begins_s), min(shadow, _MOST_USD_PER_MWH))
        prices[0] *= self._first_mw > 0.0
        return StepSeries(np.array(begins_s), prices)

    def _state(self, now_s: float) -> None:
        """Find what holds now: of several charges, the lowest."""
        month = self._months[-1].month
        here = [peak for peak in self._peaks if peak.counts(now_s + _ROUNDING_S, month)]
        self.reached_mw = min((peak.reached_mw for peak in here), default=inf)
        self.mw = max(self.reached_mw, min((peak.target_mw for peak in here), default=inf))
        self.free_mw = self.reached_mw

    def _tell(self, mw: float) -> None:
        """The import has changed."""
        self._advance(self._site.env.now)
        self._mw = mw
        self._wait()

    def _wait(self) -> None:
        """Find what a store may add now; it changes when the demand interval ends, if not before."""
        if self.reached_mw == inf:
            return
        end_s, now_s = self._begun_s + self._interval_s, self._site.env.now
        spare_mw = (self.reached_mw * self._interval_s - self._mw_s) / max(end_s - now_s, _ROUNDING_S)
        free_mw = min(max(spare_mw, 0.0), self.reached_mw)
        if free_mw > self.reached_mw - _LEAST_MW:
            free_mw = self.reached_mw
        if max(self._mw, self.reached_mw) > free_mw + _LEAST_MW:
            self._alarm.set(end_s)
        if abs(free_mw - self.free_mw) > _LEAST_MW:
            self.free_mw = free_mw
            self._restate()

    def _advance(self, now_s: float) -> None:
        """Add up the import until now; intervals that have ended may be new peaks."""
        is_new = False
        while (end_s := self._begun_s + self._interval_s) <= now_s + _ROUNDING_S:
            self._mw_s += self._mw * max(0.0, end_s - self._at_s)
            month = self._months[-1].month
            for peak in self._peaks:
                if peak.counts(self._begun_s + _ROUNDING_S, month):
                    is_new |= peak.note(self._mw_s / self._interval_s)
            self._begun_s = self._at_s = end_s
            self._mw_s = 0.0
        self._mw_s += self._mw * max(0.0, now_s - self._at_s)
        self._at_s = max(self._at_s, now_s)
        if is_new:
            self._state(now_s)
            self._restate()

    def _ring(self, now_s: float) -> None:
        """An interval with more import than before has ended."""
        self._advance(now_s)
        self._wait()

    def _change(self, _period: float) -> None:
        """Another period begins."""
        now_s = self._site.env.now
        self._advance(now_s)
        self._state(now_s)
        self._restate()
        self._wait()

    def _turn(self, now_s: float) -> None:
        """A month begins."""
        self._advance(now_s)
        self._months.append(self._site.calendar.at(now_s))
        for peak in self._peaks:
            peak.months_mw.append(0.0)
            peak.begin_month(self._months, self._keep_pu)
        self._state(now_s)
        self._restate()
        self._wait()
