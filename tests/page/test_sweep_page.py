"""The page of a sweep: its table, its data and the campuses in it, without a browser."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from swept_points import IMPORTS, SOLAR_MW, site, small_sweep
from test_page import HOSTILE, without_scripts

from sim import Campus, SpecError, SweepResult, simulate, sweep
from sim.campus import Economics, MeasuredLoad, SolarPlant
from sim.page.point_toml import pieces_of

GRID_MW = "supply.grid.import_limit_mw"


def page_of(result: SweepResult, folder: Path) -> str:
    return result.to_html(folder / "page.html").read_text(encoding="utf-8")


def told(text: str) -> dict[str, Any]:
    """The data of the page."""
    (found,) = re.findall(r'<script type="application/json" id="sweep-told">(.*?)</script>', text)
    return json.loads(found)


def put_together(pieces: list[Any], tables: list[str]) -> str:
    """A text from its pieces, as the script of the page does it."""
    whole = []
    for piece in pieces:
        if isinstance(piece, int):
            whole.append(tables[piece])
        elif isinstance(piece, str):
            whole.append(piece)
        else:
            table, first, last, between = piece
            lines = tables[table].split("\n")
            whole.append("\n".join([*lines[:first], *between, *lines[len(lines) - last :]]))
    return "".join(whole)


@pytest.fixture(scope="module")
def result() -> SweepResult:
    return small_sweep()


@pytest.fixture(scope="module")
def text(result: SweepResult, tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(result, tmp_path_factory.mktemp("sweep"))


lines = st.lists(
    st.sampled_from(["a = 1", "b = 2", "c = 'é'", "", "  ]", "[one]", "[two]", "[[many]]"]), max_size=9
)
tables_of_a_file = st.lists(lines.map(lambda some: "".join(f"{line}\n" for line in some)), max_size=4)


@given(st.lists(tables_of_a_file, min_size=1, max_size=4))
@example([["x\ny\ny\nz\n"], ["x\ny\nz\n"]])  # the lines that are the same at both ends do not overlap
def test_files_are_put_together_exactly(files: list[list[str]]) -> None:
    tables, pieces = pieces_of(files)
    found = [put_together(some, tables) for some in json.loads(json.dumps(pieces))]
    assert found == ["".join(file) for file in files]


def test_the_page_begins_with_what_was_run(text: str) -> None:
    assert "<h1>Sweep of small site</h1>" in text
    # 3 x 2 x 2 points and one that is refused, two seeds each; the refused one fails with both
    assert "13 points, each with 2 seeds (0, 1): 26 runs of 2 days, of which 2 failed." in text
    assert "<td>0, 10, 20</td>" in text
    assert "Capital is not counted: the campus has no economics." in text


def test_what_failed_is_named(text: str) -> None:
    failed = text[text.index('id="part-failures"') :].partition("</section>")[0]
    assert "2 runs failed." in failed
    cells = [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", failed)]
    assert [cells[0], cells[2], cells[4]] == ["12", "-1", "0"]
    assert "energy_mwh" in cells[5]


def test_the_table_has_the_means_with_their_intervals(result: SweepResult, text: str) -> None:
    shown = text[text.index('id="points"') :].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", shown.partition("<tbody>")[2])
    assert len(rows) == len(result.means) == 12
    heads = [re.sub(r"<[^>]+>", "", head) for head in re.findall(r"<th .*?</th>", shown)]
    at = heads.index("unserved_mwh")
    for row, (_, means) in zip(rows, result.means.iterrows(), strict=True):
        cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>.*?</td>", row)]
        mean, _, half = cells[at].partition(" ± ")
        assert float(mean) == pytest.approx(means["unserved_mwh"], rel=6e-3)
        assert float(half) == pytest.approx(means["unserved_mwh.ci95"], rel=6e-3)


def test_the_data_has_every_metric_that_varies(result: SweepResult, text: str) -> None:
    data = told(text)
    names = [column["name"] for column in data["columns"]]
    means = result.means
    for name in result.metrics:
        found = means[name].to_numpy()
        if np.isfinite(found).any() and np.ptp(found[np.isfinite(found)]) > 1e-6 * np.nanmax(np.abs(found)):
            values = [np.nan if value is None else value for value in data["values"][names.index(name)]]
            assert values == pytest.approx(found.tolist(), rel=1e-8, nan_ok=True)


def test_the_campus_of_each_point_is_in_the_page_exactly(
    result: SweepResult, text: str, tmp_path: Path
) -> None:
    data = told(text)
    for place, pieces in zip(data["places"], data["models"], strict=True):
        file = tmp_path / f"point-{place}.toml"
        file.write_text(put_together(pieces, data["tables"]), encoding="utf-8")
        campus = Campus.load(file)
        assert campus.without_run().to_dict() == Campus(**result.models[place]).to_dict()
        assert (campus.days, campus.run.seed) == (2.0, 0)
    again = simulate(Campus.load(tmp_path / "point-5.toml"))
    first = result.points[(result.points["point"] == 5) & (result.points["seed"] == 0)].iloc[0]
    assert again.summary.cost_usd == pytest.approx(first["cost_usd"], rel=1e-12)


def test_campuses_take_little_room(text: str) -> None:
    data = told(text)
    whole = len("".join(data["tables"]))
    assert len(json.dumps(data["models"])) < 12 * 0.15 * whole


def test_a_campus_too_long_for_a_page_is_cut_and_cannot_be_saved(tmp_path: Path) -> None:
    load = {"times_s": [60.0 * at for at in range(60_000)], "values": [8.0] * 60_000}
    campus = Campus(**{**site().to_dict(), "demand": {"hall": MeasuredLoad(power_mw=load)}})
    shown = page_of(sweep(campus, over={GRID_MW: [4.0, 6.0]}, days=1.0, jobs=1), tmp_path)
    assert "Its long lists are cut here, so it cannot be saved" in shown
    assert not told(shown)["whole"]
    assert len(shown) < 1_000_000


def test_a_long_series_is_in_the_page_once(tmp_path: Path) -> None:
    load = {"times_s": [3600.0 * at for at in range(8760)], "values": [8.0] * 8760}
    campus = Campus(**{**site().to_dict(), "demand": {"hall": MeasuredLoad(power_mw=load)}})
    shown = page_of(sweep(campus, over={GRID_MW: [4.0, 6.0, 8.0]}, days=1.0, jobs=1), tmp_path)
    data = told(shown)
    assert data["whole"]
    assert "".join(data["tables"]).count("31532400.0") == 1  # the last hour of the year
    assert len(json.dumps(data["models"])) < 1000


def test_counted_capital_is_said(tmp_path: Path) -> None:
    assets = {"solar": {"capital_usd_per_mw": 1e6, "life_years": 25.0}}
    campus = Campus(**{**site().to_dict(), "economics": Economics(assets=assets).to_dict()})
    shown = page_of(sweep(campus, over={GRID_MW: [4.0, 6.0]}, days=1.0, jobs=1), tmp_path)
    assert "Capital of solar is counted as an annuity, in total_cost_usd_per_mwh" in shown


def test_an_axis_alone_has_no_heat_map(tmp_path: Path) -> None:
    shown = page_of(sweep(site(), over={GRID_MW: [4.0, 6.0]}, days=1.0, jobs=1), tmp_path)
    assert f"Only {GRID_MW} was varied; a heat map needs two axes." in shown


def test_a_sweep_that_is_read_has_the_same_page(tmp_path: Path) -> None:
    made = small_sweep(tmp_path / "folder")
    read = SweepResult.load(tmp_path / "folder")
    assert page_of(read, tmp_path) == page_of(made, tmp_path)


def test_a_folder_that_keeps_no_campuses_says_so(tmp_path: Path) -> None:
    small_sweep(tmp_path / "folder")
    (tmp_path / "folder" / "models.json").unlink()
    shown = page_of(SweepResult.load(tmp_path / "folder"), tmp_path)
    assert "The folder of the sweep does not keep the campus of this point." in shown


def test_a_sweep_without_a_run_has_a_page(tmp_path: Path) -> None:
    points = [{GRID_MW: 4.0}, {GRID_MW: 6.0}]
    small = sweep(site(), over=points, days=1.0, jobs=1, out=tmp_path / "folder")
    assert len(small.means) == 2
    for part in (tmp_path / "folder" / "parts").iterdir():
        part.unlink()
    shown = page_of(SweepResult.load(tmp_path / "folder"), tmp_path)
    assert "No run has finished." in shown
    assert "2 points, of which none has been run." in shown


def test_hostile_names_of_a_sweep_are_text(tmp_path: Path) -> None:
    shown = page_of(hostile_sweep(), tmp_path)
    assert shown.count("<script") == 3  # the data, and two scripts of ours
    assert without_scripts(shown).count("<img") == 0


def hostile_sweep() -> SweepResult:
    """A sweep whose campus, axes and values are hostile."""
    suns = {name: SolarPlant(capacity_mw=1.0) for name in HOSTILE[1:3]}
    campus = site(**suns)
    campus = Campus(**{**campus.to_dict(), "demand": {HOSTILE[5]: MeasuredLoad(power_mw=8.0)}})
    over = {f"supply.{HOSTILE[1]}.capacity_mw": [1.0, 2.0], "name": [HOSTILE[0], HOSTILE[3]]}
    return sweep(campus, over=over, days=1.0, jobs=1)


def test_every_link_of_the_page_of_a_sweep_leads_to_a_place(text: str) -> None:
    plain = without_scripts(text)
    places = re.findall(r' id="([^"]*)"', plain)
    assert {link.removeprefix("#") for link in re.findall(r'href="([^"]*)"', plain)} <= set(places)
    assert len(places) == len(set(places))


def test_another_file_than_a_page_is_refused(result: SweepResult, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"allowed: a file that ends in \.html"):
        result.to_html(tmp_path / "page.pdf")


def test_axes_have_their_values(text: str) -> None:
    data = told(text)
    assert data["axes"] == 3
    assert sorted(set(data["values"][0])) == list(SOLAR_MW)
    assert sorted(set(data["values"][2])) == list(IMPORTS)
