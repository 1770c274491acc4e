"""The page of a year of the flagship: its size, and what a browser makes of it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import Page
from test_browser import CURSOR, point, row_at, values

from sim import Result, simulate
from sim.page.curves import curves
from sim.page.page import page

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))

from ai_campus import ai_campus

Opened = Callable[..., Page]
MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def year() -> Result:
    return simulate(ai_campus(), days=365)


@pytest.fixture(scope="module")
def text(year: Result) -> str:
    return page(year)


def test_a_year_at_every_change_is_under_five_megabytes(year: Result, text: str) -> None:
    assert year.record_s is None
    assert f"The page has each change of the run ({len(year.t_s):,} rows)" in text
    assert len(text.encode()) < MOST_BYTES


def test_all_charts_are_drawn_and_the_cursor_has_the_values_of_the_frame(
    year: Result, text: str, opened: Opened
) -> None:
    shown = opened(text)
    for place in shown.query_selector_all(".chart"):
        place.scroll_into_view_if_needed()
        pixels = imread(io.BytesIO(place.screenshot()))[::3, ::3, :3] @ np.array([1.0, 256.0, 65536.0])
        assert len(np.unique(pixels)) > 20, place.get_attribute("id")
    shown.locator("#dispatch").scroll_into_view_if_needed()
    for share in (0.1, 0.5, 0.9):
        point(shown, share)
        row, told = row_at(year, shown), values(shown)
        for curve in curves(year):
            assert float(told[curve.key]) == pytest.approx(row[list(curve.columns)].sum(), rel=6e-6, abs=1e-9)


def test_the_tightest_instant_is_a_click_away_with_what_makes_it_tight(
    year: Result, text: str, opened: Opened
) -> None:
    shown = opened(text)
    shown.click(".tiles li:has-text('Reserve margin') button")
    tightest = year.books.adequacy.tightest("all")
    assert tightest is not None
    begin = shown.evaluate("JSON.parse(document.getElementById('dispatch-told').text).x[0]")
    assert (shown.evaluate(CURSOR) - begin) / 1000.0 == pytest.approx(tightest.at_s, abs=0.002)
    said = shown.inner_text("#firm")
    assert float(said.rpartition("margin ")[2].removesuffix(" %")) == pytest.approx(
        100.0 * tightest.margin, abs=0.06
    )
    out = shown.inner_text("#out")
    assert "gas unit 2 (forced outage since 2025-07-24 08:11 EDT)" in out
    assert "grid limited to 40.0 MW (curtailment order from 2025-07-25" in out
