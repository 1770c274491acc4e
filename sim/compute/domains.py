"""Power domains: racks and rows with a power limit of their own below the site's bus.

A breaker, a busway or a row may carry less than the nameplates of its servers. Where their power would
exceed a limit, gangs (the servers of one job) are capped; no domain ever draws more than its limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.spec import Spec
from sim.timeseries.series import Array
from sim.units import W_PER_MW, PositiveCount, PositiveMW, hours, rounded

Numbers = NDArray[np.intp]
"""Numbers of gangs, leaves or domains, from 0."""

_MOST_LEAVES = 100_000
_ROUNDING = 1e-12
"""Part of a limit that the rounding of sums may exceed it by."""


class PowerDomain(Spec):
    """A rack, a row or a busway: servers, or further domains, behind one power limit."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Its name; not that of another domain beside it."""
    limit_mw: PositiveMW
    """Highest IT power of everything in it."""
    servers: PositiveCount | None = None
    """Number of servers in it. With domains inside it may be left out; otherwise they must add up to it."""
    domains: tuple[PowerDomain, ...] = ()
    """Domains inside it. Default: none; then it holds servers itself."""
    copies: PositiveCount = 1
    """How many equal ones there are; several are numbered, as in `rack 1`."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if "/" in self.name:
            raise self.refuse("name", "text without /, which divides the names of nested domains")
        inside = sum(domain.copies * domain.size for domain in self.domains)
        if self.servers is None and not self.domains:
            raise self.refuse("servers", "a number, or domains inside it")
        if self.domains and self.servers not in {None, inside}:
            raise self.refuse("servers", f"{inside:,}, those of the domains inside it")
        check_names(self, self.domains)
        if self.copies * self.leaves > _MOST_LEAVES:
            raise self.refuse(
                "copies", f"at most {_MOST_LEAVES // self.leaves:,}, {_MOST_LEAVES:,} racks in all"
            )
        return self

    @property
    def size(self) -> int:
        """Number of servers in one copy."""
        return self.servers or sum(domain.copies * domain.size for domain in self.domains)

    @property
    def leaves(self) -> int:
        """Number of domains that hold servers themselves, in one copy."""
        return sum(domain.copies * domain.leaves for domain in self.domains) or 1

    def rack_sizes(self) -> list[int]:
        """Servers of each domain that holds servers itself, in all copies."""
        inside = [size for domain in self.domains for size in domain.rack_sizes()] or [self.size]
        return inside * self.copies

    def names(self) -> list[str]:
        """The names of its copies."""
        return [self.name] if self.copies == 1 else [f"{self.name} {n}" for n in range(1, self.copies + 1)]


def check_names(owner: Spec, domains: Sequence[PowerDomain], field: str = "domains") -> None:
    """Refuse a name that two domains beside each other have.

    Raises:
        SpecError: If a name occurs twice.
    """
    seen: set[str] = set()
    for name in (name for domain in domains for name in domain.names()):
        if name in seen:
            raise owner.refuse(field, f"each name once; {name!r} is there twice")
        seen.add(name)


def oversubscriptions(domains: Sequence[PowerDomain], nameplate_w: float) -> Iterator[str]:
    """Domains whose servers could draw more than the limit, in words.

    Args:
        domains: The domains of a pool.
        nameplate_w: Rated power of a server.
    """
    for domain in domains:
        nameplate_mw = domain.size * nameplate_w / W_PER_MW
        if nameplate_mw > domain.limit_mw:
            each = f" (each of {domain.copies:,})" if domain.copies > 1 else ""
            yield (
                f"{domain.name}{each}: {domain.size:,} servers of {rounded(nameplate_w)} W are rated "
                f"{rounded(nameplate_mw)} MW, {nameplate_mw / domain.limit_mw:.2f} times the limit of "
                f"{rounded(domain.limit_mw)} MW; jobs in it are capped at the limit"
            )
        yield from oversubscriptions(domain.domains, nameplate_w)


@dataclass(frozen=True, eq=False)
class Wanted:
    """The power above idle that gangs want: one row for each gang in each leaf domain, in any order.

    Attributes:
        gangs: Number of gangs.
        gang: Number of the gang of each row.
        leaf: Number of the leaf of each row.
        mw: Power above idle that the gang wants in the leaf.
    """

    gangs: int
    gang: Numbers
    leaf: Numbers
    mw: Array


@dataclass(frozen=True, eq=False)
class Caps:
    """What power domains let gangs have.

    Attributes:
        cap_pu: Part of its power above idle that each gang may draw, in all its racks: that of its slowest.
        by: Number of the domain that caps each gang; -1 if none does.
        held_mw: Power that is wanted and that each domain denies to the gangs that it caps.
    """

    cap_pu: Array
    by: Numbers
    held_mw: Array


class Domains:
    """The power domains of a pool, numbered from the outermost inwards.

    Attributes:
        names: Name of each domain with those around it, as in `row 1/rack 2`.
        limits_mw: Limit of each domain.
        room_mw: The limit less what is reserved: what gangs share.
        servers: Servers of each domain.
        leaves: Number of the domain of each leaf: those that hold servers themselves.
    """

    def __init__(self, domains: Sequence[PowerDomain]) -> None:
        laid = list(_laid(domains, "", ()))
        self.names = tuple(name for name, _, _ in laid)
        self.limits_mw = np.array([domain.limit_mw for _, domain, _ in laid])
        self.room_mw = self.limits_mw.copy()
        self.servers = np.array([domain.size for _, domain, _ in laid])
        number = {name: at for at, name in enumerate(self.names)}
        leaves = [(name, around) for name, domain, around in laid if not domain.domains]
        self.leaves = np.array([number[name] for name, _ in leaves], dtype=np.intp)
        chains = [[number[one] for one in (*around, name)] for name, around in leaves]
        self._depths = np.array([len(chain) for chain in chains], dtype=np.intp)
        self._firsts = np.cumsum(self._depths) - self._depths
        self._chains = np.array([one for chain in chains for one in chain], dtype=np.intp)

    def can_bind(self, server_max_mw: float) -> bool:
        """Whether a limit could be reached if every server drew this power."""
        return bool((self.servers * server_max_mw > self.limits_mw * (1.0 + _ROUNDING)).any())

    def reserve(self, leaf: Numbers, mw: Array) -> None:
        """Keep power for what draws it in any case, such as idle servers.

        Args:
            leaf: Numbers of leaves.
            mw: Power in each of them.
        """
        row, domain = self._around(leaf)
        self.room_mw -= _sums(domain, mw[row], len(self.names))

    def caps(self, wanted: Wanted) -> Caps:
        """The largest caps with which no domain draws more than its limit.

        All gangs are raised together; where a domain reaches its limit, its gangs stop, and the others go on
        with what is left (max-min fair). So gangs that one domain caps have the same cap, and to raise any
        cap alone would exceed a limit. The caps do not depend on the order of the rows.
        """
        order = np.lexsort((wanted.leaf, wanted.gang))
        gang, mw = wanted.gang[order], wanted.mw[order]
        row, domain = self._around(wanted.leaf[order])
        cap_pu, by = self._raised(gang[row], domain, mw[row], wanted.gangs)
        capped = by[gang] >= 0
        held_mw = _sums(by[gang][capped], (mw * (1.0 - cap_pu[gang]))[capped], len(self.names))
        return Caps(cap_pu, by, held_mw)

    def _around(self, leaf: Numbers) -> tuple[Numbers, Numbers]:
        """Each row with each domain around its leaf: numbers of rows, numbers of domains."""
        depths = self._depths[leaf]
        row = np.repeat(np.arange(len(leaf)), depths)
        within = np.arange(len(row)) - np.repeat(np.cumsum(depths) - depths, depths)
        return row, self._chains[self._firsts[leaf][row] + within]

    def _raised(self, gang: Numbers, domain: Numbers, mw: Array, gangs: int) -> tuple[Array, Numbers]:
        """The level of each gang after all have been raised as far as the limits allow, and what stopped it.

        A domain stops its gangs once none of them is stopped earlier by another domain.
        """
        size = len(self.names)
        levels_pu, by = np.ones(gangs), np.full(gangs, -1, dtype=np.intp)
        settled_mw = np.zeros(size)
        rising = mw > 0.0
        while True:
            gang, domain, mw = gang[rising], domain[rising], mw[rising]
            load_mw = _sums(domain, mw, size)
            room_mw = self.room_mw - settled_mw
            binds = (load_mw > 0.0) & (load_mw > room_mw + self.limits_mw * _ROUNDING)
            if not binds.any():
                return levels_pu, by
            level_pu = np.full(size, np.inf)
            level_pu[binds] = np.maximum(room_mw[binds], 0.0) / load_mw[binds]
            of_gang, of_domain = np.full(gangs, np.inf), np.full(size, np.inf)
            np.minimum.at(of_gang, gang, level_pu[domain])
            np.minimum.at(of_domain, domain, of_gang[gang])
            stopping = (binds & (level_pu <= of_domain))[domain]
            np.maximum.at(by, gang[stopping], domain[stopping])
            levels_pu[gang[stopping]] = level_pu[domain[stopping]]
            rising = by[gang] < 0
            stopped = ~rising
            settled_mw += _sums(domain[stopped], mw[stopped] * levels_pu[gang[stopped]], size)


def _sums(at: Numbers, mw: Array, size: int) -> Array:
    """Power added up by number."""
    return np.bincount(at, mw, size).astype(float)


def _laid(
    domains: Sequence[PowerDomain], prefix: str, around: tuple[str, ...]
) -> Iterator[tuple[str, PowerDomain, tuple[str, ...]]]:
    """Every copy of every domain: its full name, itself, and the full names of those around it."""
    for domain in domains:
        for name in domain.names():
            yield prefix + name, domain, around
            yield from _laid(domain.domains, f"{prefix}{name}/", (*around, prefix + name))


class CapRecord:
    """For how long each domain of a pool has capped gangs, and the energy that it held back."""

    def __init__(self, domains: Domains) -> None:
        self._held_mw = np.zeros(len(domains.names))
        self._capped_s = np.zeros_like(self._held_mw)
        self._held_mws = np.zeros_like(self._held_mw)
        self._now_s = 0.0

    def note(self, caps: Caps, now_s: float) -> None:
        """Note the caps that hold from now on."""
        self._go_on(now_s)
        self._held_mw = caps.held_mw

    def capped_h(self, now_s: float) -> Array:
        """Hours in which each domain has held power back, up to a time after the last note."""
        self._go_on(now_s)
        return np.array([hours(capped_s) for capped_s in self._capped_s])

    def held_mwh(self, now_s: float) -> Array:
        """Energy that each domain has held back, each megawatt once, up to a time after the last note.

        It is the integral of power; work that is done later counts in full.
        """
        self._go_on(now_s)
        return np.array([hours(held_mws) for held_mws in self._held_mws])

    def _go_on(self, now_s: float) -> None:
        if now_s < self._now_s:
            raise ValueError(f"CapRecord: now_s = {now_s} s; allowed: at least {self._now_s} s")
        self._capped_s += (self._held_mw > 0.0) * (now_s - self._now_s)
        self._held_mws += self._held_mw * (now_s - self._now_s)
        self._now_s = now_s
