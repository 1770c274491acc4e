"""The report of a search for sizes: the best point, whether it holds, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan

from sim.report.document import Document, Item, Items, Paragraph, Part, Table
from sim.report.numbers import cell, duration, number
from sim.report.phrases import counted, listed, replay_said, short

_LONGEST = 40
_MOST_ERRORS = 5
_CHECK = " Those with fresh seeds were simulated event by event."


@dataclass(frozen=True)
class Size:
    """A variable of the best point.

    Attributes:
        name: Its name.
        value: Its value.
        low: The lowest value that was searched.
        high: The highest value that was searched.
    """

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Amount:
    """A goal or a limited metric of the best point.

    Attributes:
        name: Its name.
        limit: The limit, such as `<= 0`; empty for a goal.
        searched: Its value with the seeds of the search: the mean of a goal, the worst of a limited metric.
        checked: Its value with each fresh seed.
        excess: By how much it misses the limit with the seeds of the search.
        checked_excess: By how much it misses the limit with the worst of the fresh seeds.
        is_goal: Whether it is made small, if it has no limit; otherwise it is shown only.
    """

    name: str
    limit: str
    searched: float
    checked: Sequence[float]
    excess: float = 0.0
    checked_excess: float = 0.0
    is_goal: bool = True


@dataclass(frozen=True)
class Effort:
    """What a search has cost.

    Attributes:
        points: Points tried.
        feasible: Those of them that meet all limits.
        runs: Runs counted, without those over fresh seeds.
        most_runs: Their bound.
        is_cut: Whether the bound ended the search.
        days: Length of each run [d].
        seeds: Seeds of the search.
        check_seeds: The fresh seeds.
        missing_seeds: Those of them with which the best point misses a limit.
        errors: Errors of the points that failed.
        replayed: Runs of the search that were replayed.
    """

    points: int
    feasible: int
    runs: int
    most_runs: int
    is_cut: bool
    days: float
    seeds: Sequence[int]
    check_seeds: Sequence[int]
    missing_seeds: Sequence[int]
    errors: Sequence[str]
    replayed: int = 0


def document(
    sizes: Sequence[Size],
    goals: Sequence[Amount],
    limits: Sequence[Amount],
    effort: Effort,
    front: Table | None,
    *,
    cost: str = "",
) -> Document:
    """The verdict, the sizes, their goals and limits, and what was tried.

    Args:
        sizes: The best point, or the closest one if none meets the limits.
        goals: Its goals.
        limits: Its limited metrics.
        effort: What the search has cost.
        front: The front of two goals; None for one goal.
        cost: What the goals leave out of the cost, in words; empty if nothing.
    """
    notes = [cost, _said_of_seeds([*goals, *limits]), _said_of_ends(sizes), *_said_of_effort(effort)]
    parts: list[Part] = [
        Paragraph(_verdict(limits, effort)),
        Table(
            ("size", "value", "lowest searched", "highest searched"), tuple(map(_size_row, sizes)), words=1
        ),
        Table(
            ("metric", "limit", "search", "fresh seeds", "range"),
            tuple(_amount_row(one) for one in (*goals, *limits)),
            words=2,
        ),
        Paragraph(_said_of_table(goals, limits)),
    ]
    if front is not None:
        parts += [
            Paragraph("The front: no other point tried that meets the limits is better in both."),
            front,
        ]
    return Document("", (*parts, *(Paragraph(note) for note in notes if note), *_failed(effort.errors)))


def _verdict(limits: Sequence[Amount], effort: Effort) -> str:
    """The first sentence: whether there is a point, and whether it holds over fresh seeds."""
    seeds, fresh = _seeds(effort.seeds), _seeds(effort.check_seeds)
    if not effort.feasible:
        missed = [_missed(one.name, one.limit, one.excess) for one in limits if one.excess]
        closest = f" The closest point misses {' and '.join(missed)}." if missed else ""
        every = "every limit" if len(effort.seeds) == 1 else "every limit with every seed"
        return f"None of the {counted(effort.points, 'point')} tried meets {every}.{closest}"
    if not limits:
        return f"The best of {counted(effort.points, 'point')}; there are no limits."
    found = [
        _missed(one.name, one.limit, one.checked_excess, "by up to") for one in limits if one.checked_excess
    ]
    if not found:
        return f"The best point meets every limit with {seeds} and with fresh {fresh}."
    share = f"{len(effort.missing_seeds)} of {counted(len(effort.check_seeds), 'fresh seed')}"
    return (
        f"The best point meets every limit with {seeds}, but not with {share} "
        f"({listed(map(str, effort.missing_seeds))}): it misses {' and '.join(found)}. "
        "Search with more seeds, or with stricter limits."
    )


def _missed(name: str, limit: str, excess: float, by: str = "by") -> str:
    return f"{name} {limit} {by} {number(excess)}" if isfinite(excess) else f"{name} {limit}, having no value"


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'' if len(seeds) == 1 else 's'} {listed(map(str, seeds))}"


def _said_of_table(goals: Sequence[Amount], limits: Sequence[Amount]) -> str:
    worst = " A limit has to hold with every seed, so the worst one is shown." if limits else ""
    return f"{listed([one.name for one in goals])}: the mean over seeds.{worst}"


def _said_of_seeds(amounts: Sequence[Amount]) -> str:
    """Whether the check says anything."""
    same = all({*one.checked} == {one.searched} for one in amounts)
    return "No value shown varies by seed, so fresh seeds check nothing here." * same


def _said_of_ends(sizes: Sequence[Size]) -> str:
    """Which sizes stand at an end of their range, where a wider range may hold a better point."""
    ends = [f"{one.name} at the highest" for one in sizes if one.value == one.high]
    ends += [f"{one.name} at the lowest" for one in sizes if one.value == one.low != 0.0]
    return (
        f"At an end of what was searched: {', '.join(ends)}. A wider range may have a better point."
        * bool(ends)
    )


def _said_of_effort(effort: Effort) -> list[str]:
    per_point = f" with {counted(len(effort.seeds), 'seed')} each" if len(effort.seeds) > 1 else ""
    tried = (
        f"{counted(effort.points, 'point')}{per_point}, {counted(effort.runs, 'run')} of "
        f"{duration(effort.days)}; {counted(effort.feasible, 'point')} met every limit."
    )
    bound = (
        f"The search was ended by its bound of {counted(effort.most_runs, 'run')}; with more runs it may "
        "find a better point."
    )
    replayed = replay_said(effort.replayed, effort.points * len(effort.seeds)) + _CHECK
    return [tried, bound * effort.is_cut, replayed * bool(effort.replayed)]


def amount(value: float) -> str:
    """A size, with all its digits."""
    return f"{value:,.10g}"


def _size_row(size: Size) -> tuple[str, ...]:
    return short(size.name, _LONGEST), *map(amount, (size.value, size.low, size.high))


def _amount_row(one: Amount) -> tuple[str, ...]:
    values = [value for value in one.checked if not isnan(value)]
    complete = len(values) == len(one.checked) and values
    mean = sum(values) / len(values) if complete else nan
    spread = f"{number(min(values))} to {number(max(values))}" if complete else "-"
    shown = mean if not one.limit else _worst(one, values) if complete else nan
    return (
        short(one.name, _LONGEST),
        one.limit or "minimised" * one.is_goal,
        cell(one.searched),
        cell(shown),
        spread,
    )


def _worst(one: Amount, values: Sequence[float]) -> float:
    return max(values) if one.limit.startswith("<") else min(values)


def _failed(errors: Sequence[str]) -> list[Part]:
    """How many points failed with each error, the most frequent first."""
    if not errors:
        return []
    counts = sorted({error: errors.count(error) for error in errors}.items(), key=lambda item: -item[1])
    items = [Item(counted(count, "point"), error) for error, count in counts[:_MOST_ERRORS]]
    if len(counts) > _MOST_ERRORS:
        items.append(Item(counted(sum(count for _, count in counts[_MOST_ERRORS:]), "point"), "other errors"))
    return [
        Paragraph(f"{counted(len(errors), 'point')} failed, and count as missing every limit:"),
        Items(tuple(items)),
    ]
