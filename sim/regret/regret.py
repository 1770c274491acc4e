"""Regret: the bound on the cost of a run, by a linear program with perfect foresight."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from sim.books.closed import Flow, Grain
from sim.campus.campus import Campus
from sim.regret import charges
from sim.regret.agreements import add_agreement, series_of
from sim.regret.demand import Demand, add_demand
from sim.regret.facility import air_turns_s
from sim.regret.found import Amount, Regret
from sim.regret.intervals import Intervals
from sim.regret.jobs import Jobs
from sim.regret.program import Program
from sim.regret.refusals import check, check_before
from sim.regret.supply import UNSERVED, Flows, Supply, add_grid, add_source, add_store, cuts_s
from sim.regret.units import add_fleet, add_reactor
from sim.regret.work import NOT_DONE, not_done_usd
from sim.runs.bill import BILL
from sim.runs.run import Run
from sim.site import Site
from sim.timeseries.series import Array
from sim.units import KG_PER_T

_Lines = dict[tuple[str, str], Array]


def regret(run: Run, campus: Campus) -> Regret:
    """How far the dispatch of a run is from a lower bound on its cost.

    1. Refuse what the program cannot hold.
    2. Cut the run where prices and given powers change.
    3. Put supply, contracts, work and demand into the program.
    4. Solve it.
    5. Set its costs and energies beside those of the books.
    6. With flexible jobs, do so once more with their power as in the run: that is the part of supply.

    Firm demand is a realised trace, of loads, streams of requests, idle servers and firm jobs alike: what
    they wanted in the run is wanted in the bound, and what is not given is unserved at the value of lost
    load. Requests that the run dropped are dropped in the bound too, and are charged on neither side.

    Args:
        run: The run, with every change recorded.
        campus: Its model.

    Raises:
        SpecError: If there is no bound for such a run.
    """
    check_before(campus, run.record_s)
    carbon = campus.carbon_usd_per_t / KG_PER_T
    site = Site(
        campus.calendar,
        run.books.horizon_s,
        seed=run.seed,
        carbon_usd_per_kg=carbon,
        weather=campus.weather,
    )
    supply = Supply.of(run, campus, site)
    check(run, campus, supply)
    jobs = Jobs.of(run, campus)
    found = _solved(supply, jobs)
    if not jobs.tiers:
        return found
    as_run = _solved(supply, jobs.as_run())
    return replace(found, supply_gap_usd=min(as_run.gap_usd, found.gap_usd))  # intervals of each differ


def _solved(supply: Supply, jobs: Jobs) -> Regret:
    """The bound with the work of some jobs moved, beside the run."""
    run, campus, demand = jobs.run, jobs.campus, Demand.of(jobs)
    flows = Flows(Program(), _intervals(supply, demand))
    _add_supply(flows, supply)
    stores = {one.name: one for one in run.books.hours.stores}
    for name in supply.stores:
        add_store(flows, supply, name, stores[name])
    for name, agreement in sorted(campus.agreements.items()):
        add_agreement(flows, supply, name, agreement)
    add_demand(flows, supply.site, demand)
    return _compared(flows, flows.program.solve(), demand)


def _add_supply(flows: Flows, supply: Supply) -> None:
    """Sources and connections."""
    for name in supply.sources:
        if name in supply.turbines:
            add_fleet(flows, supply, name)
        elif name in supply.reactors:
            add_reactor(flows, supply, name)
        else:
            add_source(flows, supply, name)
    for name in supply.grids:
        add_grid(flows, supply, name)


def _intervals(supply: Supply, demand: Demand) -> Intervals:
    """The intervals of the program."""
    run, campus = supply.run, demand.jobs.campus
    cuts = cuts_s(supply, run.books)
    lengths: list[float] = []
    for tariff in supply.charges.values():
        cuts += charges.cuts_s(tariff, run.calendar, run.books.horizon_s)
        lengths += charges.demand_s(tariff)
    for name, agreement in campus.agreements.items():
        cuts += [series.times_s for series in series_of(supply, name, agreement)[1]]
    given = [*demand.given_mw(), *supply.usable_mw.values()]
    turns = [*demand.jobs.turns_s(), air_turns_s(campus.facility, supply.site)]
    return Intervals.of(run, given, turns, cuts, lengths)


def _compared(flows: Flows, found: Array, demand: Demand) -> Regret:
    """Both sides by month."""
    jobs, run = demand.jobs, demand.jobs.run
    simulated = _simulated(run, demand.worth_usd_per_mwh)
    for owner, usd in not_done_usd(jobs).items():
        simulated[owner, NOT_DONE][-1] += usd
    bound = _bound(flows, found)
    months = [f"{begin:%Y-%m}" for begin in flows.intervals.metered.months]
    costs = _amounts(months, simulated, bound)
    energies = {(owner, str(kind)): mwh for (owner, kind), mwh in flows.mwh(found).items()}
    metered: _Lines = defaultdict(lambda: np.zeros(len(months)))
    for one, mwh in zip(run.books.columns, run.books.monthly, strict=True):
        name = jobs.owners.get(one.owner, one.owner) if one.label == Flow.SERVED else one.owner
        if (name, str(one.label)) in energies:
            metered[name, str(one.label)] += mwh
    for owner, idle_mw in jobs.idle_mw().items():
        key = jobs.owners[owner], str(Flow.SERVED)
        if key in energies:
            energies[key] += flows.intervals.by_month(flows.intervals.means(idle_mw) * flows.intervals.hours)
    simulated_usd, bound_usd = (
        sum(float(usd.sum()) for usd in lines.values()) for lines in (simulated, bound)
    )
    return Regret(
        name=run.name,
        simulated_usd=simulated_usd,
        bound_usd=bound_usd,
        supply_gap_usd=simulated_usd - bound_usd,
        intervals=len(flows.intervals),
        costs=costs,
        energies=_amounts(months, metered, energies),
    )


def _simulated(run: Run, worth: dict[str, float]) -> _Lines:
    """The bill and the value of unserved energy, by participant and line."""
    books = run.books
    found: _Lines = defaultdict(lambda: np.zeros(books.monthly.shape[1]))
    for one in books.posted(BILL):
        if one.account.grain is Grain.MONTH:
            found[one.owner, one.account.part] += one.amounts
    for column, mwh in zip(books.columns, books.monthly, strict=True):
        if column.label == Flow.UNSERVED:
            found[column.owner, UNSERVED] += mwh * worth[column.owner]
    return found


def _bound(flows: Flows, found: Array) -> _Lines:
    """The costs of the program, by participant and line."""
    months = flows.intervals.months
    lines: _Lines = defaultdict(lambda: np.zeros(months))
    for cost in flows.program.costs:
        usd = cost.usd * found[cost.variables]
        lines[cost.owner, cost.line] += np.bincount(cost.month, weights=usd, minlength=months)
    for owner, line, amounts in flows.constants:
        lines[owner, line] += amounts
    return lines


def _amounts(months: list[str], simulated: _Lines, bound: _Lines) -> tuple[Amount, ...]:
    """Both sides by month; what is 0 on both is left out."""
    none = np.zeros(len(months))
    return tuple(
        Amount(month, owner, what, float(left), float(right))
        for owner, what in sorted({*simulated, *bound})
        for month, left, right in zip(
            months, simulated.get((owner, what), none), bound.get((owner, what), none), strict=True
        )
        if left or right
    )
