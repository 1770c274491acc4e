"""The model source: the model that every point of a sweep starts from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.campus.campus import Campus, Hashes
from sim.campus.scenario import A_YEAR_D, Scenario, base_type
from sim.errors import SpecError, shortened
from sim.spec import Spec
from sim.sweeps.axes import Point, refusal
from sim.sweeps.code import sources_of

Origin = Campus | Scenario | Callable[..., Campus]


@dataclass(frozen=True)
class Model:
    """The model of one point.

    Attributes:
        values: The point, with values as the campus took them.
        campus: The campus; None if it was refused.
        content: Hash of the campus and of the code of its own kinds; of the values if it was refused.
        error: Why it was refused; empty if it was not.
    """

    values: Point
    campus: Campus | None
    fingerprint: str
    error: str


class ModelSource:
    """A campus, or a scenario that makes one, with some values held fixed.

    Values are given by name of a parameter of the scenario, or by dotted path of the campus.
    """

    def __init__(self, origin: Origin, fixed: Mapping[str, Any] | None = None) -> None:
        self._fixed = dict(fixed or {})
        self._campus = origin if isinstance(origin, Campus) else None
        self._scenario: Scenario | None = None
        if isinstance(origin, Scenario):
            self._scenario = origin
        elif callable(origin):
            self._scenario = Scenario.of(origin)
        elif self._campus is None:
            raise refusal("model", f"= {shortened(origin)}; allowed: a campus, a scenario or its function")

    @property
    def name(self) -> str:
        """Name of the campus or of the scenario."""
        named = self._campus or self._scenario
        return named.name if named is not None else ""

    @property
    def days(self) -> float:
        """Length of a run, if the run of the campus does not say it [d]."""
        return A_YEAR_D if self._scenario is None else self._scenario.days

    @property
    def has_own_kinds(self) -> bool:
        """Whether the campus has kinds of a user's own, as far as can be told before a point is built."""
        try:
            campus, _ = self._build(self._fixed)
        except (SpecError, LookupError, AttributeError, ValueError):
            return False  # building the points will say what is wrong
        return bool(foreign_kinds(campus))

    def is_whole(self, name: str) -> bool:
        """Whether a name takes whole numbers only, as far as can be told before a point is built."""
        if self._scenario is not None and name in self._scenario.parameters.model_fields:
            return base_type(self._scenario.parameters.model_fields[name].annotation) is int
        try:
            campus, _ = self._build(self._fixed)
            value = _taken(campus, name, None)
        except (SpecError, LookupError, AttributeError, ValueError):
            return False  # building the points will say what is wrong
        return isinstance(value, int) and not isinstance(value, bool)

    def models(self, points: list[Point], *, is_grid: bool) -> list[Model]:
        """The model of each point, refused ones among them.

        Args:
            points: Values by name.
            is_grid: Whether the points are all combinations of some axes.

        Raises:
            SpecError: If no point is accepted or, on a grid, no point with some value of an axis, or if all
                values of an axis give the same campuses.
        """
        whole = {name for name in points[0] if self.is_whole(name)}
        points = [{name: _plain(value, whole=name in whole) for name, value in one.items()} for one in points]
        refused: dict[int, Exception] = {}
        known = Known()
        found = [self._model(place, point, refused, known) for place, point in enumerate(points)]
        _refuse_hopeless(points, refused, is_grid=is_grid)
        if is_grid:
            _refuse_idle(points, found)
        return found

    def _model(self, place: int, point: Point, refused: dict[int, Exception], known: Known) -> Model:
        try:
            campus, given = self._build({**self._fixed, **point})
            taken = {
                name: given[name] if name in given else _taken(campus, name, point[name]) for name in point
            }
        except Exception as error:  # noqa: BLE001 - whatever a scenario raises is a refused point
            refused[place] = error
            return Model(point, None, hashlib.sha256(repr(point).encode()).hexdigest(), message_of(error))
        return Model(taken, campus, fingerprint(campus, known), "")

    def _build(self, values: Point) -> tuple[Campus, Point]:
        """The campus of some values, and those of them that are parameters as the scenario took them."""
        if self._scenario is None:
            assert self._campus is not None  # noqa: S101 - there is one or the other
            return self._campus.with_values(values), {}
        fields = self._scenario.parameters.model_fields
        paths = {name: value for name, value in values.items() if "." in name and name not in fields}
        arguments = {name: value for name, value in values.items() if name not in paths}
        campus = self._scenario.build(**arguments)
        given = self._scenario.parameters(**arguments)
        return campus.with_values(paths) if paths else campus, {
            name: getattr(given, name) for name in arguments
        }


