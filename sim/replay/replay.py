"""Replay a run: the closed books of a prepared site, without its rows."""

from __future__ import annotations

from sim.books.closed import Closed
from sim.replay.books import ReplayBooks
from sim.site import Site


def replay(site: Site) -> Closed:
    """Run a site to its end, and close its books without recorded flows.

    Totals, peaks, bills and reasons are those of `Site.run`, up to rounding.

    Args:
        site: A prepared site without an obstacle (see `replay.obstacle`), before its clock has started.

    Raises:
        EnergyBalanceError: If the energy balance does not close.
    """
    site.connected()
    return ReplayBooks(site).run()
