"""An inference stream: requests served, slowed and dropped, and the power of its replicas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import compute, steps, told
from replicas import ROUND

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, InferenceStream, ServerPool, TrainingJob
from sim.runs.serving import TOTAL, requests_total

HALL = ServerPool(servers=10, idle_w=2000.0, busy_w=6000.0)
MODEL = "llama2_70b_8xh200"
CLASS = {"prompt_tokens": 100.0, "output_tokens": 50.0}  # 50 steps of 20 ms alone: 1 s of work
HOUR = 1.0 / 24.0
COLUMNS = {"time": "t", "prompt_tokens": "prompt", "output_tokens": "output"}


def stream(**values: Any) -> InferenceStream:
    """A stream on replicas with round numbers: 8 slots, 2 kW idle, 3, 4 and 6 kW with 1, 2 and 8 requests."""
    base = {"pool": "hall", "replicas": 1, "model": ROUND, "classes": {"all": CLASS}, "resolution": "exact"}
    return InferenceStream(**{**base, **values})


def run(
    load: InferenceStream, *, days: float = HOUR, limit_mw: Any = 10.0, pue: float = 1.0, **more: TrainingJob
) -> Result:
    return compute(
        HALL, {"chat": load, **more}, days=days, facility=Facility(pue=pue), import_limit_mw=limit_mw
    )


def log(folder: Path, *at_s: float) -> dict[str, Any]:
    """A log of requests with 50 output tokens; the first is at 0 s, and the last one an hour later or so."""
    path = folder / "log.csv"
    rows = [f"{at},100,50" for at in (*at_s, 3000.0)]
    path.write_text("\n".join(["t,prompt,output", *rows]), encoding="utf-8")
    return {"file": path, "columns": COLUMNS}


def totals(result: Result) -> pd.Series[Any]:
    return requests_total(result).loc["chat", TOTAL]


def joules(result: Result, name: str = "chat") -> float:
    """Energy of a stream."""
    return float(result.flows[f"{name}.it_mw"] @ result.flows["dt_h"]) * 3.6e9


# --- requests and their power -----------------------------------------------------------------------------


def test_replicas_without_a_request_draw_idle_power() -> None:
    result = run(stream(replicas=3, requests_per_s=0.0), pue=1.2)
    assert (result.summary.requests_wanted, result.summary.requests_dropped) == (0.0, 0.0)
    assert joules(result) == pytest.approx(3 * 2000.0 * 3600.0)
    # the other 56 GPUs are idle servers of 250 W a GPU
    assert result.summary.energy_mwh == pytest.approx(1.2 * (3 * 0.002 + 56 * 0.00025))


def test_requests_that_come_one_by_one_are_served_alone(tmp_path: Path) -> None:
    result = run(stream(trace=log(tmp_path, 0.0, 10.0, 20.0)))
    found = totals(result)
    assert found["served"] == 4.0
    assert found["mean_latency_s"] == pytest.approx(1.0)  # 50 steps of 20 ms
    assert found["mean_ttft_s"] == pytest.approx(0.02)
    assert found["mean_wait_s"] == 0.0
    # each takes 3 kW for 1 s, of which 2 kW are idle power
    assert joules(result) == pytest.approx(2000.0 * 3600.0 + 4 * 1000.0)


def test_requests_at_once_are_slower_and_take_less_energy_each(tmp_path: Path) -> None:
    result = run(stream(trace=log(tmp_path, 0.0, 0.0)))
    # the first two: 50 steps of 25 ms at 4 kW; the last one alone
    assert totals(result)["mean_latency_s"] == pytest.approx((2 * 1.25 + 1.0) / 3)
    assert joules(result) == pytest.approx(2000.0 * 3600.0 + 2000.0 * 1.25 + 1000.0)


def test_more_replicas_have_fewer_requests_each(tmp_path: Path) -> None:
    result = run(stream(replicas=2, trace=log(tmp_path, 0.0, 0.0)))
    assert totals(result)["mean_latency_s"] == pytest.approx(1.0)
    assert joules(result) == pytest.approx(2 * 2000.0 * 3600.0 + 3 * 1000.0)


def test_requests_beyond_the_slots_wait_for_one(tmp_path: Path) -> None:
    found = totals(run(stream(trace=log(tmp_path, *[0.0] * 9))))
    # eight take 50 steps of 40 ms; the ninth waits for them
    assert found["mean_wait_s"] == pytest.approx(2.0 / 10)
    assert found["mean_latency_s"] == pytest.approx((8 * 2.0 + 3.0 + 1.0) / 10)


def test_requests_that_find_the_queue_full_are_refused(tmp_path: Path) -> None:
    result = run(stream(trace=log(tmp_path, *[0.0] * 11), queue_limit=1))
    assert totals(result)["served"] == 10.0
    assert result.summary.requests_dropped_by_reason == {"queue full": 2.0}


def test_requests_that_wait_too_long_are_dropped(tmp_path: Path) -> None:
    patient = {**CLASS, "timeout_s": 2.5}
    hasty = {**CLASS, "timeout_s": 1.5}
    for one, dropped in ((patient, {}), (hasty, {"time-out": 1.0})):
        result = run(stream(trace=log(tmp_path, *[0.0] * 9), classes={"all": one}))
        assert {key: count for key, count in result.summary.requests_dropped_by_reason.items() if count} == (
            dropped
        )


def test_higher_priority_is_served_first() -> None:
    classes = {"low": CLASS, "high": {**CLASS, "priority": 1}}
    result = run(stream(requests_per_s=4.1, classes=classes))  # of 4 that 8 slots can serve in a second
    found = requests_total(result).loc["chat"]
    assert found.loc["high", "mean_wait_s"] < 2.0
    assert found.loc["low", "mean_wait_s"] > 5.0 * found.loc["high", "mean_wait_s"]


@pytest.mark.parametrize("resolution", ["exact", "fluid"])
def test_a_daily_shape_has_its_mean(resolution: str) -> None:
    rate = {"mean": 2.0, "hourly": [1.0] * 12 + [2.0] * 12}
    result = run(stream(requests_per_s=rate, resolution=resolution), days=1.0)
    wanted = 2.0 * 86400.0
    assert result.summary.requests_wanted == pytest.approx(wanted, abs=4.0 * wanted**0.5)
    first, second = (part["wanted"].sum() for _, part in result.requests.groupby(result.requests.index >= 12))
    assert second == pytest.approx(2.0 * first, rel=0.02)


def test_exact_and_fluid_agree() -> None:
    exact, fluid = (
        run(stream(replicas=5, requests_per_s=12.0, resolution=resolution), days=0.5)
        for resolution in ("exact", "fluid")
    )
    count = 12.0 * 43200.0
    assert totals(exact)["wanted"] == pytest.approx(count, abs=4.0 * count**0.5)
    assert totals(fluid)["wanted"] == pytest.approx(count)
    assert joules(exact) == pytest.approx(joules(fluid), rel=0.005)
    assert totals(exact)["mean_latency_s"] == pytest.approx(totals(fluid)["mean_latency_s"], rel=0.01)


def test_few_requests_are_exact_and_many_fluid_unless_told() -> None:
    for rate, resolution in ((1.0, "exact"), (1e6, "fluid")):
        result = run(stream(requests_per_s=rate, resolution="auto", queue_limit=100))
        assert set(result.requests["resolution"]) == {resolution}


def test_a_log_is_replayed_once_or_again(tmp_path: Path) -> None:
    trace = log(tmp_path, 0.0, 1500.0)
    assert totals(run(stream(trace=trace), days=0.1))["wanted"] == 3.0
    # it begins again every 4,500 s
    assert totals(run(stream(trace={**trace, "repeat": True}), days=0.1))["wanted"] == 6.0
    assert totals(run(stream(trace={**trace, "speed": 2.0}), days=0.01))["wanted"] == 2.0


# --- beside jobs, and without power -----------------------------------------------------------------------


def test_a_stream_and_a_job_share_a_pool() -> None:
    job = TrainingJob(pool="hall", gpus=72, work_gpu_h=72.0)
    result = run(stream(requests_per_s=0.0), days=2 * HOUR, job=job)
    # an hour of nine servers at 6 kW, an hour at 2 kW, and an idle replica of 2 kW
    assert result.summary.it_energy_mwh == pytest.approx(9 * 0.006 + 9 * 0.002 + 2 * 0.002)


def test_where_power_is_short_the_job_gives_way_to_the_stream() -> None:
    job = TrainingJob(pool="hall", gpus=72, work_gpu_h=1e6)
    # two replicas at most: 4 kW for one, nine idle servers, half of the job's 36 kW above idle
    result = run(stream(requests_per_s=1.0), limit_mw=0.006 + 0.018 + 0.018, job=job)
    assert (result.summary.requests_dropped, result.summary.unserved_mwh) == (0.0, 0.0)
    assert 0.5 * 72.0 <= result.summary.gpu_h_done < 0.63 * 72.0


def test_with_less_power_requests_are_slower_and_all_served() -> None:
    busy = stream(requests_per_s=3.0)  # of 4 that it can serve in a second
    plenty, short = (run(busy, limit_mw=limit_mw) for limit_mw in (10.0, 0.018 + 0.0048))
    assert short.summary.requests_dropped == 0.0
    assert totals(short)["mean_latency_s"] > totals(plenty)["mean_latency_s"]
    assert short.flows["chat.it_mw"].max() < plenty.flows["chat.it_mw"].max()
    assert short.summary.unserved_mwh > 0.0


def test_in_a_blackout_every_request_times_out() -> None:
    result = run(stream(requests_per_s=1.0, classes={"all": {**CLASS, "timeout_s": 10.0}}), limit_mw=0.0)
    found = totals(result)
    assert found["served"] == joules(result) == 0.0
    waiting = found["wanted"] - found["dropped"]
    assert 0.0 <= waiting <= 30.0  # those of the last 10 s
    assert result.summary.requests_dropped_by_reason == {"time-out": found["dropped"]}


def test_requests_in_service_are_lost_when_power_fails(tmp_path: Path) -> None:
    class_ = {"prompt_tokens": 1.0, "output_tokens": 1.0}
    load = stream(trace=log(tmp_path, 1799.5, 1799.5), classes={"all": class_})
    # the first request comes at 0 s, so power fails 0.5 s later
    result = run(load, limit_mw=steps((0, 10.0), (0.5 / 3600, 0.0), (0.25, 10.0)))
    assert result.summary.requests_dropped_by_reason == {"power": 2.0}
    assert totals(result)["served"] == 1.0


def test_a_stream_whose_pool_never_enters_service_has_no_requests() -> None:
    pool = HALL.model_copy(update={"in_service": 2.0})
    for resolution in ("exact", "fluid"):
        load = stream(requests_per_s=1.0, resolution=resolution)
        result = compute(pool, {"chat": load})
        assert (result.summary.requests_wanted, joules(result)) == (0.0, 0.0)


@pytest.mark.parametrize("resolution", ["exact", "fluid"])
def test_requests_begin_with_the_pool(resolution: str) -> None:
    pool = HALL.model_copy(update={"in_service": 0.25})
    result = compute(pool, {"chat": stream(requests_per_s=1.0, resolution=resolution)}, days=0.5)
    assert result.requests["dt_h"].sum() == pytest.approx(6.0)
    assert totals(result)["wanted_per_s"] == pytest.approx(1.0, abs=4.0 / 21600.0**0.5)
    assert joules(result) == pytest.approx(6 * 3600.0 * (2000.0 + 1100.0), rel=0.05)


def test_the_order_of_classes_has_no_effect() -> None:
    classes = {"a": {**CLASS, "output_tokens": {"mean": 50.0, "cv": 1.0}}, "b": CLASS}
    rows = [
        run(stream(requests_per_s=1.0, classes=dict(order))).requests.sort_values("class")
        for order in (classes.items(), reversed(classes.items()))
    ]
    pd.testing.assert_frame_equal(*rows)


# --- what is refused --------------------------------------------------------------------------------------


def refused(**values: Any) -> str:
    return told(lambda: stream(**{"requests_per_s": 1.0, **values}))


def test_it_has_a_rate_or_a_log(tmp_path: Path) -> None:
    message = "inference_stream: requests_per_s = {}; allowed: either requests_per_s or trace"
    assert refused(requests_per_s=None) == message.format(None)
    assert refused(trace=log(tmp_path, 0.0)) == message.format("1.0 1/s")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"replicas": 0},
            "replicas = 0; allowed: a whole number at least 1 and at most 1e+07",
        ),
        (
            {"replicas": 2.5},
            "replicas = 2.5; allowed: a whole number at least 1 and at most 1e+07",
        ),
        (
            {"requests_per_s": -1.0},
            "requests_per_s = -1.0 1/s; allowed: a finite number at least 0 and at most 1e+09 1/s",
        ),
        (
            {"requests_per_s": float("nan")},
            (
                "requests_per_s = nan 1/s; allowed: a finite number at least 0 and at most 1e+09 1/s, or a "
                "table with the key windows, hourly, csv, times_s, dates or years"
            ),
        ),
        (
            {"gap_cv": 0.0},
            "gap_cv = 0.0 ratio; allowed: a finite number at least 0.05 and at most 20 ratio",
        ),
        (
            {"queue_limit": -1},
            "queue_limit = -1; allowed: a whole number at least 0 and at most 1e+07",
        ),
        (
            {"window_s": 0.0},
            "window_s = 0.0 s; allowed: a finite number at least 0.001 and at most 3.1536e+09 s",
        ),
        (
            {"resolution": "rough"},
            "resolution = 'rough'; allowed: 'auto' or 'exact' or 'fluid'",
        ),
        (
            {"classes": {}},
            "classes = {}; allowed: a table by name of at least 1 entry and at most 16 entries",
        ),
        (
            {"classes": {"a": "chatt"}},
            "classes: a = 'chatt'; allowed: a preset or a table of fields; nearest: chat",
        ),
        (
            {"model": "llama2_70b"},
            (
                "model = 'llama2_70b'; allowed: a preset or a table of fields; nearest: llama2_70b_8xh200, "
                "llama3_70b_4xh100"
            ),
        ),
        (
            {"gpu_limit_w": 900.0, "model": MODEL},
            "gpu_limit_w = 900 W; allowed: from 497 W, the floor of response, to 700 W, gpu_rated_w",
        ),
        (
            {"classes": {"a": {**CLASS, "timeout_s": 0.5}}},
            (
                "classes.a: timeout_s = 0.5 s; allowed: at least 1 s, the time of a mean request in an empty "
                "system"
            ),
        ),
        (
            {"autoscaling": {"least": 0}},
            "autoscaling: least = 0; allowed: a whole number at least 1 and at most 1e+07",
        ),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(values: dict[str, Any], message: str) -> None:
    assert refused(**values).removeprefix("inference_stream: ") == message


def test_a_log_has_one_class(tmp_path: Path) -> None:
    two = {"a": CLASS, "b": CLASS}
    assert refused(requests_per_s=None, trace=log(tmp_path, 0.0), classes=two) == (
        "inference_stream: classes has 2 entries; allowed: one class, with trace"
    )


def test_a_log_that_is_not_there_is_refused_before_the_clock_starts() -> None:
    load = stream(trace={"file": "nowhere.csv", "columns": "azure_llm"})
    assert told(lambda: run(load)) == "demand.chat: file cannot be used: nowhere.csv does not exist"


def test_a_pool_that_lacks_power_for_its_replicas_or_gpus_is_refused() -> None:
    many = stream(requests_per_s=1.0, replicas=11)
    made = {"name": "c", "servers": {"hall": HALL}, "supply": {"grid": GridConnection(import_limit_mw=1.0)}}
    assert told(lambda: simulate(Campus(**made, demand={"chat": many}))) == (
        "demand.chat: replicas = 11; allowed: at most 10 of 8 GPUs, as 80 GPUs of servers.hall are not "
        "reserved by other streams"
    )
