"""The base: the model that every point of a sweep departs from."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, get_type_hints

import numpy as np
from pydantic import TypeAdapter, ValidationError

from sim.campus import Campus
from sim.errors import SpecError, nearest
from sim.spec import shortened
from sim.sweep.axes import Point, refusal

Origin = Campus | Callable[..., Campus]


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
    content: str
    error: str


class Base:
    """A campus, or a function of typed parameters that returns one, with some values held fixed.

    Values are given by name of a parameter of the function, or by dotted path of the campus.
    """

    def __init__(self, origin: Origin, fixed: Mapping[str, Any] | None = None) -> None:
        self._fixed = dict(fixed or {})
        self._campus = origin if isinstance(origin, Campus) else None
        self._function: Callable[..., Campus] | None = None
        self._types: dict[str, TypeAdapter[Any]] = {}
        if self._campus is None:
            if not callable(origin):
                raise refusal(
                    "model", f"= {shortened(origin)}; allowed: a campus or a function that returns one"
                )
            self._function = origin
            self._types = {name: TypeAdapter(kind) for name, kind in parameter_types(origin).items()}

    @property
    def name(self) -> str:
        """Name of the campus or of the function."""
        if self._campus is not None:
            return self._campus.name
        bare = self._function
        while isinstance(bare, partial):
            bare = bare.func
        return str(getattr(bare, "__name__", type(bare).__name__))

    def models(self, points: list[Point], *, is_grid: bool) -> list[Model]:
        """The model of each point, refused ones among them.

        Args:
            points: Values by name.
            is_grid: Whether the points are all combinations of some axes.

        Raises:
            SpecError: If no point is accepted or, on a grid, no point with some value of an axis.
        """
        for name in {**self._fixed, **points[0]}:
            self._check_name(name)
        points = [{name: self._typed(name, value) for name, value in point.items()} for point in points]
        self._fixed = {name: self._typed(name, value) for name, value in self._fixed.items()}
        refused: dict[int, Exception] = {}
        found = [self._model(place, point, refused) for place, point in enumerate(points)]
        _refuse_hopeless(points, refused, is_grid=is_grid)
        return found

    def _check_name(self, name: str) -> None:
        if self._function is not None and "." not in name and name not in self._types:
            offered = nearest(name, self._types)
            raise refusal("over", f"{name} is no parameter of {self.name}{offered}")

    def _typed(self, name: str, value: Any) -> Any:
        """A value for a parameter, checked against its annotation."""
        plain = value.item() if isinstance(value, np.generic) else value
        if name not in self._types:
            return plain
        try:
            return self._types[name].validate_python(plain)
        except ValidationError as error:
            said = error.errors(include_url=False)[0]["msg"]
            raise refusal("over", f"{name} = {shortened(plain)}; {said[:1].lower()}{said[1:]}") from None

    def _model(self, place: int, point: Point, refused: dict[int, Exception]) -> Model:
        try:
            campus = self._build({**self._fixed, **point})
        except Exception as error:  # noqa: BLE001 - whatever a scenario raises is a refused point
            refused[place] = error
            return Model(point, None, hashlib.sha256(repr(point).encode()).hexdigest(), said(error))
        values = {name: _taken(campus, name, value, self._types) for name, value in point.items()}
        return Model(values, campus, content(campus), "")

    def _build(self, values: Point) -> Campus:
        arguments = {name: value for name, value in values.items() if name in self._types}
        paths = {name: value for name, value in values.items() if name not in self._types}
        campus = self._campus if self._function is None else self._function(**arguments)
        if not isinstance(campus, Campus):
            raise refusal("model", f"{self.name} returned {type(campus).__name__}; allowed: a Campus")
        return campus.with_values(paths) if paths else campus


def parameter_types(function: Callable[..., Any]) -> dict[str, Any]:
    """The parameters of a function and their types; `Any` where it has no annotation."""
    bare = function
    while isinstance(bare, partial):
        bare = bare.func
    try:
        hints = get_type_hints(bare, include_extras=True)
    except (NameError, TypeError):
        hints = {}
    return {name: hints.get(name, Any) for name in inspect.signature(function).parameters}


def content(campus: Campus) -> str:
    """Hash of a campus, its files, and the code of the kinds that are not the simulator's own."""
    parts = (campus, campus.facility, *campus.supply.values(), *campus.demand.values())
    codes = sorted({_code(kind) for kind in {type(part) for part in parts} if is_foreign(kind)})
    return hashlib.sha256("\n".join([campus.content_hash(), *codes]).encode()).hexdigest()


def is_foreign(kind: type) -> bool:
    """Whether a class is a user's own."""
    return kind.__module__.partition(".")[0] != __name__.partition(".")[0]


def said(error: BaseException) -> str:
    """An error in words: its message if it is about the input, with its type before it otherwise."""
    return str(error) if isinstance(error, SpecError) else f"{type(error).__name__}: {error}"


@lru_cache
def _code(kind: type) -> str:
    try:
        return inspect.getsource(sys.modules[kind.__module__])
    except (OSError, TypeError, KeyError):
        pass
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return kind.__qualname__


def _taken(campus: Campus, name: str, value: Any, parameters: Mapping[str, Any]) -> Any:
    """A value as the campus took it, such as 3 for "3"; profiles and the like stay as they were given."""
    if name in parameters:
        return value
    here: Any = campus
    for part in name.split("."):
        if isinstance(here, list | tuple):
            here = here[int(part)]
        else:
            here = here[part] if isinstance(here, Mapping) else getattr(here, part)
    return here if isinstance(here, bool | int | float | str) else value


def _refuse_hopeless(points: list[Point], refused: dict[int, Exception], *, is_grid: bool) -> None:
    """Refuse the sweep if all points were refused or, on a grid, all those with one value of an axis."""
    accepted = [point for place, point in enumerate(points) if place not in refused]
    good = {(name, repr(value)) for point in accepted for name, value in point.items()}
    for place, error in refused.items():
        hopeless = is_grid and any((name, repr(value)) not in good for name, value in points[place].items())
        if hopeless or not accepted:
            if isinstance(error, SpecError):
                raise error
            raise refusal("over", f"{shortened(points[place])}: {said(error)}") from error
