"""The request sums: what has happened to requests, counted as it happens.

Compiled if a C compiler is at hand, like `queue`.
"""

from __future__ import annotations

from array import array
from math import inf

FIELDS = (
    "arrived",
    "started",
    "served",
    "timed_out",
    "refused",
    "cut",
    "prompt_served",
    "output_served",
    "prompt_dropped",
    "output_dropped",
    "wait_s",
    "ttft_s",
    "tpot_s",
    "tpot_count",
    "latency_s",
    "met",
)
"""Sums of each kind: requests that arrived, started, were served, timed out, were refused because the queue
was full or were cut off because power failed; prompt and output tokens of requests served and dropped; waits
of requests that started; times to first token, times per output token and their number, latencies of requests
served; requests served within their objective."""

MEASURES = ("ttft_s", "tpot_s", "latency_s")
"""Histograms of each kind: time to first token, time per output token, latency."""

LOWEST_S = 2.0**-10
"""The first bound of the bins of the histograms."""
HIGHEST_S = 2.0**17
"""The last bound."""
BOUNDS_S = (*(LOWEST_S * 2.0 ** (at // 16) * (1.0 + at % 16 / 16) for at in range(27 * 16)), HIGHEST_S)
"""Bounds of the bins, from 1 ms to 36 h, at most 6 % apart. The first bin is below, the last one above."""

# the same as numbers of C
_ARRIVED, _STARTED, _SERVED = range(3)
_PROMPT_SERVED, _OUTPUT_SERVED, _PROMPT_DROPPED, _OUTPUT_DROPPED = range(6, 10)
_WAIT_S, _TTFT_S, _TPOT_S, _TPOT_COUNT, _LATENCY_S, _MET = range(10, 16)
_FIELDS = 16
_TTFT, _TPOT, _LATENCY = range(3)
_MEASURES = 3
# each doubling is divided into equal parts, so that bounds are exact
_OCTAVES = 27
_PARTS = 16
_BINS = _OCTAVES * _PARTS + 2


class RequestSums:
    """Sums and histograms of each kind of request.

    Attributes:
        values: The sums, `FIELDS` of each kind.
        bins: Requests in each bin of each histogram of each kind.
    """

    def __init__(self, ttft_s: array[float], tpot_s: array[float]) -> None:
        """Begin with zeros.

        Args:
            ttft_s: Objective of each kind for the time to first token.
            tpot_s: Objective of each kind for the time per output token.
        """
        self._ttft_s = ttft_s
        self._tpot_s = tpot_s
        bounds_s = [LOWEST_S * 2.0**octave for octave in range(_OCTAVES + 1)]
        self._octave_s = array("d", bounds_s + [inf] * (32 - _OCTAVES))
        self._per_octave = array("d", [1.0 / low_s for low_s in bounds_s])  # powers of two: exact
        self.values = array("d", bytes(8 * _FIELDS * len(ttft_s)))
        self.bins = array("q", bytes(8 * _MEASURES * _BINS * len(ttft_s)))

    def arrive(self, kind: int) -> None:
        """A request has arrived."""
        self.values[kind * _FIELDS + _ARRIVED] += 1.0

    def start(self, kind: int, wait_s: float) -> None:
        """A request starts, after a wait."""
        self.values[kind * _FIELDS + _STARTED] += 1.0
        self.values[kind * _FIELDS + _WAIT_S] += wait_s

    def drop(self, kind: int, reason: int, prompt: float, output: float) -> None:
        """A request has been dropped, with its tokens."""
        base = kind * _FIELDS
        self.values[base + reason] += 1.0
        self.values[base + _PROMPT_DROPPED] += prompt
        self.values[base + _OUTPUT_DROPPED] += output

    def serve(self, kind: int, ttft_s: float, latency_s: float, prompt: float, output: float) -> None:
        """A request has been served."""
        base = kind * _FIELDS
        self.values[base + _SERVED] += 1.0
        self.values[base + _PROMPT_SERVED] += prompt
        self.values[base + _OUTPUT_SERVED] += output
        self.values[base + _TTFT_S] += ttft_s
        self.values[base + _LATENCY_S] += latency_s
        self._count(kind, _TTFT, ttft_s)
        self._count(kind, _LATENCY, latency_s)
        is_met = ttft_s <= self._ttft_s[kind]
        if output > 1.0:
            tpot_s = (latency_s - ttft_s) / (output - 1.0)
            self.values[base + _TPOT_S] += tpot_s
            self.values[base + _TPOT_COUNT] += 1.0
            self._count(kind, _TPOT, tpot_s)
            is_met = is_met and tpot_s <= self._tpot_s[kind]
        if is_met:
            self.values[base + _MET] += 1.0

    def _count(self, kind: int, measure: int, time_s: float) -> None:
        """Count a time in a histogram."""
        at = (kind * _MEASURES + measure) * _BINS
        if time_s >= self._octave_s[_OCTAVES]:
            self.bins[at + _BINS - 1] += 1
        elif time_s < self._octave_s[0]:
            self.bins[at] += 1
        else:
            low = 16 * (time_s >= self._octave_s[16])  # without a branch
            low += 8 * (time_s >= self._octave_s[low + 8])
            low += 4 * (time_s >= self._octave_s[low + 4])
            low += 2 * (time_s >= self._octave_s[low + 2])
            low += time_s >= self._octave_s[low + 1]
            part = int((time_s * self._per_octave[low] - 1.0) * _PARTS)
            self.bins[at + 1 + low * _PARTS + part] += 1

    def copy(self, other: RequestSums) -> None:
        """Become as others of the same kinds."""
        self.values[:] = other.values
        self.bins[:] = other.bins
