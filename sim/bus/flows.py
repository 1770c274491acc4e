"""The words of the books: what becomes of power, and why some was curtailed or unserved."""

from __future__ import annotations

from enum import StrEnum


class Flow(StrEnum):
    """What becomes of a block's power: its accepted part, or the rest of it."""

    DELIVERED = "delivered_mw"
    IMPORT = "import_mw"
    DISCHARGE = "discharge_mw"
    SERVED = "served_mw"
    CHARGE = "charge_mw"
    EXPORT = "export_mw"
    CURTAILED = "curtailed_mw"
    HEADROOM = "headroom_mw"
    UNSERVED = "unserved_mw"
    DEFERRED = "deferred_mw"
    IT = "it_mw"


SUPPLY = frozenset({Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE})
DEMAND = frozenset({Flow.SERVED, Flow.CHARGE, Flow.EXPORT})


class Curtailed(StrEnum):
    """Why power that was available was not delivered."""

    EXPORT_LIMIT = "export limit"
    STORAGE_FULL = "storage full"
    MINIMUM_LEVEL = "minimum stable level"
    RAMP = "ramp limit"
    ECONOMIC = "economic"
    CONTRACT_CAP = "contract cap"


class Unserved(StrEnum):
    """Why firm demand was not supplied."""

    CAPACITY = "capacity"
    RAMP = "ramp"
    FORCED_OUTAGE = "forced outage"
    REFUELLING = "refuelling"
    GRID_OUTAGE = "grid outage"
    GRID_ORDER = "grid curtailment order"
    FUEL = "fuel"
    START_UP = "start-up"


class Dropped(StrEnum):
    """What was lacking where a request was refused."""

    SERVERS = "servers"
    POWER = "power"
