from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from recorded_years import weather
from small_campus import small_campus

import sim
from sim.campus import Campus, GridConnection, InferenceStream, ServerPool, SolarPlant, TrainingJob
from sim.campus.scenario import Scenario
from sim.errors import SpecError
from sim.simulation import simulate
from sim.sweeps import SweepResult, sweep
from sim.sweeps.axes import Over
from sim.sweeps.task import metrics_of

DAYS = 3.0
SEEDS = "allowed: a whole number at least 1, or a list of whole numbers"
GRID = {"reactor_modules": [0, 1, 2], "import_mw": [0.5, 1.5]}


@pytest.fixture(scope="module")
def result() -> SweepResult:
    return sweep(small_campus, over=GRID, seeds=3, days=DAYS, jobs=1)


def test_a_grid_has_a_row_for_each_combination_and_seed(result: SweepResult) -> None:
    points = result.points
    assert len(points) == 3 * 2 * 3
    assert list(points.columns[:4]) == ["point", "reactor_modules", "import_mw", "seed"]
    assert points["point"].tolist() == [place for place in range(6) for _ in range(3)]
    assert points["seed"].tolist() == [0, 1, 2] * 6
    assert points["reactor_modules"].tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert (
        points["import_mw"].tolist() == [0.5] * 3 + [1.5] * 3 + [0.5] * 3 + [1.5] * 3 + [0.5] * 3 + [1.5] * 3
    )
    assert points["reactor_modules"].dtype.kind == "i"


def test_each_row_holds_the_figures_of_that_run_alone(result: SweepResult) -> None:
    row = result.points.iloc[13]  # point 4: 2 modules, 0.5 MW; seed 1
    assert (row["reactor_modules"], row["import_mw"], row["seed"]) == (2, 0.5, 1)
    alone = simulate(small_campus(reactor_modules=2, import_mw=0.5), days=DAYS, seed=1)
    summary = alone.summary.to_dict()
    assert row["unserved_mwh"] == summary["unserved_mwh"]
    assert row["supplied_mwh.smr"] == summary["supplied_mwh"]["smr"]
    assert row["cost_lines_usd.energy charge"] == summary["cost_lines_usd"]["energy charge"]
    assert row["settlements"] == summary["settlements"]
    assert not {"loop_s", "wall_s"} & set(result.points.columns)  # not metrics of the run
    assert row["jobs"] == 1.0
    assert row["jobs_done"] == 0.0  # 2e6 GPU-h on 2,000 GPUs take 1,000 h


