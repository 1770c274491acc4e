"""Shedding: how fast the import of a site fell after an instant, who gave the power, and what it cost jobs.

All power is read from the recorded flows, so it is exact where every change was recorded. What the members of
the site give adds up to the fall of net import, because the flows balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum, inf, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.books.closed import Flow
from sim.errors import Problem, SpecError
from sim.runs.import_cuts import import_cuts
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, hours, seconds

if TYPE_CHECKING:
    import pandas as pd

MINUTES = (1, 10, 30)
"""Minutes after the instant at which power is told."""
CRASH = "crash"
"""Event of a job that has lost firm power."""
_METER = "meter"
_SIGNS = {Flow.SERVED: -1.0, Flow.CHARGE: -1.0, Flow.DELIVERED: 1.0, Flow.DISCHARGE: 1.0}
"""Flows with which a member gives power: 1 by more of it, -1 by less."""
_NET_IMPORT = {Flow.IMPORT: 1.0, Flow.EXPORT: -1.0}
_MOMENT_S = 1e-6
"""Time within which two instants are one."""
_SLACK_MW = 1e-6


@dataclass(frozen=True)
class Giver:
    """What one member of the site gave: less load, less charging, or more supply.

    Attributes:
        name: The participant; the jobs of a pool that react to power alike are one.
        flow: The flow of it.
        before_mw: That flow just before the instant.
        given_mw: What it gave since, after each of `MINUTES`; below zero if it took.
        held_back_mw: Of a load: how much more of its flexible power was held back than before.
        unserved_mw: Of a load: how much more of its firm power was unserved than before.
        held_h: Hours in the window in which some of its flexible power was held back.
        most_deferred_mwh: The most energy that it can have deferred in the window for lack of flexible power.
            It is just this if speed is the share of power and no job is late already; jobs that follow a
            power response defer less. Lost work is not in it.
        crashes: Jobs of it that crashed in the window, because firm power failed.
    """

    name: str
    flow: str
    before_mw: float
    given_mw: tuple[float, ...]
    held_back_mw: tuple[float, ...]
    unserved_mw: tuple[float, ...]
    held_h: float
    most_deferred_mwh: float
    crashes: int


@dataclass(frozen=True)
class Shedding:
    """How a site shed power from an instant on.

    A power after more minutes than the run had left is not a number.

    Attributes:
        at_s: Elapsed second of the instant.
        until_s: Elapsed second at which the window ends: the end of the cut of import, if there is one.
        before_mw: Net import just before the instant.
        given_mw: By how much net import was lower after each of `MINUTES`.
        givers: Who gave or took it, the most first; those with no power before and after are left out.
        jobs: Number of jobs that had begun and had not ended at some time of the window.
        late_h: Mean of their hours late at the end of the run, whatever made them late. What the order alone
            cost is the difference to a run without it.
    """

    at_s: float
    until_s: float
    before_mw: float
    given_mw: tuple[float, ...]
    givers: tuple[Giver, ...]
    jobs: int
    late_h: float

    @property
    def crashes(self) -> int:
        """Jobs that crashed in the window."""
        return sum(giver.crashes for giver in self.givers)

    def frame(self) -> pd.DataFrame:
        """A row for the meter, and one for each giver, with a column for each number."""
        import pandas as pd

        meter: dict[str, Any] = {"participant": _METER, "flow": "net_import_mw", "before_mw": self.before_mw}
        rows = [meter | _by_minute("given", self.given_mw)]
        for one in self.givers:
            row: dict[str, Any] = {"participant": one.name, "flow": one.flow, "before_mw": one.before_mw}
            row |= _by_minute("given", one.given_mw)
            row |= _by_minute("held_back", one.held_back_mw) | _by_minute("unserved", one.unserved_mw)
            row |= {name: getattr(one, name) for name in ("held_h", "most_deferred_mwh", "crashes")}
            rows.append(row)
        return pd.DataFrame(rows).astype({"crashes": "Int64"} if self.givers else {})


def shedding(run: Run, at_h: float, until_h: float | None = None) -> Shedding:
    """How a site shed power from an instant on.

    Args:
        run: The run, of which every change or means over at most a minute were recorded. With means, powers
            are those of their intervals, and held-back hours are those of intervals with any.
        at_h: The instant, in hours after the start of the run.
        until_h: End of the window, likewise. Default: the end of the cut of import that holds then; without
            one, 30 min later.

    Raises:
        SpecError: If longer means were recorded, or the window is empty or not in the run.
    """
    if run.record_s is not None and run.record_s > SECONDS_PER_MINUTE:
        most = f"at most {SECONDS_PER_MINUTE:g} s, or every change"
        raise SpecError("shedding", [Problem(("record_s",), f"= {run.record_s:g} s; allowed: {most}")])
    at_s, horizon_s = seconds(at_h), run.books.horizon_s
    _check("at_h", at_h, above=0.0, below=hours(horizon_s))
    until_s = _until_s(run, at_s) if until_h is None else seconds(until_h)
    _check("until_h", hours(until_s), above=at_h, below=inf)
    window = _Window(run, at_s, min(until_s, horizon_s))
    before_mw, *after_mw = window.powers("", _NET_IMPORT)
    givers = sorted(window.givers(), key=lambda one: (-np.nan_to_num(one.given_mw).max(), one.name, one.flow))
    late_h = [job.get("late_h") or 0.0 for job in run.books.jobs if window.has(job)]
    return Shedding(
        at_s=at_s,
        until_s=window.until_s,
        before_mw=before_mw,
        given_mw=tuple(before_mw - mw for mw in after_mw),
        givers=tuple(givers),
        jobs=len(late_h),
        late_h=fsum(late_h) / len(late_h) if late_h else 0.0,
    )


class _Window:
    """The recorded rows from just before an instant on."""

    def __init__(self, run: Run, at_s: float, until_s: float) -> None:
        books = self._books = run.books
        self._at_s, self.until_s = at_s, until_s
        t_s = books.t_s
        row = max(0, int(t_s.searchsorted(at_s - _MOMENT_S)) - 1)
        if run.record_s is not None and row and at_s < t_s[row] + run.record_s - _MOMENT_S:
            row -= 1  # the mean of an interval that the instant divides is not of before
        ends_s = at_s + SECONDS_PER_MINUTE * np.array(MINUTES)
        after = t_s.searchsorted(ends_s + _MOMENT_S, "right") - 1
        self._is_over = np.concatenate([[False], ends_s > books.horizon_s])
        first, last = int(t_s.searchsorted(at_s, "right")) - 1, int(t_s.searchsorted(until_s))
        edges_s = np.concatenate([[at_s], t_s[first + 1 : last], [until_s]])
        self._hours = np.diff(edges_s) / SECONDS_PER_HOUR
        self._flows = books.flows[:, row : max(last, int(after[-1]) + 1)]
        self._rows = np.concatenate([[row], after]) - row
        self._lasting = slice(first - row, last - row)

    def powers(self, owner: str, signs: dict[Flow, float]) -> list[float]:
        """A sum of flows of an owner, or of all if it is empty, before the instant and after each minute."""
        mw = self._sum(owner, signs)[self._rows]
        return [float(each) for each in np.where(self._is_over, nan, mw)]

    def givers(self) -> Iterator[Giver]:
        """The members that have or had power."""
        for column in self._books.columns:
            if column.label in _SIGNS:
                giver = self._giver(column.owner, Flow(column.label))
                numbers = np.abs([giver.before_mw, *giver.given_mw])
                if np.nanmax(numbers) > _SLACK_MW or giver.held_h or giver.crashes:
                    yield giver

    def has(self, job: dict[str, Any]) -> bool:
        """Whether a job had begun and had not ended at some time of the window."""
        start_s, end_s = job.get("start_s"), job.get("end_s")
        return start_s is not None and start_s < self.until_s and (end_s is None or end_s > self._at_s)

    def _giver(self, owner: str, flow: Flow) -> Giver:
        before_mw, *after_mw = self.powers(owner, {flow: 1.0})
        is_load = flow is Flow.SERVED
        held_mw = self._sum(owner, {Flow.HELD_BACK: 1.0})[self._lasting]
        crashes = [
            event
            for event in self._books.events
            if event["owner"] == owner
            and event["event"] == CRASH
            and self._at_s - _MOMENT_S <= event["t_s"] < self.until_s
        ]
        return Giver(
            name=owner,
            flow=flow,
            before_mw=before_mw,
            given_mw=tuple(_SIGNS[flow] * (mw - before_mw) + 0.0 for mw in after_mw),
            held_back_mw=self._risen(owner, Flow.HELD_BACK) if is_load else (),
            unserved_mw=self._risen(owner, Flow.UNSERVED) if is_load else (),
            held_h=float(self._hours @ (held_mw > _SLACK_MW)) if is_load else 0.0,
            most_deferred_mwh=float(self._hours @ held_mw) if is_load else 0.0,
            crashes=len(crashes) if is_load else 0,
        )

    def _risen(self, owner: str, flow: Flow) -> tuple[float, ...]:
        before_mw, *after_mw = self.powers(owner, {flow: 1.0})
        return tuple(mw - before_mw for mw in after_mw)

    def _sum(self, owner: str, signs: dict[Flow, float]) -> Array:
        total = np.zeros(self._flows.shape[1])
        for at, column in enumerate(self._books.columns):
            if column.label in signs and owner in {"", column.owner}:
                total += signs[Flow(column.label)] * self._flows[at]
        return total


def _until_s(run: Run, at_s: float) -> float:
    """When the cut of import that holds at an instant ends; half an hour later if there is none."""
    holding = [
        cut.until_s for cut in import_cuts(run) if cut.at_s - _MOMENT_S <= at_s < cut.until_s - _MOMENT_S
    ]
    return holding[-1] if holding else at_s + SECONDS_PER_MINUTE * MINUTES[-1]


def _by_minute(name: str, mw: tuple[float, ...]) -> dict[str, float]:
    return {f"{name}_{minute}min_mw": power for minute, power in zip(MINUTES, mw, strict=False)}


def _check(field: str, value_h: float, *, above: float, below: float) -> None:
    if not above < value_h < below:
        most = f" and below {below:g} h, the end of the run" if below < inf else ""
        message = f"= {value_h:g} h; allowed: above {above:g} h{most}"
        raise SpecError("shedding", [Problem((field,), message)])
