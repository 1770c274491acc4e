"""Sweep a model: plan the runs, make the missing ones, and keep each as it finishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from numbers import Integral
from pathlib import Path
from typing import Any

from sim.campus.scenario import A_YEAR_D
from sim.errors import shortened
from sim.replay.obstacle import obstacle
from sim.simulation import check_run, prepare
from sim.spec import Spec
from sim.sweeps.axes import Over, Point, points_of, refusal
from sim.sweeps.base import Model, ModelSource, Origin
from sim.sweeps.engines import Engine, engine_for
from sim.sweeps.point_values import plain
from sim.sweeps.result import SweepResult
from sim.sweeps.store import FORMAT, Manifest, RunStore
from sim.sweeps.task import METRICS, Outcome, Task, key_of
from sim.version import __version__

_FEW = 100
"""Members of a list that are looked at."""
TAKEN = frozenset({"point", "seed", "seeds", "error", *METRICS})
"""Names that nothing varied may have."""


def sweep(
    model: Origin,
    *,
    over: Over,
    seeds: int | Sequence[int] = 1,
    days: float | None = None,
    fixed: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    out: Path | str | None = None,
    replay: bool | None = None,
    progress: bool = False,
) -> SweepResult:
    """Run a model at many points, each with the same seeds.

    All points use the same seeds, and each participant has its own random stream, so a difference between two
    points is not caused by different random draws. Metrics do not depend on the number of processes or on
    where a run was made.

    Args:
        model: A campus, a scenario, or a scenario's function.
        over: What is varied, by name of a parameter or dotted path of the campus: a dictionary of values
            (all combinations are run), or a list of points as `sobol` and `latin_hypercube` make it.
        seeds: The seeds, or their number: 5 means 0 to 4, or five from the seed of the campus's `run` on.
        days: Length of each run [d]. Default: as the campus's `run` or the script says, or a year.
        fixed: Values held fixed, by name or path.
        jobs: Processes on this machine; all its cores by default, 1 stays in this process.
        cluster: Address of the scheduler of a Dask cluster to use instead.
        out: Folder that keeps runs as they finish. Run the same sweep again to
            resume: only missing runs are made, and seeds may be added. The folder of a different sweep is
            refused.
        replay: Whether runs are replayed: their metrics alone are computed, without rows, long runs in about
            half of the time. That is possible where power follows from series and stores alone. Metrics are
            those of a run to 1e-9. Default: where it is possible. True refuses a sweep in which it is not.
        progress: Whether to show a bar.

    Raises:
        SpecError: For bad input; nothing is run or written then. A run that fails later is recorded.
    """
    listed = checked_seeds(seeds)
    if replay not in {None, True, False}:
        raise refusal("replay", f"= {replay!r}; allowed: True, False or None")
    for seed in (min(listed), max(listed)):
        check_run(A_YEAR_D if days is None else days, seed)
    base = ModelSource(model, fixed)
    models = base.models(_checked_points(over), is_grid=isinstance(over, Mapping))
    days, seeds = planned(base, models, days, listed, counted=isinstance(seeds, Integral))
    for start in {one.campus.start for one in models if one.campus is not None}:
        check_run(days, max(seeds), begins=start)
    wanted = {
        (place, seed): key_of(one.fingerprint, days, seed)
        for place, one in enumerate(models)
        for seed in seeds
    }
    if replay:
        _refuse_obstacles(models, days, seeds[0])
    with engine_for(jobs, cluster) as engine:
        campuses = [one.campus for one in models]
        store = None if out is None else RunStore(out, _manifest(base, models, seeds, days), campuses)
        done = _begin(store, models, wanted)
        _run_missing(engine, _tasks(models, wanted, done, days, replay), done, store, shown=progress)
    outcomes = {at: done[key] for at, key in wanted.items()}
    points = [one.values for one in models]
    result = SweepResult.of(base.name, points, seeds, outcomes, days=days, campuses=campuses)
    if store is not None:
        store.publish(points=result.points, means=result.means)
    return result


def checked_seeds(seeds: int | Sequence[int]) -> list[int]:
    """The seeds as a list: a number n means 0 to n - 1.

    Raises:
        SpecError: For anything but a whole number or a list of whole numbers, each once.
    """
    given: Any = seeds
    if isinstance(given, Integral) and not isinstance(given, bool):
        given = range(int(given))
    found = list(given) if isinstance(given, Sequence) else []
    good = all(isinstance(seed, Integral) and not isinstance(seed, bool) for seed in found)
    if not found or not good:
        raise refusal("seeds", f"= {seeds!r}; allowed: a whole number at least 1, or a list of whole numbers")
    found = [int(seed) for seed in found]
    if len(set(found)) < len(found):
        raise refusal("seeds", f"= {seeds!r}; allowed: each seed once")
    return found


def planned(
    base: ModelSource, models: list[Model], days: float | None, seeds: list[int], *, counted: bool
) -> tuple[float, list[int]]:
    """The length [d] and the seeds of the runs, as far as they are not given by the runs of the campuses.

    Raises:
        SpecError: If the campuses of the points differ in what is not given.
    """
    campuses = [one.campus for one in models if one.campus is not None]
    if days is None:
        lengths_d = {base.days if campus.days is None else campus.days for campus in campuses}
        if len(lengths_d) > 1:
            shown = " and ".join(f"{length_d:g}" for length_d in sorted(lengths_d)[:2])
            raise refusal("days", f"is {shown} d at different points; allowed: one length, given as days")
        (days,) = lengths_d
    if counted:
        firsts = sorted({campus.run.seed for campus in campuses})
        if len(firsts) > 1:
            shown = " and ".join(map(str, firsts[:2]))
            raise refusal("seeds", f"begin with {shown} at different points; allowed: a list of seeds")
        seeds = [firsts[0] + seed for seed in seeds]
    return days, seeds


def _refuse_obstacles(models: list[Model], days: float, seed: int) -> None:
    """Refuse a replay of a point whose run cannot be replayed; points that are alike are looked at once."""
    seen = set[Any]()
    for one in models:
        if one.campus is None or (alike := _structure(one.campus)) in seen:
            continue
        seen.add(alike)
        if why := obstacle(prepare(one.campus, days=days, seed=seed)):
            at = ", ".join(f"{name} = {shortened(value)}" for name, value in one.values.items())
            advice = "without --replay (replay=True in Python) such runs are simulated event by event"
            raise refusal("replay", f"is not possible at {at}: {why}; {advice}")


def _structure(value: Any) -> Any:
    """What a campus consists of, whatever its numbers are: whether they are zero counts."""
    if isinstance(value, Spec):
        return type(value), tuple(_structure(one) for one in value.contents().values())
    if isinstance(value, Mapping):
        return tuple((name, _structure(one)) for name, one in value.items())
    if isinstance(value, list | tuple):
        return len(value), tuple(_structure(one) for one in value[:_FEW])
    return bool(value) if isinstance(value, int | float) else repr(value)


def _manifest(base: ModelSource, models: list[Model], seeds: list[int], days: float) -> Manifest:
    return {
        "format": FORMAT,
        "version": __version__,
        "name": base.name,
        "days": float(days),
        "seeds": seeds,
        "axes": list(models[0].values),
        "points": [plain(one.values) for one in models],
        "contents": [one.fingerprint for one in models],
    }


def _checked_points(over: Over) -> list[Point]:
    points = points_of(over)
    if not points[0]:
        raise refusal("over", "names no axis to vary")
    for name in points[0]:
        if name in TAKEN:
            raise refusal("over", f"{name} is the name of a metric or a column of the result; rename it")
    return points


def _begin(
    store: RunStore | None, models: list[Model], wanted: Mapping[tuple[int, int], str]
) -> dict[str, Outcome]:
    """What needs no run: points that were refused, and runs kept from an earlier sweep."""
    done = {
        key: Outcome(key, {}, models[place].error)
        for (place, _), key in wanted.items()
        if models[place].campus is None
    }
    if store is None:
        return done
    kept = store.finished(wanted.values())
    for key, outcome in done.items():
        if key not in kept:
            store.save(outcome)
    return {**{key: outcome for key, outcome in kept.items() if not outcome.error}, **done}


def _tasks(
    models: list[Model],
    wanted: Mapping[tuple[int, int], str],
    done: Mapping[str, Outcome],
    days: float,
    replay: bool | None,
) -> list[Task]:
    """The missing runs; equal points share a run."""
    tasks: dict[str, Task] = {}
    for (place, seed), key in wanted.items():
        campus = models[place].campus
        if key in done or key in tasks or campus is None:
            continue
        tasks[key] = Task(key, campus, days, seed, replay)
    return list(tasks.values())


def _run_missing(
    engine: Engine, tasks: list[Task], done: dict[str, Outcome], store: RunStore | None, *, shown: bool
) -> None:
    """Run the tasks, and keep each outcome as it finishes."""
    total = len(tasks) + len(done)
    with bar(total, len(done), shown=shown) as advance, closing(engine.run(tasks)) as outcomes:
        for outcome in outcomes:
            if store is not None:
                store.save(outcome)
            done[outcome.key] = outcome
            advance()


@contextmanager
def bar(total: int, done: int, *, shown: bool, name: str = "sweep") -> Iterator[Callable[[], object]]:
    """A bar that counts runs, and the call that moves it."""
    if not shown:
        yield lambda: None
        return
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without widgets gets the text bar, and no lecture
        from tqdm.auto import tqdm
    with tqdm(total=total, initial=done, unit="run", desc=name) as shown_bar:
        yield shown_bar.update
