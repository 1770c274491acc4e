"""The phases of a training job, by hand and against the measured power of 64 nodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import DATA
from numpy.typing import NDArray

from sim import SpecError
from sim.demand.cycle import Cycle
from sim.demand.phases import PRESETS, PhaseModel, Phases
from sim.spec import Spec

GPT3 = PRESETS["gpt3_512xh100"]
GANG = GPT3.cycle().times(512)
MEASURED = DATA / "mlperf_training" / "64node_gpt3_5849-240518014016374832336_3_ac.csv"
SIMPLE = {"iteration_s": 10.0, "compute_pu": 0.75, "compute_w": 900.0, "waiting_w": 300.0}


class Job(Spec):
    """A spec with phases."""

    phases: PhaseModel


def test_an_iteration_computes_and_communicates_and_an_evaluation_follows_the_last_one() -> None:
    phases = Phases(
        **SIMPLE,
        communication_w=800.0,
        iterations_per_evaluation=2,
        evaluation_s=4.0,
        evaluation_w=700.0,
    )
    iteration = ((7.5, 900.0), (2.5, 800.0))
    assert phases.cycle().steps == (*iteration, *iteration, (4.0, 700.0))


def test_power_lies_between_waiting_and_compute_by_the_compute_share() -> None:
    assert Phases(**SIMPLE).cycle().mean_w == pytest.approx(300 + 0.75 * (900 - 300))


@pytest.mark.parametrize(("compute_pu", "power_w"), [(0.0, 300.0), (1.0, 900.0)])
def test_a_phase_without_length_is_not_a_step(compute_pu: float, power_w: float) -> None:
    assert Phases(**SIMPLE | {"compute_pu": compute_pu}).cycle().steps == ((10.0, power_w),)


def test_a_cap_leaves_the_power_of_the_host_as_it_is() -> None:
    # accelerators draw 700 and 100 W above the host's 200, capped 350 and 50; the iteration takes 10 / 0.8 s
    capped = Phases(**SIMPLE, host_w=200.0).scaled(speed_pu=0.8, power_pu=0.5)
    assert capped.steps == ((9.375, 550.0), (3.125, 250.0))


def test_a_checkpoint_is_written_at_waiting_power_unless_it_has_its_own() -> None:
    assert Phases(**SIMPLE).writing_w == 300.0
    assert Phases(**SIMPLE, checkpoint_w=250.0).writing_w == 250.0


def test_the_measured_iteration_is_the_thirteenth_harmonic_of_its_cycle() -> None:
    assert GANG.duration_s == pytest.approx(12 * 10.766 + 12.965)  # 142.157 s
    iteration, _, evaluation = GANG.lines(3)
    assert iteration == pytest.approx((142.157 / 13, 18.68e3), rel=0.001)  # 10.935 s
    assert evaluation == pytest.approx((142.157, 6.81e3), rel=0.001)
    assert GANG.largest_step_w == pytest.approx(453.5e3 - 404.0e3)  # from an evaluation to compute


def test_a_meter_of_two_seconds_reads_a_smaller_swing_than_there_is() -> None:
    """The figures of the calibration are those of means over 2 s, and of the bin of a discrete spectrum."""
    read_w = np.diff([GANG.energy_j(2.0 * count) for count in range(1706)]) / 2.0
    bins_w = 2.0 * np.abs(np.fft.rfft(read_w - read_w.mean())) / 1705
    assert bins_w.max() == pytest.approx(17.0e3, rel=0.005)
    assert bins_w[24] == pytest.approx(6.8e3, rel=0.005)  # 24 evaluations
    assert read_w.std() == pytest.approx(18.5e3, rel=0.005)
    assert GANG.rms_w == pytest.approx(21.16e3, rel=0.001)


def measured() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time [s] and wall power [W] of run 5849_3; none of the phases was fitted to it."""
    if not Path(MEASURED).is_file():
        pytest.skip(f"the trace is not at {MEASURED}; set DCGRID_DATA to the folder that holds it")
    table = pd.read_csv(MEASURED)
    return table["t_s"].to_numpy(float), table["total_W"].to_numpy(float)


def strongest(
    time_s: NDArray[np.float64], power_w: NDArray[np.float64], around_s: float
) -> tuple[float, float]:
    """Period and amplitude of the strongest line within 10 % of a period."""
    periods_s = around_s * np.linspace(0.9, 1.1, 801)
    turns = np.exp(-2j * np.pi * np.outer(1.0 / periods_s, time_s))
    amplitudes_w = 2.0 * np.abs(turns @ (power_w - power_w.mean())) / len(time_s)
    best = int(amplitudes_w.argmax())
    return float(periods_s[best]), float(amplitudes_w[best])


