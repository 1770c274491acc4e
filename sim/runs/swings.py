"""Swings of power: how fast a recorded power changes, and in which rhythm.

Steps and changes over minutes are exact. The 99th percentile is of the steps between means over 2 s. Lines
are looked for in the spectrum of these means, so a period below 5 s is not found. Their amplitude is the
exact Fourier coefficient of the recorded step function in a Hann window. A run of which only means were
recorded shows no swings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.books.closed import Changes, Flow, changes
from sim.errors import Problem, SpecError, nearest
from sim.runs.run import Run
from sim.timeseries.series import Array, StepSeries

SAMPLE_S = 2.0
"""Length of a sample, over which power is averaged [s]."""
_STRETCH = 8192
"""Samples of a stretch of the spectrum (4.6 h); a long run is divided into stretches that overlap by half."""
_FEWEST = 16
"""Fewest samples that have a spectrum."""
_SHORTEST_S = 5.0
"""Shortest period of a line; a mean over 2 s takes too much of a shorter one."""
_CYCLES = 8
"""Fewest cycles in a stretch that make a line."""
_LEAST_PU = 0.05
"""Least amplitude of a line, in parts of the strongest; side lobes of the Hann window are below 0.03."""
_ABOVE_MEDIAN = 5.0
"""Least amplitude of a line, in medians of the spectrum; white noise stays below 3.5."""
_NOTHING_MW = 1e-9
_HANN = np.array([-1.0, 2.0, -1.0])
"""Weights of the three integrals that give the amplitude in a Hann window."""


@dataclass(frozen=True)
class Line:
    """A rhythm of a power: the fundamental of a cycle.

    Attributes:
        period_s: Its period.
        amplitude_mw: Half of its swing from crest to trough.
    """

    period_s: float
    amplitude_mw: float


@dataclass(frozen=True)
class Swings:
    """The swings of a power.

    Attributes:
        changes: Largest step, and largest changes over 1, 5 and 15 min.
        step_2s_p99_mw: Value that 99 % of the steps between consecutive means over 2 s do not exceed.
        lines: Lines of the spectrum, the strongest first.
    """

    changes: Changes
    step_2s_p99_mw: float
    lines: tuple[Line, ...]


def power_of(run: Run, of: str = "load") -> StepSeries:
    """A recorded power of a run [MW].

    Args:
        run: The run.
        of: `load` for the load served, `import` for import less export, or the name of a flow, such as
            `chat.served_mw`.

    Raises:
        SpecError: If there is no such flow, or only means were recorded.
    """
    if run.record_s is not None:
        message = f"= {run.record_s:g} s; means do not show swings; run it again and record every change"
        raise SpecError("swings", [Problem(("record_s",), message)])
    books, gains = run.books, {"load": (Flow.SERVED,), "import": (Flow.IMPORT,)}
    if of in gains:
        added = [column.label in gains[of] for column in books.columns]
        taken = [of == "import" and column.label == Flow.EXPORT for column in books.columns]
        mw = books.flows[added].sum(axis=0) - books.flows[taken].sum(axis=0)
    else:
        names = [column.name for column in books.columns]
        if of not in names:
            known = [*gains, *names]
            raise SpecError("swings", [Problem(("of",), f"= {of!r} does not exist{nearest(of, known)}")])
        mw = books.flows[names.index(of)]
    return StepSeries(books.t_s, mw, books.horizon_s)


def swings(run: Run, of: str = "load") -> Swings:
    """The swings of a recorded power of a run; see `power_of`."""
    return swings_of(power_of(run, of))


def swings_of(power: StepSeries) -> Swings:
    """The swings of a power from its start to its end [MW]."""
    samples = samples_of(power)
    steps = np.abs(np.diff(samples))
    found = [Line(line.period_s, _amplitude(power, line.period_s)) for line in lines_of(samples)]
    found.sort(key=lambda line: -line.amplitude_mw)
    return Swings(
        changes=changes(np.append(power.times_s, power.end_s), power.values),
        step_2s_p99_mw=float(np.quantile(steps, 0.99, method="inverted_cdf")) if len(steps) else 0.0,
        lines=tuple(line for line in found if line.amplitude_mw >= _LEAST_PU * found[0].amplitude_mw),
    )


def samples_of(power: StepSeries) -> Array:
    """Means over each 2 s from the start of a power; a shorter rest is left out."""
    count = int((power.end_s - power.start_s) // SAMPLE_S)
    return power.integrals(power.start_s + np.arange(count + 1) * SAMPLE_S) / SAMPLE_S


def lines_of(samples_mw: Array, most: int = 5) -> list[Line]:
    """The lines in the spectrum of equal samples of 2 s, as they are, the strongest first.

    A line is a peak of the spectrum with at least 8 cycles in a stretch. A peak at a multiple of the
    frequency of a stronger line belongs to its cycle and is left out. Period and amplitude between two
    frequencies of the spectrum are interpolated, which is exact for a sine in a Hann window (T. Grandke, IEEE
    Trans. Instrum. Meas. 32, 1983).

    Args:
        samples_mw: The samples.
        most: Most lines that are given.
    """
    from scipy.signal import find_peaks

    frequency_hz, amplitude_mw = spectrum(samples_mw)
    if not len(frequency_hz):
        return []
    bin_hz = float(frequency_hz[1])
    floor_mw = max(
        _LEAST_PU * float(amplitude_mw[_CYCLES:].max(initial=0.0)),
        _ABOVE_MEDIAN * float(np.median(amplitude_mw)),
        _NOTHING_MW,
    )
    peaks, _ = find_peaks(amplitude_mw, height=floor_mw, prominence=0.5 * floor_mw)
    found: list[tuple[float, float]] = []
    for at in sorted(peaks.tolist(), key=lambda at: -amplitude_mw[at]):
        bins, mw = _interpolated(amplitude_mw, at)
        is_harmonic = any(
            bins > base + 1.0 and abs(bins - base * round(bins / base)) < 1.0 for base, _ in found
        )
        if bins >= _CYCLES and bins * bin_hz <= 1.0 / _SHORTEST_S and not is_harmonic:
            found.append((bins, mw))
    return [Line(1.0 / (bins * bin_hz), mw) for bins, mw in found[:most]]


def spectrum(samples_mw: Array) -> tuple[Array, Array]:
    """The spectrum of equal samples of 2 s.

    Returns:
        Frequencies [Hz], and the highest amplitude of each in any stretch of at most 4.6 h [MW].
    """
    from scipy.signal import periodogram

    frequency_hz, highest = np.zeros(0), np.zeros(0)
    for stretch in _stretches(len(samples_mw)):
        frequency_hz, square = periodogram(samples_mw[stretch], 1.0 / SAMPLE_S, "hann", scaling="spectrum")
        highest = np.maximum(highest, square) if len(highest) else square
    return frequency_hz, np.sqrt(2.0 * highest)


def _stretches(count: int) -> list[slice]:
    """Stretches of so many samples, each half over the one before; none if they are too few."""
    length = min(count, _STRETCH)
    if length < _FEWEST:
        return []
    starts = {*range(0, count - length + 1, length // 2), count - length}
    return [slice(start, start + length) for start in sorted(starts)]


def _amplitude(power: StepSeries, period_s: float) -> float:
    """The highest amplitude of a sine in any stretch of a step function, by its exact Fourier integral.

    The Hann window is a sum of three turning pointers, so the integral in the window is one of three without.
    """
    highest = 0.0
    for stretch in _stretches(int((power.end_s - power.start_s) // SAMPLE_S)):
        start_s, end_s = (power.start_s + SAMPLE_S * at for at in (stretch.start, stretch.stop))
        first, last = power.times_s.searchsorted((start_s, end_s), "right")
        edges_s = np.concatenate([[start_s], power.times_s[first:last], [end_s]]) - start_s
        mw = power.values[first - 1 : last] - power.mean(start_s, end_s)
        length_s = end_s - start_s
        turns = 2j * np.pi * (1.0 / period_s + np.array([[-1.0], [0.0], [1.0]]) / length_s)
        whole = (np.exp(-turns * edges_s[:-1]) - np.exp(-turns * edges_s[1:])) @ mw / (turns[:, 0] * length_s)
        highest = max(highest, float(abs(_HANN @ whole)))
    return highest


def _interpolated(amplitude_mw: Array, at: int) -> tuple[float, float]:
    """Frequency, in bins of the spectrum, and amplitude of the line whose highest bin is given."""
    before, peak, after = amplitude_mw[at - 1 : at + 2].tolist()
    ratio = max(before, after) / peak
    off = (2.0 * ratio - 1.0) / (ratio + 1.0)
    mw = peak * (1.0 - off * off) / float(np.sinc(off))
    return at + (off if after > before else -off), mw
