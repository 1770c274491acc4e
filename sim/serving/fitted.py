"""The fitted replica: curves of speed and power from a table of measured runs."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from sim.errors import Problem, SpecError, nearest, shortened
from sim.serving.replica import Replica

COLUMNS = {"concurrency": "requests", "tokens_per_s": "tokens/s", "power_w": "W"}
"""Columns of a table of measured runs, with their units."""


def fit_replica(
    table: Any,
    *,
    gpus: int,
    slots: int | None = None,
    idle_w: float | None = None,
    owner: str = "measured runs",
    **fields: Any,
) -> Replica:
    """A replica from measured runs, each at a steady concurrency.

    The points are the measured ones; runs at the same concurrency are averaged. Nothing is smoothed.

    Args:
        table: Columns by name (a frame, or a dictionary of lists): `concurrency`, `tokens_per_s`, `power_w`,
            a row for each run, in any order. A row with a concurrency of 0 gives `idle_w`.
        gpus: GPUs of the replica.
        slots: Most requests served at once. Default: the highest concurrency.
        idle_w: Power with the model resident and no request. Default: that of rows with a concurrency of 0.
        owner: Name used in messages.
        **fields: Other fields of the replica, such as `gpu_limit_w` or `throughput_may_fall`.

    Raises:
        SpecError: If a column, a row at a concurrency of 1 or the idle power is missing, a number is not
            finite or negative, or a curve falls.
    """
    points, rates, powers = _averaged(_columns(table, owner))
    idle = points == 0.0
    if idle_w is None:
        if not idle.any():
            raise _refused(owner, "idle_w", "is missing [W]; allowed: a number, or a row with concurrency 0")
        idle_w = float(powers[idle][0])
    if idle.all():
        raise _refused(
            owner, "concurrency", f"= {shortened(points.tolist())}; allowed: at least a row with 1"
        )
    curves = {
        "concurrency": tuple(points[~idle].tolist()),
        "tokens_per_s": tuple(rates[~idle].tolist()),
        "power_w": tuple(powers[~idle].tolist()),
    }
    most = int(points[-1]) if slots is None else slots
    try:
        return Replica(**{"gpus": gpus, "slots": most, "idle_w": idle_w, **curves, **fields})
    except SpecError as error:
        raise SpecError(owner, error.problems) from None


def _columns(table: Any, owner: str) -> dict[str, Any]:
    """The columns of a table, which have as many rows each."""
    columns = {name: _column(table, name, owner) for name in COLUMNS}
    sizes = {name: len(column) for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        shown = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise _refused(owner, "concurrency", f"has rows: {shown}; allowed: as many in each")
    return columns


def _averaged(columns: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The points by rising concurrency, with the means of throughput and power at each."""
    points, place = np.unique(columns["concurrency"], return_inverse=True)
    counts = np.bincount(place)
    rates, powers = (np.bincount(place, columns[name]) / counts for name in ("tokens_per_s", "power_w"))
    return points, rates, powers


def _column(table: Any, name: str, owner: str) -> Any:
    """A column of finite numbers, none of them negative."""
    if name not in table:
        raise _refused(owner, name, f"is missing{nearest(name, map(str, table.keys()))}")
    values = [*table[name]]
    for row, value in enumerate(values):
        is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not is_number or not 0.0 <= value < inf:
            allowed = f"a finite number at least 0 {COLUMNS[name]}"
            raise _refused(owner, name, f"= {shortened(value)} in row {row + 1}; allowed: {allowed}")
    return np.array(values, dtype=float)


def _refused(owner: str, field: str, message: str) -> SpecError:
    return SpecError(owner, [Problem((field,), message)])
