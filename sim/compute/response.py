"""The response to power: how fast a job runs when its accelerators get less power than they would take.

Power is that of the accelerators over the job's own uncapped mean. Host power is not part of it and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, expm1, inf, log, log1p
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import model_validator

from sim.presets import Presets
from sim.spec import Spec
from sim.units import quantity

HIGHEST_DEAD_PU = 0.95
"""The highest dead power."""
LEAST_ABOVE_DEAD_PU = 0.01
"""The floor is at least so far above the dead power; a job that runs makes progress."""
LEAST_CURVATURE, MOST_CURVATURE = 1e-3, 20.0
"""Bounds of bend x (1 - dead power). With less, the curve is a straight line to rounding; with more, the last
watts are worth less than rounding, and speed no longer tells the power."""
_NEWTON_STEPS = 64


def speed(power_pu: float, dead_pu: float, bend: float) -> float:
    """Speed on the curve, from the dead power to the uncapped mean, with plain arguments [pu]."""
    return expm1(-bend * (power_pu - dead_pu)) / expm1(-bend * (1.0 - dead_pu))


class PowerResponse(Spec):
    """How the speed of a job follows the power of its accelerators.

    With x = power / uncapped mean power, the speed is (1 - exp(-k (x - x0))) / (1 - exp(-k (1 - x0))): zero
    at x0, one at x = 1, concave between. It follows 69 measured curves (ml-energy/zeus, NSDI 2023) and can be
    fitted from two caps. Below the floor the job pauses.
    """

    dead_pu: Annotated[float, quantity("pu", ge=0, le=HIGHEST_DEAD_PU)]
    """x0: accelerator power that does no work, as a share of the uncapped mean."""
    bend: Annotated[float, quantity("", ge=LEAST_CURVATURE, le=MOST_CURVATURE / (1.0 - HIGHEST_DEAD_PU))]
    """k: how strongly the curve bends. At a high value the last watts add little speed."""
    floor_pu: Annotated[float, quantity("pu", ge=LEAST_ABOVE_DEAD_PU, le=1)]
    """Least accelerator power at which the job runs, as a share of the uncapped mean; below it, it pauses.
    Not below the lowest cap that was measured."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.floor_pu < self.dead_pu + LEAST_ABOVE_DEAD_PU:
            least = f"at least {LEAST_ABOVE_DEAD_PU:g} above dead_pu = {self.dead_pu:g} pu"
            raise self.refuse("floor_pu", least)
        if self.bend * (1.0 - self.dead_pu) > MOST_CURVATURE:
            most = MOST_CURVATURE / (1.0 - self.dead_pu)
            raise self.refuse("bend", f"at most {most:g}, for dead_pu = {self.dead_pu:g} pu")
        return self

    def remarks(self) -> tuple[str, ...]:
        """That a job at its floor takes more energy than without a cap."""
        energy = self.energy_pu(self.floor_pu)
        if energy <= 1.0:
            return ()
        return (f"at its floor a job takes {energy:.2f} times the accelerator energy of an uncapped one",)

    def speed_pu(self, power_pu: float) -> float:
        """Speed over that without a cap: zero below the floor, one from the uncapped mean power on."""
        if power_pu < self.floor_pu:
            return 0.0
        return 1.0 if power_pu >= 1.0 else speed(power_pu, self.dead_pu, self.bend)

    def power_pu(self, speed_pu: float) -> float:
        """The least power that gives at least this speed; all power for a speed of one or more."""
        if speed_pu <= 0.0:
            return 0.0
        if speed_pu >= 1.0:
            return 1.0
        scale = expm1(-self.bend * (1.0 - self.dead_pu))
        return max(self.floor_pu, self.dead_pu - log1p(speed_pu * scale) / self.bend)

    def slope(self, power_pu: float) -> float:
        """Speed gained per power added; zero where the job pauses, and beyond the uncapped mean."""
        if not self.floor_pu <= power_pu <= 1.0:
            return 0.0
        return self.bend * self._falling(power_pu)

    def energy_pu(self, power_pu: float) -> float:
        """Accelerator energy per unit of work over that without a cap; infinite where no work is done."""
        found = self.speed_pu(power_pu)
        return min(power_pu, 1.0) / found if found else inf

    @property
    def optimum_pu(self) -> float:
        """Power of the least accelerator energy per unit of work on the curve, which may be below the floor.

        It is 1 if every cap costs energy.
        """
        return self.optimum_above(0.0)

    def optimum_above(self, origin_pu: float) -> float:
        """Power at which the speed over the power above an origin is highest, such as above idle power.

        There it equals the slope: with u = k (x - x0), exp(u) = 1 + k (x0 - origin) + u.

        Args:
            origin_pu: The origin, which may be negative; from the dead power on, the answer is the origin.
        """
        lift = self.bend * (self.dead_pu - origin_pu)
        if lift <= 0.0:
            return origin_pu
        above = log(2.0 + 2.0 * lift)  # not below the solution, so that Newton's steps only lead down to it
        for _ in range(_NEWTON_STEPS):
            above -= (expm1(above) - above - lift) / expm1(above)
        return min(1.0, self.dead_pu + above / self.bend)

    def _falling(self, power_pu: float) -> float:
        """exp(-k (x - x0)) / (1 - exp(-k (1 - x0))): the slope over the bend."""
        return -exp(-self.bend * (power_pu - self.dead_pu)) / expm1(-self.bend * (1.0 - self.dead_pu))


def _preset(dead_pu: float, bend: float, floor_pu: float = 0.65) -> PowerResponse:
    return PowerResponse(dead_pu=dead_pu, bend=bend, floor_pu=floor_pu)


PRESETS: Mapping[str, PowerResponse] = MappingProxyType(
    {
        "rtx6000": _preset(0.31, 5.4),
        "a40": _preset(0.47, 8.9),
        "h200_llm": _preset(0.05, 1.09, 0.71),
        "a40_resnet": _preset(0.53, 12.3),
        "a40_bert": _preset(0.45, 8.4),
        "a40_deepspeech": _preset(0.57, 9.0, 0.7),
        "a40_shufflenet": _preset(0.53, 11.8),
        "rtx6000_resnet": _preset(0.23, 4.6),
        "rtx6000_bert": _preset(0.12, 2.6),
        "rtx6000_deepspeech": _preset(0.44, 9.1),
        "rtx6000_shufflenet": _preset(0.0, 3.3),
    }
)
"""Responses by name. Those of the A40 and the RTX 6000 are fitted to training under power caps, measured by
ml-energy/zeus (NSDI 2023). Each is one curve for several batch sizes; `rtx6000` (rms 2.7 points of speed,
worst 9) and `a40` (rms 2.2, worst 10; jobs that take at least 70 % of the rating) also for several networks.
A curve fitted to the job itself is better. At the floor the fit holds, and a job takes no more energy than
without a cap. `h200_llm` is from one cap only: 500 of 700 W give 0.79 to 0.81 of the speed (MLPerf Inference
4.1, Llama 2 70B); that the uncapped mean is 700 W is assumed."""

Response = Annotated[PowerResponse, Presets(PowerResponse, PRESETS)]
"""A response as a field of another spec: the name of a preset, or a table of numbers."""
