"""Arrivals: requests in the order of their arrival, drawn at a rate or replayed from a log.

Requests come in blocks, so that memory does not depend on their number.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.requests.request_class import RequestClass
from sim.timeseries.series import Array, StepSeries
from sim.workload.submissions import Gaps, OperationalTime

BLOCK = 65_536
"""The most requests in a block. Blocks are equal in all runs, so a longer run begins as a shorter one."""

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Requests:
    """Requests in the order of their arrival, as columns of equal length.

    Attributes:
        at_s: Times of arrival [s].
        kind: Places of their classes in the list of classes.
        prompt_tokens: Tokens of their prompts.
        output_tokens: Tokens that are generated for them.

    Raises:
        ValueError: If the columns differ in length.
    """

    at_s: Array
    kind: Indices
    prompt_tokens: Array
    output_tokens: Array

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns()}
        if len(lengths) != 1:
            raise ValueError(f"requests: columns have lengths {sorted(lengths)}; allowed: one length")

    def __len__(self) -> int:
        return len(self.at_s)

    def columns(self) -> tuple[Array, Indices, Array, Array]:
        """All columns, in the order of the attributes."""
        return self.at_s, self.kind, self.prompt_tokens, self.output_tokens

    def part(self, begin: int, end: int) -> Requests:
        """The requests at places from `begin` up to, but not including, `end`."""
        at_s, kind, prompt_tokens, output_tokens = self.columns()
        places = slice(begin, end)
        return Requests(at_s[places], kind[places], prompt_tokens[places], output_tokens[places])


def joined(blocks: Sequence[Requests]) -> Requests:
    """The requests of consecutive blocks as one."""
    if len(blocks) == 1:
        return blocks[0]
    empty = (np.empty(0), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
    rows = [empty, *(block.columns() for block in blocks)]
    at_s, kind, prompt_tokens, output_tokens = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Requests(at_s, kind, prompt_tokens, output_tokens)


class Arrivals(ABC):
    """Requests in the order of their arrival.

    A kind of arrivals implements `blocks`.
    """

    @abstractmethod
    def blocks(self) -> Iterator[Requests]:
        """The requests from the first one on, in blocks of at most `BLOCK`.

        Each call begins again and gives the same requests.
        """


class ArrivalReader:
    """Reads arrivals in windows. The requests do not depend on the windows."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._blocks = arrivals.blocks()
        self._rest: Requests | None = joined([])

    def before(self, t_s: float) -> Requests:
        """The requests that arrive before an instant and have not been read.

        Args:
            t_s: The instant [s], excluded.
        """
        found = []
        while self._rest is not None:
            count = int(self._rest.at_s.searchsorted(t_s, "left"))
            if count:
                found.append(self._rest.part(0, count))
            if count < len(self._rest):
                self._rest = self._rest.part(count, len(self._rest))
                break
            self._rest = next(self._blocks, None)
        return joined(found)


