"""The sky: one weather over one run, with its light and its sun, each computed once for all who ask."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.timeseries.calendar import Calendar
from sim.units import DEG_PER_HOUR, HOURS_PER_DAY, SECONDS_PER_HOUR
from sim.weather.sun import Sun, sun_at
from sim.weather.weather import TypicalYear, Weather
from sim.weather.weather_file import Place

if TYPE_CHECKING:
    import pandas as pd

_APART_H = 3.0
"""Hours between sun and clock beyond which a reader is told; zones that exist come near it."""


class Sky:
    """One weather over one run.

    Everything is computed when it is first asked for, and kept.

    Args:
        weather: The weather.
        calendar: Says which moment second 0 is.
        horizon_s: Length of the run [s].
        rng: Random stream of the sky, for its clouds.
    """

    def __init__(
        self, weather: Weather, calendar: Calendar, horizon_s: float, rng: np.random.Generator
    ) -> None:
        self._weather = weather
        self._calendar = calendar
        self._horizon_s = horizon_s
        self._rng = rng

    @cached_property
    def place(self) -> Place:
        """Where the weather is."""
        return self._weather.place()

    @cached_property
    def irradiance(self) -> pd.DataFrame:
        """Light, air and wind of each interval, as `Weather.irradiance` returns them."""
        return self._weather.irradiance(self._calendar, self._horizon_s, self._rng)

    @cached_property
    def sun(self) -> Sun:
        """Where the sun stands in the middle of each interval in which it is up then."""
        import pandas as pd

        return sun_at(self.place, pd.DatetimeIndex(self.irradiance.index))

    def caveat(self) -> str:
        """Where the weather is from, and how far its sun is from the clock of the site, in words."""
        place = self.place
        message = f"weather of {abs(place.latitude_deg):.1f} {'N' if place.latitude_deg >= 0.0 else 'S'}"
        message += f" {abs(place.longitude_deg):.1f} {'E' if place.longitude_deg >= 0.0 else 'W'}"
        if self._weather == TypicalYear():
            message += " by default"
        clock_h = (self._calendar.at(0.0).utcoffset() or timedelta()).total_seconds() / SECONDS_PER_HOUR
        half_h = HOURS_PER_DAY / 2.0
        behind_h = (clock_h - place.longitude_deg / DEG_PER_HOUR + half_h) % HOURS_PER_DAY - half_h
        if abs(behind_h) > _APART_H:
            side = "behind" if behind_h > 0.0 else "ahead of"
            message += f", whose sun is {abs(behind_h):.0f} h {side} the site's clock"
        return message
