"""The behaviour of jobs: the ladder of bids of a job whose speed follows a measured response."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.campus import PowerResponse
from sim.compute.behaviour import Capped, Proportional
from sim.compute.response import HIGHEST_DEAD_PU, MOST_CURVATURE, PRESETS

RTX = PRESETS["rtx6000"]
UNIT = st.floats(0.0, 1.0)


@st.composite
def jobs(draw: st.DrawFn) -> Capped:
    dead = draw(st.floats(0.0, HIGHEST_DEAD_PU))
    bend = draw(st.floats(1e-3, MOST_CURVATURE * 0.999)) / (1.0 - dead)
    floor = min(1.0, dead + 0.02 + draw(UNIT) * (0.98 - dead))
    response = PowerResponse(dead_pu=dead, bend=bend, floor_pu=floor)
    return Capped(response, accelerator_ratio=draw(st.floats(0.2, 1.0)))


def rungs(job: Capped) -> list[tuple[float, float]]:
    """Flexible power, and work that the ladder says it does, at the end of each block.

    Without flexible power a job works too if the idle power of its accelerators is above the floor.
    """
    work = (width * value for width, value in zip(job.widths_pu, job.values_pu, strict=True))
    idle = job.speed_pu(1.0, 0.0)
    return [*zip(accumulate(job.widths_pu), (idle + each for each in accumulate(work)), strict=True)]


@given(jobs())
def test_the_values_of_the_ladder_never_rise_and_add_up_to_all_work(job: Capped) -> None:
    assert [*job.values_pu] == sorted(job.values_pu, reverse=True)
    assert min(job.widths_pu) > 0.0 <= min(job.values_pu)
    assert rungs(job)[-1] == pytest.approx((1.0, 1.0), rel=1e-8)


@given(jobs())
def test_the_ladder_follows_the_curve_from_the_power_of_the_least_energy_on(job: Capped) -> None:
    run = sum(value >= job.values_pu[0] * (1.0 - 2e-9) for value in job.values_pu)  # below, it runs at times
    for power, work in rungs(job)[max(0, run - 1) :]:
        assert job.speed_pu(1.0, power) == pytest.approx(work, rel=1e-7, abs=1e-7)


@given(jobs(), UNIT)
def test_a_job_that_needs_flexible_power_never_does_more_work_than_its_first_value_says(
    job: Capped, flexible_pu: float
) -> None:
    if job.floor_pu:
        assert job.speed_pu(1.0, flexible_pu) <= flexible_pu * job.values_pu[0] * (1.0 + 1e-9) + 1e-9


@given(jobs(), UNIT)
def test_no_speed_is_above_the_polygon_of_its_corners(job: Capped, share: float) -> None:
    shares, speeds = zip((0.0, 0.0), *job.corners_pu, strict=True)
    assert [*shares] == sorted(shares)
    assert speeds[-1] == 1.0
    assert job.speed_pu(1.0, share) <= np.interp(share, shares, speeds) + 1e-9


@pytest.mark.parametrize("name", PRESETS)
def test_the_polygon_of_a_preset_is_near_its_curve(name: str) -> None:
    job = Capped(PRESETS[name], accelerator_ratio=0.8)
    shares, speeds = zip((0.0, 0.0), *job.corners_pu, strict=True)
    above = np.linspace(job.corners_pu[0][0], 1.0, 200)
    off = np.interp(above, shares, speeds) - [job.speed_pu(1.0, share) for share in above]
    assert off.max() < 0.04


@given(jobs(), UNIT)
def test_a_job_pauses_below_its_first_block_only(job: Capped, share: float) -> None:
    floor_pu = job.floor_pu
    assert floor_pu == 0.0 or job.widths_pu[0] == pytest.approx(floor_pu)
    assert job.speed_pu(1.0, floor_pu + share * (1.0 - floor_pu)) > 0.0
    if share < 0.999:
        assert job.speed_pu(1.0, share * floor_pu) == 0.0 or floor_pu == 0.0


def test_the_first_block_reaches_to_the_floor_and_four_more_to_all_power() -> None:
    # s(0.65) = (1 - exp(-1.836)) / (1 - exp(-3.726)) = 0.84054 / 0.97591 = 0.86129; 0.86129 / 0.65 = 1.32507
    # s(0.825) = (1 - exp(-2.781)) / 0.97591 = 0.96118: two blocks of 0.0875 have (0.96118 - 0.86129) / 0.0875
    job = Capped(RTX, accelerator_ratio=1.0)
    assert job.widths_pu == pytest.approx((0.65, 0.0875, 0.0875, 0.0875, 0.0875))
    first, second, third, *_ = job.values_pu
    assert (first, second + third) == pytest.approx((1.32507, 1.1416), abs=1e-4)


def test_host_power_that_is_flexible_too_is_not_what_the_accelerators_lose() -> None:
    # flexible power is half of the accelerators': without any of it they still have half of their power
    job = Capped(PowerResponse(dead_pu=0.3, bend=5.0, floor_pu=0.5), accelerator_ratio=0.5)
    assert (job.floor_pu, job.speed_pu(1.0, 0.0)) == (0.0, job.response.speed_pu(0.5))
    assert job.speed_pu(1.0, 0.5) == job.response.speed_pu(0.75)


def test_a_job_that_wastes_energy_under_every_cap_bids_for_all_its_power_alike() -> None:
    stiff = PowerResponse(dead_pu=0.5, bend=0.002, floor_pu=0.6)  # s(x) = (x - 0.5) / 0.5, nearly
    job = Capped(stiff, accelerator_ratio=1.0)
    assert job.widths_pu == pytest.approx((0.6, 0.4))
    assert job.values_pu == pytest.approx((1.0, 1.0))


def test_firm_power_that_is_lacking_slows_a_job_that_does_not_crash() -> None:
    assert Proportional(firm_ratio=0.4, flexible_ratio=0.6).speed_pu(0.5, 0.5) == pytest.approx(0.5)
    assert Capped(RTX, 0.9, firm_ratio=0.25).speed_pu(0.8, 1.0) == pytest.approx(0.95)
