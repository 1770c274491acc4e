"""The order: what a training job is to do, and how its GPUs share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from sim.compute.behaviour import Capped, Proportional
from sim.demand.levels import Levels
from sim.units import W_PER_MW

FOLLOWING = Proportional(firm_ratio=0.0, flexible_ratio=1.0)
"""Speed is the share of the power above idle."""


@dataclass(slots=True)
class Order:
    """What a job is to do.

    Attributes:
        name: Name of the job.
        kind: Its kind.
        pool: Name of the pool it runs on.
        gpus: Number of GPUs.
        work_gpu_h: Work, in GPU-hours at full speed.
        work_s: The same as time on all its GPUs at full speed, without checkpoints.
        submit_s: Elapsed second of submission.
        worth_usd_per_mwh: What power is worth to it.
        levels: Power per GPU.
        idle_w: Power of an idle GPU.
        flexible_pu: Share of the power above idle that is flexible.
        startup_s: Time before it works for the first time.
        restart_s: Time before it works again after an interruption.
        waiting_w: Power per GPU in both; None for idle power.
        mtbf_s: Mean time between its failures.
        planned_s: Time between planned stops.
        priority: Order in which jobs keep power and GPUs, the highest first.
        team: Who it belongs to.
        deadline_s: Elapsed second by which it should be done.
        latest_start_s: Elapsed second by which it should have started.
        is_protected: Whether it never yields its GPUs.
        under_cap: How it reacts to a cap on all its power above idle, firm or flexible.
        follows_phases: Whether its power follows its phases; otherwise it is constant, with the same energy.
        mean_w: Mean power per GPU at full speed.
    """

    name: str
    kind: str
    pool: str
    gpus: int
    work_gpu_h: float
    work_s: float
    submit_s: float
    worth_usd_per_mwh: float
    levels: Levels
    idle_w: float
    flexible_pu: float
    startup_s: float = 0.0
    restart_s: float = 0.0
    waiting_w: float | None = None
    mtbf_s: float = inf
    planned_s: float = inf
    priority: int = 0
    team: str = ""
    deadline_s: float = inf
    latest_start_s: float = inf
    is_protected: bool = False
    under_cap: Proportional | Capped = FOLLOWING
    follows_phases: bool = False
    mean_w: float = field(init=False)

    def __post_init__(self) -> None:
        self.mean_w = self.levels.mean_w(self.work_s)

    def firm_and_flexible_mw(self, gpu_w: float) -> tuple[float, float]:
        """Firm and flexible IT power at a power per GPU [MW]."""
        flexible_w = max(0.0, gpu_w - self.idle_w) * self.flexible_pu
        return self.gpus * (gpu_w - flexible_w) / W_PER_MW, self.gpus * flexible_w / W_PER_MW

    def above_idle_mw(self, gpu_w: float) -> float:
        """IT power above idle at a power per GPU [MW]."""
        return self.gpus * max(0.0, gpu_w - self.idle_w) / W_PER_MW

    def under(self, cap_pu: float, gpu_w: float) -> tuple[tuple[float, float], float]:
        """Firm and flexible IT power [MW] at a power per GPU under a cap, and the speed with it.

        Args:
            cap_pu: Share of the power above idle that it may draw.
            gpu_w: Power per GPU without the cap.
        """
        if cap_pu == 1.0:
            return self.firm_and_flexible_mw(gpu_w), 1.0
        capped_w = self.idle_w + cap_pu * (gpu_w - self.idle_w)
        return self.firm_and_flexible_mw(capped_w), self.under_cap.speed_pu(1.0, cap_pu)

    @property
    def swing_mw(self) -> float:
        """Largest step of IT power between two phases, also where the mean of the phases is drawn [MW]."""
        cycle = self.levels.cycle
        return 0.0 if cycle is None else self.gpus * cycle.largest_step_w / W_PER_MW

    @property
    def idle_mw(self) -> float:
        """IT power of its GPUs while they are idle [MW]."""
        return self.gpus * min(self.mean_w, self.idle_w) / W_PER_MW

    @property
    def waiting_mw(self) -> float:
        """IT power of its GPUs while it starts [MW]."""
        return self.idle_mw if self.waiting_w is None else self.gpus * self.waiting_w / W_PER_MW
