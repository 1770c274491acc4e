"""The plan of a store: the dispatch of its next hours that costs least, if a forecast comes true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.contracts.peak_target import PeakAhead
from sim.strategies.strategy import Ratings
from sim.timeseries.series import Array
from sim.timeseries.times import Places

_LESS_PU = 1e-3
"""By how much energy left at the end is worth less than it costs, so that none is bought without need."""
_SOONER_USD_PER_MWH = 1e-5
"""Where peaks cost a demand charge, what each step adds to the worth of energy: of equal steps the first is
used to charge, since a full store is ready for peaks that nobody expects."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What is expected of the next hours.

    Attributes:
        hours: Length of each step.
        buy_usd_per_mwh: Price of import.
        sell_usd_per_mwh: Price of export, at most that of import.
        limit_mw: Limit of import.
        sold_mw: Limit of export.
        net_mw: Load less all other supply; negative for a surplus.
        refill_usd_per_mwh: Price of import for which energy left at the end can be bought again.
        peaks: The peaks that cost a demand charge.
    """

    hours: Array
    buy_usd_per_mwh: Array
    sell_usd_per_mwh: Array
    limit_mw: Array
    sold_mw: Array
    net_mw: Array
    refill_usd_per_mwh: float
    peaks: Sequence[PeakAhead]


@dataclass(frozen=True, eq=False)
class StorePlan:
    """A dispatch of the least cost.

    Attributes:
        charge_mw: Charging power in each step.
        discharge_mw: Discharging power.
        level_mwh: Level at the end of each step.
        stored_usd_per_mwh: What a MWh more in the store would be worth in each step.
        peaks_mw: Demand that is paid for, for each peak.
    """

    charge_mw: Array
    discharge_mw: Array
    level_mwh: Array
    stored_usd_per_mwh: Array
    peaks_mw: Array


def best(expected: Expected, ratings: Ratings, level_mwh: float) -> StorePlan:
    """The dispatch of the least cost, by a linear program.

    Its cost is import less export, wear, and what peaks cost above the demand that is paid for in any case.
    Energy left at the end is worth what it costs to buy again. Standing loss is left out.

    Args:
        expected: What is expected.
        ratings: The store.
        level_mwh: Its level at the beginning; below the reserve it counts as the reserve.

    Raises:
        RuntimeError: If the program has no solution, which is a defect: a store may always stand still.
    """
    from scipy.optimize import linprog

    count = len(expected.hours)
    level_mwh = min(max(level_mwh, ratings.reserve_mwh), ratings.max_mwh)
    equal, right = _balances(expected, ratings, level_mwh)
    most, at_most = _limits(expected, ratings)
    found = linprog(
        _costs(expected, ratings),
        most,
        at_most,
        equal,
        right,
        bounds=_bounds(expected, ratings),
        method="highs",
    )
    if not found.success:
        raise RuntimeError(f"{ratings.name}: the plan was not solved: {found.message}")
    charge, discharge, level = found.x[: 3 * count].reshape(3, count)
    return StorePlan(
        charge_mw=charge,
        discharge_mw=discharge,
        level_mwh=level,
        stored_usd_per_mwh=-found.eqlin.marginals[count:],
        peaks_mw=found.x[6 * count :],
    )


def _costs(expected: Expected, ratings: Ratings) -> Array:
    """Cost of each variable: charge, discharge, level, import, export, surplus not used, peaks."""
    hours = expected.hours
    refill_usd = expected.refill_usd_per_mwh + ratings.charge_wear_usd_per_mwh
    again_usd = max(refill_usd, 0.0) / ratings.charge_efficiency_pu
    left = np.zeros(len(hours))
    left[-1] = -again_usd * (1.0 - _LESS_PU)
    if expected.peaks:
        left -= _SOONER_USD_PER_MWH
    return np.concatenate(
        [
            ratings.charge_wear_usd_per_mwh * hours,
            ratings.wear_usd_per_mwh * hours,
            left,
            expected.buy_usd_per_mwh * hours,
            -expected.sell_usd_per_mwh * hours,
            np.zeros(len(hours)),
            [peak.usd_per_mw for peak in expected.peaks],
        ]
    )


def _bounds(expected: Expected, ratings: Ratings) -> Array:
    """Lowest and highest value of each variable."""
    count = len(expected.hours)
    none, net = np.zeros(count), expected.net_mw
    lower = [none, none, np.full(count, ratings.reserve_mwh), none, none, none]
    upper = [
        np.full(count, ratings.charge_mw),
        np.full(count, ratings.discharge_mw),
        np.full(count, ratings.max_mwh),
        np.maximum(expected.limit_mw, net),
        expected.sold_mw,
        np.maximum(-net, 0.0),
    ]
    peaks = [(peak.paid_mw, inf) for peak in expected.peaks]
    steps = np.column_stack([np.concatenate(lower), np.concatenate(upper)])
    return np.concatenate([steps, np.array(peaks).reshape(-1, 2)])


def _balances(expected: Expected, ratings: Ratings, level_mwh: float) -> tuple[object, Array]:
    """Of power in each step, and of the energy in the store."""
    count = len(expected.hours)
    charge, discharge, level, bought, sold, unused = np.arange(6 * count).reshape(6, count)
    power, energy = np.arange(2 * count).reshape(2, count)
    terms: list[tuple[Places, Places, Array | float]] = [
        (power, bought, 1.0),
        (power, discharge, 1.0),
        (power, charge, -1.0),
        (power, sold, -1.0),
        (power, unused, -1.0),
        (energy, level, 1.0),
        (energy[1:], level[:-1], -1.0),
        (energy, charge, -ratings.charge_efficiency_pu * expected.hours),
        (energy, discharge, expected.hours / ratings.discharge_efficiency_pu),
    ]
    begin = np.zeros(count)
    begin[0] = level_mwh
    return _matrix(terms, 2 * count, 6 * count + len(expected.peaks)), np.append(expected.net_mw, begin)


def _limits(expected: Expected, ratings: Ratings) -> tuple[object, Array]:
    """The store charges or discharges; import is at most the peak of its period."""
    count = len(expected.hours)
    charge, discharge, _, bought, _, _ = np.arange(6 * count).reshape(6, count)
    rows, right = 0, []
    terms: list[tuple[Places, Places, Array | float]] = []
    if ratings.charge_mw and ratings.discharge_mw:
        each = np.arange(count)
        terms += [(each, charge, 1.0 / ratings.charge_mw), (each, discharge, 1.0 / ratings.discharge_mw)]
        rows, right = count, [np.ones(count)]
    for number, peak in enumerate(expected.peaks):
        steps = np.flatnonzero(peak.counts)
        each = rows + np.arange(len(steps))
        terms += [(each, bought[steps], 1.0), (each, np.full(len(steps), 6 * count + number), -1.0)]
        right.append(np.zeros(len(steps)))
        rows += len(steps)
    return _matrix(terms, rows, 6 * count + len(expected.peaks)), np.concatenate([*right, np.zeros(0)])


def _matrix(
    terms: Sequence[tuple[NDArray[np.intp], NDArray[np.intp], Array | float]], rows: int, columns: int
) -> object:
    """Coefficients as a sparse matrix."""
    from scipy.sparse import csr_array

    if not rows:
        return csr_array((0, columns))
    row, column = (np.concatenate([term[part] for term in terms]) for part in range(2))
    values = np.concatenate([np.broadcast_to(value, place.shape) for place, _, value in terms])
    return csr_array((values, (row, column)), shape=(rows, columns))
