"""The rows that a page keeps: all of a run, or those of its worst weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.page.curves import Curve, values
from sim.plots.week import Week
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

MOST_NUMBERS = 1_500_000
"""Numbers of rows in a page, beyond which only those of the worst weeks are in it."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The rows that a page has, and where.

    Attributes:
        spans: First row and the row after the last of each unbroken piece.
        begins_s: Times of the rows, with the end of each piece.
        rows: The curves of the rows, one array row per curve; the last row of each piece twice.
    """

    spans: tuple[tuple[int, int], ...]
    begins_s: Array
    rows: Array


def kept_rows(run: Run, wanted: Sequence[Curve], found: Sequence[Week], most: int) -> Kept:
    """The rows that a page has: all, or those of the worst weeks as far as there is room.

    Args:
        run: The run.
        wanted: The curves.
        found: The worst weeks, the worst first.
        most: Most numbers in all.
    """
    room = most // (len(wanted) + 1)
    spans = [(0, len(run.t_s))]
    if len(run.t_s) > room:
        spans = _spans(run.t_s, found, room)
    ends_s = np.append(run.t_s, run.books.horizon_s)
    places = np.concatenate([np.append(np.arange(first, last), last - 1) for first, last in spans])
    times = np.concatenate([np.arange(first, last + 1) for first, last in spans])
    return Kept(tuple(spans), ends_s[times], values(run, run.books.flows[:, places], wanted))


def _spans(t_s: Array, found: Sequence[Week], room: int) -> list[tuple[int, int]]:
    """Rows of the worst weeks, in order of time, as far as there is room; of the last one, its beginning."""
    taken = np.zeros(len(t_s) + 1, dtype=np.bool_)
    for week in found:
        first = int(np.searchsorted(t_s, week.first * SECONDS_PER_HOUR, side="right")) - 1
        last = int(np.searchsorted(t_s, week.last * SECONDS_PER_HOUR, side="left"))
        fresh = first + np.flatnonzero(~taken[first:last])
        taken[fresh[: room - int(taken.sum())]] = True
    edges = np.flatnonzero(np.diff(taken.astype(np.int8), prepend=0))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
