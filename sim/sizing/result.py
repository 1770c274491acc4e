"""The result of a search for sizes: the best point, its check, all points tried, and the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING, Any

from sim.campus import Campus
from sim.plots import size as plots
from sim.plots.sweep import thinned
from sim.report.document import Document, Table
from sim.report.markdown import to_markdown
from sim.report.numbers import cell, duration
from sim.report.service_note import bill_only
from sim.report.size import Amount, Effort, Size, amount, document
from sim.runs.summary import absent
from sim.sizing.front import best_of, front_of
from sim.sizing.goal import Goal
from sim.sizing.search import OUT_OF_RUNS
from sim.sizing.trial import Judge, Trial
from sim.sizing.variable import Variable
from sim.sweeps.axes import Point
from sim.sweeps.point_values import column
from sim.sweeps.result import SweepResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class SizeResult:
    """The result of a search for sizes.

    Attributes:
        name: Name of the model.
        seeds: Seeds of the search.
        check_seeds: The fresh seeds with which the best point was run again.
        days: Length of each run [d].
        run_count: Runs of the search, those kept by an earlier one included; without those over fresh seeds.
        most_runs: Their bound.
        ended: Why the search ended: `settled`, or `most_runs` if the bound was reached.
    """

    name: str
    seeds: tuple[int, ...]
    check_seeds: tuple[int, ...]
    days: float
    run_count: int
    most_runs: int
    ended: str
    _variables: tuple[Variable, ...] = field(repr=False)
    _judge: Judge = field(repr=False)
    _trials: tuple[Trial, ...] = field(repr=False)
    _check: Trial = field(repr=False)

    @property
    def best(self) -> Point:
        """The best point: its values by name.

        It is the one with the lowest goal of those that meet every limit, or the closest one if none does.
        With two goals it is the end of the front with the lowest first goal.
        """
        return dict(self._best.values)

    @property
    def campus(self) -> Campus:
        """The campus of the best point."""
        assert self._best.campus is not None  # noqa: S101 - a point that is refused is never the best
        return self._best.campus

    @property
    def is_feasible(self) -> bool:
        """Whether the best point meets every limit with every seed of the search."""
        return self._judge.verdict(self._best).is_feasible

    @property
    def is_verified(self) -> bool:
        """Whether it meets every limit with every fresh seed as well."""
        return self.is_feasible and self._judge.verdict(self._check).is_feasible

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row for each point tried, in order.

        `generation`; the variables; the mean over seeds of each goal; the worst value over seeds of each
        limited metric as `<metric>.highest` or `<metric>.lowest`; the total relative `violation`; whether it
        is `feasible`, meaning that every limit is met with every seed; the `error` of a point that failed.
        """
        return self._frame(self._trials)

    @cached_property
    def front(self) -> pd.DataFrame:
        """The rows of `runs` for the points that meet every limit and that no other such point beats.

        With one goal it is the best point alone. Points are judged with the seeds of the search.
        """
        if not self.is_feasible:
            return self._frame([])
        if len(self._judge.goals) == 1:
            return self._frame([self._best])
        return self._frame(front_of(self._trials, self._judge.verdict))

    @cached_property
    def checked(self) -> pd.DataFrame:
        """The best point over fresh seeds: `seed`, limited metrics, goals, `feasible` and `error`."""
        import pandas as pd

        judge, rows = self._judge, []
        for seed, outcome in zip(self.check_seeds, self._check.outcomes, strict=True):
            one = Trial(self.best, 0, self._check.campus, self._check.fingerprint, (outcome,))
            verdict = judge.verdict(one)
            goals = dict(zip((goal.name for goal in judge.goals), verdict.goals, strict=True))
            limited = dict(zip((limit.name for limit in judge.limits), verdict.limited, strict=True))
            rows.append(
                {"seed": seed, **limited, **goals, "feasible": verdict.is_feasible, "error": outcome.error}
            )
        return pd.DataFrame(rows)

    @cached_property
    def sweep(self) -> SweepResult:
        """All points tried as a sweep, with every metric."""
        points = [trial.values for trial in self._trials]
        outcomes = {
            (place, seed): outcome
            for place, trial in enumerate(self._trials)
            for seed, outcome in zip(self.seeds, trial.outcomes, strict=True)
        }
        campuses = [trial.campus for trial in self._trials]
        return SweepResult.of(self.name, points, self.seeds, outcomes, days=self.days, campuses=campuses)

    def plot(self) -> Figure:
        """One goal over the points tried with the best so far, or two goals with their front."""
        names = [goal.name for goal in self._judge.goals]
        if len(names) == 1:
            return plots.progress(self._title, self.runs, names[0])
        return plots.front(self._title, self.runs, self.front, (names[0], names[1]))

    def report(self, *names: str) -> str:
        """The best point, whether it meets the limits over fresh seeds, and what was tried, in Markdown.

        Args:
            *names: Metrics of the best point to show as well.
        """
        return to_markdown(self.document(*names))

    def document(self, *names: str) -> Document:
        """The report as a document, for a renderer.

        Args:
            *names: Metrics of the best point to show as well.
        """
        for name in names:
            self.sweep.check_metric(name)
        sizes = [Size(one.name, self.best[one.name], *one.ends) for one in self._variables]
        return document(
            sizes,
            [*self._goals(), *map(self._shown, names)],
            self._limits(),
            self._effort(),
            self._front_table(),
            cost=self._said_of_cost(),
        )

    def __str__(self) -> str:
        return self.report()

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.report()

    @cached_property
    def _best(self) -> Trial:
        return best_of(self._trials, self._judge.verdict)

    @property
    def _title(self) -> str:
        """What was searched, above a picture."""
        return f"{self.name}, {duration(self.days)}"

    def _frame(self, trials: Sequence[Trial]) -> pd.DataFrame:
        import pandas as pd

        verdicts = [self._judge.verdict(trial) for trial in trials]
        columns: dict[str, list[Any]] = {"generation": [trial.generation for trial in trials]}
        for one in self._variables:
            columns[one.name] = column([trial.values[one.name] for trial in trials])
        for place, goal in enumerate(self._judge.goals):
            columns[goal.name] = [verdict.goals[place] for verdict in verdicts]
        for place, limit in enumerate(self._judge.limits):
            columns[limit.column] = [verdict.limited[place] for verdict in verdicts]
        columns["violation"] = [verdict.violation for verdict in verdicts]
        columns["feasible"] = [verdict.is_feasible for verdict in verdicts]
        columns["error"] = [trial.error for trial in trials]
        return pd.DataFrame(columns)

    def _goals(self) -> list[Amount]:
        found = self._judge.verdict(self._best).goals
        return [
            Amount(goal.name, "", value, self.checked[goal.name].tolist())
            for goal, value in zip(self._judge.goals, found, strict=True)
        ]

    def _said_of_cost(self) -> str:
        """A sentence, if a goal is the bill without fixed cost."""
        fixed = [float(row.get("fixed_cost_usd", 0.0)) for row in self._best.rows]
        metrics = [name for goal in self._judge.goals for name in goal.metrics]
        return bill_only(metrics, {"fixed_cost_usd": fixed})

    def _shown(self, name: str) -> Amount:
        """A metric of the best point, over the seeds of the search and over fresh seeds."""
        goal = Goal.of(name, lambda row: row.get(name, absent(name)))
        values = [goal.value(row) for row in self._best.rows]
        return Amount(
            name, "", fsum(values) / len(values), [goal.value(row) for row in self._check.rows], is_goal=False
        )

    def _limits(self) -> list[Amount]:
        found = self._judge.verdict(self._best).limited
        amounts = []
        for limit, value in zip(self._judge.limits, found, strict=True):
            values = [float(row.get(limit.name, absent(limit.name))) for row in self._check.rows]
            shown = f"{limit.sign} {limit.bound:g}"
            excess = limit.excess(limit.worst(values))
            amounts.append(Amount(limit.name, shown, value, values, limit.excess(value), excess))
        return amounts

    def _effort(self) -> Effort:
        return Effort(
            points=len(self._trials),
            feasible=int(self.runs["feasible"].sum()),
            runs=self.run_count,
            most_runs=self.most_runs,
            is_cut=self.ended == OUT_OF_RUNS,
            days=self.days,
            seeds=self.seeds,
            check_seeds=self.check_seeds,
            missing_seeds=self.checked["seed"][~self.checked["feasible"]].tolist(),
            errors=[trial.error for trial in self._trials if trial.error],
            replayed=self.sweep.replayed,
        )

    def _front_table(self) -> Table | None:
        if len(self._judge.goals) == 1 or not self.is_feasible:
            return None
        sizes, goals = [one.name for one in self._variables], [goal.name for goal in self._judge.goals]
        rows = tuple(
            (*(amount(row[name]) for name in sizes), *(cell(row[name]) for name in goals))
            for row in thinned(self.front).to_dict("records")
        )
        return Table((*sizes, *goals), rows, keys=len(sizes))
