"""The hour table: numbers by month and hour, with equal months and equal hours merged.

A row for each range of hours and a column for each group of months: such a table is at most 81 columns wide,
whatever the numbers, as there are only twelve months to name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from sim.report.document import Table
from sim.units import MONTHS_PER_YEAR

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Key = TypeVar("Key", bound=Hashable)


def hour_table(numbers: Sequence[Sequence[int]]) -> Table:
    """A table of numbers by month and hour.

    Args:
        numbers: A number for each hour of the day, for each month.
    """
    groups = grouped(map(tuple, numbers))
    columns = list(groups)
    hours = list(zip(*columns, strict=True))
    begins = [hour for hour, row in enumerate(hours) if not hour or row != hours[hour - 1]]
    return Table(
        ("hours", *map(months_text, groups.values())),
        tuple((f"{begin}-{end}", *map(str, hours[begin])) for begin, end in pairwise([*begins, len(hours)])),
        words=1,
    )


def grouped(values: Iterable[Key]) -> dict[Key, list[int]]:
    """The months that have the same value, 1 for January, by value in the order of the first month."""
    groups: dict[Key, list[int]] = {}
    for month, value in enumerate(values, start=1):
        groups.setdefault(value, []).append(month)
    return groups


def months_text(months: Iterable[int]) -> str:
    """Months as text, such as `Mar, Nov-Jan`.

    Args:
        months: Their numbers, 1 for January.
    """
    given = sorted(set(months))
    runs: list[list[int]] = []
    for month in given:
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    if len(runs) > 1 and runs[0][0] == 1 and runs[-1][-1] == MONTHS_PER_YEAR:
        runs = [*runs[1:-1], runs[-1] + runs[0]]
    return ", ".join("-".join(dict.fromkeys(_MONTHS[one - 1] for one in (run[0], run[-1]))) for run in runs)
