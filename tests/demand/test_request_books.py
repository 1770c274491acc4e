"""The request books: accounts and rows of a stream agree, hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from test_request_laws import CHAT, campus, ran, stream

from sim import simulate
from sim.books.closed import Closed
from sim.demand.request_books import DROPS, ENERGIES, QUANTILES
from sim.serving.request_sums import MEASURES
from sim.simulation import prepare
from sim.site import Site

TWO = {
    "chat": {**CHAT, "timeout_s": 20.0, "ttft_objective_s": 1.0},
    "gold": {**CHAT, "priority": 1, "share": 0.25},
}
SCARCE = {
    "grid": {
        "kind": "grid",
        "import_limit_mw": {"times_s": [0.0, 4000.0, 9000.0], "values": [1.0, 0.0605, 1.0]},
    }
}


@pytest.fixture(scope="module")
def both() -> tuple[Site, Closed]:
    site = prepare(campus({"one": stream(classes=TWO, requests_per_s=8.0)}, SCARCE), days=0.2, seed=1)
    return site, site.run()


@pytest.fixture
def site(both: tuple[Site, Closed]) -> Site:
    return both[0]


def of(site: Site, name: str, field: str) -> float:
    return sum(row[field] for row in site.requests if row["class"] == name)


def test_accounts_are_the_sums_of_the_rows(both: tuple[Site, Closed]) -> None:
    site, books = both
    accounts = {
        "requests_wanted": "arrived",
        "requests_served": "served",
        "requests_met": "met",
        "prompt_tokens": "prompt_served",
        "output_tokens": "output_served",
        "output_tokens_dropped": "output_dropped",
    }
    for account, field in accounts.items():
        found = books.parts(account)
        for name in TWO:
            assert found.get(name, 0.0) == pytest.approx(of(site, name, field)), account
    dropped = books.parts("requests_dropped")
    for field, reason in DROPS.items():
        assert dropped.get(reason, 0.0) == sum(of(site, name, field) for name in TWO)
    assert dropped["time-out"] > 0.0
    parts = dict(zip(ENERGIES, ("accelerators", "host", "idle"), strict=True))
    for field, part in parts.items():
        assert books.parts("serving_mwh")[part] == pytest.approx(sum(of(site, name, field) for name in TWO))


def test_histograms_count_every_request_served_once(site: Site) -> None:
    for name in TWO:
        for measure in MEASURES:
            rows = [row for row in site.latencies if (row["class"], row["measure"]) == (name, measure)]
            counted = of(site, name, "tpot_count" if measure == "tpot_s" else "served")
            assert sum(row["requests"] for row in rows) % counted == 0.0
            assert all(row["from_s"] < row["to_s"] for row in rows)


def test_quantiles_rise_and_lie_beside_the_mean(site: Site) -> None:
    for row in site.requests:
        if row["served"]:
            for measure in ("ttft", "tpot", "latency"):
                told = [row[f"{measure}_{word}_s"] for word in QUANTILES]
                assert told == sorted(told)
            assert 0.3 * row["latency_s"] / row["served"] <= row["latency_p95_s"]


def test_in_an_hour_without_requests_there_are_no_quantiles() -> None:
    [row] = ran(campus({"one": stream(requests_per_s=0.0)}), days=1 / 24).requests
    assert row["arrived"] == row["served"] == 0.0
    assert all(row[f"ttft_{word}_s"] != row[f"ttft_{word}_s"] for word in QUANTILES)


def test_what_ends_with_a_month_belongs_to_it() -> None:
    begins = datetime(2025, 1, 31, 22, 0, tzinfo=UTC)
    monthly = simulate(campus({"one": stream()}, start=begins), days=1 / 6).monthly
    assert [str(month) for month in monthly.index] == ["2025-01", "2025-02"]
    assert monthly["serving_mwh.idle"].tolist() == pytest.approx([0.008 * 2.0] * 2)  # 8 kW for 2 h each
