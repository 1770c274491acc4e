"""Server states: how many servers of a pool are off, booting, idle, at work or failed, and for how long."""

from __future__ import annotations

from enum import StrEnum

from sim.bus.account import Account
from sim.units import hours


class ServerState(StrEnum):
    """What a server is doing."""

    OFF = "off"
    BOOTING = "booting"
    """Repaired, and starting again."""
    IDLE = "idle"
    ACTIVE = "active"
    DRAINING = "draining"
    """At work for the last time: it takes no further job."""
    FAILED = "failed"


def server_h(state: ServerState) -> Account:
    """The account of hours of servers in a state."""
    return Account("server_h", "server-h", "Server hours", part=state.value)


class StateHours:
    """Hours of servers by state: the exact integral of their numbers."""

    def __init__(self, now_s: float) -> None:
        self._now_s = now_s
        self._counts: dict[str, int] = {}
        self._server_s: dict[str, float] = dict.fromkeys(ServerState, 0.0)

    def become(self, now_s: float, **counts: int) -> None:
        """Note the number of servers in each state from now on; others have none.

        Raises:
            ValueError: If the time is before the last change.
        """
        duration_s = now_s - self._now_s
        if duration_s < 0.0:
            raise ValueError(f"StateHours: now_s = {now_s} s; allowed: at least {self._now_s} s")
        if duration_s:
            for state, servers in self._counts.items():
                self._server_s[state] += servers * duration_s
            self._now_s = now_s
        self._counts = counts

    def at(self, now_s: float) -> dict[ServerState, float]:
        """Hours of servers by state from the start to a time after the last change [h]."""
        self.become(now_s, **self._counts)
        return {ServerState(state): hours(server_s) for state, server_s in self._server_s.items()}
