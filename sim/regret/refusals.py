"""What the program of the bound cannot hold yet, in words."""

from __future__ import annotations

from sim.books.closed import Flow
from sim.campus.campus import Campus
from sim.demand.job_load import JobLoad
from sim.demand.training import TrainingJob
from sim.demand.workload import Workload
from sim.errors import Problem, SpecError
from sim.regret import agreements, charges
from sim.regret.jobs import Jobs
from sim.regret.supply import Supply
from sim.runs.run import Run

_JOBS = (TrainingJob, Workload)


def check(run: Run, campus: Campus) -> None:
    """Refuse runs for which there is no bound.

    Raises:
        SpecError: If means were recorded, or loads other than built-in jobs at average resolution wait for
            power, or the least power for cooling is not known.
    """
    if run.record_s is not None:
        message = f"= {run.record_s:g} s; allowed: a run that records every change, for its regret"
        raise SpecError(run.name, [Problem(("record_s",), message)])
    jobs = Jobs.of(run, campus)
    tiers, phased = jobs.owners, {name for name in jobs.tiers if jobs.loads[name].resolution == "phases"}
    held = {one.owner for one in run.books.columns if one.label == Flow.HELD_BACK} - {*tiers}
    own = {name for name, one in campus.demand.items() if isinstance(one, JobLoad) and type(one) not in _JOBS}
    problems = [
        Problem(("demand", name), f"{what}, which regret cannot move yet")
        for names, what in (
            (held, "has power that waits for a price"),
            (own, "has jobs of your own kind"),
            (phased, "has jobs of resolution 'phases', whose late phases may draw most"),
        )
        for name in sorted(names)
    ]
    cooling = campus.facility.cooling
    if tiers and cooling is not None and cooling.least_pu(0.0) is None:
        message = f"is of kind {cooling.kind}, whose least power is not known; regret needs it"
        problems.append(Problem(("facility", "cooling"), message))
    if problems:
        raise SpecError(run.name, problems)


def check_supply(campus: Campus, supply: Supply) -> None:
    """Refuse kinds whose cost has no bound.

    Raises:
        SpecError: If there is a source whose least cost is not known, or a tariff or agreement that the
            program does not have.
    """
    problems = [
        Problem(
            ("supply", name),
            f"is of kind {one.kind}, whose least cost is not known; regret needs it",
        )
        for name, one in sorted(campus.supply.items())
        if name not in {*supply.grids, *supply.stores, *supply.sources}
    ]
    problems += [
        Problem(
            ("supply", name, "tariff"),
            "has charges of your own kind; regret needs built-in ones",
        )
        for name, tariff in sorted(supply.charges.items())
        if not charges.is_known(tariff)
    ]
    problems += [
        Problem(("agreements", name), f"is of kind {one.kind}; regret needs a built-in one")
        for name, one in sorted(campus.agreements.items())
        if not agreements.is_known(one)
    ]
    if problems:
        raise SpecError(campus.name, problems)
