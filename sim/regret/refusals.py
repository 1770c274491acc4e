"""What the program of the bound cannot hold yet, in words."""

from __future__ import annotations

from sim.books.closed import Flow
from sim.campus.campus import Campus
from sim.demand.inference import InferenceStream
from sim.demand.job_load import JobLoad
from sim.demand.training import TrainingJob
from sim.demand.workload import Workload
from sim.errors import Problem, SpecError
from sim.regret import agreements, charges
from sim.regret.jobs import Jobs, tiers_of
from sim.regret.supply import Supply
from sim.runs.run import Run
from sim.supply.battery import Battery
from sim.supply.grid import GridConnection

_JOBS = (TrainingJob, Workload)
_WAITS = "has power that waits for a price"


def check_before(campus: Campus, record_s: float | None) -> None:
    """Refuse runs for which there will be no bound, as far as that is known before they begin.

    Args:
        campus: The model.
        record_s: Interval of recorded means [s]; None for every change.

    Raises:
        SpecError: If means are recorded, or loads other than built-in jobs at average resolution wait for
            power, or the least cost of a source or the least power for cooling is not known, or an agreement
            is not a built-in one.
    """
    if record_s is not None:
        message = f"= {record_s:g} s; allowed: a run that records every change, for its regret"
        raise SpecError(campus.name, [Problem(("record_s",), message)])
    problems = _demand(campus) + _cooling(campus) + _supply(campus)
    if problems:
        raise SpecError(campus.name, problems)


def check(run: Run, campus: Campus, supply: Supply) -> None:
    """Refuse what is known after a run: loads of a user's own that wait for power, and own charges.

    Raises:
        SpecError: If there is such a load, or a tariff that the program does not have.
    """
    columns = {one.owner for one in run.books.columns if one.label == Flow.HELD_BACK}
    problems = [_cannot_move(name, _WAITS) for name in sorted(columns - {*Jobs.of(run, campus).owners})]
    problems += [
        Problem(("supply", name, "tariff"), "has charges of your own kind; regret needs built-in ones")
        for name, tariff in sorted(supply.charges.items())
        if not charges.is_known(tariff)
    ]
    if problems:
        raise SpecError(campus.name, problems)


def _demand(campus: Campus) -> list[Problem]:
    """Loads whose work the program cannot move."""
    loads, tiers = sorted(campus.demand.items()), tiers_of(campus)
    waits = [
        name
        for name, one in loads
        if isinstance(one, InferenceStream) and any(each.is_batch for each in one.classes.values())
    ]
    own = [name for name, one in loads if isinstance(one, JobLoad) and type(one) not in _JOBS]
    phased = [
        name
        for name, one in loads
        if name in tiers and isinstance(one, JobLoad) and one.resolution == "phases"
    ]
    late = "has jobs of resolution 'phases', whose late phases may draw most"
    kinds = ((waits, _WAITS), (own, "has jobs of your own kind"), (phased, late))
    return [_cannot_move(name, what) for names, what in kinds for name in names]


def _cannot_move(load: str, what: str) -> Problem:
    return Problem(("demand", load), f"{what}, which regret cannot move yet")


def _cooling(campus: Campus) -> list[Problem]:
    """Cooling whose least power is not known, where jobs can be moved."""
    cooling = campus.facility.cooling
    if not tiers_of(campus) or cooling is None or cooling.least_pu(0.0) is not None:
        return []
    message = f"is of kind {cooling.kind}, whose least power is not known; regret needs it"
    return [Problem(("facility", "cooling"), message)]


def _supply(campus: Campus) -> list[Problem]:
    """Sources whose least cost is not known, and agreements that the program does not have."""
    sources = [
        Problem(("supply", name), f"is of kind {one.kind}, whose least cost is not known; regret needs it")
        for name, one in sorted(campus.supply.items())
        if not isinstance(one, GridConnection | Battery) and one.least_usd_per_mwh(0.0) is None
    ]
    return sources + [
        Problem(("agreements", name), f"is of kind {one.kind}; regret needs a built-in one")
        for name, one in sorted(campus.agreements.items())
        if not agreements.is_known(one)
    ]
