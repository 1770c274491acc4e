"""The capping of a pool during a run: its gangs draw no more than its power domains let them."""

from __future__ import annotations

from math import nextafter
from typing import Protocol

import numpy as np

from sim.bus.account import Account
from sim.compute.domains import CapRecord, Caps, Domains, Numbers, Wanted
from sim.compute.scheduler import Racks
from sim.compute.servers import ServerPool
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.timeseries.series import Array

_HAIR = 1e-9
"""Share of a floor below which a difference is rounding error."""


class Gang(Protocol):
    """What capping needs of a job that holds GPUs.

    Attributes:
        number: Its number.
        priority: Its priority; of equal ones, the lower number goes first.
        gpus: Number of its GPUs.
        racks: Its GPUs by rack.
        floor_pu: Least cap with which it runs.
        above_mw: Power above idle that it wants; 0 before it holds GPUs.
        cap_pu: Share of that power that it may draw.
    """

    number: int
    priority: int
    gpus: int
    racks: Racks
    floor_pu: float
    above_mw: float
    cap_pu: float

    def follow_cap(self) -> None:
        """Follow a cap that has changed."""


def capped_h(domain: str) -> Account:
    """The account of the hours in which a domain has capped jobs."""
    return Account("capped_h", "h", "Hours with capped jobs", part=domain)


def capped_mwh(domain: str) -> Account:
    """The account of the energy that jobs wanted and a domain held back, whatever power there was."""
    return Account("capped_mwh", "MWh", "Energy held back by power domains", part=domain)


class Capping:
    """The capping of a pool.

    It is a mover of the bus: before a settlement it computes the caps, if what gangs want or where they are
    has changed. While no limit can be reached it computes nothing.
    """

    def __init__(self, spec: ServerPool, name: str, site: Site) -> None:
        """Keep idle power of all servers free.

        Args:
            spec: The pool.
            name: Its name.
            site: The site.
        """
        self._spec = spec
        self._name = name
        self._site = site
        self._domains = Domains(spec.domains)
        self._keep(tuple(enumerate(spec.gpus_by_rack)), spec.idle_mw_per_gpu)
        self._record = CapRecord(self._domains)
        self._gangs: dict[int, Gang] = {}
        self._order: list[Gang] = []
        self._layout: tuple[Numbers, Numbers, Array] | None = None
        self._most_mw = 0.0
        self._can_bind = self._is_stale = False
        site.on_close(self._report)

    def reserve(self, racks: Racks) -> None:
        """Keep busy power of GPUs free that are allocated for the whole run.

        Raises:
            SpecError: If that exceeds a limit; the message names the domain.
        """
        spec, domains = self._spec, self._domains
        self._expect(spec.busy_mw_per_gpu)
        self._keep(racks, spec.busy_mw_per_gpu - spec.idle_mw_per_gpu)
        over_mw = -domains.room_mw - domains.limits_mw * _HAIR
        if over_mw.max() > 0.0:
            at = int(over_mw.argmax())
            limit_mw, needed_mw = domains.limits_mw[at], domains.limits_mw[at] - domains.room_mw[at]
            message = (
                f"= {self._name!r} has no power for {sum(gpus for _, gpus in racks):,} GPUs; with the "
                f"servers around them they need {needed_mw:g} MW in {domains.names[at]}, whose limit is "
                f"{limit_mw:g} MW"
            )
            raise SpecError(self._name, [Problem(("pool",), message)])

    def want(self, gang: Gang, above_mw: float) -> None:
        """Note the power above idle that a gang wants from now on; none if it gives its GPUs back."""
        if above_mw == gang.above_mw:
            return
        if not (above_mw and gang.above_mw):
            self._layout = None
        gang.above_mw = above_mw
        if above_mw:
            self._gangs[gang.number] = gang
        else:
            del self._gangs[gang.number]
            gang.cap_pu = 1.0
        self._is_stale = True
        self._expect(self._spec.idle_mw_per_gpu + above_mw / gang.gpus)

    def advance(self, now_s: float) -> None:
        """Compute the caps if they may have changed, and tell the gangs."""
        if not self._is_stale:
            return
        self._is_stale = False
        caps = self._caps()
        self._record.note(caps, now_s)
        for gang, cap_pu in zip(self._order, caps.cap_pu.tolist(), strict=True):
            if cap_pu != gang.cap_pu:
                gang.cap_pu = cap_pu
                gang.follow_cap()

    def settled(self, now_s: float) -> None:
        """Do nothing: caps do not depend on the power received."""

    def _expect(self, gpu_mw: float) -> None:
        """Take part in settlements from now on if a limit can be reached with this power per GPU."""
        if gpu_mw > self._most_mw:
            self._most_mw = gpu_mw
            if not self._can_bind and self._domains.can_bind(gpu_mw * self._spec.gpus_per_server):
                self._can_bind = True
                self._site.bus.add_mover(self)

    def _caps(self) -> Caps:
        """The caps; gangs that would be below their floor pause, in each domain one after the other."""
        at, leaf, share = self._layout or self._laid()
        above_mw = np.array([gang.above_mw for gang in self._order])
        floor_pu = np.array([gang.floor_pu for gang in self._order]) * (1.0 - _HAIR)
        paused_by = np.full(len(self._order), -1, dtype=np.intp)
        while True:
            running_mw = np.where(paused_by < 0, above_mw, 0.0)
            caps = self._domains.caps(Wanted(len(self._order), at, leaf, share * running_mw[at]))
            below = np.flatnonzero((caps.by >= 0) & (caps.cap_pu < floor_pu))
            if not below.size:
                break
            for by, last in {int(caps.by[one]): one for one in below}.items():
                paused_by[last] = by
        paused = paused_by >= 0
        held_mw = caps.held_mw + np.bincount(paused_by[paused], above_mw[paused], len(caps.held_mw))
        return Caps(np.where(paused, 0.0, caps.cap_pu), np.where(paused, paused_by, caps.by), held_mw)

    def _laid(self) -> tuple[Numbers, Numbers, Array]:
        """A row for each gang in each rack: number of the gang, of the rack, and share of its GPUs there."""
        self._order = sorted(self._gangs.values(), key=lambda gang: (-gang.priority, gang.number))
        rows = [
            (at, rack, gpus / gang.gpus) for at, gang in enumerate(self._order) for rack, gpus in gang.racks
        ]
        numbers = np.array([row[:2] for row in rows], dtype=np.intp).reshape(-1, 2)
        self._layout = (numbers[:, 0], numbers[:, 1], np.array([row[2] for row in rows]))
        return self._layout

    def _keep(self, racks: Racks, gpu_mw: float) -> None:
        leaf, gpus = np.array(racks, dtype=np.intp).T
        self._domains.reserve(leaf, gpus * gpu_mw)

    def _report(self) -> None:
        """Enter by domain for how long it has capped jobs, and the energy."""
        now_s = self._site.horizon_s
        hours, energy_mwh = self._record.capped_h(now_s), self._record.held_mwh(now_s)
        for domain, h, mwh in zip(self._domains.names, hours.tolist(), energy_mwh.tolist(), strict=True):
            if h:
                for account, amount in ((capped_h, h), (capped_mwh, mwh)):
                    self._site.bus.enter(
                        account(f"{self._name}/{domain}"), self._name, amount, nextafter(now_s, 0.0)
                    )
