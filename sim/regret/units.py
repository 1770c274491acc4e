"""Units in the program: fleets that start, and plants that ramp.

The running units of a fleet are a number that need not be whole. Its mean over an interval is one that the
run passes within it, so the rises of the means are at most its starts. Fuel is a convex function of load and
units, so it is nowhere below the lines through its first and its last part. Minimum levels, run times and the
time of a start are left out; so are starts of the first interval.

A ramp moves its position by its rate at most, and gives power within half a step of it. So the means of two
intervals differ by at most the rate times the distance of their middles, and a step. That holds between
intervals in which the same power is in service: an outage overrides the ramp.
"""

from __future__ import annotations

import numpy as np

from sim.books.closed import Flow
from sim.plant.ramp import STEP_PU
from sim.regret.program import each, free
from sim.regret.supply import Flows, Supply
from sim.supply.gas import VARIABLE
from sim.timeseries.series import Array
from sim.timeseries.times import Places
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE


def add_fleet(flows: Flows, supply: Supply, name: str) -> None:
    """A fleet of gas turbines: its running units and their starts, and fuel by two lines of the heat rate."""
    spec, program, intervals = supply.turbines[name], flows.program, flows.intervals
    count, carbon = len(intervals), supply.site.carbon_usd_per_kg
    most = intervals.means(supply.usable_mw[name])
    given = flows.add(name, Flow.DELIVERED, most)
    running, more, starts = (program.variables(*free(count)) for _ in range(3))
    (idle, first), (lower, last) = spec.heat_lines
    program.at_most(np.zeros(count), each(given), each(running, -spec.unit_mw))
    program.at_most(
        np.zeros(count),
        each(given, last - first),
        each(running, spec.unit_mw * (lower - idle)),
        each(more, -1.0),
    )
    for line, usd in spec.fuel_usd_per_mmbtu(carbon).items():
        for variables, mmbtu in ((running, idle * spec.unit_mw), (given, first), (more, 1.0)):
            flows.pay(name, line, variables, mmbtu * usd)
    flows.pay(name, VARIABLE, given, spec.variable_usd_per_mwh)
    later = np.arange(count - 1)
    now, before = (later, running[1:], np.ones(count - 1)), (later, running[:-1], -np.ones(count - 1))
    program.at_most(np.zeros(count - 1), now, before, each(starts[1:], -1.0))
    for line, usd in spec.start_costs_usd(carbon).items():
        program.pay(name, line, intervals.month, starts, np.full(count, usd))


def add_reactor(flows: Flows, supply: Supply, name: str) -> None:
    """A plant of reactor modules: its level ramps, and what of it is not delivered is dumped at its cost."""
    intervals, program = flows.intervals, flows.program
    usable_mw = supply.usable_mw[name]
    most = intervals.means(usable_mw)
    given, level = flows.add(name, Flow.DELIVERED, most), program.variables(*free(len(most), most))
    program.at_most(np.zeros(len(most)), each(given), each(level, -1.0))
    for line, usd in supply.sources[name].items():
        flows.pay(name, line, level, usd)
    spec = supply.reactors[name]
    rated_mw, _ = spec.nameplate()
    far_h = (intervals.hours[1:] + intervals.hours[:-1]) / 2.0
    per_h = rated_mw * spec.ramp_pu_per_min * SECONDS_PER_HOUR / SECONDS_PER_MINUTE
    reach = per_h * far_h + STEP_PU * rated_mw
    steady = intervals.highest(usable_mw) == -intervals.highest(-usable_mw)
    same = steady[1:] & steady[:-1] & (most[1:] == most[:-1])
    _limit(flows, level, np.flatnonzero(same & (reach < most[1:])), reach)


def _limit(flows: Flows, level: Places, first: Places, reach: Array) -> None:
    """Changes of a level from some intervals to the next are within reach."""
    for sign in (1.0, -1.0):
        flows.program.at_most(reach[first], each(level[first + 1], sign), each(level[first], -sign))
