"""Profiles: numbers, points in elapsed seconds, and windows of clock hours in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


class Profile:
    """The value of a profile at any second of the run."""

    def __init__(self, given: Any, start: datetime) -> None:
        self._given = given
        self._start = start

    def __call__(self, t_s: float) -> float:
        """The value from this second on."""
        given = self._given
        if not isinstance(given, dict):
            return float(given)
        if "times_s" in given:
            pairs = zip(given["times_s"], given["values"], strict=True)
            return float([value for at_s, value in pairs if at_s <= t_s][-1])
        hour = (self._start + timedelta(seconds=t_s)).hour
        value = given["base"]
        for window in given["windows"]:
            since, until = window["from_hour"], window["to_hour"]
            if (hour - since) % 24 < (until - since) % 24:
                value = window["value"]
        return float(value)
