"""The door: where a settlement, the clock or the books call a function of a participant."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Door(StrEnum):
    """A place where a function of a participant is called during a run."""

    MOVER = "mover"
    LISTENER = "listener"
    WATCH = "watch"
    WHOLE_AMOUNTS = "whole amounts"
    SERIES = "series"
    PROCESS = "process"
    EVENT = "event"
    SCHEDULER = "scheduler"
    ACCOUNT = "account"
    CLOSING = "closing"


class Look:
    """An observer that is a function.

    Attributes:
        look: Called after each settlement.
    """

    __slots__ = ("look",)

    def __init__(self, look: Callable[[], None]) -> None:
        self.look = look
