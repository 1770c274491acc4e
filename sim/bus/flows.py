"""The flows: kinds of power in the books."""

from __future__ import annotations

from enum import StrEnum


class Flow(StrEnum):
    """Kind of power in the books: the accepted part of a block, or the rest of it."""

    DELIVERED = "delivered_mw"
    IMPORT = "import_mw"
    DISCHARGE = "discharge_mw"
    SERVED = "served_mw"
    CHARGE = "charge_mw"
    EXPORT = "export_mw"
    CURTAILED = "curtailed_mw"
    HEADROOM = "headroom_mw"
    UNSERVED = "unserved_mw"
    HELD_BACK = "held_back_mw"
    IT = "it_mw"
    COOLING = "cooling_mw"
    UPS_LOSS = "ups_loss_mw"
    TRANSFORMER_LOSS = "transformer_loss_mw"
    FIXED = "fixed_mw"


STORED = "stored_mwh"
"""Gauge of a store: the energy that it holds [MWh]."""
SUPPLY = frozenset({Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE})
DEMAND = frozenset({Flow.SERVED, Flow.CHARGE, Flow.EXPORT})
