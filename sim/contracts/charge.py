"""The charge: a part of a tariff that gives lines of the bill from metered energy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from sim.books.metered import Metered
from sim.contracts.contract import BillLine
from sim.timeseries.series import StepSeries


class Charge(ABC):
    """A part of a tariff."""

    def cuts(self) -> Sequence[StepSeries]:
        """Step functions at whose changes metered intervals are split. Default: none."""
        return ()

    @property
    def needs_demand(self) -> bool:
        """Whether its lines need the energy of demand intervals. Default: yes."""
        return True

    @abstractmethod
    def lines(self, metered: Metered) -> list[BillLine]:
        """Its lines of the bill of a run."""
