"""The charges of a tariff in the program: each at a convex bound from below, or exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.contracts.charge import Charge
from sim.contracts.charges import Charges
from sim.contracts.contract import BillLine
from sim.contracts.demand_charge import DEMAND_CHARGE, CoincidentCharge, DemandCharge
from sim.contracts.energy_charge import ENERGY_CHARGE, EXPORT_REVENUE, EnergyCharge, TieredEnergyCharge
from sim.contracts.fixed_charge import MINIMUM_CHARGE, FixedCharge, counted
from sim.contracts.ratchet import Ratchet
from sim.contracts.tiers import Tiers
from sim.regret.envelope import envelope
from sim.regret.intervals import Intervals
from sim.regret.program import Cost, Program, each, free
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array
from sim.timeseries.times import Places
from sim.units import MONTHS_PER_YEAR, SECONDS_PER_HOUR

Constant = tuple[str, str, Array]
"""A line that does not depend on dispatch: participant, line, amounts by month."""
_LEAST_MW = 1.0
"""Demand for which tiers are bounded at least, so that there is a range."""


@dataclass(eq=False)
class Meter:
    """The meter of a connection in the program.

    Attributes:
        owner: Name of the connection.
        program: The program.
        intervals: Its intervals.
        drawn: Import of each interval [MW].
        fed: Export of each interval [MW].
        most_mw: Highest import.
        constants: Lines that do not depend on dispatch, by month.
    """

    owner: str
    program: Program
    intervals: Intervals
    drawn: Places
    fed: Places
    most_mw: float
    constants: list[Constant]

    def energy(self, line: str, usd_per_mwh: Array, *, is_fed: bool = False) -> None:
        """Charge energy at a rate."""
        usd = usd_per_mwh * self.intervals.hours * (-1.0 if is_fed else 1.0)
        self.program.pay(self.owner, line, self.intervals.month, self.fed if is_fed else self.drawn, usd)

    def peaks(self, interval_s: float, group: Places, count: int) -> Places:
        """Variables that are at least the mean import of the demand intervals of each group.

        Args:
            interval_s: Length of a demand interval.
            group: Group of each demand interval of the run; below zero for none.
            count: Number of groups.
        """
        program = self.program
        highest = program.variables(*free(count))
        place, share = self.intervals.demand(interval_s)
        inside = group[place] >= 0
        rows, row = np.unique(place[inside], return_inverse=True)
        mean = (row, self.drawn[inside], share[inside])
        program.at_most(
            np.zeros(len(rows)),
            mean,
            (np.arange(len(rows)), highest[group[rows]], np.full(len(rows), -1.0)),
        )
        return highest

    def billed(self, line: str, tiers: Tiers, month: Places, least_mw: Array) -> list[Places]:
        """Variables for the billed demand of some months or days, in parts of rising rates.

        Args:
            line: Line of the bill.
            tiers: Rates.
            month: Month of each.
            least_mw: Billed at least.
        """
        count, parts = len(month), []
        for width, usd in zip(
            *envelope(tiers, max(self.most_mw, least_mw.max(initial=_LEAST_MW))), strict=True
        ):
            part = self.program.variables(*free(count, float(width)))
            self.program.pay(self.owner, line, month, part, np.full(count, usd))
            parts.append(part)
        self.program.at_most(-least_mw, *(each(part, -1.0) for part in parts))
        return parts


def cuts_s(tariff: Charges, calendar: Calendar, horizon_s: float) -> Iterator[Array]:
    """Elapsed seconds at which something changes in a tariff."""
    for charge in _all(tariff):
        yield from (series.times_s for series in charge.cuts())
        if isinstance(charge, DemandCharge):
            if charge.periods is not None:
                yield charge.periods.times_s
            if charge.is_daily:
                hours = calendar.hour_starts(horizon_s)
                yield hours.t_s[1:][np.diff(hours.day) != 0]
        if isinstance(charge, CoincidentCharge):
            yield np.unique(np.concatenate([charge.hours_s, charge.hours_s + SECONDS_PER_HOUR]))


def demand_s(tariff: Charges) -> Iterator[float]:
    """Lengths of the demand intervals of a tariff."""
    for charge in _all(tariff):
        if isinstance(charge, DemandCharge | CoincidentCharge):
            yield charge.interval_s


def _all(tariff: Charges) -> list[Charge]:
    return [charge for _, _, one in tariff.over_time() for charge in one.charges]


def add_charges(tariff: Charges, meter: Meter) -> None:
    """Add the charges of a tariff to the program, each set of them in its own months."""
    begins_s = meter.intervals.metered.month_edges_s[:-1]
    for begin_s, end_s, charges in tariff.over_time():
        holds = (begins_s >= max(begin_s, 0.0)) & (begins_s < end_s)
        if holds.any():
            _add(charges, meter, holds)


def _add(charges: Charges, meter: Meter, holds: NDArray[np.bool_]) -> None:
    """Add a set of charges in some months. Peaks of other months count for its ratchets."""
    program, constants = meter.program, meter.constants
    first, fixed = len(program.costs), len(constants)
    is_apart = any(isinstance(charge, CoincidentCharge) for charge in charges.charges)
    for charge in charges.charges:
        if holds.all() or not isinstance(charge, CoincidentCharge):  # its month depends on dispatch
            _ADDS[type(charge)](charge, meter)
    program.costs[first:] = [replace(one, usd=one.usd * holds[one.month]) for one in program.costs[first:]]
    constants[fixed:] = [(owner, line, usd * holds) for owner, line, usd in constants[fixed:]]
    if charges.least_usd and not is_apart:
        _least(charges, meter, holds, program.costs[first:], constants[fixed:])


def _least(
    charges: Charges, meter: Meter, holds: NDArray[np.bool_], costs: list[Cost], constants: list[Constant]
) -> None:
    """What is missing to the least amount of a month's bill."""
    program, months = meter.program, meter.intervals.months
    missing = program.variables(*free(months))
    least = holds * charges.least_usd * counted(meter.intervals.metered, charges.least_every)
    fixed = sum((usd for _, _, usd in constants), np.zeros(months))
    lines = [(cost.month, cost.variables, -cost.usd) for cost in costs]
    program.at_most(fixed - least, each(missing, -1.0), *lines)
    program.pay(meter.owner, MINIMUM_CHARGE, np.arange(months), missing, holds.astype(np.float64))


