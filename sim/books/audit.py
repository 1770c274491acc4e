"""The audit of a run: energy in, energy out, and what the stores kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from sim.books.ledger import Ledger
from sim.bus.flows import Flow
from sim.errors import EnergyBalanceError

_TOLERANCE = 1e-9


class Keeper(Protocol):
    """Something that keeps energy."""

    name: str
    level_mwh: float
    initial_mwh: float

    def loss_mwh(self, charge_mwh: float, discharge_mwh: float) -> float:
        """What it has lost, from what it was charged and discharged."""


@dataclass(frozen=True)
class Closing:
    """The totals of a run.

    Attributes:
        supplied_mwh: Delivered and imported.
        served_mwh: Demand served.
        export_mwh: Fed into the grid.
        loss_mwh: Lost in stores.
        stored_mwh: Stored at the end, less stored at the start.
        residual_mwh: What the books cannot explain; rounding only.
    """

    supplied_mwh: float
    served_mwh: float
    export_mwh: float
    loss_mwh: float
    stored_mwh: float
    residual_mwh: float


def close(ledger: Ledger, stores: Iterable[Keeper]) -> Closing:
    """Close the books of a run.

    Losses are computed from metered charge and discharge, stored energy from the stores' own levels;
    nothing here is defined as the difference of the rest.

    Raises:
        EnergyBalanceError: If energy was made or lost beyond rounding.
    """
    stores = list(stores)
    supplied = ledger.total_mwh(Flow.DELIVERED, Flow.IMPORT)
    served = ledger.total_mwh(Flow.SERVED)
    export = ledger.total_mwh(Flow.EXPORT)
    loss = sum(
        store.loss_mwh(
            ledger.total_mwh(Flow.CHARGE, owner=store.name),
            ledger.total_mwh(Flow.DISCHARGE, owner=store.name),
        )
        for store in stores
    )
    stored = sum(store.level_mwh - store.initial_mwh for store in stores)
    residual = supplied - served - export - loss - stored
    wanted = served + ledger.total_mwh(Flow.UNSERVED, Flow.DEFERRED)
    moved = supplied + ledger.total_mwh(Flow.CHARGE, Flow.DISCHARGE)
    turnover = wanted + moved + sum(store.initial_mwh for store in stores)
    if abs(residual) > _TOLERANCE * turnover:
        raise EnergyBalanceError(
            f"over the run {supplied} MWh were supplied, {served} served, {export} exported, {loss} lost "
            f"and {stored} stored; {residual} MWh are missing"
        )
    return Closing(supplied, served, export, loss, stored, residual)
