"""The service: when a participant, or each unit of a fleet, is in service or under a planned outage."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema

from sim.errors import Problem, SpecError, cut
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import Instant, as_instant, elapsed_s, said
from sim.timeseries.series import StepSeries
from sim.units import HOURS_PER_YEAR, DurationHours, PositiveCount, seconds

PLANNED_OUTAGE = "planned outage"
"""Reason for missing capacity: maintenance that was planned."""

_DATES = "in_service", "retired"
_MOST_UNITS = 1000


class PlannedOutage(Spec):
    """A planned outage of a source, or of units of a fleet."""

    start: Instant
    """Date, local time, or days after the start of the run, at which it begins."""
    duration_h: DurationHours
    """Duration of the outage."""
    units: PositiveCount | None = None
    """Number of units that it takes out, for a fleet: the first ones in service that are under no other
    planned outage. Default: all."""
    yearly: bool = False
    """Whether it returns every year on the same local date (on 28 February for the 29th). Default: once."""

    def begins_s(self, calendar: Calendar, horizon_s: float) -> Iterator[float]:
        """Elapsed seconds at which it begins during a run, and from before the run if it reaches into it."""
        first_s = elapsed_s(self.start, calendar)
        if not self.yearly:
            yield first_s
            return
        first = calendar.at(first_s)
        year = max(first.year, calendar.at(-seconds(self.duration_h)).year)
        begin_s = first_s
        while begin_s < horizon_s:
            day = first - timedelta(days=1) if (first.month, first.day) == (2, 29) else first
            at = first if _is_leap(year) else day
            begin_s = calendar.elapsed_s(at.replace(year=year))
            yield begin_s
            year += 1


def _is_leap(year: int) -> bool:
    return date(year, 3, 1) - date(year, 2, 28) > timedelta(days=1)


def _instants_of(value: Any) -> Any:
    """One instant, or a list of them."""
    if isinstance(value, list | tuple):
        if not 0 < len(value) <= _MOST_UNITS:
            message = f"has {len(value)} entries; allowed: one for each unit, at least 1 and at most 1000"
            raise SpecError("instants", [Problem((), message)])
        return tuple(as_instant(one) for one in value)
    return as_instant(value)


Instants = Annotated[
    Instant | tuple[Instant, ...],
    BeforeValidator(_instants_of),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "string", "pattern": r"^\d{4}-"},
                {"type": "array", "items": {"type": ["number", "string"]}, "minItems": 1},
            ]
        }
    ),
]
"""An instant; for a fleet also a list with one for each unit."""


@dataclass(frozen=True)
class Span:
    """The service of a participant or of a unit of a fleet.

    Attributes:
        begin_s: Elapsed seconds at which it enters service.
        end_s: Elapsed seconds at which it retires.
        outages_s: Begin and end of each planned outage, in order, without overlaps.
    """

    begin_s: float = -inf
    end_s: float = inf
    outages_s: tuple[tuple[float, float], ...] = ()

    def is_in_service(self, t_s: float) -> bool:
        """Whether it is in service; it is under a planned outage too."""
        return self.begin_s <= t_s < self.end_s

    def is_planned_out(self, t_s: float) -> bool:
        """Whether it is under a planned outage while in service."""
        at = bisect_right(self.outages_s, (t_s, inf)) - 1
        return at >= 0 and t_s < self.outages_s[at][1] and self.is_in_service(t_s)

    def is_there(self, t_s: float) -> bool:
        """Whether it is in service and under no planned outage."""
        return self.is_in_service(t_s) and not self.is_planned_out(t_s)

    def edges_s(self) -> Iterator[float]:
        """Instants at which any of this may change."""
        yield from (self.begin_s, self.end_s)
        for outage_s in self.outages_s:
            yield from outage_s

    def spans_run(self, horizon_s: float) -> bool:
        """Whether it is there for a whole run."""
        is_out = any(end_s > 0.0 and begin_s < horizon_s for begin_s, end_s in self.outages_s)
        return self.begin_s <= 0.0 and self.end_s >= horizon_s and not is_out


@dataclass(frozen=True)
class Service:
    """The service of a participant in a run.

    Attributes:
        units: The span of each unit of a fleet; one span for a participant without units.
        word: What a unit is called, such as `module`; empty for a participant without units.
        horizon_s: Length of the run.
    """

    units: tuple[Span, ...]
    word: str
    horizon_s: float

    def is_in_service(self, t_s: float) -> bool:
        """Whether any unit is in service."""
        return any(unit.is_in_service(t_s) for unit in self.units)

    def is_open(self, t_s: float) -> bool:
        """Whether the participant takes part; a fleet sees to its planned outages itself."""
        return any(unit.is_in_service(t_s) if self.word else unit.is_there(t_s) for unit in self.units)

    def edges_s(self) -> list[float]:
        """Instants of the run, after its start, at which the service may change."""
        edges_s = {edge_s for unit in self.units for edge_s in unit.edges_s()}
        return sorted(edge_s for edge_s in edges_s if 0.0 < edge_s < self.horizon_s)

    def over_run(self, count: Callable[[float], float]) -> StepSeries:
        """A number that depends on the service, as a step function over the run."""
        times_s = np.array([0.0, *self.edges_s()])
        values = np.array([float(count(t_s)) for t_s in times_s])
        changes = np.diff(values, prepend=np.nan) != 0.0
        return StepSeries(times_s[changes], values[changes])

    @property
    def first_s(self) -> float | None:
        """Instant of the run from which on it is in service; None if it never is."""
        return self.inside_s[0] if self.ever_pu else None

    @property
    def inside_s(self) -> tuple[float, float]:
        """Begin and end of the service within the run [s]; of all the run if there is none."""
        begin_s = max(0.0, min((unit.begin_s for unit in self.units), default=inf))
        end_s = min(self.horizon_s, max((unit.end_s for unit in self.units), default=-inf))
        return (begin_s, end_s) if begin_s < end_s else (0.0, self.horizon_s)

    @property
    def ever_pu(self) -> float:
        """Share of the units that are in service at some time of the run."""
        used = [unit.begin_s < self.horizon_s and unit.end_s > 0.0 for unit in self.units]
        return sum(used) / len(used) if used else 0.0

    @property
    def in_service_pu(self) -> StepSeries:
        """Share of the units that are in service."""
        most = max(1, len(self.units))
        return self.over_run(lambda t_s: sum(unit.is_in_service(t_s) for unit in self.units) / most)


def spans(
    spec: Spec, calendar: Calendar, horizon_s: float, units: int | None, outages: Sequence[PlannedOutage] = ()
) -> tuple[Span, ...] | None:
    """The spans of a participant; None if it is there for the whole run.

    Args:
        spec: A spec with the fields `in_service` and `retired`.
        calendar: Defines the start of the run.
        horizon_s: Length of the run.
        units: Number of units of a fleet; None for a participant without units.
        outages: Its planned outages.

    Raises:
        SpecError: If a local time does not exist, or something retires before it is in service.
    """
    if not outages and all(getattr(spec, field) is None for field in _DATES):
        return None
    count = 1 if units is None else units
    begins_s = _instants(spec, "in_service", calendar, count, -inf)
    ends_s = _instants(spec, "retired", calendar, count, inf)
    for begin_s, end_s in zip(begins_s, ends_s, strict=True):
        if end_s <= begin_s:
            raise _refused(spec, "retired", f"after in_service = {_shown(spec, 'in_service')}")
    taken = _assigned(outages, [*zip(begins_s, ends_s, strict=True)], calendar, horizon_s)
    found = tuple(
        Span(begin_s, end_s, tuple(times))
        for begin_s, end_s, times in zip(begins_s, ends_s, taken, strict=True)
    )
    return None if all(span.spans_run(horizon_s) for span in found) else found


def check_units(spec: Spec, units: int | None, outages: Iterable[PlannedOutage] = ()) -> None:
    """Refuse lists and numbers of units that do not fit a participant.

    Raises:
        SpecError: Naming the field.
    """
    for field in _DATES:
        value = getattr(spec, field)
        if isinstance(value, tuple) and units is None:
            raise _refused(spec, field, "one date, since it has no units")
        if isinstance(value, tuple) and len(value) != units:
            raise _refused(spec, field, f"one date, or a list of {units:,}, one for each unit")
    for number, outage in enumerate(outages):
        if outage.units is not None and (units is None or outage.units > units):
            most = "none, since the source has no units" if units is None else f"at most {units:,}"
            message = f"= {outage.units}; allowed: {most}"
            raise SpecError(spec.title(), [Problem((f"planned_outages[{number}]", "units"), message)])
        if outage.yearly and outage.duration_h >= HOURS_PER_YEAR:
            message = f"= {outage.duration_h:g} h; allowed: below {HOURS_PER_YEAR:g} h if it is yearly"
            raise SpecError(spec.title(), [Problem((f"planned_outages[{number}]", "duration_h"), message)])


def _instants(spec: Spec, field: str, calendar: Calendar, count: int, otherwise_s: float) -> list[float]:
    """The instant of each unit."""
    value = getattr(spec, field)
    if value is None:
        return [otherwise_s] * count
    try:
        if isinstance(value, tuple):
            return [elapsed_s(one, calendar) for one in value]
        return [elapsed_s(value, calendar)] * count
    except ValueError as error:
        raise SpecError(spec.title(), [Problem((field,), str(error))]) from None


def _refused(spec: Spec, field: str, why: str) -> SpecError:
    return SpecError(spec.title(), [Problem((field,), f"= {_shown(spec, field)}; allowed: {why}")])


def _shown(spec: Spec, field: str) -> str:
    value = getattr(spec, field)
    return cut(said(*value) if isinstance(value, tuple) else said(value))


def _assigned(
    outages: Sequence[PlannedOutage],
    service_s: Sequence[tuple[float, float]],
    calendar: Calendar,
    horizon_s: float,
) -> list[list[tuple[float, float]]]:
    """The planned outages of each unit, in order of their begin, overlapping ones joined."""
    taken: list[list[tuple[float, float]]] = [[] for _ in service_s]
    for begin_s, end_s, units in _occurrences(outages, calendar, horizon_s):
        free = [
            times
            for times, (from_s, until_s) in zip(taken, service_s, strict=True)
            if units is None or (from_s <= begin_s < until_s and not (times and times[-1][1] > begin_s))
        ]
        for times in free[:units]:
            if times and begin_s <= times[-1][1]:
                times[-1] = times[-1][0], max(end_s, times[-1][1])
            else:
                times.append((begin_s, end_s))
    return taken


def _occurrences(
    outages: Sequence[PlannedOutage], calendar: Calendar, horizon_s: float
) -> list[tuple[float, float, int | None]]:
    """Begin, end and number of units of each planned outage that reaches into the run, in order."""
    found: list[tuple[float, float, int | None]] = []
    for number, outage in enumerate(outages):
        duration_s = seconds(outage.duration_h)
        try:
            begins_s = [*outage.begins_s(calendar, horizon_s)]
        except ValueError as error:
            path = f"planned_outages[{number}]", "start"
            raise SpecError("planned_outages", [Problem(path, str(error))]) from None
        found += [(begin_s, begin_s + duration_s, outage.units) for begin_s in begins_s]
    inside = [one for one in found if one[1] > 0.0 and one[0] < horizon_s]
    return sorted(inside, key=lambda one: one[0])
