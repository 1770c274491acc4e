"""Streams of requests in whole runs: laws on random campuses where power comes and goes."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from campuses import PRICES
from hypothesis import given
from hypothesis import strategies as st
from replicas import ROUND
from test_laws import TINY, law, outcome

from sim import Campus, simulate
from sim.demand.request_feed import RequestFeed
from sim.simulation import prepare
from sim.site import Site

DAYS = 0.1
HOUR, DAY = 3600.0, 86400.0
MODEL = {**ROUND, "boot_min": 2.0}
CHAT = {"prompt_tokens": 100, "output_tokens": {"mean": 100.0, "cv": 1.0}}
POOL = {"servers": 20, "gpus_per_server": 8, "idle_w": 2500.0, "busy_w": 7000.0}
IDLE_MW, MOST_MW = 0.008, 0.024  # four replicas


def stream(**changes: Any) -> dict[str, Any]:
    fields = {
        "kind": "inference_stream",
        "pool": "hall",
        "replicas": 4,
        "model": MODEL,
        "classes": {"chat": CHAT},
    }
    return {**fields, "requests_per_s": 4.0, "resolution": "exact", **changes}


def campus(demand: dict[str, Any], supply: dict[str, Any] | None = None, **fields: Any) -> Campus:
    grid = {"kind": "grid", "import_limit_mw": 10.0, "import_price_usd_per_mwh": 20.0}
    values = {"servers": {"hall": POOL}, "facility": {"pue": 1.2}, **fields}
    return Campus(name="c", supply=supply or {"grid": grid}, demand=demand, **values)


def feeds(site: Site) -> dict[str, RequestFeed]:
    found = (mover for mover in site.bus.movers if isinstance(mover, RequestFeed))
    streams = (
        name for name, terminal in site.bus.terminals.items() if "stream" in terminal.description.label
    )
    return dict(zip(streams, found, strict=True))


def sums(site: Site, name: str, field: str) -> float:
    return sum(row[field] for row in site.requests if row["stream"] == name)


def whole(site: Site, name: str) -> list[tuple[float, ...]]:
    """What the rows of a stream tell of its requests."""
    fields = (
        "begin_s",
        "end_s",
        "arrived",
        "started",
        "served",
        "met",
        "wait_s",
        "ttft_s",
        "tpot_s",
        "latency_s",
    )
    return [tuple(row[field] for field in fields) for row in site.requests if row["stream"] == name]


def ran(model: Campus, days: float = DAYS, seed: int = 1) -> Site:
    site = prepare(model, days=days, seed=seed)
    site.run()
    return site


def points(values: st.SearchStrategy[float]) -> st.SearchStrategy[dict[str, Any]]:
    """A profile that changes at odd instants of the run."""
    seconds = st.integers(1, int(DAYS * DAY)).map(lambda second: second + 0.7 * (second % 3))
    later = st.lists(st.tuples(seconds, values), max_size=8, unique_by=lambda one: one[0]).map(sorted)
    return st.tuples(values, later).map(
        lambda one: {
            "times_s": [0.0, *(at_s for at_s, _ in one[1])],
            "values": [one[0], *(value for _, value in one[1])],
        }
    )


CLASSES = {
    "chat": {**CHAT, "timeout_s": 60.0},
    "gold": {**CHAT, "priority": 1, "share": 0.5},
    "batch": {**CHAT, "deadline_h": 1.0, "worth_usd_per_mwh": 50.0},
}


@st.composite
def streams(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from([*CLASSES]), min_size=1, unique=True))
    scaling = {
        "every_s": draw(st.sampled_from([33.3, 60.0, 300.0])),
        "hold_min": draw(st.sampled_from([0.0, 5.0])),
    }
    return stream(
        classes={name: CLASSES[name] for name in chosen},
        requests_per_s=draw(st.sampled_from([0.0, 0.5, 3.0, 6.0])),
        queue_limit=draw(st.sampled_from([None, 0, 20])),
        autoscaling=draw(st.none() | st.just(scaling)),
        window_s=draw(st.sampled_from([60.0, 600.0])),
        model={**MODEL, "boot_min": draw(st.sampled_from([0.0, 2.0, 7.3]))},
    )


@st.composite
def mixed(draw: st.DrawFn) -> Campus:
    """Two streams, a job with a floor and a battery, behind a grid connection that is short now and then."""
    mw = st.sampled_from([0.0, 0.02, 0.03, 0.05, 0.06, 0.07, 0.1, 1.0])
    grid = {
        "kind": "grid",
        "import_limit_mw": draw(points(mw)),
        "import_price_usd_per_mwh": draw(points(PRICES)),
    }
    battery = {"kind": "battery", "power_mw": 0.02, "energy_mwh": 0.02, "discharge_above_usd_per_mwh": 60.0}
    job = {
        "kind": "training_job",
        "pool": "hall",
        "gpus": 40,
        "work_gpu_h": 100.0,
        "flexible_pu": draw(st.sampled_from([0.0, 0.5, 1.0])),
    }
    demand: dict[str, Any] = {"one": draw(streams()), "two": draw(streams())}
    if draw(st.booleans()):
        demand["job"] = job
    supply = {"grid": grid, **({"battery": battery} if draw(st.booleans()) else {})}
    fields: dict[str, Any] = {}
    if draw(st.booleans()):
        fields["servers"] = {"hall": {**POOL, "in_service": draw(st.sampled_from([0.01, 0.04, 0.09]))}}
    return campus(demand, supply, **fields)


def energy_mwh(site: Site, name: str) -> float:
    return sum(sums(site, name, part) for part in ("accelerator_mwh", "host_mwh", "idle_mwh"))


@law(25)
@given(mixed(), st.integers(0, 100))
def test_every_request_is_told_once_and_every_joule_is_received(model: Campus, seed: int) -> None:
    site = prepare(model, days=DAYS, seed=seed)
    books = site.run()
    drops = ("timed_out", "refused", "cut")
    for name, feed in feeds(site).items():
        arrived, started, served, met = (
            sums(site, name, field) for field in ("arrived", "started", "served", "met")
        )
        dropped = sum(sums(site, name, field) for field in drops)
        assert met <= served <= started <= arrived
        assert served + dropped <= arrived
        received_mwh = books.total_mwh("served_mw", owner=name) / 1.2
        slack = 1e-9 * (1.0 + received_mwh)
        assert energy_mwh(site, name) - received_mwh - feed.owed_j / 3.6e9 == pytest.approx(0.0, abs=slack)
        assert sums(site, name, "in_service_s") >= 0.0
        if "chat" in model.demand[name].classes:
            waits = [row for row in site.requests if (row["stream"], row["class"]) == (name, "chat")]
            # none waits longer than its time-out
            assert all(row["wait_s"] <= 60.0 * row["started"] * (1.0 + TINY) for row in waits)
    wanted = sum(sums(site, name, "arrived") for name in ("one", "two"))
    assert books.amount("requests_wanted") == wanted
    gone = sum(sums(site, name, field) for name in ("one", "two") for field in drops)
    assert sum(books.parts("requests_dropped").values()) == gone


@law(6)
@given(mixed(), st.integers(0, 100))
def test_recording_changes_nothing(model: Campus, seed: int) -> None:
    every, hourly = (
        outcome(simulate(model, days=DAYS, seed=seed, record_s=record_s)) for record_s in (None, HOUR)
    )
    for one in (every, hourly):
        one.pop("record_s", None)
    assert {name: hourly[name] for name in hourly if name.startswith("requests")} == {
        name: every[name] for name in every if name.startswith("requests")
    }
    assert hourly["it_energy_mwh"] == pytest.approx(every["it_energy_mwh"], rel=1e-9)
    assert hourly["unserved_mwh"] == pytest.approx(every["unserved_mwh"], rel=1e-9, abs=1e-12)


@law(10)
@given(streams(), streams(), st.integers(0, 100))
def test_where_power_is_not_short_no_stream_notices_another(
    one: dict[str, Any], two: dict[str, Any], seed: int
) -> None:
    alone, beside = (
        ran(campus(demand), seed=seed)
        for demand in (
            {"one": one},
            {"one": one, "two": two, "x": {"kind": "measured_load", "power_mw": 1.0}},
        )
    )
    assert whole(beside, "one") == whole(alone, "one")
    assert energy_mwh(beside, "one") == pytest.approx(energy_mwh(alone, "one"), rel=1e-12)


@law(10)
@given(streams(), st.sampled_from([7.0, 90.0, 3600.0]), st.integers(0, 100))
def test_where_power_is_not_short_requests_do_not_depend_on_the_window(
    one: dict[str, Any], window_s: float, seed: int
) -> None:
    here, there = (
        ran(campus({"one": changed}), seed=seed) for changed in (one, {**one, "window_s": window_s})
    )
    assert whole(there, "one") == whole(here, "one")
    assert energy_mwh(there, "one") == pytest.approx(energy_mwh(here, "one"), rel=1e-9)


def test_the_shorter_power_is_the_longer_requests_wait() -> None:
    waits = []
    for mw in (10.0, 0.062, 0.0607, 0.060):  # idle servers of the pool draw 0.04 MW x 1.2, replicas 0.0096 MW
        limit = {"times_s": [0.0, 4000.7, 9000.1], "values": [10.0, mw, 10.0]}
        site = ran(campus({"one": stream()}, {"grid": {"kind": "grid", "import_limit_mw": limit}}), days=0.2)
        waits.append(sums(site, "one", "wait_s"))
        [feed] = feeds(site).values()
        assert feed.owed_j == pytest.approx(0.0, abs=1e-3)
    assert waits == sorted(waits)
    assert waits[-1] > 100.0 * (1.0 + waits[0])


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Pacific/Marquesas"])
def test_hours_are_those_of_the_clock_also_where_it_is_half_an_hour_off(zone: str) -> None:
    begins = datetime(2025, 1, 31, 21, 10, tzinfo=ZoneInfo(zone))
    site = ran(campus({"one": stream()}, start=begins, timezone=zone), days=0.2)
    ends_s = [row["end_s"] for row in site.requests]
    assert ends_s == [50 * 60.0, *(50 * 60.0 + HOUR * hour for hour in range(1, 4)), 0.2 * DAY]
    assert [row["begin_s"] for row in site.requests] == [0.0, *ends_s[:-1]]
    plain = ran(campus({"one": stream()}, start=datetime(2025, 1, 31, tzinfo=UTC)), days=0.2)
    for field in ("arrived", "served", "wait_s", "latency_s"):
        assert sums(site, "one", field) == pytest.approx(sums(plain, "one", field), rel=1e-12)


def test_the_end_of_a_run_may_lie_within_a_window() -> None:
    days = 1234.5 / DAY
    site = ran(campus({"one": stream()}), days=days)
    longer = ran(campus({"one": stream()}), days=0.1)
    assert [row["end_s"] for row in site.requests] == [days * DAY]
    assert 4.0 * 1234.5 * 0.9 < sums(site, "one", "arrived") < 4.0 * 1234.5 * 1.1
    assert sums(site, "one", "served") < sums(longer, "one", "served")
    assert energy_mwh(site, "one") >= IDLE_MW * 1234.5 / HOUR


def test_a_pool_that_enters_service_during_the_run_serves_from_then_on() -> None:
    late = campus({"one": stream()}, servers={"hall": {**POOL, "in_service": 0.1}})
    site = ran(late, days=0.2)
    rows = [row for row in site.requests if row["arrived"]]
    assert rows[0]["begin_s"] == 0.1 * DAY
    assert sum(row["idle_mwh"] for row in site.requests) == pytest.approx(IDLE_MW * 0.1 * 24.0)


def test_memory_does_not_grow_with_the_number_of_requests() -> None:
    def most_bytes(days: float) -> int:
        model = campus({"one": stream(requests_per_s=8.0, window_s=600.0)})
        site = prepare(model, days=days, seed=1)
        tracemalloc.start()
        site.run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    once, often = most_bytes(0.5), most_bytes(2.0)  # 350,000 and 1.4 million requests
    assert often < once * 1.3 + 1e6
