"""The page of a run: what is in it, what it may load, and names that are markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim import Campus, Result, SpecError, simulate
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource, SolarPlant
from sim.page import shell as shell_module
from sim.page.page import page
from sim.page.shell import check_page
from sim.page.tiles import tiles

HOSTILE = (
    "<script>hacked = 1</script>",
    '"><img src=x onerror="hacked = 1">',
    "'; hacked = 1; '",
    "</script><script>hacked = 1</script>",
    "משמאל לימין",  # from the right to the left
    "l" * 200,
)
"""Names that do something where they are not taken as text."""


def hostile() -> Campus:
    """A campus whose name and participants are hostile; 1 MW is unserved."""
    sources = {name: SolarPlant(capacity_mw=1.0) for name in HOSTILE[1:4]}
    return Campus(
        name=HOSTILE[0],
        supply={"grid": GridConnection(import_limit_mw=4.0), **sources},
        demand={HOSTILE[5]: MeasuredLoad(power_mw=5.0), HOSTILE[4]: MeasuredLoad(power_mw=0.1)},
    )


def without_scripts(text: str) -> str:
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def text(full: Result) -> str:
    """The page without its scripts, which are known by their hashes."""
    return without_scripts(page(full))


def test_a_page_begins_with_the_verdict_and_the_tiles(paper: Result) -> None:
    shown = re.sub(r"<style>.*</style>", "", page(paper), flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", shown)
    verdict, peak, report = (words.index(word) for word in ("Powered: no", "Peak demand", "Load and service"))
    assert verdict < peak < report


def test_tiles_are_the_metrics_of_the_summary(paper: Result) -> None:
    found = {tile.label: (tile.value, tile.unit) for tile in tiles(paper)}
    # from the paper campus: 24 + 40 MWh unserved, 15 + 35 MWh curtailed; 240 - 64 = 176 MWh served
    assert found["Unserved"] == ("64.0", "MWh")
    assert found["Curtailed"] == ("50.0", "MWh")
    assert found["Energy served"] == ("176", "MWh")
    assert found["Peak demand"] == ("10.0", "MW")
    assert found["Peak import"] == ("6.00", "MW")


def test_every_link_leads_to_a_place_in_the_page(text: str) -> None:
    links = set(re.findall(r'href="([^"]*)"', text))
    places = re.findall(r' id="([^"]*)"', text)
    assert {f"#{tile}" for tile in ("peak_demand_mw", "cfe_score", "reserve_margin")} <= links
    assert {link.removeprefix("#") for link in links} <= set(places)
    assert len(places) == len(set(places))


def test_a_page_loads_nothing_from_elsewhere(text: str) -> None:
    assert re.findall(r"<(?:link|iframe|object|embed|base|form)\b", text) == []
    assert [link for link in re.findall(r'(?:src|href)="([^"]*)"', text) if not link.startswith("#")] == []
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert len(policy) == 1
    assert policy[0].startswith("default-src &#x27;none&#x27;; ")
    assert "unsafe-eval" not in policy[0]
    assert not re.search(r"script-src[^;]*unsafe-inline", policy[0])


def test_hostile_names_are_text() -> None:
    shown = page(simulate(hostile(), days=1))
    plain = page(simulate(Campus(**{**hostile().to_dict(), "name": "plain"}), days=1))
    assert shown.count("<script") == plain.count("<script")
    assert without_scripts(shown).count("<img") == 0
    assert "&lt;script&gt;hacked = 1&lt;/script&gt;" in shown


def test_unverified_defaults_are_listed_with_their_source(full: Result) -> None:
    shown = page(full)
    count = sum(one.unverified for one in full.books.participants)
    assert f"{count} defaults unverified or assumed." in shown
    listed = shown[shown.index('id="part-assumptions"') : shown.index('id="part-report"')]
    assert listed.count("<tr>") == count + 1  # a row for each, and the head


def test_a_page_has_the_campus_as_a_file_that_repeats_the_run(paper: Result, tmp_path: Path) -> None:
    (toml,) = re.findall(r"<summary>TOML</summary><pre[^>]*>(.*?)</pre>", page(paper), flags=re.DOTALL)
    file = tmp_path / "campus.toml"
    file.write_text(toml.replace("&quot;", '"').replace("&#x27;", "'"), encoding="utf-8")
    again = simulate(Campus.load(file))
    assert again.model == paper.model
    assert (again.days, again.seed) == (paper.days, paper.seed)


def test_a_long_series_is_cut_and_the_page_says_so() -> None:
    power = {"times_s": [60.0 * at for at in range(1001)], "values": [1.0] * 1001}
    grid = GridConnection(import_limit_mw=4.0)
    campus = Campus(name="long", supply={"grid": grid}, demand={"hall": MeasuredLoad(power_mw=power)})
    shown = page(simulate(campus, days=1))
    assert "demand.hall.power_mw.times_s has 1,001 values" in shown
    assert "60060.0" not in shown


def test_a_saved_run_has_the_page_of_the_run(paper: Result, tmp_path: Path) -> None:
    result = Result.load(paper.save(tmp_path / "paper"))
    assert page(result) == page(paper)
    written = result.to_html(tmp_path / "paper" / "report.html")
    assert written.read_text(encoding="utf-8") == page(paper)
    paper.save(tmp_path / "paper")  # the page belongs to the folder, which is saved again as a whole


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"page: path = '.*page.pdf'; allowed: a file that ends in \.html"):
        check_page(tmp_path / "page.pdf")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_module, "find_spec", lambda name: None if name == "bokeh" else object())
    with pytest.raises(SpecError, match=r"^page: needs Bokeh; install it with pip install 'dcgrid\[html\]'"):
        check_page(tmp_path / "page.html")


def test_notes_of_tiles_are_worked_out(paper: Result) -> None:
    found = {tile.label: tile for tile in tiles(paper)}
    # 18 h x 6 MW x 50 USD and 70 MWh of wind x 30 USD are 7,500 USD, over 176 MWh served
    assert (found["Cost"].value, found["Cost"].note) == ("7,500", "42.6 USD/MWh served")
    assert found["Unserved"].note == "2 shortages, 16.0 h"  # 0 to 6 h and 14 to 24 h
    assert (found["Carbon"].value, found["Carbon"].unit) == ("43.2", "t CO2")  # 108 MWh x 0.4 t
    # a quarter of 36 + 12 + 60 MWh of import, 60 MWh of wind and 8 MWh of it that were stored: 95 of 176 MWh;
    # over the year 70 MWh of wind and 27 MWh of import
    assert (found["CFE score"].value, found["CFE score"].note) == ("0.540", "annual matching 0.551")


def test_a_peak_has_its_own_instant_and_its_own_mean() -> None:
    # the plant serves 10 MW for the first hour; from 2:00 on 6 MW are imported, for 6 minutes of which 8 MW
    load = {"times_s": [0.0, 3600.0, 7200.0, 7560.0], "values": [10.0, 2.0, 8.0, 6.0]}
    plant = MeasuredSource(power_mw={"times_s": [0.0, 3600.0], "values": [10.0, 0.0]})
    campus = Campus(
        name="peaks",
        supply={"plant": plant, "grid": GridConnection(import_limit_mw=9.0)},
        demand={"hall": MeasuredLoad(power_mw=load)},
    )
    found = {tile.label: tile for tile in tiles(simulate(campus, days=1))}
    demand, taken = found["Peak demand"], found["Peak import"]
    assert (demand.value, demand.note, demand.at_s) == ("10.0", "15 min 10.0 MW", 0.0)
    # (8 x 6 + 6 x 9) / 15 = 6.8 MW
    assert (taken.value, taken.note, taken.at_s) == ("8.00", "15 min 6.80 MW", 7200.0)
    assert taken.at == "2025-01-01 02:00 UTC"
