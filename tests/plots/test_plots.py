"""The picture of a run: what is drawn, on every kind of run, without a warning."""

from __future__ import annotations

import io
from datetime import date
from itertools import pairwise
from typing import ClassVar, Literal

import matplotlib as mpl
import numpy as np
import pytest
from builders import serve
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import StepPatch

from sim import Campus, Result, simulate
from sim.bus.flows import Flow
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource, SolarPlant
from sim.errors import SpecError
from sim.plots.dispatch import dispatch
from sim.plots.palette import SLOTS, UNSERVED, bands, shades, slot_of
from sim.plots.panels import slots
from sim.plots.picture import drawable
from sim.plots.week import Week, days_from, worst_week
from sim.report.numbers import large
from sim.site import Site, Source


class Geothermal(Source):
    """A user's own source."""

    members: ClassVar = Source.members
    kind: Literal["test_hot_spring"] = "test_hot_spring"

    def start(self, site: Site, name: str) -> None:
        site.terminal(name).offer(1.0).state(5.0)


def png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def pixels(figure: Figure) -> np.ndarray:
    """Colours of the picture, red to blue, 0 to 1."""
    return imread(io.BytesIO(png(figure)))[:, :, :3]


def share_of(colour: str, picture: np.ndarray) -> float:
    """Share of a picture that has a colour."""
    wanted = np.array([int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)])
    return float((np.abs(picture - wanted) < 0.01).all(axis=2).mean())


def campus(name: str = "Test", **supply: Source) -> Campus:
    return Campus(name=name, supply=supply, demand={"hall": MeasuredLoad(power_mw=10.0)})


