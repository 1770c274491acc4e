"""The dispatch chart: its curves, the rows that a page keeps, its clock, and the weeks that it offers."""

from __future__ import annotations

import numpy as np
import pytest
from builders import serve, steps

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource
from sim.page.bins import bins
from sim.page.clock import Clock
from sim.page.curves import Part, curves, values
from sim.page.dispatch_chart import whole_chart
from sim.page.kept import kept_rows
from sim.page.weeks import weeks
from sim.plots.palette import SLOTS
from sim.plots.week import Week


def stack(run: Result, *parts: Part) -> np.ndarray:
    wanted = [one for one in curves(run) if one.part in parts]
    return values(run, run.books.flows, wanted).sum(axis=0)


def test_sources_are_stacked_up_to_what_is_used(full: Result) -> None:
    # delivered + import + discharge = served + charge + export, at every row
    used = stack(full, Part.SERVED) + stack(full, Part.BELOW)
    assert stack(full, Part.SUPPLY) == pytest.approx(used, abs=1e-6)
    missing = stack(full, Part.UNSERVED) + stack(full, Part.HELD)
    assert stack(full, Part.WANTED) == pytest.approx(stack(full, Part.SERVED) + missing, abs=1e-6)


def test_curves_have_the_colours_of_the_pictures(paper: Result) -> None:
    found = {one.label: one.colour for one in curves(paper)}
    assert (found["grid"], found["wind"], found["bess"]) == (
        SLOTS["grid"],
        SLOTS["measured"],
        SLOTS["store"],
    )
    assert "export" not in found  # there is none


def test_all_rows_are_kept_where_there_is_room(paper: Result) -> None:
    wanted = curves(paper)
    kept = kept_rows(paper, wanted, weeks(paper), 10_000)
    assert kept.spans == ((0, len(paper.t_s)),)
    assert kept.begins_s.tolist() == [*paper.t_s.tolist(), 86400.0]
    assert kept.rows[:, :-1] == pytest.approx(values(paper, paper.books.flows, wanted))
    assert kept.rows[:, -1].tolist() == kept.rows[:, -2].tolist()  # the last one holds to the end


@pytest.fixture(scope="module")
def hours() -> Result:
    """Five weeks whose load changes each hour; most of it is in the third week."""
    power = [1.0 + (14 <= at // 24 < 21) + 0.001 * at for at in range(35 * 24)]
    profile = {"times_s": [3600.0 * at for at in range(35 * 24)], "values": power}
    grid = GridConnection(import_limit_mw=9.0)
    campus = Campus(name="hours", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=profile)})
    return simulate(campus, days=35)


@pytest.mark.parametrize("room", [2, 100, 191, 192, 193, 839, 840])
def test_of_a_long_run_the_rows_of_the_worst_weeks_are_kept(hours: Result, room: int) -> None:
    wanted = curves(hours)
    found = [Week(14 * 24, 21 * 24, "worst"), Week(15 * 24, 22 * 24, "next")]
    kept = kept_rows(hours, wanted, found, room * (len(wanted) + 1))
    rows = np.concatenate([np.arange(first, last) for first, last in kept.spans])
    if room >= 35 * 24:
        assert len(rows) == 35 * 24
    else:
        assert rows.tolist() == list(range(14 * 24, 14 * 24 + min(room, 8 * 24)))  # they overlap by six days


def test_the_worst_weeks_are_named_with_their_reasons(hours: Result) -> None:
    found = {week.why: (week.first, week.last) for week in weeks(hours)}
    # import is the demand; the highest demand is at the end of the third week
    assert found["most import, most demand"] == (14 * 24, 21 * 24)
    assert found["peak demand, least reserve margin"] == (17 * 24, 24 * 24)


def test_a_run_of_a_week_is_one_week(paper: Result) -> None:
    assert weeks(paper) == [Week(0, 24, "whole run")]


def test_local_time_is_ahead_of_the_axis_while_daylight_saving_holds(full: Result) -> None:
    clock = Clock.of(full)
    # from 5 to 17 March 2025 in New York; clocks are put forward at 2:00 of the 9th, 98 h after the start
    assert [(shift, name) for _, shift, name in clock.changes()] == [(0.0, "EST"), (3_600_000.0, "EDT")]
    assert clock.changes()[1][0] - clock.changes()[0][0] == 98 * 3_600_000.0
    assert clock.title == "standard time of America/New_York (UTC-05:00)"


def test_a_price_whose_mean_is_zero_has_a_curve() -> None:
    # -10 USD/MWh for 12 h and 10 USD/MWh for 12 h
    price = {"times_s": [0.0, 43200.0], "values": [-10.0, 10.0]}
    grid = GridConnection(import_limit_mw=9.0, import_price_usd_per_mwh=price)
    campus = Campus(name="even", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=1.0)})
    run = simulate(campus, days=1)
    (curve,) = [one for one in curves(run) if one.part is Part.PRICE]
    assert values(run, run.books.flows, [curve])[0].tolist() == [-10.0, 10.0]


def test_means_are_drawn_with_the_range_of_the_demand_and_what_leaves_below_zero() -> None:
    # in the first hour 2 and 6 MW are wanted for half an hour each; of 10 MW of the plant 3 are sold
    grid = GridConnection(import_limit_mw=9.0, export_limit_mw=3.0)
    plant = MeasuredSource(power_mw=10.0)
    run = serve(steps((0.0, 2.0), (0.5, 6.0)), {"grid": grid, "plant": plant})
    wanted = curves(run)
    keys = {one.label: one.key for one in wanted}
    figure = whole_chart(wanted, Clock.of(run), bins(run, wanted, 3600.0))
    data = figure.renderers[0].data_source.data
    assert [data[name][0] for name in ("least", keys["demand wanted"], "most")] == [2.0, 4.0, 6.0]
    assert data[f"{keys['export']}_top"][0] == -3.0
    # 7 MW are used on average, and 5 and 1 MW curtailed
    assert data[f"{keys['plant']}_top"][0] == 7.0
    assert data[f"{keys['curtailed']}_top"][0] == 10.0
    modes = {getattr(line.glyph, "step_mode", None) or line.glyph.mode for line in figure.renderers}
    assert modes == {"after"}
