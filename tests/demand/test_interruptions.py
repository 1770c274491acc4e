"""Interruptions of a job: failures in proportion to its GPUs, and planned stops."""

from __future__ import annotations

from math import inf

import pytest

from sim.demand.interruptions import PRESETS, Interruptions


def test_a_job_fails_as_often_as_all_its_gpus_together() -> None:
    assert Interruptions(mtbf_gpu_h=1000.0).mtbf_s(500) == 7200.0  # 1000 / 500 = 2 h


def test_planned_stops_do_not_depend_on_the_size_of_the_job() -> None:
    assert Interruptions(planned_every_h=2.0).planned_interval_s == 7200.0


def test_a_job_without_interruptions_goes_on_forever() -> None:
    assert Interruptions().mtbf_s(1) == inf
    assert Interruptions().planned_interval_s == inf


def test_llama_3_failed_every_three_hours() -> None:
    llama = PRESETS["llama3_405b"]
    assert llama.mtbf_gpu_h == pytest.approx(50_677, abs=1)
    assert llama.mtbf_s(16_384) == pytest.approx(54 * 86_400 / 419)  # 11,135 s
    assert llama.planned_interval_s == pytest.approx(54 * 86_400 / 47)
