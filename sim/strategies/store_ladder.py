"""The ladder of a plan: prices and sizes of a store that lead to the plan where its forecast holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.contracts.peak_target import CHARGE_USD_PER_MWH, FREE_USD_PER_MWH
from sim.strategies.store_plan import Expected, StorePlan
from sim.strategies.strategy import Ratings
from sim.timeseries.series import Array

_TIE_PU = 1e-6
"""Relative difference up to which two prices count as equal."""
_NONE_MW = 1e-6
TO_TARGET_USD_PER_MWH = FREE_USD_PER_MWH + CHARGE_USD_PER_MWH
"""What a store bids above the price of import to take import up to a target, and none above it."""


@dataclass(frozen=True)
class StoreRung:
    """Prices and sizes of a store in one hour.

    Attributes:
        bid_usd_per_mwh: What it pays for charging.
        ask_usd_per_mwh: What it asks for discharging.
        charge_mw: Most charging power.
        discharge_mw: Most discharging power.
    """

    bid_usd_per_mwh: float
    ask_usd_per_mwh: float
    charge_mw: float
    discharge_mw: float


@dataclass(frozen=True, eq=False)
class StoreLadder:
    """The rungs of a plan, hour by hour.

    The store pays at most what a MWh more in it is worth by the plan, and asks at least that, both with
    losses and wear. Where this equals the price of a step, the plan may use a part of the power only: then
    the size is what leads to the planned level. Elsewhere the whole power is for sale.

    Attributes:
        bid_usd_per_mwh: What it pays for charging.
        ask_usd_per_mwh: What it asks for discharging.
        charges_part: Whether it may charge with a part of its power.
        discharges_part: Whether it may discharge with a part of its power.
        level_mwh: Planned level at the end of each step.
        hours: Length of each step.
        ratings: The store.
        surcharge_usd_per_mwh: What import may cost above its price, where it is split by a target.
    """

    bid_usd_per_mwh: Array
    ask_usd_per_mwh: Array
    charges_part: NDArray[np.bool_]
    discharges_part: NDArray[np.bool_]
    level_mwh: Array
    hours: Array
    ratings: Ratings
    surcharge_usd_per_mwh: float

    @classmethod
    def of(
        cls, plan: StorePlan, expected: Expected, ratings: Ratings, surcharge_usd_per_mwh: float = 0.0
    ) -> StoreLadder:
        """The ladder of a plan.

        Args:
            plan: The plan.
            expected: What it rests on.
            ratings: The store.
            surcharge_usd_per_mwh: What import may cost above its price, where it is split by a target.
        """
        worth = plan.stored_usd_per_mwh
        bid = worth * ratings.charge_efficiency_pu - ratings.charge_wear_usd_per_mwh
        ask = worth / ratings.discharge_efficiency_pu + ratings.wear_usd_per_mwh
        charges, discharges = plan.charge_mw > _NONE_MW, plan.discharge_mw > _NONE_MW
        margin = _TIE_PU * np.maximum(np.abs(worth), 1.0)

        def is_even(price: Array) -> NDArray[np.bool_]:
            buys, sells = expected.buy_usd_per_mwh, expected.sell_usd_per_mwh
            return np.minimum(np.abs(price - buys), np.abs(price - sells)) <= margin

        return cls(
            bid + np.where(charges, margin + surcharge_usd_per_mwh, -margin),
            ask + np.where(discharges, -margin, margin + surcharge_usd_per_mwh),
            charges & is_even(bid),
            discharges & is_even(ask),
            plan.level_mwh,
            expected.hours,
            ratings,
            surcharge_usd_per_mwh,
        )

    def rung(self, step: int, level_mwh: float) -> StoreRung:
        """The rung of a step; after the last one, that of the last.

        Args:
            step: Number of the step.
            level_mwh: Level at its beginning.
        """
        step, rated = min(step, len(self.hours) - 1), self.ratings
        ahead_mw = (float(self.level_mwh[step]) - level_mwh) / float(self.hours[step])
        charge_mw, discharge_mw = rated.charge_mw, rated.discharge_mw
        if self.charges_part[step]:
            charge_mw = min(max(ahead_mw / rated.charge_efficiency_pu, 0.0), charge_mw)
        ask = float(self.ask_usd_per_mwh[step])
        if self.discharges_part[step]:
            left_mw = min(max(-ahead_mw * rated.discharge_efficiency_pu, 0.0), discharge_mw)
            if not self.surcharge_usd_per_mwh:
                discharge_mw = left_mw
            elif left_mw <= _NONE_MW:
                ask += self.surcharge_usd_per_mwh + 2.0 * _TIE_PU * max(abs(ask), 1.0)
        return StoreRung(float(self.bid_usd_per_mwh[step]), ask, charge_mw, discharge_mw)