CASES = {
    "a single hour": (campus(grid=GridConnection(import_limit_mw=20.0)), 1.0 / 24.0, None),
    "half a minute": (campus(grid=GridConnection(import_limit_mw=20.0)), 30.0 / 86400.0, None),
    "a day": (campus(pv=SolarPlant(capacity_mw=30.0)), 1.0, None),
    "a part of a day": (campus(pv=SolarPlant(capacity_mw=30.0)), 10.3, None),
    "a quarter": (campus(pv=SolarPlant(capacity_mw=30.0)), 90.0, None),
    "four years": (campus(pv=SolarPlant(capacity_mw=30.0)), 1461.0, 3600.0),
    "nobody": (Campus(name="Nobody"), 3.0, None),
    "no load": (Campus(name="Sun", supply={"pv": SolarPlant(capacity_mw=30.0)}), 20.0, None),
    "no source": (campus(), 20.0, None),
    "an own kind of source": (campus(well=Geothermal()), 2.0, None),
    "names in formulas and scripts": (
        campus("A $x_1^{$ \\frac 数据中心", **{"_g$": Geothermal()}),
        2.0,
        None,
    ),
    "clocks put forward": (
        campus(grid=GridConnection(import_limit_mw=20.0)).with_values(
            {"start": "2025-03-05T13:20:00-05:00", "timezone": "America/New_York"}
        ),
        20.0,
        None,
    ),
    "clocks put back": (
        campus(grid=GridConnection(import_limit_mw=20.0)).with_values(
            {"start": "2025-10-30T00:00:00-04:00", "timezone": "America/New_York"}
        ),
        8.0,
        900.0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_run_can_be_drawn(case: str) -> None:
    of, days, record_s = CASES[case]
    figure = dispatch(simulate(of, days=days, record_s=record_s))
    assert 0.02 < (pixels(figure) < 0.99).any(axis=2).mean() < 0.98


def test_a_picture_has_four_panels_and_one_of_requests_with_titles_and_units(full: Result) -> None:
    figure = dispatch(full)
    titles = {axes.get_title(): axes.get_ylabel() for axes in figure.axes if axes.get_title()}
    assert titles == {
        "Dispatch: the week with the most unserved energy, from "
        f"{full.hourly.index[worst_week(full).first]:%Y-%m-%d}": "power, MW (hourly mean)",
        "Load duration": "load, MW",
        "Energy by source and day": "energy, MWh per day",
        "Curtailed power by hour of day": "local time (America/New_York)",
        f"{large(full.summary.requests_wanted)} requests, 0.0 % dropped": "requests per second",
    }
    assert "Full: 12 days, 2025-03-05 00:00 to 2025-03-17 01:00" in figure.get_suptitle()
    assert [axes.get_ylabel() for axes in figure.axes if not axes.get_title()] == ["curtailed, MW"]


def test_no_label_lies_on_another(full: Result) -> None:
    figure = dispatch(full)
    figure.canvas.draw()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text()]
            assert not any(one.padded(4.0).overlaps(other) for one, other in pairwise(boxes))
    (legend,) = figure.legends
    assert not any(legend.get_window_extent().overlaps(axes.get_window_extent()) for axes in figure.axes)


@pytest.mark.parametrize("days", [730.0, 3650.0])
def test_hours_of_a_long_duration_curve_do_not_lie_on_each_other(days: float) -> None:
    figure = dispatch(
        simulate(campus(grid=GridConnection(import_limit_mw=20.0)), days=days, record_s=86400.0)
    )
    figure.canvas.draw()
    (axes,) = [axes for axes in figure.axes if axes.get_title() == "Load duration"]
    boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
    assert len(boxes) >= 3
    assert not any(one.padded(6.0).overlaps(other) for one, other in pairwise(boxes))


def test_every_kind_of_source_has_its_own_colour_in_the_picture(full: Result) -> None:
    picture = pixels(dispatch(full))
    assert len(set(SLOTS.values())) == len(SLOTS)
    for name, mwh in full.summary.supplied_mwh.items():
        assert mwh > 0.0
        assert share_of(SLOTS[slots(full)[name]], picture) > 0.0, name
    assert share_of(UNSERVED, picture) > 0.0


def test_a_users_own_kind_keeps_one_colour_and_stands_in_the_middle() -> None:
    own = slot_of("", "test hot spring")
    assert own == slot_of("", "test hot spring") in "abcdefgh"
    assert slot_of("nuclear", "test hot spring") == "nuclear"  # as it chose
    assert slot_of("pink", "test hot spring") == own  # there is no such slot
    found = bands({"import": "grid", "spring": own, "roof": "sun"})
    assert found == [(("roof",), SLOTS["sun"]), (("spring",), SLOTS[own]), (("import",), SLOTS["grid"])]


def test_sources_of_one_kind_have_shades_of_one_colour_from_dark_to_light() -> None:
    found = bands(dict.fromkeys(("d", "b", "c", "a"), "sun") | {"import": "grid"})
    assert [names for names, _ in found] == [("a",), ("b",), ("c",), ("d",), ("import",)]
    colours = [colour for _, colour in found[:4]]
    light = [sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in colours]
    assert light == sorted(light)
    assert min(high - low for low, high in pairwise(light)) > 60
    assert not set(colours) & (set(SLOTS.values()) - {SLOTS["sun"]})


def test_one_source_of_a_kind_has_its_colour_and_five_share_it() -> None:
    assert shades("#0072B2", 1) == ["#0072B2"]
    assert bands(dict.fromkeys("abcde", "nuclear")) == [(tuple("abcde"), SLOTS["nuclear"])]


def test_four_plants_of_a_kind_are_told_apart_in_the_picture_and_its_legend() -> None:
    plants = {f"pv_{name}": SolarPlant(capacity_mw=30.0) for name in "abcd"}
    figure = dispatch(simulate(campus(**plants), days=3.0))
    (legend,) = figure.legends
    handles = dict(zip((text.get_text() for text in legend.get_texts()), legend.get_patches(), strict=False))
    colours = {handles[f"solar: pv_{name}"].get_facecolor() for name in "abcd"}
    assert len(colours) == 4
    picture = pixels(figure)
    for _, colour in bands(dict.fromkeys(plants, "sun")):
        assert share_of(colour, picture) > 0.001


def test_what_did_not_happen_is_not_in_the_legend(paper: Result) -> None:
    (legend,) = dispatch(paper).legends
    message = [text.get_text() for text in legend.get_texts()]
    assert message == [
        "measured: wind",
        "grid",
        "battery: bess",
        "curtailed",
        "charge (below zero)",
        "unserved",
        "load served",
        "firm capacity, if on the scale",
    ]


def test_the_same_run_gives_the_same_bytes(full: Result) -> None:
    assert png(dispatch(full)) == png(dispatch(full))


def test_a_users_settings_neither_change_the_picture_nor_are_changed(full: Result) -> None:
    plain = dispatch(full)
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30.0, "lines.linewidth": 9.0}):
        mine = dict(mpl.rcParams)
        styled = dispatch(full)
        assert dict(mpl.rcParams) == mine
    assert png(styled) == png(plain)


def test_a_day_of_ten_mw_is_drawn_as_such() -> None:
    result = simulate(campus(grid=GridConnection(import_limit_mw=20.0)), days=1)
    figure = dispatch(result)
    bars = next(axes for axes in figure.axes if axes.get_title() == "Energy by source and hour").patches
    assert [bar.get_height() for bar in bars] == pytest.approx([10.0] * 24)


