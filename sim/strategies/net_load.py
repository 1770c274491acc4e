"""The net load of a store: what load takes less what all supply but one connection and the store gives."""

from __future__ import annotations

import numpy as np

from sim.bus.bus import Bus
from sim.bus.flows import Flow
from sim.timeseries.series import Array

_DAY_H = 24


class NetLoad:
    """A meter of the net load, which looks at each settlement.

    The net load is import less export of a connection, plus what the store gives, less what it takes, less
    what is curtailed on the site. So it is what would be imported, or be left over, without the store.

    Attributes:
        hours_mw: Mean of each hour that has ended.
    """

    def __init__(self, bus: Bus, connection: str, store: str) -> None:
        self._bus = bus
        self._names = connection, store
        self._places: tuple[list[int], list[int]] | None = None
        self._mw = self._mw_s = 0.0
        self._at_s = self._begun_s = 0.0
        self.hours_mw: list[float] = []
        bus.watches.append(self)

    def look(self) -> None:
        """Add up the net load until now, and read the new one."""
        self._add(self._bus.env.now)
        used_mw, settled_mw = self._bus.used_mw, self._bus.settled_mw
        if self._places is None:  # all have connected, so the numbers are known
            self._places = self._find()
        taken, left = self._places
        mw = 0.0
        for at in taken:
            mw += used_mw[at]
        for at in left:
            mw -= settled_mw[at] - used_mw[at]
        self._mw = mw

    def end_hour(self) -> None:
        """End an hour now."""
        now_s = self._bus.env.now
        self._add(now_s)
        if now_s > self._begun_s:
            self.hours_mw.append(self._mw_s / (now_s - self._begun_s))
        self._begun_s, self._mw_s = now_s, 0.0

    @property
    def is_known(self) -> bool:
        """Whether a day has been measured."""
        return len(self.hours_mw) >= _DAY_H

    def expected_mw(self, count: int, days: int, unknown_mw: float) -> Array:
        """The next hours: each is the highest of the same hour on the last days.

        Before a day has been measured it is like the last hour.

        Args:
            count: Number of hours.
            days: Number of days.
            unknown_mw: Net load before an hour has been measured.
        """
        if not self.is_known:
            return np.full(count, self.hours_mw[-1] if self.hours_mw else unknown_mw)
        whole = min(len(self.hours_mw) // _DAY_H, days)
        daily = np.array(self.hours_mw[-_DAY_H * whole :]).reshape(whole, _DAY_H)
        return np.resize(daily.max(axis=0), count)

    def _add(self, now_s: float) -> None:
        self._mw_s += self._mw * (now_s - self._at_s)
        self._at_s = now_s

    def _find(self) -> tuple[list[int], list[int]]:
        """Numbers of what counts as it is used, and of what counts against it by what is left of it.

        What is left of a bid is its accepted part.
        """
        connection, store = self._names
        used, left = {(connection, Flow.IMPORT), (store, Flow.DISCHARGE)}, []
        accepted = {(connection, Flow.EXPORT), (store, Flow.CHARGE)}
        first_bid, taken = len(self._bus.offered), []
        for name, terminal in self._bus.terminals.items():
            for block in terminal.blocks:
                at = block.at if block.is_offer else first_bid + block.at
                if (name, block.accepted) in used:
                    taken.append(at)
                elif (name, block.accepted) in accepted or (block.is_offer and block.rest is Flow.CURTAILED):
                    left.append(at)
        return taken, left
