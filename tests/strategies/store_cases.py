"""Cases for plans of a store: what is expected, and ratings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.contracts.peak_target import PeakAhead
from sim.strategies.store_plan import Expected
from sim.strategies.strategy import Ratings


def rated(**values: Any) -> Ratings:
    """A store of 5 MW and 20 MWh that may be emptied, with efficiencies of 0.9 and 0.8."""
    given: dict[str, Any] = {
        "name": "battery",
        "charge_mw": 5.0,
        "discharge_mw": 5.0,
        "min_mwh": 0.0,
        "reserve_mwh": 0.0,
        "max_mwh": 20.0,
        "charge_efficiency_pu": 0.9,
        "discharge_efficiency_pu": 0.8,
        "wear_usd_per_mwh": 0.0,
        "charge_wear_usd_per_mwh": 0.0,
        "reserve_usd_per_mwh": 4000.0,
    }
    return Ratings(**{**given, **values})


def expected(
    buy: Sequence[float],
    *,
    net: ArrayLike = 100.0,
    sell: ArrayLike = -500.0,
    sold_mw: float = 0.0,
    limit_mw: float = 200.0,
    refill: float | None = None,
    peaks: Sequence[tuple[float, float]] = (),
    hours: ArrayLike = 1.0,
) -> Expected:
    """Steps of an hour with these prices; peaks are pairs of rate and demand that is paid for.

    Energy left is bought again for the lowest of them unless a price is given.
    """
    count = len(buy)
    everywhere = np.ones(count, dtype=bool)
    return Expected(
        hours=np.broadcast_to(np.asarray(hours, dtype=float), (count,)),
        buy_usd_per_mwh=np.array(buy, dtype=float),
        sell_usd_per_mwh=np.broadcast_to(np.asarray(sell, dtype=float), (count,)),
        limit_mw=np.full(count, limit_mw),
        sold_mw=np.full(count, sold_mw),
        net_mw=np.broadcast_to(np.asarray(net, dtype=float), (count,)),
        refill_usd_per_mwh=min(buy) if refill is None else refill,
        peaks=[PeakAhead(usd, paid, everywhere) for usd, paid in peaks],
    )
