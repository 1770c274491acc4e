"""The kernel of a replay: settlements one after the other, added up at once.

Compiled if a C compiler is at hand, like `bus.stretch`. It clears the same ladder with the same stores, to
the same bits; in place of rows it keeps the sums that the metrics of a run need.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import inf
from typing import cast

import numpy as np

from sim.books.causes import SLACK_MW
from sim.bus.filling import Filling
from sim.bus.numbers import FACTOR, Flat
from sim.bus.settlement import NOTHING_MW, TOLERANCE, Settlement
from sim.plant.store import Store
from sim.replay.plan import Plan
from sim.replay.sums import SERIES, Extremes, Integrals, Means
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

_FACTOR, _LOAD, _SERIES = FACTOR, 1, SERIES
_HOUR_S, _NEVER = SECONDS_PER_HOUR, inf
_LEAST_MW, _TOLERANCE_PU = NOTHING_MW, TOLERANCE
_SLACK_MW = SLACK_MW
_ROOM = 2048
"""Rows that are kept before they are given reasons."""


class Kernel:
    """The settlements of a run in which only series change and stores move.

    Attributes:
        factored: Integral of each number that has a factor.
        means: Highest means of the four powers over quarters and hours of the clock.
        extremes: Their highest and lowest values.
        sums: Integral of each number of a row over the run [its unit x h].
        kept: Rows with power that is unserved or curtailed: their beginning, their numbers, the costs of the
            blocks, and their end.
        kept_rows: Number of these rows.
        steps_s: When the load served changed.
        steps_mw: The load served from then on.
        steps: Number of these changes.
    """

    def __init__(self, bus: Settlement, stores: Sequence[Store], plan: Plan) -> None:
        """Begin at the start of a run.

        Args:
            bus: The bus, with its blocks numbered.
            stores: Its movers.
            plan: What is read, and where sums are added.
        """
        self._bus = bus
        self._numbers = numbers = bus.numbers
        self._stores, self._store_count = [*stores], len(stores)
        self._filling = Filling(numbers.blocks, bus.both_sides)
        self._blocks = numbers.blocks
        self._width = 1 + 2 * numbers.blocks + numbers.gauge_count
        self._short, self._short_count = array("q", plan.short), len(plan.short)
        self._spilt, self._spilt_count = array("q", plan.spilt), len(plan.spilt)
        self._lay_sums(plan)
        self._lay_factors(plan)
        self.kept_rows = self.steps = 0
        self.kept: Array = np.empty((_ROOM, self._width + self._blocks + 2))
        self._kept, self._most = self.kept, _ROOM
        self.steps_s: Array = np.empty(0)
        self.steps_mw: Array = np.empty(0)
        self._lay_steps(plan.steps)
        self._horizon_s = plan.horizon_s
        self._row_s, self._next_s = -1.0, 0.0
        numbers.asked = True

    def _lay_sums(self, plan: Plan) -> None:
        """Lay out what forms are added up to."""
        script, forms = plan.script, plan.forms
        self._script_s, self._script_values = script.times_s, script.values
        self._targets, self._sides, self._places = script.targets, script.sides, script.places
        self._changes, self._change = len(script.times_s), 0
        self._terms, self._weights = forms.places, forms.factors
        self._form_count = len(forms.factors) // 2
        row: Array = np.zeros(self._width + self._form_count)
        self._row, self._length = row, len(row)
        mw, used_mw = row[1 : 1 + 2 * self._blocks].reshape(2, -1)
        self._share(cast("Flat", mw), cast("Flat", used_mw))
        self.sums: Array = np.zeros(self._length)
        self._sums = self.sums
        self._hours = Integrals(plan.hours.edges_s, plan.hours.values, row, plan.hours.places)
        self._bills = Integrals(plan.bills.edges_s, plan.bills.values, row, plan.bills.places)
        power: Array = np.zeros(len(plan.powers))
        self._power, self._power_at = power, array("q", plan.powers)
        self.means = self._means = Means(plan.quarters_s, plan.levels.edges_s, power)
        self.extremes = self._extremes = Extremes(power)
        self._levels, self._level_s, self._level_at = plan.levels.values, plan.levels.edges_s, 0
        self._level_places = array("q", plan.levels.places)

    def _share(self, mw: Flat, used_mw: Flat) -> None:
        """Let the ladder be filled where the row has its blocks, and stores read them there."""
        self._filling.write_to(mw, used_mw)
        self._numbers.settled_mw, self._numbers.used_mw = mw, used_mw

    def _lay_factors(self, plan: Plan) -> None:
        """Lay out the numbers that have a factor."""
        self._weighed, self._factor_count = array("q", plan.weighed), len(plan.weighed)
        self._factor: Array = plan.factors.copy()
        self._since_s: Array = np.zeros(self._factor_count)
        self.factored: Array = np.zeros(self._factor_count)
        self._factored = self.factored

    def make_room(self) -> None:
        """Forget the rows that were kept, and have room for more changes of the load if need be."""
        self.kept_rows = 0
        if self.steps >= self._most_steps:
            self._lay_steps(2 * self._most_steps)

    def _lay_steps(self, most: int) -> None:
        times_s, mw, old = np.empty(most), np.empty(most), self.steps
        if old:
            times_s[:old], mw[:old] = self.steps_s[:old], self.steps_mw[:old]
        self.steps_s, self.steps_mw = times_s, mw
        self._steps_s, self._steps_mw, self._most_steps = times_s, mw, most

    def run(self) -> bool:
        """Go on until the end of the run, or until there is no room; whether it is the end."""
        numbers = self._numbers
        while True:
            if self.kept_rows >= self._most or self.steps >= self._most_steps:
                return False  # a settlement, and the end of the run, keep a row and a change each
            if self._next_s >= self._horizon_s:
                break
            now_s = self._next_s
            self._begin_instant(now_s)
            if numbers.asked:
                self._settle(now_s)
            self._look_ahead()
        for at in range(self._store_count):
            store = self._stores[at]
            store.advance(self._horizon_s)
        self._post(self._horizon_s)
        self._means.close()
        return True

    def _begin_instant(self, now_s: float) -> None:
        """Take over what changes now, and settle for stores that have their turn."""
        numbers = self._numbers
        while self._change < self._changes and self._script_s[self._change] <= now_s:
            target, value = self._targets[self._change], self._script_values[self._change]
            self._change += 1
            side, place = self._sides[target], self._places[target]
            if side == _FACTOR:
                self._weigh(place, now_s)
                self._factor[place] = value
            else:
                numbers.set(side, place, value)
        for at in range(numbers.turns):
            if numbers.turns_s[at] <= now_s:
                numbers.turns_s[at] = _NEVER
                numbers.asked = True

    def _weigh(self, place: int, until_s: float) -> None:
        """Add what a number with a factor has come to since it was added last, or since the row began."""
        begin_s = max(self._row_s, self._since_s[place])
        if self._row_s >= 0.0:
            mw = self._row[self._weighed[place]]
            self._factored[place] += mw * self._factor[place] * ((until_s - begin_s) / _HOUR_S)
        self._since_s[place] = until_s

    def _look_ahead(self) -> None:
        """Find the next instant."""
        numbers = self._numbers
        next_s = _NEVER
        if self._change < self._changes:
            next_s = self._script_s[self._change]
        for at in range(numbers.turns):
            next_s = min(next_s, numbers.turns_s[at])
        self._next_s = next_s

    def _settle(self, now_s: float) -> None:
        """Carry out a settlement, as a stretch does."""
        numbers, filling = self._numbers, self._filling
        numbers.asked = False
        for at in range(self._store_count):
            store = self._stores[at]
            store.advance(now_s)
        if self._row_s >= 0.0:
            self._post(now_s)
        if not numbers.is_ranked:
            filling.rank(numbers)
        need_mw = filling.take(numbers)
        margin = filling.fill(need_mw)
        if filling.crossed and not filling.part():
            self._bus.rank()
            self._bus.part(filling.sizes, filling.uses)  # it refuses
        if not filling.balances(need_mw, _TOLERANCE_PU * need_mw + _LEAST_MW):
            self._bus.fail(filling.sizes[numbers.first_bid :], filling.uses)
        self._write(now_s, filling.price[margin] if margin >= 0 else 0.0)
        numbers.settlements += 1
        for at in range(self._store_count):
            store = self._stores[at]
            store.settled(now_s)

    def _write(self, now_s: float, price: float) -> None:
        """Begin a row."""
        numbers, blocks = self._numbers, self._blocks
        self._row_s = now_s
        self._row[0] = price
        for at in range(numbers.gauge_count):
            self._row[1 + 2 * blocks + at] = numbers.gauges[at]
        for form in range(self._form_count):
            one = self._weights[2 * form] * self._row[self._terms[2 * form]]
            other = self._weights[2 * form + 1] * self._row[self._terms[2 * form + 1]]
            self._row[self._width + form] = one + other
        for at in range(_SERIES):
            self._power[at] = self._row[self._power_at[at]]

    def _post(self, until_s: float) -> None:
        """Add the row, which ends now, to all sums."""
        begin_s = self._row_s
        if until_s <= begin_s:
            return
        hours = (until_s - begin_s) / _HOUR_S
        for at in range(self._length):
            self._sums[at] += self._row[at] * hours
        self._extremes.add(begin_s)
        self._note_load(begin_s)
        self._means.add(begin_s, until_s, hours)
        self._hours.add(begin_s, until_s, hours)
        self._bills.add(begin_s, until_s, hours)
        for place in range(self._factor_count):
            self._weigh(place, until_s)
        if self._store_count:
            self._follow_levels(begin_s, until_s)
        self._keep(begin_s, until_s)

    def _note_load(self, begin_s: float) -> None:
        """Note a change of the load served."""
        load_mw = self._power[_LOAD]
        if not self.steps or load_mw != self._steps_mw[self.steps - 1]:
            self._steps_s[self.steps], self._steps_mw[self.steps] = begin_s, load_mw
            self.steps += 1

    def _follow_levels(self, begin_s: float, until_s: float) -> None:
        """Write down the levels of the stores at the starts of hours; they are linear in between."""
        while self._level_at < len(self._level_s) and self._level_s[self._level_at] <= until_s:
            share = (self._level_s[self._level_at] - begin_s) / (until_s - begin_s)
            for at in range(self._store_count):
                store = self._stores[at]
                level = self._row[self._level_places[at]]
                self._levels[at, self._level_at] = level + (store.level_mwh - level) * share
            self._level_at += 1

    def _keep(self, begin_s: float, until_s: float) -> None:
        """Keep a row with unserved or curtailed power."""
        numbers, mw = self._numbers, 0.0
        for at in range(self._short_count):
            mw += self._row[self._short[at]]
        is_kept = mw > _SLACK_MW
        for at in range(self._spilt_count):
            place = 1 + self._spilt[at]
            if self._row[place] - self._row[place + self._blocks] > _SLACK_MW:
                is_kept = True
        if not is_kept:
            return
        row, width = self.kept_rows, self._width
        self._kept[row, 0] = begin_s
        for at in range(width):
            self._kept[row, 1 + at] = self._row[at]
        for at in range(self._blocks):
            self._kept[row, 1 + width + at] = numbers.costs[at]
        self._kept[row, 1 + width + self._blocks] = until_s
        self.kept_rows += 1
