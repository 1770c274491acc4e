"""The sweep that a page shows, as plain data: its points, their means, what failed, and their campuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.sweep import shown_metrics

if TYPE_CHECKING:
    import pandas as pd

_INTERVAL = ".ci95"
_SEEDS = "seeds"
_LEAST = 1e-9
"""Relative difference below which a metric is the same at all points."""


@dataclass(frozen=True, eq=False)
class Swept:
    """A sweep.

    Attributes:
        name: Name of the model.
        axes: Names of what was varied.
        points: How many points were planned.
        runs: How many runs were planned.
        seeds: The seeds of the runs that have finished or failed.
        days: Length of each run [d].
        missing: How many runs have neither finished nor failed.
        places: Number of the point of each row of the means.
        means: A row for each point with a run that finished: the axes, `seeds`, and for each metric its mean
            and `<metric>.ci95`.
        failures: A row for each run that failed: `point`, the axes, `seed` and `error`.
        accounts: Names of the accounts that participants of one's own contribute.
        same_weather: Whether the weather of a point is the same for all seeds.
        replayed: How many runs were replayed.
        derived: Names of the batteries whose derived prices may differ between points.
        models: The campus of each point as plain data; None if it was refused or was not kept.
    """

    name: str
    axes: tuple[str, ...]
    points: int
    runs: int
    seeds: tuple[int, ...]
    days: float
    missing: int
    places: tuple[int, ...]
    means: pd.DataFrame
    failures: pd.DataFrame
    accounts: tuple[str, ...]
    same_weather: bool
    replayed: int
    derived: tuple[str, ...]
    models: Sequence[dict[str, Any] | None]

    @property
    def shown(self) -> list[str]:
        """The metrics of the table."""
        return shown_metrics(self.means, self.accounts)

    @property
    def varying(self) -> list[str]:
        """The metrics that differ between points, those of the table first."""
        metrics = [
            str(name)
            for name in self.means.columns
            if name not in {*self.axes, _SEEDS} and not str(name).endswith(_INTERVAL)
        ]
        return [name for name in dict.fromkeys((*self.shown, *metrics)) if self._varies(name)]

    def is_number(self, name: str) -> bool:
        """Whether a column holds numbers; true and false are words."""
        return self.means[name].dtype.kind in "fiu"

    def _varies(self, name: str) -> bool:
        found = self.means[name].to_numpy(dtype=np.float64)
        found = found[np.isfinite(found)]
        return bool(len(found)) and bool(np.ptp(found) > _LEAST * np.abs(found).max())
