"""The store: what it sells and buys in a step, and its level afterwards."""

from __future__ import annotations

from math import inf, nextafter
from typing import Any

from reference.market import Block

_TINY_PU = 1e-9


class Store:
    """A store with losses, between whose bounds a step is divided by energy.

    In the step in which it comes to a bound, its power is limited to what the energy ahead allows on average.

    Attributes:
        level_mwh: Energy stored.
        was_limited: Whether this step comes to a bound.
    """

    def __init__(self, name: str, spec: dict[str, Any], step_h: float) -> None:
        self.name, self._spec, self._step_h = name, spec, step_h
        self.power_mw = spec["power_mw"]
        capacity = spec["energy_mwh"]
        self._tiny = _TINY_PU * capacity
        self._low, self._high = spec["min_soc_pu"] * capacity, spec["max_soc_pu"] * capacity
        self._held = self._low + spec["reserve_pu"] * capacity
        self._has_reserve = spec["reserve_pu"] > 0.0
        self._into, self._out_of = spec["charge_efficiency_pu"], spec["discharge_efficiency_pu"]
        self.level_mwh = spec["initial_soc_pu"] * capacity
        self.was_limited = False
        self._buys = self._refills = self._sells = self._sells_reserve = 0.0

    def plan(self) -> None:
        """Begin a step: full power wherever there is energy ahead."""
        power, level, tiny = self.power_mw, self.level_mwh, self._tiny
        upkeep = min(power, self._spec["standing_loss_mw"] / self._into)
        total = power if level < self._high - tiny else upkeep
        self._refills = 0.0
        if self._has_reserve and level <= self._held + tiny:
            self._refills = total if level < self._held - tiny else min(total, upkeep)
        self._buys = total - self._refills
        is_above = level > self._held + tiny
        self._sells = power if is_above else 0.0
        self._sells_reserve = power if not is_above and level > self._low + tiny else 0.0
        self.was_limited = False

    def blocks(self) -> list[Block]:
        """What it buys and sells in this step."""
        spec, name = self._spec, self.name
        withheld = self.power_mw - self._buys - self._refills
        reserve = spec["reserve_above_usd_per_mwh"]
        made = [
            Block(
                name,
                sells=False,
                price=spec["charge_below_usd_per_mwh"],
                mw=self._buys,
                flow="charge",
                reason="storage full",
                withheld_mw=withheld,
            ),
            Block(name, True, spec["discharge_above_usd_per_mwh"], self._sells, "discharge"),
        ]
        if self._has_reserve:
            made.append(Block(name, False, nextafter(reserve, -inf), self._refills, "charge"))
            made.append(Block(name, True, reserve, self._sells_reserve, "discharge"))
        return made

    def _flows(self, blocks: list[Block]) -> tuple[float, float]:
        own = [block for block in blocks if block.owner == self.name]
        bought = sum(block.traded_mw for block in own if not block.sells)
        return bought, sum(block.traded_mw for block in own if block.sells)

    def _after(self, blocks: list[Block]) -> float:
        bought, sold = self._flows(blocks)
        before_losses = self.level_mwh + (self._into * bought - sold / self._out_of) * self._step_h
        leak = self._spec["standing_loss_mw"] * self._step_h
        return before_losses - min(leak, max(0.0, before_losses - self._low))

    def limit(self, blocks: list[Block]) -> bool:
        """Limit its power to the energy ahead; whether that changes the trade."""
        level, after, step_h = self.level_mwh, self._after(blocks), self._step_h
        leak, margin = self._spec["standing_loss_mw"], 4.0 * self._tiny
        before = self._buys, self._refills, self._sells, self._sells_reserve
        if after > self._high + margin:
            most = (self._high - level) / (self._into * step_h) + leak / self._into
            self._buys = min(self._buys, max(0.0, most - self._refills))
        if self._refills and level < self._held - self._tiny and after > self._held + margin:
            most = (self._held - level) / (self._into * step_h) + leak / self._into
            total = self._buys + self._refills
            self._refills = min(self._refills, most)
            self._buys = total - self._refills
        if self._sells and after < self._held - margin:
            self._sells = min(self._sells, (level - self._held) * self._out_of / step_h)
            if self._has_reserve:
                self._sells_reserve = self.power_mw - self._sells
        if self._sells_reserve and after < self._low - margin:
            left = (level - self._low) * self._out_of / step_h - self._sells
            self._sells_reserve = min(self._sells_reserve, max(0.0, left))
        is_new = before != (self._buys, self._refills, self._sells, self._sells_reserve)
        self.was_limited |= is_new
        return is_new

    def settle(self, blocks: list[Block]) -> None:
        """End the step."""
        self.level_mwh = self._after(blocks)
