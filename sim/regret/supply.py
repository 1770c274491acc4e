"""The supply in the program: connections, stores, and sources without units."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.books.closed import Closed, Flow, StoreHours
from sim.campus.campus import Campus
from sim.contracts.carbon import CARBON_COST
from sim.contracts.charges import Charges
from sim.regret.charges import Constant, Meter, add_charges
from sim.regret.intervals import Intervals, flow
from sim.regret.program import Program, Term, each, free
from sim.runs.run import Run
from sim.site import Site
from sim.supply.battery import Battery
from sim.supply.gas import GasTurbines
from sim.supply.grid import GridConnection
from sim.supply.reactor import SmallModularReactor
from sim.timeseries.series import Array, StepSeries, constant
from sim.timeseries.times import Places, union

WEAR = "wear"
UNSERVED = "unserved energy"
"""Line of unserved energy at the value of lost load; it is not in the bill."""
_FAILED = {"forced outage": 1.0, "repaired": -1.0}


@dataclass(frozen=True, eq=False)
class Supply:
    """The connections, sources and stores of a run.

    Attributes:
        run: The run.
        site: A site with the same calendar, seed and weather, which reads the series of specs.
        grids: Connections by name.
        stores: Batteries by name.
        sources: Other sources, with the least cost of a MWh by line.
        turbines: Those of them that are fleets of gas turbines.
        reactors: Those of them that are reactors.
    """

    run: Run
    site: Site
    grids: dict[str, GridConnection]
    stores: dict[str, Battery]
    sources: dict[str, dict[str, float]]
    turbines: dict[str, GasTurbines]
    reactors: dict[str, SmallModularReactor]

    @classmethod
    def of(cls, run: Run, campus: Campus, site: Site) -> Supply:
        """The supply of a campus."""
        supply = campus.supply.items()
        costs = {name: one.least_usd_per_mwh(site.carbon_usd_per_kg) for name, one in supply}
        return cls(
            run,
            site,
            {name: one for name, one in supply if isinstance(one, GridConnection)},
            {name: one for name, one in supply if isinstance(one, Battery)},
            {name: cost for name, cost in costs.items() if cost is not None},
            {name: one for name, one in supply if isinstance(one, GasTurbines)},
            {name: one for name, one in supply if isinstance(one, SmallModularReactor)},
        )

    @cached_property
    def charges(self) -> dict[str, Charges]:
        """The tariffs by connection."""
        return {name: grid.charges(self.site) for name, grid in self.grids.items()}

    @cached_property
    def usable_mw(self) -> dict[str, Array]:
        """Power that was available, at the recorded rows: import of connections, and output of sources."""
        books = self.run.books
        found = {name: flow(books, name, Flow.IMPORT, Flow.HEADROOM) for name in self.grids}
        rest = (Flow.DELIVERED, Flow.CURTAILED, Flow.HEADROOM)
        found |= {name: flow(books, name, *rest) for name in self.sources}
        for name, fleet in self.turbines.items():
            found[name] = np.maximum(found[name], self._units_mw(name, fleet))
        return found

    def _units_mw(self, name: str, fleet: GasTurbines) -> Array:
        """Power of the units in service that have not failed, whether they run or not.

        A unit may have failed and be under a planned outage too, so the lower of both counts is no less.
        """
        books = self.run.books
        events = [one for one in books.events if one["owner"] == name and one["event"] in _FAILED]
        changes = np.array([0.0, *(_FAILED[one["event"]] for one in events)])
        times_s = np.array([one["t_s"] for one in events])
        failed = np.cumsum(changes)[np.searchsorted(times_s, books.t_s, side="right")]
        there = self.run.participant(name).service_pu.values_at(books.t_s) * fleet.units
        return np.asarray(np.minimum(there, fleet.units - failed) * fleet.unit_mw)

    @cached_property
    def export_mw(self) -> dict[str, StepSeries]:
        """Limits of export by connection."""
        return {
            name: next(one.mw for one in self.run.participant(name).bounds if one.flow == Flow.EXPORT)
            for name in self.grids
        }

    def is_there(self, name: str) -> StepSeries:
        """Whether a store takes part."""
        highest = self.run.participant(name).highest_mwh
        if highest is None:
            return constant(0.0)
        return StepSeries(highest.times_s, (highest.values > 0.0).astype(np.float64))


@dataclass(eq=False)
class Flows:
    """The variables of the program by participant and flow, and what they add up to.

    Attributes:
        program: The program.
        intervals: Its intervals.
        variables: Variables by participant and flow; one in each interval.
        constants: Lines that do not depend on dispatch: participant, line, amounts by month.
        sleeved: Output of sleeved agreements so far, by connection.
        shares: Share of a participant in its variables, where several have the same ones.
    """

    program: Program
    intervals: Intervals
    variables: dict[tuple[str, Flow], Places] = field(default_factory=dict)
    constants: list[Constant] = field(default_factory=list)
    sleeved: dict[str, Array] = field(default_factory=dict)
    shares: dict[tuple[str, Flow], Array] = field(default_factory=dict)

    def add(self, owner: str, kind: Flow, most_mw: Array) -> Places:
        """Add a flow."""
        found = self.program.variables(*free(len(self.intervals), np.maximum(most_mw, 0.0)))
        self.variables[owner, kind] = found
        return found

    def add_unserved(self, wanted_mw: dict[str, Array], usd_per_mwh: Array | float) -> Array:
        """Unserved power of loads with one value of lost load, which lack it in proportion; their demand."""
        total_mw = sum(wanted_mw.values(), np.zeros(len(self.intervals)))
        unserved = self.program.variables(*free(len(self.intervals), np.maximum(total_mw, 0.0)))
        for name, mw in wanted_mw.items():
            share = np.divide(mw, total_mw, out=np.zeros_like(mw), where=total_mw > 0.0)
            self.variables[name, Flow.UNSERVED], self.shares[name, Flow.UNSERVED] = unserved, share
            self.pay(name, UNSERVED, unserved, usd_per_mwh * share)
        return total_mw

    def mwh(self, found: Array) -> dict[tuple[str, Flow], Array]:
        """Energy of each flow by month.

        Args:
            found: The solution.
        """
        return {
            flow: self.intervals.by_month(found[at] * self.intervals.hours * self.shares.get(flow, 1.0))
            for flow, at in self.variables.items()
        }

    def balance(self, demand_mw: Array) -> None:
        """Supply is demand, given and moved; an only connection does not export what it imports."""
        drawn = [variables for (_, kind), variables in self.variables.items() if kind is Flow.IMPORT]
        terms: list[Term] = []
        for (name, kind), variables in self.variables.items():
            sign = -1.0 if kind in {Flow.CHARGE, Flow.EXPORT, Flow.SERVED} else 1.0
            terms.append(each(variables, sign * self.shares.get((name, kind), 1.0)))
        if len(drawn) == 1:
            kinds = [kind for _, kind in self.variables]
            within = {Flow.IMPORT, Flow.CHARGE, Flow.SERVED, Flow.UNSERVED}
            self.program.at_most(
                demand_mw, *(term for term, kind in zip(terms, kinds, strict=True) if kind in within)
            )
        self.program.equal(demand_mw, *terms)

    def pay(self, owner: str, line: str, variables: Places, usd_per_mwh: Array | float) -> None:
        """Charge the energy of a flow."""
        usd = usd_per_mwh * self.intervals.hours
        self.program.pay(owner, line, self.intervals.month, variables, usd)


def add_source(flows: Flows, supply: Supply, name: str) -> None:
    """A source: any power up to what was available, at its least cost."""
    given = flows.add(name, Flow.DELIVERED, flows.intervals.means(supply.usable_mw[name]))
    for line, usd in supply.sources[name].items():
        flows.pay(name, line, given, usd)


def add_grid(flows: Flows, supply: Supply, name: str) -> Meter:
    """A connection: import or export within the limits that held, at its tariff and cost of carbon."""
    intervals = flows.intervals
    most = intervals.highest(supply.usable_mw[name])
    sold = intervals.at(supply.export_mw[name])
    drawn = flows.add(name, Flow.IMPORT, intervals.means(supply.usable_mw[name]))
    fed = flows.add(name, Flow.EXPORT, sold)
    both = np.flatnonzero((most > 0.0) & (sold > 0.0))
    share = each(drawn[both], 1.0 / most[both]), each(fed[both], 1.0 / sold[both])
    flows.program.at_most(np.ones(len(both)), *share)  # power flows one way at a time
    meter = Meter(name, flows.program, intervals, drawn, fed, float(most.max()), flows.constants)
    add_charges(supply.charges[name], meter)
    carbon = supply.site.series(supply.grids[name], "carbon_kgco2_per_mwh")
    meter.energy(CARBON_COST, intervals.at(carbon) * supply.site.carbon_usd_per_kg)
    return meter


def add_store(flows: Flows, supply: Supply, name: str, hours: StoreHours) -> None:
    """A store: from its level at the start to that at the end, with its losses and wear.

    Standing loss may be anything up to its rate, since it stops at the lowest level.
    """
    spec, program, intervals = supply.stores[name], flows.program, flows.intervals
    count, there = len(intervals), intervals.at(supply.is_there(name))
    charge_mw = spec.power_mw if spec.charge_power_mw is None else spec.charge_power_mw
    charge = flows.add(name, Flow.CHARGE, there * charge_mw)
    discharge = flows.add(name, Flow.DISCHARGE, there * spec.power_mw)
    if charge_mw and spec.power_mw:  # it charges or discharges
        program.at_most(np.ones(count), each(charge, 1.0 / charge_mw), each(discharge, 1.0 / spec.power_mw))
    first, last = float(hours.level_mwh[0]), float(hours.level_mwh[-1])
    low, high = (np.full(count, soc_pu * spec.energy_mwh) for soc_pu in (spec.min_soc_pu, spec.max_soc_pu))
    low[-1] = high[-1] = last
    level = program.variables(low, high)
    right = np.zeros(count)
    right[0] = first
    before = (np.arange(1, count), level[:-1], np.full(count - 1, -1.0))
    lost = program.variables(*free(count, there * spec.standing_loss_mw))
    program.equal(
        right,
        each(level),
        before,
        each(charge, -spec.charge_efficiency_pu * intervals.hours),
        each(discharge, intervals.hours / spec.discharge_efficiency_pu),
        each(lost, intervals.hours),
    )
    for variables, usd in ((charge, spec.charge_wear_usd_per_mwh), (discharge, spec.wear_usd_per_mwh)):
        flows.pay(name, WEAR, variables, usd)


def cuts_s(supply: Supply, books: Closed) -> list[Array]:
    """Elapsed seconds at which limits, prices or stores change, tariffs apart."""
    carbon = [supply.site.series(grid, "carbon_kgco2_per_mwh") for grid in supply.grids.values()]
    there = [supply.is_there(name) for name in supply.stores]
    found = [*supply.export_mw.values(), *(carbon if supply.site.carbon_usd_per_kg else ()), *there]
    return [union(series.times_s, np.array([books.horizon_s])) for series in found]
