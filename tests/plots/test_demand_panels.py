"""The panels on demand in the picture of a run: jobs that waited or started again, and the overhead."""

from __future__ import annotations

from typing import Any

import pytest
from air import Air
from matplotlib.axes import Axes

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob, Workload

COOLED = Facility(cooling={"kind": "wet_bulb", "floor_pu": 0.1})


def run(facility: Facility | None = None, days: float = 2.0, jobs: int = 2, **more: Any) -> Result:
    """Jobs that take the hall for 10 h each, one after the other, in frost."""
    job = TrainingJob(pool="hall", gpus=80, work_gpu_h=800.0)
    campus = Campus(
        name="line",
        start="2025-01-30T00:00:00+00:00",
        weather=Air(air_c=(-5.0,), humidity_pu=0.5),
        facility=facility or Facility(),
        servers={"hall": ServerPool(servers=10)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
        demand={**{f"job_{number}": job for number in range(jobs)}, **more},
    )
    return simulate(campus, days=days)


def titled(result: Result, word: str) -> list[Axes]:
    figure = result.plot()
    figure.canvas.draw()
    return [axes for axes in figure.axes if word in axes.get_title()]


def test_jobs_are_drawn_from_submission_to_start_and_to_end() -> None:
    (axes,) = titled(run(), "jobs")
    assert axes.get_title() == "Training jobs: done 100 % of the work submitted"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["job_0", "job_1"]
    in_line, begun = axes.containers
    assert [bar.get_width() * 24.0 for bar in in_line] == pytest.approx([0.0, 10.0])
    assert [bar.get_width() * 24.0 for bar in begun] == pytest.approx([10.0, 10.0])


def test_jobs_that_start_again_say_how_often_and_their_goodput() -> None:
    stopping = TrainingJob(
        pool="hall", gpus=8, work_gpu_h=80.0, submit_h=20.0, interruptions={"planned_every_h": 4.0}
    )
    (axes,) = titled(run(jobs=0, stopping=stopping), "jobs")
    assert [text.get_text().strip() for text in axes.texts] == ["2 restarts, goodput 1.00"]  # after 4 and 8 h


@pytest.mark.parametrize(
    ("submit_h", "work_gpu_h"),
    [
        pytest.param(0.0, 384.0, id="over the whole run"),
        pytest.param(0.0, 80.0, id="early"),
        pytest.param(36.0, 90.0, id="late"),
        pytest.param(8.0, 256.0, id="in the middle"),
    ],
)
def test_the_label_of_a_job_stays_within_the_panel(submit_h: float, work_gpu_h: float) -> None:
    job = TrainingJob(
        pool="hall", gpus=8, work_gpu_h=work_gpu_h, submit_h=submit_h, interruptions={"planned_every_h": 4.0}
    )
    (axes,) = titled(run(jobs=0, job=job), "jobs")
    (text,) = axes.texts
    label, panel = text.get_window_extent(), axes.get_window_extent()
    assert panel.x0 - 0.01 < label.x0 < label.x1 < panel.x1 + 0.01  # pixels


def test_of_many_jobs_the_largest_are_drawn() -> None:
    small = {"arrivals_per_h": 1.0, "gpus": (8,), "duration": {"mean_h": 0.5, "cv": 0.5}}
    result = run(small=Workload(pool="hall", jobs=small))
    (axes,) = titled(result, "largest")
    assert axes.get_title().startswith(f"The 14 largest of {len(result.jobs)} jobs")
    assert {"job_0", "job_1"} <= {label.get_text() for label in axes.get_yticklabels()}


def test_the_overhead_is_drawn_by_month_with_the_water() -> None:
    (axes,) = titled(run(COOLED, days=4.0), "PUE")  # two days of January, two of February
    (cooling,) = axes.containers
    assert [bar.get_height() for bar in cooling] == pytest.approx([0.1, 0.1])
    assert [bar.get_y() for bar in cooling] == [1.0, 1.0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Jan\n2025", "Feb"]


def test_a_run_without_them_has_neither() -> None:
    assert titled(run(jobs=1), "jobs") == titled(run(jobs=1), "PUE") == []
