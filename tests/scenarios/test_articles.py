"""The scenarios of the articles: they build, their parameters work, and their reports say what they must."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from functools import cache
from math import cos, radians
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from sim import SpecError, simulate
from sim.campus.scenario import Scenario
from sim.cli import app
from sim.files.script import load_script
from sim.validation.published import ReferenceMissingError

FOLDER = Path(__file__).parents[2] / "scenarios"
SAID = {
    "training_ledgers": ["| A1 | GPT-3 energy |", "The OPT numbers are not consistent", "| BLOOM-176B |"],
    "chatgpt_month": [
        "| A6 | energy of the month |",
        "Here it is an input",
        "nearly empty",
        "0 were dropped",
    ],
    "server_generations": ["3.0 to 4.5. The claim", "6,850 W", "| 15 |", "1.8, not 15"],
    "helion_agreement": [
        "Speculative",
        "40,000 homes require a plant that is almost always in service",
        "| virtual | 37.75 | 100 % | 40 % |",
    ],
    "reactor_campus": [
        "No outage record of small reactors is public",
        "| 11 | 76 |",
        "| nothing | 183,329 | 0 | 0 | 0 | 0 |",
    ],
    "space_datacenter": ["95.5 min, of which 37 % in shadow", "satellites for all GPUs"],
    "cost_of_training": ["Electricity would be 60 % if power cost", "costs 20.0 % less in the west"],
    "ieee_rts79": ["| B3 | hours short in a year (LOLH) |", "56 % of the years have a shortage"],
    "us_reactor_fleet": ["| B12 | mean power of the fleet |", "92 units"],
    "microgrid_year": ["| B13 | cost of the year |", "8,759 hours"],
    "battery_arbitrage": ["| B14 | earned with perfect foresight |", "| day_ahead | 173,863 | 18.2 % |"],
    "clean_day": ["| B18 | carbon-free score |", "charged with 50.0 MWh"],
    "utility_tariffs": [
        "| B20 | amounts of the bills",
        "| the six months before | 225 | 225 | 225 | 400 |",
        "| B22 |",
    ],
    "power_caps": ["| B10 | curves bound by power", "| cannot be fitted |", "ncf is not bound by power"],
    "power_swings": ["| B1 | mean power |", "| B16 | power of a GPU in training", "358 s before it"],
    "long_training": ["| B8 | unexpected interruptions", "| 8 | 90.", "Young's rule"],
    "shed_order": ["| B17 | reduction of power", "| inference_48_a | flex 1 | 48 |", "| flex 3 | 3.0 |"],
    "gpu_queue": ["| B19 | mean wait", "| 40 | with EASY backfilling | 28.0 |", "6,203 jobs"],
    "request_replay": ["| B4 | mean wait of M/M/10", "| B5 | mean wait, 40 servers |", "| 45 | 0.244 |"],
    "inference_server": ["| B9 | output tokens, Server |", "Offline is a prediction", "waits 25 min"],
    "train_then_serve": [
        "| A8 | training, share of the energy |",
        "All sizes here are assumed",
        "| 2 | 1,300 |",
    ],
}


@cache
def script(name: str) -> ModuleType:
    return load_script(FOLDER / f"{name}.py")


def build(name: str, **values: Any) -> Any:
    return Scenario.open(FOLDER / f"{name}.py").build(**values)


def needs(name: str) -> None:
    if (
        name in {"power_caps", "gpu_queue", "request_replay", "utility_tariffs", "battery_arbitrage"}
        and "DCGRID_DATA" not in os.environ
    ):
        pytest.skip("the measured runs and the logs are not here; set DCGRID_DATA to their folder")
    if name == "microgrid_year" and not script(name).SERIES.is_file():
        pytest.skip(f"the recorded year is not at {script(name).SERIES}; set DCGRID_DATA to its folder")


@pytest.mark.parametrize("name", SAID)
def test_its_defaults_run_for_ten_days_at_most_and_its_books_close(name: str) -> None:
    needs(name)
    campus = build(name)
    summary = simulate(campus, days=min(10.0, campus.days or 10.0)).summary
    assert summary.energy_mwh > 0.0 or not campus.demand
    assert abs(summary.balance_residual_mwh) <= 1e-9 * max(1.0, summary.energy_mwh)


@pytest.mark.parametrize("name", SAID)
def test_every_parameter_says_what_it_means(name: str) -> None:
    fields = Scenario.open(FOLDER / f"{name}.py").parameters.model_fields
    assert fields
    assert all(field.description for field in fields.values())


ANSWERS = {
    "training_ledgers": "Yes, 19 of 19 reference values within their tolerance.",
    "chatgpt_month": "a load of 26.0 MW on average and 27.7 MW at the peak",
    "server_generations": "draws 6.8 times the power of an ordinary one",
    "helion_agreement": "4.2 years after the beginning of 2028 with a confidence of 90 %",
    "reactor_campus": "607 MW of 835 MW are firm with 11 modules and 0 MW with one unit",
    "space_datacenter": "all GPUs need 57,921 satellites instead of 35,678",
    "cost_of_training": "Electricity is 4.9 % of the cost of training at 60 USD/MWh",
    "ieee_rts79": "It is short in 8.67 hours of a year; the published number is 9.39.",
    "us_reactor_fleet": "It is 91.70 % of the rating; the record has 91.73 %.",
    "microgrid_year": "does the year cost what pymgrid says? Yes, 3 of 3 reference values",
    "battery_arbitrage": "Yes, 2 of 2 reference values within their tolerance.",
    "clean_day": "Yes, 6 of 6 reference values within their tolerance.",
    "utility_tariffs": "Yes, 10 of 10 reference values within their tolerance.",
    "power_caps": "for 31 of 35 of the jobs on the A40 and 31 of 34 of the jobs on the RTX6000",
    "power_swings": "the power is 404 to 454 kW, 438.3 kW on average",
    "long_training": "It is 90.3 % with checkpoints of 10 s and restarts of 600 s",
    "shed_order": "Power went down by 25.0 % for 3 h. The protected job ended 0.00 h late",
    "gpu_queue": "a job waits 65.5 h on average in the order of submission and 28.0 h with backfilling",
    "request_replay": "Conversations on Azure wait 2.05 s on average on 40 servers and 0.05 s on 50.",
    "inference_server": "Yes, 7 of 7 reference values within their tolerance.",
    "train_then_serve": "after 416 days of service, inference has taken more energy than training",
}


@pytest.mark.parametrize("name", SAID)
def test_its_report_answers_its_question_and_its_picture_has_axes_with_names(
    name: str, tmp_path: Path
) -> None:
    """In one test, as they share their runs."""
    needs(name)
    text = script(name).report()
    unpadded = re.sub(" +", " ", text)
    for part in SAID[name]:
        assert part in unpadded
    assert "nan" not in text
    assert max(map(len, (line for line in text.splitlines() if line[:1] != "|"))) <= 110
    *_, last = text.strip().split("\n\n")
    assert last.startswith("Answer: ")
    assert ANSWERS[name] in " ".join(last.split())
    figure = script(name).picture()
    figure.savefig(tmp_path / "picture.png")
    assert figure.axes
    assert all(axes.get_ylabel() or axes.get_xlabel() for axes in figure.axes)


RUN = {
    "training_ledgers": ("2", "GPT-3 is not trained after 2 days: 14 % is done. Give more --days."),
    "chatgpt_month": ("2", "2.70 billion questions in 2 days are a load of 26.0 MW on average"),
    "server_generations": ("7", "draws 6.8 times the power of an ordinary one"),
    "helion_agreement": ("30", "Full power was not reached in 30 days."),
    "reactor_campus": ("60", "For 99.9 % served this is"),
    "space_datacenter": ("2", "11.0 % of their demand is served"),
    "cost_of_training": ("16", "Electricity is 4.9 % of the cost of training at 60 USD/MWh"),
    "ieee_rts79": ("364", "The load is not covered in 14.0 of 8,736 hours."),
    "us_reactor_fleet": ("20", "of its rating over 20 days"),
    "microgrid_year": ("20", "20 days cost"),
    "battery_arbitrage": ("60", "The battery earned 3,876 USD in 60 days."),
    "utility_tariffs": ("59", "The bill of 59 days is 5,752,298 USD, 97.11 USD/MWh"),
    "power_caps": ("15", "instead of 852 W, the job takes 11.11 days and 11.32 MWh."),
    "clean_day": ("1", "Carbon-free energy reached 62.66 % of the load, hour by hour"),
    "power_swings": ("0.05", "The strongest lines of its spectrum are 18.7 kW every 10.9 s"),
    "long_training": ("54", "In 54 days the job was interrupted 503 times"),
    "shed_order": ("0.5", "all jobs together kept 90.8 % of their throughput"),
    "gpu_queue": ("10", "jobs started. They waited"),
    "request_replay": ("0.05", "requests were served. They waited"),
    "inference_server": ("0.03", "output tokens per second and 6."),
    "train_then_serve": ("62", "Inference has not caught up in 62 days."),
}


@pytest.mark.parametrize("name", SAID)
def test_a_run_of_it_ends_with_what_the_run_answers(name: str) -> None:
    needs(name)
    days, said = RUN[name]
    done = CliRunner().invoke(app, ["run", str(FOLDER / f"{name}.py"), "--days", days])
    assert done.exit_code == 0, done.output
    *_, last = done.output.split("\n## ")
    assert last.startswith("Answer\n")
    assert said in " ".join(last.split())
    assert max(map(len, last.splitlines())) <= 100


def test_a_script_is_a_command_with_its_parameters_as_options() -> None:
    command = [sys.executable, str(FOLDER / "clean_day.py"), "--help"]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent), "COLUMNS": "100"}
    shown = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    assert "--export-limit-mw" in shown
    assert "Maximum export to the grid [MW]." in shown


def test_an_unknown_model_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="nearest: gpt3"):
        build("training_ledgers", model="gpt4")


def test_dearer_power_makes_a_training_run_dearer_and_no_longer() -> None:
    cheap, dear = (
        simulate(build("training_ledgers", model="gshard", price_usd_per_mwh=price), days=4.0).summary
        for price in (50.0, 100.0)
    )
    assert dear.cost_usd == pytest.approx(2.0 * cheap.cost_usd)
    assert dear.energy_mwh == pytest.approx(cheap.energy_mwh)


def test_servers_left_idle_draw_power_after_the_job() -> None:
    busy, idle = (
        simulate(
            build("training_ledgers", model="gshard", idle_server_w=watts), days=4.1
        ).summary.it_energy_mwh
        for watts in (0.0, 1000.0)
    )
    # 1,024 / 8 = 128 servers draw 1 kW more for all of the 98.4 h
    assert idle - busy == pytest.approx(128 * 0.001 * 98.4)


def test_all_jobs_of_the_week_end_within_it_on_both_kinds_of_servers() -> None:
    jobs = script("server_generations").week().jobs
    assert len(jobs) == 10
    assert jobs["end"].notna().all()


def test_faster_work_at_more_power_saves_only_the_time() -> None:
    module = script("server_generations")
    slow = simulate(build("server_generations", off_after_work=True), days=7.0)
    fast = simulate(
        build("server_generations", off_after_work=True, times_faster=4.0, power_ratio=2.0), days=7.0
    )
    # four times faster at twice the power: half the energy
    assert module.energy_mwh(slow, "ai") == pytest.approx(2.0 * module.energy_mwh(fast, "ai"))


def test_an_orbit_at_550_km_takes_95_minutes_and_has_no_shadow_along_the_terminator() -> None:
    module = script("space_datacenter")
    assert module.orbit_min(550.0) == pytest.approx(95.5, abs=0.1)
    assert module.shadow_pu(550.0, 90.0) == 0.0
    # the shadow ends where cos(beta) = sqrt(r^2 - R^2) / r, with R = 6,371 and r = 6,921 km: beta = 67.0 deg
    assert cos(radians(67.01)) < (6921.0**2 - 6371.0**2) ** 0.5 / 6921.0 < cos(radians(66.99))
    assert module.shadow_pu(550.0, 67.1) == 0.0
    assert module.shadow_pu(550.0, 66.9) > 0.0


def test_panels_give_power_for_the_lit_share_of_an_orbit() -> None:
    module = script("space_datacenter")
    orbits = 14
    result = simulate(build("space_datacenter"), days=orbits * module.orbit_min(550.0) / 1440.0)
    panels = result.flows[["panels.delivered_mw", "panels.curtailed_mw"]].sum(axis=1)
    lit_h = result.flows.loc[panels > 0.0, "dt_h"].sum()
    assert lit_h * 60.0 / orbits / module.orbit_min(550.0) == pytest.approx(
        1.0 - module.shadow_pu(550.0, 0.0)
    )


def test_one_satellite_less_would_not_do() -> None:
    module = script("space_datacenter")
    enough = module.satellites_for_all(module.NO_SHADOW_DEG)
    # 50,000 GPUs x 6,850 W / 8 = 42.8 MW on 1,200 W each
    assert enough == pytest.approx(50_000 * 6850 / 8 / 1200, abs=1)
    fewer = module.space_datacenter(satellites=enough - 1, sun_tilt_deg=module.NO_SHADOW_DEG)
    assert not module.runs(fewer)


def test_at_the_price_that_is_named_electricity_makes_the_share_that_is_claimed() -> None:
    module = script("cost_of_training")
    price = module.price_for(0.6)
    assert module.train(price).share == pytest.approx(0.6, abs=1e-4)
    assert module.train(60.0).share < 0.1


def test_a_missing_series_of_the_microgrid_is_named_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"microgrid_year: series = .*none\.csv' does not exist") as error:
        build("microgrid_year", series=tmp_path / "none.csv")
    for word in (
        "https://github.com/Total-RD/pymgrid",
        "DCGRID_DATA",
        "pymgrid/series_8760h.csv.gz",
        "load_kwh",
    ):
        assert word in str(error.value)


HOURS = "load_kwh,pv_kwh,import_price,export_price,co2_kg_per_kwh\n100,0,0.2,0,0.3\n100,400,0.2,0,0.3\n"


def test_the_series_of_another_microgrid_needs_its_battery_and_connection(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text(HOURS)
    with pytest.raises(
        SpecError, match=r"battery_mw is missing: other\.csv is not the series of microgrid 0"
    ):
        build("microgrid_year", series=path)
    with pytest.raises(SpecError, match="grid_mw is missing"):
        build("microgrid_year", series=path, battery_mw=0.1, battery_mwh=0.4)
    campus = build("microgrid_year", series=path, battery_mw=0.1, battery_mwh=0.4, grid_mw=0.05)
    summary = simulate(campus, days=2 / 24).summary
    assert summary.unserved_mwh == pytest.approx(0.05)  # 100 kWh wanted in the first hour, 50 kWh imported
    # 300 kWh of surplus: 0.1 MW / 0.9 is charged, 0.05 MW exported
    assert summary.charged_mwh["battery"] == pytest.approx(0.1 / 0.9)
    assert summary.export_mwh == pytest.approx(0.05)


def test_a_copy_of_the_series_of_microgrid_0_needs_nothing_more(tmp_path: Path) -> None:
    needs("microgrid_year")
    copy = tmp_path / "copy.csv"
    copy.write_bytes(gzip.decompress(script("microgrid_year").SERIES.read_bytes()))
    assert build("microgrid_year", series=copy).supply["battery"].energy_mwh == 1.452


def test_a_series_without_a_column_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("load_kwh,pv_kwh\n1,2\n")
    with pytest.raises(SpecError, match=r"short\.csv' has no column import_price; it has load_kwh, pv_kwh"):
        build("microgrid_year", series=path)


def test_vessim_that_is_absent_skips_its_case_with_a_clear_word(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("microgrid_year")
    module = load_script(FOLDER / "microgrid_year.py")
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(ReferenceMissingError, match="vessim is not installed"):
        module.CASES["B15"]()


def test_a_fleet_without_outages_gives_all_its_running_power() -> None:
    calm = build("us_reactor_fleet", long_d=0.0, short_per_year=1e-6, running_pu=0.9, units=3)
    summary = simulate(calm, days=365.0).summary
    assert summary.supplied_mwh["fleet"] == pytest.approx(0.9 * 3 * 1000.0 * 8760.0)