def test_a_stream_of_requests_is_no_job_that_waits_or_ends() -> None:
    def job() -> TrainingJob:
        return TrainingJob(pool="hall", gpus=16, work_gpu_h=160.0)

    stream = InferenceStream(
        pool="hall",
        replicas=1,
        model="llama2_70b_8xh200",
        requests_per_s=0.1,
        classes={"all": "chat"},
    )
    campus = Campus(
        name="c",
        servers={"hall": ServerPool(servers=3)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
        demand={"a": job(), "b": job(), "chat": stream},
    )
    run = simulate(campus, days=2)
    found = metrics_of(run.summary, run.books)
    # b waits 10 h for a; they take 10 h and 20 h from their submission
    told = [found[name] for name in ("jobs", "jobs_done", "job_wait_mean_h", "job_span_mean_h")]
    assert told == pytest.approx([2.0, 2.0, 5.0, 15.0])


def test_job_figures_are_waits_and_spans_of_the_jobs_table() -> None:
    over = {"demand.job.work_gpu_h": [4e4, 1e9]}
    done, undone = sweep(
        small_campus(import_mw=9.0, reactor_modules=0), over=over, days=DAYS, jobs=1
    ).points.to_dict("records")
    campus = small_campus(import_mw=9.0, reactor_modules=0).with_values({"demand.job.work_gpu_h": 4e4})
    job = simulate(campus, days=DAYS).jobs.iloc[0]
    assert done["jobs_done"] == 1.0
    assert done["job_wait_mean_h"] == 0.0
    assert done["job_span_mean_h"] == pytest.approx((job["end"] - job["submit"]).total_seconds() / 3600.0)
    assert undone["jobs_done"] == 0.0
    assert math.isnan(undone["job_span_mean_h"])


def test_means_and_intervals_are_those_of_student(result: SweepResult) -> None:
    table = result.means
    assert len(table) == 6
    values = result.points.query("point == 2")["unserved_mwh"].to_numpy()
    assert values.std() > 0.0
    assert table["unserved_mwh"][2] == pytest.approx(values.mean())
    # t of 2 degrees of freedom at 97.5 % is 4.302653
    assert table["unserved_mwh.ci95"][2] == pytest.approx(
        4.302653 * values.std(ddof=1) / math.sqrt(3), rel=1e-6
    )
    assert table["seeds"].tolist() == [3] * 6
    assert list(result.summary("cost_usd").columns) == [*GRID, "seeds", "cost_usd", "cost_usd.ci95"]


def test_one_seed_says_nothing_of_the_spread() -> None:
    alone = sweep(small_campus, over={"reactor_modules": [1]}, days=1.0, jobs=1)
    assert math.isnan(alone.means["cost_usd.ci95"][0])


def test_common_random_numbers_narrow_the_interval_of_a_difference() -> None:
    """Half a megawatt more import; the reactor fails at the same hours in both points: its luck cancels."""
    over = {"import_mw": [1.0, 1.5]}
    seeds = 12
    paired = sweep(small_campus, over=over, seeds=seeds, days=20.0, jobs=1).differences("unserved_mwh")
    assert paired["ci95"][0] == 0.0
    assert paired["ci95"][1] < 0.5 * paired["ci95_unpaired"][1]
    low = sweep(small_campus, over={"import_mw": [1.0]}, seeds=range(100, 112), days=20.0, jobs=1).points
    high = sweep(small_campus, over={"import_mw": [1.5]}, seeds=range(200, 212), days=20.0, jobs=1).points
    apart = high["unserved_mwh"].to_numpy() - low["unserved_mwh"].to_numpy()
    independent = 2.200985 * apart.std(ddof=1) / math.sqrt(seeds)  # t of 11 degrees of freedom at 97.5 %
    assert paired["ci95"][1] < 0.7 * independent


def test_energy_of_a_source_that_is_not_there_is_zero_and_other_figures_are_nan() -> None:
    def campus(*, has_battery: bool) -> Campus:
        plain = small_campus().to_dict()
        if has_battery:
            plain["supply"]["battery"] = {"kind": "battery", "power_mw": 1.0, "energy_mwh": 1.0}
        else:
            del plain["supply"]["smr"]
        return Campus(**plain)

    points = sweep(campus, over={"has_battery": [False, True]}, days=1.0, jobs=1).points
    assert points["discharged_mwh.battery"][0] == 0.0
    assert points["supplied_mwh.smr"][0] == 0.0 < points["supplied_mwh.smr"][1]
    assert math.isnan(points["capacity_factor.smr"][0])


def test_a_list_of_points_and_dotted_paths_of_a_campus() -> None:
    over = [
        {"supply.smr.modules": 2, "supply.grid.import_limit_mw": 1.0},
        {"supply.smr.modules": np.int64(0), "supply.grid.import_limit_mw": np.float64(3.0)},
    ]
    points = sweep(small_campus(), over=over, days=1.0, jobs=1).points
    assert points["supply.smr.modules"].tolist() == [2, 0]
    assert points["supplied_mwh.smr"][0] > 0.0 == points["supplied_mwh.smr"][1]


def test_a_profile_is_a_value_like_any_other(tmp_path: Path) -> None:
    day = {"base": 40.0, "windows": [{"value": 90.0, "from_hour": 8, "to_hour": 20}]}
    over = {"supply.grid.import_price_usd_per_mwh": [40.0, day]}
    found = sweep(small_campus(), over=over, days=1.0, jobs=1, out=tmp_path / "out")
    assert found.points["cost_usd"][1] > found.points["cost_usd"][0]
    assert SweepResult.load(tmp_path / "out").points.equals(found.points)


def test_a_scenario_with_fixed_values_and_with_paths_beside_parameters() -> None:
    over = {"reactor_modules": [1, 2], "supply.smr.module_mw": [1.0]}
    points = sweep(
        Scenario.of(small_campus),
        over=over,
        days=1.0,
        jobs=1,
        fixed={"import_mw": 0.0, "supply.smr.mttf_h": 1e6},
    ).points
    assert points["import_mwh"].tolist() == [0.0, 0.0]
    assert points["capacity_factor.smr"][0] <= 1.0
    assert points["supplied_mwh.smr"][1] <= 2 * 1.0 * 24.0


def test_points_that_agree_are_run_once(tmp_path: Path) -> None:
    over = [{"reactor_modules": 1}, {"reactor_modules": 1}]
    points = sweep(small_campus, over=over, days=1.0, jobs=1, out=tmp_path / "out").points
    assert len(list((tmp_path / "out" / "parts").iterdir())) == 1
    assert points["cost_usd"][0] == points["cost_usd"][1]


def test_a_point_that_the_model_refuses_is_recorded_and_the_rest_goes_on(tmp_path: Path) -> None:
    over = {
        "demand.job.gpus": [1000, 8000],
        "servers.hall.servers": [500, 1000],
    }  # 500 servers have 4,000 GPUs
    found = sweep(small_campus(), over=over, seeds=2, days=1.0, jobs=1, out=tmp_path / "out")
    assert len(found.points) == 3 * 2
    assert found.failures["point"].tolist() == [2, 2]
    assert found.failures["seed"].tolist() == [0, 1]
    assert "allowed: at most 4000" in found.failures["error"][0]
    loaded = SweepResult.load(tmp_path / "out")
    assert loaded.failures.equals(found.failures)
    assert loaded.missing == 0


def test_a_run_that_fails_is_recorded_with_its_error_and_done_again(tmp_path: Path) -> None:
    series = tmp_path / "prices.csv"
    campus = small_campus().with_values(
        {"supply.grid.import_price_usd_per_mwh": {"csv": str(series), "column": "p"}}
    )
    good = "time,p\n2025-01-01T00:00Z,50\n2025-01-01T12:00Z,60\n2025-01-02T00:00Z,60\n"
    series.write_text(good, encoding="utf-8")
    over = {"supply.smr.modules": [1, 2], "supply.grid.import_limit_mw": [1.0]}

    series.unlink()
    out = tmp_path / "out"
    found = sweep(campus, over=over, days=1.0, jobs=1, out=out)
    assert len(found.points) == 0
    assert len(found.failures) == 2
    assert "prices.csv" in found.failures["error"][0]
    assert len(found.means) == 0
    assert found.report().startswith("No run has finished.")

    series.write_text(good, encoding="utf-8")
    with pytest.raises(SpecError, match="its model differs"):  # the content of files is part of the model
        sweep(campus, over=over, days=1.0, jobs=1, out=out)
    assert len(sweep(campus, over=over, days=1.0, jobs=1, out=tmp_path / "new").points) == 2


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"over": {"reactor_modulse": [1]}},
        "small_campus: reactor_modulse is unknown; nearest: reactor_modules",
    ),
    (
        {"over": {"supply.smr.moduls": [1]}},
        "Campus: supply.smr.moduls does not exist; nearest: supply.smr.modules, supply.smr.module_mw",
    ),
    ({"over": {"reactor_modules": []}}, "sweep: over reactor_modules has no values"),
    ({"over": {"reactor_modules": "abc"}}, "sweep: over reactor_modules = 'abc'; allowed: a list of values"),
    ({"over": {"reactor_modules": 3}}, "sweep: over reactor_modules = 3; allowed: a list of values"),
    (
        {"over": {"reactor_modules": [1, "many"]}},
        "small_campus: reactor_modules = 'many'; allowed: a whole number at least 0 and at most 1e+07",
    ),
    (
        {"over": {"reactor_modules": [0.5, 1]}},
        "small_campus: reactor_modules = 0.5; allowed: a whole number at least 0 and at most 1e+07",
    ),
    (
        {"over": {"import_mw": [1, -1]}},
        "small_campus: import_mw = -1 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
    ),
    ({"over": {"import_mw": [1, 2, 1]}}, "sweep: over import_mw has the value 1 twice"),
    ({"over": {}}, "sweep: over names no axis to vary"),
    ({"over": []}, "sweep: over has no points"),
    ({"over": [{}]}, "sweep: over names no axis to vary"),
    ({"over": [{"import_mw": 1}, {"a": 1}]}, "sweep: over[1] names a; the first point names import_mw"),
    (
        {"over": {"seed": [1]}},
        "sweep: over seed is the name of a metric or a column of the result; rename it",
    ),
    ({"seeds": 0}, f"sweep: seeds = 0; {SEEDS}"),
    ({"seeds": True}, f"sweep: seeds = True; {SEEDS}"),
    ({"seeds": 2.0}, f"sweep: seeds = 2.0; {SEEDS}"),
    (
        {"seeds": [0.5]},
        f"sweep: seeds = [0.5]; {SEEDS}",
    ),
    ({"seeds": "12"}, f"sweep: seeds = '12'; {SEEDS}"),
    ({"seeds": [2, 2]}, "sweep: seeds = [2, 2]; allowed: each seed once"),
    (
        {"seeds": [-1]},
        "simulate: seed = -1; allowed: a whole number at least 0 and at most 9223372036854775807",
    ),
    ({"days": 0.0}, "simulate: days = 0.0 d; allowed: a finite number above 0 and at most 36525 d"),
    ({"jobs": 0}, "sweep: jobs = 0; allowed: a whole number at least 1"),
    (
        {"jobs": 2, "cluster": "tcp://127.0.0.1:1"},
        "sweep: jobs = 2 contradicts cluster = 'tcp://127.0.0.1:1', which has workers of its own",
    ),
    ({"fixed": {"supply.smr.x": 1}}, "Campus: supply.smr.x does not exist"),
    (
        {
            "fixed": {"supply.grid.import_limit_mw": 2.0},
            "over": {"import_mw": [1, 3], "reactor_modules": [0, 1]},
        },
        "sweep: over import_mw changes nothing: all its values give the same campus",
    ),
    ({"model": 3}, "sweep: model = 3; allowed: a campus, a scenario or its function"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD, ids=[message[:60] for _, message in BAD])
