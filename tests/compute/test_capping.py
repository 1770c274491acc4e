"""Racks and rows with power limits: who is capped, how much slower it runs, and what it draws."""

from __future__ import annotations

from typing import Any

import pytest
from builders import compute, elapsed_h, steps, told

from sim import Result
from sim.campus import EasyBackfill, InferenceStream, PowerDomain, PowerResponse, ServerPool, TrainingJob
from sim.demand.phases import Phases

RACK = PowerDomain(name="rack", servers=4, limit_mw=0.04, copies=4)
ROWS = PowerDomain(name="row", limit_mw=0.128, copies=2, domains=(RACK,))
# a server draws 2 kW idle and 10 kW busy, so a rack is rated 40 kW, and a row of 16 servers 160 kW: the limit
# is 80 % of it. A row's idle power is 32 kW, so its jobs share 96 of the 128 kW that they may want above it.
TIER, FIRM = "hall jobs at 150 USD/MWh", "hall firm jobs"
CURVE = PowerResponse(dead_pu=0.1, bend=2.0, floor_pu=0.6)


def pool(*domains: PowerDomain, **values: Any) -> ServerPool:
    servers = sum(domain.copies * domain.size for domain in domains)
    return ServerPool(servers=servers, idle_w=2000.0, busy_w=10_000.0, domains=domains, **values)


def job(servers: int, hours: float, **values: Any) -> TrainingJob:
    """A job on whole servers of 8 GPUs, with its length at full speed."""
    return TrainingJob(pool="hall", gpus=8 * servers, work_gpu_h=8 * servers * hours, **values)


def run(hall: ServerPool, *, limit_mw: Any = 10.0, days: float = 2.0, **jobs: Any) -> Result:
    return compute(hall, jobs, days=days, import_limit_mw=limit_mw)


def row_of(result: Result, name: str) -> dict[str, Any]:
    return dict(result.jobs.set_index("name").loc[name])


def ends_h(result: Result) -> dict[str, float]:
    """When each job ended, in hours."""
    ended = result.jobs.set_index("name")["end"].dropna()
    return {str(name): pytest.approx(elapsed_h(result, end)) for name, end in ended.items()}


def test_a_row_at_80_percent_of_its_nameplate_caps_its_job_by_a_quarter() -> None:
    result = run(pool(ROWS), a=job(16, 9.0), b=job(8, 9.0, submit_h=1.0))
    # a has row 1: 96 of 128 kW, three quarters of its speed; b has half of row 2: 64 of 96 kW, at full speed
    assert ends_h(result) == {"a": 12.0, "b": 10.0}
    a, b = row_of(result, "a"), row_of(result, "b")
    assert (a["capped_h"], a["held_h"], b["capped_h"]) == (pytest.approx(12.0), pytest.approx(12.0), 0.0)
    assert a["energy_mwh"] == pytest.approx(12 * 0.128)  # just the limit of the row
    # in 9 h the baseline is done; a quarter of them, 2.25 h at 128 kW, comes later
    assert a["deferred_mwh"] == pytest.approx(2.25 * 0.128)
    assert (a["late_h"], a["outstanding_mwh"], a["saved_mwh"]) == (pytest.approx(3.0), 0.0, 0.0)
    assert a["idle_held_mwh"] == pytest.approx(12 * 0.032 / 4)
    summary = result.summary
    assert summary.accounts == {
        "capped_h": pytest.approx(12.0),
        "capped_h.hall/row 1": pytest.approx(12.0),
        "capped_mwh": pytest.approx(12 * 0.032),
        "capped_mwh.hall/row 1": pytest.approx(12 * 0.032),
    }
    assert summary.deferred_mwh == pytest.approx(a["deferred_mwh"])
    assert summary.idle_held_mwh == pytest.approx(a["idle_held_mwh"])


def test_the_report_says_which_domain_capped_jobs_and_that_it_is_oversubscribed() -> None:
    report = " ".join(run(pool(ROWS), a=job(16, 9.0)).report().split())
    assert "- Capped by power domains: hall/row 1 for 12.0 h, 0.384 MWh | job" in report
    assert (
        "hall: row (each of 2): 16 servers of 10,000 W are rated 0.16 MW, 1.25 times the limit of 0.128 MW; "
        "jobs in it are capped at the limit" in report
    )
    assert "Other accounts" not in report


def test_a_firm_job_is_capped_too_and_nothing_of_it_is_unserved_or_deferred() -> None:
    result = run(pool(ROWS), a=job(16, 9.0, flexible_pu=0.0))
    assert ends_h(result) == {"a": 12.0}
    assert (result.summary.unserved_mwh, result.summary.deferred_mwh) == (0.0, 0.0)
    assert row_of(result, "a")["energy_mwh"] == pytest.approx(12 * 0.128)
    assert result.flows[f"{FIRM}.served_mw"].max() == pytest.approx(0.128)


