"""The campus: the whole model as plain data."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BeforeValidator, Field, SerializeAsAny, model_validator

from sim.campus.run_plan import RunPlan
from sim.campus.sales import sold_twice
from sim.campus.target import Target
from sim.compute.servers import ServerPool
from sim.contracts.agreement import AnyAgreement
from sim.contracts.urdb_record import is_record
from sim.demand.facility import Facility
from sim.demand.hall import Load, Placement
from sim.economics.economics import Economics
from sim.errors import Problem, SpecError, nearest, shortened
from sim.site import Source
from sim.spec import Spec, hash_of
from sim.timeseries.calendar import Calendar, zone_of
from sim.timeseries.instant import said
from sim.timeseries.moment import FIRST_YEAR, LAST_YEAR
from sim.units import UsdPerT
from sim.weather.weather import AnyWeather, TypicalYear

Hashes = dict[int, tuple[Spec, str]]
"""Hashes of specs by their identity, with the specs, which must live as long."""
FAMILIES = ("servers", "supply", "demand", "agreements")
"""Fields that hold participants by name."""
_LONGEST_NAME = 200
_RESERVED = ("site", "facility")
_TIERS = ("firm jobs", "jobs at ")
"""Beginnings of the names that jobs of a pool have together, after that of the pool."""


def _no_number(value: Any) -> Any:
    """Refuse a number, which pydantic would read as seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal()):
        raise ValueError("a number is not a time")
    return value


