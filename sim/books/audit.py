"""The audit of a run: energy supplied, energy used and the change of stored energy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import Protocol

from sim.bus.flows import Flow
from sim.bus.mover import Keeper
from sim.errors import EnergyBalanceError

_TOLERANCE = 1e-9
_NOTHING_MWH = 1e-12
"""Residual that is rounding however little was moved."""


@dataclass(frozen=True)
class Balance:
    """The energy balance of a run.

    Attributes:
        supplied_mwh: Energy delivered by sources and imported.
        served_mwh: Demand served.
        export_mwh: Energy exported to the grid.
        loss_mwh: Lost in stores.
        stored_mwh: Stored energy at the end minus at the start.
        residual_mwh: Residual of the balance; rounding error only.
    """

    supplied_mwh: float
    served_mwh: float
    export_mwh: float
    loss_mwh: float
    stored_mwh: float
    residual_mwh: float


class Totals(Protocol):
    """What the audit reads of the books."""

    def total_mwh(self, *labels: str, owner: str | None = None) -> float:
        """Energy of the flows with these labels over the run, of one owner or of all."""


def balance(ledger: Totals, keepers: Iterable[Keeper]) -> Balance:
    """Audit the complete books of a run.

    Losses are computed from metered charge and discharge, stored energy from the levels of the stores. No
    term is computed as the difference of the others.

    Raises:
        EnergyBalanceError: If the residual exceeds rounding error.
    """
    keepers = list(keepers)
    supplied = ledger.total_mwh(Flow.DELIVERED, Flow.IMPORT)
    served = ledger.total_mwh(Flow.SERVED)
    export = ledger.total_mwh(Flow.EXPORT)
    loss = fsum(
        keeper.loss_mwh(
            ledger.total_mwh(Flow.CHARGE, owner=keeper.name),
            ledger.total_mwh(Flow.DISCHARGE, owner=keeper.name),
        )
        for keeper in keepers
    )
    stored = fsum(keeper.level_mwh - keeper.initial_mwh for keeper in keepers)
    residual = supplied - served - export - loss - stored
    wanted = served + ledger.total_mwh(Flow.UNSERVED, Flow.HELD_BACK)
    moved = supplied + ledger.total_mwh(Flow.CHARGE, Flow.DISCHARGE)
    turnover = wanted + moved + fsum(keeper.initial_mwh for keeper in keepers)
    if abs(residual) > _TOLERANCE * turnover + _NOTHING_MWH:
        raise EnergyBalanceError(
            f"over the run {supplied} MWh were supplied, {served} MWh served, {export} MWh exported, "
            f"{loss} MWh lost and {stored} MWh stored; {residual} MWh are unaccounted for"
        )
    return Balance(supplied, served, export, loss, stored, residual)
