"""Air: weather whose temperature and humidity a test gives, hour by hour."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.timeseries.calendar import Calendar
from sim.timeseries.recorded_year import intervals
from sim.weather.frame import frame_of, middles_of
from sim.weather.weather import Weather
from sim.weather.weather_file import Place


class Air(Weather):
    """Air of these temperatures, one for each hour of the run, then again from the first; without light."""

    kind: Literal["test_air"] = "test_air"
    air_c: tuple[float, ...]
    humidity_pu: float | None = None

    def place(self) -> Place:
        return Place(0.0, 0.0, 0.0)

    def irradiance(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> pd.DataFrame:  # noqa: ARG002
        start_s, utc = intervals(calendar, horizon_s, 3600.0, 0.0)
        columns: list[Any] = [np.zeros(len(utc)) for _ in range(5)]
        columns[3] = np.resize(self.air_c, len(utc))
        if self.humidity_pu is not None:
            columns.append(np.full(len(utc), 100.0 * self.humidity_pu))
        return frame_of(start_s, middles_of(utc, 3600.0), np.column_stack(columns))