def test_bad_input_is_one_clear_error_and_nothing_is_written(
    wrong: dict[str, Any], message: str, tmp_path: Path
) -> None:
    arguments = {"model": small_campus, "over": {"import_mw": [1.0]}, "days": 1.0, **wrong}
    out = tmp_path / "out"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}") as caught:
        sweep(arguments.pop("model"), **arguments, out=out)
    assert "\n" not in str(caught.value)
    assert not out.exists()


def test_a_sample_whose_points_are_partly_refused_goes_on_and_one_wholly_refused_does_not() -> None:
    def over(*counts: int) -> Over:
        return [{"demand.job.gpus": count} for count in counts]

    partly = sweep(small_campus(), over=over(100, 100_000), days=1.0, jobs=1)
    assert (len(partly.points), len(partly.failures)) == (1, 1)
    with pytest.raises(SpecError, match=r"demand\.job: gpus = 100000; allowed: at most 8000"):
        sweep(small_campus(), over=over(100_000, 200_000), days=1.0, jobs=1)


def test_unknown_figures_and_axes_name_the_nearest(result: SweepResult) -> None:
    with pytest.raises(SpecError, match="metric unserved_mw does not exist; nearest: unserved_mwh"):
        result.summary("unserved_mw")
    with pytest.raises(SpecError, match="base = 17 is not a point that was run; allowed: 0 to 5"):
        result.differences("cost_usd", base=17)


