"""The fleet: replicas of one model, their speed and power by the number of requests in service.

A balancer keeps the replicas level: each serves the same share of the requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.serving.replica import Replica
from sim.timeseries.series import Array

_NOTHING_W = 1e-9
_HALVINGS = 50
_ROUNDING = 1e-12
_POINTS = 512


@dataclass(frozen=True, eq=False)
class Pace:
    """What a fleet does with its power, by the number of requests in service.

    Attributes:
        limit: Most requests in service; no other one starts beyond.
        slots: Highest number that may occur.
        speed_at: Speed of each request, over that of a request alone, for numbers in service.
        power_at: Power of the fleet above idle for numbers in service [W].
    """

    limit: int
    slots: int
    speed_at: Callable[[Array], Array]
    power_at: Callable[[Array], Array]

    @cached_property
    def speed(self) -> Array:
        """Speed for each number in service, from 0."""
        return self.speed_at(np.arange(self.slots + 1.0))

    @cached_property
    def power_w(self) -> Array:
        """Power above idle for each number in service, from 0."""
        return self.power_at(np.arange(self.slots + 1.0))


class Fleet:
    """Replicas that serve.

    Attributes:
        replica: What each of them is.
        replicas: Their number.
        slots: Most requests in service.
        idle_w: Power without requests.
        accelerator_pu: Share of the power above idle that accelerators draw, without a cap.
    """

    def __init__(self, replica: Replica, replicas: int) -> None:
        self.replica = replica
        self.replicas = replicas
        self.slots = replicas * replica.slots
        self.idle_w = replicas * replica.idle_w
        self.accelerator_pu = replica.accelerator_pu

    @property
    def most_w(self) -> float:
        """Highest power, without a cap."""
        return self.idle_w + self._most_above_w

    @property
    def _most_above_w(self) -> float:
        points = np.array(self.replica.concurrency)
        each = np.append(points[points < self.replica.slots], self.replica.slots)
        return float(self._above_w(each * self.replicas).max())

    @cached_property
    def free(self) -> Pace:
        """The pace without a cap."""
        return Pace(self.slots, self.slots, self._speed, self._above_w)

    def _speed(self, number: Array) -> Array:
        return self.replica.speed(self._each(number))

    def _above_w(self, number: Array) -> Array:
        return np.asarray(self.replicas * (self.replica.power_w_at(self._each(number)) - self.replica.idle_w))

    def _each(self, number: Array) -> Array:
        """Requests of each replica; there are no more than slots."""
        return np.asarray(np.minimum(number, self.slots) / max(1, self.replicas))

    def under(self, power_w: float) -> Pace:
        """The pace under a cap of its power, idle power included.

        First the clock falls, down to the floor of the response: accelerators draw less, and speed follows
        the response. Below the floor, requests are concentrated on as many replicas as the power allows, and
        fewer are in service: no more than these replicas have slots.

        Args:
            power_w: The cap, at least idle power.
        """
        above_w = max(0.0, power_w - self.idle_w)
        if above_w >= self._most_above_w:
            return self.free
        number = _grid(self.slots)
        speed_pu = np.minimum(1.0, self._capped(number / self.replicas, above_w))
        most_w = self._loaded_w(np.array([float(self.replica.slots)]), np.ones(1), self._floor_pu)[0]
        return Pace(
            int(self.slots * min(1.0, above_w / max(most_w, _NOTHING_W))),
            self.slots,
            lambda at: self._speed(at) * np.interp(at, number, speed_pu),
            lambda at: np.minimum(self._above_w(at), above_w),
        )

    def _capped(self, each: Array, above_w: float) -> Array:
        """Speed under a cap over that without, for numbers of requests of each replica."""
        free_w = self._above_w(each * self.replicas)
        accelerators_w = self.replicas * self.replica.accelerator_idle_w + self.accelerator_pu * free_w
        clock_pu = 1.0 - np.maximum(0.0, free_w - above_w) / np.maximum(accelerators_w, _NOTHING_W)
        is_low = clock_pu < self._floor_pu
        used = np.where(is_low, self._used(each, above_w, self._floor_pu), 1.0)
        there = np.minimum(each / used, self.replica.slots)
        loaded_w = np.maximum(self._loaded_w(each, used, self._floor_pu), _NOTHING_W)
        turns_pu = np.where(is_low, np.minimum(1.0, above_w / loaded_w), 1.0)
        crowded = self.replica.speed(there) / self.replica.speed(each)
        return np.asarray(crowded * turns_pu * self._clocked(np.maximum(clock_pu, self._floor_pu)))

    @property
    def _floor_pu(self) -> float:
        """The lowest clock, as a share of the power of accelerators without a cap."""
        return min(1.0, self.replica.response.floor_pu / self._limit_pu)

    @property
    def _limit_pu(self) -> float:
        return self.replica.gpu_limit_w / self.replica.gpu_rated_w

    def _loaded_w(self, each: Array, used: Array, clock_pu: float) -> Array:
        """Power above idle with all requests on a share of the replicas, at a clock."""
        there = np.minimum(each / used, self.replica.slots)
        above_w = self.replica.power_w_at(there) - self.replica.idle_w
        saved_w = (1.0 - clock_pu) * (self.replica.accelerator_idle_w + self.accelerator_pu * above_w)
        return np.asarray(self.replicas * used * np.maximum(above_w - saved_w, 0.0))

    def _used(self, each: Array, above_w: float, clock_pu: float) -> Array:
        """The share of the replicas on which the requests draw a power, not less than have slots for them."""
        low, high = np.maximum(each / self.replica.slots, _NOTHING_W), np.ones(len(each))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            is_over = self._loaded_w(each, middle, clock_pu) > above_w
            low, high = np.where(is_over, low, middle), np.where(is_over, middle, high)
        return low

    def _clocked(self, clock_pu: Array) -> Array:
        """Speed with accelerators at a share of their uncapped power, over that without a cap."""
        dead_pu, bend = self.replica.response.dead_pu, self.replica.response.bend
        full = np.expm1(-bend * (self._limit_pu - dead_pu))
        return np.asarray(np.expm1(-bend * (clock_pu * self._limit_pu - dead_pu)) / full)


@dataclass(frozen=True)
class Plan:
    """How requests are served for a time.

    Attributes:
        fleet: The replicas that serve.
        pace: What they do with their power.
        open_ranks: Number of kinds, in the order of their rank, of which requests start.
        others_w: Power of replicas that do not serve: they boot or sleep.
    """

    fleet: Fleet
    pace: Pace
    open_ranks: int
    others_w: float = 0.0

    @property
    def idle_w(self) -> float:
        """Power without requests."""
        return self.others_w + self.fleet.idle_w

    @classmethod
    def free(cls, fleet: Fleet, open_ranks: int, others_w: float) -> Plan:
        """Without a cap."""
        return cls(fleet, fleet.free, open_ranks, others_w)

    @classmethod
    def capped(cls, fleet: Fleet, power_w: float, open_ranks: int, others_w: float, wanted_w: float) -> Plan:
        """Under a cap.

        Replicas that serve and cannot be kept idle with this power fail. What is above idle power goes to
        requests first, then to replicas that do not serve.

        Args:
            fleet: The replicas that serve without it.
            power_w: The cap.
            open_ranks: Number of kinds of which requests start.
            others_w: Power that replicas which do not serve want.
            wanted_w: Power above idle that requests want without a cap.
        """
        if power_w < fleet.idle_w * (1.0 - _ROUNDING):
            fleet = Fleet(fleet.replica, int(power_w / fleet.replica.idle_w * (1.0 + _ROUNDING)))
        others_w = min(others_w, max(0.0, power_w - fleet.idle_w - wanted_w))
        return cls(fleet, fleet.under(power_w - others_w), open_ranks, others_w)

    def serves_as(self, other: Plan) -> bool:
        """Whether requests are served as in another plan."""
        return self.pace is other.pace and self.open_ranks == other.open_ranks


def _grid(slots: int) -> Array:
    """Numbers of requests at which the pace is computed; it is a line between them."""
    return np.unique(np.append(0.0, np.geomspace(1.0, max(1, slots), _POINTS).round()))
