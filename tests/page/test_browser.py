"""A page in a real browser: it opens offline, and what it shows is what the run has."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from playwright.sync_api import Page, expect
from test_page import HOSTILE, hostile

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad
from sim.page.clock import Clock
from sim.page.curves import Part, curves
from sim.page.curves import values as values_of
from sim.page.page import page
from sim.plots.palette import SLOTS

Opened = Callable[..., Page]

FIGURE_COLOUR = "Bokeh.documents[0].get_model_by_name('window').background_fill_color"
CURSOR = "[...Bokeh.documents[0].all_models].find((one) => one.name === 'cursor').location"


@pytest.fixture(scope="module")
def text(full: Result) -> str:
    return page(full)


@pytest.fixture(scope="module")
def fine() -> Result:
    """An hour of 30,001 rows, which no window draws exactly."""
    times_s = np.arange(30_001) * 0.1
    power = {"times_s": times_s.tolist(), "values": (1.0 + 0.5 * np.sin(times_s)).tolist()}
    grid = GridConnection(import_limit_mw=4.0)
    campus = Campus(name="fine", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=power)})
    return simulate(campus, days=1 / 24)


def moment(shown: Page) -> str:
    """The local time at the cursor."""
    return shown.inner_text("#moment").split(": ")[0]


def values(shown: Page) -> dict[str, str]:
    """What the readout says, by the key of the curve."""
    return {
        cell.get_attribute("data-key") or "": cell.inner_text().replace(",", "")
        for cell in shown.query_selector_all("#readout [data-key]")
    }


def point(shown: Page, share: float) -> None:
    """Move the pointer over the window, to a share of its width."""
    canvas = shown.locator("#dispatch").bounding_box()
    assert canvas is not None
    shown.mouse.move(canvas["x"] + 80 + share * (canvas["width"] - 120), canvas["y"] + 260)


def row_at(run: Result, shown: Page) -> pd.Series:
    """The row of the frame that holds at the cursor, whose local time is to the second."""
    local, _, name = moment(shown).rpartition(" ")
    wall = datetime.fromisoformat(local)
    zone = ZoneInfo(run.timezone)
    (there,) = {
        one.timestamp() for fold in (0, 1) if (one := wall.replace(tzinfo=zone, fold=fold)).tzname() == name
    }
    return run.flows.iloc[int(np.searchsorted(run.t_s, there - run.calendar.start.timestamp() + 1.0)) - 1]


def test_values_under_the_cursor_are_those_of_the_frame(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    names = set()
    for share in np.linspace(0.02, 0.98, 13).tolist():
        point(shown, share)
        names.add(moment(shown).rpartition(" ")[2])
        row = row_at(full, shown)
        told = values(shown)
        for curve in curves(full):
            value = row[list(curve.columns)].sum()
            assert float(told[curve.key]) == pytest.approx(value, rel=6e-6, abs=1e-9), (share, curve.label)
    assert names <= {"EST", "EDT"}


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        ("2025-03-09T00:00:00-05:00", ["00:00 EST", "01:00 EST", "03:00 EDT", "04:00 EDT"]),
        ("2025-11-02T00:00:00-04:00", ["00:00 EDT", "01:00 EDT", "01:00 EST", "02:00 EST"]),
    ],
)
def test_local_time_has_daylight_saving(start: str, hours: list[str], opened: Opened) -> None:
    power = {"times_s": [3600.0 * at for at in range(24)], "values": [1.0 + at for at in range(24)]}
    demand = {"hall": MeasuredLoad(power_mw=power)}
    campus = Campus(name="night", start=start, timezone="America/New_York", demand=demand)
    shown = opened(page(simulate(campus, days=1)))
    shown.focus("#window")
    shown.keyboard.press("Home")
    seen = [moment(shown)]
    for _ in hours[1:]:
        shown.keyboard.press("ArrowRight")
        seen.append(moment(shown))
    assert seen == [f"{start[:10]} {hour[:5]}:00 {hour[6:]}" for hour in hours]


def test_the_window_is_drawn_from_its_own_rows_and_fits_them(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.click("[data-move=in]")
    shown.click("[data-move=in]")
    expect(shown.locator("#drawn")).not_to_have_text("")
    shown.wait_for_timeout(500)
    begin, end, first, last, low, high = shown.evaluate(
        "(() => { const find = (name) => Bokeh.documents[0].get_model_by_name(name); "
        "const t = find('drawn').get_column('t'), x = find('range'), y = find('window').y_range; "
        "return [x.start, x.end, t[0], t[t.length - 1], y.start, y.end]; })()"
    )
    clock = Clock.of(full)
    x = np.asarray(clock.x(np.append(full.t_s, full.books.horizon_s)))
    inside = slice(
        int(np.searchsorted(x, begin, side="right")) - 1, int(np.searchsorted(x, end, side="right"))
    )
    assert (first, last) == pytest.approx((x[inside][0], x[inside.stop]))
    wanted = {part: [one for one in curves(full) if one.part is part] for part in Part}
    rows = {
        part: values_of(full, full.books.flows[:, inside], found).sum(axis=0)
        for part, found in wanted.items()
    }
    stack = rows[Part.SUPPLY] + rows[Part.UNSERVED] + rows[Part.CURTAILED]
    highest, lowest = max(stack.max(), rows[Part.WANTED].max()), -rows[Part.BELOW].max()
    air = 0.05 * (highest - lowest)
    assert (low, high) == pytest.approx((lowest - air if lowest else 0.0, highest + air), rel=1e-4, abs=1e-6)


def test_arrows_go_from_change_to_change(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.focus("#window")
    shown.keyboard.press("Home")
    for at in (1, 2, 3):
        shown.keyboard.press("ArrowRight")
        assert moment(shown) == f"{full.calendar.at(full.t_s[at]):%Y-%m-%d %H:%M:%S %Z}"
    shown.keyboard.press("ArrowLeft")
    assert moment(shown) == f"{full.calendar.at(full.t_s[2]):%Y-%m-%d %H:%M:%S %Z}"


def test_an_event_moves_the_chart(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    entries = shown.query_selector_all("#event-list button")
    assert len(entries) == len(full.events)
    for at in (0, len(entries) // 2, len(entries) - 1):
        entries[at].click()
        assert moment(shown) == entries[at].inner_text()
        window = shown.evaluate("(() => { const m = Bokeh.documents[0].get_model_by_name('range'); "
                                "return [m.start, m.end]; })()")  # fmt: skip
        assert window[0] <= shown.evaluate(CURSOR) <= window[1]
        assert window[1] - window[0] <= 24 * 3600e3


def test_a_tile_moves_the_chart_to_its_instant_and_tells_what_is_out(
    full: Result, text: str, opened: Opened
) -> None:
    shown = opened(text)
    shown.click(".tiles li:has-text('Peak demand') button")
    row, told = row_at(full, shown), values(shown)
    (wanted,) = [curve for curve in curves(full) if curve.part is Part.WANTED]
    assert row[list(wanted.columns)].sum() == pytest.approx(full.summary.peak_demand_mw)
    assert float(told[wanted.key]) == pytest.approx(full.summary.peak_demand_mw, rel=6e-6)
    margin = 100.0 * (full.firm_mw.value_at(0.0) / full.summary.peak_demand_mw - 1.0)  # nothing is refuelled
    said = shown.inner_text("#firm")
    assert said.startswith("Firm capacity at the cursor, if nothing fails: ")
    assert float(said.rpartition("margin ")[2].removesuffix(" %")) == pytest.approx(margin, abs=0.06)
    failures = full.events[full.events["event"] == "forced outage"]
    assert len(failures)
    shown.locator("#event-list tr", has_text="forced outage").first.locator("button").click()
    assert shown.inner_text("#out").startswith("Out of service or limited at the cursor: ")
    assert f"{failures.iloc[0]['owner']} " in shown.inner_text("#out")
    shown.focus("#window")
    shown.keyboard.press("Home")
    assert shown.inner_text("#out") == "Out of service or limited at the cursor: nothing"


def test_the_list_of_events_is_filtered(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.fill("#event-filter", "Forced out")
    lines = shown.locator("#event-list tbody tr:visible")
    words = (
        full.events[["owner", "event", "detail"]].astype(str).agg(" ".join, axis=1)
    )  # it may be a reason too
    assert lines.count() == words.str.contains("forced out").sum() > 0
    shown.fill("#event-filter", "")
    assert shown.locator("#event-list tbody tr:visible").count() == len(full.events)


def test_a_button_of_a_week_leads_to_its_instant(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.locator("#moves button", has_text="peak demand").click()
    at_s = full.summary.peak_demand_at_h * 3600.0
    button = shown.locator("#moves button", has_text="peak demand")
    assert button.get_attribute("data-cursor") is not None
    reason = button.inner_text().split(",")[0]
    if reason == "peak demand":  # the first of its reasons
        assert float(button.get_attribute("data-cursor") or "nan") == pytest.approx(at_s)
    begin, end = (float(button.get_attribute(f"data-{name}") or "nan") for name in ("begin", "end"))
    assert begin <= float(button.get_attribute("data-cursor") or "nan") < end
    cursor = shown.evaluate(CURSOR) - shown.evaluate(
        "JSON.parse(document.getElementById('dispatch-told').text).x[0]"
    )
    assert cursor / 1000.0 == pytest.approx(float(button.get_attribute("data-cursor") or "nan"))


def test_the_chart_is_drawn_in_the_colours_of_the_pictures(text: str, opened: Opened) -> None:
    shown = opened(text)
    picture = imread(io.BytesIO(shown.locator("#dispatch").screenshot()))[..., :3]
    for slot in ("nuclear", "grid"):
        colour = np.array([int(SLOTS[slot][at : at + 2], 16) for at in (1, 3, 5)]) / 255.0
        assert (np.abs(picture - colour).max(axis=2) < 0.02).sum() > 500, slot


def test_hostile_names_do_nothing(opened: Opened) -> None:
    shown = opened(page(simulate(hostile(), days=1)))
    assert shown.evaluate("window.hacked") is None
    assert shown.inner_text("h1") == HOSTILE[0]
    labels = shown.locator("#readout td:nth-child(2)").all_inner_texts()
    assert set(HOSTILE[1:4]) <= set(labels)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("dark", [False, True])
def test_a_telephone_need_not_scroll_sideways(text: str, opened: Opened, *, dark: bool) -> None:
    shown = opened(text, dark=dark, telephone=True)
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    background = shown.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == ("rgb(20, 23, 26)" if dark else "rgb(255, 255, 255)")
    assert shown.evaluate(FIGURE_COLOUR) == background


def test_a_tap_moves_the_cursor(text: str, opened: Opened) -> None:
    shown = opened(text, telephone=True)
    before = moment(shown)
    shown.locator("#dispatch").scroll_into_view_if_needed()
    canvas = shown.locator("#dispatch").bounding_box()
    assert canvas is not None
    shown.touchscreen.tap(canvas["x"] + 300, canvas["y"] + 260)
    assert moment(shown) != before


def test_two_fingers_that_move_apart_shorten_the_window_around_them(text: str, opened: Opened) -> None:
    shown = opened(text, telephone=True)
    shown.locator("#dispatch").scroll_into_view_if_needed()
    canvas = shown.locator("#dispatch").bounding_box()
    assert canvas is not None
    window = "(() => { const m = Bokeh.documents[0].get_model_by_name('range'); return [m.start, m.end]; })()"
    begin, end = shown.evaluate(window)
    device = shown.context.new_cdp_session(shown)

    def touch(kind: str, *across: float) -> None:
        points = [
            {"x": canvas["x"] + x, "y": canvas["y"] + 260.0, "id": number} for number, x in enumerate(across)
        ]
        device.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 160.0, 220.0)
    for more in (10.0, 20.0, 30.0):
        touch("touchMove", 160.0 - more, 220.0 + more)
    touch("touchEnd")
    first, last = shown.evaluate(window)
    # 60 pixels have become 120, so half the time is shown, and what was between the fingers still is
    assert last - first == pytest.approx((end - begin) / 2.0, rel=0.02)
    assert begin < first < last < end


def test_a_page_of_a_fine_run_says_where_it_has_means(fine: Result, opened: Opened) -> None:
    shown = opened(page(fine))
    assert "means over 1 s" in shown.inner_text("#drawn")
    assert "A shorter window has exact steps" in shown.inner_text("#drawn")
    shown.click("[data-move=in]")
    expect(shown.locator("#drawn")).to_contain_text("exact steps: ")


def test_where_the_rows_are_not_in_a_page_it_has_the_extremes(fine: Result, opened: Opened) -> None:
    text = page(fine, most=5000)
    assert "The run has 30,001 rows. The page has each change of" in text
    shown = opened(text)
    shown.focus("#window")
    shown.keyboard.press("End")
    shown.keyboard.press("ArrowLeft")
    assert "least to highest" in shown.inner_text("#moment")
    point(shown, 0.5)
    assert "least to highest" in shown.inner_text("#moment")
    (wanted,) = [one for one in curves(fine) if one.label == "demand wanted"]
    mean, least, most = map(
        float, values(shown)[wanted.key].replace("(", "").replace(")", "").replace("to ", "").split()
    )
    assert 0.5 <= least < mean < most <= 1.5


def test_the_document_is_complete_without_a_script(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text, script=False)
    words = shown.inner_text("body")
    assert "need JavaScript." in words
    for heading in ("Load and service", "Cost and carbon", "Assumptions", "Glossary"):
        assert heading in words
    assert shown.locator("#event-list tbody tr").count() == len(full.events)


def test_a_dark_page_is_printed_light_and_is_dark_again_after(text: str, opened: Opened) -> None:
    shown = opened(text, dark=True)
    charts = shown.locator(".chart").count()
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.locator("canvas.printed").count() == charts
    assert shown.evaluate(FIGURE_COLOUR) == "rgb(255, 255, 255)"
    ink = shown.evaluate(
        "(() => { const c = document.querySelector('#durations + canvas.printed'), "
        "d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let dark = 0; "
        "for (let i = 0; i < d.length; i += 4) if (d[i] < 60 && d[i + 1] < 60 && d[i + 2] < 60) dark += 1; "
        "return dark; })()"
    )
    assert ink > 300  # the load, which is drawn in the colour of the text
    shown.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.locator("canvas.printed").count() == 0
    assert shown.evaluate(FIGURE_COLOUR) == "rgb(20, 23, 26)"


def test_a_job_moves_the_chart_to_its_start(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.click(".gantt button")
    (start,) = full.jobs.loc[full.jobs["name"] == "train", "start"]
    assert moment(shown) == f"{start:%Y-%m-%d %H:%M:%S %Z}"


def test_the_charts_of_requests_follow_the_window(text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.click("[data-move=in]")
    ranges = shown.evaluate(
        "new Promise((done) => setTimeout(() => done(Bokeh.documents.flatMap((one) => [...one.all_models])"
        ".filter((one) => one.name === 'range' || one.tags.includes('follows'))"
        ".map((one) => [one.start, one.end])), 200))"
    )
    assert len(ranges) == 2
    assert ranges[0] == ranges[1]


def test_a_campus_without_demand_or_supply_has_a_page(opened: Opened) -> None:
    grid = {"grid": GridConnection(import_limit_mw=1.0)}
    hall = {"hall": MeasuredLoad(power_mw=1.0)}
    for campus in (Campus(name="no load", supply=grid), Campus(name="no source", demand=hall)):
        shown = opened(page(simulate(campus, days=10)))
        assert "exact steps" in shown.inner_text("#drawn")


def test_a_step_before_the_rows_of_a_page_leads_to_means(fine: Result, opened: Opened) -> None:
    wanted = curves(fine)
    # the page has the first 4,999 rows or so; the cursor goes behind their end, and back into them
    shown = opened(page(fine, most=5000 * (len(wanted) + 1)))
    shown.click("[data-move=in]")
    shown.focus("#window")
    shown.keyboard.press("End")
    assert "least to highest" in shown.inner_text("#moment")
    shown.keyboard.press("Home")
    assert "least to highest" not in shown.inner_text("#moment")


WINDOW = "(() => { const m = Bokeh.documents[0].get_model_by_name('range'); return [m.start, m.end]; })()"


def test_buttons_move_the_window_by_its_width_and_double_it(opened: Opened) -> None:
    # four weeks whose window is the second one at first, in hours
    load = {"times_s": [0.0, 7 * 86400.0, 14 * 86400.0], "values": [1.0, 5.0, 1.0]}
    grid = GridConnection(import_limit_mw=4.0)
    campus = Campus(name="weeks", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=load)})
    run = simulate(campus, days=28)
    shown = opened(page(run))
    begin = Clock.of(run).origin_ms

    def hours() -> list[float]:
        return [(x - begin) / 3.6e6 for x in shown.evaluate(WINDOW)]

    assert hours() == pytest.approx([168.0, 336.0])
    shown.click("[data-move=on]")
    assert hours() == pytest.approx([336.0, 504.0])
    shown.click("[data-move=back]")
    shown.click("[data-move=back]")
    assert hours() == pytest.approx([0.0, 168.0])
    shown.click("[data-move=out]")
    assert hours()[1] - hours()[0] == pytest.approx(336.0)


def test_a_unit_that_returns_is_not_out_any_more(full: Result, text: str, opened: Opened) -> None:
    shown = opened(text)
    out = shown.locator("#out")
    failure = full.events[full.events["event"] == "forced outage"]["owner"].iloc[0]
    shown.locator("#event-list tr", has_text="forced outage").first.locator("button").click()
    expect(out).to_contain_text(f"{failure} ")
    shown.locator("#event-list tr", has_text="repaired").first.locator("button").click()
    expect(out).not_to_contain_text(f"{failure} ")


def test_an_axis_of_prices_has_those_below_zero(opened: Opened) -> None:
    price = {"times_s": [0.0, 43200.0], "values": [-20.0, 60.0]}
    grid = GridConnection(import_limit_mw=4.0, import_price_usd_per_mwh=price)
    campus = Campus(name="price", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=1.0)})
    shown = opened(page(simulate(campus, days=1)))
    ends = shown.evaluate(
        "(() => { const y = Bokeh.documents[0].get_model_by_name('price').y_range; "
        "return [y.start, y.end]; })()"
    )
    # 5 % of 80 USD/MWh below and above
    assert ends == pytest.approx([-24.0, 64.0])


def test_an_arrow_back_goes_to_the_change_before_the_cursor(opened: Opened) -> None:
    load = {"times_s": [0.0, 21600.0, 43200.0], "values": [1.0, 2.0, 3.0]}
    grid = GridConnection(import_limit_mw=4.0)
    campus = Campus(name="steps", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=load)})
    shown = opened(page(simulate(campus, days=1)))
    shown.focus("#window")
    shown.keyboard.press("End")
    # from the end to the beginning of the last row, and on to that of the row before
    seen = []
    for _ in range(2):
        shown.keyboard.press("ArrowLeft")
        seen.append(moment(shown)[11:16])
    assert seen == ["12:00", "06:00"]
