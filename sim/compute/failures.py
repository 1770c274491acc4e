"""Failures and repairs of equal servers as one process: the exact superposition of its members."""

from __future__ import annotations

from math import inf

import numpy as np

_BLOCK = 1024
"""Random numbers that are drawn at once; drawn one by one they cost ten times as much."""


class Superposition:
    """Failures and repairs of equal servers, which each fail and are repaired by themselves.

    Times to failure and to repair are exponentially distributed. The next event of all servers is then
    exponentially distributed too, at the sum of their rates, and happens to any of those that run with the
    same probability: the process of the counts is that of as many independent servers, at the cost of one.
    It has no memory: after a change of the counts (an event, servers that arrive or retire) ask again.
    """

    def __init__(self, rng: np.random.Generator, servers: int, mttf_h: float, mttr_h: float) -> None:
        """Prepare a pool.

        Args:
            rng: The pool's own random stream.
            servers: Most servers at any time.
            mttf_h: Mean time to failure of one server; infinite if none fails.
            mttr_h: Mean time to repair of one server.

        Raises:
            ValueError: If a number is not above 0.
        """
        for name, value in (("servers", servers), ("mttf_h", mttf_h), ("mttr_h", mttr_h)):
            if not value > 0:
                raise ValueError(f"Superposition: {name} = {value}; allowed: above 0")
        self._rng = rng
        self._servers = servers
        self._failures_per_h, self._repairs_per_h = 1.0 / mttf_h, 1.0 / mttr_h
        self._waits: list[float] = []
        self._shares: list[float] = []

    @property
    def availability(self) -> float:
        """The part of the time in which a server is not failed, in the long run."""
        return self._repairs_per_h / (self._failures_per_h + self._repairs_per_h)

    def next_h(self, up: int, down: int) -> tuple[float, bool]:
        """Time to the next event if the counts do not change before, and whether it is a failure.

        Args:
            up: Servers that can fail.
            down: Servers under repair.

        Returns:
            The time [h], infinite if nothing can happen; and True for a failure, False for a repair.

        Raises:
            ValueError: If a count is negative, or both are more than the pool has.
        """
        if up < 0 or down < 0 or up + down > self._servers:
            most = f"at least 0, at most {self._servers:,} in all"
            raise ValueError(f"Superposition: up = {up}, down = {down} servers; allowed: {most}")
        failures_per_h = up * self._failures_per_h
        per_h = failures_per_h + down * self._repairs_per_h
        if per_h == 0.0:
            return inf, False
        if not self._waits:
            self._waits = self._rng.standard_exponential(_BLOCK).tolist()
        return self._waits.pop() / per_h, self._share() * per_h < failures_per_h

    def which(self, count: int) -> int:
        """The number of the server that an event happens to, from 0: any of `count` alike."""
        return int(self._share() * count)

    def _share(self) -> float:
        """A number from 0 to below 1."""
        if not self._shares:
            self._shares = self._rng.random(_BLOCK).tolist()
        return self._shares.pop()
