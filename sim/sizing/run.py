"""Search the cheapest sizes of a model that meet limits, and check them over fresh seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from numbers import Integral
from pathlib import Path
from typing import Any

from sim.campus.scenario import A_YEAR_D
from sim.errors import nearest
from sim.simulation import check_run
from sim.sizing.front import best_of, search_front, search_one
from sim.sizing.goal import Goal, Minimise, goals_of
from sim.sizing.limit import Limit, limits_of
from sim.sizing.refusals import as_size, refused
from sim.sizing.result import SizeResult
from sim.sizing.search import first_generation
from sim.sizing.trial import Judge, Trial
from sim.sizing.trials import Trials
from sim.sizing.variable import Variable, variables_of
from sim.sweeps.axes import Point, Ranges
from sim.sweeps.base import Model, ModelSource, Origin
from sim.sweeps.engines import engine_for
from sim.sweeps.point_values import plain
from sim.sweeps.run import bar, checked_seeds, planned
from sim.sweeps.store import FORMAT, SEARCH, Manifest, RunStore
from sim.sweeps.task import METRICS
from sim.version import __version__

_COLUMNS = {"generation", "seed", "violation", "feasible", "error"}


@dataclass(frozen=True)
class _Plan:
    """What a search is about, checked.

    Attributes:
        source: What campuses are made from.
        variables: What is searched.
        goals: What is made small.
        limits: What has to be met.
        first: The first generation.
        models: Its models.
        days: Length of each run [d].
        seeds: Seeds of the search.
        check_seeds: Fresh seeds.
    """

    source: ModelSource
    variables: tuple[Variable, ...]
    goals: tuple[Goal, ...]
    limits: tuple[Limit, ...]
    first: list[Point]
    models: list[Model]
    days: float
    seeds: list[int]
    check_seeds: list[int]

    @property
    def distinct(self) -> list[Model]:
        """The models of the first generation, each once."""
        return list({one.fingerprint: one for one in self.models}.values())


def size(
    model: Origin,
    variables: Ranges,
    *,
    minimise: Minimise,
    subject_to: Sequence[str] = (),
    fixed: Mapping[str, Any] | None = None,
    seeds: int | Sequence[int] = 1,
    check_seeds: int | Sequence[int] = 3,
    days: float | None = None,
    most_runs: int = 400,
    jobs: int | None = None,
    out: Path | str | None = None,
    seed: int = 0,
    progress: bool = False,
) -> SizeResult:
    """Search the sizes with the lowest goal that meet every limit.

    The search is differential evolution, which needs no gradients and takes whole numbers too. It finds a
    good point, not a proven optimum: another `seed` or more runs may find a slightly better one. Every limit
    has to hold with every seed, not only on average. A point that misses limits is ordered by the total of
    its relative violations, whatever its cost. If no point meets the limits, the result says so and has the
    closest one. A point whose run fails counts as missing every limit, and is listed.

    Numbers are searched in steps of a thousandth of their range or less: the next power of ten below.

    With two goals the result has a Pareto front. It is made of several single searches that share their runs:
    each goal alone, then the first goal under falling ceilings of the second one. The front holds the points
    tried that no other one beats in both. It is not the complete front, and its points are judged with the
    seeds of the search; only the best point, which has the lowest first goal, is run over fresh seeds.

    Args:
        model: A campus, a scenario, or a scenario's function.
        variables: Lowest and highest value by name of a parameter or dotted path of the campus, or a `range`
            for whole numbers.
        minimise: What is made small: a metric of a sweep or a sum of such, as `"cost_usd + fixed_cost_usd"`
            or `"cost_usd + 85 * carbon_t"`; or, by a name for it, such a text or a function of a run, which
            gets its metrics and variables by name. What should be large has a factor below zero, as
            `"-1 * cfe_score"`. The mean over seeds counts. There may be two.
        subject_to: Limits on metrics, such as `"unserved_mwh <= 0"` or `"cfe_score >= 0.9"`.
        fixed: Values held fixed, by name or path.
        seeds: The seeds of the search, or their number from the seed of the campus's `run` on.
        check_seeds: Fresh seeds with which the best point is run again, or their number from the highest of
            `seeds` on. These runs come on top of `most_runs`.
        days: Length of each run [d]. Default: as the campus's `run` or the script says, or a year.
        most_runs: Bound of the number of runs of the search. Runs kept by an earlier search count too, so
            that an interrupted search gives the result of an undisturbed one.
        jobs: Processes on this machine; all its cores by default, 1 stays in this process.
        out: Folder that keeps runs as they finish. Search again with the same folder to resume; another
            search over the same names and length uses its runs too. `SweepResult.load` reads the points.
        seed: Seed of the search itself; the same seed gives the same points.
        progress: Whether to show a bar.

    Raises:
        SpecError: For bad input; nothing is run or written then. Also if every run of the first generation
            fails.
    """
    plan = _planned(
        model, variables, minimise=minimise, subject_to=subject_to, fixed=fixed, seeds=seeds,
        check_seeds=check_seeds, days=days, seed=seed,
    )  # fmt: skip
    needed = len(plan.first) * len(plan.seeds)
    if isinstance(most_runs, bool) or not isinstance(most_runs, Integral) or most_runs < needed:
        message = f"{len(plan.first)} points with {len(plan.seeds)} seed{'s' * (len(plan.seeds) > 1)} each"
        raise refused(
            "most_runs", f"= {most_runs!r}; allowed: at least {needed}, one generation of {message}"
        )
    manifest = _manifest(plan)
    with as_size():
        engine = engine_for(jobs, None)
    with engine, bar(int(most_runs) + len(plan.check_seeds), 0, shown=progress, name="size") as advance:
        with as_size():
            store = None if out is None else RunStore(out, manifest, [one.campus for one in plan.distinct])
        accepted = next(one.values for one in plan.models if one.campus is not None)
        trials = Trials(
            plan.source, engine, accepted=accepted, seeds=plan.seeds, days=plan.days, store=store,
            manifest=manifest, advance=advance,
        )  # fmt: skip
        judge = _judged(plan, trials.of(plan.first))
        search = search_one if len(plan.goals) == 1 else search_front
        ended = search(plan.variables, trials, plan.first, judge, most_runs=int(most_runs), seed=seed)
        best = best_of(trials.found, judge.verdict)
        check = trials.again(best, plan.check_seeds)
    result = SizeResult(
        plan.source.name, tuple(plan.seeds), tuple(plan.check_seeds), plan.days, trials.runs, int(most_runs),
        ended, plan.variables, judge, tuple(trials.found), check,
    )  # fmt: skip
    if store is not None:
        store.publish(points=result.sweep.points, means=result.sweep.means, tried=result.runs)
    return result


def _planned(
    model: Origin,
    variables: Ranges,
    *,
    minimise: Minimise,
    subject_to: Sequence[str],
    fixed: Mapping[str, Any] | None,
    seeds: int | Sequence[int],
    check_seeds: int | Sequence[int],
    days: float | None,
    seed: int,
) -> _Plan:
    """Check everything that can be checked before a run."""
    goals, limits = goals_of(minimise), limits_of(subject_to)
    with as_size():
        listed = checked_seeds(seeds)
        for one in (min(listed), max(listed)):
            check_run(A_YEAR_D if days is None else days, one)
        source = ModelSource(model, fixed)
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise refused("seed", f"= {seed!r}; allowed: a whole number at least 0")
    found = variables_of(variables, source.is_whole)
    _check_names(found, goals)
    _check_metrics(goals, limits, source)
    first = first_generation(found, int(seed))
    with as_size():
        models = source.models(first, is_grid=False)
        days, listed = planned(source, models, days, listed, counted=isinstance(seeds, Integral))
        fresh = _fresh(check_seeds, listed)
        for start in {one.campus.start for one in models if one.campus is not None}:
            check_run(days, max(*listed, *fresh), begins=start)
    _refuse_idle(source, found)
    return _Plan(source, found, goals, limits, first, models, days, listed, fresh)


def _fresh(check_seeds: int | Sequence[int], seeds: list[int]) -> list[int]:
    """The seeds of the check, none of which is one of the search."""
    try:
        with as_size():
            fresh = checked_seeds(check_seeds)
    except ValueError:
        message = "allowed: a whole number at least 1, or a list of whole numbers, each once"
        raise refused("check_seeds", f"= {check_seeds!r}; {message}") from None
    if isinstance(check_seeds, Integral):
        return [max(seeds) + 1 + one for one in fresh]
    both = sorted({*fresh} & {*seeds})
    if both:
        raise refused("check_seeds", f"= {check_seeds!r}; {both[0]} is a seed of the search already")
    return fresh


def _check_names(variables: Sequence[Variable], goals: Sequence[Goal]) -> None:
    """Refuse a goal that has the name of something else in the result."""
    for goal in goals:
        if goal.name in {*_COLUMNS, *(one.name for one in variables)}:
            raise refused("minimise", f"{goal.name} is the name of a variable or a column; rename the goal")


def _named(goals: Sequence[Goal], limits: Sequence[Limit]) -> list[tuple[str, str]]:
    """The metrics that are asked for, each with the field that asks for it."""
    named = [("minimise", name) for goal in goals for name in goal.metrics]
    return named + [("subject_to", limit.name) for limit in limits]


def _check_metrics(goals: Sequence[Goal], limits: Sequence[Limit], source: ModelSource) -> None:
    """Refuse a metric that no run has; accounts of a user's own kinds are known only when one has run."""
    for field, name in _named(goals, limits):
        if name.partition(".")[0] not in METRICS and not source.has_own_kinds:
            raise refused(field, f"{name} does not exist{nearest(name, METRICS)}")


