"""The frames of a sweep: a row for each run that finished, or failed, with its point and seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.runs.summary import absent, ordered
from sim.sweeps.axes import Point
from sim.sweeps.point_values import column
from sim.sweeps.task import Outcome

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[int, int, Outcome]
"""A run: the place of its point, its seed, and what came of it."""


def finished(axes: Sequence[str], points: Sequence[Point], rows: Sequence[Row]) -> pd.DataFrame:
    """A row for each run that finished: `point`, the axes, `seed`, then every metric."""
    import pandas as pd

    done = [row for row in rows if not row[2].error]
    names = ordered(outcome.metrics for _, _, outcome in done)
    data = [[outcome.metrics.get(name, absent(name)) for name in names] for _, _, outcome in done]
    frame = pd.DataFrame(data, columns=names, dtype=float)
    return pd.concat([_labels(axes, points, done), frame], axis=1)


def failed(axes: Sequence[str], points: Sequence[Point], rows: Sequence[Row]) -> pd.DataFrame:
    """A row for each run that failed: `point`, the axes, `seed` and the `error`."""
    gone = [row for row in rows if row[2].error]
    frame = _labels(axes, points, gone)
    frame["error"] = [outcome.error for _, _, outcome in gone]
    return frame


def _labels(axes: Sequence[str], points: Sequence[Point], rows: Sequence[Row]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, list[Any]] = {"point": [place for place, _, _ in rows]}
    for axis in axes:
        columns[axis] = column([points[place][axis] for place, _, _ in rows])
    return pd.DataFrame({**columns, "seed": [seed for _, seed, _ in rows]})
