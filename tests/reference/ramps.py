"""The ramp: a unit whose power follows a straight line."""

from __future__ import annotations

from math import inf, nextafter

from reference.market import Block, trade

_STEP_PU = 0.02
"""Size of a step of the staircase in `sim`, which stands for the line [pu of the rating in service]."""


class Ramp:
    """A unit whose power moves at its ramp rate towards what the market would take without the limit.

    Attributes:
        position_mw: Power that it makes.
        target_mw: Power that the market would take.
        cost_usd_per_mwh: Cost of its power.
    """

    def __init__(self, name: str, *, must_run: float, cost: float, pu_per_min: float, rest: str) -> None:
        self.name, self._must_run, self.cost_usd_per_mwh = name, must_run, cost
        self._pu_per_min, self._rest = pu_per_min, rest
        self.available_mw = self._minimum_mw = self._rated_mw = 0.0
        self.position_mw = self.target_mw = 0.0
        self._after_mw = self._mean_mw = 0.0
        self._is_free = True
        self._last_target_mw = 0.0

    def serve(self, rated_mw: float, minimum_mw: float) -> None:
        """Set what is in service; what is not is lost at once."""
        self.available_mw = self._rated_mw = rated_mw
        self._minimum_mw = minimum_mw
        self.position_mw = min(self.position_mw, rated_mw)

    def movement_error_mwh(self) -> float:
        """Difference between staircase and line over a movement: step x time of a step / 8."""
        if not self._rated_mw:
            return 0.0
        step_mw = _STEP_PU * self._rated_mw
        step_min = _STEP_PU / self._pu_per_min
        return step_mw * step_min / 60.0 / 8.0

    def elastic(self) -> list[Block]:
        """What it would sell if it could follow at once."""
        least = self._minimum_mw
        return [
            Block(self.name, True, self._must_run, least, "delivered"),
            Block(self.name, True, self.cost_usd_per_mwh, self.available_mw - least, "delivered"),
        ]

    def aim(self, others: list[Block]) -> None:
        """Find the target beside what others sell and buy."""
        own = self.elastic()
        trade(others + own)
        self.target_mw = min(self._minimum_mw + own[1].traded_mw, self.available_mw)

    def move(self, step_h: float) -> None:
        """Follow the line for a step, as far as the target; keep its mean."""
        if self._is_free:
            self.position_mw = self.target_mw
        ahead = self.target_mw - self.position_mw
        mw_per_h = self._pu_per_min * 60.0 * self._rated_mw
        hours = min(step_h, abs(ahead) / mw_per_h) if mw_per_h else 0.0
        travel = mw_per_h * hours * (1.0 if ahead > 0.0 else -1.0)
        self._after_mw = self.target_mw if hours < step_h else self.position_mw + travel
        moving = (self.position_mw + self._after_mw) / 2.0 * hours
        self._mean_mw = (moving + self._after_mw * (step_h - hours)) / step_h

    def blocks(self) -> list[Block]:
        """What it sells in a step: its power on the line, and what is out of reach."""
        mean, is_falling = self._mean_mw, self.target_mw < self.position_mw
        least = min(self._minimum_mw, mean)
        cost, name = self.cost_usd_per_mwh, self.name
        free = 0.0 if is_falling else mean - least
        just_above = nextafter(self._must_run, inf)
        made = [
            Block(name, True, self._must_run, least, "delivered", "curtailed", "minimum stable level"),
            Block(name, True, just_above, mean - least - free, "delivered", "curtailed", "ramp limit", cost),
            Block(name, True, cost, free, "delivered", self._rest),
        ]
        beyond = Block(name, True, inf, self.available_mw - mean, "delivered", self._rest, "ramp limit", cost)
        beyond.out_of_reach = True
        return [*made, beyond]

    def made_mw(self, blocks: list[Block]) -> float:
        """Power that it makes, taken or dumped."""
        own = [block for block in blocks if block.owner == self.name]
        return own[0].mw + own[1].mw + own[2].traded_mw

    def bend_mwh(self, step_h: float) -> float:
        """What a bend in the response of others adds to the mean of a step: at most movement x step / 8."""
        return abs(self._after_mw - self.position_mw) * step_h / 8.0

    def settle(self) -> bool:
        """End the step; whether a new movement has begun in it."""
        self._is_free = False
        self.position_mw = self._after_mw
        is_new = abs(self.target_mw - self._last_target_mw) > 1e-9
        self._last_target_mw = self.target_mw
        return is_new
