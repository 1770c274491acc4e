"""The connections of a site, for participants whose own prices derive from theirs."""

from __future__ import annotations

from dataclasses import dataclass

from sim.contracts.charges import Charges
from sim.timeseries.series import StepSeries, constant


@dataclass(frozen=True, eq=False)
class Connection:
    """What is known of a grid connection at the start of a run.

    Attributes:
        carbon_usd_per_mwh: Cost of its carbon.
        kgco2_per_mwh: Carbon intensity.
        limit_mw: Limit of import, without interruptions.
        export_limit_mw: Limit of export.
        charges: Its tariff.
    """

    carbon_usd_per_mwh: StepSeries
    kgco2_per_mwh: StepSeries
    limit_mw: StepSeries
    export_limit_mw: StepSeries
    charges: Charges

    @property
    def usd_per_mwh(self) -> StepSeries:
        """Dispatch price of import, carbon included."""
        return self.charges.import_usd_per_mwh + self.carbon_usd_per_mwh


class Imports:
    """All connections of a site, by name."""

    def __init__(self) -> None:
        self._all: dict[str, Connection] = {}

    def add(self, name: str, connection: Connection) -> None:
        """Add a connection."""
        self._all[name] = connection

    @property
    def names(self) -> list[str]:
        """Names of the connections."""
        return [*self._all]

    def of(self, name: str) -> Connection:
        """The connection of a name."""
        return self._all[name]

    def price(self, name: str) -> StepSeries:
        """Dispatch price of a connection, carbon included."""
        return self._all[name].usd_per_mwh

    def kgco2_per_mwh(self, horizon_s: float) -> StepSeries | None:
        """Carbon intensity of the connection with the lowest mean over a run; None without a connection."""
        found = (one.kgco2_per_mwh for one in self._all.values())
        return min(found, key=lambda series: series.mean(0.0, horizon_s), default=None)

    def missing_mw(self, horizon_s: float) -> StepSeries | None:
        """What all limits together are below their highest of a run; None without a connection."""
        limits = [one.limit_mw for one in self._all.values()]
        if not limits:
            return None
        total = sum(limits[1:], limits[0])
        return constant(total.highest(0.0, horizon_s)) + total.scaled(-1.0)

    def usd_per_mwh(self, horizon_s: float) -> StepSeries | None:
        """Price of the connection with the lowest mean price over a run; None without a connection."""
        found = (one.usd_per_mwh for one in self._all.values())
        return min(found, key=lambda series: series.mean(0.0, horizon_s), default=None)
