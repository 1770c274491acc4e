"""The weather of a location: irradiance, air temperature and wind over simulated time, as plain data."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny, model_validator

from sim.errors import Problem, SpecError
from sim.files.text import check_file
from sim.spec import Kind
from sim.timeseries.calendar import Calendar
from sim.timeseries.recorded_year import intervals, microseconds
from sim.timeseries.year_draw import YearDraw
from sim.units import (
    SECONDS_PER_MINUTE,
    Celsius,
    DurationHours,
    Fraction,
    Latitude,
    Longitude,
    hours,
    quantity,
)
from sim.weather import clouds
from sim.weather.frame import frame_of, middles_of
from sim.weather.sun import Sun, daily, sun_at
from sim.weather.weather_file import COLUMNS, Place, WeatherYear, read_year, shipped_file

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


class Weather(Kind):
    """A source of weather data. The solar position is that of its location."""

    @abstractmethod
    def place(self) -> Place:
        """Location of the weather."""

    @abstractmethod
    def irradiance(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> pd.DataFrame:
        """The weather from second 0 or before to at least the horizon, constant within each interval.

        Args:
            calendar: Defines the time of elapsed second 0.
            horizon_s: Length of the run [s].
            rng: Random stream of the site or the participant.

        Returns:
            One row per interval, indexed by the MIDDLE of the interval in UTC, at which the solar position is
            evaluated. Columns: `start_s`, the elapsed second at which the interval begins (the first is at
            most 0), then `ghi`, `dni`, `dhi` [W/m2], `temp_air` [degC] and `wind_speed` [m/s]; and, if it is
            known, `relative_humidity` [%], NaN where it is missing.
        """

    def years(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> YearDraw | None:  # noqa: ARG002 - for those that draw
        """Which of several recorded years each calendar year of the run has. Default: there are not several.

        It takes the same arguments as `irradiance`; with the same stream it gives the years of its rows.
        """
        return None

    def differs_by_seed(self) -> bool:
        """Whether it differs between runs with different seeds. Default: yes."""
        return True

    def extent(self, years: YearDraw | None) -> str:  # noqa: ARG002 - for those that draw
        """Which years it stands for, for the notes of a report; empty if there is nothing to say.

        Args:
            years: What `years` gave.
        """
        return ""


AnyWeather = Annotated[SerializeAsAny[Weather], BeforeValidator(Weather.build)]
"""A field for any kind of weather."""


class TypicalYear(Weather):
    """A year of weather from a file, repeated on the simulated calendar.

    A row of the file is used at the same month, day and hour of the file's own STANDARD time. Daylight saving
    of the simulated calendar therefore does not shift the sun. 29 February uses the data of 28 February.
    """

    kind: Literal["typical_year"] = "typical_year"
    """The kind of weather."""

    file: Path | None = None
    """A TMY3 file, an EPW file, or a CSV file. The first column of a CSV file is the start of each interval,
    with a UTC offset; the other columns are ghi, dni, dhi [W/m2], temp_air [degC] and wind_speed [m/s], and
    if it is known relative_humidity [%].
    Default: the TMY3 year of Greensboro, North Carolina (station 723170, 36.1 N 79.95 W, 273 m), included in
    pvlib."""

    latitude_deg: Annotated[float | None, quantity("deg", ge=-90, le=90)] = None
    """Latitude, north positive [deg]; for a CSV file only, because the other formats contain it."""

    longitude_deg: Annotated[float | None, quantity("deg", ge=-180, le=180)] = None
    """Longitude, east positive [deg]; for a CSV file only."""

    altitude_m: Annotated[float | None, quantity("m", ge=-500, le=9000)] = None
    """Altitude above sea level [m]; for a CSV file only. Default: 0 m."""

    def place(self) -> Place:
        """Location at which the year was measured."""
        return self._year().place or Place(
            self.latitude_deg or 0.0, self.longitude_deg or 0.0, self.altitude_m or 0.0
        )

    def irradiance(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> pd.DataFrame:  # noqa: ARG002 - a file needs no random draws
        """The weather of the file mapped to the calendar; intervals begin at those of the file."""
        year = self._year()
        start_s, local = intervals(calendar, horizon_s, year.recorded.step_s, year.offset_s)
        middles = middles_of(local - microseconds(year.offset_s), year.recorded.step_s)
        return frame_of(start_s, middles, year.recorded.rows(local))

    def differs_by_seed(self) -> bool:
        """A file does not differ."""
        return False

    def extent(self, years: YearDraw | None) -> str:  # noqa: ARG002 - there is one year
        """That it is one year, and which."""
        return self._year().alone(self.file or shipped_file())

    def _year(self) -> WeatherYear:
        return read_year(self.file or shipped_file())

    @model_validator(mode="after")
    def _file_can_be_used(self) -> Self:
        if self.file is None:
            self._only_with_a_csv()
            return self
        shown = f"= {str(self.file)!r}"
        try:
            check_file(self.file)
            year = read_year(self.file)
        except ValueError as error:
            raise SpecError(self.title(), [Problem(("file",), f"{shown} {error}")]) from None
        if year.place:
            self._only_with_a_csv()
        elif self.latitude_deg is None or self.longitude_deg is None:
            absent = "latitude_deg" if self.latitude_deg is None else "longitude_deg"
            raise SpecError(
                self.title(), [Problem((absent,), f"is missing [deg]; the file {shown[2:]} does not give it")]
            )
        return self

    def _only_with_a_csv(self) -> None:
        for field in ("latitude_deg", "longitude_deg", "altitude_m"):
            if getattr(self, field) is not None:
                raise self.refuse(field, "only with a CSV file; this file contains it")


class ClearSky(Weather):
    """A clear sky with randomly varying cloud cover, for any location on Earth.

    The clear-sky model is that of Ineichen and Perez (2002), computed by pvlib. Cloud cover has a beta
    distribution (Falls 1974, "a statistical model for world cloud cover", J. Geophys. Res. 79). It is
    transformed from an Ornstein-Uhlenbeck process, which is exact at any step. Clouds reduce global
    irradiance by Kasten and Czeplak (Solar Energy 24, 1980): 1 - 0.75 cover^3.4. Direct irradiance is reduced
    by the ratio of cloudy to clear direct irradiance in the Erbs-Driesse decomposition of pvlib.
    """

    kind: Literal["clear_sky"] = "clear_sky"
    """The kind of weather."""

    latitude_deg: Latitude
    """Latitude, north positive [deg]."""

    longitude_deg: Longitude
    """Longitude, east positive [deg]."""

    altitude_m: Annotated[float, quantity("m", ge=-500, le=9000)] = 0.0
    """Altitude above sea level [m]."""

    cloudiness: Fraction = 0.48
    """Mean cloud cover; 0 is always clear. Default: mean opaque sky cover in the TMY3 year of Greensboro,
    North Carolina (0.481)."""

    cloud_concentration: Annotated[float, quantity("", ge=0.01, le=100)] = 0.49
    """Sum of the two parameters of the beta distribution of cloud cover. Below 2 the sky is mostly either
    clear or overcast. Default: from the mean and variance (0.168) of the same sky cover."""

    correlation_h: DurationHours = 14.0
    """Time over which the autocorrelation of the cloud process falls to 1/e [h]. Default: fitted to the same
    sky cover, whose autocorrelation is 0.89 over 1 h and 0.75 over 3 h."""

    linke_turbidity: Annotated[float | None, quantity("", ge=1, le=10)] = None
    """Linke turbidity at air mass 2. Default: monthly means of the location from the SoDa map included in
    pvlib."""

    temp_air_c: Celsius = 15.0
    """Constant air temperature [degC]. Default: standard atmosphere at sea level, ISO 2533."""

    wind_speed_m_per_s: Annotated[float, quantity("m/s", ge=0, le=100)] = 3.0
    """Constant wind speed at 10 m above ground [m/s]. Default: mean of the Greensboro TMY3 year (3.05)."""

    step_min: Annotated[float, quantity("min", ge=1, le=60)] = 15.0
    """Length of an interval [min]. Default: the usual demand interval (assumed)."""

    def place(self) -> Place:
        """The location given by the fields."""
        return Place(self.latitude_deg, self.longitude_deg, self.altitude_m)

    def irradiance(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> pd.DataFrame:
        """Clear-sky irradiance reduced by a new draw of clouds; intervals begin at whole steps in UTC."""
        step_s = self.step_min * SECONDS_PER_MINUTE
        start_s, utc = intervals(calendar, horizon_s, step_s, 0.0)
        values = np.zeros((len(utc), len(COLUMNS)), order="F")
        values[:, 3:] = self.temp_air_c, self.wind_speed_m_per_s
        middles, drift = middles_of(utc, step_s), self._drift(len(utc), rng)
        sun = sun_at(self.place(), middles)
        cover, turbidity = self._cover(drift[sun.rows]), self._turbidity(middles[sun.rows])
        for block in sun.blocks():
            light = self._daylight(sun.part(block), turbidity[block], cover[block])
            for column, irradiance in enumerate(light):
                values[sun.rows[block], column] = irradiance
        return frame_of(start_s, middles, values)

    def cloud_cover(self, intervals: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Cloud cover as a share of the sky, one value per interval."""
        return self._cover(self._drift(intervals, rng))

    def _drift(self, intervals: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        kept = math.exp(-hours(self.step_min * SECONDS_PER_MINUTE) / self.correlation_h)
        return clouds.drift(intervals, kept, rng)

    def _cover(self, drift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return clouds.cover(drift, self.cloudiness, self.cloud_concentration)

    def _daylight(
        self, sun: Sun, turbidity: npt.NDArray[np.float64], cover: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], ...]:
        """Global, direct and diffuse irradiance [W/m2] while the sun is above the horizon."""
        from pvlib import atmosphere, clearsky, irradiance

        zenith_deg, extra = sun.zenith_deg, sun.extra_w_per_m2
        air_mass = atmosphere.get_absolute_airmass(sun.air_mass, atmosphere.alt2pres(self.altitude_m))
        clear = clearsky.ineichen(zenith_deg, air_mass, turbidity, self.altitude_m, extra)
        ghi = clear["ghi"] * (1.0 - 0.75 * cover**3.4)
        beam = irradiance.erbs_driesse(ghi, zenith_deg, dni_extra=extra)["dni"]
        clear_beam = irradiance.erbs_driesse(clear["ghi"], zenith_deg, dni_extra=extra)["dni"]
        share = np.divide(beam, clear_beam, out=np.zeros_like(ghi), where=clear_beam > 0.0)
        dni = clear["dni"] * np.minimum(share, 1.0)
        dhi = np.maximum(0.0, ghi - dni * np.cos(np.radians(zenith_deg)))
        return ghi, dni, dhi

    def _turbidity(self, middles: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
        if self.linke_turbidity is not None:
            return np.full(len(middles), self.linke_turbidity)
        return daily(middles.as_unit("us").asi8, self._turbidity_of)

    def _turbidity_of(self, days: pd.DatetimeIndex) -> npt.ArrayLike:
        from pvlib.clearsky import lookup_linke_turbidity

        with warnings.catch_warnings():
            # pvlib 0.16 asks pandas 3 for `dayofyear`, which warns that its name will change in pandas 4
            warnings.filterwarnings("ignore", "DatetimeIndex.dayofyear is deprecated", DeprecationWarning)
            return np.asarray(lookup_linke_turbidity(days, self.latitude_deg, self.longitude_deg))
