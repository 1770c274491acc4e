"""The page that compares runs: its numbers against those of the runs, without a browser."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from compared_runs import stored, sunny
from test_charts import drawn
from test_page import HOSTILE, hostile, without_scripts

from sim import Campus, Result, SpecError, comparison_page, simulate
from sim.campus import GridConnection, MeasuredLoad
from sim.page.amounts import amount_table, parts
from sim.page.compared import compared
from sim.page.comparison import comparison
from sim.page.curves import Part
from sim.page.model_differences import model_differences
from sim.page.tiles import tiles
from sim.page.windows import most_bins, shared_curves, shared_weeks
from sim.report.numbers import whole


def site(import_mw: float, *, days: float = 1.0, price_usd: float = 50.0, seed: int = 0) -> Result:
    """A load of 30 MW behind a connection."""
    grid = GridConnection(import_limit_mw=import_mw, import_price_usd_per_mwh=price_usd)
    campus = Campus(name="site", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=30.0)})
    return simulate(campus, days=days, seed=seed)


def section(text: str, name: str) -> str:
    """What stands below the heading of a section."""
    return text[text.index(f'id="part-{name}"') :].partition("<h2")[0]


def cells(text: str, label: str) -> list[list[str]]:
    """The texts in each cell of the row of a table that begins with a label."""
    (row,) = [
        row
        for row in re.findall(r"<tr>(.*?)</tr>", text)
        if re.sub(r"<[^>]+>", "", row.partition("</th>")[0]) == label
    ]
    found = re.findall(r"<td[^>]*>(.*?)</td>", row)
    return [[unescape(word) for word in re.split(r"<[^>]+>", cell) if word.strip()] for cell in found]


@pytest.fixture(scope="module")
def pair() -> dict[str, Result]:
    return {"plain": sunny(), "stored": stored()}


@pytest.fixture(scope="module")
def text(pair: dict[str, Result]) -> str:
    return without_scripts(comparison(pair))


def test_metrics_have_differences_to_the_first_run() -> None:
    found = section(comparison({"a": site(20.0), "b": site(25.0), "c": site(30.0)}), "metrics")
    # of 30 MW over 24 h, 10 and 5 MW are short: 240 and 120 MWh; 20, 25 and 30 MW at 50 USD/MWh
    assert cells(found, "Unserved") == [
        ["240 MWh"],
        ["120 MWh", "-120 MWh, -50.0 %"],
        ["0 MWh", "-240 MWh, -100.0 %"],
    ]
    assert cells(found, "Cost") == [
        ["24,000 USD"],
        ["30,000 USD", "+6,000 USD, +25.0 %"],
        ["36,000 USD", "+12,000 USD, +50.0 %"],
    ]
    # of 30 MW, 20 are firm: -33.3 %; 25 are firm: -16.7 %
    assert cells(found, "Reserve margin")[:2] == [["-33.3 %"], ["-16.7 %", "+16.7 points"]]
    assert cells(found, "Peak demand")[1] == ["30.0 MW", "the same"]
    assert "Costs are not for equal service: unserved 0 to 240 MWh." in found


def test_the_metrics_are_those_of_the_tiles_with_links_to_the_glossary(
    pair: dict[str, Result], text: str
) -> None:
    found = section(text, "metrics")
    for place, run in enumerate(pair.values()):
        for tile in tiles(run):
            assert cells(found, tile.label)[place][0] == f"{tile.value} {tile.unit}".rstrip()
            assert f'href="#{tile.metric}"' in found
            assert f'id="{tile.metric}"' in text


def test_a_share_that_the_first_run_does_not_have_has_no_difference(paper: Result) -> None:
    dark = Campus(name="dark", supply={"grid": GridConnection(import_limit_mw=1.0)})
    found = section(comparison({"dark": simulate(dark, days=1), "paper": paper}), "metrics")
    assert cells(found, "CFE score")[0] == ["-"]
    assert cells(found, "CFE score")[1][1] == "-"
    assert cells(found, "Energy served")[1][1] == "+176 MWh"  # no percent of nothing


def test_what_differs_is_listed_by_path() -> None:
    runs = {"a": site(20.0), "b": site(25.0, price_usd=60.0, seed=3)}
    found = model_differences(compared(runs, {}))
    assert "3 fields differ." in found
    assert cells(found, "run.seed") == [["0"], ["3"]]
    assert cells(found, "supply.grid.import_limit_mw") == [["20.0"], ["25.0"]]
    assert cells(found, "supply.grid.import_price_usd_per_mwh") == [["50.0"], ["60.0"]]


def test_a_field_that_a_run_does_not_have_has_a_dash_and_a_long_list_its_length(
    pair: dict[str, Result],
) -> None:
    other = sunny("stored", days=20.0, import_mw=6.0)
    found = model_differences(compared({"stored": pair["stored"], "sunny": other}, {}))
    assert cells(found, "supply.battery.energy_mwh") == [["8.0"], ["-"]]
    load = {"times_s": [0.0], "values": [1.0]}
    short = Campus(**{**other.model, "demand": {"hall": {"kind": "measured_load", "power_mw": load}}})
    found = model_differences(compared({"sunny": other, "short": simulate(short, days=20)}, {}))
    assert cells(found, "demand.hall.power_mw.values")[0] == ["480 values from 5.0 to 10.0"]


def test_equal_models_are_said_to_be_the_same() -> None:
    runs = {"a": site(20.0), "b": site(20.0)}
    assert "The models are the same" in model_differences(compared(runs, {}))


def test_a_source_has_one_colour_in_all_runs(pair: dict[str, Result]) -> None:
    plain, more = ({one.label: one for one in found} for found in shared_curves(list(pair.values())))
    assert plain["solar"].colour == more["solar"].colour
    assert len({one.colour for one in more.values() if one.part is Part.SUPPLY}) == 4
    # alone, the one sun has the colour itself; of two, one is darker and one lighter
    (alone,) = shared_curves([pair["plain"]])
    assert {one.label: one.colour for one in alone}["solar"] != plain["solar"].colour


def test_a_run_has_a_colour_and_a_line_of_its_own(pair: dict[str, Result], text: str) -> None:
    runs = compared({str(at): pair["plain"] for at in range(6)}, {})
    assert len({one.colour for one in runs}) == len({one.dash for one in runs}) == 6
    lines = {name: set(re.findall(rf"<line ([^>]*)></line></svg> {name}</span>", text)) for name in pair}
    assert all(len(found) == 1 for found in lines.values())


def test_weeks_name_the_runs_that_they_hold_for(pair: dict[str, Result]) -> None:
    found = shared_weeks(compared(pair, {}))
    assert len({week.first for week in found}) == len(found)
    reasons = ", ".join(week.why for week in found)
    assert "peak demand" in reasons
    assert "peak demand (" not in reasons  # the load is the same in both runs


def test_rows_are_shared_among_the_runs(pair: dict[str, Result]) -> None:
    most = 4000
    shown = without_scripts(comparison(pair, most=most))
    counts = [int(rows.replace(",", "")) for rows in re.findall(r"\(([\d,]+) rows\)", shown)]
    curves = [len(found) + 1 for found in shared_curves(list(pair.values()))]
    assert len(counts) == 2
    assert all(count <= most / 2 / each for count, each in zip(counts, curves, strict=True))
    assert all(count > 0.9 * most / 2 / each for count, each in zip(counts, curves, strict=True))


def test_causes_and_bill_stand_side_by_side() -> None:
    shown = comparison({"a": site(20.0), "b": site(25.0)})
    # of 30 MW over 24 h, 10 and 5 MW are short
    assert cells(section(shown, "causes"), "capacity") == [["240 MWh"], ["120 MWh", "-120 MWh, -50.0 %"]]
    # 20 and 25 MW for 24 h at 50 USD/MWh
    expected = [["24,000 USD"], ["30,000 USD", "+6,000 USD, +25.0 %"]]
    assert cells(section(shown, "bill"), "energy charge") == expected
    assert cells(section(shown, "bill"), "total") == expected


def test_bars_are_as_long_as_the_amount_over_the_largest() -> None:
    found = section(comparison({"a": site(20.0), "b": site(25.0)}), "causes")
    # 240 and 120 MWh, by reason and by load
    assert re.findall(r"width: ([\d.]+)%", found) == ["100.00", "50.00"] * 2


def test_runs_of_other_lengths_have_no_differences_of_what_grows_and_no_window() -> None:
    shown = without_scripts(comparison({"a": site(20.0), "b": site(25.0, days=2.0)}))
    metrics = section(shown, "metrics")
    assert "The runs differ in length (a 1 day, b 2 days)" in metrics
    assert cells(metrics, "Unserved") == [["240 MWh"], ["240 MWh"]]  # 10 MW for 24 h, 5 MW for 48 h
    assert cells(metrics, "Peak import")[1] == ["25.0 MW", "+5.00 MW, +25.0 %"]
    assert "so they have no window in common" in section(shown, "time")
    assert 'id="window"' not in shown


@pytest.mark.parametrize("count", [1, 7])
def test_too_few_or_too_many_runs_are_refused(count: int, pair: dict[str, Result], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=f"comparison: results has {count} runs; allowed: 2 to 6"):
        comparison_page([pair["plain"]] * count, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_page_links_the_pages_of_the_runs_that_have_one(paper: Result, tmp_path: Path) -> None:
    first = paper.save(tmp_path / "run, the first")
    second = paper.save(tmp_path / "second")
    paper.to_html(first / "report.html")
    (tmp_path / "pages").mkdir()
    page = comparison_page([first, second, paper], tmp_path / "pages" / "all.html")
    links = re.findall(r'<a href="([^#"][^"]*)"', page.read_text(encoding="utf-8"))
    assert links == ["../run%2C%20the%20first/report.html"]


def test_equal_runs_give_equal_pages(pair: dict[str, Result], tmp_path: Path) -> None:
    saved = {name: run.save(tmp_path / name) for name, run in pair.items()}
    read = comparison_page(list(saved.values()), tmp_path / "a.html")
    made = comparison_page(pair, tmp_path / "b.html")
    assert read.read_bytes() == made.read_bytes()


def test_every_link_of_a_comparison_leads_to_a_place(text: str) -> None:
    places = re.findall(r' id="([^"]*)"', text)
    assert {link.removeprefix("#") for link in re.findall(r'href="([^"]*)"', text)} <= set(places)
    assert len(places) == len(set(places))


def test_hostile_names_of_runs_are_text() -> None:
    run = simulate(hostile(), days=1)
    shown = comparison(dict.fromkeys(HOSTILE, run))
    plain = comparison(dict.fromkeys("abcdef", run))
    assert shown.count("<script") == plain.count("<script")
    assert without_scripts(shown).count("<img") == 0


def test_runs_that_begin_at_other_times_are_placed_by_the_time_since(pair: dict[str, Result]) -> None:
    later = Campus(**{**pair["plain"].model, "start": "2026-10-28T00:00:00-04:00"})
    shown = comparison({"first": pair["plain"], "later": simulate(later, days=20)})
    assert "The runs begin at different times or places" in shown
    assert "The runs begin at different" not in comparison(pair)


def test_a_difference_to_revenue_has_the_sign_of_the_difference() -> None:
    runs = compared({"a": site(20.0), "b": site(20.0)}, {})
    first, second = (
        dict(zip(("sold", "less", "more"), usd, strict=True))
        for usd in ((-100.0, 10_000.0, 10_000.0), (-150.0, 10_004.0, 10_007.0))
    )
    rows = parts([first, second], "USD", whole)
    found = amount_table("line", runs, rows)
    # 50 USD more are earned, half of 100; 4 of 10,000 are 0.04 %, which is not said, and 7 are 0.07 %
    assert cells(found, "sold")[1] == ["-150 USD", "-50 USD, -50.0 %"]
    assert cells(found, "less")[1] == ["10,004 USD", "+4 USD"]
    assert cells(found, "more")[1] == ["10,007 USD", "+7 USD, +0.1 %"]


def test_a_week_of_one_run_names_the_run() -> None:
    # b is short of power in its first week, a is not
    load = {"times_s": [0.0, 7 * 86400.0], "values": [30.0, 20.0]}
    found = {}
    for name, mw in (("a", 40.0), ("b", 25.0)):
        grid = GridConnection(import_limit_mw=mw)
        campus = Campus(name=name, supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=load)})
        found[name] = simulate(campus, days=20)
    (week,) = [one for one in shared_weeks(compared(found, {})) if "most unserved" in one.why]
    assert (week.first, week.last) == (0, 168)
    assert week.why.startswith("most unserved (b), most import, most demand")


def test_runs_share_the_bins_of_two_pages() -> None:
    assert [most_bins(runs) for runs in (2, 4, 6)] == [4400, 2200, 1466]  # 8,800 in all


def test_the_demand_of_all_runs_is_drawn_in_means() -> None:
    # 30 MW for half an hour and 10 MW for the next are 20 MW in the first hour; 20 days are drawn by hours
    load = {"times_s": [0.0, 1800.0, 3600.0], "values": [30.0, 10.0, 20.0]}
    grid = GridConnection(import_limit_mw=40.0)
    campus = Campus(name="steps", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=load)})
    run = simulate(campus, days=20)
    lines = drawn(comparison({"a": run, "b": run}), "dispatch-all").renderers
    assert [line.data_source.data["y"][:2].tolist() for line in lines] == [[20.0, 20.0]] * 2


def test_the_cursor_is_at_the_peak_of_the_first_run_at_first() -> None:
    # the load is highest from 2:00 to 3:00
    load = {"times_s": [0.0, 7200.0, 10800.0], "values": [10.0, 30.0, 10.0]}
    grid = GridConnection(import_limit_mw=40.0)
    campus = Campus(name="peak", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=load)})
    run = simulate(campus, days=1)
    (told,) = re.findall(r'id="dispatch-told">(.*?)</script>', comparison({"a": run, "b": run}))
    assert json.loads(told)["cursor"] == pytest.approx(7200.0)
