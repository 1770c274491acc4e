"""Laws of power domains, on whole runs of random racks, rows and jobs.

Each job has a price of its own and so a terminal of its own, whose flow is its power; a scheduler that notes
where jobs start tells in which racks it is drawn.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import defaultdict
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from builders import compute, steps
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Result
from sim.campus import Decision, FirstCome, PowerDomain, ServerPool, State, TrainingJob
from sim.compute.scheduler import Racks
from sim.demand.phases import Phases

IDLE_W, BUSY_W = 1000.0, 5000.0
"""Power of a server of four GPUs."""
GPUS = 4
SWINGING = Phases(
    iteration_s=5400.0, compute_pu=0.4, compute_w=1250.0, communication_w=400.0, waiting_w=250.0
)


def law(runs: int) -> settings:
    """So many random runs, times LAWS_TIMES of the environment."""
    return settings(max_examples=runs * int(os.environ.get("LAWS_TIMES", "1")))


class Noting(FirstCome):
    """First come, first served; it notes where jobs start."""

    kind: Literal["noting"] = "noting"
    notes: ClassVar[dict[str, list[tuple[float, Racks]]]] = defaultdict(list)

    def decide(self, state: State) -> Decision:
        """Decide as usual."""
        decision = super().decide(state)
        names = {job.number: job.name for job in state.waiting}
        for start in decision.starts:
            self.notes[names[start.number]].append((state.now_s, start.racks))
        return decision


Row = tuple[float, list[tuple[int, float]]]
"""Limit of a row, and servers and limit of each of its racks; limits as a share of idle to busy power."""
SHARES = st.sampled_from([0.0, 0.1, 0.35, 0.6, 0.85, 1.0, 1.3])
ROWS = st.lists(
    st.tuples(SHARES, st.lists(st.tuples(st.integers(1, 3), SHARES), min_size=1, max_size=3)),
    min_size=1,
    max_size=3,
)


def limit_mw(servers: int, share: float) -> float:
    return servers * (IDLE_W + share * (BUSY_W - IDLE_W)) / 1e6


def pool(rows: list[Row], **values: Any) -> ServerPool:
    domains = [
        PowerDomain(
            name=f"row {at}",
            limit_mw=limit_mw(sum(servers for servers, _ in racks), share),
            domains=tuple(
                PowerDomain(name=f"rack {number}", servers=servers, limit_mw=limit_mw(servers, part))
                for number, (servers, part) in enumerate(racks)
            ),
        )
        for at, (share, racks) in enumerate(rows)
    ]
    servers = sum(domain.size for domain in domains)
    known = {"servers": servers, "gpus_per_server": GPUS, "idle_w": IDLE_W, "busy_w": BUSY_W}
    return ServerPool(**{**known, "domains": tuple(domains), **values})


@st.composite
def jobs(draw: st.DrawFn, gpus: int) -> dict[str, TrainingJob]:
    """Jobs that each have a terminal of their own; only one of them may be firm."""
    found = {}
    for at in range(draw(st.integers(1, 5))):
        size = draw(st.integers(1, gpus))
        response = draw(st.sampled_from([None, "rtx6000", "h200_llm"]))
        phased = {"phases": SWINGING, "resolution": "phases"}
        values = draw(st.sampled_from([{}, phased, {"gpu_w": 900.0}, {"gpu_w": 400.0}]))
        shares = [1.0] if response else [0.4, 1.0]
        shares = [0.0, *shares] if at == 0 else shares
        saves = draw(st.sampled_from([None, {"interval_s": 3600.0, "cost_s": 60.0, "write_w": 600.0}]))
        found[f"job {at}"] = TrainingJob(
            pool="hall",
            gpus=size,
            work_gpu_h=size * draw(st.sampled_from([1.0, 3.5, 8.0])),
            submit_h=draw(st.sampled_from([0.0, 0.5, 4.0])),
            worth_usd_per_mwh=100.0 + at,
            priority=draw(st.integers(0, 1)),
            flexible_pu=draw(st.sampled_from(shares)),
            response=response,
            checkpoints=saves,
            **values,
        )
    return found


def power_of(result: Result, name: str, job: TrainingJob) -> np.ndarray:
    """Power of a job in each row of the flows."""
    label = f"jobs at {job.worth_usd_per_mwh:g} USD/MWh" if job.flexible_pu else "firm jobs"
    assert name in result.campus.demand
    return result.flows[f"hall {label}.served_mw"].to_numpy()


def rack_power(result: Result, work: dict[str, TrainingJob], racks: list[int]) -> np.ndarray:
    """Power of each rack in each row of the flows: of jobs where they started, of idle GPUs elsewhere."""
    t_s = result.books.t_s
    power = np.zeros((len(racks), len(t_s)))
    free = np.repeat(np.array(racks, dtype=float)[:, None] * GPUS, len(t_s), axis=1)
    for name, job in work.items():
        starts = Noting.notes[name]
        drawn_mw = power_of(result, name, job)
        for at in np.flatnonzero(drawn_mw):
            started = bisect_right(starts, t_s[at], key=lambda one: one[0]) - 1
            for rack, gpus in starts[started][1]:
                power[rack, at] += drawn_mw[at] * gpus / job.gpus
                free[rack, at] -= gpus
    assert (free >= 0.0).all()
    return power + free * IDLE_W / GPUS / 1e6


SUPPLIES = st.lists(st.sampled_from([0.0, 0.004, 0.012, 0.03, 1.0]), min_size=1, max_size=4)


@law(150)
@given(st.data(), ROWS, SUPPLIES, st.booleans(), st.sampled_from([None, 30.0]))
def test_no_domain_draws_more_than_its_limit_and_the_books_close(
    data: st.DataObject, rows: list[Row], supply_mw: list[float], within_rack: bool, mttf_h: float | None
) -> None:
    Noting.notes.clear()
    hall = pool(rows, scheduler=Noting(within_rack=within_rack), mttf_h=mttf_h, mttr_h=2.0)
    work = data.draw(jobs(hall.gpus))
    limit = steps(*((3.0 * at, mw) for at, mw in enumerate([*supply_mw, 1.0])))
    result = compute(hall, work, import_limit_mw=limit)
    racks = [servers for _, row in rows for servers, _ in row]
    power_mw = rack_power(result, work, racks)
    for rack, domain in enumerate(domain for row in hall.domains for domain in row.domains):
        assert power_mw[rack].max() <= domain.limit_mw * (1 + 1e-9)
    first = 0
    for row in hall.domains:
        inside = power_mw[first : first + len(row.domains)].sum(axis=0)
        assert inside.max() <= row.limit_mw * (1 + 1e-9)
        first += len(row.domains)
    table, summary = result.jobs.set_index("name"), result.summary
    for name, job in work.items():
        energy_mwh = power_of(result, name, job) @ result.flows["dt_h"].to_numpy()
        assert table.loc[name, "energy_mwh"] == pytest.approx(energy_mwh, rel=1e-9, abs=1e-12)
    for column, total in (
        ("deferred_mwh", summary.deferred_mwh),
        ("idle_held_mwh", summary.idle_held_mwh),
        ("outstanding_mwh", summary.deferred_outstanding_mwh),
    ):
        assert table[column].sum() == pytest.approx(total, rel=1e-9, abs=1e-12)
    assert (table["capped_h"] <= table["held_h"] * (1 + 1e-9)).all()
    assert ("capped_h" in summary.accounts) >= bool((table["capped_h"] > 0.0).any())


@law(60)
@given(st.data(), ROWS, SUPPLIES)
def test_a_pool_whose_limits_cannot_be_reached_runs_as_one_without_limits(
    data: st.DataObject, rows: list[Row], supply_mw: list[float]
) -> None:
    wide = [(1.0, [(servers, 1.0) for servers, _ in racks]) for _, racks in rows]
    work = {
        name: job.with_values({"gpu_w": None}) if job.phases is None else job
        for name, job in data.draw(jobs(pool(wide).gpus)).items()
    }
    limit = steps(*((3.0 * at, mw) for at, mw in enumerate([*supply_mw, 1.0])))
    with_limits = compute(pool(wide), work, import_limit_mw=limit)
    without = compute(pool(wide, domains=()), work, import_limit_mw=limit)
    assert with_limits.flows.equals(without.flows)
    assert with_limits.jobs.equals(without.jobs)
    assert not (with_limits.jobs["capped_h"] > 0.0).any()
    drop = {"loop_s", "wall_s"}
    metrics = [
        {key: value for key, value in one.summary.to_dict().items() if key not in drop}
        for one in (with_limits, without)
    ]
    assert metrics[0] == metrics[1]
