"""The forecast: what a scheduler expects of price, carbon intensity or shortage, with a stated error."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from math import ceil, inf, sqrt
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny

from sim.spec import Kind
from sim.timeseries.series import Array, StepSeries
from sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR, DurationHours, quantity, seconds

_MOST_REMEMBERED = 100_000
_TIE = 1e-9
"""Windows whose mean values differ by less, relative to the highest value forecast, cost the same."""


class ForecastModel(Kind):
    """How a forecast is made, and so how wrong it is."""

    members: ClassVar[dict[str, type[Kind]]]

    @property
    def every_s(self) -> float:
        """Time between two issues of the forecast [s]; infinite if there is only one issue."""
        return inf

    @abstractmethod
    def profile(self, actual: StepSeries, issue: int, until_s: float, seed: int) -> StepSeries:
        """The profile of an issue, from the instant `issue * every_s` on, or from the start of the series.

        Args:
            actual: What happens, of which a model uses only what it says that it uses.
            issue: Number of the issue; that of the start of the run is 0.
            until_s: Elapsed seconds that the profile reaches; up to there it does not depend on them.
            seed: Seed of the errors.
        """

    @abstractmethod
    def describe(self) -> str:
        """The forecast and its error in words."""


AnyForecast = SerializeAsAny[Annotated[ForecastModel, BeforeValidator(ForecastModel.build)]]
"""A forecast of any kind, also as plain data."""


class PerfectForecast(ForecastModel):
    """Perfect foresight: the profile is what happens. It is the upper bound of what a forecast is worth."""

    kind: Literal["perfect"] = "perfect"

    def profile(self, actual: StepSeries, issue: int, until_s: float, seed: int) -> StepSeries:  # noqa: ARG002 - it is the same for all
        """What happens."""
        return _cut(actual, actual.start_s, until_s)

    def describe(self) -> str:
        """The forecast in words."""
        return "perfect foresight of the values of the run"


class _Issued(ForecastModel):
    """A forecast that is issued again and again."""

    kind: str
    issued_every_h: DurationHours = 1.0
    """Time between two issues. Between them the forecast stays the same. Default: assumed."""

    @property
    def every_s(self) -> float:
        """Time between two issues [s]."""
        return seconds(self.issued_every_h)


class PersistenceForecast(_Issued):
    """The next days are like the last 24 hours: the expected value is that of 24 h before, or of a multiple.

    In the first day of a series that has no past, the value at the issue is expected for all times.
    """

    kind: Literal["persistence"] = "persistence"

    def profile(self, actual: StepSeries, issue: int, until_s: float, seed: int) -> StepSeries:  # noqa: ARG002 - it has no error drawn
        """The last 24 hours, repeated."""
        issued_s = issue * self.every_s
        if issued_s - SECONDS_PER_DAY < actual.start_s:
            return StepSeries(np.array([issued_s]), actual.values_at(np.array([issued_s])))
        past = _cut(actual, issued_s - SECONDS_PER_DAY, issued_s)
        days = np.arange(1, max(1, ceil((until_s - issued_s) / SECONDS_PER_DAY)) + 1)
        times_s = (days[:, None] * SECONDS_PER_DAY + past.times_s).ravel()
        times_s, first = np.unique(times_s, return_index=True)
        return StepSeries(times_s, np.tile(past.values, len(days))[first])

    def describe(self) -> str:
        """The forecast in words."""
        return f"the values of 24 h before, issued every {self.issued_every_h:g} h"


class NoisyForecast(_Issued):
    """The value that will occur, with a relative error that grows with the lead time.

    The error is a random walk with a step each hour of lead: none in the first hour after the issue,
    `error_pu` after a day, `error_pu` times the square root of the days after that. Each issue has errors of
    its own.
    """

    kind: Literal["noisy"] = "noisy"
    error_pu: Annotated[float, quantity("pu", ge=0, le=2)]
    """Standard deviation of the relative error a day ahead; of its logarithm if it is lognormal."""
    distribution: Literal["normal", "lognormal"] = "normal"
    """Distribution of the error. A lognormal one never changes the sign of a value; both have no bias."""

    def profile(self, actual: StepSeries, issue: int, until_s: float, seed: int) -> StepSeries:
        """What happens, times one plus the error."""
        issued_s = issue * self.every_s
        leads_h: Array = np.arange(float(max(1, ceil((until_s - issued_s) / SECONDS_PER_HOUR))))
        draws = np.random.default_rng([seed, issue]).standard_normal(len(leads_h) - 1)
        walk: Array = np.append(0.0, np.cumsum(draws)) * self.error_pu / sqrt(HOURS_PER_DAY)
        if self.distribution == "normal":
            factor: Array = 1.0 + walk
        else:  # a mean of one needs minus half the variance
            factor = np.exp(walk - 0.5 * self.error_pu**2 * leads_h / HOURS_PER_DAY)
        return _cut(actual, issued_s, until_s) * StepSeries(issued_s + leads_h * SECONDS_PER_HOUR, factor)

    def describe(self) -> str:
        """The forecast and its error in words."""
        return (
            f"the values of the run with a {self.distribution} relative error of {self.error_pu:g} pu a day "
            f"ahead that grows with the square root of the lead time, issued every {self.issued_every_h:g} h"
        )


@dataclass(eq=False, slots=True)
class Forecast:
    """The forecast of one series during a run.

    What it answers depends on the series, the model, the seed and the instant only; it remembers answers.

    Attributes:
        model: How it is made.
        actual: What happens. After its end its last value holds.
        seed: Seed of its errors.
    """

    model: ForecastModel
    actual: StepSeries
    seed: int = 0
    _issue: int = field(default=-1, init=False)
    _profile: StepSeries | None = field(default=None, init=False)
    _until_s: float = field(default=-inf, init=False)
    _edges_s: Array = field(default_factory=lambda: np.zeros(0), init=False)
    _integral: Array = field(default_factory=lambda: np.zeros(0), init=False)
    _chosen: dict[tuple[float, float], float] = field(default_factory=dict, init=False)

    def describe(self) -> str:
        """The forecast and its error in words."""
        return self.model.describe()

    def renewed_s(self, now_s: float) -> float:
        """The instant of the next issue [s]; infinite if there is none."""
        every_s = self.model.every_s
        return inf if every_s == inf else (self._issue_at(now_s) + 1) * every_s

    def profile(self, now_s: float, until_s: float) -> StepSeries:
        """What is expected now, up to an instant [s] or further."""
        issue = self._issue_at(now_s)
        if issue != self._issue:
            self._issue, self._until_s = issue, -inf
            self._chosen.clear()
        if self._profile is None or until_s > self._until_s:
            self._until_s = until_s + (until_s - now_s)  # further than needed: longer jobs ask later
            self._profile = profile = self.model.profile(self.actual, issue, self._until_s, self.seed)
            self._edges_s = np.append(profile.times_s, max(self._until_s, profile.times_s[-1] + 1.0))
            pieces = np.diff(self._edges_s) * profile.values
            self._integral = np.append(0.0, np.cumsum(pieces))
        return self._profile

    def best_start_s(self, now_s: float, latest_s: float, length_s: float) -> float:
        """The start of the window with the lowest integral; the earliest of several [s].

        It is exact: the integral over a window is linear in its start between the starts at which either end
        of the window meets a step of the profile, so one of these is the best. A window without a latest
        start, or of unknown length, starts now.

        Args:
            now_s: The earliest start.
            latest_s: The latest start.
            length_s: Length of the window.
        """
        if not (now_s < latest_s < inf and length_s < inf):
            return now_s
        profile = self.profile(now_s, latest_s + length_s)
        start_s = self._chosen.get((latest_s, length_s), -inf)
        if start_s < now_s:
            if len(self._chosen) >= _MOST_REMEMBERED:
                self._chosen.clear()
            start_s = self._chosen[latest_s, length_s] = self._search_s(profile, now_s, latest_s, length_s)
        return start_s

    def _search_s(self, profile: StepSeries, now_s: float, latest_s: float, length_s: float) -> float:
        edges_s = profile.times_s
        first, last = edges_s.searchsorted((now_s, latest_s))
        begin, end = edges_s.searchsorted((now_s + length_s, latest_s + length_s))
        meets_s = np.concatenate([edges_s[first:last], edges_s[begin:end] - length_s])
        starts_s = np.unique(np.concatenate([[now_s, latest_s], meets_s.clip(now_s, latest_s)]))
        costs = self._until(starts_s + length_s) - self._until(starts_s)
        tie = _TIE * length_s * float(np.abs(profile.values).max())
        return float(starts_s[int((costs <= costs.min() + tie).argmax())])

    def _until(self, times_s: Array) -> Array:
        """The integral of the profile up to instants."""
        return np.interp(times_s, self._edges_s, self._integral)

    def _issue_at(self, now_s: float) -> int:
        every_s = self.model.every_s
        if every_s == inf:
            return 0
        issue = int(now_s // every_s)
        return issue + ((issue + 1) * every_s <= now_s)  # the quotient may be rounded down


def _cut(actual: StepSeries, start_s: float, end_s: float) -> StepSeries:
    """A series from one instant to another; its last value holds from then on."""
    first = max(0, int(actual.times_s.searchsorted(start_s, "right")) - 1)
    last = max(int(actual.times_s.searchsorted(end_s)), first + 1)
    times_s = actual.times_s[first:last].copy()
    times_s[0] = max(times_s[0], start_s)
    return StepSeries(times_s, actual.values[first:last])
