"""The front: what of several goals can be had together, by searches under a falling ceiling of one goal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from sim.plots.sweep import undominated
from sim.sizing.search import OUT_OF_RUNS, SETTLED, members, search
from sim.sizing.trial import Judge, Trial, Verdict
from sim.sizing.trials import Trials
from sim.sizing.variable import Variable
from sim.sweeps.axes import Point

_BETWEEN = 4
"""Searches between the two ends of a front."""
_FIRST = 3
"""The first search takes one run in three; the others divide the rest."""
_KEPT = 0.75
"""Share of the best points so far in the first generation of a later search."""


def search_one(
    variables: Sequence[Variable],
    trials: Trials,
    first: Sequence[Point],
    judge: Judge,
    *,
    most_runs: int,
    seed: int,
) -> str:
    """Search the point with the lowest goal; why it ended."""
    return search(variables, trials, first, judge.verdict, may_run=_bound(trials, most_runs), seed=seed)


def search_front(
    variables: Sequence[Variable],
    trials: Trials,
    first: Sequence[Point],
    judge: Judge,
    *,
    most_runs: int,
    seed: int,
) -> str:
    """Search the front of two goals by the epsilon-constraint method (Haimes et al. 1971).

    Each goal is searched alone. Then, several times, the widest gap of the front found so far is taken, and
    the first goal is searched with the second one held below the middle of the gap. All searches share their
    runs: each begins with the best points for its question that were tried before it.

    Returns:
        Why it ended.
    """
    searches = 2 + _BETWEEN
    for place in range(searches):
        goal, verdict = (place, judge.verdict) if place < 2 else (0, _below(judge, trials))  # noqa: PLR2004 - two goals
        if verdict is None:
            break
        left = max(0, most_runs - trials.runs)
        share = trials.runs + left // (_FIRST if place == 0 else searches - place)
        start = _start(trials, verdict, goal, first, members(variables))
        search(variables, trials, start, verdict, goal=goal, may_run=_bound(trials, share), seed=seed + place)
    return SETTLED if _bound(trials, most_runs)(len(first)) else OUT_OF_RUNS


def front_of(trials: Sequence[Trial], verdict: Callable[[Trial], Verdict]) -> list[Trial]:
    """The trials that meet the limits and that no other such trial beats in both goals, by the first goal."""
    good = [(verdict(trial).goals, trial) for trial in trials if verdict(trial).is_feasible]
    if not good:
        return []
    values = np.array([goals for goals, _ in good])
    chosen = [one for one, kept in zip(good, undominated(values), strict=True) if kept]
    distinct = dict(reversed(chosen))
    return [distinct[goals] for goals in sorted(distinct)]


def best_of(trials: Sequence[Trial], verdict: Callable[[Trial], Verdict], goal: int = 0) -> Trial:
    """The best trial by the rules of a judge; of equal ones the first."""
    return min(trials, key=lambda trial: (*_rank(verdict(trial), goal), trial.campus is None))


def _rank(verdict: Verdict, goal: int) -> tuple[float, float]:
    return verdict.violation, verdict.goals[goal] if verdict.is_feasible else 0.0


def _bound(trials: Trials, most_runs: int) -> Callable[[int], bool]:
    """Whether so many more points may be run."""
    return lambda points: trials.runs + points * len(trials.seeds) <= most_runs


def _start(
    trials: Trials, verdict: Callable[[Trial], Verdict], goal: int, first: Sequence[Point], count: int
) -> list[Point]:
    """The first generation of a search: mostly the best points tried so far, the rest as at the start."""
    if not trials.found:
        return list(first)
    ranked = sorted(trials.found, key=lambda trial: _rank(verdict(trial), goal))
    best = [trial.values for trial in ranked[: int(_KEPT * count)]]
    others = [point for point in first if point not in best]
    return [*best, *others][:count]


def _below(judge: Judge, trials: Trials) -> Callable[[Trial], Verdict] | None:
    """A judge with a ceiling of the second goal: the middle of the front's widest gap; None without one."""
    front = [judge.verdict(trial).goals for trial in front_of(trials.found, judge.verdict)]
    if len(front) < 2:  # noqa: PLR2004 - two ends
        return None
    values = np.array(front)
    spread = np.ptp(values, axis=0)
    gaps = np.hypot(*(np.diff(values, axis=0) / spread).T)
    widest = int(np.argmax(gaps))
    ceiling = float(values[widest : widest + 2, 1].mean())
    scale = float(spread[1])

    def verdict(trial: Trial) -> Verdict:
        found = judge.verdict(trial)
        if not isfinite(found.violation):
            return found
        return replace(found, violation=found.violation + max(0.0, found.goals[1] - ceiling) / scale)

    return verdict