def _judged(plan: _Plan, first: Sequence[Trial]) -> Judge:
    """The judge of a search, once the first generation has shown which metrics there are.

    Raises:
        SpecError: If all its runs failed, or a metric does not exist.
    """
    done = [trial for trial in first if not trial.error]
    if not done:
        raise refused("model", f"fails at every point of the first generation: {first[0].error}")
    known = {name for trial in done for outcome in trial.outcomes for name in outcome.metrics}
    for field, name in _named(plan.goals, plan.limits):
        if name not in known:
            zero = " or is zero in all runs of the first generation" if "." in name else ""
            raise refused(field, f"{name} does not exist{zero}{nearest(name, known)}")
    judge = Judge.of(plan.goals, plan.limits, done)
    verdicts = [judge.verdict(trial) for trial in done]
    for place, goal in enumerate(plan.goals):
        if all(isnan(one.goals[place]) for one in verdicts):
            raise refused("minimise", f"{goal.name} has no value in any run of the first generation")
    for place, limit in enumerate(plan.limits):
        if all(isnan(one.limited[place]) for one in verdicts):
            raise refused("subject_to", f"{limit.name} has no value in any run of the first generation")
    return judge


def _refuse_idle(source: ModelSource, variables: Sequence[Variable]) -> None:
    """Refuse a variable that changes nothing, such as one that a fixed value overrides."""
    top = {one.name: one.ends[1] for one in variables}
    points: list[Point] = [top, *({**top, one.name: one.ends[0]} for one in variables)]
    try:
        models = source.models(points, is_grid=False)
    except ValueError:
        return  # these points are refused, others are not
    for one, model in zip(variables, models[1:], strict=True):
        if model.campus is not None and model.fingerprint == models[0].fingerprint:
            raise refused("variables", f"{one.name} changes nothing: both ends give the same campus")


def _manifest(plan: _Plan) -> Manifest:
    """What the folder of a search says it holds; points are added as they are tried."""
    return {
        "format": FORMAT,
        "version": __version__,
        SEARCH: True,
        "name": plan.source.name,
        "days": float(plan.days),
        "seeds": plan.seeds,
        "axes": [one.name for one in plan.variables],
        "points": [plain(one.values) for one in plan.distinct],
        "contents": [one.fingerprint for one in plan.distinct],
    }
