"""The sky: the weather of one run with irradiance and solar position, each computed once and shared."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import deepcopy
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.year_draw import YearDraw
from sim.units import DEG_PER_HOUR, HOURS_PER_DAY, PERCENT, SECONDS_PER_HOUR
from sim.weather.humidity import wet_bulb_c
from sim.weather.sun import Sun, sun_at
from sim.weather.weather import TypicalYear, Weather
from sim.weather.weather_file import HUMIDITY, Place

if TYPE_CHECKING:
    import pandas as pd

_APART_H = 3.0
"""Difference between solar time and clock above which the caveat mentions it; real timezones come close
[h]."""


_MOST_PLANTS = 8
"""Plants of which a sky keeps what they give."""


class Sky:
    """The weather of one run.

    Everything is computed on first use and kept.

    Args:
        weather: The weather.
        calendar: Defines the time of elapsed second 0.
        horizon_s: Length of the run [s].
        rng: Random stream for the clouds.
    """

    def __init__(
        self, weather: Weather, calendar: Calendar, horizon_s: float, rng: np.random.Generator
    ) -> None:
        self._weather = weather
        self._calendar = calendar
        self._horizon_s = horizon_s
        self._rng = rng
        self._under: dict[Hashable, Array] = {}
        self.years: YearDraw | None = weather.years(calendar, horizon_s, deepcopy(rng))
        """Which recorded year each calendar year has, if there are several; `irradiance` draws the same."""

    def under(self, plant: Hashable, make: Callable[[], Array]) -> Array:
        """What a plant would give under this sky, made once for equal plants.

        Args:
            plant: The plant.
            make: Makes it.
        """
        if plant not in self._under:
            while len(self._under) >= _MOST_PLANTS:
                del self._under[next(iter(self._under))]
            self._under[plant] = make()
            self._under[plant].setflags(write=False)
        return self._under[plant]

    @cached_property
    def place(self) -> Place:
        """Location of the weather."""
        return self._weather.place()

    @cached_property
    def irradiance(self) -> pd.DataFrame:
        """Irradiance, air temperature and wind of each interval, as returned by `Weather.irradiance`."""
        return self._weather.irradiance(self._calendar, self._horizon_s, self._rng)

    @cached_property
    def sun(self) -> Sun:
        """Solar position at the middle of each interval at which the sun is above the horizon."""
        import pandas as pd

        return sun_at(self.place, pd.DatetimeIndex(self.irradiance.index))

    @cached_property
    def has_humidity(self) -> bool:
        """Whether its weather holds the relative humidity of every interval."""
        return HUMIDITY in self.irradiance and not self.irradiance[HUMIDITY].isna().any()

    def wet_bulb(self, assumed_humidity_pu: float) -> StepSeries:
        """Wet-bulb temperature of the air [degC].

        Args:
            assumed_humidity_pu: Relative humidity where the weather does not hold it.
        """
        frame = self.irradiance
        humidity_pu = np.full(len(frame), assumed_humidity_pu)
        if HUMIDITY in frame:
            held = frame[HUMIDITY].to_numpy() / PERCENT
            humidity_pu = np.where(np.isnan(held), humidity_pu, held)
        return StepSeries(frame["start_s"].to_numpy(), wet_bulb_c(frame["temp_air"].to_numpy(), humidity_pu))

    def extent(self) -> str:
        """Which years its weather stands for; empty if there is nothing to say."""
        return self._weather.extent(self.years)

    def differs_by_seed(self) -> bool:
        """Whether it differs between runs with different seeds."""
        return self._weather.differs_by_seed()

    def caveat(self) -> str:
        """Location of the weather and, if large, the offset of its solar time from the site's clock."""
        place = self.place
        message = f"weather at {abs(place.latitude_deg):.1f} {'N' if place.latitude_deg >= 0.0 else 'S'}"
        message += f" {abs(place.longitude_deg):.1f} {'E' if place.longitude_deg >= 0.0 else 'W'}"
        if self._weather == TypicalYear():
            message += " (default)"
        clock_h = (self._calendar.at(0.0).utcoffset() or timedelta()).total_seconds() / SECONDS_PER_HOUR
        half_h = HOURS_PER_DAY / 2.0
        behind_h = (clock_h - place.longitude_deg / DEG_PER_HOUR + half_h) % HOURS_PER_DAY - half_h
        if abs(behind_h) > _APART_H:
            side = "behind" if behind_h > 0.0 else "ahead of"
            message += f", where solar time is {abs(behind_h):.0f} h {side} the site's clock"
        return message
