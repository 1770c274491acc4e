"""The batch: tasks as bytes that travel to a worker. What their campuses have in common travels once."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.campus.campus import Campus
from sim.spec import Spec
from sim.sweeps.base import Known, foreign_kinds, message_of
from sim.sweeps.code import modules_of
from sim.sweeps.task import Outcome, Task, run_task
from sim.version import __version__

Bytes = NDArray[np.uint8]
"""Bytes as an array, which joblib hands to a process without a copy."""


class Common:
    """The participants that several tasks have in common.

    Attributes:
        key: Hash of them.
        data: They, pickled.
        places: Number of each of them, by its identity.
        kinds: The classes in all campuses that are a user's own.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        campuses = {id(task.campus): task.campus for task in tasks}.values()
        parts = {id(part): part for campus in campuses for part in _participants(campus)}
        count = Counter(id(part) for campus in campuses for part in _participants(campus))
        self._parts = [part for one, part in parts.items() if count[one] > 1]  # they keep their identity
        self.places = {id(part): place for place, part in enumerate(self._parts)}
        known = Known()
        self.kinds = {kind for campus in campuses for kind in foreign_kinds(campus, known)}
        data = _dumped(self._parts, self.kinds, {})
        self.key = hashlib.sha256(data).hexdigest()
        self.data: Bytes = np.frombuffer(data, dtype=np.uint8)


@dataclass(frozen=True)
class Batch:
    """Some tasks, as bytes.

    Attributes:
        keys: Keys of the tasks.
        payload: The tasks, pickled, without what they have in common.
        common_key: Hash of what they have in common.
        version: Version of the simulator that has to run them.
    """

    keys: tuple[str, ...]
    payload: bytes = field(repr=False)
    common_key: str
    version: str = __version__


def packed(tasks: Sequence[Task], common: Common) -> Batch:
    """Tasks as bytes that a worker can read, though it cannot import a user's own kinds."""
    payload = _dumped(list(tasks), common.kinds, common.places)
    return Batch(tuple(task.key for task in tasks), payload, common.key)


def run_batch(batch: Batch, common: Bytes) -> list[Outcome]:
    """Run some tasks, one after the other.

    Args:
        batch: The tasks.
        common: What they have in common, pickled.
    """
    try:
        if batch.version != __version__:
            raise RuntimeError(f"the worker has dcgrid {__version__}, the sweep {batch.version}")  # noqa: TRY301 - recorded like any failure of a run
        tasks: list[Task] = _Unpickler(batch.payload, _parts(batch.common_key, common)).load()
    except Exception as error:  # noqa: BLE001 - whatever fails is recorded and the sweep goes on
        return [Outcome(key, {}, message_of(error)) for key in batch.keys]
    return [run_task(task) for task in tasks]


class _Unpickler(pickle.Unpickler):
    """Reads tasks, and finds what they have in common by its number."""

    def __init__(self, payload: bytes, parts: Sequence[Spec]) -> None:
        super().__init__(io.BytesIO(payload))
        self._parts = parts

    def persistent_load(self, pid: int) -> Spec:
        return self._parts[pid]


_KEPT: dict[str, list[Spec]] = {}
"""What the tasks of the sweep under way have in common: series that are made once are kept in it."""


def _parts(key: str, data: Bytes) -> list[Spec]:
    """What tasks have in common, which a process reads once."""
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = pickle.loads(data.data)  # noqa: S301 - the sweep's own bytes
    return _KEPT[key]


def _participants(campus: Campus) -> Iterator[Spec]:
    """The participants of a campus."""
    for family in (campus.servers, campus.supply, campus.demand):
        yield from family.values()


def _dumped(value: Any, kinds: set[type[Spec]], places: dict[int, int]) -> bytes:
    """A value as bytes, with the code of the user's own kinds; parts with a place are left out."""
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc] # it has no types
        def persistent_id(self, obj: Any) -> int | None:
            return places.get(id(obj))

    file = io.BytesIO()
    pickler = Pickler if places else cloudpickle.Pickler  # the first asks for every number
    with _by_value(kinds):
        pickler(file).dump(value)
    return file.getvalue()


@contextmanager
def _by_value(kinds: set[type[Spec]]) -> Iterator[None]:
    """Let the modules of some kinds travel as code."""
    import cloudpickle

    known = cloudpickle.list_registry_pickle_by_value()
    fresh = [module for module in modules_of(kinds) if module.__name__ not in known]
    for module in fresh:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in fresh:
            cloudpickle.unregister_pickle_by_value(module)
