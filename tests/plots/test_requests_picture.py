"""The pictures of inference streams and of power cuts, and the panel on requests in that of a run."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from air import Air
from builders import told
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from replicas import replica
from requests_run import CLASSES, busy, run

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.demand.inference import InferenceStream
from sim.plots.requests import plot_power_cuts


@pytest.fixture(scope="module")
def short() -> Result:
    return busy()


def heights(axes: Axes) -> dict[str, list[float]]:
    """The values of each line or band, by its label."""
    return {str(patch.get_label()): patch.get_data().values.tolist() for patch in axes.patches}


def drawn(figure: Figure) -> Figure:
    """A figure that could be drawn: all of its panels found a place."""
    figure.savefig(io.BytesIO(), format="png")
    return figure


def test_rates_times_and_power_are_above_each_other_for_each_stream(short: Result) -> None:
    figure = drawn(short.plot_requests())
    assert len(figure.axes) == 6
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == ["assistant", "coder"]
    rate, _, times, _, power, _ = figure.axes  # row by row
    assert [axes.get_ylabel() for axes in (rate, times, power)] == [
        "requests per second",
        "time to first token, s",
        "power of replicas, kW",
    ]
    assert times.get_yscale() == "log"
    assert rate.get_xlim() == times.get_xlim() == power.get_xlim()


def test_it_draws_the_numbers_of_the_frame(short: Result) -> None:
    rate, times, power = drawn(short.plot_requests("assistant")).axes
    hours = short.requests[short.requests["stream"] == "assistant"]
    by_time = hours.groupby("time")[["wanted", "dropped", "energy_mwh", "idle_mwh"]].sum()
    assert heights(rate)["wanted"] == pytest.approx((by_time["wanted"] / 3600).tolist())
    assert heights(rate)["dropped"] == pytest.approx((by_time["dropped"] / 3600).tolist())
    chat = hours[hours["class"] == "chat"]
    assert heights(times)["chat p99"] == chat["ttft_p99_s"].tolist()
    assert list(heights(times)) == ["chat p50", "chat p99", "batch p50", "batch p99", "code p50", "code p99"]
    assert heights(power)["idle"] == pytest.approx((1000 * by_time["idle_mwh"]).tolist())
    assert heights(power)["accelerators"] == pytest.approx((1000 * by_time["energy_mwh"]).tolist())  # on top


def test_a_run_that_ends_within_an_hour_is_drawn_to_its_end() -> None:
    result = busy(days=1.5 / 24, limit=1.0)
    rate = drawn(result.plot_requests("coder")).axes[0]
    assert np.diff(rate.patches[0].get_data().edges) * 24 == pytest.approx([1.0, 0.5])
    wanted = result.requests[result.requests["stream"] == "coder"]["wanted"]
    assert heights(rate)["wanted"] == pytest.approx((wanted / [3600, 1800]).tolist())


def test_the_labels_of_a_long_run_do_not_lie_on_each_other() -> None:
    stream = InferenceStream(
        pool="hall",
        replicas=1,
        model=replica(),
        requests_per_s=0.01,
        classes={"code": CLASSES["code"]},
        window_s=3600.0,
    )
    figure = drawn(run({"chat": stream}, days=60.0).plot_requests())
    labels = [label for label in figure.axes[-1].get_xticklabels() if label.get_text()]
    boxes = [label.get_window_extent() for label in labels]
    assert len(boxes) > 2
    assert all(before.x1 < after.x0 for before, after in pairwise(boxes))


def test_a_long_run_is_drawn_in_days_with_the_range_of_its_hours() -> None:
    day_s = 86_400.0
    rate = {"times_s": [0.0, day_s / 2, day_s], "values": [0.0, 0.02, 0.01]}
    stream = InferenceStream(
        pool="hall",
        replicas=1,
        model=replica(),
        requests_per_s=rate,
        classes={"code": CLASSES["code"]},
        window_s=3600.0,
    )
    result = run({"chat": stream}, days=21.25)
    rates, times, power = drawn(result.plot_requests()).axes
    assert np.diff(rates.patches[0].get_data().edges).tolist() == [1.0] * 21 + [0.25]
    hourly = result.requests["wanted"] / 3600
    days = hourly.groupby(np.arange(len(hourly)) // 24)
    assert heights(rates)["wanted"] == pytest.approx(days.mean().tolist())
    band = next(patch for patch in rates.patches if patch.get_label() == "wanted, all hours")
    assert band.get_data().values.tolist() == pytest.approx(days.max().tolist())
    assert band.get_data().baseline.tolist() == pytest.approx(days.min().tolist())
    worst = result.requests["ttft_p99_s"].groupby(np.arange(len(hourly)) // 24).max()
    assert heights(times)["code p99"] == worst.tolist()
    kw = 1000 * result.requests["energy_mwh"].groupby(np.arange(len(hourly)) // 24).mean()
    assert heights(power)["accelerators"] == pytest.approx(kw.tolist())
    assert [axes.get_ylabel() for axes in (rates, times, power)] == [
        "requests per second\n(mean of 24 h)",
        "time to first token, s\n(worst hour of 24 h)",
        "power of replicas, kW\n(mean of 24 h)",
    ]


def test_streams_that_do_not_exist_or_do_not_fit_are_refused(short: Result, paper: Result) -> None:
    assert told(lambda: short.plot_requests("asistant")) == (
        "result: streams = 'asistant' does not exist; nearest: assistant"
    )
    assert told(paper.plot_requests) == "result: streams do not exist: the run has no inference streams"
    four = ["assistant", "coder", "assistant", "coder"]
    assert told(lambda: short.plot_requests(*four)) == "result: streams are 4; allowed: at most 3"


def test_the_picture_of_a_run_has_a_panel_of_all_streams(short: Result, paper: Result) -> None:
    (panel,) = [axes for axes in drawn(short.plot()).axes if "requests" in axes.get_title()]
    wanted = short.requests.groupby("time")["wanted"].sum() / 3600
    assert heights(panel)["wanted"] == pytest.approx(wanted.tolist())
    summary = short.summary
    share = 100 * summary.requests_dropped / summary.requests_wanted
    assert panel.get_title() == f"{summary.requests_wanted:,.0f} requests, {share:.1f} % dropped"
    assert [axes for axes in paper.plot().axes if "requests" in axes.get_title()] == []


def test_requests_have_a_row_below_jobs_and_overhead() -> None:
    job = TrainingJob(pool="hall", gpus=72, work_gpu_h=720.0)
    stream = InferenceStream(
        pool="hall", replicas=1, model=replica(), requests_per_s=1.0, classes={"code": CLASSES["code"]}
    )
    campus = Campus(
        name="all",
        weather=Air(air_c=(-5.0,), humidity_pu=0.5),
        facility=Facility(cooling={"kind": "wet_bulb", "floor_pu": 0.1}),
        servers={"hall": ServerPool(servers=10)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
        demand={"first": job, "second": job, "chat": stream},
    )
    figure = drawn(simulate(campus, days=1).plot())
    words = ("jobs", "PUE", "requests")
    titles = {word: axes for axes in figure.axes for word in words if word in axes.get_title()}
    jobs, overhead, requests = (titles[word].get_position() for word in words)
    assert jobs.x1 < overhead.x0
    assert requests.y1 < min(jobs.y0, overhead.y0)
    assert (requests.x0, requests.x1) == pytest.approx((jobs.x0, overhead.x1), abs=0.1)


CUTS = pd.DataFrame(
    {
        "cut_pu": [0.0, 0.4, 0.2],
        "ttft_p50_s": [0.1, 30.0, 0.2],
        "ttft_p99_s": [0.2, 60.0, 0.3],
        "tpot_p99_s": [0.1, 0.3, 0.2],
        "in_service": [10.0, 40.0, 30.0],
        "waiting": [0.0, 500.0, 0.0],
        "slots": [80, 40, 60],
        "dropped_pu": [0.0, 0.25, 0.0],
    }
)
"""Three power cuts, out of order."""


def points(axes: Axes) -> dict[str, list[float]]:
    """The heights of each line, by its label."""
    return {str(line.get_label()): np.asarray(line.get_ydata()).tolist() for line in axes.lines}


def test_power_cuts_show_times_numbers_and_drops_from_the_smallest_cut_on() -> None:
    figure = drawn(plot_power_cuts(CUTS, "Dear $ power"))
    first, each, numbers, dropped = figure.axes
    assert figure.get_suptitle() == r"Dear \$ power"
    assert [axes.get_title() for axes in figure.axes] == [
        "Time to the first token",
        "Time per further output token",
        "Requests in service and waiting",
        "Requests that are dropped",
    ]
    assert np.asarray(first.lines[0].get_xdata()).tolist() == [0.0, 20.0, 40.0]
    assert points(first) == {"p50": [0.1, 0.2, 30.0], "p99": [0.2, 0.3, 60.0]}
    assert points(each) == {"p99": [0.1, 0.2, 0.3]}
    assert points(numbers) == {
        "most in service": [80, 60, 40],
        "in service": [10.0, 30.0, 40.0],
        "waiting": [0.0, 0.0, 500.0],
    }
    assert points(dropped) == {"dropped": [0.0, 0.0, 25.0]}
    assert (first.get_yscale(), numbers.get_xlabel()) == ("log", "power taken away, %")


def test_a_cut_under_which_nothing_is_served_and_nothing_is_dropped_is_drawn() -> None:
    none = CUTS.iloc[:1].assign(ttft_p50_s=np.nan, ttft_p99_s=np.nan, tpot_p99_s=np.nan)
    figure = drawn(plot_power_cuts(none))
    assert figure.get_suptitle() == "What a power cut does to requests"
    assert figure.axes[3].get_ylim() == (0.0, 1.0)


def test_a_table_that_is_not_one_of_power_cuts_is_refused() -> None:
    assert told(lambda: plot_power_cuts(CUTS.drop(columns=["slots", "waiting"]))) == (
        "power cuts: columns lack slots, waiting"
    )
    assert told(lambda: plot_power_cuts(CUTS.iloc[:0])) == "power cuts: rows are 0; allowed: at least one"