class Known:
    """What is known of the parts that campuses have in common, which are looked at once.

    Attributes:
        hashes: Hashes of participants (see `Campus.content_hash`).
        kinds: The classes in a part that are a user's own, by its identity, with the part.
    """

    def __init__(self) -> None:
        self.hashes: Hashes = {}
        self.kinds: dict[int, tuple[Spec, set[type[Spec]]]] = {}


def fingerprint(campus: Campus, known: Known | None = None) -> str:
    """Hash of a campus, its files, and the code of a user's own kinds with the own modules it imports.

    Args:
        campus: The campus.
        known: What is known of its parts; it is added to.
    """
    known = Known() if known is None else known
    codes = sources_of(foreign_kinds(campus, known))
    return hashlib.sha256("\n".join([campus.content_hash(known.hashes), *codes]).encode()).hexdigest()


def foreign_kinds(campus: Campus, known: Known | None = None) -> set[type[Spec]]:
    """The classes in a campus that are a user's own, wherever in it they stand.

    Args:
        campus: The campus.
        known: What is known of its parts; it is added to.
    """
    kinds = {} if known is None else known.kinds
    found = _foreign(campus)
    for value in campus.contents().values():
        for part in value.values() if isinstance(value, Mapping) else (value,):
            if not isinstance(part, Spec):
                found |= _all_foreign(part)
                continue
            if id(part) not in kinds:
                kinds[id(part)] = part, _all_foreign(part)
            found |= kinds[id(part)][1]
    return found


def _all_foreign(value: Any) -> set[type[Spec]]:
    """The classes of the parts of a value that are a user's own."""
    return {kind for part in _parts(value) for kind in _foreign(part)}


def _foreign(part: Spec) -> set[type[Spec]]:
    """The class of a part, if it is a user's own."""
    ours = __name__.partition(".")[0]
    return set() if type(part).__module__.partition(".")[0] == ours else {type(part)}


def _parts(value: Any) -> Iterator[Spec]:
    """The specs in a value, itself among them; a tuple holds things of one sort."""
    if isinstance(value, Spec):
        yield value
        for member in value.contents().values():
            if not isinstance(member, _PLAIN):
                yield from _parts(member)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _parts(member)
    elif isinstance(value, tuple) and value and isinstance(value[0], Spec):
        for member in value:
            yield from _parts(member)


_PLAIN = (float, int, str, type(None))
"""Types of most values; they are not specs and hold none."""


def message_of(error: BaseException) -> str:
    """The text of an error: its message if it is about the input, otherwise with its type in front."""
    return str(error) if isinstance(error, SpecError) else f"{type(error).__name__}: {error}"


def _plain(value: Any, *, whole: bool) -> Any:
    """A number of numpy as one of Python, and 3.0 as 3 where whole numbers are wanted."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if whole and isinstance(value, float) and value.is_integer() else value


def _taken(campus: Campus, path: str, value: Any) -> Any:
    """A value as the campus took it, such as 3 for "3"; profiles and the like stay as they were given."""
    here: Any = campus
    for part in path.split("."):
        if isinstance(here, list | tuple):
            here = here[int(part)]
        else:
            here = here[part] if isinstance(here, Mapping) else getattr(here, part)
    return here if isinstance(here, bool | int | float | str) else value


def _refuse_hopeless(points: list[Point], refused: dict[int, Exception], *, is_grid: bool) -> None:
    """Refuse the sweep if all points were refused or, on a grid, all points with some value of an axis."""
    accepted = [point for place, point in enumerate(points) if place not in refused]
    good = {(name, repr(value)) for point in accepted for name, value in point.items()}
    for place, error in refused.items():
        hopeless = is_grid and any((name, repr(value)) not in good for name, value in points[place].items())
        if hopeless or not accepted:
            if isinstance(error, SpecError):
                raise error
            raise refusal("over", f"{shortened(points[place])}: {message_of(error)}") from error


def _refuse_idle(points: list[Point], models: list[Model]) -> None:
    """Refuse a grid with an axis that changes nothing, such as one that a fixed value overrides."""
    for name in points[0]:
        contents: dict[str, set[str]] = {}
        for point, model in zip(points, models, strict=True):
            others = repr({other: value for other, value in point.items() if other != name})
            contents.setdefault(others, set()).add(model.fingerprint)
        if len(contents) < len(points) and all(len(found) == 1 for found in contents.values()):
            raise refusal("over", f"{name} changes nothing: all its values give the same campus")
