"""Requests of a run: by hour by hand, in total, saved and read again, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from requests_run import ARRIVALS, busy, by_hand

from sim import Result
from sim.books.closed import Flow
from sim.runs.requests import COMPONENTS, LATENCY_COLUMNS, PERCENTILES, REQUEST_COLUMNS, TOLD, percentile_s
from sim.runs.serving import requests_total
from sim.serving.tally import BIN_EDGES_S, quantile_s

DROPPED = ["timed_out", "refused", "cut"]
ROUNDING = 1e-6


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return by_hand(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def short() -> Result:
    """A run that lacks power."""
    return busy()


@pytest.fixture(scope="module")
def fluid() -> Result:
    """The same run as rates and mean waits."""
    return busy(resolution="fluid")


def test_each_hour_has_its_requests(small: Result) -> None:
    hours = small.requests
    assert list(hours.columns) == ["time", "stream", "class", "resolution", *TOLD]
    assert [f"{time:%H:%M:%S.%f}" for time in hours["time"]] == ["00:00:00.000000", "01:00:00.000000"]
    assert hours[["stream", "class", "resolution"]].drop_duplicates().to_numpy().tolist() == [
        ["chat", "text", "exact"]
    ]
    assert hours["dt_h"].tolist() == [1.0, 1.0]
    counts = ["wanted", "started", "served", "timed_out", "refused", "cut", "dropped", "met"]
    assert hours[counts].to_numpy().tolist() == [[4, 2, 2, 1, 1, 0, 2, 1], [2, 2, 1, 0, 0, 0, 0, 1]]
    assert hours["output_tokens"].tolist() == [100.0, 100.0]
    assert hours["output_tokens_dropped"].tolist() == [100.0, 0.0]
    assert hours["prompt_tokens"].tolist() == [2.0, 1.0]


def test_rates_times_and_energy_of_an_hour_follow_from_its_sums(small: Result) -> None:
    first = small.requests.iloc[0]
    assert first["wanted_per_s"] == 4 / 3600
    assert first["goodput_per_s"] == 1 / 3600
    assert first["met_pu"] == 1 / 4  # of the four that were served or dropped
    assert first["output_tokens_per_s"] == 100 / 3600
    assert first["mean_wait_s"] == pytest.approx((0.0 + 0.5) / 2)
    assert first["mean_ttft_s"] == pytest.approx((0.02 + 0.52) / 2)
    assert first["mean_tpot_s"] == pytest.approx(0.98 / 49)
    assert first["mean_latency_s"] == pytest.approx((1.0 + 1.5) / 2)
    assert first["in_service"] == pytest.approx(2 / 3600)
    assert first["waiting"] == pytest.approx((0.5 + 1.2) / 3600)
    assert (first["slots"], first["utilisation_pu"]) == (1.0, pytest.approx(2 / 3600))
    # 2 kW for an hour, and 1 kW more for two seconds, of which 0.9 in accelerators
    assert first["idle_mwh"] == pytest.approx(2e-3)
    assert first["accelerator_mwh"] == pytest.approx(0.9 * 2 / 3600 / 1000)
    assert first["host_mwh"] == pytest.approx(0.1 * 2 / 3600 / 1000)
    assert first["energy_mwh"] == pytest.approx(2e-3 + 2 / 3600 / 1000)
    assert first["j_per_output_token"] == pytest.approx((2000 * 3600 + 1000 * 2) / 100)
    assert first["wh_per_request"] == pytest.approx((2000 + 2000 / 3600) / 2)
    assert 1.0 <= first["latency_p50_s"] <= 17 / 16  # the bin of 1 s


def test_the_total_is_over_the_whole_run(small: Result) -> None:
    total = requests_total(small)
    assert total.index.tolist() == [("chat", "text"), ("chat", "total")]
    row = total.loc[("chat", "total")]
    assert (row["resolution"], row["dt_h"], row["slots"]) == ("exact", 2.0, 1.0)
    assert (row["wanted"], row["served"], row["dropped"]) == (6.0, 3.0, 2.0)
    assert row["mean_latency_s"] == pytest.approx((1.0 + 1.5 + 2.0) / 3)  # not the mean of two hourly means
    assert row["goodput_per_s"] == 2 / 7200
    assert row["utilisation_pu"] == pytest.approx((2 + 2 + 1) / 7200)
    # 2 kW for 2 h, 1 kW more for 5 s; 200 tokens of three requests
    assert row["j_per_output_token"] == pytest.approx((2000 * 7200 + 5000) / 200)
    assert row["idle_j_per_output_token"] == pytest.approx(2000 * 7200 / 200)
    assert row["accelerator_wh_per_request"] == pytest.approx(0.9 * 5000 / 3600 / 3)
    for unit, whole in (
        ("j_per_output_token", row["j_per_output_token"]),
        ("wh_per_request", row["wh_per_request"]),
    ):
        assert sum(row[f"{one}_{unit}"] for one in COMPONENTS) == pytest.approx(whole)


@pytest.mark.parametrize("kind", ["small", "short", "fluid"])
def test_requests_are_served_dropped_or_in_the_system(kind: str, request: pytest.FixtureRequest) -> None:
    result = request.getfixturevalue(kind)
    hours = result.requests
    assert hours["dropped"].tolist() == hours[DROPPED].sum(axis=1).tolist()
    columns = ["wanted", "started", "served", "dropped", "timed_out", "refused"]
    left = hours.groupby(["stream", "class"])[columns].cumsum()
    in_system = left["wanted"] - left["served"] - left["dropped"]
    assert in_system.min() > -ROUNDING
    # what has not started waits, timed out or was refused
    assert (left["wanted"] - left["started"] - left["timed_out"] - left["refused"]).min() > -ROUNDING
    if kind == "small":
        assert in_system.tolist() == [0.0, 1.0]  # E
        assert left["wanted"].tolist() == [4.0, len(ARRIVALS)]
    summary = result.summary
    assert hours["wanted"].sum() == pytest.approx(summary.requests_wanted, rel=1e-12)
    assert hours["dropped"].sum() == pytest.approx(summary.requests_dropped, rel=1e-12)
    reasons = {"time-out": "timed_out", "queue full": "refused", "power": "cut"}
    by_reason = {reason: hours[column].sum() for reason, column in reasons.items() if hours[column].any()}
    assert summary.requests_dropped_by_reason == pytest.approx(by_reason)


def test_a_fluid_stream_says_so_and_comes_to_similar_sums(short: Result, fluid: Result) -> None:
    one, other = (requests_total(each).loc[("assistant", "total")] for each in (short, fluid))
    assert (one["resolution"], other["resolution"]) == ("exact", "fluid")
    for column in ("wanted", "served", "energy_mwh", "output_tokens"):
        assert other[column] == pytest.approx(one[column], rel=0.05), column


def test_a_lack_of_power_drops_requests_for_every_reason(short: Result) -> None:
    assert (requests_total(short).loc[("assistant", "total"), DROPPED] > 0.0).all()


def test_energy_of_requests_is_that_of_the_replicas_and_of_the_bus(
    small: Result, short: Result, fluid: Result
) -> None:
    for result in (small, short, fluid):
        hours = result.requests
        energy_mwh = hours.groupby("stream")["energy_mwh"].sum()
        for stream in energy_mwh.index:
            books = result.books
            posted = sum(one.total for one in books.posted("serving_mwh") if one.owner == stream)
            assert energy_mwh[stream] == pytest.approx(posted, rel=1e-9)
            assert energy_mwh[stream] == pytest.approx(books.total_mwh(Flow.IT, owner=stream), rel=1e-9)


@pytest.mark.parametrize("resolution", ["exact", "fluid"])
def test_a_cut_within_a_window_loses_no_energy(resolution: str) -> None:
    # windows of 60 s end at 4,500 s and 4,560 s; the next ones settle what the cut one took too much
    limit = {"times_s": [0.0, 4510.0, 5410.0], "values": [1.0, 0.022, 1.0]}
    result = busy(resolution=resolution, limit=limit)
    for stream, hours in result.requests.groupby("stream"):
        given_mwh = result.books.total_mwh(Flow.IT, owner=str(stream))
        assert hours["energy_mwh"].sum() == pytest.approx(given_mwh, rel=1e-9)


def test_energy_of_every_hour_is_that_of_the_bus(short: Result) -> None:
    for stream, hours in short.requests.groupby("stream"):
        posted_mwh = hours.groupby("time")["energy_mwh"].sum()
        mw = short.hourly[f"{stream}.it_mw"]
        assert posted_mwh.to_numpy() == pytest.approx(mw.to_numpy(), abs=1e-6)  # a window's debt


def test_classes_add_up_to_their_stream(short: Result) -> None:
    total = requests_total(short)
    for stream in ("assistant", "coder"):
        parts, whole = total.loc[stream].iloc[:-1], total.loc[(stream, "total")]
        for column in (
            "wanted",
            "dropped",
            "output_tokens",
            "in_service",
            "waiting",
            "energy_mwh",
            "goodput_per_s",
        ):
            assert parts[column].sum() == pytest.approx(whole[column]), column
        assert parts["ttft_p99_s"].min() <= whole["ttft_p99_s"] <= parts["ttft_p99_s"].max()
    assert total.loc["assistant"].index.tolist() == ["batch", "chat", "code", "total"]


def test_the_summary_says_the_same_as_the_frame(short: Result) -> None:
    hours, summary = short.requests, short.summary
    assert summary.output_tokens == pytest.approx(hours["output_tokens"].sum())
    joules = 3.6e9 * hours["energy_mwh"].sum()
    assert summary.j_per_output_token == pytest.approx(joules / summary.output_tokens)
    assert summary.wh_per_request == pytest.approx(joules / 3600 / hours["served"].sum())


def test_months_divide_the_metrics_on_requests(short: Result) -> None:
    monthly, metrics = short.monthly, short.summary.metrics()
    columns = [name for name in monthly if name.startswith(("requests_", "output_", "prompt_", "serving_"))]
    assert {"requests_wanted", "requests_dropped_by_reason.power", "requests_served.chat"} <= {*columns}
    for name in columns:
        assert monthly[name].sum() == pytest.approx(metrics[name], rel=1e-12), name


def test_percentiles_of_a_class_are_the_accounts_of_the_run(short: Result) -> None:
    total = requests_total(short)
    for posting in short.books.postings:
        if posting.account.name in PERCENTILES:
            found = total.loc[(posting.owner, posting.account.part), posting.account.name]
            assert found == pytest.approx(posting.total, rel=1e-12)


def test_percentiles_of_added_histograms_are_those_of_all_requests() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, len(BIN_EDGES_S) - 1)).astype(float)
    rows = [
        {"from_s": low_s, "to_s": high_s, "requests": number}
        for each in counts
        for low_s, high_s, number in zip(BIN_EDGES_S[:-1], BIN_EDGES_S[1:], each, strict=True)
    ]
    for share in (0.0, 0.5, 0.99, 1.0):
        assert percentile_s(pd.DataFrame(rows), share) == quantile_s(counts.sum(axis=0), share)


def test_histograms_hold_each_request_served_once(short: Result) -> None:
    bins = short.latencies.groupby(["measure", "stream", "class"])["requests"].sum()
    served = short.requests.groupby(["stream", "class"])["served"].sum()
    assert bins["latency_s"].to_dict() == served[served > 0.0].to_dict()
    assert bins["ttft_s"].to_dict() == bins["latency_s"].to_dict()
    assert (short.latencies["from_s"] < short.latencies["to_s"]).all()


def test_a_saved_run_has_its_requests(short: Result, tmp_path: Path) -> None:
    again = Result.load(short.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(again.requests, short.requests)
    pd.testing.assert_frame_equal(again.latencies, short.latencies)
    pd.testing.assert_frame_equal(requests_total(again), requests_total(short))
    assert again.report() == short.report()
    saved = pd.read_parquet(tmp_path / "run" / "requests.parquet")
    assert list(saved.columns) == [*REQUEST_COLUMNS, "time"]
    assert saved["time"].tolist() == short.requests["time"].tolist()


def test_a_run_without_streams_has_empty_tables(paper: Result, tmp_path: Path) -> None:
    again = Result.load(paper.save(tmp_path / "run"))
    for result in (paper, again):
        assert (len(result.requests), len(result.latencies), len(requests_total(result))) == (0, 0, 0)
        assert list(result.requests.columns) == ["time", "stream", "class", "resolution", *TOLD]
        assert list(result.latencies.columns) == list(LATENCY_COLUMNS)
    assert paper.summary.j_per_output_token is None
    assert paper.summary.wh_per_request is None
