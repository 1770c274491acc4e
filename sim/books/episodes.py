"""Episodes: uninterrupted periods of shortage or curtailment, for the events table."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import Any

import numpy as np

from sim import units
from sim.books.causes import SLACK_MW
from sim.timeseries.series import Array


class Episodes:
    """Finds episodes and enters each into the events table when it ends."""

    def __init__(self, event: str, events: list[dict[str, Any]]) -> None:
        self._event = event
        self._events = events
        self._begun_s: float | None = None
        self._ends_s = 0.0
        self._peak_mw = 0.0
        self._mwh: dict[str, float] = defaultdict(float)

    def add(self, edges_s: Array, mw_by_reason: dict[str, Array]) -> None:
        """Read the power of some rows, by reason [MW]."""
        if not mw_by_reason:
            self.close()
            return
        total = sum(mw_by_reason.values(), np.zeros(len(edges_s) - 1))
        span_h = np.diff(edges_s) / units.SECONDS_PER_HOUR
        on = total > SLACK_MW
        begins = np.flatnonzero(np.diff(on, prepend=not on[0]))
        peaks_mw = np.maximum.reduceat(total, begins).tolist()
        mwh = {reason: np.add.reduceat(mw * span_h, begins).tolist() for reason, mw in mw_by_reason.items()}
        turns_s = [*edges_s[begins].tolist(), float(edges_s[-1])]
        for at, begin in enumerate(begins):
            if not on[begin]:
                self.close()
                continue
            if self._begun_s is None:
                self._begun_s = turns_s[at]
            self._ends_s = turns_s[at + 1]
            self._peak_mw = max(self._peak_mw, peaks_mw[at])
            for reason, stretches in mwh.items():
                self._mwh[reason] += stretches[at]

    def close(self) -> None:
        """End the current episode, if any."""
        if self._begun_s is None:
            return
        ranked = sorted(self._mwh, key=lambda reason: -self._mwh[reason])
        self._events.append(
            {
                "t_s": self._begun_s,
                "owner": "site",
                "event": self._event,
                "detail": ", ".join(reason for reason in ranked if self._mwh[reason] > 0.0),
                "mw": self._peak_mw,
                "mwh": fsum(self._mwh.values()),
                "duration_h": (self._ends_s - self._begun_s) / units.SECONDS_PER_HOUR,
            }
        )
        self._begun_s = None
        self._peak_mw = 0.0
        self._mwh.clear()
