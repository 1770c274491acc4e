"""Years of weather: several files of one place, of which each calendar year of a run has one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.errors import Problem, SpecError
from sim.files.text import check_file
from sim.timeseries.calendar import Calendar
from sim.timeseries.recorded_year import intervals, microseconds
from sim.timeseries.year_draw import YearDraw, year_starts_s
from sim.units import SECONDS_PER_MINUTE, hours, quantity
from sim.weather.frame import frame_of, middles_of
from sim.weather.weather import Weather
from sim.weather.weather_file import Place, WeatherYear, read_year

if TYPE_CHECKING:
    import pandas as pd

_APART_DEG = 0.05
"""Difference between the coordinates of one place in two files, by rounding to a tenth [deg]."""
_SHOWN = 12
"""Calendar years that are named one by one."""


class WeatherYears(Weather):
    """Years of weather from several files of one place, such as 2015 to 2024.

    Each calendar year of a run has the weather of one file. The file changes at New Year on the campus's
    clock, with the first interval that begins then or later. Within a calendar year a row of the file is used
    at the same month, day and hour of the files' own standard time, as in `typical_year`; 29 February uses
    the data of 28 February.
    """

    kind: Literal["weather_years"] = "weather_years"
    """The kind of weather."""

    files: Annotated[tuple[Path, ...], Field(min_length=1, max_length=200)]
    """A file for each year, in one of the formats of `typical_year`, each of one whole year. All are of one
    place, and have the same interval length and UTC offset."""

    draw: Literal["seed", "in order"] = "seed"
    """`seed`: each calendar year of a run draws one of the files, all with the same probability, from a
    random stream that depends on the seed and on nothing else on the campus. `in order`: the first calendar
    year of a run has the first file, the next one the second, and after the last the first again."""

    latitude_deg: Annotated[float | None, quantity("deg", ge=-90, le=90)] = None
    """Latitude, north positive [deg]; for CSV files only, because the other formats contain it."""

    longitude_deg: Annotated[float | None, quantity("deg", ge=-180, le=180)] = None
    """Longitude, east positive [deg]; for CSV files only."""

    altitude_m: Annotated[float | None, quantity("m", ge=-500, le=9000)] = None
    """Altitude above sea level [m]; for CSV files only. Default: 0 m."""

    def place(self) -> Place:
        """Location of the first file."""
        return self._place_of(read_year(self.files[0]))

    def years(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> YearDraw:
        """The file that each calendar year of the run has."""
        begins_s = year_starts_s(calendar, horizon_s)
        count = len(self.files)
        in_order = np.arange(len(begins_s)) % count
        chosen = rng.integers(count, size=len(begins_s)) if self.draw == "seed" else in_order
        found = [read_year(path) for path in self.files]
        names = tuple(year.name(path) for year, path in zip(found, self.files, strict=True))
        return YearDraw(begins_s, chosen, names, found[0].offset_s)

    def irradiance(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> pd.DataFrame:
        """The weather of the files mapped to the calendar; intervals begin at those of the files."""
        draw = self.years(calendar, horizon_s, rng)
        years = [read_year(path).recorded for path in self.files]
        start_s, local = intervals(calendar, horizon_s, years[0].step_s, draw.offset_s)
        places, values = draw.at(start_s), np.empty((len(local), years[0].values.shape[1]), order="F")
        for place in np.unique(places):
            values[places == place] = years[place].rows(local[places == place])
        middles = middles_of(local - microseconds(draw.offset_s), years[0].step_s)
        return frame_of(start_s, middles, values)

    def differs_by_seed(self) -> bool:
        """Several files do, if the seed draws them."""
        return self.draw == "seed" and len(self.files) > 1

    def extent(self, years: YearDraw | None) -> str:
        """The years of the run, or that there is one file only."""
        if len(self.files) == 1:
            return read_year(self.files[0]).alone(self.files[0])
        said = [] if years is None else [*years.said]
        rest = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
        by = "drawn by the seed" if self.draw == "seed" else "in order"
        return f"years {', '.join([*said[:_SHOWN], *rest])}, {by}"

    @model_validator(mode="after")
    def _files_are_of_one_place(self) -> Self:
        found: list[WeatherYear] = []
        problems = []
        for number, path in enumerate(self.files):
            try:
                check_file(path)
                found.append(read_year(path))
            except ValueError as error:
                problems.append(Problem((f"files[{number}]",), f"= {str(path)!r} {error}"))
        if not problems:
            problems = self._without_place(found) or self._differing(found)
        if problems:
            raise SpecError(self.title(), problems)
        return self

    def _without_place(self, found: list[WeatherYear]) -> list[Problem]:
        """Coordinates that are missing for a CSV file, or given without one."""
        bare = [path for year, path in zip(found, self.files, strict=True) if year.place is None]
        if not bare:
            given = [
                name
                for name in ("latitude_deg", "longitude_deg", "altitude_m")
                if getattr(self, name) is not None
            ]
            if given:
                raise self.refuse(given[0], "only with a CSV file; these files contain it")
            return []
        return [
            Problem((name,), f"is missing [deg]; the file {str(bare[0])!r} does not give it")
            for name in ("latitude_deg", "longitude_deg")
            if getattr(self, name) is None
        ]

    def _differing(self, found: list[WeatherYear]) -> list[Problem]:
        """The first file that does not fit the first one."""
        first = found[0]
        for number, (year, path) in enumerate(zip(found, self.files, strict=True)):
            here, there = self._place_of(year), self._place_of(first)
            apart = max(
                abs(here.latitude_deg - there.latitude_deg), abs(here.longitude_deg - there.longitude_deg)
            )
            if apart > _APART_DEG:
                message = f"is of {_place_said(here)}; allowed: the place of files[0], {_place_said(there)}"
            elif year.recorded.step_s != first.recorded.step_s:
                message = f"has intervals of {_step_said(year)}; allowed: {_step_said(first)}, as in files[0]"
            elif year.offset_s != first.offset_s:
                message = f"has a UTC offset of {hours(year.offset_s):g} h"
                message += f"; allowed: {hours(first.offset_s):g} h, as in files[0]"
            else:
                continue
            return [Problem((f"files[{number}]",), f"= {str(path)!r} {message}")]
        return []

    def _place_of(self, year: WeatherYear) -> Place:
        own = Place(self.latitude_deg or 0.0, self.longitude_deg or 0.0, self.altitude_m or 0.0)
        return year.place or own


def _place_said(place: Place) -> str:
    return f"{place.latitude_deg:g} deg north, {place.longitude_deg:g} deg east"


def _step_said(year: WeatherYear) -> str:
    return f"{year.recorded.step_s / SECONDS_PER_MINUTE:g} min"