def test_bars_hold_the_energy_of_the_run(paper: Result) -> None:
    bars = next(axes for axes in dispatch(paper).axes if "Energy" in axes.get_title()).patches
    # 108 MWh from the grid, 70 MWh of wind, 50 MWh of it curtailed on top
    assert sum(bar.get_height() for bar in bars) == pytest.approx(108.0 + 70.0 + 50.0)
    hatched = [bar for bar in bars if bar.get_hatch()]
    assert sum(bar.get_height() for bar in hatched) == pytest.approx(50.0)


def test_the_worst_week_is_the_one_with_the_most_unserved_energy() -> None:
    # the load of 10 MW is 2 MW short on day 12, 9 MW short for an hour on day 30
    day = 86400.0
    limit = {
        "times_s": [0.0, 12 * day, 13 * day, 30 * day, 30 * day + 3600.0],
        "values": [10.0, 8.0, 10.0, 1.0, 10.0],
    }
    result = simulate(campus(grid=GridConnection(import_limit_mw=limit)), days=60)
    week = worst_week(result)
    assert week.first <= 12 * 24 < 13 * 24 <= week.last == week.first + 7 * 24
    assert week.why == "the week with the most unserved energy"
    mwh = result.hourly[result.columns(Flow.UNSERVED)].sum(axis=1)
    assert mwh.iloc[week.first : week.last].sum() == pytest.approx(2.0 * 24.0)


def test_without_shortage_the_worst_week_surrounds_the_peak_load() -> None:
    day = 86400.0
    peak = {"times_s": [0.0, 20 * day, 20 * day + 1.0], "values": [5.0, 9.0, 5.0]}
    load = {"hall": MeasuredLoad(power_mw=peak)}
    supply = {"wind": MeasuredSource(power_mw=20.0)}
    week = worst_week(simulate(Campus(name="Peak", supply=supply, demand=load), days=60))
    assert (week.first, week.last) == (17 * 24, 24 * 24)
    assert week.why == "the week of the peak load"


def test_what_a_font_cannot_draw_is_replaced_not_warned_about() -> None:
    assert drawable("Ångström 数 $5", 60) == r"Ångström ? \$5"
    assert drawable("abcdef", 4) == "abc…"


def test_some_days_are_drawn_alone_in_local_time(full: Result) -> None:
    figure = full.plot_days("2025-03-09", days=2)  # clocks go forward on the first of them
    (axes,) = figure.axes
    assert axes.get_title() == "Dispatch: 2 days, from 2025-03-09"
    left, right = axes.get_xlim()
    assert right - left == pytest.approx(2.0)
    first = 4 * 24  # the run begins on 5 March
    assert left == pytest.approx(full.campus.start.timestamp() / 86400.0 + first / 24.0)
    assert share_of(SLOTS["nuclear"], pixels(figure)) > 0.1


def test_a_day_may_be_an_hour_of_it_and_ends_with_the_run(full: Result) -> None:
    assert days_from(full, "2025-03-05 06:30", 0.25) == Week(6, 12, "a day")
    assert days_from(full, date(2025, 3, 16), 7.0).last == 12 * 24


@pytest.mark.parametrize(
    ("day", "count", "message"),
    [
        ("2025-03-04", 1.0, r"plot: day = '2025-03-04'; allowed: 2025-03-05 to 2025-03-17"),
        ("2025-04-01", 1.0, r"plot: day = '2025-04-01'; allowed: 2025-03-05 to 2025-03-17"),
        ("yesteryear", 1.0, r"plot: day = 'yesteryear' is not a date"),
        ("2025-03-06", 0.0, r"plot: days = 0.0 d; allowed: an hour"),
    ],
)
def test_a_day_that_is_not_in_the_run_is_refused(full: Result, day: str, count: float, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        full.plot_days(day, days=count)


def test_the_load_duration_curve_falls(full: Result) -> None:
    curves = dispatch(full).axes[1].patches
    assert len(curves) == 2  # wanted and served
    for curve in curves:
        assert (np.diff(curve.get_data().values) <= 0.0).all()


@pytest.mark.parametrize(("limit_mw", "drawn"), [(15.0, True), (90.0, False)])
def test_firm_capacity_is_drawn_within_the_picture_where_it_is_not_far_above_the_load(
    limit_mw: float, drawn: bool
) -> None:
    result = serve(10.0, {"grid": GridConnection(import_limit_mw=limit_mw)}, days=3)
    week = dispatch(result).axes[0]
    values = [patch.get_data().values for patch in week.patches if isinstance(patch, StepPatch)]
    assert any((one == limit_mw).all() for one in values) == drawn
    assert (week.get_ylim()[1] > limit_mw) == drawn
