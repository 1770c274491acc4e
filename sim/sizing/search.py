"""The search: differential evolution over the variables, a generation as one batch of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

import numpy as np

from sim.sizing.trial import Trial, Verdict
from sim.sizing.trials import Trials
from sim.sizing.variable import Variable
from sim.sweeps.axes import Point

_PER_VARIABLE = 6
_FEWEST = 8
"""Fewest points in a generation; differential evolution needs six."""
_PATIENCE = 12
"""Generations without progress after which a search ends."""
_PROGRESS = 1e-3
"""Least progress over these generations, as a part of the spread of the goal among the points tried."""
_MOST_GENERATIONS = 1000
_MUTATION = (0.4, 0.9)
_CROSSOVER = 0.7
OUT_OF_RUNS, SETTLED = "most_runs", "settled"
"""Why a search ended."""


def members(variables: Sequence[Variable]) -> int:
    """Number of points in a generation."""
    return max(_FEWEST, _PER_VARIABLE * len(variables))


def first_generation(variables: Sequence[Variable], seed: int) -> list[Point]:
    """The points that a search starts from: all lowest, all highest, and a Sobol sample between them."""
    from scipy.stats import qmc

    count = members(variables)
    sample = qmc.Sobol(len(variables), rng=seed).random(1 << (count - 1).bit_length())[:count]
    sample[0], sample[1] = 0.0, 1.0
    return [
        {one.name: one.at(float(share)) for one, share in zip(variables, row, strict=True)} for row in sample
    ]


def point_at(variables: Sequence[Variable], coordinates: Sequence[float]) -> Point:
    """The point at some coordinates."""
    return {
        one.name: one.value(float(coordinate)) for one, coordinate in zip(variables, coordinates, strict=True)
    }


class _Progress:
    """The best trial of each generation of a search, and whether it still becomes better."""

    def __init__(self, verdict: Callable[[Trial], Verdict], goal: int) -> None:
        self._verdict, self._goal = verdict, goal
        self._best = (inf, inf)
        self._history: list[tuple[float, float]] = []
        self._low, self._high = inf, -inf

    def note(self, trials: Sequence[Trial]) -> list[Verdict]:
        """Judge some trials, and note the best."""
        verdicts = [self._verdict(trial) for trial in trials]
        for one in verdicts:
            value = one.goals[self._goal] if one.is_feasible else 0.0
            self._best = min(self._best, (one.violation, value))
            if one.is_feasible:
                self._low, self._high = min(self._low, value), max(self._high, value)
        return verdicts

    def has_settled(self) -> bool:
        """Whether the best has hardly changed for some generations; asked once in each."""
        self._history.append(self._best)
        if len(self._history) <= _PATIENCE:
            return False
        (violation, value), (violation_before, value_before) = self._best, self._history[-1 - _PATIENCE]
        if violation > 0.0:
            return violation_before - violation <= _PROGRESS * violation
        gained = value_before - value if violation_before == 0.0 else inf
        return gained <= _PROGRESS * (self._high - self._low)


def search(
    variables: Sequence[Variable],
    trials: Trials,
    start: Sequence[Point],
    verdict: Callable[[Trial], Verdict],
    *,
    goal: int = 0,
    may_run: Callable[[int], bool],
    seed: int,
) -> str:
    """Search the point with the lowest goal that meets the limits; what it tries is kept in `trials`.

    It is scipy's differential evolution (Storn and Price 1997, doi:10.1023/A:1008202821328). The total
    relative violation is its one constraint, so scipy compares points by the rules of Deb, as `Judge` states
    them.

    Args:
        variables: What is searched.
        trials: Where points are run.
        start: The first generation.
        verdict: Judges a trial.
        goal: Which goal is made small.
        may_run: Whether so many more points may be run.
        seed: Seed of the search.

    Returns:
        Why it ended: `OUT_OF_RUNS` or `SETTLED`.
    """
    from scipy.optimize import NonlinearConstraint, differential_evolution

    progress = _Progress(verdict, goal)
    if not may_run(0):
        return OUT_OF_RUNS
    progress.note(trials.of(start))
    if not may_run(len(start)):
        return OUT_OF_RUNS

    def judged(coordinates: Any) -> list[Verdict]:
        points = [point_at(variables, column) for column in np.atleast_2d(coordinates.T)]
        return progress.note(trials.of(points))

    def ended(intermediate_result: Any) -> bool:  # noqa: ARG001 - scipy asks for this name
        return not may_run(len(start)) or progress.has_settled()

    violation = NonlinearConstraint(
        lambda x: np.array([[one.violation for one in judged(x)]]) if x.ndim > 1 else judged(x)[0].violation,
        -inf,
        0.0,
    )
    differential_evolution(
        lambda x: np.array([one.goals[goal] for one in judged(x)]),
        [one.bounds for one in variables],
        init=np.array([[one.coordinate(point[one.name]) for one in variables] for point in start]),
        integrality=[one.is_whole for one in variables],
        constraints=violation,
        vectorized=True,
        updating="deferred",
        polish=False,
        tol=0.0,
        mutation=_MUTATION,
        recombination=_CROSSOVER,
        maxiter=_MOST_GENERATIONS,
        callback=ended,
        rng=seed,
    )
    return SETTLED if may_run(len(start)) else OUT_OF_RUNS
