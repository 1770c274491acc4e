"""The other charts of a page: what they are made of, against sums that are worked out by hand."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from builders import serve, steps
from hypothesis import given
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.books.closed import Flow
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource, ServerPool, TrainingJob
from sim.page.bill import monthly_bill
from sim.page.causes import causes
from sim.page.durations import duration_steps, durations
from sim.page.events import events
from sim.page.heat import grouped, heat_maps
from sim.page.jobs import jobs
from sim.page.requests import requests
from sim.plots.day_hours import day_hours


def words(html: str) -> list[str]:
    """The texts of a piece of a page, without data."""
    plain = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    return [word for word in re.split(r"<[^>]+>", plain) if word.strip()]


rows = st.lists(st.tuples(st.floats(0.0, 9.0), st.floats(0.01, 5.0)), min_size=1, max_size=60)


@given(rows, st.integers(4, 80))
def test_a_duration_curve_is_above_a_power_for_as_long_as_the_rows_are(
    given_rows: list[tuple[float, float]], most: int
) -> None:
    mw, spans_h = (np.array(part) for part in zip(*given_rows, strict=True))
    hours, steps = duration_steps(mw, spans_h, most=most)
    assert len(steps) == len(hours) <= most + 1
    assert (np.diff(hours) > 0.0).all()
    assert hours[-1] == pytest.approx(spans_h.sum())
    assert (steps[0], steps[-1]) == (mw.max(), mw.min())
    assert (np.diff(steps) <= 0.0).all()
    if len(mw) <= most:
        for level in mw:
            assert np.diff(hours)[steps[:-1] >= level].sum() == pytest.approx(spans_h[mw >= level].sum())


def test_net_load_is_what_sun_and_wind_leave(paper: Result) -> None:
    # the wind of the paper campus has no firm capacity, so it is taken off the load
    # firm: 6 MW of the grid, and of the battery 10 MWh x 0.8 over 4 h
    curves = [" load wanted", " net load", " load served", " firm capacity 8.00 MW"]
    assert words(durations(paper))[-4:] == curves


def test_causes_are_those_of_the_summary(paper: Result) -> None:
    found = words(causes(paper))
    # 15 + 35 MWh of wind are curtailed, of which the battery could have taken 14; 64 MWh are unserved
    assert found[:4] == ["Unserved by reason, MWh", "capacity", "64.0", "100.0 %"]
    at = found.index("Curtailed by reason, MWh")
    assert found[at + 1 : at + 7] == ["no export", "36.0", "72.0 %", "storage full", "14.0", "28.0 %"]


def test_without_curtailed_or_unserved_energy_there_are_no_bars() -> None:
    campus = Campus(
        name="plain",
        supply={"grid": GridConnection(import_limit_mw=9.0)},
        demand={"hall": MeasuredLoad(power_mw=1.0)},
    )
    assert words(causes(simulate(campus, days=1))) == ["Nothing was curtailed or unserved."]


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        # the load is 1 MW in the first hour of the run, 2 MW in the second, and so on
        ("2025-03-09T00:00:00-05:00", [1.0, 2.0, np.nan, 3.0, 4.0]),
        ("2025-11-02T00:00:00-04:00", [1.0, 2.5, 4.0, 5.0, 6.0]),  # 1:00 comes twice, with 2 and 3 MW
    ],
)
def test_a_heat_map_has_the_hours_of_the_clock_on_the_wall(start: str, hours: list[float]) -> None:
    power = {"times_s": [3600.0 * at for at in range(26)], "values": [1.0 + at for at in range(26)]}
    campus = Campus(
        name="night",
        start=start,
        timezone="America/New_York",
        supply={"grid": GridConnection(import_limit_mw=99.0)},
        demand={"hall": MeasuredLoad(power_mw=power)},
    )
    day, cells = day_hours(simulate(campus, days=1), ["hall.served_mw"])
    assert str(day)[:10] == start[:10]
    assert cells[:5, 0] == pytest.approx(hours, nan_ok=True)


def test_days_of_a_long_run_are_taken_together_in_a_heat_map() -> None:
    # hour 0 of three days: 1 and 3 MW, 5 MW; together 2 MW, and 5 MW of the day that is left
    cells = np.array([[1.0, 3.0, 5.0], [np.nan, 4.0, np.nan]])
    assert grouped(cells, 2) == pytest.approx(np.array([[2.0, 5.0], [4.0, np.nan]]), nan_ok=True)
    assert grouped(cells, 1) is cells


def test_there_is_a_heat_map_for_what_is_not_always_zero(paper: Result) -> None:
    titles = re.findall(r"<h3>(.*?)</h3>", heat_maps(paper))
    assert titles == [
        "Demand wanted, MW",
        "Grid import, MW",
        "Price, USD/MWh",
        "Curtailed, MW",
        "Unserved, MW",
    ]


def amounts(html: str) -> list[list[str]]:
    """The cells of each row of the tables of a piece of a page."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, flags=re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows
    ]


def usd(cell: str) -> float:
    return float(cell.replace(",", "").replace("&lt;", "").replace("&gt;", ""))


