"""Replicas over time: how many of a stream serve, boot and sleep, and why they change."""

from __future__ import annotations

from math import ceil, inf
from typing import Annotated

import numpy as np

from sim.serving.replica import Replica
from sim.spec import Spec
from sim.units import SECONDS_PER_MINUTE, Minutes, PositiveCount, PositiveSeconds, quantity

_ROUNDING = 1e-9


class Autoscaling(Spec):
    """How the number of replicas follows the requests.

    At each look, the work that came since the last one, and that of the requests that wait, is compared with
    the work that full replicas do. Replicas are added at once, and serve after their boot time. They are
    taken away when fewer have been enough for the hold time. The number in service would not do as a
    measure: it stays low until a replica is almost full.
    """

    least: PositiveCount = 1
    """Least number of replicas."""
    target_pu: Annotated[float, quantity("pu", ge=0.01, le=1)] = 0.7
    """Share of its highest rate of tokens at which a replica is to run. Default: 0.7 (assumed)."""
    every_s: PositiveSeconds = 60.0
    """Time between looks. Default: 60 s (assumed)."""
    hold_min: Minutes = 10.0
    """Time for which fewer replicas must have been enough. Default: 10 min (assumed)."""


class Replicas:
    """The replicas of a stream.

    Attributes:
        serving: How many serve.
        looked_s: When it last compared them with the requests.
    """

    def __init__(self, replica: Replica, total: int, scaling: Autoscaling | None = None) -> None:
        """Begin with all of them serving.

        Args:
            replica: What each of them is.
            total: Their number.
            scaling: How their number follows the requests. Default: it stays.
        """
        self.serving = total
        self._replica = replica
        self._total = total
        self.looked_s = 0.0
        number = np.append(np.array(replica.concurrency), replica.slots)
        number = number[number <= replica.slots]
        self._most = float((number * replica.speed(number)).max())
        self._scaling = scaling
        self._began_s = 0.0
        self._boots: list[tuple[float, int]] = []
        self._look_s = 0.0 if scaling is None else scaling.every_s
        self._enough_since_s: list[tuple[float, int]] = []

    @property
    def booting(self) -> int:
        """How many boot."""
        return sum(count for _, count in self._boots)

    @property
    def others_w(self) -> float:
        """Power of those that do not serve: those that boot draw idle power, the others sleep."""
        asleep = self._total - self.serving - self.booting
        return self.booting * self._replica.idle_w + asleep * self._replica.asleep_w

    @property
    def idle_w(self) -> float:
        """Power of all of them without requests."""
        return self.serving * self._replica.idle_w + self.others_w

    @property
    def next_s(self) -> float:
        """When their number may change next."""
        boots_s = min((ready_s for ready_s, _ in self._boots), default=inf)
        return min(boots_s, self._look_s if self._scaling is not None else inf)

    def begin(self, now_s: float) -> None:
        """Begin again: all of them serve from now on."""
        self.serving, self._boots, self._enough_since_s = self._total, [], []
        self._began_s = self.looked_s = now_s
        if self._scaling is not None:
            self._look_s = _next_look_s(self._scaling.every_s, now_s)

    def keep(self, serving: int, now_s: float, others_w: float = inf) -> None:
        """Note how many still serve after power failed; the others boot from now on.

        Args:
            serving: Number that still serve.
            now_s: The time.
            others_w: Power that there was for those that do not serve. Replicas that it could not boot boot
                from now on. Default: enough.
        """
        idle_w, asleep = self._replica.idle_w, self._total - self.serving - self.booting
        left = (others_w - asleep * self._replica.asleep_w) / idle_w + _ROUNDING if idle_w else inf
        failed = self.serving - min(serving, self.serving)
        self.serving -= failed
        boots, self._boots = sorted(self._boots), []
        for ready_s, count in boots:
            powered = int(max(0.0, min(count, left)))
            left -= powered
            failed += count - powered
            if powered:
                self._boots.append((ready_s, powered))
        if failed:
            self._boot(failed, now_s)

    def update(self, now_s: float, load: float, in_service: int) -> None:
        """Bring them up to now.

        Args:
            now_s: The time.
            load: Work that replicas have to do in a second, as the time that it takes alone [s].
            in_service: Requests in service; no replica is taken away that they need.
        """
        self.serving += sum(count for ready_s, count in self._boots if ready_s <= now_s)
        self._boots = [(ready_s, count) for ready_s, count in self._boots if ready_s > now_s]
        if self._scaling is None or now_s < self._look_s:
            return
        self.looked_s = now_s
        self._look_s = _next_look_s(self._scaling.every_s, now_s)
        self._scale(self._scaling, now_s, load, in_service)

    def _scale(self, scaling: Autoscaling, now_s: float, load: float, in_service: int) -> None:
        slots = self._replica.slots
        wanted = min(self._total, max(scaling.least, ceil(load / (scaling.target_pu * self._most))))
        present = self.serving + self.booting
        if wanted > present:
            self._boot(wanted - present, now_s)
        since_s = now_s - scaling.hold_min * SECONDS_PER_MINUTE
        recent = [(at_s, count) for at_s, count in self._enough_since_s if at_s > since_s]
        self._enough_since_s = [*recent, (now_s, wanted)]
        if since_s > self._began_s:
            enough = max(count for _, count in self._enough_since_s)
            self.serving = min(self.serving, max(enough - self.booting, ceil(in_service / slots), 1))

    def _boot(self, count: int, now_s: float) -> None:
        ready_s = now_s + self._replica.boot_min * SECONDS_PER_MINUTE
        if ready_s > now_s:
            self._boots.append((ready_s, count))
        else:
            self.serving += count


def _next_look_s(every_s: float, now_s: float) -> float:
    """The next multiple of a time. By rounding, a multiple may seem to lie before itself."""
    number = now_s // every_s + 1.0
    return every_s * (number if every_s * number > now_s else number + 1.0)
