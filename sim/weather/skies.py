"""The skies of a run: that of the site, and those of participants with weather of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries
from sim.timeseries.year_draw import WEATHER_YEAR, YearDraw
from sim.weather.sky import Sky
from sim.weather.weather import TypicalYear, Weather

_SITE = "site"
_USUAL = TypicalYear()
_MOST = 2
_kept: dict[tuple[object, ...], tuple[Weather, Sky]] = {}
"""The last skies, each with its weather."""


class Skies:
    """The skies of a run, each made when it is first wanted.

    Args:
        weather: Weather of the site. Default: a typical year.
        calendar: Defines the time of elapsed second 0.
        horizon_s: Length of the run [s].
        stream: Gives the random stream of a name.
    """

    def __init__(
        self,
        weather: Weather | None,
        calendar: Calendar,
        horizon_s: float,
        stream: Callable[[str], np.random.Generator],
    ) -> None:
        self._weather = weather or _USUAL
        self._calendar = calendar
        self._horizon_s = horizon_s
        self._stream = stream
        self._site: Sky | None = None
        self._own: list[tuple[str, Sky]] = []

    def above(self, name: str, own: Weather | None = None) -> Sky:
        """The sky above a participant.

        Args:
            name: The participant.
            own: Its own weather, with its own draw of clouds. Default: the weather of the site, whose clouds
                all participants share.
        """
        if own is not None:
            self._own.append((name, self._made(own, name)))
            return self._own[-1][1]
        if self._site is None:
            self._site = self._made(self._weather, _SITE)
        return self._site

    def years(self) -> YearDraw | None:
        """Which recorded year each calendar year of the site has; None if its weather is not of several."""
        return self.above(_SITE).years

    def tell(
        self,
        play: Callable[[StepSeries, Callable[[float], None]], None],
        note: Callable[[str, str, str], None],
    ) -> None:
        """Enter an event at each start of a calendar year whose weather is drawn from several years.

        Args:
            play: Calls a function with the value of a series now and at each change.
            note: Enters an event, given by its owner, its name and a detail.
        """

        def enter(owner: str, draw: YearDraw, number: float) -> None:
            note(owner, WEATHER_YEAR, draw.said[int(number)])

        for name, sky in self._all():
            if sky.years is not None:
                play(sky.years.numbers, partial(enter, name, sky.years))

    def extents(self) -> tuple[str, ...]:
        """Which years the weather of the run stands for, for the notes of a report."""
        told = [(name, sky.extent()) for name, sky in self._all()]
        found = [f"weather{'' if name == _SITE else f' of {name}'}: {text}" for name, text in told if text]
        return tuple(dict.fromkeys(found))

    def same_for_all_seeds(self) -> bool:
        """Whether the run has weather, and none of it differs between seeds."""
        skies = [sky for _, sky in self._all()]
        return bool(skies) and not any(sky.differs_by_seed() for sky in skies)

    def _all(self) -> list[tuple[str, Sky]]:
        return [*([] if self._site is None else [(_SITE, self._site)]), *self._own]

    def _made(self, weather: Weather, owner: str) -> Sky:
        """A sky; runs of one process under the same weather, with the same draw of clouds, share it."""
        stream = self._stream(f"{owner}/clouds")
        run = self._calendar, self._horizon_s, repr(stream.bit_generator.state)
        key = id(weather), _files(weather), *run
        if key not in _kept:
            while len(_kept) >= _MOST:
                del _kept[next(iter(_kept))]
            _kept[key] = weather, Sky(weather, self._calendar, self._horizon_s, stream)
        return _kept[key][1]


def _files(weather: Weather) -> tuple[tuple[int, int], ...]:
    """The state of the files of a weather, which tells whether one has changed."""
    values = [
        one
        for value in weather.contents().values()
        for one in (value if isinstance(value, tuple) else (value,))
    ]
    states = [path.stat() for path in values if isinstance(path, Path) and path.is_file()]
    return tuple((state.st_mtime_ns, state.st_size) for state in states)
