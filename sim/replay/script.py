"""The script: all series of a run as one list of changes, which the runs of a process share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from sim.books.adequacy import LEAST_MW
from sim.books.changes import Changes, changes
from sim.bus.bus import Bus
from sim.bus.numbers import FACTOR, WANTED
from sim.bus.stretch import destination
from sim.replay.plan import Script
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.times import union

_Line = tuple[int, int, Array, Array]
"""What changes, the number of its block or form, when, and the values from then on."""

_kept: dict[tuple[tuple[int, int, int, int, int], ...], tuple[Script, list[_Line]]] = {}
"""The last script, with the arrays that it was made of: the runs of a sweep share them."""


@dataclass(frozen=True, eq=False)
class Demand:
    """What loads will want, which no settlement changes.

    Attributes:
        begins_s: Elapsed seconds at which it changes, from 0 on.
        mw: Each kind of demand from then on, one line per kind.
        horizon_s: Length of the run.
        keep: The arrays that it was made of.
    """

    begins_s: Array
    mw: Array
    horizon_s: float
    keep: object

    @cached_property
    def changes(self) -> Changes:
        """Largest changes of the first kind."""
        return changes(np.append(self.begins_s, self.horizon_s), self.mw[0])

    @cached_property
    def tightest(self) -> tuple[Array, Array]:
        """The times and powers at which constant firm capacity may cover a kind least."""
        firsts = [int((mw > LEAST_MW).argmax()) for mw in self.mw]
        at = np.unique([0, *firsts, *(int(mw.argmax()) for mw in self.mw)])
        return self.begins_s[at], self.mw[:, at]


_demands: dict[tuple[object, ...], Demand] = {}
"""The last demand, likewise."""


def script_of(bus: Bus, factors: Sequence[StepSeries], horizon_s: float) -> tuple[Script, Array]:
    """What changes by itself during a run, and the factors at its start.

    Args:
        bus: The bus, before the clock has started; what plays its series is known.
        factors: Series that are a factor on a form.
        horizon_s: Length of the run.
    """
    lines: list[_Line] = [(*destination(track, bus), *track.ahead()) for track in bus.tracks]
    first: Array = np.zeros(len(factors))
    for number, series in enumerate(factors):
        times_s, values = series.changes(horizon_s)
        first[number] = values[0]
        lines.append((FACTOR, number, times_s[1:], values[1:]))
    return _merged([line for line in lines if len(line[2])]), first


def demand_of(bus: Bus, kinds: Sequence[Sequence[int]], horizon_s: float) -> Demand:
    """What loads will want.

    Args:
        bus: The bus, before the clock has started.
        kinds: Numbers of the bids that each kind of demand consists of.
        horizon_s: Length of the run.
    """
    bids = {at for kind in kinds for at in kind}
    tracks = {
        place: track.ahead()
        for track in bus.tracks
        for side, place in [destination(track, bus)]
        if side == WANTED and place in bids
    }
    first = {at: bus.wanted[at] for at in sorted(bids)}
    key = (
        *((at, times_s.ctypes.data, values.ctypes.data) for at, (times_s, values) in sorted(tracks.items())),
        *first.items(),
        *(tuple(kind) for kind in kinds),
        horizon_s,
    )
    if key not in _demands:
        begins_s = reduce(union, (times_s for times_s, _ in tracks.values()), np.zeros(1))
        begins_s = begins_s[begins_s < horizon_s]
        found: Array = np.zeros((len(kinds), len(begins_s)))
        for number, kind in enumerate(kinds):
            for at in kind:
                times_s, values = tracks.get(at, (np.zeros(0), np.zeros(0)))
                found[number] += np.append(first[at], values)[times_s.searchsorted(begins_s, "right")]
        _demands.clear()
        _demands[key] = Demand(begins_s, found, horizon_s, tracks)
    return _demands[key]


def _merged(lines: list[_Line]) -> Script:
    """All changes in the order of time; those of one instant in the order of the series."""
    key = tuple(
        (side, place, times_s.ctypes.data, values.ctypes.data, len(values))
        for side, place, times_s, values in lines
    )
    if key not in _kept:
        times_s = np.concatenate([line[2] for line in lines] or [np.zeros(0)])
        order = np.argsort(times_s, kind="stable")
        targets = np.repeat(np.arange(len(lines), dtype=np.int32), [len(line[2]) for line in lines])
        script = Script(
            times_s=times_s[order],
            targets=targets[order],
            values=np.concatenate([line[3] for line in lines] or [np.zeros(0)])[order],
            sides=np.array([line[0] for line in lines], dtype=np.int64),
            places=np.array([line[1] for line in lines], dtype=np.int64),
        )
        _kept.clear()
        _kept[key] = script, lines
    return _kept[key][0]
