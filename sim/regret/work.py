"""The work of flexible jobs in the program: it is done with power above idle, at any time.

The program may do the work of a stock at any time after submission, on any servers of the pool, and stop and
go on as it likes. All of this lowers cost:

- Idle power is drawn by the servers of a pool whether they have a job or not, so it is given. Start-up,
  checkpoints and lost work take no energy.
- By a time, each job has done at most its work, and at most full speed since its submission.
- Power and speed are a mean of the corners of a polygon around the measured curve (`corners_pu`).
- All jobs together have at most the GPUs of the pool for jobs. Servers do not fail.
- A job that the run ended within its deadline is done by then.
- The work that is charged if it is not done is that which the run did or had outstanding at its end. Work
  beyond it earns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sim.books.closed import Closed, Flow
from sim.regret.facility import FacilityLine
from sim.regret.intervals import Intervals
from sim.regret.jobs import Jobs, Stock
from sim.regret.program import Term, each, free
from sim.regret.supply import Flows
from sim.timeseries.series import Array
from sim.timeseries.times import Places

NOT_DONE = "work not done"
"""Line of work that is outstanding at the end, at the price of its jobs; it is not in the bill."""


def add_work(flows: Flows, jobs: Jobs, line: FacilityLine) -> None:
    """The work of all flexible jobs, and the power that it takes."""
    used: dict[str, list[Term]] = {}
    for pool in sorted({stock.tier.pool for stock in jobs.stocks}):
        stocks = [stock for stock in jobs.stocks if stock.tier.pool == pool]
        gpus = _gpus(flows.intervals, jobs, pool)
        parts = [_add_stock(flows, jobs, stock, gpus, line) for stock in stocks]
        _share(flows, stocks, parts, gpus)
        for stock, part in zip(stocks, parts, strict=True):
            corners = zip(part, stock.tier.corners, strict=True)
            used.setdefault(stock.tier.name, []).extend(each(one, share) for one, (share, _) in corners)
    for name, terms in used.items():
        drawn = flows.add(name, Flow.SERVED, np.full(len(flows.intervals), np.inf))
        flows.program.equal(np.zeros(len(drawn)), each(drawn, -1.0 / line.per_it), *terms)


def _gpus(intervals: Intervals, jobs: Jobs, pool: str) -> Array:
    """GPUs of a pool for jobs in each interval."""
    places = (load.placement() for load in jobs.campus.demand.values())
    kept = sum(place.gpus for place in places if place and place.permanent and place.pool == pool)
    there = intervals.means_of(jobs.run.participant(pool).service_pu.within(intervals.books.horizon_s))
    return there * max(0, jobs.campus.servers[pool].gpus_for_jobs - kept)


def _add_stock(flows: Flows, jobs: Jobs, stock: Stock, gpus: Array, line: FacilityLine) -> list[Places]:
    """The power at full speed of the jobs that are at each corner; and what their work adds up to."""
    program, intervals, tier = flows.program, flows.intervals, stock.tier
    count = len(intervals)
    most_mw = np.minimum(stock.most_mw(intervals), gpus * stock.mw_per_gpu)
    parts = [program.variables(*free(count, most_mw)) for _ in tier.corners]
    if len(parts) > 1:
        program.at_most(most_mw, *(each(part) for part in parts))
    high = stock.most_mwh(intervals.edges_s)[1:]
    done = program.variables(np.minimum(stock.least_mwh(intervals.edges_s)[1:], high), high)
    speeds = [speed for _, speed in tier.corners]
    program.at_most(
        np.zeros(count),
        each(done),
        (np.arange(1, count), done[:-1], np.full(count - 1, -1.0)),
        *(each(part, -speed * intervals.hours) for part, speed in zip(parts, speeds, strict=True)),
    )
    _charge(flows, jobs, stock, done[-1:], line)
    return parts


def _charge(flows: Flows, jobs: Jobs, stock: Stock, done: Places, line: FacilityLine) -> None:
    """What is missing at the end to the work that the run did or had outstanding."""
    per_it = _overhead(jobs, stock.tier.name, line) * stock.tier.flexible_pu
    reference = stock.done_mwh + stock.outstanding_mwh / per_it
    missing = flows.program.variables(*free(1, reference))
    flows.program.at_most(np.array([-reference]), each(done, -1.0), each(missing, -1.0))
    month, usd = flows.intervals.month[-1:], np.array([stock.tier.usd_per_mwh * per_it])
    flows.program.pay(stock.tier.name, NOT_DONE, month, missing, usd)


def _overhead(jobs: Jobs, name: str, line: FacilityLine) -> float:
    """Mean power of the facility for a unit of IT power of a tier in the run."""
    books, owners = jobs.run.books, {owner for owner, short in jobs.owners.items() if short == name}
    it, served = (_total(books, owners, label) for label in (Flow.IT, Flow.SERVED))
    return served / it if it else float(line.per_it.mean())


def _total(books: Closed, owners: Iterable[str], label: Flow) -> float:
    return sum(books.total_mwh(label, owner=owner) for owner in owners)


def _share(flows: Flows, stocks: Sequence[Stock], parts: Sequence[list[Places]], gpus: Array) -> None:
    """All jobs of a pool have its GPUs, in the intervals in which they could want more."""
    wanted = sum(
        (stock.most_mw(flows.intervals) / stock.mw_per_gpu for stock in stocks if stock.mw_per_gpu),
        np.zeros(len(gpus)),
    )
    scarce = np.flatnonzero(wanted > gpus)
    if len(stocks) > 1 and len(scarce):
        terms = [
            each(one[scarce], 1.0 / stock.mw_per_gpu)
            for stock, part in zip(stocks, parts, strict=True)
            for one in part
            if stock.mw_per_gpu
        ]
        flows.program.at_most(gpus[scarce], *terms)


def not_done_usd(jobs: Jobs) -> dict[str, float]:
    """Value of the work that the run had outstanding at its end, by tier."""
    found: dict[str, float] = {}
    for stock in jobs.stocks:
        usd = stock.outstanding_mwh * stock.tier.usd_per_mwh
        found[stock.tier.name] = found.get(stock.tier.name, 0.0) + usd
    return found
