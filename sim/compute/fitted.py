"""The fitted response: a power response from measured runs under power caps."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, inf, log
from typing import Any

import numpy as np

from sim.compute.response import HIGHEST_DEAD_PU, LEAST_CURVATURE, MOST_CURVATURE, PowerResponse, speed
from sim.errors import Problem, SpecError, nearest, shortened

COLUMNS = ("power_limit_w", "time_s", "mean_power_w")
"""Columns of a table of measured runs: limit of the accelerators, time of the same work, mean power."""
_OWNER = "power response"
_LEAST_CAPS = 2
_LEAST_POWER_PU = 0.05
_MOST_PU = 1.5
"""Power or speed beyond which the runs do not belong to one uncapped run."""
_CLEARANCE_PU = 0.02
"""How far below the lowest cap the dead power stays, so that the job still runs there."""
_STARTS = ((0.6, 4.0), (0.95, 6.0), (0.03, 2.0))
"""Where the search begins: dead power over its highest, and curvature."""
_ROUNDING = 1e-12
_EDGE = 1.0 - 1e-3
"""Share of the highest curvature that a fit may take, so that rounding does not pass it."""


def relative_curve(table: Any, owner: str = "capped runs") -> tuple[list[float], list[float]]:
    """Power and speed over those of the uncapped run, from measured runs of one job.

    Args:
        table: Columns by name (a frame, or a dictionary of lists): `power_limit_w`, `time_s`, `mean_power_w`,
            a row for each run. The run with the highest limit counts as uncapped.
        owner: Name used in messages.

    Returns:
        Power and speed [pu], by rising power.

    Raises:
        SpecError: If a column or a second row is missing, or a number is not finite and above zero.
    """
    columns = {name: _column(table, name, owner) for name in COLUMNS}
    limits, times, powers = columns.values()
    if not len(limits) == len(times) == len(powers) >= _LEAST_CAPS:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise _refused(owner, "power_limit_w", f"has rows: {sizes}; allowed: as many in each, at least two")
    top = int(np.argmax(limits))
    rows = sorted((power / powers[top], times[top] / time) for power, time in zip(powers, times, strict=True))
    return [power for power, _ in rows], [found for _, found in rows]


def fit_response(
    power_pu: Sequence[float],
    speed_pu: Sequence[float],
    *,
    above_pu: float = 0.0,
    scatter_pu: float = 0.0,
    owner: str = _OWNER,
) -> PowerResponse:
    """Fit a response to measured power and speed.

    Least squares of speed, with the dead power and the bend in the range where the curve keeps its shape. The
    lowest power used becomes the floor: the curve is not extrapolated below it.

    Args:
        power_pu: Mean accelerator power over that of the uncapped run.
        speed_pu: Speed over that of the uncapped run.
        above_pu: Powers below are left out.
        scatter_pu: Fall of speed with rising power that is taken for scatter of the measurement; 0.11 at most
            in 69 measured curves (Zeus). Default: none, so a curve that falls is refused.
        owner: Name used in messages.

    Raises:
        SpecError: If fewer than two caps reduce the power, or speed falls with rising power by more than
            `scatter_pu`.
    """
    from scipy.optimize import least_squares

    points = [(x, s) for x, s in _points(power_pu, speed_pu, owner) if x >= above_pu]
    caps = np.array([point for point in points if point[0] < 1.0])
    if len({power for power, _ in caps}) < _LEAST_CAPS:
        needed = f"at least two different caps below 1 pu, the uncapped mean, and not below {above_pu:g} pu"
        raise _refused(owner, "power_pu", f"= {shortened([*power_pu])} pu; allowed: {needed}")
    _check_rising(points, scatter_pu, owner)
    floor = float(caps[0, 0])
    highest = min(HIGHEST_DEAD_PU, floor - _CLEARANCE_PU)

    def misses(at: Any) -> Any:
        dead, bend = float(at[0]), float(at[1] / (1.0 - at[0]))
        return [speed(power, dead, bend) - found for power, found in caps]

    bounds = ([0.0, LEAST_CURVATURE], [highest, MOST_CURVATURE * _EDGE])
    exact = {"ftol": _ROUNDING, "xtol": _ROUNDING, "gtol": _ROUNDING}
    starts = [(dead * highest, curvature) for dead, curvature in _STARTS]
    found = [least_squares(misses, start, bounds=bounds, **exact) for start in starts]
    dead, curvature = map(float, min(found, key=lambda fit: float(fit.cost)).x)
    return PowerResponse(dead_pu=dead, bend=curvature / (1.0 - dead), floor_pu=floor)


def response_from_caps(
    power_pu: tuple[float, float], speed_pu: tuple[float, float], *, owner: str = _OWNER
) -> PowerResponse:
    """A response from two measured caps.

    The curve goes through both where one of its shape does, otherwise it is the closest by least squares of
    speed. The lower cap becomes the floor: the curve is not extrapolated below it.

    Args:
        power_pu: Mean accelerator power over that of the uncapped run, of the lower and the upper cap.
        speed_pu: Speed over that of the uncapped run, likewise.
        owner: Name used in messages.

    Raises:
        SpecError: If there are not two caps, or power or speed does not rise from the lower to the upper cap
            and on to the uncapped run.
    """
    points = _points(power_pu, speed_pu, owner)
    if len(points) != _LEAST_CAPS:
        raise _refused(owner, "power_pu", f"= {shortened([*power_pu])} pu; allowed: two caps")
    for field, at in (("power_pu", 0), ("speed_pu", 1)):
        if not points[0][at] < points[1][at] < 1.0:
            pair = shortened([point[at] for point in points])
            message = f"= {pair} pu by rising power is not increasing; allowed: lower cap < upper cap < 1 pu"
            raise _refused(owner, field, message)
    return _through(*points) or fit_response(power_pu, speed_pu, owner=owner)


def _through(lower: tuple[float, float], upper: tuple[float, float]) -> PowerResponse | None:
    """The curve through two caps; None if there is none of its shape.

    The gain of speed below the upper cap over that above it depends on the bend alone, and rises with it.
    """
    from scipy.optimize import brentq

    (low, slow), (high, fast) = lower, upper
    wanted = log((fast - slow) / (1.0 - fast))

    def over(bend: float) -> float:
        return log(expm1(bend * (high - low)) / -expm1(-bend * (1.0 - high))) - wanted

    least, most = LEAST_CURVATURE, MOST_CURVATURE / (1.0 - HIGHEST_DEAD_PU)
    if not over(least) < 0.0 < over(most):
        return None
    bend = float(brentq(over, least, most, xtol=1e-13))
    dead = -log((exp(-bend * low) - slow * exp(-bend)) / (1.0 - slow)) / bend
    is_allowed = -_ROUNDING < dead <= min(HIGHEST_DEAD_PU, low - _CLEARANCE_PU)
    if not is_allowed or bend * (1.0 - dead) > MOST_CURVATURE * _EDGE:
        return None
    return PowerResponse(dead_pu=max(0.0, dead), bend=bend, floor_pu=low)


def _points(power_pu: Sequence[float], speed_pu: Sequence[float], owner: str) -> list[tuple[float, float]]:
    """Power and speed of each run, by rising power."""
    if len(power_pu) != len(speed_pu):
        raise _refused(
            owner, "speed_pu", f"has {len(speed_pu)} entries; allowed: {len(power_pu)}, as power_pu has"
        )
    for field, values, least in (("power_pu", power_pu, _LEAST_POWER_PU), ("speed_pu", speed_pu, 0.0)):
        for value in values:
            if not least < value <= _MOST_PU:
                message = f"= {shortened(value)} pu; allowed: above {least:g} and at most {_MOST_PU:g} pu"
                raise _refused(owner, field, message)
    return sorted((float(x), float(s)) for x, s in zip(power_pu, speed_pu, strict=True))


def _check_rising(points: list[tuple[float, float]], scatter_pu: float, owner: str) -> None:
    """Refuse a curve that is not increasing, scatter apart."""
    best, least = -inf, f"at most scatter_pu = {scatter_pu:g} pu" if scatter_pu else "not"
    for power, found in points:
        if found < best - scatter_pu or (power == points[-1][0] and found <= points[0][1]):
            message = (
                f"= {found:g} pu at a power of {power:g} pu is not increasing; "
                f"allowed: above {points[0][1]:g} pu at the highest power, "
                f"and {least} below the speed at any lower power"
            )
            raise _refused(owner, "speed_pu", message)
        best = max(best, found)


def _column(table: Any, name: str, owner: str) -> list[float]:
    """A column of numbers above zero."""
    if name not in table:
        raise _refused(owner, name, f"is missing{nearest(name, map(str, table.keys()))}")
    values = [*table[name]]
    for row, value in enumerate(values):
        is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not is_number or not 0.0 < value < inf:
            unit = name.rpartition("_")[2].replace("w", "W")
            message = f"= {shortened(value)} in row {row + 1}; allowed: a finite number above 0 {unit}"
            raise _refused(owner, name, message)
    return [float(value) for value in values]


def _refused(owner: str, field: str, message: str) -> SpecError:
    return SpecError(owner, [Problem((field,), message)])
