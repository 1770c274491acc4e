"""Simulate a campus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from numbers import Integral, Real
from time import perf_counter

from sim.campus.campus import Campus
from sim.demand.hall import FACILITY, Hall
from sim.errors import Problem, SpecError
from sim.results.result import Result
from sim.site import Site
from sim.units import KG_PER_T, SECONDS_PER_DAY, SECONDS_PER_MINUTE

_LONGEST_D = 36525.0


def simulate(
    campus: Campus,
    *,
    days: float = 365.0,
    seed: int = 0,
    record_s: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Run a campus and return what happened.

    Args:
        campus: The model.
        days: Length of the run [d].
        seed: Seed of all random draws; the same campus, seed and version give the same bytes.
        record_s: Interval over which flows are recorded as exact means [s]; None records every change.
            Totals and peaks do not depend on it.
        progress: Called now and then with the share of the run that is done.

    Raises:
        SpecError: Before the clock starts, if anything is wrong with the input.
        EnergyBalanceError: If the books do not close, which is a defect of a participant.
    """
    began = perf_counter()
    site = prepare(campus, days=days, seed=seed, record_s=record_s)
    loop_began = perf_counter()
    site.advance(progress)
    loop_s = perf_counter() - loop_began
    books = site.close()
    wall_s = perf_counter() - began
    return Result.of(campus, books, days=days, seed=seed, record_s=record_s, loop_s=loop_s, wall_s=wall_s)


def prepare(campus: Campus, *, days: float = 365.0, seed: int = 0, record_s: float | None = None) -> Site:
    """The site of a run with everyone connected, its files read, and the clock at rest.

    Args:
        campus: The model.
        days: Length of the run [d].
        seed: Seed of all random draws.
        record_s: Interval over which flows are recorded [s]; None records every change.

    Raises:
        SpecError: If anything is wrong with the input.
    """
    check_run(days, seed, record_s)
    site = Site(
        campus.calendar,
        days * SECONDS_PER_DAY,
        seed=seed,
        record_s=record_s,
        carbon_usd_per_kg=campus.carbon_usd_per_t / KG_PER_T,
        weather=campus.weather,
    )
    _connect(campus, site)
    return site


def _connect(campus: Campus, site: Site) -> None:
    """Connect everyone, family by family and by name: the order in which they are written changes nothing."""
    site.enrol(FACILITY, "facility", "", campus.facility.unverified())
    hall = Hall(site, campus.facility)
    for name, pool in sorted(campus.servers.items()):
        site.enrol(name, "servers", "", pool.unverified())
        hall.add_pool(name, pool)
    for name, source in sorted(campus.supply.items()):
        site.enrol(name, "supply", source.kind, source.unverified())
        with _named(campus, "supply", name):
            source.start(site, name)
    for name, load in sorted(campus.demand.items()):
        site.enrol(name, "demand", load.kind, load.unverified())
        with _named(campus, "demand", name):
            load.start(site, name, hall)


@contextmanager
def _named(campus: Campus, family: str, name: str) -> Iterator[None]:
    """Say in an error whose start it was."""
    try:
        yield
    except SpecError as error:
        problems = [Problem((family, name, *inner.path), inner.message) for inner in error.problems]
        raise SpecError(campus.name, problems) from None


def check_run(days: float, seed: int, record_s: float | None = None) -> None:
    """Refuse a run that cannot be made.

    Raises:
        SpecError: Naming each value that is out of its range.
    """
    problems = []
    if isinstance(days, bool) or not (isinstance(days, Real) and 0.0 < days <= _LONGEST_D):
        problems.append(
            Problem(("days",), f"= {days!r} d; allowed: a finite number above 0 and at most {_LONGEST_D:g} d")
        )
    if isinstance(seed, bool) or not (isinstance(seed, Integral) and seed >= 0):
        problems.append(Problem(("seed",), f"= {seed!r}; allowed: a whole number at least 0"))
    if record_s is not None and not (isinstance(record_s, Real) and SECONDS_PER_MINUTE <= record_s < inf):
        problems.append(Problem(("record_s",), f"= {record_s!r} s; allowed: a finite number at least 60 s"))
    if problems:
        raise SpecError("simulate", problems)