def _energy(charge: EnergyCharge, meter: Meter) -> None:
    at = meter.intervals.at
    meter.energy(ENERGY_CHARGE, at(charge.import_usd_per_mwh))
    meter.energy(EXPORT_REVENUE, at(charge.export_usd_per_mwh), is_fed=True)


def _tiered(charge: TieredEnergyCharge, meter: Meter) -> None:
    """Energy at rates by tier.

    Where tiers count by month and end alike in all periods, energy may fill them in any order, as far as they
    reach: a bound, which is exact for rates that rise (that fall, where it is sold) and do not depend on the
    period. Otherwise it is charged at the best rate of its period.
    """
    best = max if charge.is_sold else min
    period = meter.intervals.at(charge.periods).astype(np.int64)
    ends = {tiers.until for tiers in charge.tiers}
    if len(ends) > 1 or charge.is_daily or charge.is_per_mw or len(charge.tiers[0].until) == 1:
        rates = np.array([best(tiers.usd) for tiers in charge.tiers])
        meter.energy(charge.name, rates[period], is_fed=charge.is_sold)
        return
    program, months, periods = meter.program, meter.intervals.months, len(charge.tiers)
    flow, sign = (meter.fed, -1.0) if charge.is_sold else (meter.drawn, 1.0)
    month = np.repeat(np.arange(months), periods)
    groups, parts = np.arange(months * periods), []
    for tier, width in enumerate(np.diff([0.0, *charge.tiers[0].until])):
        part = program.variables(*free(len(groups)))
        usd = np.tile([sign * tiers.usd[tier] for tiers in charge.tiers], months)
        program.pay(meter.owner, charge.name, month, part, usd)
        if width < np.inf:
            program.at_most(np.full(months, width), (month, part, np.ones(len(part))))
        parts.append(each(part, -1.0))
    of = meter.intervals.month * periods + period
    program.equal(np.zeros(len(groups)), (of, flow, meter.intervals.hours), *parts)


def _demand(charge: DemandCharge, meter: Meter) -> None:
    """The highest demand of each month or day in each period, with ratchet and minimum take."""
    metered = meter.intervals.metered
    begins_s = metered.demand_edges_s(charge.interval_s)[:-1]
    month = metered.month_of(begins_s)
    charged = np.array([begin.month in charge.months for begin in metered.months])
    period = np.zeros(len(begins_s)) if charge.periods is None else charge.periods.values_at(begins_s)
    for number, tiers in enumerate(charge.tiers):
        here = period == number
        if not any(tiers.usd) or not here.any():
            continue
        if charge.is_daily:
            _daily(charge, meter, tiers, month, here & charged[month])
        else:
            _monthly(charge, meter, tiers, np.where(here, month, -1), charged)


