"""The discipline: which waiting requests are served first, and which leave the queue."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

Row = tuple[float, ...]
"""A value for each class of requests."""


@dataclass(frozen=True)
class Discipline:
    """Who is served first, and who leaves the queue.

    Attributes:
        work_s: Mean work of a request of each class [s], above zero.
        level: Level of each class: 0 is served first. Classes of one level are served in order of arrival.
        timeout_s: Longest wait of each class [s], above zero; infinite for none.
        queue_limit: Most requests that wait; an arrival beyond it is refused. Infinite for none.
    """

    work_s: Row
    level: tuple[int, ...]
    timeout_s: Row
    queue_limit: float = inf

    @property
    def kinds(self) -> range:
        """Places of the classes."""
        return range(len(self.level))

    def members(self, level: int) -> list[int]:
        """Places of the classes of a level."""
        return [kind for kind in self.kinds if self.level[kind] == level]
