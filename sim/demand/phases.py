"""The phases of a training job: what a GPU of its gang draws in compute, communication, evaluation and waits.

All GPUs of a gang run in step, so their power swings together. The mean power and the swing of a gang follow
exactly from the list of its phases.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from sim.demand.cycle import Cycle
from sim.presets import Presets
from sim.spec import Spec
from sim.units import Fraction, PositiveSeconds, PositiveWatts, Seconds, Watts, quantity

_Iterations = Annotated[int, quantity("", ge=1, le=100_000)]  # each is listed


class Phases(Spec):
    """The iteration cycle of a gang; powers are per GPU and include its share of the server.

    An iteration computes, then communicates. After a number of iterations there may be an evaluation. The
    powers of compute, communication and evaluation are those at full speed. The mean power of an iteration
    lies between that of waiting and that of compute, by the compute share of the iteration.
    """

    iteration_s: PositiveSeconds
    """Duration of an iteration."""
    compute_pu: Fraction
    """Share of the iteration that computes; the rest communicates."""
    compute_w: PositiveWatts
    """Power in compute."""
    communication_w: Watts | None = None
    """Power in communication. Default: `waiting_w`."""
    evaluation_s: Seconds = 0.0
    """Duration of an evaluation."""
    evaluation_w: Watts | None = None
    """Power in an evaluation. Default: `waiting_w`."""
    iterations_per_evaluation: _Iterations | None = None
    """Iterations from one evaluation to the next. Default: no evaluation."""
    waiting_w: Watts
    """Power during start-up and while the gang waits."""
    startup_s: Seconds = 0.0
    """Duration of the start-up."""
    checkpoint_w: Watts | None = None
    """Power while a checkpoint is written. Default: `waiting_w`."""
    host_w: Watts = 0.0
    """Part of each power that belongs to the server's host and fans; a power cap leaves it as it is."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.waiting_w > self.compute_w:
            raise self.refuse("waiting_w", f"at most compute_w = {self.compute_w:g} W")
        if not self.waiting_w <= self._or_waiting(self.communication_w) <= self.compute_w:
            within = f"waiting_w = {self.waiting_w:g} W to compute_w = {self.compute_w:g} W"
            raise self.refuse("communication_w", within)
        if self.iterations_per_evaluation is None and self.evaluation_s:
            raise self.refuse("evaluation_s", "0 s, without iterations_per_evaluation")
        if self.iterations_per_evaluation is not None and not self.evaluation_s:
            raise self.refuse("evaluation_s", "above 0 s, with iterations_per_evaluation")
        lowest_w = min(self.waiting_w, self._or_waiting(self.evaluation_w), self.writing_w)
        if self.host_w > lowest_w:
            raise self.refuse("host_w", f"at most {lowest_w:g} W, the lowest power of a phase")
        return self

    @property
    def writing_w(self) -> float:
        """Power while a checkpoint is written."""
        return self._or_waiting(self.checkpoint_w)

    def cycle(self) -> Cycle:
        """The cycle of one GPU at full speed: iterations, and the evaluation that follows them."""
        compute_s = self.iteration_s * self.compute_pu
        steps = [
            (compute_s, self.compute_w),
            (self.iteration_s - compute_s, self._or_waiting(self.communication_w)),
        ] * (self.iterations_per_evaluation or 1)
        steps.append((self.evaluation_s, self._or_waiting(self.evaluation_w)))
        return Cycle(tuple(step for step in steps if step[0]))

    def time_for(self, iterations: int) -> float:
        """Time that iterations take, with the evaluations after them."""
        evaluations = iterations // (self.iterations_per_evaluation or iterations + 1)
        return iterations * self.iteration_s + evaluations * self.evaluation_s

    def scaled(self, speed_pu: float, power_pu: float) -> Cycle:
        """The cycle of one GPU under a power cap: slower, with less power above that of the host.

        Args:
            speed_pu: Speed; 1 is full speed.
            power_pu: Power of the accelerators, as a share of what they draw without a cap.
        """
        return self.cycle().scaled(speed_pu, power_pu, self.host_w)

    def _or_waiting(self, power_w: float | None) -> float:
        return self.waiting_w if power_w is None else power_w


_HOST_W = 1780.0 / 8
"""Host and fans of a server of 8 x H200, per GPU: 1.78 kW at the wall, fitted to 12 runs with an error of at
most 6 % (MLPerf Inference 4.1). It is unverified for other servers."""

PRESETS: dict[str, Phases] = {
    "gpt3_512xh100": Phases(
        iteration_s=10.766,
        compute_pu=1.0 - 0.276,
        compute_w=453_500.0 / 512,
        communication_w=410_900.0 / 512,
        evaluation_s=12.965,
        evaluation_w=404_000.0 / 512,
        iterations_per_evaluation=12,
        waiting_w=2700.0 / 8,
        startup_s=359.49 - 1.89,
        host_w=_HOST_W,
    ),
    "olmo_h100": Phases(
        iteration_s=10.0,
        compute_pu=1.0,
        compute_w=600.0 + _HOST_W,
        waiting_w=100.0 + _HOST_W,
        host_w=_HOST_W,
    ),
}
"""Phases of measured jobs.

- `gpt3_512xh100`: GPT-3 175B on 64 nodes of 8 x H100, wall power (MLPerf Training 4.0, run 5848_2). The
  start-up lasts from `init_start` to `run_start` of its log. Its power is not in the trace; 2.7 kW per node
  is unverified.
- `olmo_h100`: OLMo on H100, over 600 W per GPU in training and about 100 W while a checkpoint is written: 85
  and 15 % of its 700 W (Morrison et al. 2025). The share of the host is added. The source does not resolve
  iterations: the length of one is assumed and has no effect.
"""

PhaseModel = Annotated[Phases, Presets(Phases, PRESETS)]
"""Phases as a field of another spec: the name of a preset, or a table of its fields."""
