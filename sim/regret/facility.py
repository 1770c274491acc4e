"""The facility in the program: the demand that IT power causes, as a straight line from below.

The power of a facility is a convex function of its IT power: losses grow with the square, and cooling counts
at its least ratio. So it is nowhere below a tangent. The tangent at the mean IT power of an interval, in its
coldest air, is a lower bound on the mean power of any dispatch in the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.books.closed import Closed, Flow
from sim.demand.cooling import Cooling
from sim.demand.facility import Facility
from sim.demand.overhead import FACILITY
from sim.regret.intervals import Intervals, flow
from sim.site import Site
from sim.timeseries.series import Array, StepSeries

_STEP_PU = 1e-5
"""Part of the IT power over which the slope is taken: convex, it errs to the lower side by its square."""


@dataclass(frozen=True, eq=False)
class FacilityLine:
    """Demand of the facility in each interval as a line over IT power that can be moved.

    Attributes:
        per_it: Power for each megawatt of it.
        excess_mw: Power that the run had above the line, which is not part of the demand that is given.
        worth_pu: Least value of unserved power of IT loads, as a share of their value of lost load: power
            not given to IT equipment also saves what the line adds.
    """

    per_it: Array
    excess_mw: Array
    worth_pu: Array


def facility_line(spec: Facility, site: Site, intervals: Intervals, moved_mw: Array) -> FacilityLine:
    """The line of a facility.

    Args:
        spec: The facility.
        site: The site, for its weather.
        intervals: The intervals.
        moved_mw: Mean IT power of each that can be moved.
    """
    count = len(intervals)
    if spec.is_constant:
        return FacilityLine(np.full(count, spec.proportional), np.zeros(count), np.ones(count))
    books = intervals.books
    it_mw, all_mw = _it_mw(books)
    mean_mw, power_mw = intervals.means(it_mw), intervals.means(all_mw)
    slope, least, line_mw = np.ones(count), np.ones(count), np.zeros(count)
    for at, ratio in enumerate(_cooling_pu(spec, site, intervals).tolist()):
        slope[at], least[at], line_mw[at] = _tangent(spec, ratio, float(mean_mw[at]))
    given_mw = np.minimum(power_mw - slope * moved_mw, line_mw - slope * moved_mw)
    return FacilityLine(slope, np.maximum(power_mw - slope * moved_mw - given_mw, 0.0), least / slope)


def _tangent(spec: Facility, cooling_pu: float, it_mw: float) -> tuple[float, float, float]:
    """Slope, power per IT power without load, and power, at an IT power."""
    if spec.cooling is not None:
        ratio = {"cooling": None, "pue": 1.0 + cooling_pu, "fixed_pu": 0.0}
        spec = spec.model_copy(update=ratio)
    step_mw = _STEP_PU * it_mw

    def power_mw(at_mw: float) -> float:
        return at_mw + spec.constant_mw + sum(draw.at(at_mw) for draw in spec.draws(at_mw, 0.0).values())

    least = 1.0 + sum(draw.per_it for draw in spec.draws(0.0, 0.0).values())
    found_mw = power_mw(it_mw)
    if not step_mw:
        return least, least, found_mw
    return (found_mw - power_mw(it_mw - step_mw)) / step_mw, least, found_mw


def _cooling_pu(spec: Facility, site: Site, intervals: Intervals) -> Array:
    """The least power for cooling per IT power in each interval; 0 without cooling."""
    if spec.cooling is None:
        return np.zeros(len(intervals))
    air_c = -intervals.highest_of(_air_c(spec.cooling, site).scaled(-1.0))
    return np.array([spec.cooling.least_pu(each_c) or 0.0 for each_c in air_c.tolist()])


def air_turns_s(spec: Facility, site: Site) -> Array:
    """Elapsed seconds at which the air that cools it changes."""
    return np.zeros(0) if spec.cooling is None else _air_c(spec.cooling, site).times_s


def _air_c(cooling: Cooling, site: Site) -> StepSeries:
    """Wet-bulb temperature of the air."""
    return site.sky(FACILITY).wet_bulb(cooling.humidity_pu)


def _it_mw(books: Closed) -> tuple[Array, Array]:
    """IT power wanted and not held back, and all power of the facility with it, at the recorded rows."""
    owners = [one.owner for one in books.columns if one.label == Flow.IT]
    it_mw, all_mw = np.zeros(len(books.t_s)), flow(books, FACILITY, Flow.SERVED, Flow.UNSERVED)
    for owner in owners:
        it_mw += it_wanted_mw(books, owner)
        all_mw += flow(books, owner, Flow.SERVED, Flow.UNSERVED)
    return it_mw, all_mw


def it_wanted_mw(books: Closed, owner: str) -> Array:
    """IT power that a load wanted and that was not held back, at the recorded rows; 0 of others."""
    return flow(books, owner, Flow.IT) + flow(books, owner, Flow.UNSERVED) * it_pu(books, owner)


def it_pu(books: Closed, owner: str) -> Array:
    """IT power over the power of an IT load, at the recorded rows; 0 where it has none."""
    served_mw = flow(books, owner, Flow.SERVED)
    return np.divide(
        flow(books, owner, Flow.IT), served_mw, out=np.zeros_like(served_mw), where=served_mw > 0.0
    )
