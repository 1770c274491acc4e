"""Simulate a campus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from numbers import Integral, Real
from time import perf_counter

from sim.campus.campus import Campus
from sim.demand.hall import FACILITY, Hall
from sim.errors import EnergyBalanceError, OscillationError, Problem, SpecError, shortened
from sim.results.result import Result
from sim.runs.metrics import check_accounts
from sim.site import Site
from sim.spec import Kind
from sim.units import KG_PER_T, LONGEST_RUN_D, LONGEST_S, SECONDS_PER_DAY, SECONDS_PER_MINUTE

_HIGHEST_SEED = 2**63 - 1
_LAST = datetime(2262, 4, 11, tzinfo=UTC)
"""The last day of the calendar of NumPy and pandas, which count nanoseconds from 1970."""


def simulate(
    campus: Campus,
    *,
    days: float = 365.0,
    seed: int = 0,
    record_s: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Simulate a campus and return the result.

    Args:
        campus: The model.
        days: Length of the run [d].
        seed: Seed of all random streams. The same campus, seed and version give byte-identical results.
        record_s: Recording interval [s], over which flows are averaged exactly; None records every change.
            Totals and peaks do not depend on it.
        progress: Called 100 times during the run with the share completed, 0 to 1.

    Raises:
        SpecError: If the input is invalid; raised before the clock starts.
        EnergyBalanceError: If the energy balance does not close, which is a defect of a participant.
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
    """Prepare the site of a run: all participants are connected, files are read, the clock has not started.

    Args:
        campus: The model.
        days: Length of the run [d].
        seed: Seed of all random streams.
        record_s: Recording interval [s]; None records every change.

    Raises:
        SpecError: If the input is invalid.
    """
    check_run(days, seed, record_s, begins=campus.start)
    site = Site(
        campus.calendar,
        days * SECONDS_PER_DAY,
        seed=seed,
        record_s=record_s,
        carbon_usd_per_kg=campus.carbon_usd_per_t / KG_PER_T,
        weather=campus.weather,
    )
    _connect(campus, site)
    site.connected()
    check_accounts(meter.account for terminal in site.bus.terminals.values() for meter in terminal.meters)
    return site


def _connect(campus: Campus, site: Site) -> None:
    """Connect all participants by family and name, so that their order in the campus has no effect."""
    site.enrol(FACILITY, "facility", "", campus.facility.unverified())
    hall = Hall(site, campus.facility)
    for name, pool in sorted(campus.servers.items()):
        site.enrol(name, "servers", "", pool.unverified(), pool.service_in(site.calendar, site.horizon_s))
        hall.add_pool(name, pool)
    for name, source in sorted(campus.supply.items()):
        service = source.service_in(site.calendar, site.horizon_s)
        site.enrol(name, "supply", source.kind, source.unverified(), service)
        with _named(campus, "supply", name, source):
            source.start(site, name)
    for name, load in sorted(campus.demand.items()):
        place = load.placement()
        stays = place is not None and place.permanent
        service = site.service(place.pool) if place is not None and stays else None
        site.enrol(name, "demand", load.kind, load.unverified(), service)
        with _named(campus, "demand", name, load):
            load.start(site, name, hall)


@contextmanager
def _named(campus: Campus, family: str, name: str, spec: Kind) -> Iterator[None]:
    """Add family and name to the errors of a participant's start, or to whatever a user's kind raises."""
    try:
        yield
    except SpecError as error:
        problems = [Problem((family, name, *inner.path), inner.message) for inner in error.problems]
        raise SpecError(campus.name, problems) from None
    except (EnergyBalanceError, OscillationError):
        raise
    except Exception as error:
        if type(spec).__module__.partition(".")[0] == __name__.partition(".")[0]:
            raise
        message = f"raised {type(error).__name__}: {error}"
        raise SpecError(campus.name, [Problem((family, name), message)]) from error


def check_run(
    days: float, seed: int, record_s: float | None = None, *, begins: datetime | None = None
) -> None:
    """Refuse invalid run parameters.

    Args:
        days: Length of the run [d].
        seed: Seed of all random streams.
        record_s: Recording interval [s]; None records every change.
        begins: Start of the run, timezone-aware; None if it is not known yet.

    Raises:
        SpecError: If values are out of range; the message names each.
    """
    problems = []
    if isinstance(days, bool) or not (isinstance(days, Real) and 0.0 < days <= LONGEST_RUN_D):
        allowed = f"a finite number above 0 and at most {LONGEST_RUN_D:g} d"
        problems.append(Problem(("days",), f"= {shortened(days)} d; allowed: {allowed}"))
    elif begins is not None and (ends := begins.astimezone(UTC) + timedelta(days=float(days))) > _LAST:
        message = f"= {shortened(days)} d: the run ends at {ends.isoformat()}"
        message += f"; allowed: an end until {_LAST.isoformat()}"
        problems.append(Problem(("days",), message))
    if isinstance(seed, bool) or not (isinstance(seed, Integral) and 0 <= seed <= _HIGHEST_SEED):
        allowed = f"a whole number at least 0 and at most {_HIGHEST_SEED}"
        problems.append(Problem(("seed",), f"= {shortened(seed)}; allowed: {allowed}"))
    if record_s is not None and not (
        isinstance(record_s, Real) and SECONDS_PER_MINUTE <= record_s <= LONGEST_S
    ):
        allowed = f"a finite number at least {SECONDS_PER_MINUTE:g} and at most {LONGEST_S:g} s"
        problems.append(Problem(("record_s",), f"= {shortened(record_s)} s; allowed: {allowed}"))
    if problems:
        raise SpecError("simulate", problems)
