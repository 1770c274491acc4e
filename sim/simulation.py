"""Simulate a campus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from numbers import Integral, Real
from time import perf_counter
from typing import Literal

from sim.bus.clock import Clock
from sim.campus.campus import Campus
from sim.campus.run_plan import EVERY_CHANGE
from sim.contracts.capital import charge_capital
from sim.demand.hall import Hall
from sim.demand.overhead import FACILITY
from sim.errors import EnergyBalanceError, OscillationError, Problem, SpecError, shortened
from sim.results.result import Result
from sim.runs.metrics import check_accounts
from sim.site import Site
from sim.spec import Kind
from sim.units import (
    DAYS_PER_YEAR,
    HIGHEST_SEED,
    KG_PER_T,
    LONGEST_RUN_D,
    LONGEST_S,
    SECONDS_PER_DAY,
    SECONDS_PER_MINUTE,
)

_LAST = datetime(2262, 4, 11, tzinfo=UTC)
"""The last day of the calendar of NumPy and pandas, which count nanoseconds from 1970."""


def simulate(
    campus: Campus,
    *,
    days: float | None = None,
    seed: int | None = None,
    record_s: float | Literal["change"] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Simulate a campus and return the result.

    Args:
        campus: The model.
        days: Length of the run [d]. Default: as the campus's `run` says, or a year.
        seed: Seed of all random streams. The same campus, seed and version give byte-identical results.
            Default: that of the campus's `run`, which is 0 unless said.
        record_s: Recording interval [s], over which flows are averaged exactly, or `"change"` to record every
            change. Totals and peaks do not depend on it. Default: as the campus's `run` says, or `"change"`.
        progress: Called 100 times during the run with the share completed, 0 to 1.

    Raises:
        SpecError: If the input is invalid; raised before the clock starts.
        EnergyBalanceError: If the energy balance does not close, which is a defect of a participant.
    """
    return simulate_on(Clock(), campus, days=days, seed=seed, record_s=record_s, progress=progress)


def simulate_on(
    clock: Clock,
    campus: Campus,
    *,
    days: float | None = None,
    seed: int | None = None,
    record_s: float | Literal["change"] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Simulate a campus on a clock that has not started; see `simulate`.

    Args:
        clock: The clock.
        campus: The model.
        days: Length of the run [d].
        seed: Seed of all random streams.
        record_s: Recording interval [s], or `"change"`.
        progress: Called 100 times during the run with the share completed, 0 to 1.
    """
    began = perf_counter()
    days, seed, record_s = _run_of(campus, days, seed, record_s)
    site = _prepared(campus, days, seed, record_s, clock)
    loop_began = perf_counter()
    site.advance(progress)
    loop_s = perf_counter() - loop_began
    books = site.close()
    wall_s = perf_counter() - began
    return Result.of(campus, books, days=days, seed=seed, record_s=record_s, loop_s=loop_s, wall_s=wall_s)


def _run_of(
    campus: Campus, days: float | None, seed: int | None, record_s: float | Literal["change"] | None
) -> tuple[float, int, float | None]:
    """The length [d], seed and recording interval [s] of a run: as given, or else as the campus's `run` says.

    An interval of None stands for every change.
    """
    if days is None:
        days = DAYS_PER_YEAR if campus.days is None else campus.days
    if record_s is None:
        record_s = campus.run.record_s
    seed = campus.run.seed if seed is None else seed
    return days, seed, None if record_s == EVERY_CHANGE else record_s


def prepare(
    campus: Campus,
    *,
    days: float | None = None,
    seed: int | None = None,
    record_s: float | Literal["change"] | None = None,
) -> Site:
    """Prepare the site of a run: all participants are connected, files are read, the clock has not started.

    Args:
        campus: The model.
        days: Length of the run [d]. Default: as the campus's `run` says, or a year.
        seed: Seed of all random streams. Default: that of the campus's `run`.
        record_s: Recording interval [s], or `"change"`. Default: as the campus's `run` says, or every change.

    Raises:
        SpecError: If the input is invalid.
    """
    return _prepared(campus, *_run_of(campus, days, seed, record_s), Clock())


def _prepared(campus: Campus, days: float, seed: int, record_s: float | None, clock: Clock) -> Site:
    check_run(days, seed, record_s, begins=campus.start)
    site = Site(
        campus.calendar,
        days * SECONDS_PER_DAY,
        seed=seed,
        record_s=record_s,
        carbon_usd_per_kg=campus.carbon_usd_per_t / KG_PER_T,
        clock=clock,
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
    for name, agreement in sorted(campus.agreements.items()):
        site.enrol(name, "agreements", agreement.kind, agreement.unverified())
        with _named(campus, "agreements", name, agreement):
            agreement.connect(site, name)
    _count_capital(campus, site)
    for load in campus.demand.values():
        place = load.placement()
        if place is not None and place.permanent:
            hall.kept[place.pool] += place.gpus
    for name, load in sorted(campus.demand.items()):
        place = load.placement()
        stays = place is not None and place.permanent
        service = site.service(place.pool) if place is not None and stays else None
        site.enrol(name, "demand", load.kind, load.unverified(), service)
        with _named(campus, "demand", name, load):
            load.start(site, name, hall)


def _count_capital(campus: Campus, site: Site) -> None:
    """Enter the cost of capital, if the campus counts it."""
    economics = campus.economics
    if economics is None:
        return
    usual = {name: source.usual_cost for name, source in campus.supply.items() if economics.usual_costs}
    assets = {name: asset for name, asset in usual.items() if asset} | economics.assets
    for name, asset in sorted(assets.items()):
        source = campus.supply.get(name)
        size = (None, None) if source is None else source.nameplate()
        charge_capital(site, name, asset, size, economics.discount_rate_per_year)


@contextmanager
def _named(campus: Campus, family: str, name: str, spec: Kind) -> Iterator[None]:
    """Add family and name to the errors of a participant's start, or to whatever a user's kind raises."""
    try:
        yield
    except SpecError as error:
        raise error.within(campus.name, family, name) from None
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
    if isinstance(seed, bool) or not (isinstance(seed, Integral) and 0 <= seed <= HIGHEST_SEED):
        allowed = f"a whole number at least 0 and at most {HIGHEST_SEED}"
        problems.append(Problem(("seed",), f"= {shortened(seed)}; allowed: {allowed}"))
    if record_s is not None and not (
        isinstance(record_s, Real) and SECONDS_PER_MINUTE <= record_s <= LONGEST_S
    ):
        allowed = f"a finite number at least {SECONDS_PER_MINUTE:g} and at most {LONGEST_S:g} s"
        problems.append(Problem(("record_s",), f"= {shortened(record_s)} s; allowed: {allowed}"))
    if problems:
        raise SpecError("simulate", problems)