@pytest.mark.parametrize("flexible_pu", [0.0, 1.0])
def test_a_job_with_a_response_follows_it_whether_firm_or_flexible(flexible_pu: float) -> None:
    hall = pool(ROWS)
    above_pu = (hall.busy_w_per_gpu - hall.idle_w_per_gpu) / hall.accelerator_w_per_gpu
    speed_pu = CURVE.speed_pu(1.0 - 0.25 * above_pu)  # a quarter of the power above idle is denied
    assert speed_pu > 0.75
    result = run(hall, a=job(16, 9.0, response=CURVE, flexible_pu=flexible_pu))
    assert ends_h(result) == {"a": 9.0 / speed_pu}
    # it needs less flexible energy than at full speed
    saved_mwh = 9 * 0.128 - 9 / speed_pu * 0.096
    assert row_of(result, "a")["saved_mwh"] == pytest.approx(flexible_pu * saved_mwh)


def test_a_cap_lifts_when_another_job_ends() -> None:
    result = run(pool(ROWS), a=job(8, 12.0), b=job(8, 6.0))
    # both at three quarters until b is done after 8 h; a has 6 h left then, at full speed
    assert ends_h(result) == {"a": 14.0, "b": 8.0}
    assert row_of(result, "a")["capped_h"] == pytest.approx(8.0)


def test_a_job_in_two_rows_runs_at_the_speed_of_the_slower_and_leaves_the_rest_to_others() -> None:
    rows = (
        PowerDomain(name="a", servers=4, limit_mw=0.024),  # 8 kW idle, 16 of 32 kW above
        PowerDomain(name="b", servers=8, limit_mw=0.064),  # 16 kW idle, 48 of 64 kW above
    )
    result = run(pool(*rows), across=job(8, 6.0), beside=job(4, 9.0))
    # the first has half of its power in both: 16 kW of b, which leaves 32 kW, all that the other wants
    assert ends_h(result) == {"across": 12.0, "beside": 9.0}
    assert set(result.summary.accounts) == {"capped_h", "capped_h.hall/a", "capped_mwh", "capped_mwh.hall/a"}


def test_below_the_floor_jobs_pause_one_after_the_other_and_the_rest_runs() -> None:
    hall = pool(PowerDomain(name="row", servers=4, limit_mw=0.024))  # 8 kW idle, 16 of 32 kW above
    values = {"response": CURVE}
    result = run(hall, a=job(2, 6.0, **values), b=job(1, 6.0, **values), c=job(1, 6.0, priority=1, **values))
    # half is below the floor for all: b, the last, pauses; then a, for 16 of 24 kW are too little; c runs.
    # When c is done, a has all that it wants, and b what is left when a is done.
    assert ends_h(result) == {"a": 12.0, "b": 18.0, "c": 6.0}
    b = row_of(result, "b")
    assert (b["capped_h"], b["goodput_pu"]) == (pytest.approx(12.0), pytest.approx(1.0))
    assert b["energy_mwh"] == pytest.approx(12 * 0.002 + 6 * 0.01)  # idle while it pauses
    assert b["deferred_mwh"] == pytest.approx(6 * 0.008)
    assert result.summary.accounts["capped_mwh"] == pytest.approx(6 * (0.016 + 0.008) + 6 * 0.008)


def test_a_job_that_its_rack_never_lets_run_is_held_back() -> None:
    hall = pool(PowerDomain(name="row", servers=4, limit_mw=0.016))  # 8 of 32 kW above
    a = row_of(run(hall, a=job(4, 6.0, response=CURVE)), "a")
    assert (a["state"], a["done_gpu_h"], a["capped_h"]) == ("held back", 0.0, pytest.approx(48.0))
    assert a["outstanding_mwh"] == pytest.approx(6 * 0.032)


def test_under_a_cap_and_a_shortage_the_speed_is_the_product() -> None:
    # of the 96 kW above idle that are left by the row, the site gives half: 32 x 2 + 48 kW
    result = run(pool(ROWS), limit_mw=steps((0, 10.0), (4, 0.112), (8, 10.0)), a=job(16, 12.0))
    # 4 h at 3/4, 4 h at 3/8, and 7.5 h of work left at 3/4
    assert ends_h(result) == {"a": 8.0 + 7.5 / 0.75}
    a = row_of(result, "a")
    assert a["deferred_mwh"] == pytest.approx((8 / 4 + 4 * 5 / 8) * 0.128)  # while its baseline runs, 12 h
    assert a["idle_held_mwh"] == pytest.approx((14 / 4 + 4 * 5 / 8) * 0.032)
    assert result.summary.idle_held_mwh == pytest.approx(a["idle_held_mwh"])
    assert result.summary.deferred_mwh == pytest.approx(a["deferred_mwh"])