class Campus(Spec):
    """A datacenter campus: supply, facility, servers and workloads, each by name.

    The order of participants has no effect: campuses that differ only in their order are equal, have the same
    hash and give byte-identical results. Campuses that differ only in `run` are equal and have the same hash.
    """

    name: Annotated[str, Field(min_length=1)]
    """Name of the campus."""
    start: Annotated[AwareDatetime, BeforeValidator(_no_number)] = datetime(2025, 1, 1, tzinfo=UTC)
    """Time at which a run begins, with its UTC offset; a year from 1900 to 2199."""
    timezone: str = "UTC"
    """IANA name of the timezone of tariffs, daily shapes, dates and reports."""
    run: RunPlan = RunPlan()
    """Length, seed and recording of a run, as far as options or arguments do not say. It is not part of the
    model."""
    target: Target = Target()
    """What may go unserved; the verdict of the report is given against it."""
    carbon_usd_per_t: UsdPerT = 0.0
    """Carbon price, added to the offers of sources that emit carbon. Default: none."""
    weather: AnyWeather = TypicalYear()
    """Weather of the site, used by all plants and cooling without their own weather."""
    facility: Facility = Facility()
    """Cooling and power conversion."""
    servers: dict[str, ServerPool] = Field(default_factory=dict)
    """Server pools by name."""
    supply: dict[str, SerializeAsAny[Annotated[Source, BeforeValidator(Source.build)]]] = Field(
        default_factory=dict
    )
    """Sources by name."""
    demand: dict[str, SerializeAsAny[Annotated[Load, BeforeValidator(Load.build)]]] = Field(
        default_factory=dict
    )
    """Loads by name."""
    economics: Economics | None = None
    """Capital, its discount, and the value of work not done. Default: capital is not counted."""
    agreements: dict[str, AnyAgreement] = Field(default_factory=dict)
    """Purchase agreements by name."""

    @classmethod
    def check_file(cls, path: Path, data: dict[str, Any]) -> None:
        """Refuse the record of a run, which contains a campus but is not one, and that of a tariff."""
        if "campus" in data and set(data) & {"version", "seed", "days"}:
            command = f"dcgrid export {shlex.quote(str(path.parent))} campus.toml"
            message = f"= {str(path)!r} is the record of a run, not a campus; `{command}` writes its campus"
            raise SpecError(cls.title(), [Problem(("file",), message)])
        if is_record(data):
            use = f'tariff = {{kind = "urdb", file = {json.dumps(str(path))}}}'
            message = (
                f"= {str(path)!r} is a tariff of the Utility Rate Database, not a campus; a grid connection "
            )
            message += f"uses it with `{use}`; `dcgrid show {shlex.quote(str(path))}` shows it"
            raise SpecError(cls.title(), [Problem(("file",), message)])

    def __repr__(self) -> str:
        return f"Campus({shortened(self.name)}, supply={len(self.supply)}, demand={len(self.demand)})"

    __str__ = __repr__

    def content_hash(self, known: Hashes | None = None) -> str:
        """SHA-256 of the model, without its `run`. A referenced file is included by its bytes.

        Args:
            known: Hashes of participants; new ones are added. Campuses that have participants in common are
                then hashed faster.
        """
        known = {} if known is None else known
        families: dict[str, dict[str, Spec]] = {name: {**getattr(self, name)} for name in FAMILIES}
        for part in (part for family in families.values() for part in family.values()):
            if id(part) not in known:
                known[id(part)] = part, part.content_hash()
        hashes = {
            family: {name: known[id(part)][1] for name, part in parts.items()}
            for family, parts in families.items()
        }
        rest = self.model_dump(exclude={"run", *FAMILIES}, exclude_none=True, serialize_as_any=True)
        return hash_of({**rest, **hashes})

    def without_run(self) -> Self:
        """The model alone, with the default plan of a run."""
        return self.model_copy(update={"run": RunPlan()})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Campus):
            return NotImplemented
        return super(Campus, self.without_run()).__eq__(other.without_run())

    def __hash__(self) -> int:
        return hash(self.content_hash())

    @property
    def days(self) -> float | None:
        """The length of a run by the campus's plan [d]; None if it does not say it."""
        return self.run.length_d(self.calendar)

    @property
    def calendar(self) -> Calendar:
        """The calendar of a run."""
        return Calendar(self.start, self.timezone)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        try:
            zone_of(self.timezone)
        except ValueError as error:
            raise SpecError(
                self.name, [Problem(("timezone",), str(error).partition("timezone ")[2])]
            ) from None
        problems = self._begins() + self._ends() + self._names() + self._placements() + self._services()
        problems += self._assets()
        problems += sold_twice(self.agreements, self.supply, self.calendar)
        if problems:
            raise SpecError(self.name, problems)
        return self

    def _assets(self) -> list[Problem]:
        """Costs of equipment that does not exist, has no size, or counts its fixed cost already."""
        known = {*self.supply, *self.servers, "facility"}
        problems = []
        for name, asset in (self.economics.assets if self.economics else {}).items():
            source = self.supply.get(name)
            mw, mwh = (None, None) if source is None else source.nameplate()
            place = ("economics", "assets", name)
            if name not in known:
                problems.append(Problem(place, f"is not a source or a server pool{nearest(name, known)}"))
                continue
            for field, size in (("capital_usd_per_mw", mw), ("capital_usd_per_mwh", mwh)):
                if getattr(asset, field) and size is None:
                    message = f"= {getattr(asset, field):g}; allowed: 0, because {name} has no such size"
                    problems.append(Problem((*place, field), message))
            if getattr(source, "fixed_usd_per_mw_year", 0.0) and asset.fixed_usd_per_year(
                mw or 0.0, mwh or 0.0
            ):
                message = f"allowed: 0, because supply.{name} has fixed_usd_per_mw_year"
                problems.append(Problem((*place, "fixed_usd_per_mw_year"), message))
        return problems

    def _begins(self) -> list[Problem]:
        if FIRST_YEAR <= self.start.year <= LAST_YEAR:
            return []
        message = f"= {self.start.isoformat()}; allowed: a year from {FIRST_YEAR} to {LAST_YEAR}"
        return [Problem(("start",), message)]

    def _ends(self) -> list[Problem]:
        try:
            self.run.length_d(self.calendar)
        except SpecError as error:
            return error.within(self.name, "run").problems
        return []

    def _names(self) -> list[Problem]:
        seen: dict[str, str] = {}
        problems = []
        tiers = tuple(f"{pool} {jobs}" for pool in self.servers for jobs in _TIERS)
        for family in FAMILIES:
            for name in getattr(self, family):
                if name in seen or name in _RESERVED or name.startswith(tiers):
                    taken = f"already used in {seen[name]}" if name in seen else "reserved"
                    problems.append(Problem((family, name), f"has a name that is {taken}"))
                elif not name or "." in name:
                    problems.append(Problem((family, name), "must have a non-empty name without dots"))
                elif len(name) > _LONGEST_NAME or not name.isprintable():
                    message = f"must have a printable name of at most {_LONGEST_NAME} characters"
                    problems.append(Problem((family, repr(name)), message))
                seen[name] = family
        return problems

    def _services(self) -> list[Problem]:
        """Dates that cannot be; and pools that retire below a load that keeps GPUs for the whole run."""
        problems = []
        for family, specs in (("servers", self.servers), ("supply", self.supply)):
            for name, spec in specs.items():
                try:
                    spec.service_in(self.calendar, horizon_s=0.0)
                except SpecError as error:
                    problems += error.within(self.name, family, name).problems
        for name, load in self.demand.items():
            place = load.placement()
            pool = self.servers.get(place.pool) if place and place.permanent else None
            if place and pool and pool.retired is not None:
                message = (
                    f"= {said(pool.retired)}; allowed: none, since demand.{name} keeps GPUs for the whole run"
                )
                problems.append(Problem(("servers", place.pool, "retired"), message))
        return problems

    def _placements(self) -> list[Problem]:
        problems = []
        placements = {name: place for name, load in self.demand.items() if (place := load.placement())}
        aside: dict[str, int] = {}
        for name, place in placements.items():
            if place.pool not in self.servers:
                message = f"= {place.pool!r} is not a server pool{nearest(place.pool, self.servers)}"
                problems.append(Problem(("demand", name, "pool"), message))
                continue
            if place.permanent:
                aside[place.pool] = aside.get(place.pool, 0) + place.gpus
        for name, place in placements.items():
            taken = aside.get(place.pool, 0) - (place.gpus if place.permanent else 0)
            if place.pool in self.servers:
                free = max(0, self.servers[place.pool].gpus_for_jobs - taken)
                problems += _too_many(name, place, free)
        return problems


def _too_many(name: str, place: Placement, free: int) -> list[Problem]:
    """A load that needs more GPUs than are free."""
    if place.gpus <= free:
        return []
    allowed = f"at most {free}, the GPUs of servers.{place.pool} not reserved by streams"
    if place.each > 1:
        least = f"at most {free // place.each} of {place.each} GPUs"
        allowed = f"{least}, as {free} GPUs of servers.{place.pool} are not reserved by other streams"
    message = f"= {place.gpus // place.each}; allowed: {allowed}"
    return [Problem(("demand", name, place.field), message)]
