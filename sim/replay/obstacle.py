"""Why a run cannot be replayed, if it cannot."""

from __future__ import annotations

from collections.abc import Iterator

from simpy.events import Process

from sim.bus.account import Grain, Linear, Meter
from sim.bus.bus import Bus
from sim.bus.numbers import NOWHERE
from sim.bus.stretch import IS_COMPILED, destination
from sim.contracts.contract import Billing
from sim.plant.store import Store
from sim.site import Site
from sim.units import SECONDS_PER_QUARTER


def obstacle(site: Site) -> str:
    """Why the run of a prepared site cannot be replayed; empty if it can.

    A run can be replayed if nothing is decided in Python between its start and its end: power follows from
    series and stores alone, and every account from accepted power.

    Args:
        site: The site, with all participants connected, before its clock has started.
    """
    return next(_obstacles(site), "")


def _obstacles(site: Site) -> Iterator[str]:
    if not (IS_COMPILED and site.bus.is_compiled and len(site.env.markets) == 1):
        yield "it runs without compiled code, or shares its clock"
    if (site.calendar.into_hour_s - site.calendar.into_quarter_s) % SECONDS_PER_QUARTER:
        yield "the hours of its clock do not begin with a quarter of an hour"
    for name in sorted(site.bus.terminals):
        if site.service(name) is not None:
            yield f"{name} enters service, retires or has planned outages"
    for _, _, _, event in site.env.queue:
        for call in event.callbacks or ():
            process = getattr(call, "__self__", None)
            yield _decides(site.env.owner_of(process if isinstance(process, Process) else event))
    yield from _reactions(site.bus)
    yield from _accounts(site)


def _reactions(bus: Bus) -> Iterator[str]:
    """What reacts to time or to settlements, stores apart."""
    owners = [owner for owner, mover, _ in bus.owned if type(mover) is not Store]
    owners += [
        owner
        for _, owner, settled, _ in bus.heard
        if not isinstance(getattr(settled, "__self__", None), Store)
    ]
    owners += [getattr(watch, "owner", "") for watch in bus.watches]
    owners += [bid.owner for bid, _ in bus.fits]
    for owner in owners:
        yield _decides(owner)
    for track in bus.tracks:
        if destination(track, bus)[0] == NOWHERE:
            who = track.owner or "a participant"
            yield f"{who} plays a series into a function of its own, not into state or reprice of a block"


def _accounts(site: Site) -> Iterator[str]:
    for name, terminal in sorted(site.bus.terminals.items()):
        for block in terminal.blocks:
            if any(not isinstance(part.pu, float) for part in block.parts):
                yield f"the overhead of {name} depends on its load"
        for meter in terminal.meters:
            if not _is_linear(meter):
                yield f"{meter.account.name} of {name} is no Linear rate of power"
    if not all(isinstance(call, Billing) for call in site.closings):
        yield "a participant computes amounts at the end"


def _is_linear(meter: Meter) -> bool:
    plain = meter.account.grain in {Grain.RUN, Grain.MONTH} and not meter.account.bins
    return plain and meter.divides and meter.in_service is None and isinstance(meter.read, Linear)


def _decides(owner: str) -> str:
    return f"{owner or 'a participant'} decides while the clock runs"
