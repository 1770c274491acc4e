"""The demand in the program: firm power that was wanted in the run, and work that can be moved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.books.closed import Flow
from sim.demand.measured import MeasuredLoad
from sim.demand.overhead import FACILITY
from sim.regret.facility import facility_line, it_wanted_mw
from sim.regret.intervals import flow
from sim.regret.jobs import Jobs
from sim.regret.supply import Flows
from sim.regret.work import add_work
from sim.site import Site
from sim.timeseries.series import Array


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand of a run at the recorded rows.

    Attributes:
        jobs: The jobs whose work can be moved.
        wanted_mw: Power of each load, served or not, without what was held back.
        moved_mw: What of it can be moved.
        moved_it_mw: IT power of all that can be moved.
    """

    jobs: Jobs
    wanted_mw: dict[str, Array]
    moved_mw: dict[str, Array]
    moved_it_mw: Array

    @classmethod
    def of(cls, jobs: Jobs) -> Demand:
        """The demand of a run, with the work of some jobs moved."""
        books = jobs.run.books
        owners = dict.fromkeys(one.owner for one in books.columns if one.label == Flow.SERVED)
        wanted = {name: flow(books, name, Flow.SERVED, Flow.UNSERVED) for name in owners}
        return cls(jobs, wanted, jobs.moved_mw, jobs.moved_it_mw())

    @cached_property
    def worth_usd_per_mwh(self) -> dict[str, float]:
        """Value of lost load by load."""
        return {name: self._worth(name) for name in self.wanted_mw}

    def _worth(self, name: str) -> float:
        load = self.jobs.campus.demand.get(name)
        if isinstance(load, MeasuredLoad):
            return load.worth_usd_per_mwh
        return self.jobs.campus.facility.firm_worth_usd_per_mwh

    def given_mw(self) -> list[Array]:
        """Powers that do not depend on dispatch: those of loads whose jobs cannot be moved.

        Of IT loads it is IT power, because the overhead depends on that of all others.
        """
        moved = {*self.moved_mw, *(tier.pool for tier in self.jobs.tiers.values()), FACILITY}
        names = [name for name in self.wanted_mw if name not in moved]
        it_mw = {name: it_wanted_mw(self.jobs.run.books, name) for name in names}
        return [it_mw[name] if it_mw[name].any() else self.wanted_mw[name] for name in names]


def add_demand(flows: Flows, site: Site, demand: Demand) -> None:
    """Firm demand, given or unserved; and the work of flexible jobs."""
    intervals, jobs, worth = flows.intervals, demand.jobs, demand.worth_usd_per_mwh
    campus = jobs.campus
    moved_it_mw = intervals.means(demand.moved_it_mw)
    line = facility_line(campus.facility, site, intervals, moved_it_mw) if jobs.tiers else None
    given_mw = np.zeros(len(intervals))
    groups: dict[tuple[float, bool], dict[str, Array]] = {}
    for name, rows_mw in demand.wanted_mw.items():
        is_it = not isinstance(campus.demand.get(name), MeasuredLoad)
        groups.setdefault((worth[name], is_it), {})[name] = intervals.means(rows_mw)
    for (usd, is_it), wanted_mw in groups.items():
        given_mw += flows.add_unserved(wanted_mw, usd * (line.worth_pu if line and is_it else 1.0))
    if line is not None:
        add_work(flows, jobs, line)
        given_mw -= line.per_it * moved_it_mw + line.excess_mw
    flows.balance(given_mw)