def test_the_bill_by_month_and_by_participant_adds_up(full: Result) -> None:
    rows = [row for row in amounts(monthly_bill(full)) if row]
    month, total, *parts = rows
    assert (month[0], total[0]) == ("2025-03", "total")
    assert sum(map(usd, month[1:-1])) == pytest.approx(usd(month[-1]), abs=len(month))
    assert month[1:] == total[1:]  # there is one month
    assert usd(total[-1]) == pytest.approx(full.summary.cost_usd, abs=1.0)
    assert sum(usd(row[-1]) for row in parts) == pytest.approx(full.summary.cost_usd, abs=len(parts))
    sizes = [abs(usd(row[-1])) for row in parts]
    assert sizes == sorted(sizes, reverse=True)
    (demand,) = [row for row in parts if row[1] == "demand charge"]
    assert demand == ["grid", "demand charge", "", "3.00", "MW", "8,000.00", "24,000"]  # 3 MW at 8,000


def test_a_job_that_waits_has_a_bar_for_the_wait() -> None:
    pool = {"hall": ServerPool(servers=1)}
    late = {"pool": "hall", "gpus": 8}
    campus = Campus(
        name="line",
        servers=pool,
        supply={"grid": GridConnection(import_limit_mw=9.0)},
        demand={
            "first": TrainingJob(**late, work_gpu_h=8 * 6.0),
            "second": TrainingJob(**late, work_gpu_h=8 * 3.0),
        },
    )
    html = jobs(simulate(campus, days=1))
    # of 24 h the first takes 6 h, which the second waits; it then takes 3 h
    bars = re.findall(r'class="bar (\w+)" style="left: ([\d.]+)%; width: ([\d.]+)%', html)
    assert bars == [
        ("waited", "0.000", "0.000"),
        ("begun", "0.000", "25.000"),
        ("waited", "0.000", "25.000"),
        ("begun", "25.000", "12.500"),
    ]
    assert "6.00 h in line" in html


def test_the_largest_jobs_are_shown_and_the_page_says_so(full: Result) -> None:
    assert jobs(full, most=0).startswith("<p>The 0 largest of 1 jobs,")
    assert jobs(full).startswith("<p>1 job,")


def test_the_rarest_events_are_kept_and_of_the_others_those_with_the_most_energy(full: Result) -> None:
    counts = full.events["event"].value_counts()
    rare = [kind for kind in counts.index if kind != "curtailment"]
    most = int(counts[rare].sum()) + 2
    assert counts["curtailment"] == counts.max() > 2
    html = events(full, most=most)
    assert f"{len(full.events):,} events." in html
    assert (
        f"The saved folder has all; not here, with the least energy: {counts.max() - 2} x curtailment."
        in html
    )
    kept = re.findall(r'data-at="([\d.e+]+)"', html)
    assert len(kept) == most
    spilt = [event["mwh"] for event in full.books.events if event["event"] == "curtailment"]
    here = re.findall(r"<td>curtailment</td><td>[^<]*</td><td[^>]*>[^<]*</td><td[^>]*>([^<]*)</td>", html)
    assert [float(mwh.replace(",", "")) for mwh in here] == pytest.approx(
        [mwh for mwh in spilt if mwh in sorted(spilt)[-2:]], rel=5e-3
    )


def test_a_run_without_jobs_streams_or_events_says_so() -> None:
    campus = Campus(
        name="plain",
        supply={"grid": GridConnection(import_limit_mw=9.0)},
        demand={"hall": MeasuredLoad(power_mw=1.0)},
    )
    run = simulate(campus, days=1)
    assert words(jobs(run)) == ["No jobs."]
    assert words(requests(run)) == ["No inference streams."]
    assert words(events(run)) == ["No events."]


def test_requests_have_a_chart_for_each_stream(full: Result) -> None:
    html = requests(full)
    assert re.findall(r"<h3>(.*?)</h3>", html) == ["chat"]
    assert 'id="requests-0"' in html


def drawn(html: str, name: str) -> Any:
    """The figure of a chart, as Bokeh reads it from the page."""
    (found,) = re.findall(rf'id="{name}-data">(.*?)</script>', html, flags=re.DOTALL)
    (figure,) = Document.from_json(json.loads(found)["doc"]).roots
    return figure


def test_a_duration_curve_is_drawn_by_the_hours(paper: Result) -> None:
    figure = drawn(durations(paper), "durations")
    wanted, net, served = (line.data_source.data for line in figure.renderers)
    assert {line.glyph.mode for line in figure.renderers} == {"after"}

    def at(data: Any, hour: float) -> float:
        return float(data["y"][np.searchsorted(data["x"], hour, side="right") - 1])

    assert [at(wanted, hour) for hour in (0.1, 23.9)] == [10.0, 10.0]
    # 10 MW are served for 6 + 2 h, then 6 MW for 16 h
    assert [at(served, hour) for hour in (7.9, 8.1, 23.9)] == [10.0, 10.0 - 4.0, 6.0]
    # without the wind: 10 MW for 2 h, 6 MW for 16 h, 0 for 3.5 h, and -4 MW for 2.5 h, which charge
    hours = (1.9, 2.1, 17.9, 18.1, 21.4, 21.6, 23.9)
    assert [at(net, hour) for hour in hours] == [10.0, 6.0, 6.0, 0.0, 0.0, -4.0, -4.0]
    assert wanted["x"][-1] == net["x"][-1] == served["x"][-1] == 24.0


