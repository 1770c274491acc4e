"""The plan of a replay: what its kernel reads, and where it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.replay.sums import Forms
from sim.timeseries.series import Array
from sim.timeseries.times import Places


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
    """Numbers of a row over the intervals of a run.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        values: Integral of each number (one line each) over each interval; or its value at each start and at
            the end.
        places: Their places in a row.
    """

    edges_s: Array
    values: Array
    places: Sequence[int]


@dataclass(frozen=True, eq=False)
class Plan:
    """What the kernel reads, and where it adds up.

    Attributes:
        horizon_s: Length of the run.
        script: What changes by itself.
        forms: The forms.
        totals: Places of what is integrated over the run.
        powers: Places of the four powers in a row: demand wanted, load served, import and export.
        weighed: Places of what has a factor.
        factors: The factors at the start.
        hours: Energies of the hours.
        bills: Energies of the contracts.
        levels: Levels of the stores at the starts of the hours and at the end.
        quarters_s: Starts of the demand intervals, and the end of the last one.
        short: Places of what is unserved.
        spilt: Numbers of the offers whose rest is curtailed.
        steps: Changes of the load for which there is room at first.
    """

    horizon_s: float
    script: Script
    forms: Forms
    totals: Sequence[int]
    powers: Sequence[int]
    weighed: Sequence[int]
    factors: Array
    hours: Lines
    bills: Lines
    levels: Lines
    quarters_s: Array
    short: Sequence[int]
    spilt: Sequence[int]
    steps: int