def test_the_report_shows_means_with_intervals_and_failures(result: SweepResult) -> None:
    lines = result.report("unserved_mwh").splitlines()
    assert [cell.strip() for cell in lines[0].split("|")[1:-1]] == [
        "reactor_modules",
        "import_mw",
        "unserved_mwh",
    ]
    assert len(lines) == 2 + 6 + 2
    assert "±" in lines[4]
    assert lines[-1] == (
        "Runs of 3 days: means over 3 seeds ± half the width of the 95 % confidence interval."
    )


@pytest.mark.parametrize(("draw", "same"), [("seed", False), ("in order", True)])
def test_a_sweep_over_seeds_says_if_they_have_the_same_weather(tmp_path: Path, draw: str, same: bool) -> None:
    sky = weather(tmp_path, 2018, 2019, draw=draw)
    plant = Campus(name="x", weather=sky, supply={"sun": SolarPlant(capacity_mw=1.0)})
    swept = sweep(plant, over={"supply.sun.gcr": [0.3, 0.4]}, seeds=2, days=1.0, jobs=1, out=tmp_path / "out")
    told = "\nThe weather does not vary by seed: "
    assert (told in swept.report()) == (told in SweepResult.load(tmp_path / "out").report()) == same


def test_the_frames_are_published_for_other_tools(tmp_path: Path) -> None:
    found = sweep(
        small_campus, over={"reactor_modules": [1, 2]}, seeds=2, days=1.0, jobs=1, out=tmp_path / "out"
    )
    assert pd.read_parquet(tmp_path / "out" / "points.parquet").equals(found.points)
    assert pd.read_parquet(tmp_path / "out" / "means.parquet").equals(found.means)
    assert sim.__version__ in (tmp_path / "out" / "sweep.json").read_text(encoding="utf-8")


def test_a_sweep_that_would_end_too_late_is_refused_before_anything_runs(tmp_path: Path) -> None:
    campus = Campus(name="late", start="2199-12-01T00:00:00+00:00")
    with pytest.raises(SpecError, match=r"days = 36500\.0 d: the run ends at 2299-1"):
        sweep(campus, over={"facility.pue": [1.1, 1.2]}, days=36500.0, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