def test_with_firm_power_short_too_the_books_of_a_capped_job_close() -> None:
    # below 64 kW even idle power is short; the pool's other row takes half of what there is
    result = run(pool(ROWS), limit_mw=steps((0, 10.0), (4, 0.048), (8, 10.0)), a=job(16, 12.0))
    a = row_of(result, "a")
    assert ends_h(result) == {"a": 8.0 + 9.0 / 0.75}
    assert a["idle_held_mwh"] == pytest.approx((16 / 4 + 4 * 0.75) * 0.032)  # 24 of 32 kW for 4 h
    assert result.summary.idle_held_mwh == pytest.approx(a["idle_held_mwh"])
    assert result.summary.unserved_by_load_mwh[TIER] == pytest.approx(a["unserved_mwh"])


def test_only_the_phases_that_exceed_a_limit_are_capped() -> None:
    phases = Phases(
        iteration_s=600.0, compute_pu=0.5, compute_w=1250.0, communication_w=550.0, waiting_w=250.0
    )
    given = {"phases": phases, "resolution": "phases"}
    result = run(pool(ROWS), a=job(16, 6.0, **given))
    # 128 kW above idle in compute, of which 96 are left: 300 s take 400 s; 38.4 kW in communication
    assert ends_h(result) == {"a": 36 * 700 / 3600}
    assert row_of(result, "a")["capped_h"] == pytest.approx(36 * 400 / 3600)
    assert sorted({round(mw, 9) for mw in result.flows[f"{TIER}.served_mw"]}) == [
        0.0,
        pytest.approx(0.032 + 0.0384),
        pytest.approx(0.032 + 0.096),
    ]
    mean = run(pool(ROWS), a=job(16, 6.0, phases=phases))
    assert ends_h(mean) == {"a": 6.0}  # the mean of 83.2 kW above idle does not reach the limit
    assert not mean.summary.accounts


def test_a_job_that_takes_more_than_a_busy_server_can_reach_a_limit_that_others_cannot() -> None:
    hall = pool(PowerDomain(name="row", servers=4, limit_mw=0.04))
    assert ends_h(run(hall, a=job(4, 6.0), b=job(4, 6.0, gpu_w=2250.0, submit_h=1.0))) == {
        "a": 6.0,
        "b": 6.0 + 6.0 * 2,  # 64 kW above idle, of which 32 are left
    }


def _stream(gpus: int) -> InferenceStream:
    """A stream that keeps GPUs and has no requests."""
    return InferenceStream(
        pool="hall", replicas=gpus, model="qwen3_14b_1xh100", requests_per_s=0.0, classes={"all": "chat"}
    )


def test_busy_power_of_reserved_gpus_is_kept_free_in_the_first_racks() -> None:
    rows = PowerDomain(name="row", servers=4, limit_mw=0.032, copies=2)  # 8 kW idle each
    stream = _stream(16)
    result = run(pool(rows), chat=stream, a=job(2, 6.0), b=job(4, 6.0))
    # row 1: 24 kW above idle less 16 for the stream leave 8 of 16 for a; row 2: 24 of 32 for b
    assert ends_h(result) == {"a": 12.0, "b": 8.0}


def test_a_stream_whose_busy_power_exceeds_a_limit_is_refused() -> None:
    hall = pool(PowerDomain(name="row", servers=4, limit_mw=0.016, copies=2))
    stream = _stream(24)
    assert told(lambda: run(hall, chat=stream)) == (
        "demand.chat: pool = 'hall' has no power for 24 GPUs; with the servers around them they need "
        "0.032 MW in row 1, whose limit is 0.016 MW"  # 3 x 10 + 2 kW
    )


def test_a_job_that_yields_or_crashes_frees_the_power_of_its_racks() -> None:
    hall = pool(ROWS, mttf_h=100.0, mttr_h=1.0)
    saves = {"checkpoints": {"interval_s": 1800.0, "cost_s": 0.0}}
    result = run(hall, days=4.0, a=job(8, 20.0, **saves), b=job(16, 20.0, **saves), c=job(4, 20.0, **saves))
    jobs = result.jobs.set_index("name")
    assert jobs["attempts"].max() > 1
    assert result.summary.gpu_h_done == pytest.approx(8 * 28 * 20)
    assert jobs["energy_mwh"].sum() == pytest.approx(result.flows[f"{TIER}.served_mw"] @ result.flows["dt_h"])
    assert jobs["deferred_mwh"].sum() == pytest.approx(result.summary.deferred_mwh)
    assert jobs["idle_held_mwh"].sum() == pytest.approx(result.summary.idle_held_mwh)


