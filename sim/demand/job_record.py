"""The job record: the row of a job in the jobs table, and what it enters into the books."""

from __future__ import annotations

from math import inf
from typing import Any

from sim.bus.account import Account
from sim.compute.member import Member, State
from sim.compute.tier import Tier
from sim.demand.order import Order
from sim.demand.progress import Progress
from sim.units import hours

_SUMMED = 1e-9
"""Share of an energy below which the difference of two sums of many parts is rounding error."""

WORK = Account("gpu_h_done", "GPU-h", "Training work done")
LOST = Account("gpu_h_lost", "GPU-h", "Training work lost")
WASTED = Account("lost_work_mwh", "MWh", "Energy of lost work")
OUTSTANDING = Account("deferred_outstanding_mwh", "MWh", "Deferred energy still outstanding")
"""Backlog at the end of the run."""
SAVED = Account("deferred_saved_mwh", "MWh", "Energy saved by slower work")
"""Flexible energy of the work kept at full speed, less the flexible energy drawn for it."""
DELAY = Account("backlog_mwh_h", "MWh h", "Backlog over time")
"""Integral of the backlog, for the mean delay."""


class JobRecord:
    """What is recorded of a job.

    Attributes:
        values: Its row of the jobs table.
        attempts: How often it has started.
        is_in: Whether it has GPUs.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self.values: dict[str, Any] = {
            "name": order.name,
            "kind": order.kind,
            "pool": order.pool,
            "state": "",
            "gpus": order.gpus,
            "submit_s": order.submit_s,
        }
        self.attempts = 0
        self.is_in = False
        self._line_s = 0.0
        self._in_line_s: float | None = None
        self._start_s: float | None = None
        self._end_s: float | None = None

    def enter_line(self, now_s: float) -> None:
        """It waits for GPUs."""
        self._in_line_s = now_s

    def leave_line(self, now_s: float) -> None:
        """It waits no longer."""
        if self._in_line_s is not None:
            self._line_s += now_s - self._in_line_s
            self._in_line_s = None

    @property
    def startup_s(self) -> float:
        """Time that the next start takes."""
        return self._order.restart_s if self.attempts else self._order.startup_s

    def begin_attempt(self) -> float:
        """It starts, for the first time or again; the time that this takes."""
        startup_s = self.startup_s
        self.attempts += 1
        return startup_s

    def begin(self, now_s: float) -> None:
        """It works for the first time."""
        self._start_s = now_s

    def end(self, now_s: float) -> None:
        """Its work is done."""
        self._end_s = now_s

    def close(self, member: Member, progress: Progress, tier: Tier, now_s: float) -> None:
        """Complete the row at the end of the run, and enter the accounts."""
        order = self._order
        state = self._state(member, tier)
        self.leave_line(now_s)
        done_s = min(order.work_s, progress.done_s + progress.unsaved_s(member.run_s))
        run_s = member.run_s or 1.0
        overhead = tier.time.mean_overhead()
        each_mw = member.nominal_mw * overhead
        flexible_mwh = member.flexible_mwh * overhead
        lost_mwh = flexible_mwh * progress.lost_s / run_s
        saved_mwh = hours(member.run_s - progress.lost_s) * each_mw - (flexible_mwh - lost_mwh)
        deferred_mwh = hours(member.deferred_s) * each_mw
        delay_mwh_h = hours(hours(member.backlog_s2)) * each_mw
        gpu_h = order.work_gpu_h / order.work_s
        firm_mw, _ = order.firm_and_flexible_mw(order.mean_w)
        wasted_mwh = lost_mwh + firm_mw * overhead * hours(progress.lost_s)
        self.values |= {
            "state": state,
            "team": order.team,
            "priority": order.priority,
            "work_gpu_h": order.work_gpu_h,
            "start_s": self._start_s,
            "end_s": self._end_s,
            "line_h": hours(self._line_s),
            "attempts": self.attempts,
            "done_gpu_h": order.work_gpu_h if done_s == order.work_s else done_s * gpu_h,
            "lost_gpu_h": progress.lost_s * gpu_h,
            "goodput_pu": self._goodput(done_s, now_s),
            "energy_mwh": member.energy_mwh,
            "lost_work_mwh": wasted_mwh,
            "unserved_mwh": member.unserved_mwh,
            "held_h": hours(member.held_s),
            "swing_mw": order.swing_mw * overhead,
            "capped_h": hours(member.capped_s),
            "deferred_mwh": deferred_mwh,
            "outstanding_mwh": hours(member.backlog_s) * each_mw,
            "saved_mwh": saved_mwh if abs(saved_mwh) > _SUMMED * flexible_mwh else 0.0,
            "idle_held_mwh": member.idle_mwh * overhead,
            "mean_delay_h": delay_mwh_h / deferred_mwh if deferred_mwh else 0.0,
            "late_h": hours(member.late_s) if member.deferred_s else 0.0,
            "deadline_s": order.deadline_s if order.deadline_s < inf else None,
        }
        self._enter(tier, delay_mwh_h)

    def _enter(self, tier: Tier, delay_mwh_h: float) -> None:
        row, amounts = self.values, tier.amounts
        amounts[WORK] += row["done_gpu_h"]
        amounts[OUTSTANDING] += row["outstanding_mwh"]
        amounts[SAVED] += row["saved_mwh"]
        amounts[DELAY] += delay_mwh_h
        amounts[LOST] += row["lost_gpu_h"]
        amounts[WASTED] += row["lost_work_mwh"]

    def _goodput(self, done_s: float, now_s: float) -> float | None:
        """Useful time over the time since it began."""
        if self._start_s is None:
            return None
        wall_s = (now_s if self._end_s is None else self._end_s) - self._start_s
        return done_s / wall_s if wall_s else None

    def _state(self, member: Member, tier: Tier) -> str:
        """What it does at the end of the run."""
        if self._end_s is not None:
            return "finished"
        if self.is_in:
            if member.state in {State.STARTING, State.RESTARTING}:
                return "starting"
            works = tier.time.speed and member.rate and member.state is State.ON
            return "running" if works else "held back"
        return "not yet submitted" if self._in_line_s is None else "waiting for GPUs"
