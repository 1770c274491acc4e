"""The laws of jobs, on random campuses: work, energy, deferral, and jobs simulated one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from campuses import DAYS, FACILITIES, SEEDS, points
from hypothesis import given
from hypothesis import strategies as st
from reference.gangs import Gang, Plant
from reference.gangs import run as simulate_one_by_one
from test_laws import Flows, law

from sim import Result, simulate
from sim.campus import Campus, TrainingJob

IDLE_W, BUSY_W = 200.0, 1000.0
POOL = {"servers": 100, "gpus_per_server": 10, "idle_w": 10 * IDLE_W, "busy_w": 10 * BUSY_W}
"""1,000 GPUs, which draw 0.2 MW while idle and 1 MW while busy."""
GPUS = 1000
FLAT = {"iteration_s": 700.0, "compute_pu": 1.0, "compute_w": BUSY_W, "waiting_w": IDLE_W, "startup_s": 400.0}
"""Phases in which a checkpoint is written with idle power."""
WAVES = FLAT | {"compute_pu": 0.6, "communication_w": 600.0, "checkpoint_w": 300.0}

LIMITS = points(st.sampled_from([0.0, 0.05, 0.13, 0.2, 0.33, 0.5, 0.71, 1.0, 1.3]), most=6)
BOUGHT = points(st.sampled_from([20.0, 45.0, 75.0, 120.0, 400.0]), most=6)
PUES = st.sampled_from([{"pue": 1.0}, {"pue": 1.3}])
SAVES = st.sampled_from(
    [
        {"interval_s": 1800.0, "cost_s": 0.0},
        {"interval_s": 3600.0, "cost_s": 0.0, "restart_s": 500.0},
        {"interval_s": 5000.0, "cost_s": 0.0, "restart_s": 7000.0},
    ]
)
STOPS = st.sampled_from(
    [
        None,
        None,
        {"mtbf_gpu_h": 3000.0},
        {"planned_every_h": 3.0},
        {"mtbf_gpu_h": 900.0, "planned_every_h": 2.5},
    ]
)


def campus(jobs: dict[str, Any], limit: Any, price: Any = 20.0, facility: Any = None) -> Campus:
    grid = {"kind": "grid", "import_limit_mw": limit, "import_price_usd_per_mwh": price}
    return Campus(
        name="jobs",
        facility=facility or {"pue": 1.0},
        servers={"hall": POOL},
        supply={"grid": grid},
        demand=jobs,
    )


def _named(jobs: list[dict[str, Any]]) -> dict[str, Any]:
    return {f"job{number}": job for number, job in enumerate(jobs)}


@st.composite
def job(draw: st.DrawFn, **values: Any) -> dict[str, Any]:
    """A job of any size, with no flexible power, some, or all."""
    gpus = draw(st.sampled_from([10, 250, 400, 700]))
    plain = {
        "kind": "training_job",
        "pool": "hall",
        "gpus": gpus,
        "work_gpu_h": gpus * draw(st.sampled_from([0.3, 2.0, 7.7, 500.0])),
        "submit_h": draw(st.sampled_from([0.0, 0.0, 0.9, 5.5])),
        "flexible_pu": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "worth_usd_per_mwh": draw(st.sampled_from([30.0, 60.0, 150.0])),
        "priority": draw(st.sampled_from([-1, 0, 0, 2])),
        "checkpoints": draw(st.one_of(st.none(), SAVES)),
        "interruptions": draw(STOPS),
    }
    return plain | values


JOBS = st.lists(job(), min_size=1, max_size=5).map(_named)


def tier_of(spec: TrainingJob) -> str:
    return f"hall jobs at {spec.worth_usd_per_mwh:g} USD/MWh" if spec.flexible_pu else "hall firm jobs"


def by_tier(result: Result, column: str) -> dict[str, float]:
    """A column of the jobs table, added up over the jobs of one price."""
    tiers = [tier_of(result.campus.demand[name]) for name in result.jobs["name"]]
    return result.jobs.groupby(tiers)[column].sum().to_dict()


def by_price(amounts: dict[str, float]) -> dict[str, float]:
    """Amounts by participant; tiers of one price that react differently are added up."""
    found: dict[str, float] = {}
    for name, amount in amounts.items():
        tier = name.partition(" (")[0]
        if tier.startswith("hall "):
            found[tier] = found.get(tier, 0.0) + amount
    return found


def entered(result: Result, account: str) -> dict[str, float]:
    """An account by participant, its months added up."""
    return {one.owner: one.total for one in result.books.postings if one.account.name == account}


@law(100)
@given(st.builds(campus, JOBS, LIMITS, BOUGHT, FACILITIES), DAYS, SEEDS)
def test_what_jobs_have_received_and_lacked_is_what_their_tier_has(
    made: Campus, days: float, seed: int
) -> None:
    result = simulate(made, days=days, seed=seed)
    books = {
        "energy_mwh": result.books.by_owner_mwh("served_mw"),
        "unserved_mwh": result.books.by_owner_mwh("unserved_mw"),
        "deferred_mwh": entered(result, "deferred_mwh"),
        "idle_held_mwh": entered(result, "idle_held_mwh"),
    }
    for column, amounts in books.items():
        found = by_price(amounts)
        for tier, amount in by_tier(result, column).items():
            assert amount == pytest.approx(found.get(tier, 0.0), rel=1e-9, abs=1e-9), (column, tier)


@law(100)
@given(
    st.lists(st.one_of(job(flexible_pu=1.0)), min_size=1, max_size=4).map(_named),
    LIMITS,
    BOUGHT,
    st.booleans(),
    st.tuples(DAYS, SEEDS),
)
def test_work_done_is_work_performed_less_work_lost(
    jobs: dict[str, Any], limit: Any, price: Any, writes: bool, length: tuple[float, int]
) -> None:
    if writes:  # at idle power, so that power above idle is work
        for one in jobs.values():
            one |= {"phases": FLAT, "resolution": "phases"}
            one["checkpoints"] = {"interval_s": 2000.0, "cost_s": 130.0, "restart_s": 50.0}
    result = simulate(campus(jobs, limit, price), days=length[0], seed=length[1])
    # from the bus alone: what is served beside the idle power that is served, of GPUs that are not free
    flows = Flows(result)
    tiers = {tier_of(spec) for spec in result.campus.demand.values()}
    owners = [name for name in result.books.by_owner_mwh("served_mw") if name.partition(" (")[0] in tiers]
    free_mw = flows.of("hall", "served_mw") + flows.of("hall", "unserved_mw")
    held_mw = GPUS * IDLE_W / 1e6 - free_mw
    above_mw = sum(flows.of(name, "served_mw") + flows.of(name, "unserved_mw") for name in owners) - held_mw
    performed_gpu_h = float(above_mw @ flows.dt_h) * 1e6 / (BUSY_W - IDLE_W)
    done, lost = result.jobs["done_gpu_h"].sum(), result.jobs["lost_gpu_h"].sum()
    assert done + lost == pytest.approx(performed_gpu_h, rel=1e-8, abs=1e-6)
    assert (result.jobs["done_gpu_h"] <= result.jobs["work_gpu_h"]).all()
    assert (result.jobs["lost_gpu_h"] >= 0.0).all()
    for name, spec in result.campus.demand.items():
        if spec.checkpoints is None and spec.interruptions is None:
            assert result.jobs.set_index("name").loc[name, "lost_gpu_h"] == 0.0


@law(60)
@given(
    st.lists(job(flexible_pu=1.0), min_size=1, max_size=4).map(_named),
    points(st.sampled_from([0.0, 2.0]), most=5),
    BOUGHT,
    SEEDS,
)
def test_each_hour_of_a_job_is_in_line_held_back_or_work(
    jobs: dict[str, Any], limit: Any, price: Any, seed: int
) -> None:
    for one in jobs.values():
        one["checkpoints"] = {"interval_s": 1700.0, "cost_s": 0.0}
    found = simulate(campus(jobs, limit, price), days=2.0, seed=seed).jobs
    ends = found["end"].fillna(pd.Timestamp("2025-01-03", tz="UTC"))
    there_h = (ends - found["submit"]).dt.total_seconds() / 3600
    work_h = (found["done_gpu_h"] + found["lost_gpu_h"]) / found["gpus"]
    assert (found["line_h"] + found["held_h"] + work_h).tolist() == pytest.approx(there_h.tolist(), abs=1e-6)


@law(60)
@given(job(), LIMITS, DAYS, SEEDS)
def test_a_job_that_has_crashed_draws_no_more_than_its_idle_power(
    one: dict[str, Any], limit: Any, days: float, seed: int
) -> None:
    one |= {"checkpoints": {"interval_s": 1800.0, "cost_s": 0.0, "restart_s": 600.0}, "submit_h": 0.0}
    result = simulate(campus({"job": one}, limit), days=days, seed=seed)
    flows = Flows(result)
    tier = tier_of(result.campus.demand["job"])
    down = flows.of(tier, "unserved_mw") > 1e-9
    assert (flows.of(tier, "served_mw")[down] <= one["gpus"] * IDLE_W / 1e6 + 1e-12).all()


@law(40)
@given(JOBS, LIMITS, BOUGHT, FACILITIES, SEEDS)
def test_teams_and_priorities_change_nothing_where_nobody_crashes(
    jobs: dict[str, Any], limit: Any, price: Any, facility: Any, seed: int
) -> None:
    for one in jobs.values():
        one["checkpoints"] = None
    others = {
        name: one | {"team": f"team {number % 2}", "priority": 7 * number % 5}
        for number, (name, one) in enumerate(jobs.items())
    }
    first, second = (
        simulate(campus(each, limit, price, facility), days=1.0, seed=seed) for each in (jobs, others)
    )
    own = ["team", "priority"]
    pd.testing.assert_frame_equal(first.jobs.drop(columns=own), second.jobs.drop(columns=own), rtol=1e-9)
    assert first.summary.energy_mwh == pytest.approx(second.summary.energy_mwh, rel=1e-12)


COMPARED = ["done_gpu_h", "energy_mwh", "unserved_mwh", "held_h", "deferred_mwh", "idle_held_mwh", "late_h"]


@law(60)
@given(
    st.lists(job(flexible_pu=0.5, worth_usd_per_mwh=60.0, checkpoints=None), min_size=2, max_size=5).map(
        _named
    ),
    LIMITS,
    BOUGHT,
    PUES,
    SEEDS,
)
def test_results_do_not_depend_on_how_jobs_are_split_between_tiers_of_one_price(
    jobs: dict[str, Any], limit: Any, price: Any, facility: Any, seed: int
) -> None:
    # a share that differs by a hair makes every other job one of another tier
    split = {
        name: one | {"flexible_pu": 0.5 + 1e-9 * (number % 2)}
        for number, (name, one) in enumerate(jobs.items())
    }
    together, apart = (
        simulate(campus(each, limit, price, facility), days=1.0, seed=seed) for each in (jobs, split)
    )
    assert sum(" (2)" in name for name in apart.books.by_owner_mwh("served_mw")) == 1
    for column in COMPARED:
        assert together.jobs[column].tolist() == pytest.approx(
            apart.jobs[column].tolist(), rel=1e-5, abs=1e-5
        )
    assert together.summary.energy_mwh == pytest.approx(apart.summary.energy_mwh, rel=1e-6)
    assert together.summary.gpu_h_done == pytest.approx(apart.summary.gpu_h_done, rel=1e-6, abs=1e-6)


@law(40)
@given(JOBS, BOUGHT, PUES, SEEDS)
def test_a_hair_of_worth_changes_nothing_where_power_is_all_or_nothing(
    jobs: dict[str, Any], price: Any, facility: Any, seed: int
) -> None:
    split = {
        name: one | {"worth_usd_per_mwh": one["worth_usd_per_mwh"] + 1e-3 * (number % 2)}
        for number, (name, one) in enumerate(jobs.items())
    }
    for each in (jobs, split):
        for one in each.values():
            one["gpus"], one["work_gpu_h"] = 100, one["work_gpu_h"] / one["gpus"] * 100  # room for all
    together, apart = (
        simulate(campus(each, 10.0, price, facility), days=1.0, seed=seed) for each in (jobs, split)
    )
    for column in COMPARED:
        assert together.jobs[column].tolist() == pytest.approx(
            apart.jobs[column].tolist(), rel=1e-6, abs=1e-6
        )
    assert together.summary.energy_mwh == pytest.approx(apart.summary.energy_mwh, rel=1e-9)


@law(40)
@given(
    st.lists(job(), min_size=1, max_size=3).map(_named),
    st.sampled_from([None, {"interval_s": 1900.0, "cost_s": 0.0}, {"interval_s": 2500.0, "cost_s": 170.0}]),
    SEEDS,
)
def test_average_and_phases_agree_in_energy_and_end_where_power_is_not_short(
    jobs: dict[str, Any], plan: Any, seed: int
) -> None:
    for one in jobs.values():
        one |= {"phases": WAVES, "checkpoints": plan, "interruptions": None}
    exact = {name: one | {"resolution": "phases"} for name, one in jobs.items()}
    average, phases = (simulate(campus(each, 10.0), days=400 / 24, seed=seed).jobs for each in (jobs, exact))
    done = average["end"].notna()
    assert phases["end"].notna().tolist() == done.tolist()
    assert phases["energy_mwh"][done].tolist() == pytest.approx(
        average["energy_mwh"][done].tolist(), rel=1e-9
    )
    late_s = (phases["end"] - average["end"])[done].dt.total_seconds()
    assert np.abs(late_s).max() <= 1e-5 if done.any() else True
    assert not phases["saved_mwh"][done].any()
    for column in ("lost_gpu_h", "held_h", "deferred_mwh", "late_h"):
        assert not phases[column].any()


GANGS = st.lists(
    st.tuples(
        st.sampled_from([10, 100, 250, 300]),
        st.floats(0.1, 30.0),
        st.floats(0.0, 12.0) | st.sampled_from([0.0, 3.0]),
        st.sampled_from([0, 0, 3, -2]),
    ),
    min_size=1,
    max_size=12,
).filter(lambda found: sum(gpus for gpus, *_ in found) <= GPUS)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 4000).map(lambda at: at / 100),
        st.sampled_from([0.0, 0.07, 0.15, 0.19, 0.21, 0.4, 0.6, 0.9, 2.0]),
    ),
    max_size=8,
)


@law(150)
@given(
    GANGS,
    STEPS,
    st.sampled_from([0.0, 0.4, 1.0]),
    st.sampled_from([None, None, (0.5, 0.0), (1.0, 0.2), (1.7, 3.0)]),
)
def test_each_job_fares_as_if_it_were_simulated_by_itself(
    gangs: list[tuple[int, float, float, int]],
    limits: list[tuple[float, float]],
    flexible_pu: float,
    saves: tuple[float, float] | None,
) -> None:
    days = 2.0
    if saves:
        flexible_pu = 1.0  # otherwise jobs wake each other
    ladder = sorted({0.0: 2.0, **dict(limits)}.items())
    plant = Plant(
        gpus=GPUS,
        idle_mw=IDLE_W / 1e6,
        busy_mw=BUSY_W / 1e6,
        flexible_pu=flexible_pu,
        checkpoint_h=saves[0] if saves else None,
        restart_h=saves[1] if saves else 0.0,
        limits=ladder,
    )
    ones = [
        Gang(f"job{at:02d}", gpus, work_h, submit_h, priority)
        for at, (gpus, work_h, submit_h, priority) in enumerate(gangs)
    ]
    simulate_one_by_one(plant, ones, days * 24)
    jobs = {
        one.name: {
            "kind": "training_job",
            "pool": "hall",
            "gpus": one.gpus,
            "work_gpu_h": one.gpus * one.work_h,
            "submit_h": one.submit_h,
            "flexible_pu": flexible_pu,
            "priority": one.priority,
            "checkpoints": {"interval_s": 3600 * saves[0], "cost_s": 0.0, "restart_s": 3600 * saves[1]}
            if saves
            else None,
        }
        for one in ones
    }
    limit = {"times_s": [3600 * hour for hour, _ in ladder], "values": [mw for _, mw in ladder]}
    result = simulate(campus(jobs, limit), days=days)
    rows = result.jobs.set_index("name")
    starts = result.campus.start
    for one in ones:
        row = rows.loc[one.name]
        found_h = np.inf if pd.isna(row["end"]) else (row["end"] - starts).total_seconds() / 3600
        assert found_h == pytest.approx(one.end_h, abs=1e-5 / 3600)  # times are kept in microseconds
        assert row["attempts"] == one.attempts
        assert row["lost_gpu_h"] == pytest.approx(one.gpus * one.lost_h, abs=1e-6)
        each_mw = one.gpus * (plant.busy_mw - plant.idle_mw) * flexible_pu
        for column, expected in (
            ("energy_mwh", one.energy_mwh),
            ("unserved_mwh", one.unserved_mwh),
            ("held_h", one.held_h),
            ("idle_held_mwh", one.idle_mwh),
            ("deferred_mwh", one.deferred_h * each_mw),
            ("outstanding_mwh", 0.0 if one.end_h < np.inf else one.backlog_h * each_mw),
            ("late_h", one.late_h if one.deferred_h else 0.0),
        ):
            assert row[column] == pytest.approx(expected, rel=1e-7, abs=1e-7), (column, one)
        if one.deferred_h * each_mw > 1e-9:
            assert row["mean_delay_h"] == pytest.approx(one.backlog_h2 / one.deferred_h, rel=1e-6)
