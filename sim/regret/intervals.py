"""The intervals of the program: in each, prices are constant and powers have their means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from sim.books.closed import Closed
from sim.books.metered import Metered
from sim.runs.run import Run
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.times import Places, union
from sim.units import SECONDS_PER_HOUR

_SAME_PU = 1e-9
"""Share of its highest value up to which a power has not changed."""
_MOST_CHANGES = 4
"""Changes of what is given by its mean at which an hour of the clock is cut; one with more is an interval."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """The intervals of a program.

    Prices, limits of export and months are constant in each, and dispatch is its mean. That is a bound: the
    mean of a dispatch satisfies the means of its balance and limits, costs as much at constant prices, and
    has no higher demand, because each demand interval holds whole intervals of the program or lies in one
    whole.

    One rule says where they end. Prices and limits cut at each change. Powers that are given, such as the
    output of sources, cut at each change too, unless there are more than four within an hour of the clock:
    such an hour is one interval. So a run whose powers change on the hour is exact, and a year of many
    settlements has about as many intervals as hours.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        metered: A meter over these intervals without energy, for months and demand intervals.
        books: The closed books of the run.
    """

    edges_s: Array
    metered: Metered
    books: Closed

    @classmethod
    def of(
        cls,
        run: Run,
        given: Sequence[Array],
        turns_s: Iterable[Array],
        cuts_s: Iterable[Array],
        demand_s: Iterable[float],
    ) -> Intervals:
        """The intervals of a run.

        Args:
            run: The run, with every change recorded.
            given: Powers that the program takes as given, at the recorded rows.
            turns_s: Elapsed seconds at which something else changes that is given by its mean.
            cuts_s: Elapsed seconds at which prices and limits change.
            demand_s: Lengths of demand intervals.
        """
        books = run.books
        power, end_s = books.power, books.horizon_s
        changes_s = reduce(union, turns_s, _changes_s(run.t_s, given))
        changes_s = _few(changes_s[changes_s < end_s], run.calendar.hour_starts(end_s).t_s)
        found = reduce(union, cuts_s, union(power.month_edges_s, changes_s))
        found = union(found[(found > 0.0) & (found < end_s)], np.array([0.0, end_s]))
        whole = Metered(found, found[:-1], found[:-1], power.edges_s, power.month_edges_s, run.calendar)
        for length_s in sorted(set(demand_s)):
            found = _around(found, whole.demand_edges_s(length_s), length_s)
        none = np.zeros(len(found) - 1)
        return cls(found, Metered(found, none, none, power.edges_s, power.month_edges_s, run.calendar), books)

    def __len__(self) -> int:
        return len(self.edges_s) - 1

    @cached_property
    def hours(self) -> Array:
        """Length of each interval."""
        return np.diff(self.edges_s) / SECONDS_PER_HOUR

    @cached_property
    def month(self) -> Places:
        """Number of the local month of each interval."""
        return self.metered.month_of(self.edges_s[:-1])

    @property
    def months(self) -> int:
        """Number of local months."""
        return len(self.metered.month_edges_s) - 1

    def at(self, series: StepSeries) -> Array:
        """The values of a series at the beginnings of the intervals."""
        return series.values_at(self.edges_s[:-1])

    def means(self, rows: Array) -> Array:
        """Means of a recorded power over the intervals."""
        return self.means_of(StepSeries(self.books.t_s, rows))

    def means_of(self, series: StepSeries) -> Array:
        """Means of a series over the intervals."""
        return series.integrals(self.edges_s) / np.diff(self.edges_s)

    def means_up_to(self, rows: Array, most: Array) -> Array:
        """Means of the lower of a recorded power and a limit of each interval."""
        times_s = union(self.books.t_s, self.edges_s[:-1])
        place = np.searchsorted(self.edges_s, times_s, side="right") - 1
        lower = np.minimum(StepSeries(self.books.t_s, rows).values_at(times_s), most[place])
        return self.means_of(StepSeries(times_s, lower))

    def highest(self, rows: Array) -> Array:
        """Highest value of a recorded power in each interval."""
        return self.highest_of(StepSeries(self.books.t_s, rows))

    def highest_of(self, series: StepSeries) -> Array:
        """Highest value of a series in each interval."""
        begins_s, changes_s = self.edges_s[:-1], series.times_s
        inside_s = changes_s[(changes_s > 0.0) & (changes_s < self.books.horizon_s)]
        times_s = union(begins_s, inside_s)
        places = np.searchsorted(times_s, begins_s)
        return np.asarray(np.maximum.reduceat(series.values_at(times_s), places))

    def by_month(self, amounts: Array) -> Array:
        """Sums of amounts of the intervals over local months."""
        return np.bincount(self.month, weights=amounts, minlength=self.months).astype(np.float64)

    def demand(self, length_s: float) -> tuple[Places, Array]:
        """Which demand interval an interval belongs to, and how much of it its power makes up.

        One that spans several demand intervals belongs to the first; the others have the same mean.
        """
        edges_s = self.metered.demand_edges_s(length_s)
        place = np.searchsorted(edges_s, self.edges_s[:-1], side="right") - 1
        return place, np.minimum(np.diff(self.edges_s) / length_s, 1.0)


def flow(books: Closed, owner: str, *labels: str) -> Array:
    """Recorded power of a participant with these labels, summed."""
    chosen = [at for at, one in enumerate(books.columns) if one.owner == owner and one.label in labels]
    return np.asarray(books.flows[chosen].sum(axis=0))


def _changes_s(t_s: Array, given: Sequence[Array]) -> Array:
    """Beginnings of the rows at which a given power changes."""
    is_new = np.zeros(len(t_s), dtype=bool)
    is_new[:1] = True
    for power in given:
        is_new[1:] |= np.abs(np.diff(power)) > _SAME_PU * max(1.0, float(np.abs(power).max(initial=0.0)))
    return np.asarray(t_s[is_new])


def _few(changes_s: Array, hours_s: Array) -> Array:
    """The changes; of an hour with many of them, its ends in their place."""
    hour = np.searchsorted(hours_s, changes_s, side="right") - 1
    inside = hours_s[hour] != changes_s
    busy = np.bincount(hour[inside], minlength=len(hours_s)) > _MOST_CHANGES
    ends_s = np.concatenate([hours_s[busy], hours_s[1:][busy[:-1]]])
    return union(changes_s[~(inside & busy[hour])], np.unique(ends_s))


def _around(cuts_s: Array, demand_s: Array, length_s: float) -> Array:
    """The cuts, with both ends of each demand interval that a cut or an end of the run divides."""
    place = np.searchsorted(demand_s, cuts_s, side="right") - 1
    inside = place[demand_s[place] != cuts_s]
    inside = np.union1d(inside, np.flatnonzero(np.diff(demand_s) < length_s))
    ends_s = np.concatenate([demand_s[inside], demand_s[inside + 1]])
    return union(cuts_s, np.unique(ends_s))
