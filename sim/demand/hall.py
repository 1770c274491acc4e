"""The hall: the facility during a run, and the loads connected to it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from math import inf, nextafter
from typing import ClassVar

from sim.bus.description import Description
from sim.compute.servers import Pool, ServerPool
from sim.demand.facility import Facility
from sim.demand.feed import Feed
from sim.demand.overhead import Overhead
from sim.site import Site
from sim.spec import Kind


class Hall:
    """The facility during a run: it connects IT loads and holds the server pools.

    Attributes:
        site: The site.
        pools: Server pools by name.
    """

    def __init__(self, site: Site, facility: Facility) -> None:
        self.site = site
        self.pools: dict[str, Pool] = {}
        self._facility = facility
        self._overhead = Overhead(site, facility)

    def add_pool(self, name: str, spec: ServerPool) -> None:
        """Add a server pool."""
        size = f"{spec.servers:,} servers, {spec.gpus:,} GPUs"
        feed = self.feed(name, description=Description(label="idle servers", size=size))
        feed.terminal.rated_mw = feed.drawn_mw(spec.gpus * spec.busy_mw_per_gpu)
        self.pools[name] = Pool(spec, name, self.site, feed)

    def feed(
        self,
        name: str,
        flexible_worth_usd_per_mwh: float | None = None,
        description: Description | None = None,
    ) -> Feed:
        """Connect an IT load.

        Args:
            name: Its name.
            flexible_worth_usd_per_mwh: Price up to which it takes flexible power; None if it has none.
            description: How it describes itself in results.
        """
        firm_worth = self._facility.firm_worth_usd_per_mwh
        worth = flexible_worth_usd_per_mwh
        # flexible power gives way to firm power, however much it is worth
        flexible_worth = None if worth is None else min(worth, nextafter(firm_worth, -inf))
        return Feed(self.site.terminal(name, description), self._overhead, firm_worth, flexible_worth)


@dataclass(frozen=True)
class Placement:
    """The GPUs that a load needs.

    Attributes:
        pool: Name of the pool.
        gpus: Number of GPUs it occupies.
        permanent: Whether it keeps them for the whole run.
    """

    pool: str
    gpus: int
    permanent: bool


class Load(Kind):
    """A participant that demands power.

    To define a new kind of load, write a subclass with fields, a `kind` and `start`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    def placement(self) -> Placement | None:
        """The GPUs it needs. Default: none."""
        return None

    @abstractmethod
    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Connect to the site, or to the hall as an IT load, and start the processes.

        Args:
            site: The site.
            name: Name of the load.
            hall: The hall, for IT loads.
        """
