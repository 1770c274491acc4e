"""The page that compares runs in a real browser: one window for all runs, and the values of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from compared_runs import stored, sunny
from playwright.sync_api import Page, expect
from test_page import HOSTILE, hostile

from sim import Result, simulate
from sim.page.comparison import comparison
from sim.page.windows import shared_curves

Opened = Callable[..., Page]

RANGES = (
    "new Promise((done) => setTimeout(() => done(Bokeh.documents.flatMap((one) => [...one.all_models])"
    ".filter((one) => one.name === 'range' || one.tags.includes('follows'))"
    ".map((one) => [one.start, one.end])), 200))"
)
CURSORS = (
    "Bokeh.documents.flatMap((one) => [...one.all_models])"
    ".filter((one) => one.name === 'cursor').map((one) => one.location)"
)
SCALES = (
    "Bokeh.documents.map((one) => one.get_model_by_name('window')).filter(Boolean)"
    ".map((one) => [one.y_range.start, one.y_range.end])"
)


@pytest.fixture(scope="module")
def pair() -> dict[str, Result]:
    return {"plain": sunny(), "stored": stored()}


@pytest.fixture(scope="module")
def text(pair: dict[str, Result]) -> str:
    return comparison(pair)


def point(shown: Page, chart: str, share: float) -> None:
    """Move the pointer over a chart, to a share of its width."""
    canvas = shown.locator(f"#{chart}").bounding_box()
    assert canvas is not None
    shown.mouse.move(canvas["x"] + 80 + share * (canvas["width"] - 120), canvas["y"] + canvas["height"] / 2)


def row_at(run: Result, moment: str) -> int:
    """The row that holds at a local moment, which is to the second."""
    wall = datetime.fromisoformat(moment.rpartition(" ")[0])
    zone = ZoneInfo(run.timezone)
    (there,) = {
        one.timestamp()
        for fold in (0, 1)
        if (one := wall.replace(tzinfo=zone, fold=fold)).tzname() == moment.rpartition(" ")[2]
    }
    return int(np.searchsorted(run.t_s, there - run.calendar.start.timestamp() + 1.0)) - 1


def test_values_of_all_runs_under_the_cursor_are_those_of_their_frames(
    pair: dict[str, Result], text: str, opened: Opened
) -> None:
    shown = opened(text)
    for chart in ("dispatch-0", "dispatch-1", "lines"):
        shown.locator(f"#{chart}").scroll_into_view_if_needed()
        for share in (0.1, 0.37, 0.8):
            point(shown, chart, share)
            moment = shown.inner_text("#moment").split(": ")[0]
            for place, (run, wanted) in enumerate(
                zip(pair.values(), shared_curves(list(pair.values())), strict=True)
            ):
                row = run.flows.iloc[row_at(run, moment)]
                for curve in wanted:
                    cell = f"#readout [data-run='{place}'][data-key='{curve.key}']"
                    told = float(shown.inner_text(cell).replace(",", ""))
                    assert told == pytest.approx(row[list(curve.columns)].sum(), rel=6e-6, abs=1e-9)


def test_all_windows_move_together_on_one_scale(text: str, opened: Opened) -> None:
    shown = opened(text)
    ranges = shown.evaluate(RANGES)
    assert len(ranges) == 1 + 2 + 1  # the window, one of each run, and that of load and net import
    assert len(set(map(tuple, ranges))) == 1
    shown.click("[data-move=in]")
    closer = shown.evaluate(RANGES)
    assert len(set(map(tuple, closer))) == 1
    assert closer[0][1] - closer[0][0] == pytest.approx((ranges[0][1] - ranges[0][0]) / 2)
    assert len(set(map(tuple, shown.evaluate(SCALES)))) == 1
    shown.click("text=whole run")
    whole = shown.evaluate(RANGES)
    assert whole[0][1] - whole[0][0] == pytest.approx(20 * 86400e3)
    assert len(set(map(tuple, whole))) == 1


def test_the_cursor_is_in_all_windows(text: str, opened: Opened) -> None:
    shown = opened(text)
    point(shown, "dispatch-1", 0.3)
    places = shown.evaluate(CURSORS)
    assert len(places) == 2 + 2
    assert len(set(places)) == 1


def test_arrows_go_to_the_next_change_of_any_run(pair: dict[str, Result], text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.focus("#window")
    shown.keyboard.press("Home")
    changes = np.unique(np.concatenate([run.t_s for run in pair.values()]))
    for at in (1, 2, 3):
        shown.keyboard.press("ArrowRight")
        moment = shown.inner_text("#moment").split(": ")[0]
        assert moment == f"{pair['plain'].calendar.at(float(changes[at])):%Y-%m-%d %H:%M:%S %Z}"


def test_a_run_whose_rows_are_not_in_the_page_has_the_extremes(
    pair: dict[str, Result], opened: Opened
) -> None:
    shown = opened(comparison(pair, most=4000))
    shown.click("text=whole run")
    expect(shown.locator("#drawn")).to_contain_text("stored: The window has means")
    assert "plain: " in shown.inner_text("#drawn")


def test_every_chart_of_a_comparison_is_drawn(text: str, opened: Opened) -> None:
    shown = opened(text)
    charts = shown.locator(".chart").evaluate_all("(all) => all.map((one) => one.id)")
    assert charts == ["dispatch-all", "dispatch-0", "dispatch-1", "lines", "durations"]
    for chart in charts:
        box = shown.locator(f"#{chart}").bounding_box()
        assert box is not None
        assert box["height"] > 100


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("telephone", [False, True])
def test_a_comparison_fits_its_screen(text: str, opened: Opened, *, dark: bool, telephone: bool) -> None:
    shown = opened(text, dark=dark, telephone=telephone)
    assert shown.evaluate("document.documentElement.scrollWidth") == (390 if telephone else 1280)
    paper = shown.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    colours = shown.evaluate(
        "Bokeh.documents.flatMap((one) => [...one.all_models]).filter((one) => one.background_fill_color"
        " && one.type === 'Figure').map((one) => one.background_fill_color)"
    )
    assert set(colours) == {paper}


def test_hostile_names_of_runs_do_nothing(opened: Opened) -> None:
    run = simulate(hostile(), days=1)
    shown = opened(comparison(dict.fromkeys(HOSTILE, run)))
    assert shown.evaluate("window.hacked") is None
    names = shown.locator(".verdict .run").all_inner_texts()
    assert [name.strip() for name in names] == list(HOSTILE)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 1280


def test_runs_of_other_lengths_are_drawn_one_by_one(opened: Opened) -> None:
    shown = opened(comparison({"long": sunny(days=3), "short": sunny(days=2)}))
    assert shown.locator(".chart").count() == 4
    assert "no window in common" in shown.inner_text("body")
    ((begin, end),) = shown.evaluate(RANGES)  # that of load and net import has the longer one whole
    assert end - begin == pytest.approx(3 * 86400e3)


def test_a_comparison_is_complete_without_a_script(text: str, opened: Opened) -> None:
    shown = opened(text, script=False)
    words = shown.inner_text("body")
    for heading in ("Metrics", "What differs", "Causes", "Bill", "Glossary"):
        assert heading in words
    assert "supply.battery.energy_mwh" in words
