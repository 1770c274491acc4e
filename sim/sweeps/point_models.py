"""The campuses of the points of a sweep: one as plain data, and of each point what differs from it.

What differs is a merge patch (RFC 7396): a table of the values that are other ones, with null for what is
absent. Plain data of a campus has no null in its tables, so a patch gives back the campus exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sim.campus.campus import FAMILIES, Campus
from sim.results.result import plain
from sim.spec import Spec

Data = dict[str, Any]


class PointModels:
    """The campuses of points, in their order, as they are added."""

    def __init__(self) -> None:
        self._campus: Campus | None = None
        self._base: Data = {}
        self._changes: list[Data | None] = []

    def add(self, campuses: Iterable[Campus | None]) -> None:
        """Add the campuses of further points; None for one that was refused."""
        for campus in campuses:
            if self._campus is None and campus is not None:
                self._campus, self._base = campus, plain(campus)
            self._changes.append(None if campus is None else self._change(campus))

    def to_dict(self) -> Data:
        """The campuses as JSON values: `base`, and `changes` with a patch for each point."""
        return {"base": self._base, "changes": self._changes}

    def _change(self, campus: Campus) -> Data:
        """What differs from the base; participants that are the same object are not compared."""
        rest = campus.model_dump(
            mode="json", exclude={"run", *FAMILIES}, exclude_none=True, serialize_as_any=True
        )
        base = {name: value for name, value in self._base.items() if name not in FAMILIES}
        found = merge_patch(base, rest)
        for family in FAMILIES:
            before, after = getattr(self._campus, family), getattr(campus, family)
            patch = {name: None for name in before if name not in after}
            for name, part in after.items():
                patch |= self._part(family, name, before.get(name), part)
            if patch:
                found[family] = patch
        return found

    def _part(self, family: str, name: str, before: Spec | None, after: Spec) -> Data:
        """What differs in a participant, by its name; empty if nothing does."""
        if after is before:
            return {}
        if before is None:
            return {name: after.to_dict()}
        patch = merge_patch(self._base[family][name], after.to_dict())
        return {name: patch} if patch else {}


def models_of(data: Data) -> list[Data | None]:
    """The campuses in what `PointModels.to_dict` gives, as plain data; None for a point that was refused."""
    base, changes = data["base"], data["changes"]
    return [None if change is None else _sorted(merged(base, change)) for change in changes]


def merge_patch(before: Data, after: Data) -> Data:
    """The merge patch that turns one table into another; empty if they are equal."""
    patch: Data = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            inner = merge_patch(old, value)
            if inner:
                patch[name] = inner
        elif name not in before or not _is_same(old, value):
            patch[name] = value
    return patch


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON, which tells 1 from 1.0 and from true, in lists and tables too."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return all(_is_same(one[name], other[name]) for name in one)
    return not isinstance(one, list) or all(map(_is_same, one, other))


def merged(before: Data, patch: Data) -> Data:
    """A table with a merge patch applied; what does not change is shared."""
    found = dict(before)
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict):
            old = found.get(name)
            found[name] = merged(old if isinstance(old, dict) else {}, value)
        else:
            found[name] = value
    return found


def _sorted(model: Data) -> Data:
    """A campus with its participants in the order of their names, as `results.result.plain` has them."""
    return {name: dict(sorted(value.items())) if name in FAMILIES else value for name, value in model.items()}


def plain_models(campuses: Sequence[Campus | Data | None]) -> list[Data | None]:
    """Campuses as plain data, in which equal parts are shared; plain data stays as it is."""
    if any(isinstance(one, dict) for one in campuses):
        return [plain(one) if isinstance(one, Campus) else one for one in campuses]
    models = PointModels()
    models.add(one for one in campuses if not isinstance(one, dict))
    return models_of(models.to_dict())
