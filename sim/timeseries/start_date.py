"""The start date: an uncertain date, drawn once a run."""

from __future__ import annotations

import numpy as np

from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import Instant, elapsed_s, said


class StartDate(Spec):
    """An uncertain date: drawn once a run from a triangular distribution."""

    earliest: Instant
    """Earliest date."""
    likely: Instant
    """Most likely date."""
    latest: Instant
    """Latest date."""

    def drawn_s(self, calendar: Calendar, rng: np.random.Generator) -> float:
        """Elapsed second of the date in this run."""
        low, mode, high = (elapsed_s(one, calendar) for one in (self.earliest, self.likely, self.latest))
        if not low <= mode <= high:
            raise self.refuse("likely", f"between {said(self.earliest)} and {said(self.latest)}")
        return float(rng.triangular(low, mode, high)) if low < high else low
