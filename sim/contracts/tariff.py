"""The tariff of a grid connection: energy charge, export revenue and demand charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.books.metered import Metered
from sim.contracts.contract import BillLine, Contract, Rung, energy_usd, open_ended
from sim.timeseries.series import Array, StepSeries


@dataclass(frozen=True)
class Tariff(Contract):
    """Energy at a price that may vary, and a charge on the highest demand interval of each local month.

    Attributes:
        import_usd_per_mwh: Energy charge.
        export_usd_per_mwh: Price paid for exported energy.
        demand_usd_per_mw_month: Charge on the highest mean import over a demand interval of each month; a
            partial month is charged in full.
    """

    import_usd_per_mwh: StepSeries
    export_usd_per_mwh: StepSeries
    demand_usd_per_mw_month: float = 0.0

    def ladder(self) -> tuple[Rung, ...]:
        """The energy charge, for any amount of power."""
        return open_ended(self.import_usd_per_mwh)

    def prices(self) -> Sequence[StepSeries]:
        """The energy charge and the price of exports."""
        return self.import_usd_per_mwh, self.export_usd_per_mwh

    def bill(self, metered: Metered) -> list[BillLine]:
        """Energy charge, export revenue and, if any, demand charge."""
        lines = [
            BillLine("energy charge", energy_usd(metered, metered.drawn_mwh, self.import_usd_per_mwh)),
            BillLine("export revenue", -energy_usd(metered, metered.fed_mwh, self.export_usd_per_mwh)),
        ]
        if self.demand_usd_per_mw_month:
            lines.append(BillLine("demand charge", self.demand_usd_per_mw_month * peaks_mw(metered)))
        return lines


def peaks_mw(metered: Metered) -> Array:
    """Highest mean import over the demand intervals that begin in each local month [MW]."""
    month = metered.month_of(metered.demand_edges_s[:-1])
    peaks = np.zeros(len(metered.month_edges_s) - 1)
    np.maximum.at(peaks, month, metered.demand_mw)
    return peaks
