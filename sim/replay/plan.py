"""The plan of a replay: what its kernel reads, and where it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.replay.sums import Forms
from sim.timeseries.series import Array
from sim.timeseries.times import Places

FACTOR = 6
"""In place of a size or a price, the values of a series are a factor on a form."""


@dataclass(frozen=True, eq=False)
class Script:
    """What changes by itself during a run, in the order of time.

    Attributes:
        times_s: Elapsed seconds of the changes.
        targets: What changes: a place in `sides` and `places`.
        values: The values from then on.
        sides: What each target is: a size or a price of a block, a reason to settle, or a factor.
        places: Number of its block among offers or bids, or of the form.
    """

    times_s: Array
    targets: NDArray[np.int32]
    values: Array
    sides: Places
    places: Places


@dataclass(frozen=True, eq=False)
class Lines:
    """Integrals of some forms over the intervals of a run.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        integrals: Integral of each form (one line each) over each interval; the kernel adds to them.
    """

    edges_s: Array
    integrals: Array


@dataclass(frozen=True, eq=False)
class Plan:
    """What the kernel reads, and where it adds up.

    Attributes:
        horizon_s: Length of the run.
        script: What changes by itself.
        forms: The four powers, the forms of the hours, those of the bills, and those with a factor.
        factors: The factors at the start.
        hours: Energies of the hours.
        bills: Energies of the contracts.
        levels: Level of each store at the starts of the hours and at the end.
        level_places: Number of the gauge that is the level of each store.
        quarters_s: Starts of the demand intervals, and the end of the last one.
        short: Places of what is unserved among the numbers of a row.
        spilt: Numbers of the offers whose rest is curtailed.
        steps: Changes of the load for which there is room at first.
    """

    horizon_s: float
    script: Script
    forms: Forms
    factors: Array
    hours: Lines
    bills: Lines
    levels: Lines
    level_places: Sequence[int]
    quarters_s: Array
    short: Sequence[int]
    spilt: Sequence[int]
    steps: int
