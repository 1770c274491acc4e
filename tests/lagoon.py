"""Kinds of one's own in a file of their own: a tidal lagoon that stores energy, and an ice maker."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from simpy import Event

from sim import units
from sim.bus.account import Account, Grain, Reading
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.demand.hall import Hall, Load
from sim.plant.store import Store
from sim.site import Site, Source
from sim.timeseries.series import Array

WATER = Account("water_released_m3", "m3", "Water released", grain=Grain.MONTH)
ICE = Account("ice_made_t", "t", "Ice made")
SPOILED = Account("batches_spoiled", "batches", "Batches spoiled", part="no power")
LEVELS = Account("level_hours_h", "h", "Hours by power", bins=(0.0, 2.0, 4.0, 100.0))
M3_PER_MWH = 9000.0
T_PER_MWH = 12.0


class TidalLagoon(Source):
    """A lagoon whose turbines run with the tide, and whose basin keeps some of it."""

    kind: Literal["tidal_lagoon"] = "tidal_lagoon"
    turbine_mw: units.PositiveMW
    """Power while the tide runs."""
    basin_mwh: units.PositiveMWh = 8.0
    """Energy that the basin keeps."""
    storm_h: units.Hours = 30.0
    """Hours after the start at which a storm stops the turbines for six hours."""

    def start(self, site: Site, name: str) -> None:
        """Run six hours in twelve, fill the basin, and stand still in the storm."""
        terminal = site.terminal(
            name,
            Description(
                label="lagoon",
                size=f"{self.turbine_mw:g} MW / {self.basin_mwh:g} MWh",
                caveat="no lagoon of this kind has been built",
                colour="d",
                capacity_mw=self.turbine_mw,
            ),
        )
        terminal.clean_pu = 1.0
        offer = terminal.offer(0.0, reason="fish passage")
        store = Store(
            site.bus,
            terminal,
            level_mwh=0.0,
            charge_eff_pu=1.0,
            discharge_eff_pu=0.8,
            standing_mw=0.0,
            charge_below_usd_per_mwh=-1.0,
            discharge_above_usd_per_mwh=50.0,
            reserve_above_usd_per_mwh=4000.0,
        )
        store.limit(charge_mw=2.0, discharge_mw=2.0, min_mwh=1.0, reserve_mwh=1.0, max_mwh=self.basin_mwh)
        terminal.meter(WATER, lambda rows: rows.accepted_mw(offer) * M3_PER_MWH)
        terminal.meter(LEVELS, lambda rows: rows.accepted_mw(offer))
        most = terminal.limit("at turbine limit", Flow.DELIVERED)
        site.process(self._tides(site, name, offer.state, most.state))
        terminal.firm_mw.state(1.0)

    def _tides(self, site: Site, name: str, *states: Callable[[float], None]) -> Generator[Event, None, None]:
        terminal = site.bus.terminals[name]
        while True:
            running = units.hours(site.env.now) % 12.0 < 6.0
            stormy = 0.0 <= units.hours(site.env.now) - self.storm_h < 6.0
            for state in states:
                state(self.turbine_mw if running and not stormy else 0.0)
            terminal.declare_outage("storm", self.turbine_mw if stormy else 0.0)
            yield site.wait_h(6.0)


class IceMaker(Load):
    """A machine that makes ice of whatever power it gets, and spoils a batch when it gets none."""

    kind: Literal["ice_maker"] = "ice_maker"
    power_mw: units.PositiveMW
    """Power wanted."""

    def start(self, site: Site, name: str, hall: Hall) -> None:  # noqa: ARG002 - it is not an IT load
        """Want power all the time, and count ice and spoiled batches."""
        terminal = site.terminal(name, Description(label="ice maker", size=f"{self.power_mw:g} MW"))
        bid = terminal.bid(900.0)
        bid.state(self.power_mw)
        terminal.meter(ICE, lambda rows: rows.accepted_mw(bid) * T_PER_MWH)
        terminal.count(SPOILED, _Spoiling(lambda rows: rows.accepted_mw(bid) <= 0.0))


class _Spoiling:
    """Counts how often power goes away; it keeps whether there was some when the last batch of rows ended."""

    def __init__(self, is_off: Callable[[Reading], NDArray[np.bool_]]) -> None:
        self._is_off = is_off
        self._was_off = False

    def __call__(self, rows: Reading) -> Array:
        off = self._is_off(rows)
        begins = off & ~np.concatenate([[self._was_off], off[:-1]])
        self._was_off = bool(off[-1])
        return np.asarray(begins, dtype=np.float64)
