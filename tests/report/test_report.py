"""The report against paper: words, numbers, one screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from recorded_years import weather
from replicas import ROUND

from sim import Campus, Result, simulate
from sim.campus import (
    Battery,
    GridConnection,
    MeasuredLoad,
    MeasuredSource,
    ServerPool,
    SmallModularReactor,
    SolarPlant,
    TrainingJob,
)
from sim.report.numbers import column, duration, large, number, percent, places, whole
from sim.report.phrases import short


def item(result: Result, label: str) -> str:
    """The text of a list item on one line."""
    text = re.sub(r"\n  ", " ", result.report())
    (found,) = re.findall(rf"^- {label}: (.*)$", text, flags=re.MULTILINE)
    return str(found)


def rows(result: Result, head: str = "source") -> list[list[str]]:
    """The lines of the table whose first head is given."""
    tables = re.findall(r"(?:^\|.*\n)+", result.report(), flags=re.MULTILINE)
    (found,) = [table for table in tables if table.startswith(f"| {head}")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found.splitlines()]


def test_the_report_of_the_paper_campus_says_what_was_asked(paper: Result) -> None:
    assert paper.report().startswith("# Paper\n")
    assert item(paper, "Run") == "1 day, 2025-01-01 00:00 UTC to 2025-01-02 00:00 UTC"
    assert item(paper, "Model") == f"seed 0, dcgrid {paper.version}, timezone UTC; loads hall"


def test_the_report_of_the_paper_campus_says_how_it_went(paper: Result) -> None:
    # 176 MWh in 24 h: mean 7.33 MW, over a peak of 10 MW
    assert rows(paper, "peak MW")[2:] == [
        ["demand wanted", "10.0", "10.0", "10.0", "2025-01-01 00:00 UTC"],
        ["load served", "10.0", "10.0", "10.0", "2025-01-01 06:00 UTC"],
        ["grid import", "6.00", "6.00", "6.00", "2025-01-01 00:00 UTC"],
        ["grid export", "0", "0", "0", "-"],
    ]
    assert item(paper, "Demand served") == (
        "176 MWh, mean 7.33 MW, lowest 6.00 MW, load factor 0.733; IT 0 MWh; PUE: n/a, no IT load"
    )
    assert item(paper, "Unserved") == (
        "64.0 MWh in 2 shortages, 16.0 h in total; by reason: capacity 64.0; by load: hall 64.0; "
        "worst hours: 2025-01-01 00:00 UTC 4.00, 01:00 UTC 4.00, 02:00 UTC 4.00 MWh"
    )
    assert item(paper, "Curtailed") == (
        "50.0 MWh (41.7 % of the energy available from curtailed sources); "
        "by reason: no export 36.0, storage full 14.0; "
        "worst hours: 2025-01-01 09:00 UTC 10.0, 10:00 UTC 10.0, 11:00 UTC 10.0 MWh"
    )  # 50 of 50 + 70
    assert item(paper, "Storage") == (
        "bess 4 MW / 10 MWh; charged 10.0, discharged 8.00, lost 2.00 MWh; "
        "stored at the end: as much as at the start"
    )
    assert item(paper, "Limits reached") == (
        "grid at import limit 18.0 h; bess full 3.50 h; bess empty 16.0 h"
    )
    for nothing in ("Deferred", "Training", "Inference", "Events"):
        assert item(paper, nothing) == "none"


def test_the_report_of_the_paper_campus_tables_its_sources(paper: Result) -> None:
    assert rows(paper)[0] == [
        "source",
        "kind",
        "capacity",
        "energy MWh",
        "share",
        "cap. factor",
        "curtailed MWh",
    ]
    assert rows(paper)[2:] == [
        ["grid", "grid", "6 MW", "108.0", "60.7 %", "-", "0.0"],
        ["wind", "measured", "up to 20 MW", "70.0", "39.3 %", "0.146", "50.0"],
        ["total", "", "", "178.0", "100.0 %", "", "50.0"],
    ]


def test_the_report_of_the_paper_campus_counts_money_and_carbon(paper: Result) -> None:
    # 7,500 USD / 176 MWh; 108 MWh x 0.4 t; wind 60, battery 8 and grid 27: 95 / 176; and 97 / 176
    assert item(paper, "Cost") == "7,500 USD (42.61 USD/MWh served): energy charge 5,400; PPA cost 2,100"
    assert item(paper, "Carbon").startswith("43.2 t CO2 location-based")
    assert item(paper, "Carbon").endswith("burnt), 245 kg/MWh served")
    assert item(paper, "Carbon-free") == "CFE score 0.540 (hourly); annual matching 0.551 (over the run)"
    assert item(paper, "Not included") == "capital, fixed costs (none given) and the value of lost load"


def test_workloads_are_reported(full: Result) -> None:
    assert item(full, "Training") == "1.48 million of 1.54 million GPU-h done; jobs: 1 running"
    assert item(full, "Inference") == "1.35 billion requests wanted, none dropped"
    assert re.match(
        r"[\d.,]+ MWh by [\d.,]+ h on average, of which [\d.,]+ MWh still outstanding at the end of the run",
        item(full, "Deferred"),
    )
    assert "h100 jobs at 150 USD/MWh held back" in item(full, "Limits reached")
    assert "smr forced outage" in item(full, "Events")


def test_fusion_and_unverified_defaults_are_labelled(full: Result, paper: Result) -> None:
    assert "; fusion: no public data validate fusion output; " in item(full, "Notes")
    assert "; solar: weather at 36.1 N 80.0 W (default); " in item(full, "Notes")
    assert "fusion" not in paper.report()
    # hall.worth, facility.pue and .firm_worth, bess.initial_soc is given; its two prices are assumed
    assert item(paper, "Notes") == (
        "bess: charges below 39.2 and discharges above 49.5 USD/MWh (derived); charges from on-site power "
        "only: imports cost at least 50 USD/MWh; 5 defaults unverified or assumed"
    )


def test_the_report_fits_one_screen_and_its_table_lines_up(paper: Result, full: Result) -> None:
    for result, most in ((paper, 75), (full, 100)):  # a stream has a section of its own
        lines = result.report().splitlines()
        assert len(lines) <= most
        assert max(map(len, lines)) <= 100
        for tabled in re.findall(r"(?:^\|.*\n)+", result.report(), flags=re.MULTILINE):
            signs = {tuple(at for at, sign in enumerate(line) if sign == "|") for line in tabled.splitlines()}
            assert len(signs) == 1


def test_no_figure_is_minus_nothing_or_not_a_number(paper: Result, full: Result) -> None:
    for result in (paper, full):
        assert not re.search(r"(?<![\w-])-0(\.0+)?(?![\d.])|nan|inf\b|None", result.report())


def test_sampled_flows_give_a_lower_bound_of_hours_and_say_so(paper_campus: Campus) -> None:
    # the battery is full from 8.5 h to 12 h: three whole hours
    sampled = simulate(paper_campus, days=1, record_s=3600.0)
    reached = item(sampled, "Limits reached")
    assert reached.startswith("from means over 1 hour: ")
    assert "bess full at least 3.00 h" in reached
    exact = simulate(paper_campus, days=1)
    for label in re.findall(r"^- (.*?):", exact.report(), flags=re.MULTILINE):
        assert label in ("Limits reached", "Books") or item(sampled, label) == item(exact, label)


def test_means_over_a_day_have_no_hours_to_show_and_the_report_says_so(paper_campus: Campus) -> None:
    daily = simulate(paper_campus, days=2, record_s=86400.0)
    assert item(daily, "Limits reached").startswith("from means over 1 day: grid at import limit at least 24")
    for label in ("Unserved", "Curtailed"):
        assert item(daily, label).endswith("; worst hours: n/a, means over 1 day were recorded")
    assert rows(daily)[2:] == rows(simulate(paper_campus, days=2))[2:]  # capacities are not read from means


def test_a_steady_hourly_record_is_no_lower_bound() -> None:
    supply = {"grid": GridConnection(import_limit_mw=4.0)}
    hourly = {"mean": 4.0, "hourly": [1.0, 2.0] * 12}
    result = simulate(Campus(name="x", supply=supply, demand={"hall": MeasuredLoad(power_mw=hourly)}), days=1)
    assert item(result, "Limits reached") == "grid at import limit 12.0 h"


def test_a_connection_at_its_export_limit_is_a_limit_reached() -> None:
    supply = {
        "grid": GridConnection(
            import_limit_mw=1.0, export_limit_mw={"times_s": [0, 21600], "values": [2, 4]}
        ),
        "wind": MeasuredSource(power_mw=3.0),
    }
    result = simulate(Campus(name="x", supply=supply), days=1)  # 3 MW: above 2 MW for six hours
    assert item(result, "Limits reached") == "grid at export limit 6.00 h"


def test_a_site_that_exports_dirty_power_has_a_score_of_0_and_not_below() -> None:
    supply = {
        "grid": GridConnection(import_limit_mw=1.0, export_limit_mw=3.0, export_price_usd_per_mwh=50.0),
        "plant": MeasuredSource(power_mw=4.0, clean_pu=0.0),
    }
    result = simulate(Campus(name="x", supply=supply, demand={"hall": MeasuredLoad(power_mw=1.0)}), days=1)
    assert item(result, "Carbon-free") == "CFE score 0.000 (hourly); annual matching 0.000 (over the run)"


def test_jobs_are_counted_by_how_far_they_came() -> None:
    work = {"pool": "hall", "gpus": 8, "work_gpu_h": 8.0}
    demand = {
        "a": TrainingJob(**work),
        "b": TrainingJob(**{**work, "work_gpu_h": 1e6}),
        "c": TrainingJob(**work, submit_h=2.0),
        "d": TrainingJob(**work, submit_h=24.0),
    }
    supply = {"grid": GridConnection(import_limit_mw=1.0)}
    pools = {"hall": ServerPool(servers=1)}
    result = simulate(Campus(name="x", servers=pools, supply=supply, demand=demand), days=1)
    # a takes an hour, b the other 23 h, which c waits from 2:00 on; d would be submitted as the run ends
    message = (
        "192 of 1.00 million GPU-h done; jobs: 1 finished, 1 running, 1 waiting for GPUs, 1 not yet "
        "submitted; 23.0 h in line for GPUs"  # b 1 h, c 22 h
    )
    assert item(result, "Training") == message


def test_weather_far_from_the_clock_of_the_site_is_told() -> None:
    supply = {"solar": SolarPlant(capacity_mw=1.0)}
    here = {"start": "2025-06-01T00:00:00+02:00", "timezone": "Europe/Berlin"}
    result = simulate(Campus(name="x", supply=supply, **here), days=1)
    # 2 h ahead of UTC, the sun of 80 W 5.3 h behind it
    told = "solar: weather at 36.1 N 80.0 W (default), where solar time is 7 h behind the site's clock"
    assert told in item(result, "Notes")
    sky = {"kind": "clear_sky", "latitude_deg": -33.9, "longitude_deg": 151.2}
    down_under = Campus(name="x", supply={"solar": SolarPlant(capacity_mw=1.0, weather=sky)}, **here)
    told = "solar: weather at 33.9 S 151.2 E, where solar time is 8 h ahead of the site's clock"
    assert item(simulate(down_under, days=1), "Notes").startswith(told)


def test_a_run_over_one_year_of_weather_says_so() -> None:
    told = "weather: one typical year (TMY), repeated; not a measure of rare years"
    supply = {"solar": SolarPlant(capacity_mw=1.0)}
    assert item(simulate(Campus(name="x", supply=supply), days=1), "Notes").startswith(f"{told}; solar: ")
    sky = {"kind": "clear_sky", "latitude_deg": 36.0, "longitude_deg": 0.0}
    for other in (Campus(name="x", supply=supply, weather=sky), Campus(name="x")):
        assert "weather: " not in item(simulate(other, days=1), "Notes")


def test_years_of_weather_are_notes_and_no_events_of_a_source(tmp_path: Path) -> None:
    sky = weather(tmp_path, 2018, 2019, draw="in order")
    supply = {"solar": SolarPlant(capacity_mw=1.0)}
    result = simulate(Campus(name="x", start="2025-12-31T00:00Z", supply=supply, weather=sky), days=2)
    years = "weather: years 2018 (weather_2018.csv), 2019 (weather_2019.csv), in order; solar: "
    assert item(result, "Notes").startswith(years)
    assert item(result, "Events") == "none"


def test_many_sources_share_the_last_row() -> None:
    supply = {f"plant{at:02d}": MeasuredSource(power_mw=1.0 + at) for at in range(12)}
    result = simulate(
        Campus(name="Many", supply=supply, demand={"hall": MeasuredLoad(power_mw=78.0)}), days=1
    )
    # 1 + 2 + ... + 12 = 78 MW; the four smallest make 1 + 2 + 3 + 4 = 10 MW x 24 h
    assert rows(result)[-2] == ["4 others", "", "", "240", "12.8 %", "", "0"]
    assert rows(result)[-1][3] == "1,872"
    assert len(result.report().splitlines()) <= 55


def test_a_site_that_draws_nothing_says_none() -> None:
    result = simulate(Campus(name=" "), days=1)
    assert result.report().startswith("# Unnamed campus\n")
    assert "No sources." in result.report()
    assert "No demand." in result.report()
    for nothing in ("Demand served", "Unserved", "Storage", "Curtailed", "Cost"):
        assert item(result, nothing) == "none"


def test_an_interruption_is_told_from_a_limit() -> None:
    order = [{"start_h": 2.0, "duration_h": 3.0, "limit_mw": 0.0}]
    campus = Campus(
        name="Ordered",
        supply={"grid": GridConnection(import_limit_mw=20.0, orders=order)},
        demand={"hall": MeasuredLoad(power_mw=10.0)},
    )
    assert item(simulate(campus, days=1), "Limits reached") == "grid without import 3.00 h"


def test_a_battery_that_ends_emptier_says_less() -> None:
    campus = Campus(
        name="Drained",
        supply={"bess": Battery(power_mw=10.0, energy_mwh=40.0, discharge_efficiency_pu=1.0)},
        demand={"hall": MeasuredLoad(power_mw=1.0)},
    )
    # from 50 % down to the minimum of 20 % of 40 MWh
    assert item(simulate(campus, days=1), "Storage").endswith(
        "; stored at the end: 12.0 MWh less than at the start"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1234567.8, "1,234,568"),
        (99.5, "99.5"),
        (3.14159, "3.14"),
        (0.5, "0.500"),
        (0.9999, "1.00"),
    ],
)
def test_numbers_show_the_digits_that_matter(value: float, message: str) -> None:
    assert number(value) == message


def test_what_is_small_is_not_shown_as_nothing() -> None:
    assert number(0.00012) == "1.2e-04"
    assert column([1234.0, 0.2, 0.0, -0.2], 0) == ["1,234", "<1", "0", ">-1"]
    assert whole(-0.0) == "0"
    assert percent(1.0, 1e6) == "<0.1 %"
    assert percent(1.0, 0.0) == "-"
    assert [places(values) for values in ([1000.0, 1.0], [99.0], [9.0], [0.0], [])] == [0, 1, 2, 0, 0]


def test_counts_and_durations_are_said_in_words() -> None:
    assert [large(count) for count in (12.0, 2.5e6, 7.2e9, 6.3e12)] == [
        "12",
        "2.50 million",
        "7.20 billion",
        "6.30 trillion",
    ]
    assert [duration(days) for days in (365.0, 1.0, 1.0 / 24.0, 0.25, 10.3, 0.01)] == [
        "365 days",
        "1 day",
        "1 hour",
        "6 hours",
        "10.3 days",
        "0.240 hours",
    ]


def test_a_name_too_long_for_a_table_is_cut() -> None:
    assert short("a very long name indeed", 10) == "a very lo…"
    assert short("short", 5) == "short"


def test_capacity_factors_are_said_to_be_those_after_curtailment(full: Result) -> None:
    assert "\nCapacity factors are based on delivered energy, after curtailment.\n" in full.report()
    grid = Campus(name="grid", supply={"grid": GridConnection(import_limit_mw=1.0)})
    assert "Capacity factors" not in simulate(grid, days=1).report()  # a connection has none


def test_dropped_requests_are_laid_to_their_reasons() -> None:
    def inference(limit_mw: float, **fields: Any) -> str:
        stream = {
            "kind": "inference_stream",
            "pool": "hall",
            "replicas": 1,
            "model": ROUND,
            "requests_per_s": 5.0,
            "classes": {"all": {"prompt_tokens": 1.0, "output_tokens": 50.0, "timeout_s": 60.0}},
            "resolution": "fluid",
            **fields,
        }
        campus = Campus(
            name="c",
            servers={"hall": {"servers": 1}},
            supply={"grid": GridConnection(import_limit_mw=limit_mw)},
            demand={"chat": stream},
        )
        return item(simulate(campus, days=1), "Inference")

    # 8 requests at once, 50 steps of 40 ms each: 4 of the 5 requests a second are served
    wanted = "432,000 requests wanted, "
    assert inference(1.0) == f"{wanted}19.9 % dropped: 86,100 timed out"
    assert (
        inference(1.0, queue_limit=10) == f"{wanted}20.0 % dropped: 86,388 found the queue full, 2 timed out"
    )
    assert inference(0.0) == f"{wanted}99.9 % dropped: 431,700 timed out"  # the last minute waits
    assert inference(1.0, requests_per_s=1.0) == "86,400 requests wanted, none dropped"


def test_the_last_hour_of_the_worst_is_as_long_as_the_run() -> None:
    load = MeasuredLoad(power_mw=4.0)
    result = simulate(Campus(name="c", demand={"load": load}), days=1.5 / 24)
    assert item(result, "Unserved").endswith("worst hours: 2025-01-01 00:00 UTC 4.00, 01:00 UTC 2.00 MWh")


def test_sizes_are_rounded_to_four_digits() -> None:
    plant = SmallModularReactor(modules=11, module_mw=835.0 / 11)
    campus = Campus(name="eleven", supply={"smr": plant}, demand={"hall": MeasuredLoad(power_mw=100.0)})
    text = simulate(campus, days=1).report()
    assert "11 x 75.91 MW" in text  # 75.9091


def test_the_report_says_how_fast_power_changed(paper: Result) -> None:
    # served: 6 MW, from 6:00 10 MW, from 14:00 6 MW; import: 6 MW, from 6:00 none, from 12:00 6 MW
    assert item(paper, "Power swings") == (
        "load: step 4.00 MW, over 1, 5, 15 min 4.00, 4.00, 4.00 MW; "
        "net import: step 6.00 MW, over 1, 5, 15 min 6.00, 6.00, 6.00 MW"
    )


def test_the_report_has_no_swings_of_a_constant_load_and_the_periods_of_one_that_changes_often() -> None:
    def report(load: MeasuredLoad, record_s: float | None = None) -> Result:
        campus = Campus(name="c", supply={"grid": GridConnection(import_limit_mw=9.0)}, demand={"load": load})
        return simulate(campus, days=0.05, record_s=record_s)

    assert "Power swings" not in report(MeasuredLoad(power_mw=4.0)).report()
    cycle = MeasuredLoad(power_mw={"times_s": [10.0 * k for k in range(432)], "values": [3.0, 1.0] * 216})
    changes = "step 2.00 MW, over 1, 5, 15 min 0, 0, 0 MW"  # 20 s divide them all
    told = f"load and net import: {changes}"
    assert item(report(cycle, 60.0), "Power swings") == told
    # 1 MW about the mean, times 4 / pi
    assert item(report(cycle), "Power swings") == f"{told}; periods of the load (amplitude): 20 s (1.27 MW)"