def test_a_job_that_starts_again_leaves_its_power_to_others_until_it_works() -> None:
    stops = {
        "checkpoints": {"interval_s": 3600.0, "cost_s": 0.0, "restart_s": 3600.0},
        "interruptions": {"planned_every_h": 4.0},
    }
    result = run(pool(ROWS), days=0.25, a=job(8, 12.0, **stops), b=job(8, 12.0))
    # from 4:00 to 5:00 a loads its data; b alone wants 64 of the 96 kW of row 1
    assert row_of(result, "b")["capped_h"] == pytest.approx(6.0 - 1.0)
    assert row_of(result, "b")["done_gpu_h"] == pytest.approx(64 * (5 * 0.75 + 1))


def test_backfill_expects_the_end_of_a_capped_job_where_it_is() -> None:
    hall = pool(PowerDomain(name="row", servers=16, limit_mw=0.128), scheduler=EasyBackfill())
    result = run(hall, a=job(15, 9.0), b=job(16, 1.0, submit_h=1.0), c=job(1, 2.0, submit_h=8.0))
    starts = {str(name): elapsed_h(result, at) for name, at in result.jobs.set_index("name")["start"].items()}
    # alone a has 96 of 120 kW above idle and ends at 9 h / 0.8 = 11:15, so c fits in before b from 8:00 on;
    # with c it has 96 of 128 kW: 2 h of work until c is done at 8 + 2 h / 0.75, and 0.6 h at 0.8 after that
    assert starts == {"a": 0.0, "b": pytest.approx(8 + 2 / 0.75 + 0.6 / 0.8), "c": pytest.approx(8.0)}


def test_racks_alone_do_not_change_a_run() -> None:
    wide = PowerDomain(name="rack", servers=4, limit_mw=0.04, copies=8)
    jobs = {"a": job(16, 9.0), "b": job(8, 9.0, submit_h=1.0), "c": job(20, 3.0, flexible_pu=0.0)}
    divided = run(pool(wide), limit_mw=steps((0, 10.0), (5, 0.1), (9, 10.0)), **jobs)
    plain = pool(wide).model_copy(update={"domains": ()})
    whole = run(plain, limit_mw=steps((0, 10.0), (5, 0.1), (9, 10.0)), **jobs)
    assert divided.summary.settlements == whole.summary.settlements
    assert divided.flows.equals(whole.flows)
    assert divided.jobs.equals(whole.jobs)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"servers": 30, "domains": (ROWS,)},
            "ServerPool: servers = 30; allowed: 32, those of its domains",
        ),
        (
            {"servers": 20, "domains": (RACK, PowerDomain(name="rack 4", limit_mw=0.04, servers=4))},
            "each name once; 'rack 4' is there twice",
        ),
        (
            {"servers": 16, "domains": (RACK.with_values({"limit_mw": 0.0079}),)},
            "domains.rack: limit_mw = 0.0079 MW; allowed: at least 0.008 MW, its idle power",
        ),
        (
            {"servers": 16, "domains": (PowerDomain(name="row", limit_mw=0.03, domains=(RACK,)),)},
            "domains.row: limit_mw = 0.03 MW; allowed: at least 0.032 MW, its idle power",
        ),
    ],
)
def test_domains_that_do_not_fit_their_pool_are_refused(values: dict[str, Any], message: str) -> None:
    assert told(lambda: ServerPool(idle_w=2000.0, busy_w=10_000.0, **values)).endswith(message)


def test_a_job_that_starts_again_under_a_cap_of_nothing_draws_idle_power() -> None:
    # 20 GPUs of 200 W idle; the row has room for no more, and the waiting power of the phases is 300 W
    pool = ServerPool(
        servers=20,
        gpus_per_server=1,
        idle_w=200.0,
        busy_w=1000.0,
        domains=[{"name": "row", "limit_mw": 0.004, "servers": 20}],
    )
    phases = {"iteration_s": 900.0, "compute_pu": 1.0, "compute_w": 1000.0, "waiting_w": 300.0}
    stopped = TrainingJob(
        pool="hall",
        gpus=20,
        work_gpu_h=400.0,
        phases=phases | {"startup_s": 600.0},
        checkpoints={"interval_s": 3600.0, "cost_s": 0.0, "restart_s": 1800.0},
        interruptions={"planned_every_h": 5.0},
    )
    result = compute(pool, {"job": stopped})
    served_mw = result.flows.filter(like=".served_mw").sum(axis=1)
    assert served_mw.max() == pytest.approx(20 * 200e-6)
    assert result.jobs["attempts"].iloc[0] > 1