def test_phases_of_one_run_predict_energy_mean_and_percentiles_of_another() -> None:
    time_s, power_w = measured()
    step_s = time_s[1] - time_s[0]
    assert GANG.mean_w == pytest.approx(power_w.mean(), rel=0.003)  # 438.3 and 438.6 kW
    assert GANG.energy_j(24 * GANG.duration_s) == pytest.approx(
        power_w.sum() * step_s, rel=0.003
    )  # 24 blocks
    for share in (0.05, 0.5, 0.99):
        assert GANG.quantile_w(share) == pytest.approx(np.quantile(power_w, share), rel=0.03)


def test_phases_of_one_run_predict_the_spectral_lines_of_another() -> None:
    lines = {round(line.period_s): line for line in GANG.lines()}
    iteration_s, iteration_w = strongest(*measured(), 10.9)
    evaluation_s, evaluation_w = strongest(*measured(), 142.0)
    assert lines[11].period_s == pytest.approx(iteration_s, abs=0.2)
    assert lines[11].amplitude_w == pytest.approx(iteration_w, rel=0.15)
    assert lines[142].period_s == pytest.approx(evaluation_s, abs=0.5)
    assert lines[142].amplitude_w == pytest.approx(evaluation_w, rel=0.15)


def test_olmo_draws_85_percent_of_its_rating_in_training_and_15_while_it_writes() -> None:
    olmo, rated_w = PRESETS["olmo_h100"], 700.0
    assert (olmo.cycle().mean_w - olmo.host_w) / rated_w == pytest.approx(0.85, abs=0.03)
    assert (olmo.writing_w - olmo.host_w) / rated_w == pytest.approx(0.15, abs=0.03)


def test_writing_lowers_the_mean_by_its_share_of_the_time() -> None:
    olmo = PRESETS["olmo_h100"]
    # 10 s of writing after each 90 s of work: a tenth of the time
    mean_w = olmo.cycle().with_pauses(10 / 90, olmo.writing_w).mean_w
    assert mean_w == pytest.approx(0.9 * olmo.compute_w + 0.1 * olmo.writing_w)
    # the line of the checkpoints: a pulse of depth d and share s has the amplitude 2 d sin(pi s) / pi
    (pulse, *_) = Cycle(((90.0, olmo.compute_w), (10.0, olmo.writing_w))).lines()
    assert pulse == pytest.approx((100.0, 2 * 500.0 * np.sin(np.pi / 10) / np.pi))


def test_a_field_takes_the_name_of_a_preset_or_a_table() -> None:
    assert Job(phases="gpt3_512xh100").phases == GPT3  # type: ignore[arg-type]
    assert Job(phases=SIMPLE).phases == Phases(**SIMPLE)  # type: ignore[arg-type]
    assert Job(**Job(phases=GPT3).to_dict()).phases == GPT3


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    message = "Job: phases = 'gpt3_h100'; allowed: a preset or a table of fields; nearest: gpt3_512xh100"
    with pytest.raises(SpecError, match=f"^{message}"):
        Job(phases="gpt3_h100")  # type: ignore[arg-type]


def test_the_schema_of_a_field_has_the_names_and_the_table() -> None:
    names, table = Job.model_json_schema()["properties"]["phases"]["anyOf"][:2]
    assert names == {"enum": ["gpt3_512xh100", "olmo_h100"]}
    assert table == {"$ref": "#/$defs/Phases"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"waiting_w": 950.0}, "Phases: waiting_w = 950.0 W; allowed: at most compute_w = 900 W"),
        (
            {"communication_w": 250.0},
            "Phases: communication_w = 250.0 W; allowed: waiting_w = 300 W to compute_w = 900 W",
        ),
        (
            {"evaluation_s": 4.0},
            "Phases: evaluation_s = 4.0 s; allowed: 0 s, without iterations_per_evaluation",
        ),
        (
            {"iterations_per_evaluation": 2},
            "Phases: evaluation_s = 0.0 s; allowed: above 0 s, with iterations_per_evaluation",
        ),
        (
            {"host_w": 290.0, "checkpoint_w": 280.0},
            "Phases: host_w = 290.0 W; allowed: at most 280 W, the lowest power of a phase",
        ),
    ],
)
def test_wrong_phases_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Phases(**SIMPLE | wrong)
    assert str(refused.value) == message
