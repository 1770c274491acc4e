"""The charges of a tariff, as a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from sim.books.metered import Metered
from sim.contracts.charge import Charge
from sim.contracts.contract import BillLine, Contract, Rung, open_ended
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.fixed_charge import MINIMUM_CHARGE, Every, counted
from sim.timeseries.series import StepSeries


@dataclass(frozen=True)
class Charges(Contract):
    """A contract whose bill is the sum of its charges.

    Attributes:
        import_usd_per_mwh: Dispatch price of imports: the energy charge of the next megawatt-hour.
        export_usd_per_mwh: Dispatch price of exports.
        charges: The charges.
        least_usd: Least amount of a bill for each of its periods.
        least_every: The period of that amount.
        counterparty: Who sends the bill; empty if it is not said.
        doubts: What is not billed as the counterparty would.
    """

    import_usd_per_mwh: StepSeries
    export_usd_per_mwh: StepSeries
    charges: tuple[Charge, ...]
    least_usd: float = 0.0
    least_every: Every = "month"
    counterparty: str = ""
    doubts: tuple[str, ...] = ()

    def over_time(self) -> tuple[tuple[float, float, Charges], ...]:
        """Beginning and end of each set of charges [s], and the set; months belong to one of them."""
        return ((-inf, inf, self),)

    def ladder(self) -> tuple[Rung, ...]:
        """The dispatch price of imports, for any amount of power."""
        return open_ended(self.import_usd_per_mwh)

    def prices(self) -> Sequence[StepSeries]:
        """What the charges depend on."""
        return [series for charge in self.charges for series in charge.cuts()]

    @property
    def needs_demand(self) -> bool:
        """Whether a charge needs it."""
        return any(charge.needs_demand for charge in self.charges)

    def demand_charges(self) -> list[DemandCharge]:
        """The demand charges, for what shaves peaks."""
        return [charge for charge in self.charges if isinstance(charge, DemandCharge)]

    def bill(self, metered: Metered) -> list[BillLine]:
        """The lines of all charges, and what is missing to the least amount."""
        lines = [line for charge in self.charges for line in charge.lines(metered)]
        if self.least_usd:
            least = self.least_usd * counted(metered, self.least_every)
            missing = np.maximum(least - sum(line.usd for line in lines), 0.0)
            lines.append(BillLine(MINIMUM_CHARGE, missing, "up to the least amount of a bill"))
        return lines
