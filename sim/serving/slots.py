"""The slots: the requests in service, the first to end first.

Compiled if a C compiler is at hand, like `queue`. Arrays are read through `self`: a local name for one would
cost a lock at each call.
"""

from __future__ import annotations

from array import array
from math import inf

_BEYOND = 4


class Slots:
    """Requests in service by the virtual time at which they end: a heap in which each has four children.

    Places without a request have an infinite end, and there are three more than requests.

    Attributes:
        count: Their number.
    """

    def __init__(self) -> None:
        self.count = 0
        self._end_v = array("d")
        self._one = array("q")

    def first_v(self) -> float:
        """When the first of them ends. There must be one."""
        return self._end_v[0]

    def put(self, end_v: float, one: int) -> None:
        """Put a request into service; there must be room."""
        at = self.count
        self.count = at + 1
        while at > 0:
            parent = (at - 1) >> 2
            if self._end_v[parent] <= end_v:
                break
            self._end_v[at] = self._end_v[parent]
            self._one[at] = self._one[parent]
            at = parent
        self._end_v[at] = end_v
        self._one[at] = one

    def take(self) -> int:
        """Remove the request that ends first, and return it."""
        first = self._one[0]
        size = self.count - 1
        self.count = size
        last_v, last = self._end_v[size], self._one[size]
        self._end_v[size] = inf
        at, child = 0, 1
        while child < size:
            low = child + (self._end_v[child + 1] < self._end_v[child])  # without branches
            high = child + 2 + (self._end_v[child + 3] < self._end_v[child + 2])
            child = low + (high - low) * (self._end_v[high] < self._end_v[low])
            if last_v <= self._end_v[child]:
                break
            self._end_v[at] = self._end_v[child]
            self._one[at] = self._one[child]
            at = child
            child = 4 * at + 1
        if size > 0:
            self._end_v[at] = last_v
            self._one[at] = last
        return first

    def all(self) -> list[tuple[float, int]]:
        """When they end, and their numbers, in no order."""
        return [*zip(self._end_v[: self.count], self._one[: self.count], strict=True)]

    def refill(self, requests: list[tuple[float, int]]) -> None:
        """Replace them by some of them."""
        for at, (end_v, one) in enumerate(sorted(requests)):  # a sorted list is a heap
            self._end_v[at] = end_v
            self._one[at] = one
        for at in range(len(requests), self.count):
            self._end_v[at] = inf
        self.count = len(requests)

    def grow(self, size: int) -> None:
        """Make room for a number of requests."""
        more = size + _BEYOND - len(self._one)
        self._end_v = array("d", bytes(self._end_v)) + array("d", [inf]) * more
        self._one = array("q", bytes(self._one) + bytes(8 * more))

    def copy(self, other: Slots) -> None:
        """Become as others."""
        if len(self._one) == len(other._one):
            self._end_v[:] = other._end_v
            self._one[:] = other._one
        else:
            self._end_v = array("d", bytes(other._end_v))
            self._one = array("q", bytes(other._one))
        self.count = other.count
