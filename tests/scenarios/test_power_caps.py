"""Training under power caps: which measured curves count, and what a cap does to a job."""

from __future__ import annotations

from math import exp, inf
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import SpecError, simulate
from sim.campus import PowerResponse
from sim.campus.scenario import Scenario
from sim.files.script import load_script
from sim.validation.published import ReferenceMissingError

FILE = Path(__file__).parents[2] / "scenarios" / "power_caps.py"


@pytest.fixture(scope="module")
def caps() -> ModuleType:
    return load_script(FILE)


@pytest.fixture(scope="module")
def curves(caps: ModuleType) -> Any:
    try:
        return caps.curves()
    except ReferenceMissingError as missing:
        pytest.skip(str(missing))


def spent(**values: Any) -> tuple[float, float]:
    """Days and energy [MWh] of the job until its end, with the overhead of the facility."""
    result = simulate(Scenario.open(FILE).build(work_d=1.0, gpus=8, **values), days=2.0)
    (job,) = result.jobs.itertuples()
    assert job.state == "finished"
    return (job.end - job.start).total_seconds() / 86400, job.energy_mwh


def test_a_cap_makes_a_job_longer_by_its_speed_and_leaves_the_host_as_it_is() -> None:
    days, mwh = spent(power_pu=0.7)
    speed = (1 - exp(-5.4 * 0.39)) / (1 - exp(-5.4 * 0.69))
    assert days == pytest.approx(1 / speed, rel=1e-9)
    assert mwh == pytest.approx(1.2 * (8 * 0.7 * 630 + 1780) * 24 / speed / 1e6)


def test_a_cap_saves_less_at_the_wall_than_at_the_accelerators() -> None:
    (_, free), (_, capped) = spent(power_pu=1.0), spent(power_pu=0.7)
    speed = (1 - exp(-5.4 * 0.39)) / (1 - exp(-5.4 * 0.69))
    assert 0.7 / speed < capped / free < 1.0


def test_below_its_floor_the_job_pauses(caps: ModuleType) -> None:
    campus = Scenario.open(FILE).build(power_pu=0.6)
    response = PowerResponse(dead_pu=0.3, bend=5.0, floor_pu=0.65)
    paused, runs = caps.run_capped(response, [0.6, 0.7])
    assert paused == (inf, inf)
    assert runs < (1.5, 1.0)
    assert caps.answer(simulate(campus, days=1.0)) == (
        "The job pauses: its power is below the floor of its response."
    )


def test_a_run_under_a_cap_takes_the_time_and_energy_of_the_response(caps: ModuleType) -> None:
    response = PowerResponse(dead_pu=0.31, bend=5.4, floor_pu=0.6)
    powers = [0.6, 0.65, 0.8, 0.999, 1.0, 1.2]
    for power, (time, energy) in zip(powers, caps.run_capped(response, powers), strict=True):
        speed = min(1.0, (1 - exp(-5.4 * (power - 0.31))) / (1 - exp(-5.4 * 0.69)))
        assert time == pytest.approx(1 / speed, rel=1e-9)
        assert energy == pytest.approx(min(power, 1.0) / speed, rel=1e-9)


def test_a_run_that_is_too_short_says_so(caps: ModuleType) -> None:
    result = simulate(Scenario.open(FILE).build(power_pu=1.0), days=5.0)
    assert caps.answer(result) == "The job is not finished after 5 days: 50 % is done. Give more --days."


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        SpecError,
        match="training_job: response = 'a4o'; allowed: a preset or a table of fields; nearest: a40",
    ):
        Scenario.open(FILE).build(response="a4o")


def test_of_the_measured_curves_those_of_ncf_and_of_little_power_are_excluded(curves: Any) -> None:
    reasons = [curve.excluded.split()[0] for curve in curves if curve.excluded]
    assert len(curves) == 104
    assert (reasons.count("ncf"), reasons.count("takes")) == (25, 10)


def test_a_curve_without_two_caps_that_reduce_its_power_is_missed_and_not_left_out(curves: Any) -> None:
    missed = [curve for curve in curves if not curve.excluded and curve.worst() == (inf, inf)]
    assert [(curve.gpu, curve.job) for curve in missed] == [
        ("A40", "bert_base_uncased on sentiment140, batch of 8")
    ]
    assert not missed[0].is_within()


def test_a_curve_with_a_step_would_be_missed(caps: ModuleType) -> None:
    # no concave curve is within 5 points of 0.50, 0.52 and 0.90
    times = tuple(1 / speed for speed in (0.50, 0.52, 0.90, 1.0))
    assert not caps.Curve("GPU", "step", "", (0.6, 0.7, 0.8, 1.0), times).is_within()
    smooth = tuple(1 / speed for speed in (0.55, 0.75, 0.90, 1.0))
    assert caps.Curve("GPU", "smooth", "", (0.6, 0.7, 0.8, 1.0), smooth).is_within()


def test_caps_below_the_least_power_do_not_count(caps: ModuleType) -> None:
    curve = caps.Curve("GPU", "job", "", (0.4, 0.6, 0.7, 0.8, 1.0), (9.0, 1.8, 1.3, 1.1, 1.0))
    assert len(caps.differences(curve)) == 4
    assert curve.response().floor_pu == 0.6
