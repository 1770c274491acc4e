"""The result of a sweep: a row for each point and seed, means over seeds, failures and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sim.campus.campus import Campus
from sim.errors import nearest
from sim.page.sweep import write_sweep
from sim.page.swept import Swept
from sim.plots import sweep as plots
from sim.report import sweep as report
from sim.report.document import Document
from sim.report.markdown import to_markdown
from sim.report.numbers import duration
from sim.sweeps import frames, statistics
from sim.sweeps.axes import Point, refusal
from sim.sweeps.derived_prices import derived_prices
from sim.sweeps.point_models import plain_models
from sim.sweeps.selection import Selection
from sim.sweeps.store import read_manifest, read_models, read_parts
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
    _campuses: Sequence[Campus | dict[str, Any] | None] = field(repr=False)

    @classmethod
    def of(
        cls,
        name: str,
        points: Sequence[Point],
        seeds: Sequence[int],
        outcomes: Mapping[tuple[int, int], Outcome],
        *,
        days: float,
        campuses: Sequence[Campus | dict[str, Any] | None],
    ) -> Self:
        """Put the outcomes, by place of the point and seed, into order.

        A campus is None if its point was refused, or if it is not known.
        """
        order = [(place, seed) for place in range(len(points)) for seed in seeds]
        rows = [(*at, outcomes[at]) for at in order if at in outcomes]
        return cls(name, tuple(points[0]), len(order) - len(rows), days, list(points), rows, campuses)

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
        models = read_models(folder, len(points))
        return cls.of(manifest["name"], points, seeds, done, days=manifest["days"], campuses=models)

    @cached_property
    def points(self) -> pd.DataFrame:
        """A row for each point and seed that was run: `point`, the axes, `seed`, then every metric.

        If a point lacks a metric, such as that of a source which it does not have, energy and money are zero,
        and any other metric is NaN.
        """
        return frames.finished(self.axes, self._points, self._rows)

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
        return frames.failed(self.axes, self._points, self._rows)

    @property
    def replayed(self) -> int:
        """Number of runs that were replayed (see `sweep`)."""
        return sum(outcome.is_replayed for _, _, outcome in self._rows)

    @cached_property
    def models(self) -> list[dict[str, Any] | None]:
        """The campus of each point as plain data, by its number; None if it was refused or was not kept."""
        return plain_models(self._campuses)

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
        chosen = selection or Selection()
        means, failures = chosen.of_points(self.means), self.failures
        return report.document(
            means, self.axes, names, failures,
            accounts=self._accounts, missing=self.missing, days=self.days,
            selected=chosen.said(len(self.means)),
            same_weather=self._same_weather, replayed=self.replayed, runs=len(self._rows),
            derived=derived_prices(self._campuses),
        )  # fmt: skip

    def to_html(self, path: Path | str) -> Path:
        """Write the sweep as one page that a browser opens without a network, completely or not at all.

        It has a table of the points to sort and filter, charts, and the campus of each point as TOML.

        Args:
            path: The file, which ends in `.html`; its folder must exist.

        Raises:
            SpecError: If the file is not that of a page, or a package that it needs is not installed.
        """
        swept = Swept(
            name=self.name,
            axes=self.axes,
            points=len(self._points),
            runs=len(self._rows) + self.missing,
            seeds=tuple(sorted({seed for _, seed, _ in self._rows})),
            days=self.days,
            missing=self.missing,
            places=tuple(sorted({*self.points["point"].tolist()})),
            means=self.means,
            failures=self.failures,
            accounts=tuple(self._accounts),
            same_weather=self._same_weather,
            replayed=self.replayed,
            derived=derived_prices(self._campuses),
            models=self.models,
        )
        return write_sweep(swept, Path(path))

    def __str__(self) -> str:
        return self.report()

    _repr_markdown_ = __str__

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
            _campuses=[self._campuses[place] for place in held],
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
                choice = f"at({{{axis!r}: {self._points[0][axis]!r}}})"
                message = f"leaves {axis} with {count} values; choose one with {choice}"
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
    def _accounts(self) -> list[str]:
        """Accounts that participants of one's own contribute."""
        return [name for name in self.metrics if "." not in name and name not in METRICS]

    @property
    def _same_weather(self) -> bool:
        return any(outcome.same_weather for _, _, outcome in self._rows)

    @property
    def _title(self) -> str:
        """What was run, above a picture."""
        return f"{self.name}, {duration(self.days)}"
