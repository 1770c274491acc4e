"""The hall: the facility during a run, and the loads connected to it."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nextafter
from typing import ClassVar

from sim.bus.description import Description
from sim.compute.behaviour import Behaviour
from sim.compute.pool import Pool
from sim.compute.servers import ServerPool
from sim.compute.tier import Tier
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
        kept: GPUs by pool that loads keep for the whole run.
    """

    def __init__(self, site: Site, facility: Facility) -> None:
        self.site = site
        self.pools: dict[str, Pool] = {}
        self.kept: Counter[str] = Counter()
        self._facility = facility
        self._tiers: dict[tuple[str, float, Behaviour], Tier] = {}
        self._labels: dict[str, int] = {}
        self._overhead = Overhead(site, facility)

    def add_pool(self, name: str, spec: ServerPool) -> None:
        """Add a server pool."""
        size = f"{spec.servers:,} servers, {spec.gpus:,} GPUs"
        described = Description(label="idle servers", size=size, caveat="; ".join(spec.remarks()))
        feed = self.feed(name, description=described)
        feed.terminal.rated_mw = feed.drawn_mw(spec.gpus * spec.busy_mw_per_gpu)
        self.pools[name] = Pool(spec, name, self.site, feed)

    def tier(self, pool: str, worth_usd_per_mwh: float, behaviour: Behaviour) -> Tier:
        """The tier of the jobs of a pool that react to power alike; it is made on first use.

        Args:
            pool: Name of the pool.
            worth_usd_per_mwh: What flexible power is worth to them.
            behaviour: How they react.
        """
        is_firm = not behaviour.widths_pu
        key = (pool, inf if is_firm else worth_usd_per_mwh, behaviour)
        if key not in self._tiers:
            label = f"{pool} firm jobs" if is_firm else tier_name(pool, worth_usd_per_mwh)
            same = self._labels[label] = self._labels.get(label, 0) + 1
            worths = [worth_usd_per_mwh * value for value in behaviour.values_pu]
            feed = self.feed(
                f"{label} ({same})" if same > 1 else label,
                *worths,
                description=Description(label="firm jobs" if is_firm else "flexible jobs"),
            )
            ends_s = self.site.calendar.month_edges(self.site.horizon_s)[1:].tolist()
            tier = self._tiers[key] = Tier(self.site.bus, feed, behaviour, ends_s)
            self.pools[pool].tiers.append(tier)
            self.site.on_close(lambda: tier.close(self.site.horizon_s))
        return self._tiers[key]

    def feed(
        self,
        name: str,
        *flexible_worth_usd_per_mwh: float,
        lower_firm_usd_per_mwh: Sequence[float] = (),
        description: Description | None = None,
    ) -> Feed:
        """Connect an IT load.

        Args:
            name: Its name.
            *flexible_worth_usd_per_mwh: Prices up to which it takes flexible power, the highest first; none
                if it has no such power.
            lower_firm_usd_per_mwh: Prices of further firm power, the highest first; it goes before other firm
                power and after flexible power.
            description: How it describes itself in results.
        """
        firm_worth = self._facility.firm_worth_usd_per_mwh
        lower = [*lower_firm_usd_per_mwh]
        worths = _ladder([*lower, *flexible_worth_usd_per_mwh], firm_worth)
        count = len(lower)
        return Feed(
            self.site.terminal(name, description), self._overhead, firm_worth, worths[count:], worths[:count]
        )

    @property
    def firm_worth_usd_per_mwh(self) -> float:
        """Value of lost load of firm IT demand."""
        return self._facility.firm_worth_usd_per_mwh


def tier_name(pool: str, worth_usd_per_mwh: float) -> str:
    """Name of the tier of flexible jobs of one price; further ones of that name have a number behind it."""
    return f"{pool} jobs at {worth_usd_per_mwh:g} USD/MWh"


def _ladder(worths: Sequence[float], firm_worth: float) -> list[float]:
    """Prices of lower blocks: below that of firm power, and each above the next one.

    Blocks of one price would share power, and a job would miss its floor although there is enough for it.
    """
    prices, most = [], firm_worth
    for worth in worths:
        most = nextafter(most, -inf)
        prices.append(min(worth, most))
    for at in reversed(range(len(prices) - 1)):
        prices[at] = max(prices[at], nextafter(prices[at + 1], inf))
    return prices


@dataclass(frozen=True)
class Placement:
    """The GPUs that a load needs.

    Attributes:
        pool: Name of the pool.
        gpus: Number of GPUs it occupies.
        permanent: Whether it keeps them for the whole run.
        field: The field of the load that gives their number.
        each: GPUs of each unit of that field.
    """

    pool: str
    gpus: int
    permanent: bool
    field: str = "gpus"
    each: int = 1


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
