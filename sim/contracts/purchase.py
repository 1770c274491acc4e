"""The power purchase agreement: energy is paid for as delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.books.metered import Metered
from sim.contracts.contract import BillLine, Contract, Rung, open_ended
from sim.contracts.energy_charge import energy_lines
from sim.timeseries.series import StepSeries


@dataclass(frozen=True)
class PurchaseAgreement(Contract):
    """Energy at a price, paid for as delivered.

    Attributes:
        usd_per_mwh: Price per MWh delivered.
        dispatch_usd_per_mwh: Dispatch price, which determines when the power is taken.
    """

    usd_per_mwh: StepSeries
    dispatch_usd_per_mwh: StepSeries

    def ladder(self) -> tuple[Rung, ...]:
        """The dispatch price, for any amount of power."""
        return open_ended(self.dispatch_usd_per_mwh)

    def prices(self) -> Sequence[StepSeries]:
        """The price paid."""
        return (self.usd_per_mwh,)

    @property
    def needs_demand(self) -> bool:
        """No."""
        return False

    def bill(self, metered: Metered) -> list[BillLine]:
        """The energy delivered, at its price."""
        return energy_lines("PPA cost", metered, metered.drawn_mwh, self.usd_per_mwh)
