"""Smoothing: what a battery, or jobs that wait, make of the swings of a power.

Both are computed after the run, in steps of 2 s from means over 2 s, and without foresight. Neither changes
the dispatch of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf, sqrt

import numpy as np

from sim.errors import Problem, SpecError
from sim.runs.swings import SAMPLE_S, samples_of
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_STEP_H = SAMPLE_S / SECONDS_PER_HOUR
_STEP_MIN = SAMPLE_S / SECONDS_PER_MINUTE
_RESTORE_PU = 0.25
"""Part of the ramp limit at which the power that returns the battery to half full fades out."""
_RESTORE_STEPS = 10
"""Fewest steps in which it is half full again; fewer would make it chatter."""
_ROUNDING_PU = 1e-9
_HALVINGS = 12
"""Halvings of the range of ramp limits: 1 part in 4,096 of the steepest ramp of the load."""


@dataclass(frozen=True, eq=False)
class Smoothed:
    """A power behind a battery.

    Attributes:
        net: Power that the grid sees: load, plus charge, less discharge [MW].
        level_mwh: Energy in the battery at the start of each step, and at the end.
        charged_mwh: Energy charged, measured outside of the battery.
        discharged_mwh: Energy discharged, likewise.
        ramp_limit_mw_per_min: The limit that the battery had to keep.
        steepest_mw_per_min: Steepest ramp of the net power.
    """

    net: StepSeries
    level_mwh: Array
    charged_mwh: float
    discharged_mwh: float
    ramp_limit_mw_per_min: float
    steepest_mw_per_min: float

    @property
    def is_kept(self) -> bool:
        """Whether the ramp limit was kept throughout."""
        slack = _ROUNDING_PU * (self.ramp_limit_mw_per_min + float(np.abs(self.net.values).max()))
        return self.steepest_mw_per_min <= self.ramp_limit_mw_per_min + slack

    @property
    def lost_mwh(self) -> float:
        """Energy lost in the battery."""
        return self.charged_mwh - self.discharged_mwh - float(self.level_mwh[-1] - self.level_mwh[0])


def smoothed_by_battery(
    load: StepSeries, *, power_mw: float, energy_mwh: float, efficiency_pu: float, ramp_mw_per_min: float
) -> Smoothed:
    """A load behind a battery that keeps the ramp of the net power within a limit.

    The battery begins half full and returns there as soon as the ramp limit allows, without export. Where its
    power or energy does not suffice, the net power follows the load faster than the limit.
    A step of S MW at a limit of r MW/h takes S^2 / (2 r) of energy.

    Args:
        load: The load [MW].
        power_mw: Highest charge and discharge, measured outside of the battery.
        energy_mwh: Usable energy.
        efficiency_pu: Round-trip efficiency; charging and discharging have the same part in it.
        ramp_mw_per_min: Limit of the ramp of the net power, up and down.

    Raises:
        SpecError: If a value is out of its range.
    """
    _check("battery", "power_mw", power_mw, "MW", least=0.0)
    _check("battery", "energy_mwh", energy_mwh, "MWh", least=0.0)
    _check("battery", "efficiency_pu", efficiency_pu, "pu", above=0.0, most=1.0)
    _check("battery", "ramp_mw_per_min", ramp_mw_per_min, "MW/min", above=0.0)
    wanted = _whole(load)
    step_mw, half_pu = ramp_mw_per_min * _STEP_MIN, sqrt(efficiency_pu)
    net_mw, level = float(wanted[0]), 0.5 * energy_mwh
    nets, levels = [], [level]
    for mw in wanted.tolist():
        aim_mw = max(mw + _restoring_mw(0.5 * energy_mwh - level, ramp_mw_per_min), min(mw, 0.0))
        net_mw = min(max(aim_mw, net_mw - step_mw), net_mw + step_mw)
        lowest = mw - min(power_mw, level * half_pu / _STEP_H)
        highest = mw + min(power_mw, (energy_mwh - level) / (half_pu * _STEP_H))
        net_mw = min(max(net_mw, lowest), highest)
        into_mw = net_mw - mw
        level += _STEP_H * (into_mw * half_pu if into_mw > 0.0 else into_mw / half_pu)
        level = min(max(level, 0.0), energy_mwh)  # rounding
        nets.append(net_mw)
        levels.append(level)
    net = np.array(nets)
    return Smoothed(
        net=_series(load, net),
        level_mwh=np.array(levels),
        charged_mwh=float(np.maximum(net - wanted, 0.0).sum()) * _STEP_H,
        discharged_mwh=float(np.maximum(wanted - net, 0.0).sum()) * _STEP_H,
        ramp_limit_mw_per_min=ramp_mw_per_min,
        steepest_mw_per_min=_steepest(net),
    )


def _restoring_mw(lacking_mwh: float, ramp_mw_per_min: float) -> float:
    """Power that returns a battery to half full and fades out at a part of the ramp limit, as x^2 = 2 r E."""
    ramp_mw_per_h = _RESTORE_PU * ramp_mw_per_min * SECONDS_PER_HOUR / SECONDS_PER_MINUTE
    mw = min(sqrt(2.0 * ramp_mw_per_h * abs(lacking_mwh)), abs(lacking_mwh) / (_RESTORE_STEPS * _STEP_H))
    return copysign(mw, lacking_mwh)


def least_ramp(
    load: StepSeries, *, power_mw: float, energy_mwh: float, efficiency_pu: float
) -> Smoothed | None:
    """The load behind a battery at the lowest ramp limit that it keeps throughout.

    It is found by halving the range up to the steepest ramp of the load. None if the load has no ramp.
    """
    lowest, highest, best = 0.0, _steepest(_whole(load)), None
    for halving in range(_HALVINGS + 1 if highest else 0):
        limit = highest if halving == 0 else 0.5 * (lowest + highest)
        found = smoothed_by_battery(
            load,
            power_mw=power_mw,
            energy_mwh=energy_mwh,
            efficiency_pu=efficiency_pu,
            ramp_mw_per_min=limit,
        )
        if found.is_kept:
            highest, best = limit, found
        else:
            lowest = limit
    return best


@dataclass(frozen=True, eq=False)
class SlowRise:
    """A power of jobs that wait, so that it rises slowly.

    Attributes:
        given: Power that the jobs get [MW].
        shifted_mwh: Energy that they did not get when they wanted it.
        held_h: Time during which they got less than they wanted.
        lost_h: Work lost meanwhile, in hours of the work at full power, if work is in proportion to power.
    """

    given: StepSeries
    shifted_mwh: float
    held_h: float
    lost_h: float


def with_slow_rise(wanted: StepSeries, *, rise_mw_per_min: float) -> SlowRise:
    """A power of jobs whose rise is limited; it may fall freely.

    A job that waits loses time. It does not catch up by drawing more than it wanted later on.

    Args:
        wanted: Power that the jobs want, such as that of one flow of a run [MW].
        rise_mw_per_min: Limit of the rise.

    Raises:
        SpecError: If the limit is not above 0.
    """
    _check("jobs", "rise_mw_per_min", rise_mw_per_min, "MW/min", above=0.0)
    want = _whole(wanted)
    risen = rise_mw_per_min * _STEP_MIN * np.arange(len(want))
    given = np.minimum(np.minimum.accumulate(want - risen) + risen, want)
    short = want - given
    is_held = short > _ROUNDING_PU * (np.abs(want) + risen)  # beyond rounding
    share = np.divide(short, want, out=np.zeros_like(want), where=is_held & (want > 0.0))
    return SlowRise(
        given=_series(wanted, given),
        shifted_mwh=float(short.sum()) * _STEP_H,
        held_h=float(is_held.sum()) * _STEP_H,
        lost_h=float(share.sum()) * _STEP_H,
    )


def _whole(power: StepSeries) -> Array:
    samples = samples_of(power)
    if not len(samples):
        length_s = power.end_s - power.start_s
        raise SpecError("smoothing", [Problem(("power",), f"lasts {length_s:g} s; allowed: at least 2 s")])
    return samples


def _series(like: StepSeries, mw: Array) -> StepSeries:
    starts_s = np.asarray(like.start_s + np.arange(len(mw)) * SAMPLE_S, dtype=np.float64)
    return StepSeries(starts_s, mw, like.start_s + len(mw) * SAMPLE_S)


def _steepest(mw: Array) -> float:
    """Steepest ramp between consecutive samples [MW/min]."""
    return float(np.abs(np.diff(mw)).max(initial=0.0)) / _STEP_MIN


def _check(
    owner: str,
    field: str,
    value: float,
    unit: str,
    *,
    least: float = -inf,
    above: float = -inf,
    most: float = inf,
) -> None:
    if not (least <= value <= most and above < value < inf):
        bounds = f"at least {least:g}" if least > -inf else f"above {above:g}"
        bounds += f" and at most {most:g}" if most < inf else ", finite"
        raise SpecError(owner, [Problem((field,), f"= {value:g} {unit}; allowed: {bounds} {unit}")])
