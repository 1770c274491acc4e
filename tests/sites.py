"""Small sites for tests of the kernel, without specs."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
from simpy import Event

from sim.books.closed import Closed, Hours, StoreHours
from sim.bus.block import Block
from sim.bus.clock import Clock
from sim.bus.flows import Flow
from sim.plant.ramp import Ramp
from sim.plant.store import Store
from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries

HOUR = 3600.0


def site(
    hours: float = 1.0,
    *,
    record_s: float | None = None,
    seed: int = 0,
    calendar: Calendar | None = None,
    clock: Clock | None = None,
) -> Site:
    """A site that runs for some hours, from 2025-01-01 UTC if no calendar says otherwise."""
    calendar = calendar or Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
    return Site(calendar, hours * HOUR, seed=seed, record_s=record_s, clock=clock)


def load(to: Site, mw: float, worth: float = 5000.0, name: str = "load") -> Block:
    """A constant load."""
    bid = to.terminal(name).bid(worth)
    bid.state(mw)
    return bid


def source(to: Site, mw: float, price: float = 0.0, name: str = "source") -> Block:
    """A constant source."""
    offer = to.terminal(name).offer(price)
    offer.state(mw)
    return offer


def store(to: Site, name: str = "battery", **changed: float) -> Store:
    """A lossless store of 10 MWh and 5 MW, half full, that charges below 40 and gives above 80 USD/MWh."""
    limits = {"charge_mw": 5.0, "discharge_mw": 5.0, "min_mwh": 0.0, "reserve_mwh": 0.0, "max_mwh": 10.0}
    traits = {
        "level_mwh": 5.0,
        "charge_eff_pu": 1.0,
        "discharge_eff_pu": 1.0,
        "standing_mw": 0.0,
        "charge_below_usd_per_mwh": 40.0,
        "discharge_above_usd_per_mwh": 80.0,
        "reserve_above_usd_per_mwh": 4000.0,
    }
    made = Store(to.bus, to.terminal(name), **traits | {k: v for k, v in changed.items() if k in traits})
    made.limit(**limits | {k: v for k, v in changed.items() if k in limits})
    return made


def ramp(to: Site, name: str = "unit", **changed: Any) -> Ramp:
    """A unit of 100 MW that moves 1 MW a minute and costs 20 USD/MWh."""
    traits: dict[str, Any] = {
        "rated_mw": 100.0,
        "pu_per_min": 0.01,
        "must_run_usd_per_mwh": -200.0,
        "price_usd_per_mwh": 20.0,
        "rest": Flow.CURTAILED,
    }
    return Ramp(to.bus, to.terminal(name), **traits | changed)


def steps(times_s: Sequence[float], values: Sequence[float]) -> StepSeries:
    """A series from lists."""
    return StepSeries(np.array(times_s, dtype=float), np.array(values, dtype=float))


def at(to: Site, t_s: float, act: Any) -> None:
    """Do something at an elapsed second."""

    def wait() -> Generator[Event, None, None]:
        yield to.env.wait_until(t_s)
        act()

    to.process(wait())


def journal(of: Closed) -> dict[str, np.ndarray]:
    """The recorded flows by column, with `t_s`."""
    return {"t_s": of.t_s} | {column.name: flow for column, flow in zip(of.columns, of.flows, strict=True)}


def amount(of: Closed, what: str, owner: str) -> float:
    """Amount of an account of a participant, by the name or the part of the account."""
    return sum(
        one.total
        for one in of.postings
        if one.owner == owner and what in {one.account.name, one.account.part}
    )


def hours_of(stores: Sequence[StoreHours] = (), **mwh: Sequence[float]) -> Hours:
    """Hours of these energies, such as `load_mwh`, and nothing of others; by default one empty hour."""
    count = max([1, *(len(amounts) for amounts in mwh.values())])
    names = [one.name for one in fields(Hours) if one.name.endswith("_mwh")]
    amounts = {name: np.array(mwh.get(name, np.zeros(count)), dtype=float) for name in names}
    return Hours(edges_s=np.arange(count + 1) * HOUR, stores=tuple(stores), **amounts)


def store_hours(
    level_mwh: Sequence[float],
    charge_mwh: Sequence[float] | None = None,
    discharge_mwh: Sequence[float] | None = None,
    *,
    name: str = "battery",
    charge_eff_pu: float = 1.0,
    initial_clean_pu: float = 0.0,
) -> StoreHours:
    """Hours of a store from its levels at their edges and what it takes and gives, by default nothing."""
    nothing = np.zeros(len(level_mwh) - 1)
    return StoreHours(
        name=name,
        charge_mwh=nothing if charge_mwh is None else np.array(charge_mwh, dtype=float),
        discharge_mwh=nothing if discharge_mwh is None else np.array(discharge_mwh, dtype=float),
        level_mwh=np.array(level_mwh, dtype=float),
        charge_eff_pu=charge_eff_pu,
        initial_clean_pu=initial_clean_pu,
    )