class RandomArrivals(Arrivals):
    """Requests drawn at a rate that varies over time.

    Times of arrival are a stationary renewal process in operational time, which is the integral of the rate
    (see `sim.workload.submissions`). Classes and tokens are drawn independently. Gaps, classes and the tokens
    of each class have random streams of their own: a change of one leaves the draws of the others unchanged.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        rate_per_s: StepSeries,
        horizon_s: float,
        classes: Sequence[RequestClass],
        gap_cv: float = 1.0,
    ) -> None:
        """Prepare the draws.

        Args:
            rng: Its seed gives those of the draws; nothing is drawn from it.
            rate_per_s: Mean number of requests in a second.
            horizon_s: Length of the run [s]; requests arrive before its end.
            classes: The classes of requests.
            gap_cv: Coefficient of variation of the gaps at a constant rate. Default: 1, a Poisson process.

        Raises:
            ValueError: If the rate is negative or does not cover the run, or there are no classes.
        """
        if not (0.0 < horizon_s < math.inf and rate_per_s.covers(0.0, horizon_s)):
            raise ValueError(
                f"arrivals: horizon_s = {horizon_s:g} s; allowed: above 0 s, and covered by rate_per_s"
            )
        if rate_per_s.values.min() < 0.0:
            raise ValueError(
                f"arrivals: rate_per_s = {rate_per_s.values.min():g} 1/s; allowed: at least 0 1/s"
            )
        if not (math.isfinite(gap_cv) and gap_cv > 0.0):
            raise ValueError(f"arrivals: gap_cv = {gap_cv:g}; allowed: a finite number above 0")
        if not classes:
            raise ValueError("arrivals: classes is empty; at least one class is needed")
        self._time = OperationalTime(rate_per_s, horizon_s, per_s=1.0)
        self._horizon_s = horizon_s
        self._classes = tuple(classes)
        self._gap_cv = gap_cv
        # streams of a class have fixed numbers: one more class leaves those of the others unchanged
        self._seeds = _seed_sequence(rng).spawn(2 + 2 * len(self._classes))

    @property
    def expected(self) -> float:
        """Expected number of requests in the run."""
        return self._time.expected

    def blocks(self) -> Iterator[Requests]:
        """The requests of the run, in blocks."""
        gaps, kinds, *tokens = (np.random.Generator(np.random.PCG64(seed)) for seed in self._seeds)
        passed = self._first_gap(gaps)
        count = BLOCK
        while count == BLOCK:
            reached, passed = self._reached(gaps, passed)
            at_s = self._time.elapsed_s(reached)
            count = int(at_s.searchsorted(self._horizon_s, "left"))
            if count:
                yield self._block(at_s[:count], kinds, tokens)

    def _first_gap(self, rng: np.random.Generator) -> float:
        """The operational time of the first request."""
        if self._gap_cv == 1.0:
            return float(rng.standard_exponential())
        return Gaps(self._gap_cv).first(*rng.random(2))

    def _reached(self, rng: np.random.Generator, passed: float) -> tuple[Array, float]:
        """The operational times of the requests of a block, and of the first one after it."""
        if self._gap_cv == 1.0:
            gaps = rng.standard_exponential(BLOCK)
        else:
            gaps = rng.standard_gamma(self._gap_cv**-2, BLOCK)
            gaps *= self._gap_cv**2
        reached = np.empty(BLOCK + 1)
        reached[0] = 0.0
        np.cumsum(gaps, out=reached[1:])
        reached += passed
        return reached[:-1], float(reached[-1])

    def _block(
        self, at_s: Array, kinds: np.random.Generator, tokens: Sequence[np.random.Generator]
    ) -> Requests:
        """The requests that arrive at these times."""
        count = len(at_s)
        if len(self._classes) == 1:
            of_all = self._classes[0]
            prompt_tokens = of_all.prompt_tokens.draw(tokens[0], count)
            output_tokens = of_all.output_tokens.draw(tokens[1], count)
            return Requests(at_s, np.zeros(count, dtype=np.int64), prompt_tokens, output_tokens)
        kind = _chosen(kinds.random(count), [each.share for each in self._classes])
        prompt_tokens, output_tokens = np.empty(count), np.empty(count)
        for place, each in enumerate(self._classes):
            here = np.flatnonzero(kind == place)
            prompt_tokens[here] = each.prompt_tokens.draw(tokens[2 * place], len(here))
            output_tokens[here] = each.output_tokens.draw(tokens[2 * place + 1], len(here))
        return Requests(at_s, kind, prompt_tokens, output_tokens)


class TracedArrivals(Arrivals):
    """Requests of a log, replayed once or again and again."""

    def __init__(
        self,
        requests: Requests,
        *,
        start_s: float = 0.0,
        horizon_s: float = math.inf,
        period_s: float | None = None,
    ) -> None:
        """Check that the requests can be replayed.

        Args:
            requests: The requests, with times since the beginning of the log.
            start_s: When the log begins [s].
            horizon_s: Length of the run [s]; requests arrive before its end.
            period_s: Time from one beginning of the log to the next [s]. Default: it is replayed once.

        Raises:
            ValueError: If requests are not in the order of arrival, or a period is shorter than the log.
        """
        late = np.diff(requests.at_s) < 0.0
        if late.any():
            at = int(late.argmax()) + 1
            found = f"at_s[{at}] = {requests.at_s[at]:g} s"
            raise ValueError(f"requests: {found} is before at_s[{at - 1}] = {requests.at_s[at - 1]:g} s")
        last_s = float(requests.at_s[-1]) if len(requests) else 0.0
        if period_s is not None and not last_s < period_s < math.inf:
            raise ValueError(f"requests: period_s = {period_s:g} s; allowed: above {last_s:g} s and finite")
        self._requests = requests
        self._start_s, self._horizon_s, self._period_s = start_s, horizon_s, period_s

    def blocks(self) -> Iterator[Requests]:
        """The requests of the run, in blocks; without end if they repeat and the run has none."""
        if not len(self._requests):
            return
        replay = 0
        while True:
            begin_s = self._start_s + replay * (self._period_s or 0.0)
            for begin in range(0, len(self._requests), BLOCK):
                part = self._requests.part(begin, begin + BLOCK)
                at_s = part.at_s + begin_s
                count = int(at_s.searchsorted(self._horizon_s, "left"))
                if count:
                    yield replace(part.part(0, count), at_s=at_s[:count])
                if count < len(part):
                    return
            if self._period_s is None:
                return
            replay += 1


def _seed_sequence(rng: np.random.Generator) -> np.random.SeedSequence:
    """The seed of a generator."""
    seeds = rng.bit_generator.seed_seq
    if not isinstance(seeds, np.random.SeedSequence):
        raise TypeError(f"arrivals: rng has no seed sequence; it has {type(seeds).__name__}")
    return seeds


def _chosen(uniform: Array, weights: Sequence[float]) -> Indices:
    """Places in a list, drawn by weight."""
    limits = np.cumsum(weights)
    found = np.zeros(len(uniform), dtype=np.int64)
    for limit in (limits / limits[-1])[:-1]:
        found += uniform >= limit
    return found
