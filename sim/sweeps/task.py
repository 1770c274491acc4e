"""A task: one run of a sweep, and its outcome."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from math import fsum
from time import perf_counter
from typing import Any

from sim.books.closed import Closed
from sim.campus import Campus
from sim.errors import Problem, SpecError
from sim.plots.palette import slot_of
from sim.replay.obstacle import obstacle
from sim.replay.replay import replay
from sim.runs.metrics import summarise
from sim.runs.summary import JOB_METRICS, TIMINGS, Summary
from sim.simulation import prepare
from sim.sweeps.base import message_of
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from sim.version import __version__

_YOUNG = 20_000
"""Objects made before garbage is collected: several times as many as a replay makes."""
METRICS = (*(one.name for one in fields(Summary) if one.name not in TIMINGS), *JOB_METRICS)
"""Names of the metrics of a run; those of sources and the like go on after a dot."""


@dataclass(frozen=True)
class Task:
    """One run.

    Attributes:
        key: Hash of everything its metrics depend on.
        campus: The model.
        days: Length of the run [d].
        seed: Seed of its random draws.
        replay: Whether it is replayed: None if it is where that is possible; otherwise a run that cannot be
            fails, or none is.
    """

    key: str
    campus: Campus = field(repr=False)
    days: float
    seed: int
    replay: bool | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    Attributes:
        key: Key of its task.
        metrics: Its metrics by name, None where a metric does not exist; empty if the run failed.
        error: Why the run failed; empty if it did not.
        slots: Slot of the palette of each source, by name; pictures of the sweep take its colour.
        same_weather: Whether the run has weather, and the same for all seeds.
        wall_s: Wall time of the run; not part of the result.
        is_replayed: Whether it was replayed; not part of the result.
    """

    key: str
    metrics: dict[str, float | None]
    error: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    same_weather: bool = False
    wall_s: float = field(default=0.0, compare=False)
    is_replayed: bool = field(default=False, compare=False)


def key_of(fingerprint: str, days: float, seed: int, version: str = __version__) -> str:
    """The key of a run: the same campus, length, seed and version give the same metrics."""
    return hashlib.sha256(json.dumps([fingerprint, float(days), seed, version]).encode()).hexdigest()


def run_task(task: Task) -> Outcome:
    """Run a task; a run that fails is an outcome too."""
    began = perf_counter()
    with _few_collections():
        try:
            outcome = _outcome(task)
        except Exception as error:  # noqa: BLE001 - whatever fails is recorded and the sweep goes on
            outcome = Outcome(task.key, {}, message_of(error))
    return replace(outcome, wall_s=perf_counter() - began)


def _outcome(task: Task) -> Outcome:
    record_s = max(SECONDS_PER_MINUTE, task.days * SECONDS_PER_DAY)
    site = prepare(task.campus, days=task.days, seed=task.seed, record_s=record_s)
    why = "" if task.replay is False else obstacle(site)
    if task.replay and why:
        raise SpecError(task.campus.name, [Problem(("replay",), f"is not possible: {why}")])
    is_replayed = task.replay is not False and not why
    books = replay(site) if is_replayed else site.run()
    return Outcome(
        task.key,
        metrics_of(summarise(books, loop_s=0.0, wall_s=0.0), books),
        slots=slots_of(books),
        same_weather=books.same_weather,
        is_replayed=is_replayed,
    )


@contextmanager
def _few_collections() -> Iterator[None]:
    """Collect the garbage of a short run at its end: on the way, that would take a sixth of its time."""
    usual, *older = gc.get_threshold()
    gc.set_threshold(max(usual, _YOUNG) if usual else 0, *older)
    try:
        yield
    finally:
        gc.set_threshold(usual, *older)
        if gc.isenabled():
            gc.collect(0)


def metrics_of(summary: Summary, books: Closed) -> dict[str, float | None]:
    """The metrics of a run by name, those of its jobs among them."""
    return {**summary.metrics(), **_job_metrics(books.jobs)}


def slots_of(books: Closed) -> dict[str, str]:
    """The slot of the palette of each source of a run, by name."""
    return {one.name: slot_of(one.colour, one.label) for one in books.participants if one.family == "supply"}


def _job_metrics(records: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """Metrics of the workloads that have an end: count, count done, mean wait and mean span."""
    jobs = [job for job in records if job.get("work_gpu_h") is not None]
    waits_s = [job["start_s"] - job["submit_s"] for job in jobs if job.get("start_s") is not None]
    spans_s = [job["end_s"] - job["submit_s"] for job in jobs if job.get("end_s") is not None]
    found = (float(len(jobs)), float(len(spans_s)), _mean_h(waits_s), _mean_h(spans_s))
    return dict(zip(JOB_METRICS, found, strict=True))


def _mean_h(spans_s: list[float]) -> float | None:
    return fsum(spans_s) / len(spans_s) / SECONDS_PER_HOUR if spans_s else None
