"""The import prices of a site, for participants whose own prices derive from them."""

from __future__ import annotations

from sim.timeseries.series import StepSeries, constant


class Imports:
    """Dispatch prices of all connections, carbon included."""

    def __init__(self) -> None:
        self._usd_per_mwh: list[tuple[StepSeries, StepSeries]] = []
        self._kgco2_per_mwh: list[StepSeries] = []
        self._limits_mw: list[StepSeries] = []
        self._energy: dict[str, StepSeries] = {}

    def add(
        self,
        name: str,
        usd_per_mwh: StepSeries,
        carbon_usd_per_mwh: StepSeries,
        kgco2_per_mwh: StepSeries,
        limit_mw: StepSeries,
    ) -> None:
        """Add a connection, with its price of energy, cost of carbon, carbon intensity and limit."""
        self._energy[name] = usd_per_mwh
        self._usd_per_mwh.append((usd_per_mwh, carbon_usd_per_mwh))
        self._kgco2_per_mwh.append(kgco2_per_mwh)
        self._limits_mw.append(limit_mw)

    @property
    def names(self) -> list[str]:
        """Names of the connections."""
        return [*self._energy]

    def price(self, name: str) -> StepSeries:
        """Dispatch price of a connection, carbon included."""
        energy, carbon = self._usd_per_mwh[self.names.index(name)]
        return energy + carbon

    def energy_charge(self, name: str) -> StepSeries:
        """Price of energy of a connection, carbon apart."""
        return self._energy[name]

    def kgco2_per_mwh(self, horizon_s: float) -> StepSeries | None:
        """Carbon intensity of the connection with the lowest mean over a run; None without a connection."""
        return min(self._kgco2_per_mwh, key=lambda series: series.mean(0.0, horizon_s), default=None)

    def missing_mw(self, horizon_s: float) -> StepSeries | None:
        """What all limits together are below their highest of a run; None without a connection."""
        if not self._limits_mw:
            return None
        total = sum(self._limits_mw[1:], self._limits_mw[0])
        return constant(total.highest(0.0, horizon_s)) + total.scaled(-1.0)

    def usd_per_mwh(self, horizon_s: float) -> StepSeries | None:
        """Price of the connection with the lowest mean price over a run; None without a connection."""
        prices = [energy + carbon for energy, carbon in self._usd_per_mwh]
        return min(prices, key=lambda series: series.mean(0.0, horizon_s), default=None)
