"""Regret: the bound on the cost of a run, by a linear program with perfect foresight."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from sim.books.closed import Flow, Grain
from sim.campus.campus import Campus
from sim.demand.measured import MeasuredLoad
from sim.regret import charges
from sim.regret.agreements import add_agreement, series_of
from sim.regret.found import Amount, Regret
from sim.regret.intervals import Intervals, flow
from sim.regret.program import Program
from sim.regret.refusals import check, check_supply
from sim.regret.supply import Flows, Supply, add_grid, add_source, add_store, cuts_s
from sim.runs.bill import BILL
from sim.runs.run import Run
from sim.site import Site
from sim.timeseries.series import Array
from sim.units import KG_PER_T

UNSERVED = "unserved energy"
"""Line of unserved energy at the value of lost load; it is not in the bill."""
_Lines = dict[tuple[str, str], Array]


def regret(run: Run, campus: Campus) -> Regret:
    """How far the dispatch of a run is from a lower bound on its cost.

    1. Refuse what the program cannot hold.
    2. Cut the run where anything given changes.
    3. Put supply, demand and contracts into the program.
    4. Solve it.
    5. Set its costs and energies beside those of the books.

    Args:
        run: The run, with every change recorded.
        campus: Its model.

    Raises:
        SpecError: If there is no bound for such a run.
    """
    check(run, campus)
    carbon = campus.carbon_usd_per_t / KG_PER_T
    site = Site(
        campus.calendar,
        run.books.horizon_s,
        seed=run.seed,
        carbon_usd_per_kg=carbon,
        weather=campus.weather,
    )
    supply = Supply.of(run, campus, site)
    check_supply(campus, supply)
    wanted = _wanted(run)
    flows = Flows(Program(), _intervals(supply, campus, wanted))
    for name in supply.sources:
        add_source(flows, supply, name)
    for name in supply.grids:
        add_grid(flows, supply, name)
    stores = {one.name: one for one in run.books.hours.stores}
    for name in supply.stores:
        add_store(flows, supply, name, stores[name])
    for name, agreement in sorted(campus.agreements.items()):
        add_agreement(flows, supply, name, agreement)
    worth = {name: _worth(campus, name) for name in wanted}
    for name, mw in wanted.items():
        unserved = flows.add(name, Flow.UNSERVED, flows.intervals.means(mw))
        flows.pay(name, UNSERVED, unserved, worth[name])
    flows.balance(flows.intervals.means(sum(wanted.values(), np.zeros(len(run.t_s)))))
    return _compared(run, flows, flows.program.solve(), worth)


def _wanted(run: Run) -> dict[str, Array]:
    """Demand of each load at the recorded rows: what was served, and what was not."""
    owners = dict.fromkeys(one.owner for one in run.books.columns if one.label == Flow.SERVED)
    return {name: flow(run.books, name, Flow.SERVED, Flow.UNSERVED) for name in owners}


def _worth(campus: Campus, name: str) -> float:
    """Value of lost load of a load [USD/MWh]."""
    load = campus.demand.get(name)
    if isinstance(load, MeasuredLoad):
        return load.worth_usd_per_mwh
    return campus.facility.firm_worth_usd_per_mwh


def _intervals(supply: Supply, campus: Campus, wanted: dict[str, Array]) -> Intervals:
    """The intervals of the program."""
    run = supply.run
    cuts = cuts_s(supply, run.books)
    lengths: list[float] = []
    for tariff in supply.charges.values():
        cuts += charges.cuts_s(tariff, run.calendar, run.books.horizon_s)
        lengths += charges.demand_s(tariff)
    for name, agreement in campus.agreements.items():
        cuts += [series.times_s for series in series_of(supply, name, agreement)[1]]
    return Intervals.of(run, [*wanted.values(), *supply.usable_mw.values()], cuts, lengths)


def _compared(run: Run, flows: Flows, found: Array, worth: dict[str, float]) -> Regret:
    """Both sides by month."""
    simulated = _simulated(run, worth)
    bound = _bound(flows, found)
    months = [f"{begin:%Y-%m}" for begin in flows.intervals.metered.months]
    costs = _amounts(months, simulated, bound)
    energies = {
        (owner, str(kind)): flows.intervals.by_month(found[variables] * flows.intervals.hours)
        for (owner, kind), variables in flows.variables.items()
    }
    metered = {
        (one.owner, str(one.label)): mwh
        for one, mwh in zip(run.books.columns, run.books.monthly, strict=True)
        if (one.owner, one.label) in energies
    }
    return Regret(
        name=run.name,
        simulated_usd=sum(float(usd.sum()) for usd in simulated.values()),
        bound_usd=sum(float(usd.sum()) for usd in bound.values()),
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