def test_what_is_held_back_is_wanted(full: Result) -> None:
    assert full.flows[full.columns(Flow.HELD_BACK)].to_numpy().max() > 0.1
    flows = full.flows[[*full.columns(Flow.SERVED, Flow.UNSERVED, Flow.HELD_BACK), "dt_h"]]
    mwh = (flows.drop(columns="dt_h").sum(axis=1) * flows["dt_h"]).sum()
    data = drawn(durations(full), "durations").renderers[0].data_source.data
    assert np.diff(data["x"]) @ data["y"][:-1] == pytest.approx(mwh, rel=1e-3)
    (image,) = drawn(heat_maps(full), "heat-demand-wanted").renderers
    # each field is the mean of an hour; an hour that does not exist is NaN
    assert np.nansum(image.data_source.data["image"][0]) == pytest.approx(mwh, rel=1e-5)


def test_a_heat_map_has_hours_upwards_and_its_own_quantity(paper: Result) -> None:
    html = heat_maps(paper)
    for name, hours in (
        ("unserved", {0: 4.0, 6: 0.0, 13: 0.0, 23: 4.0}),
        ("curtailed", {0: 0.0, 6: 6.0, 11: 10.0}),
    ):
        (image,) = drawn(html, f"heat-{name}").renderers
        cells = image.data_source.data["image"][0]
        assert cells.shape == (24, 1)
        assert {hour: cells[hour, 0] for hour in hours} == hours
        # from the midnight at which 2025 begins on, a day wide and 24 h high; zero is the lightest
        assert (image.glyph.x.value, image.glyph.dw.value, image.glyph.dh.value) == (
            1_735_689_600_000.0,
            86_400_000.0,
            24.0,
        )
        palette = image.glyph.color_mapper.palette
        assert [
            sum(int(one[at : at + 2], 16) for at in (1, 3, 5)) > 600 for one in (palette[0], palette[-1])
        ] == [
            True,
            False,
        ]


def test_a_heat_map_of_days_together_is_as_wide_as_the_run() -> None:
    # 1,102 days are two together, 551 columns
    (image,) = drawn(heat_maps(serve(1.0, {"grid": GridConnection(import_limit_mw=9.0)}, days=1102)),
                     "heat-demand-wanted").renderers  # fmt: skip
    assert image.data_source.data["image"][0].shape == (24, 551)
    assert image.glyph.dw.value == 1102 * 86_400_000.0


@pytest.fixture(scope="module")
def two_months() -> Result:
    """10 MW from the grid, from 15 February on from a plant, of whose 15 MW 5 are sold."""
    plant = MeasuredSource(power_mw=steps((0.0, 0.0), (45 * 24.0, 15.0)), cost_usd_per_mwh=5e-5)
    grid = GridConnection(
        import_limit_mw=50.0,
        export_limit_mw=5.0,
        import_price_usd_per_mwh=50.0,
        export_price_usd_per_mwh=20.0,
        demand_charge_usd_per_mw_month=1000.0,
    )
    return serve(10.0, {"grid": grid, "plant": plant}, days=59)


def test_the_parts_of_a_bill_are_sums_of_months_and_the_small_ones_are_one(two_months: Result) -> None:
    html = monthly_bill(two_months)
    rows = [row for row in amounts(html) if row]
    assert rows[:3] == [
        ["2025-01", "372,000", "0", "10,000", "382,000"],
        ["2025-02", "168,000", "-33,600", "10,000", "144,400"],
        ["total", "540,000", "-33,600", "20,000", "526,400"],
    ]
    # 10 MW for 31 + 14 days at 50; 5 MW for 14 days at 20; 10 MW in each month; 5,040 MWh at 0.00005 are 0.25
    assert rows[3:] == [
        ["grid", "energy charge", "", "10,800", "MWh", "50.00", "540,000"],
        ["grid", "export revenue", "", "1,680", "MWh", "-20.00", "-33,600"],
        ["grid", "demand charge", "", "20.0", "MW", "1,000.00", "20,000"],
    ]
    assert "1 smaller one: &lt;1 USD." in html


def test_costs_of_a_month_are_stacked_upwards_and_income_downwards(two_months: Result) -> None:
    bars = [bar.data_source.data for bar in drawn(monthly_bill(two_months), "bill").renderers]
    found = [(bar["bottom"].round().tolist(), bar["top"].round().tolist()) for bar in bars]
    assert found == [
        ([0.0, 0.0], [372_000.0, 168_000.0]),
        ([0.0, 0.0], [0.0, -33_600.0]),
        ([372_000.0, 168_000.0], [382_000.0, 178_000.0]),
    ]
