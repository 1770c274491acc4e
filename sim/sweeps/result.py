"""The result of a sweep: a row for each point and seed, means over seeds, failures and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sim.errors import nearest
from sim.plots import sweep as plots
from sim.report import sweep as report
from sim.report.document import Document
from sim.report.markdown import to_markdown
from sim.report.numbers import duration
from sim.runs.summary import absent, ordered
from sim.sweeps import statistics
from sim.sweeps.axes import Point, refusal
from sim.sweeps.selection import Selection
from sim.sweeps.store import read_manifest, read_parts
from sim.sweeps.task import METRICS, Outcome, key_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class SweepResult:
    """The result of a sweep.

    Attributes:
        name: Name of the model.
        axes: Names of what was varied.
        missing: Runs that have not finished; 0 unless the sweep was interrupted.
        days: Length of each run [d].
    """

    name: str
    axes: tuple[str, ...]
    missing: int
    days: float
    _points: list[Point] = field(repr=False)
    _rows: list[tuple[int, int, Outcome]] = field(repr=False)

    @classmethod
    def of(
        cls,
        name: str,
        points: Sequence[Point],
        seeds: Sequence[int],
        outcomes: Mapping[tuple[int, int], Outcome],
        *,
        days: float,
    ) -> Self:
        """Put the outcomes, by place of the point and seed, into order."""
        order = [(place, seed) for place in range(len(points)) for seed in seeds]
        rows = [(*at, outcomes[at]) for at in order if at in outcomes]
        return cls(name, tuple(points[0]), len(order) - len(rows), days, list(points), rows)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a sweep from its folder, finished or not.

        Raises:
            SpecError: If the folder is not a sweep folder, or has another format.
        """
        manifest = read_manifest(folder)
        points, contents, seeds = manifest["points"], manifest["contents"], manifest["seeds"]
        keys = {
            (place, seed): key_of(fingerprint, manifest["days"], seed, manifest["version"])
            for place, fingerprint in enumerate(contents)
            for seed in seeds
        }
        kept = read_parts(folder, keys.values())
        done = {at: kept[key] for at, key in keys.items() if key in kept}
        return cls.of(manifest["name"], points, seeds, done, days=manifest["days"])

    @cached_property
    def points(self) -> pd.DataFrame:
        """A row for each point and seed that was run: `point`, the axes, `seed`, then every metric.

        If a point lacks a metric, such as that of a source which it does not have, energy and money are zero,
        and any other metric is NaN.
        """
        import pandas as pd

        rows = [row for row in self._rows if not row[2].error]
        names = ordered(outcome.metrics for _, _, outcome in rows)
        data = [[outcome.metrics.get(name, absent(name)) for name in names] for _, _, outcome in rows]
        frame = pd.DataFrame(data, columns=names, dtype=float)
        return pd.concat([self._labels(rows), frame], axis=1)

    @cached_property
    def means(self) -> pd.DataFrame:
        """A row for each point: the axes, `seeds`, then of every metric the mean over seeds.

        Beside it stands `<metric>.ci95`: half the width of the mean's 95 % confidence interval by
        Student's t; NaN where there is one seed only.
        """
        return statistics.means(self.points, self.axes)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """A row for each point and seed that failed: `point`, the axes, `seed` and the `error`."""
        failed = [row for row in self._rows if row[2].error]
        frame = self._labels(failed)
        frame["error"] = [outcome.error for _, _, outcome in failed]
        return frame

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics."""
        return [str(name) for name in self.points.columns if name not in {"point", *self.axes, "seed"}]

    @property
    def slots(self) -> dict[str, str]:
        """Slot of the palette of each source, by name; the first run that has a source decides."""
        return {name: slot for _, _, outcome in reversed(self._rows) for name, slot in outcome.slots.items()}

    def summary(self, *names: str) -> pd.DataFrame:
        """The means and intervals of some metrics, or of all, beside the axes."""
        for name in names:
            self.check_metric(name)
        chosen = [column for name in names for column in (name, f"{name}.ci95")]
        return self.means[[*self.axes, "seeds", *chosen]] if names else self.means

    def select(
        self, *names: str, where: Sequence[str] = (), sort: str | None = None, descending: bool = False
    ) -> pd.DataFrame:
        """The rows of `summary` for the points that meet conditions, sorted.

        Args:
            *names: Metrics; all if there are none.
            where: Conditions on means or axes, such as `"unserved_mwh<=10"`; a point has to meet all.
            sort: The metric or axis to sort by.
            descending: Whether the largest is first.

        Raises:
            SpecError: If a metric does not exist or a condition cannot be read.
        """
        rows = Selection.of(where, sort, descending=descending).of_points(self.means)
        return rows[self.summary(*names).columns]

    def report(self, *names: str) -> str:
        """The means of some metrics with their intervals as a table, and what failed, in Markdown."""
        return to_markdown(self.document(*names))

    def document(self, *names: str, selection: Selection | None = None) -> Document:
        """The report on some metrics as a document, for a renderer.

        Args:
            *names: Metrics; the usual ones if there are none.
            selection: Which points are shown, and in which order; all if None.
        """
        for name in names:
            self.check_metric(name)
        selection = selection or Selection()
        accounts = [name for name in self.metrics if "." not in name and name not in METRICS]
        return report.document(
            selection.of_points(self.means),
            self.axes,
            names,
            self.failures,
            accounts=accounts,
            missing=self.missing,
            days=self.days,
            selected=selection.said(len(self.means)),
            same_weather=any(outcome.same_weather for _, _, outcome in self._rows),
        )

    def __str__(self) -> str:
        return self.report()

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.report()

    def differences(self, metric: str, *, base: int = 0) -> pd.DataFrame:
        """The difference of a metric between each point and a base point, paired by seed.

        Every point is run with the same seeds, and random draws depend on a participant's name alone, so most
        of their effect cancels in the difference. `ci95` is the interval of the paired differences;
        `ci95_unpaired` is the interval that independent seeds would have given.
        """
        self.check_metric(metric)
        return statistics.differences(self.points, self.axes, metric, base)

    def assign(self, **made: Callable[[pd.DataFrame], pd.Series[float]]) -> Self:
        """The sweep with additional metrics, computed from others for each run, as in `DataFrame.assign`.

        Args:
            **made: By name, with its unit, a function of `points`: for instance
                `total_usd=lambda points: points["cost_usd"] + points["fixed_cost_usd"]`.
        """
        for name in made:
            if name in self.points:
                raise refusal("assign", f"{name} exists already; choose another name")
        values = {name: iter(of(self.points).tolist()) for name, of in made.items()}
        rows = []
        for place, seed, outcome in self._rows:
            more = {} if outcome.error else {name: next(one) for name, one in values.items()}
            rows.append((place, seed, replace(outcome, metrics={**outcome.metrics, **more})))
        return replace(self, _rows=rows)

    def at(self, values: Mapping[str, Any]) -> Self:
        """The part of the sweep at some values of its axes; these axes are removed.

        Raises:
            SpecError: If an axis does not exist, no point has the values, or no axis is left.
        """
        for name in values:
            self.check_axis(name)
        axes = tuple(axis for axis in self.axes if axis not in values)
        held = [place for place, point in enumerate(self._points) if values.items() <= point.items()]
        message = [f"{name} = {value}" for name, value in values.items()]
        if not (held and axes):
            found = "no axis is left; use means" if held else "no point has these values"
            raise refusal("at", f"{', '.join(message)}: {found}")
        seeds = (len(self._rows) + self.missing) // len(self._points)
        rows = [(held.index(place), seed, outcome) for place, seed, outcome in self._rows if place in held]
        points = [{axis: self._points[place][axis] for axis in axes} for place in held]
        return replace(
            self,
            name=", ".join([self.name, *message]),
            axes=axes,
            missing=seeds * len(points) - len(rows),
            _points=points,
            _rows=rows,
        )

    def bars(self, family: str) -> Figure:
        """What a metric is made of, such as `unserved_by_reason_mwh`: a stacked bar for each point.

        Sources have the colours and the order that they have in the picture of a run.
        """
        members = [name for name in self.metrics if name.startswith(f"{family}.")]
        if not members:
            families = {name.partition(".")[0] for name in self.metrics if "." in name}
            raise refusal(
                "family", f"{family} does not exist or is zero in all runs{nearest(family, families)}"
            )
        return plots.bars(self._title, self.means, family, members, self.axes, slots=self.slots)

    def line(self, metric: str, *, over: str | None = None) -> Figure:
        """The metric over one axis, with its 95 % interval; other axes become lines of their own."""
        self.check_metric(metric)
        over = over or self.axes[0]
        self.check_axis(over)
        others = [axis for axis in self.axes if axis != over]
        return plots.line(self._title, self.means, metric, over, others)

    def heatmap(self, metric: str, *, x: str | None = None, y: str | None = None) -> Figure:
        """The metric over two axes, by default the first two, the second one across.

        Raises:
            SpecError: If another axis has several values, which one field cannot show.
        """
        self.check_metric(metric)
        free = [axis for axis in self.axes if axis not in {x, y}]
        y = y or (free.pop(0) if free else None)
        x = x or (free.pop(0) if free else None)
        if x is None or y is None or x == y:
            raise refusal("axes", f"{', '.join(self.axes)}; a heat map needs two of them: use line")
        self.check_axis(x)
        self.check_axis(y)
        for axis in free:
            count = self.means[axis].nunique()
            if count > 1:
                value = self._points[0][axis]
                message = f"leaves {axis} with {count} values; choose one with at({{{axis!r}: {value!r}}})"
                raise refusal("axes", f"{y}, {x}: a heat map {message}")
        return plots.heatmap(self._title, self.means, metric, x, y)

    def pareto(self, x: str, y: str, *, most: Sequence[str] = ()) -> Figure:
        """All points by two metrics, and the Pareto front: those that no other point beats in both.

        Args:
            x: A metric; less is better.
            y: Another metric; less is better.
            most: Those of the two for which more is better.
        """
        self.check_metric(x)
        self.check_metric(y)
        for name in most:
            if name not in {x, y}:
                raise refusal("most", f"{name} is not shown{nearest(name, (x, y))}")
        return plots.pareto(self._title, self.means, (x, y), self.axes, most)

    def check_metric(self, name: str) -> None:
        """Refuse a metric that does not exist."""
        if name not in self.metrics:
            raise refusal("metric", f"{name} does not exist{nearest(name, self.metrics)}")

    def check_axis(self, name: str) -> None:
        """Refuse an axis that was not varied."""
        if name not in self.axes:
            raise refusal("axis", f"{name} was not varied{nearest(name, self.axes)}")

    @property
    def _title(self) -> str:
        """What was run, above a picture."""
        return f"{self.name}, {duration(self.days)}"

    def _labels(self, rows: Sequence[tuple[int, int, Outcome]]) -> pd.DataFrame:
        import pandas as pd

        columns: dict[str, list[Any]] = {"point": [place for place, _, _ in rows]}
        for axis in self.axes:
            columns[axis] = column([self._points[place][axis] for place, _, _ in rows])
        return pd.DataFrame({**columns, "seed": [seed for _, seed, _ in rows]})


def column(values: Sequence[Any]) -> list[Any]:
    """Values as a column of a table: numbers or text as they are, anything else or a mixture as JSON text."""
    kinds = {type(value) for value in values}
    if kinds <= {bool, int, float} or kinds == {str}:
        return list(values)
    return [value if isinstance(value, str) else json.dumps(plain(value), sort_keys=True) for value in values]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
