"""The room: GPUs free by rack and power to spare, and where a gang fits in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from sim.compute.scheduler import Racks, Waiting


@dataclass(slots=True)
class Room:
    """What is left for jobs.

    Attributes:
        free: Free GPUs by rack.
        spare_mw: Power that further jobs may draw at full speed.
        largest: Gives the GPUs of the largest rack, free or held; None if gangs are not placed within racks.
        gpus: Free GPUs in all racks.
    """

    free: list[int]
    spare_mw: float
    largest: Callable[[], int] | None
    gpus: int = field(init=False)

    def __post_init__(self) -> None:
        self.gpus = sum(self.free)

    def copy(self) -> Self:
        """The same room, to be changed apart."""
        return replace(self, free=self.free.copy())

    def meet(self, other: Room) -> Room:
        """What is left in both of two rooms."""
        free = [min(pair) for pair in zip(self.free, other.free, strict=True)]
        return Room(free, min(self.spare_mw, other.spare_mw), self.largest)

    def give(self, racks: Racks, power_mw: float) -> None:
        """Add what a job gives back."""
        for rack, gpus in racks:
            self.free[rack] += gpus
            self.gpus += gpus
        self.spare_mw += power_mw

    def take(self, racks: Racks, power_mw: float) -> None:
        """Take what a job gets."""
        for rack, gpus in racks:
            self.free[rack] -= gpus
            self.gpus -= gpus
        self.spare_mw -= power_mw

    def place(self, job: Waiting) -> Racks | None:
        """Where a job fits; None if it does not fit.

        A gang that fits in a rack goes into the fullest that has room for it, which leaves the larger gaps
        to others; a larger one takes the emptiest racks, and for its rest the fullest that has room for it.
        """
        if job.gpus > self.gpus or job.power_mw > self.spare_mw:
            return None
        if len(self.free) == 1:
            return ((0, job.gpus),)
        if self.largest is None:
            return self._filled(range(len(self.free)), job.gpus)
        rack = self._fullest(range(len(self.free)), job.gpus)
        if rack is not None:
            return ((rack, job.gpus),)
        return None if job.gpus <= self.largest() else self._spread(job.gpus)

    def _fullest(self, racks: range | list[int], gpus: int) -> int | None:
        """The rack with the fewest free GPUs that are enough."""
        enough = [(self.free[rack], rack) for rack in racks if self.free[rack] >= gpus]
        return min(enough)[1] if enough else None

    def _spread(self, gpus: int) -> Racks:
        emptiest = sorted(range(len(self.free)), key=lambda rack: (-self.free[rack], rack))
        whole: list[int] = []
        while gpus > self.free[emptiest[len(whole)]]:
            whole.append(emptiest[len(whole)])
            gpus -= self.free[whole[-1]]
        last = self._fullest(emptiest[len(whole) :], gpus)
        rest = () if last is None else ((last, gpus),)
        return (*((rack, self.free[rack]) for rack in whole), *rest)

    def _filled(self, racks: range, gpus: int) -> Racks:
        placed = []
        for rack in racks:
            if not gpus:
                break
            here = min(gpus, self.free[rack])
            if here:
                placed.append((rack, here))
                gpus -= here
        return tuple(placed)
