"""Server states: how many servers of a pool are off, booting, idle, at work or failed, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from sim.bus.account import Account
from sim.units import hours


class ServerState(StrEnum):
    """What a server is doing."""

    OFF = "off"
    BOOTING = "booting"
    IDLE = "idle"
    ACTIVE = "active"
    DRAINING = "draining"
    """At work for the last time: it takes no further job."""
    FAILED = "failed"
    REPAIRED = "repaired"
    """Repaired and not yet started again."""


_INTO = {
    ServerState.OFF: "booting",
    ServerState.BOOTING: "idle failed off",
    ServerState.IDLE: "active failed off",
    ServerState.ACTIVE: "idle draining failed off",
    ServerState.DRAINING: "idle failed off",
    ServerState.FAILED: "repaired",
    ServerState.REPAIRED: "booting off",
}
LEGAL = {state: tuple(map(ServerState, words.split())) for state, words in _INTO.items()}
"""States that a server can go into, by the state that it is in."""


@dataclass(frozen=True)
class ServerCounts:
    """Numbers of servers of a pool by state."""

    off: int = 0
    booting: int = 0
    idle: int = 0
    active: int = 0
    draining: int = 0
    failed: int = 0
    repaired: int = 0

    def __post_init__(self) -> None:
        for state in ServerState:
            if self.of(state) < 0:
                raise ValueError(f"ServerCounts: {state} = {self.of(state)} servers; allowed: at least 0")

    def of(self, state: ServerState) -> int:
        """Number of servers in a state."""
        return int(getattr(self, state))

    @property
    def servers(self) -> int:
        """Number of servers in all."""
        return sum(map(self.of, ServerState))

    def free(self, spares: int = 0) -> int:
        """Idle servers that jobs may take while `spares` of the pool are kept to replace failed ones."""
        return max(0, min(self.idle, self.servers - spares - self.active - self.draining))

    def move(self, servers: int, out_of: ServerState, into: ServerState) -> Self:
        """The counts after some servers have changed their state.

        Raises:
            ValueError: If servers cannot go from one state into the other, or if there are too few.
        """
        if into not in LEGAL[out_of]:
            legal = ", ".join(LEGAL[out_of])
            raise ValueError(f"a server that is {out_of} cannot be {into}; allowed: {legal}")
        there = self.of(out_of)
        if not 0 <= servers <= there:
            raise ValueError(f"{servers} servers {out_of} to {into}; allowed: 0 to {there}, those {out_of}")
        counts = {state.value: self.of(state) for state in ServerState}
        counts[out_of] -= servers
        counts[into] += servers
        return type(self)(**counts)

    def arrive(self, servers: int) -> Self:
        """The counts after servers have been delivered, or, if negative, removed; they are off."""
        counts = {state.value: self.of(state) for state in ServerState}
        return type(self)(**counts | {"off": self.off + servers})


def server_h(state: ServerState) -> Account:
    """The account of hours of servers in a state."""
    return Account("server_h", "server-h", "Server hours", part=state.value)


@dataclass
class StateHours:
    """Hours of servers by state: the exact integral of the counts.

    Attributes:
        counts: Number of servers by state now.
        now_s: When the counts changed last.
    """

    counts: ServerCounts
    now_s: float = 0.0
    _server_s: dict[ServerState, float] = field(default_factory=lambda: dict.fromkeys(ServerState, 0.0))

    def become(self, counts: ServerCounts, now_s: float) -> None:
        """Note that the counts are others from now on.

        Raises:
            ValueError: If the time is before the last change.
        """
        if now_s < self.now_s:
            raise ValueError(f"StateHours: now_s = {now_s} s; allowed: at least {self.now_s} s")
        for state in ServerState:
            self._server_s[state] += self.counts.of(state) * (now_s - self.now_s)
        self.counts, self.now_s = counts, now_s

    def at(self, now_s: float) -> dict[ServerState, float]:
        """Hours of servers by state from the start to a time after the last change [h]."""
        self.become(self.counts, now_s)
        return {state: hours(server_s) for state, server_s in self._server_s.items()}
