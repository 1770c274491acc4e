"""Panels as pictures of their own: names, formats, sizes, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import serve, steps, told
from matplotlib.image import imread

from sim import Result
from sim.campus import GridConnection, SolarPlant
from sim.errors import SpecError
from sim.plots.bill import bill
from sim.plots.picture import picture
from sim.plots.single import PANELS, panels_of, single


@pytest.fixture(scope="module")
def sunny() -> Result:
    """Two days of load and sun, of which some is exported."""
    grid = GridConnection(import_limit_mw=50.0, export_limit_mw=5.0, export_price_usd_per_mwh=20.0)
    return serve(
        steps((0.0, 10.0), (30.0, 15.0)), {"grid": grid, "sun": SolarPlant(capacity_mw=40.0)}, days=2
    )


def test_a_run_has_the_panels_of_what_it_holds(sunny: Result) -> None:
    assert panels_of(sunny) == ("dispatch", "load_duration", "energy", "curtailment", "bill")
    assert set(panels_of(sunny)) < set(PANELS)


def test_each_panel_is_a_file_of_its_name_size_and_format(sunny: Result, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    made = sunny.save_pictures(tmp_path, size_in=(6.0, 4.0), dpi=100)
    assert [path.name for path in made] == [f"{name}.png" for name in panels_of(sunny)]
    for path in made:
        pixels = imread(path)
        assert pixels.shape[:2] == (400, 600)
        assert np.unique(pixels.reshape(-1, 4), axis=0).shape[0] > 10  # something is drawn
    (vector,) = sunny.save_pictures(tmp_path, "bill", form="svg")
    assert "energy charge" in vector.read_text() or "<path" in vector.read_text()
    (paper,) = sunny.save_pictures(tmp_path, "bill", form="pdf")
    assert paper.read_bytes().startswith(b"%PDF")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_small_picture_has_smaller_text_and_a_legend_that_fits(sunny: Result) -> None:
    usual, small = (single(sunny, "dispatch", size_in) for size_in in ((10.0, 6.0), (5.0, 3.0)))
    for figure, size_pt in ((usual, 10.0), (small, 6.5)):  # half of 10 is below the least
        (legend,) = figure.legends
        assert legend.get_window_extent().width <= figure.bbox.width
        assert legend.get_texts()[0].get_fontsize() == pytest.approx(size_pt)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_run_gives_the_same_bytes(sunny: Result, tmp_path: Path, form: Any) -> None:
    first, second = (
        sunny.save_pictures(tmp_path / folder, "energy", form=form)[0].read_bytes() for folder in "ab"
    )
    assert first == second


def test_the_bars_of_the_bill_add_up_to_it(sunny: Result) -> None:
    axes = picture().add_subplot()
    bill(axes, sunny)
    scale = {"USD per month": 1.0, "thousand USD per month": 1e3}[axes.get_ylabel()]
    bars = sum(one.get_height() for one in axes.patches) * scale
    assert bars == pytest.approx(sunny.summary.cost_usd, abs=1.0)
    low, high = axes.get_ylim()
    ends = [end for one in axes.patches for end in (one.get_y(), one.get_y() + one.get_height())]
    assert low < min(ends) < 0.0 < max(ends) < high


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"panels": ["bil"]}, "picture: panel = 'bil' is unknown; nearest: bill"),
        ({"panels": ["jobs"]}, "picture: panel = 'jobs'; the run has no jobs that waited or started again"),
        ({"form": "gif"}, "picture: format = 'gif'; allowed: png, svg, pdf"),
        ({"size_in": (1.0, 4.0)}, "picture: size_in = 1 x 4 inch; allowed: 5 x 3 to 40 x 40 inch"),
        ({"size_in": (float("nan"), 4.0)}, "picture: size_in = nan x 4 inch; allowed: 5 x 3 to 40 x 40 inch"),
        ({"dpi": 20}, "picture: dpi = 20 1/inch; allowed: 30 to 1200 1/inch"),
        (
            {"dpi": 900, "size_in": (40.0, 4.0)},
            "picture: dpi = 900 1/inch; allowed: 30 to 500 1/inch",
        ),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_any_file(
    sunny: Result, tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    folder = tmp_path / "pictures"
    rest = dict(arguments)
    names = rest.pop("panels", [])
    assert told(lambda: sunny.save_pictures(folder, *names, **rest)) == message
    assert not folder.exists()


def test_a_file_in_place_of_the_folder_is_refused(sunny: Result, tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.write_text("mine")
    with pytest.raises(SpecError, match="is a file; allowed: a folder"):
        sunny.save_pictures(file)
    assert file.read_text() == "mine"


def test_a_name_of_the_user_is_drawn_and_no_formula() -> None:
    run = serve(5.0, {"$x^2$ <b>": GridConnection(import_limit_mw=50.0)})
    assert single(run, "dispatch").canvas is not None


def test_the_bars_of_a_month_lie_on_each_other_and_the_total_is_marked() -> None:
    # January: 10 MW x 744 h x 50 USD and 10 MW x 1,000 USD; 3 days of February: 720 MWh and again 10 MW
    grid = GridConnection(
        import_limit_mw=50.0, import_price_usd_per_mwh=50.0, demand_charge_usd_per_mw_month=1000.0
    )
    axes = picture().add_subplot()
    bill(axes, serve(10.0, {"grid": grid}, days=34))
    assert axes.get_ylabel() == "thousand USD per month"
    tops = sorted(
        (bar.get_x() + 0.4, bar.get_y(), bar.get_y() + bar.get_height())
        for bar in axes.patches
        if bar.get_height()
    )
    assert tops[:2] == [pytest.approx((0.0, 0.0, 372.0)), pytest.approx((0.0, 372.0, 382.0))]
    assert tops[2:] == [pytest.approx((1.0, 0.0, 36.0)), pytest.approx((1.0, 36.0, 37.0), abs=10.0)]
    (total,) = [line for line in axes.lines if line.get_label() == "total"]
    assert total.get_ydata()[0] == pytest.approx(382.0)


def test_months_of_a_long_bill_keep_their_names() -> None:
    axes = picture().add_subplot()
    bill(axes, serve(1.0, {"grid": GridConnection(import_limit_mw=9.0)}, days=600))
    # 20 months are too many for 14 names: every second one, from January 2025 on
    said = [(tick.get_position()[0], tick.get_text().partition("\n")[0]) for tick in axes.get_xticklabels()]
    assert said[:3] == [(0.0, "Jan"), (2.0, "Mar"), (4.0, "May")]
    assert said[6] == (12.0, "Jan")


def test_a_campus_without_a_source_has_no_panel_of_sources() -> None:
    assert "dispatch" not in panels_of(serve(5.0, {}))
