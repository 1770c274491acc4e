"""The enrolment: what the closed books keep of a participant, its descriptions and limits."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from sim.books.closed import Bound, Participant
from sim.bus.description import Description
from sim.bus.terminal import Terminal
from sim.bus.trace import Trace
from sim.timeseries.series import StepSeries, constant
from sim.timeseries.service import Service

_NOTHING, _ALL = constant(0.0), constant(1.0)


class Entry(NamedTuple):
    """Origin of a participant in the model.

    Attributes:
        family: `supply`, `demand`, `servers` or `facility`.
        kind: Its kind.
        unverified: Number of its values that are unverified defaults.
    """

    family: str
    kind: str
    unverified: int


def enrolled(name: str, entry: Entry, terminal: Terminal | None, service: Service | None) -> Participant:
    """A participant for the closed books.

    Firm capacity, limits and the bounds of a store are zero while it is out of service or under a planned
    outage. Its nameplate is that of the units in service at some time of the run.
    """
    ever_pu = 1.0 if service is None else service.ever_pu

    def served(trace: Trace) -> StepSeries:
        return terminal.served(trace) if terminal else _NOTHING

    message = terminal.description if terminal else Description()
    low, high = (terminal.lowest_mwh, terminal.highest_mwh) if terminal else (None, None)
    return Participant(
        name=name,
        family=entry.family,
        kind=entry.kind,
        label=message.label or entry.kind.replace("_", " "),
        size=message.size,
        caveat=message.caveat,
        colour=message.colour,
        capacity_mw=float(message.capacity_mw) * ever_pu,
        unverified=entry.unverified,
        service_pu=_ALL if service is None else service.in_service_pu.scaled(1.0 / (ever_pu or 1.0)),
        firm_mw=terminal.served(terminal.firm_mw) if terminal else _NOTHING,
        unit_mw=terminal.unit_mw if terminal and terminal.unit_mw < inf else None,
        bounds=tuple(
            Bound(limit.label, limit.flow, served(limit.mw), limit.none)
            for limit in (terminal.limits if terminal else ())
        ),
        lowest_mwh=served(low) if low else None,
        highest_mwh=served(high) if high else None,
    )
