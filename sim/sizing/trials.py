"""The trials of a search: each point is run once, in batches, and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from sim.sizing.trial import Trial
from sim.sweeps.axes import Point
from sim.sweeps.base import Model, ModelSource
from sim.sweeps.engines import Engine
from sim.sweeps.point_values import plain
from sim.sweeps.store import Manifest, RunStore
from sim.sweeps.task import Outcome, Task, key_of

_Key = tuple[tuple[str, Any], ...]


class Trials:
    """The points that were tried, in their order.

    Runs are known by their key, so a point is run once however often it is asked for, and points that make
    the same campus share their runs.
    """

    def __init__(
        self,
        source: ModelSource,
        engine: Engine,
        *,
        accepted: Point,
        seeds: Sequence[int],
        days: float,
        store: RunStore | None,
        manifest: Manifest,
        advance: Callable[[], object],
    ) -> None:
        """Begin without any trial.

        Args:
            source: What campuses are made from.
            engine: Where they are run.
            accepted: A point that the model accepts.
            seeds: Seeds of each point.
            days: Length of each run [d].
            store: Folder that keeps runs; None if there is none.
            manifest: What the folder says it holds; points that are tried are added.
            advance: Called for each run.
        """
        self._source, self._engine, self._accepted = source, engine, accepted
        self._seeds, self._days = list(seeds), days
        self._store, self._manifest, self._advance = store, manifest, advance
        self._found: dict[_Key, Trial] = {}
        self._runs: dict[str, Outcome] = {}
        self._counted: set[str] = set()
        self._generation = 0

    @property
    def found(self) -> list[Trial]:
        """All trials in their order."""
        return list(self._found.values())

    @property
    def seeds(self) -> list[int]:
        """Seeds of each point."""
        return self._seeds

    @property
    def runs(self) -> int:
        """Number of runs counted against the bound: those made, and those of an earlier search used here."""
        return len(self._counted)

    def of(self, points: Sequence[Point]) -> list[Trial]:
        """The trial of each point; those that are new are run as one batch."""
        fresh = {_key(point): dict(point) for point in points if _key(point) not in self._found}
        if fresh:
            # with a point that is accepted, a batch of refused ones is not an error
            models = self._source.models([self._accepted, *fresh.values()], is_grid=False)[1:]
            self._describe(models)
            runs = self._run(models, self._seeds)
            for (key, point), model in zip(fresh.items(), models, strict=True):
                outcomes = tuple(runs[self._key_of(model, seed)] for seed in self._seeds)
                values = {name: model.values.get(name, point[name]) for name in point}
                self._found[key] = Trial(values, self._generation, model.campus, model.fingerprint, outcomes)
            self._counted |= {
                self._key_of(model, seed) for model in models if model.campus for seed in self._seeds
            }
            self._generation += 1
        return [self._found[_key(point)] for point in points]

    def again(self, trial: Trial, seeds: Sequence[int]) -> Trial:
        """A trial run again with other seeds, event by event; the runs do not count against the bound."""
        model = Model(trial.values, trial.campus, trial.fingerprint, trial.error)
        runs = self._run([model], seeds, replay=False)
        outcomes = tuple(runs[self._key_of(model, seed)] for seed in seeds)
        return Trial(trial.values, trial.generation, trial.campus, trial.fingerprint, outcomes)

    def publish(self, **frames: Any) -> None:
        """Write frames into the folder, if there is one."""
        if self._store is not None:
            self._store.publish(**frames)

    def _key_of(self, model: Model, seed: int) -> str:
        return key_of(model.fingerprint, self._days, seed)

    def _run(
        self, models: Sequence[Model], seeds: Sequence[int], *, replay: bool | None = None
    ) -> Mapping[str, Outcome]:
        """The outcomes by key, with those of some models; only what is missing is run."""
        wanted = {self._key_of(model, seed): (model, seed) for model in models for seed in seeds}
        missing = {key: what for key, what in wanted.items() if key not in self._runs}
        kept = {} if self._store is None else self._store.finished(missing)
        for key, (model, _) in missing.items():
            if model.campus is None:
                self._keep(Outcome(key, {}, model.error), store=None if key in kept else self._store)
            elif key in kept and not kept[key].error:
                self._keep(kept[key], store=None)
        with closing(self._engine.run(self._tasks(missing, replay))) as outcomes:
            for outcome in outcomes:
                self._keep(outcome, store=self._store)
        return self._runs

    def _tasks(self, missing: Mapping[str, tuple[Model, int]], replay: bool | None) -> list[Task]:
        """The runs that have to be made."""
        return [
            Task(key, model.campus, self._days, seed, replay)
            for key, (model, seed) in missing.items()
            if key not in self._runs and model.campus is not None
        ]

    def _keep(self, outcome: Outcome, *, store: RunStore | None) -> None:
        if store is not None:
            store.save(outcome)
        self._runs[outcome.key] = outcome
        self._advance()

    def _describe(self, models: Sequence[Model]) -> None:
        """Say in the folder which points it holds."""
        known = set(self._manifest["contents"])
        fresh = [model for model in models if model.fingerprint not in known]
        self._manifest["points"] += [plain(model.values) for model in fresh]
        self._manifest["contents"] += [model.fingerprint for model in fresh]
        if self._store is not None:
            self._store.describe(self._manifest, [model.campus for model in fresh])


def _key(point: Point) -> _Key:
    return tuple(point.items())
