"""The gas fleet: units that start and stop when what has been missed comes to the cost of a start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reference.market import Block, Lots, traded_mw, welfare_usd_per_h
from reference.ramps import Ramp

_HEAT_RATE = ((0.4, 13.125), (0.6, 11.050), (0.8, 10.188), (1.0, 9.710))
"""Load [pu] and heat rate [MMBtu/MWh] of RTS-GMLC unit 113_CT_1."""


def heat_mmbtu_per_h(load_pu: float, unit_mw: float) -> float:
    """Fuel use of a unit: the table as a polygon of fuel over load, its first side extended to the left."""
    points = [(load, load * rate) for load, rate in _HEAT_RATE]
    at = max([0, *(side for side in range(3) if points[side][0] <= load_pu)])
    (x0, y0), (x1, y1) = points[at], points[at + 1]
    return (y0 + (load_pu - x0) * (y1 - y0) / (x1 - x0)) * unit_mw


@dataclass
class _Unit:
    on: bool = False
    ready_s: float | None = None
    free_s: float = 0.0

    @property
    def is_off(self) -> bool:
        return not self.on and self.ready_s is None


@dataclass
class _Decisions:
    """Instants of decisions and lags, and instants at which a unit begins or ceases to pay."""

    taken_s: list[tuple[float, float]] = field(default_factory=list)
    changed_s: list[float] = field(default_factory=list)

    def are_close(self, step_s: float) -> bool:
        """Whether a unit begins or ceases to pay so near a decision that their order is not certain."""
        return any(
            abs(at_s - changed_s) <= lag_s + step_s
            for at_s, lag_s in self.taken_s
            for changed_s in self.changed_s
        )


class GasFleet:
    """Equal units behind one ramp.

    Attributes:
        ramp: The power of the running units.
        starts: Number of starts.
        lag_s: How late its decisions may be: each one as late as those before it, a step, and what the sum
            may be off by at its rate.
    """

    def __init__(self, name: str, spec: dict[str, Any], step_s: float) -> None:
        self.name, self._spec, self._step_s = name, spec, step_s
        self.unit_mw = spec["unit_mw"]
        gas = spec["gas_usd_per_mmbtu"]
        last = (9.710 - 0.8 * 10.188) / 0.2
        self.marginal = last * gas + spec["variable_usd_per_mwh"]
        self.start_usd = (spec["start_usd_per_mw"] + spec["start_mmbtu_per_mw"] * gas) * self.unit_mw
        self.ramp = Ramp(
            name,
            must_run=-self.marginal,
            cost=self.marginal,
            pu_per_min=spec["ramp_pu_per_min"],
            rest="headroom",
        )
        self._units = [_Unit() for _ in range(spec["units"])]
        self._sums_usd = [0.0] * spec["units"]
        self._errors_usd = [0.0] * spec["units"]
        self._rates = [0.0] * spec["units"]
        self._benefits: dict[tuple[Lots, Lots], list[float]] = {}
        self._rest: tuple[Lots, Lots] | None = None
        self.decisions = _Decisions()
        self.is_close = False
        self.starts = 0
        self.lag_s = 0.0

    @property
    def running(self) -> int:
        """Units that run."""
        return sum(unit.on for unit in self._units)

    @property
    def committed(self) -> int:
        """Units that run or start."""
        return sum(not unit.is_off for unit in self._units)

    def _running_usd_per_h(self, units: int, power_mw: float) -> float:
        if not units:
            return 0.0
        spec = self._spec
        heat = units * heat_mmbtu_per_h(power_mw / units / self.unit_mw, self.unit_mw)
        return heat * spec["gas_usd_per_mmbtu"] + power_mw * spec["variable_usd_per_mwh"]

    def _saving_usd_per_h(self, units: int, sales: Lots, purchases: Lots) -> float:
        """What the site saves with so many units running: gain in welfare less their running cost."""
        most, least = units * self.unit_mw, units * self.unit_mw * self._spec["minimum_pu"]
        wanted = traded_mw((*sales, (self.marginal, most)), purchases)[0][-1]
        power = min(max(wanted, least), most)
        gain = welfare_usd_per_h((*sales, (0.0, power)), purchases) - welfare_usd_per_h(sales, purchases)
        return gain - self._running_usd_per_h(units, power)

    def _benefit_usd_per_h(self, units: int) -> float:
        """Benefit of the last of so many units."""
        assert self._rest is not None
        if self._rest not in self._benefits:
            savings = [self._saving_usd_per_h(count, *self._rest) for count in range(len(self._units) + 1)]
            pairs = zip(savings[1:], savings, strict=False)
            self._benefits[self._rest] = [more - fewer for more, fewer in pairs]
        return self._benefits[self._rest][units - 1]

    def begin(self, t_s: float) -> None:
        """Units whose start time is over run, if that still pays; at the step's beginning."""
        for unit in self._units:
            if unit.ready_s is not None and unit.ready_s <= t_s + 1e-6:
                running, committed = self.running, self.committed
                unit.ready_s = None
                if self._benefit_usd_per_h(running + 1) > 0.0:
                    unit.on, unit.free_s = True, t_s + 3600.0 * self._spec["min_up_h"]
                    self.starts += 1
                    self._begin_anew(running)
                else:
                    self._begin_anew(committed - 1)
                self._note(t_s, 0.0)
        rated = self.running * self.unit_mw
        self.ramp.serve(rated, rated * self._spec["minimum_pu"])

    def observe(self, t_s: float, others: list[Block], *, is_exact: bool) -> None:
        """See what the rest of the site sells and buys in this step.

        Args:
            t_s: Second at which the step begins.
            others: Their blocks.
            is_exact: Whether what has changed, if anything, has changed at this very second.
        """
        near = [block for block in others if not block.out_of_reach and block.mw]
        sales = tuple((block.value, block.mw) for block in near if block.sells)
        purchases = tuple((block.value, block.mw) for block in near if not block.sells)
        before = self._signs()
        self._rest = sales, purchases
        if self._signs() != before:
            self.decisions.changed_s.append(t_s)
        rates = [0.0] * len(self._units)
        for sign, numbers in (
            (1.0, range(self.committed, len(rates))),
            (-1.0, reversed(range(self.running))),
        ):
            for number in numbers:
                rate = sign * self._benefit_usd_per_h(number + 1)
                if rate <= 0.0 and not self._sums_usd[number]:
                    break
                rates[number] = rate
        self._turn(rates, is_exact=is_exact)

    def _signs(self) -> list[bool]:
        if self._rest is None:
            return []
        return [self._benefit_usd_per_h(number + 1) > 0.0 for number in range(len(self._units))]

    def _turn(self, rates: list[float], *, is_exact: bool) -> None:
        """Let the sums grow at other rates, and note by how much that makes them uncertain."""
        step_h, most = self._step_s / 3600.0, self.start_usd
        for number, (before, after) in enumerate(zip(self._rates, rates, strict=True)):
            if not is_exact:
                self._errors_usd[number] += abs(after - before) * step_h
            ahead = most - self._sums_usd[number]
            unsure = self._errors_usd[number] + before * (self.lag_s / 3600.0 + step_h)
            self.is_close |= before > 0.0 >= after and 0.0 < ahead <= unsure
        self._rates = rates

    def _begin_anew(self, number: int) -> None:
        self._sums_usd[number] = self._errors_usd[number] = self._rates[number] = 0.0

    def coming_mw(self, t_s: float) -> float:
        """Power of units that start, wait for their minimum down time, or will start if it goes on."""
        off = [unit for unit in self._units if not unit.on]
        bound = sum(unit.ready_s is not None or unit.free_s > t_s + 1e-6 for unit in off)
        waiting = sum(rate > 0.0 for rate in self._rates[self.committed :])
        return min(bound + waiting, len(off)) * self.unit_mw

    def decide(self, t_s: float) -> None:
        """Add up what the step has brought, and order starts and stops at its end."""
        for number, rate in enumerate(self._rates):
            grown = self._sums_usd[number] + rate * self._step_s / 3600.0
            self._sums_usd[number] = min(max(grown, 0.0), self.start_usd)
        end_s = t_s + self._step_s
        running, committed = self.running, self.committed
        may_start = [unit for unit in self._units if unit.is_off and unit.free_s <= end_s + 1e-6]
        for unit, number in zip(may_start, range(committed, len(self._units)), strict=False):
            if not self._is_due(number):
                break
            unit.ready_s = end_s + 60.0 * self._spec["start_min"]
            self._note(end_s, self._errors_usd[number] / self._rates[number] * 3600.0)
            self._begin_anew(number)
        may_stop = [unit for unit in self._units if unit.on and unit.free_s <= end_s + 1e-6]
        for unit, number in zip(may_stop, reversed(range(running)), strict=False):
            if not self._is_due(number):
                break
            unit.on, unit.free_s = False, end_s + 3600.0 * self._spec["min_down_h"]
            self._note(end_s, self._errors_usd[number] / self._rates[number] * 3600.0)
            self._begin_anew(number)

    def _is_due(self, number: int) -> bool:
        return self._rates[number] > 0.0 and self._sums_usd[number] >= self.start_usd * (1.0 - 1e-9)

    def _note(self, t_s: float, unsure_s: float) -> None:
        self.lag_s += self._step_s + unsure_s
        self.decisions.taken_s.append((t_s, self.lag_s))
