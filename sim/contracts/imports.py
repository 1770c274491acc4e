"""The import prices of a site, for participants whose own prices derive from them."""

from __future__ import annotations

from sim.timeseries.series import StepSeries


class Imports:
    """Dispatch prices of all connections, carbon included."""

    def __init__(self) -> None:
        self._usd_per_mwh: list[tuple[StepSeries, StepSeries]] = []

    def add(self, usd_per_mwh: StepSeries, carbon_usd_per_mwh: StepSeries) -> None:
        """Add a connection, with its price of energy and its cost of carbon."""
        self._usd_per_mwh.append((usd_per_mwh, carbon_usd_per_mwh))

    def usd_per_mwh(self, horizon_s: float) -> StepSeries | None:
        """Price of the connection with the lowest mean price over a run; None without a connection."""
        prices = [energy + carbon for energy, carbon in self._usd_per_mwh]
        return min(prices, key=lambda series: series.mean(0.0, horizon_s), default=None)
