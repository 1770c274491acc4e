"""The page of a sweep in a real browser: sort, filter, selection, and charts that agree with the frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from swept_points import site, small_sweep
from test_page import HOSTILE
from test_sweep_page import hostile_sweep, page_of

from sim import Campus, SweepResult, sweep
from sim.plots.sweep import undominated
from sim.sweeps import sobol

Opened = Callable[..., Page]

POINTS = "[...document.querySelectorAll('#points tbody tr')].filter((one) => !one.hidden)"
SHOWN = f"{POINTS}.map((one) => Number(one.querySelector('button').textContent))"


@pytest.fixture(scope="module")
def result() -> SweepResult:
    return small_sweep()


@pytest.fixture(scope="module")
def text(result: SweepResult, tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(result, tmp_path_factory.mktemp("sweep"))


def column(shown: Page, name: str) -> int:
    """The number of a column of the table."""
    heads = shown.locator("#points th button").all_inner_texts()
    return [head.split(" ")[0] for head in heads].index(name) - 1


def cells(path: str) -> list[list[float]]:
    """The places in a path of dots, such as `M12.0 3.5h0`."""
    return [[float(number) for number in one[:-2].split(" ")] for one in path.split("M")[1:]]


@pytest.mark.parametrize("name", ["cost_usd", "unserved_mwh", "supply.solar.capacity_mw"])
def test_a_head_sorts_by_its_column_and_back(
    name: str, result: SweepResult, text: str, opened: Opened
) -> None:
    shown = opened(text)
    head = shown.locator(f"#points [data-sort='{column(shown, name)}']")
    values = np.array([float(f"{value:.9g}") for value in result.means[name]])  # as the page rounds them
    head.click()
    assert shown.evaluate(SHOWN) == np.argsort(values, kind="stable").tolist()
    head.click()
    assert shown.evaluate(SHOWN) == np.argsort(-values, kind="stable").tolist()
    assert shown.locator("#points [aria-sort]").count() == 1


@pytest.mark.parametrize(
    "entry",
    [
        ("cost_usd", "< 1.5e4", lambda value: value < 1.5e4),
        ("cost_usd", "cost_usd < 13,100", lambda value: value < 13_100),
        ("supply.solar.capacity_mw", "10..20", lambda value: 10.0 <= value <= 20.0),
        ("supply.solar.capacity_mw", "> 0 and < 20", lambda value: 0.0 < value < 20.0),
        ("supply.solar.capacity_mw", "!= 10", lambda value: value != 10.0),
        ("supply.store.energy_mwh", "20", lambda value: value == 20.0),
    ],
)
def test_a_field_filters_its_column(
    entry: tuple[str, str, Callable[[float], bool]], result: SweepResult, text: str, opened: Opened
) -> None:
    name, typed, holds = entry
    shown = opened(text)
    shown.fill(f"[data-filter='{column(shown, name)}']", typed)
    wanted = [at for at, value in enumerate(result.means[name]) if holds(value)]
    assert 0 < len(wanted) < 12
    assert shown.evaluate(SHOWN) == wanted
    assert shown.inner_text("#passing") == f"{len(wanted)} of 12 points pass."
    shown.click("#all")
    assert shown.evaluate(SHOWN) == list(range(12))


def test_conditions_may_be_on_any_metric(result: SweepResult, text: str, opened: Opened) -> None:
    shown = opened(text)
    limit = float(result.means["supplied_mwh.grid"].median())
    shown.fill("#where", f"supplied_mwh.grid <= {limit} and unserved_mwh > 0")
    wanted = result.means[(result.means["supplied_mwh.grid"] <= limit) & (result.means["unserved_mwh"] > 0)]
    assert shown.evaluate(SHOWN) == wanted.index.tolist()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("cost < 3", "cost is neither an axis nor a metric that varies"),
        ("cost_usd < much", "much is not a number"),
        ("cost_usd", "cost_usd is not a condition such as cost_usd < 3e6"),
    ],
)
def test_a_condition_that_cannot_be_read_is_said(entry: str, message: str, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.fill("#where", entry)
    assert shown.inner_text("#passing") == f"12 points. Not applied: {message}."
    assert shown.get_attribute("#where", "aria-invalid") == "true"


def test_a_point_shows_its_campus_exactly(
    result: SweepResult, text: str, opened: Opened, tmp_path: Path
) -> None:
    shown = opened(text)
    for place in (0, 5, 11):
        shown.click(f"#points [data-point='{place}']")
        assert shown.inner_text("#picked").startswith(f"Point {place}: ")
        assert shown.inner_text("#command") == f"dcgrid run point-{place}.toml"
        with shown.expect_download() as download:
            shown.click("#save")
        assert download.value.suggested_filename == f"point-{place}.toml"
        file = tmp_path / f"point-{place}.toml"
        download.value.save_as(file)
        assert file.read_text(encoding="utf-8") == shown.locator("#toml").text_content()
        assert Campus.load(file).to_dict()["supply"] == result.models[place]["supply"]  # type: ignore[index]  # kept


def test_arrows_go_through_the_points_that_pass(text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.fill(f"[data-filter='{column(shown, 'supply.store.energy_mwh')}']", "20")
    shown.focus("#points [data-point='2']")
    shown.click("#points [data-point='2']")
    shown.keyboard.press("ArrowDown")
    assert shown.inner_text("#picked").startswith("Point 3: ")
    shown.keyboard.press("ArrowDown")
    assert shown.inner_text("#picked").startswith("Point 6: ")
    shown.keyboard.press("End")
    assert shown.inner_text("#picked").startswith("Point 11: ")
    assert shown.evaluate("document.activeElement.dataset.point") == "11"


def test_the_front_is_that_of_the_frame(result: SweepResult, text: str, opened: Opened) -> None:
    shown = opened(text)
    values = result.means[["cost_usd", "unserved_mwh"]].to_numpy()
    dots = cells(shown.get_attribute("#pareto .front.dots", "d") or "")
    assert len(dots) == undominated(values).sum()
    shown.select_option("#pareto-y-aim", "more is better")
    dots = cells(shown.get_attribute("#pareto .front.dots", "d") or "")
    assert len(dots) == undominated(values * [1.0, -1.0]).sum()
    # the places on the chart are a straight line of the values
    places = np.array(cells(shown.get_attribute("#pareto .in.dots", "d") or ""))
    assert np.corrcoef(places[:, 0], values[:, 0])[0, 1] == pytest.approx(1.0, abs=1e-5)
    assert np.corrcoef(places[:, 1], values[:, 1])[0, 1] == pytest.approx(-1.0, abs=1e-5)


def test_a_click_on_a_dot_selects_its_row(text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.locator("#pareto").scroll_into_view_if_needed()
    box = shown.locator("#pareto").bounding_box()
    assert box is not None
    places = cells(shown.get_attribute("#pareto .in.dots", "d") or "")
    x, y = places[7]
    shown.mouse.click(box["x"] + x, box["y"] + y)
    picked = int(shown.inner_text("#picked").split(":")[0].removeprefix("Point "))
    assert places[picked] == pytest.approx([x, y], abs=0.2)
    selected = shown.locator("#points tr[aria-current] button")
    assert int(selected.inner_text()) == picked


def test_clicks_on_points_in_one_place_select_one_after_the_other(text: str, opened: Opened) -> None:
    shown = opened(text)
    for side in ("x", "y"):  # one metric across and up, which several points have in common
        shown.select_option(f"#pareto-{side}", "firm_at_tightest_mw")
    shown.locator("#pareto").scroll_into_view_if_needed()
    box = shown.locator("#pareto").bounding_box()
    assert box is not None
    places = cells(shown.get_attribute("#pareto .in.dots", "d") or "")
    together = [number for number, place in enumerate(places) if place == pytest.approx(places[7], abs=0.2)]
    assert len(together) > 1
    seen = []
    for _ in range(len(together) + 1):
        shown.mouse.click(box["x"] + places[7][0], box["y"] + places[7][1])
        seen.append(int(shown.inner_text("#picked").split(":")[0].removeprefix("Point ")))
    assert sorted(seen[:-1]) == together
    assert seen[-1] == seen[0]


def test_a_click_on_a_line_selects_its_row(text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.locator("#parallel").scroll_into_view_if_needed()
    box = shown.locator("#parallel").bounding_box()
    assert box is not None
    line = shown.locator("#parallel path.in").nth(9).get_attribute("d") or ""
    places = [[float(number) for number in one.split(" ")] for one in line.strip("M").split("L")]
    x, y = np.mean(places[-2:], axis=0)
    shown.mouse.click(box["x"] + x, box["y"] + y)
    picked = int(shown.inner_text("#picked").split(":")[0].removeprefix("Point "))
    drawn = shown.locator("#parallel path.in").nth(picked).get_attribute("d") or ""
    assert drawn.split("L")[-2:] == line.split("L")[-2:]


def test_lines_that_do_not_pass_are_grey(text: str, opened: Opened) -> None:
    shown = opened(text)
    assert shown.locator("#parallel path.in").count() == 12
    shown.fill(f"[data-filter='{column(shown, 'supply.store.energy_mwh')}']", "20")
    assert shown.locator("#parallel path.in").count() == 6
    assert (shown.get_attribute("#parallel path.out", "d") or "").count("M") == 6
    assert len(cells(shown.get_attribute("#pareto .out.dots", "d") or "")) == 6


def test_an_axis_can_be_added_to_parallel_coordinates(text: str, opened: Opened) -> None:
    shown = opened(text)
    names = shown.locator("#parallel svg").text_content() or ""
    assert "import_mwh" not in names
    shown.click("summary:has-text('Axes and metrics')")
    shown.check(".boxes input[value='import_mwh']")
    assert "import_mwh" in (shown.locator("#parallel svg").text_content() or "")


def test_parallel_coordinates_may_have_one_axis_or_none(text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.click("summary:has-text('Axes and metrics')")
    boxes = shown.locator(".boxes input:checked")
    while boxes.count():
        boxes.nth(0).uncheck()
        shown.hover("#parallel")
    assert shown.locator("#parallel path.axis").count() == 0


def test_a_field_of_the_heat_map_is_a_mean_and_a_click_goes_through_its_points(
    result: SweepResult, text: str, opened: Opened
) -> None:
    shown = opened(text)
    assert shown.locator("#heat rect.field").count() == 6  # 3 suns by 2 stores
    assert "the mean of the points in it that pass the filter, up to 2" in shown.inner_text("#heat-said")
    shown.locator("#heat").scroll_into_view_if_needed()
    field = shown.locator("#heat rect.field").nth(0)
    field.hover()
    mean = result.means["cost_usd"][:2].mean()  # two imports at the first sun and store
    said = shown.inner_text("#heat-near")
    assert said.startswith("2 points: mean of cost_usd ")
    assert float(said.rpartition(" ")[2].replace(",", "")) == pytest.approx(mean, rel=1e-5)
    field.click()
    first = shown.inner_text("#picked")
    field.click()
    second = shown.inner_text("#picked")
    assert {first.split(":")[0], second.split(":")[0]} == {"Point 0", "Point 1"}


@pytest.mark.parametrize("chart", ["parallel", "heat", "pareto"])
def test_arrows_in_a_chart_go_from_point_to_point(chart: str, text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.focus(f"#{chart}")
    before = shown.inner_text("#picked")
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowRight")
    after = shown.inner_text("#picked")
    assert after != before
    assert shown.inner_text(f"#{chart}-near") != ""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("telephone", [False, True])
def test_the_page_of_a_sweep_fits_its_screen(
    text: str, opened: Opened, *, dark: bool, telephone: bool
) -> None:
    shown = opened(text, dark=dark, telephone=telephone)
    assert shown.evaluate("document.documentElement.scrollWidth") == (390 if telephone else 1280)
    for chart in ("parallel", "heat", "pareto"):
        box = shown.locator(f"#{chart} svg").bounding_box()
        assert box is not None
        assert box["height"] > 100
    colour = shown.evaluate("getComputedStyle(document.querySelector('#pareto text')).fill")
    assert colour == ("rgb(169, 177, 185)" if dark else "rgb(86, 93, 102)")


def test_hostile_names_of_a_sweep_do_nothing(opened: Opened, tmp_path: Path) -> None:
    shown = opened(page_of(hostile_sweep(), tmp_path))
    assert shown.evaluate("window.hacked") is None
    shown.click("#points [data-point='1']")
    assert HOSTILE[1] in shown.inner_text("#picked")
    assert HOSTILE[3] in shown.inner_text("#toml")
    for chart in ("parallel", "heat", "pareto"):
        shown.focus(f"#{chart}")
        shown.keyboard.press("ArrowRight")
    assert shown.evaluate("window.hacked") is None
    assert shown.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_text_axis_is_filtered_by_words(opened: Opened, tmp_path: Path) -> None:
    shown = opened(page_of(hostile_sweep(), tmp_path))
    shown.fill("[data-filter='1']", "SCRIPT><SCRIPT")
    assert shown.evaluate(SHOWN) == [1, 3]


def test_the_points_are_complete_without_a_script(text: str, opened: Opened) -> None:
    shown = opened(text, script=False)
    assert shown.locator("#points tbody tr").count() == 12
    assert "need JavaScript." in shown.inner_text("body")
    assert 'name = "small site"' in shown.inner_text("#toml")
    assert not shown.locator("#where").is_visible()


def test_a_sample_is_taken_together_in_the_heat_map(opened: Opened, tmp_path: Path) -> None:
    ranges = {"supply.solar.capacity_mw": (0.0, 30.0), "supply.store.energy_mwh": (1.0, 40.0)}
    found = sweep(site(), over=sobol(ranges, n=64), days=0.1, jobs=1)
    shown = opened(page_of(found, tmp_path))
    said = shown.inner_text("#heat-said")
    # 64 points: about two for each of 6 x 6 fields, and a Sobol sample is even
    assert "64 values of supply.solar.capacity_mw are taken together in 6 equal parts" in said
    assert shown.locator("#heat rect.field").count() == 36


def test_a_printed_page_has_the_points_and_no_fields_to_fill(text: str, opened: Opened) -> None:
    shown = opened(text, dark=True)
    shown.emulate_media(media="print")
    assert shown.locator("#points tbody tr").nth(11).is_visible()
    assert not shown.locator("#where").is_visible()
    assert not shown.locator(".filters").is_visible()


def test_the_heat_map_is_darkest_where_the_metric_is_highest_and_its_rows_are_named(
    result: SweepResult, text: str, opened: Opened
) -> None:
    shown = opened(text)
    means = result.means.groupby(["supply.solar.capacity_mw", "supply.store.energy_mwh"])["cost_usd"].mean()
    fields = shown.locator("#heat rect.field").evaluate_all(
        "(all) => all.map((one) => [Number(one.getAttribute('y')), one.getAttribute('fill')])"
    )
    assert len(fields) == len(means) == 6  # in the order of the points
    colours = [fill for _, fill in fields]
    assert colours[int(means.to_numpy().argmin())] == "#ffffe5"
    assert colours[int(means.to_numpy().argmax())] == "#662506"
    # 0 MW of sun is the lowest row and 20 MW the highest
    names = shown.locator("#heat text").evaluate_all(
        "(all) => all.filter((one) => one.getAttribute('text-anchor') === 'end')"
        ".map((one) => [one.textContent, Number(one.getAttribute('y'))])"
    )
    heights = dict(names)
    assert heights["0"] > heights["10"] > heights["20"]
    # the scale is named from its least to its highest mean
    least = [said for said, y in names if y == 12]
    assert [float(said.replace("K", "")) for said in least] == pytest.approx([means.min() / 1e3], rel=1e-3)


def test_fields_of_a_sample_are_named_by_their_middles(opened: Opened, tmp_path: Path) -> None:
    points = [
        {"supply.solar.capacity_mw": float(at), "supply.store.energy_mwh": 1.0 + at % 2} for at in range(33)
    ]
    shown = opened(page_of(sweep(site(), over=points, days=0.1, jobs=1), tmp_path))
    # 33 points are four parts of 0 to 32 MW, 8 MW each
    assert {"4", "12", "20", "28"} <= set(shown.locator("#heat text").all_text_contents())


def test_what_is_missing_comes_last_in_both_orders(opened: Opened, tmp_path: Path) -> None:
    # without load nothing has a share of clean energy
    power = ((0.0, 1.0), (8.0, 0.0), (8.0, 9.0))
    points = [{"demand.hall.power_mw": mw, "supply.solar.capacity_mw": sun} for mw, sun in power]
    shown = opened(page_of(sweep(site(), over=points, days=1.0, jobs=1), tmp_path))
    head = shown.locator(f"#points [data-sort='{column(shown, 'cfe_score')}']")
    head.click()
    first = shown.evaluate(SHOWN)
    head.click()
    assert (first, shown.evaluate(SHOWN)) == ([1, 2, 0], [2, 1, 0])
    shown.fill(f"[data-filter='{column(shown, 'cfe_score')}']", "!= 2")
    assert shown.evaluate(SHOWN) == [2, 1]  # what is missing is not another number


def test_a_point_of_the_front_is_said_to_be_on_it(text: str, opened: Opened) -> None:
    shown = opened(text)
    shown.focus("#pareto")
    said = set()
    for key in ["ArrowLeft"] * 11 + ["ArrowRight"] * 11:
        shown.keyboard.press(key)
        said.add(shown.inner_text("#pareto-near"))
    assert len(said) == 12
    front = cells(shown.get_attribute("#pareto .front.dots", "d") or "")
    assert 0 < len(front) < 12
    assert sum("(on the front)" in one for one in said) == len(front)


def test_ticks_stand_at_their_values(result: SweepResult, text: str, opened: Opened) -> None:
    shown = opened(text)
    dots = np.array(cells(shown.get_attribute("#pareto .in.dots", "d") or ""))
    slope, start = np.polyfit(result.means["cost_usd"], dots[:, 0], 1)
    ticks = shown.locator("#pareto text").evaluate_all(
        "(all) => all.filter((one) => one.getAttribute('y') === '334')"
        ".map((one) => [one.textContent, Number(one.getAttribute('x'))])"
    )
    assert len(ticks) > 2
    for said, x in ticks:
        value = float(said.removesuffix("K")) * (1e3 if said.endswith("K") else 1.0)
        assert start + slope * value == pytest.approx(x, abs=0.5)