def _monthly(
    charge: DemandCharge, meter: Meter, tiers: Tiers, group: Places, charged: NDArray[np.bool_]
) -> None:
    months = meter.intervals.months
    highest = meter.peaks(charge.interval_s, group, months)
    billed = np.flatnonzero(charged & np.isin(np.arange(months), group))
    if not len(billed):
        return
    least = np.full(months, charge.least_mw)
    linked: list[tuple[int, int]] = []
    if charge.ratchet is not None:
        known, linked = _ratchet(charge.ratchet, meter.intervals)
        least = np.maximum(least, known)
    parts = meter.billed(charge.name, tiers, billed, least[billed])
    place = np.full(months, -1)
    place[billed] = np.arange(len(billed))
    pairs = np.array([(at, at) for at in billed] + [pair for pair in linked if place[pair[0]] >= 0])
    now, before = pairs.T
    share = np.where(now == before, 1.0, charge.ratchet.share_pu if charge.ratchet else 1.0)
    rows = np.arange(len(pairs))
    meter.program.at_most(
        np.zeros(len(pairs)),
        (rows, highest[before], share),
        *((rows, part[place[now]], np.full(len(pairs), -1.0)) for part in parts),
    )


def _ratchet(ratchet: Ratchet, intervals: Intervals) -> tuple[Array, list[tuple[int, int]]]:
    """Demand billed at least for peaks before the run; and pairs of a month and one before that counts."""
    begins = intervals.metered.months
    known = ratchet.billed_mw(begins, np.zeros(len(begins)))
    calendar_month = [begin.year * MONTHS_PER_YEAR + begin.month for begin in begins]
    pairs = [
        (now, before)
        for now in range(len(begins))
        for before in range(now)
        if calendar_month[now] - calendar_month[before] <= ratchet.last_months
        and (ratchet.months is None or begins[before].month in ratchet.months)
    ]
    return known, pairs


def _daily(charge: DemandCharge, meter: Meter, tiers: Tiers, month: Places, here: Array) -> None:
    metered = meter.intervals.metered
    begins_s = metered.demand_edges_s(charge.interval_s)[:-1]
    hours = metered.calendar.hour_starts(float(metered.edges_s[-1]))
    day = hours.day[np.searchsorted(hours.t_s, begins_s, side="right") - 1]
    days, place = np.unique(day[here], return_inverse=True)
    if not len(days):
        return
    group = np.full(len(begins_s), -1)
    group[here] = place
    month_of = np.zeros(len(days), dtype=np.int64)
    month_of[place] = month[here]
    highest = meter.peaks(charge.interval_s, group, len(days))
    parts = meter.billed(charge.name, tiers, month_of, np.full(len(days), charge.least_mw))
    meter.program.at_most(np.zeros(len(days)), each(highest), *(each(part, -1.0) for part in parts))


def _coincident(charge: CoincidentCharge, meter: Meter) -> None:
    """The highest demand at given hours; it stands in the month of the first of them."""
    metered = meter.intervals.metered
    begins_s = metered.demand_edges_s(charge.interval_s)[:-1]
    inside = np.zeros(len(begins_s), dtype=bool)
    for hour_s in charge.hours_s.tolist():
        inside |= (begins_s >= hour_s) & (begins_s < hour_s + SECONDS_PER_HOUR)
    if inside.any():
        highest = meter.peaks(charge.interval_s, np.where(inside, 0, -1), 1)
        month = metered.month_of(begins_s[inside][:1])
        meter.program.pay(meter.owner, DEMAND_CHARGE, month, highest, np.array([charge.usd_per_mw]))


def _fixed(charge: FixedCharge, meter: Meter) -> None:
    lines: list[BillLine] = charge.lines(meter.intervals.metered)
    meter.constants += [(meter.owner, line.name, line.usd) for line in lines]


_ADDS: dict[type[Charge], Callable[[Any, Meter], None]] = {
    EnergyCharge: _energy,
    TieredEnergyCharge: _tiered,
    DemandCharge: _demand,
    CoincidentCharge: _coincident,
    FixedCharge: _fixed,
}


def is_known(tariff: Charges) -> bool:
    """Whether the program has all charges of a tariff."""
    sets = [one for _, _, one in tariff.over_time()]
    return all(type(one) is Charges for one in sets) and all(type(one) in _ADDS for one in _all(tariff))
