from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from small_campus import small_campus

from sim.errors import SpecError
from sim.plots.palette import SLOTS
from sim.plots.sweep import bars, label, line, pareto, undominated
from sim.sweeps import SweepResult, latin_hypercube, sweep


@pytest.fixture(scope="module")
def result() -> SweepResult:
    over = {"reactor_modules": [0, 1, 2], "import_mw": [0.5, 1.5]}
    return sweep(small_campus, over=over, seeds=4, days=3.0, jobs=1)


def texts(figure: Any) -> list[str]:
    """All that is written in a figure that can be drawn."""
    from matplotlib.text import Text

    figure.savefig(io.BytesIO())
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("peak_load_mw", "Peak load [MW]"),
        ("supplied_mwh.grid", "Supplied, grid [MWh]"),
        ("cost_usd", "Cost [USD]"),
        ("cfe_score", "CFE score"),
        ("supply.smr.module_mw", "Module, smr [MW]"),
        ("supply.grid.import_price_usd_per_mwh", "Import price, grid [USD/MWh]"),
        ("carbon_usd_per_t", "Carbon [USD/t]"),
        ("reactor_modules", "Reactor modules"),
        ("job_wait_mean_h", "Job wait mean [h]"),
        ("gpu_h_done", "GPU h done"),
        ("mw", "Mw"),
    ],
)
def test_a_label_takes_its_unit_from_the_name(name: str, words: str) -> None:
    assert label(name) == words


def test_a_line_shows_means_and_their_interval(result: SweepResult) -> None:
    figure = result.line("unserved_mwh", over="reactor_modules")
    assert {"Reactor modules", "Unserved [MWh]", "Import [MW] = 0.5", "Import [MW] = 1.5"} <= set(
        texts(figure)
    )
    (axes,) = figure.axes
    first, second = axes.lines
    means = result.means
    assert first.get_xdata().tolist() == [0, 1, 2]
    assert first.get_ydata().tolist() == means["unserved_mwh"][means["import_mw"] == 0.5].tolist()
    assert len(second.get_xdata()) == 3
    top = axes.collections[0].get_paths()[0].vertices[:, 1].max()
    high = means["unserved_mwh"] + means["unserved_mwh.ci95"]
    assert top == pytest.approx(high[means["import_mw"] == 0.5].max())
    assert axes.get_ylim()[0] == 0.0


def test_words_are_marks_in_the_order_of_the_points_with_nothing_between() -> None:
    rows = [("b", 1.0), ("c", 3.0), ("a", 2.0)]
    means = pd.DataFrame([{"choice": word, "seeds": 2, "x_mw": x, "x_mw.ci95": 0.5} for word, x in rows])
    (axes,) = line("made", means, "x_mw", "choice", []).axes
    marks = axes.lines[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["b", "c", "a"]
    assert marks.get_ydata().tolist() == [1.0, 3.0, 2.0]
    assert marks.get_linestyle() == "None"
    (bars,) = axes.collections
    assert bars.get_segments()[1][:, 1].tolist() == [2.5, 3.5]


def test_a_heat_map_writes_each_value_into_its_field(result: SweepResult) -> None:
    figure = result.heatmap("import_mwh")
    (image,) = figure.axes[0].images
    means = result.means
    assert image.get_array().shape == (3, 2)  # reactor modules up, import across
    assert image.get_array()[2, 1] == means["import_mwh"][5]
    assert {"Reactor modules", "Import [MW]", "small_campus, 3 days: Import [MWh], mean of 4 seeds"} <= set(
        texts(figure)
    )
    assert result.heatmap("import_mwh", x="reactor_modules").axes[0].images[0].get_array().shape == (2, 3)


def test_a_front_joins_the_points_that_none_beats(result: SweepResult) -> None:
    figure = result.pareto("cost_usd", "unserved_mwh")
    points, front = figure.axes[0].lines[:2]
    assert len(points.get_xdata()) == 6
    cost, unserved = (result.means[name].to_numpy() for name in ("cost_usd", "unserved_mwh"))
    beaten = [
        any((cost <= cost[at]) & (unserved <= unserved[at]) & ((cost < cost[at]) | (unserved < unserved[at])))
        for at in range(6)
    ]
    assert 0 < sum(beaten) < 6
    assert sorted(front.get_xdata()) == sorted(cost[~np.array(beaten)])
    assert "Cost [USD] (less is better)" in texts(figure)


def cloud(count: int) -> pd.DataFrame:
    """Points on a falling line, none of which beats another."""
    rows = [
        {"size": place, "seeds": 1, "a_mw": float(place), "a_mw.ci95": np.nan} | front(count - place)
        for place in range(count)
    ]
    return pd.DataFrame(rows)


def front(value: int) -> dict[str, float]:
    return {"b_mw": float(value), "b_mw.ci95": np.nan}


def annotated(figure: Figure) -> set[str]:
    """What stands beside the points."""
    (axes,) = figure.axes
    return {line for text in axes.texts for line in text.get_text().split("\n")}


def test_all_points_of_a_small_cloud_have_labels_and_of_a_long_front_some_do() -> None:
    beaten = pd.DataFrame([{"size": 99, "seeds": 1, "a_mw": 9.0, "a_mw.ci95": np.nan} | front(9)])
    few = pareto("made", pd.concat([cloud(5), beaten], ignore_index=True), ("a_mw", "b_mw"), ["size"], [])
    assert annotated(few) == {"0", "1", "2", "3", "4", "99"}
    many = pareto("made", cloud(60), ("a_mw", "b_mw"), ["size"], [])
    assert annotated(many) == {f"{round(place * 59 / 13)}" for place in range(14)}  # both ends are among them
    assert "made: one seed; labels of some: Size" in texts(many)


def test_no_label_of_a_point_lies_on_another(result: SweepResult) -> None:
    for pair in (("cost_usd", "unserved_mwh"), ("cost_usd", "carbon_t"), ("carbon_t", "cost_usd")):
        figure = result.pareto(*pair)
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[:at])


def test_a_third_axis_of_a_heat_map_is_refused_and_may_be_held_at_a_value() -> None:
    axes = {"reactor_modules": [0, 1], "import_mw": [0.5, 1.0], "supply.smr.mttf_h": [50.0, 60.0]}
    three = sweep(small_campus, over=axes, days=0.5, jobs=1)
    with pytest.raises(SpecError, match=r"leaves supply\.smr\.mttf_h with 2 values; choose one with at\("):
        three.heatmap("import_mwh")
    (image,) = three.at({"supply.smr.mttf_h": 50.0}).heatmap("import_mwh").axes[0].images
    assert image.get_array().shape == (2, 2)


def test_more_bars_than_can_be_read_are_refused() -> None:
    means = pd.DataFrame([{"size": place, "seeds": 1, "x_mwh.a": 1.0} for place in range(60)])
    with pytest.raises(SpecError, match="points has 60 bars; at most 24 can be read"):
        bars("made", means, "x_mwh", ["x_mwh.a"], ["size"], slots={})
    assert bars("made", means[:24], "x_mwh", ["x_mwh.a"], ["size"], slots={}).axes


def test_a_picture_of_costs_says_whether_its_points_serve_the_same(result: SweepResult) -> None:
    title = "\n".join(texts(result.heatmap("cost_usd")))
    assert "Costs are not for equal service: unserved" in title
    assert "Costs are not" not in "\n".join(texts(result.heatmap("import_mwh")))


def test_more_can_be_better(result: SweepResult) -> None:
    figure = result.pareto("cost_usd", "cfe_score", most=["cfe_score"])
    assert "CFE score (more is better)" in texts(figure)
    best = figure.axes[0].lines[1].get_ydata()
    assert max(best) == result.means["cfe_score"].max()


def test_undominated_agrees_with_the_definition_on_random_points() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        values = rng.integers(0, 6, size=(12, 2)).astype(float)  # a coarse grid, so that ties are frequent
        expected = [
            not any((other <= row).all() and (other < row).any() for other in values) for row in values
        ]
        assert undominated(values).tolist() == expected


def test_one_seed_is_drawn_without_interval() -> None:
    alone = sweep(small_campus, over={"import_mw": [0.5, 1.0]}, days=1.0, jobs=1)
    figure = alone.line("import_mwh")
    assert "small_campus, 1 day: one seed: no interval" in texts(figure)
    assert not figure.axes[0].collections


def test_a_sample_is_shown_by_its_front_and_is_no_grid() -> None:
    ranges = {"import_mw": (0.5, 3.0), "reactor_modules": range(3)}
    sample = sweep(small_campus, over=latin_hypercube(ranges, n=12), days=1.0, jobs=1)
    assert len(sample.pareto("cost_usd", "unserved_mwh").axes[0].lines[0].get_xdata()) == 12
    with pytest.raises(SpecError, match="are not the axes of a grid; show a sample with pareto"):
        sample.heatmap("cost_usd")


def test_pictures_of_what_does_not_exist_are_refused(result: SweepResult) -> None:
    with pytest.raises(SpecError, match="metric cost does not exist; nearest: cost_usd"):
        result.line("cost")
    with pytest.raises(SpecError, match="axis modules was not varied; nearest: reactor_modules"):
        result.line("cost_usd", over="modules")
    with pytest.raises(SpecError, match="most carbon_t is not shown; known: cfe_score, cost_usd"):
        result.pareto("cost_usd", "cfe_score", most=["carbon_t"])
    alone = sweep(small_campus, over={"import_mw": [0.5, 1.0]}, days=1.0, jobs=1)
    with pytest.raises(SpecError, match="import_mw; a heat map needs two of them: use line"):
        alone.heatmap("cost_usd")
    many = sweep(small_campus, over={"reactor_modules": [1], "import_mw": range(8)}, days=0.1, jobs=1)
    with pytest.raises(SpecError, match="leaves 8 lines; at most 7 can be distinguished: use heatmap"):
        many.line("cost_usd")


def test_bars_stack_the_members_of_a_family_for_each_point(result: SweepResult) -> None:
    figure = result.bars("unserved_by_reason_mwh")
    (axes,) = figure.axes
    tops = [0.0] * len(result.means)
    for container in axes.containers:
        for place, bar in enumerate(container):
            tops[place] = max(tops[place], bar.get_y() + bar.get_height())
    assert tops == pytest.approx(result.means["unserved_mwh"].tolist())  # the reasons make up the whole
    assert {
        "Unserved by reason [MWh]",
        "forced outage",
        "0, 0.5",
        "small_campus, 3 days: mean of 4 seeds",
    } <= set(texts(figure))


def test_bars_by_source_have_the_colours_and_the_order_of_the_picture_of_a_run(result: SweepResult) -> None:
    (axes,) = result.bars("supplied_mwh").axes
    drawn = {one.get_label(): to_hex(one[0].get_facecolor()).upper() for one in axes.containers}
    assert drawn == {"smr": SLOTS["nuclear"], "grid": SLOTS["grid"]}
    assert list(drawn) == ["smr", "grid"]  # nuclear is stacked below the grid
    (axes,) = result.bars("curtailed_by_source_mwh").axes
    assert {to_hex(one[0].get_facecolor()).upper() for one in axes.containers} <= set(SLOTS.values())


def test_bars_read_from_a_folder_have_the_same_colours(tmp_path: Path) -> None:
    made = sweep(small_campus, over={"import_mw": [0.5, 1.0]}, days=1.0, jobs=1, out=tmp_path / "out")
    read = SweepResult.load(tmp_path / "out")
    assert read.slots == made.slots
    assert set(made.slots) >= {"smr", "grid"}
    assert read.bars("supplied_mwh")._repr_png_() == made.bars("supplied_mwh")._repr_png_()  # type: ignore[attr-defined]  # a picture


def test_many_sources_of_one_slot_are_one_band() -> None:
    many = {f"supplied_mwh.unit {place}": float(place) for place in range(9)}
    means = pd.DataFrame([{"size": 1, "seeds": 1, **many, "supplied_mwh.grid": 5.0}])
    slots = {**{f"unit {place}": "nuclear" for place in range(9)}, "grid": "grid"}
    (axes,) = bars("made", means, "supplied_mwh", [*many, "supplied_mwh.grid"], ["size"], slots=slots).axes
    heights = {one.get_label(): one[0].get_height() for one in axes.containers}
    assert heights == {"unit 0, unit 1, unit 2 and 6 more": 36.0, "grid": 5.0}  # 0 + 1 + ... + 8


def test_bars_below_zero_hang_down_and_the_smallest_of_many_share_a_colour() -> None:
    many = {f"cost_lines_usd.line {place}": float(10 - place) for place in range(9)}
    means = pd.DataFrame([{"size": 1, "seeds": 1, **many, "cost_lines_usd.line 0": -20.0}])
    (axes,) = bars("made", means, "cost_lines_usd", list(many), ["size"], slots={}).axes
    heights = {container.get_label(): container[0].get_height() for container in axes.containers}
    assert heights["line 0"] == -20.0
    assert axes.containers[1][0].get_y() == 0.0  # stands on the axis, not on what hangs down
    assert heights["others"] == 4.0 + 3.0 + 2.0  # six of nine have a colour of their own


def test_a_family_that_does_not_exist_is_refused_with_the_nearest(result: SweepResult) -> None:
    with pytest.raises(SpecError, match=r"unserved_by_cause_mwh does not exist.*unserved_by_reason_mwh"):
        result.bars("unserved_by_cause_mwh")


def test_a_notebook_shows_pictures_and_reports(result: SweepResult) -> None:
    figure: Any = result.line("import_mwh", over="reactor_modules")
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert result._repr_markdown_() == result.report()


def test_a_picture_says_how_long_and_how_often_each_point_was_run(result: SweepResult) -> None:
    message = "small_campus, 3 days: "
    titled = {
        "heatmap": result.heatmap("cost_usd"),
        "line": result.line("cost_usd", over="reactor_modules"),
        "pareto": result.pareto("cost_usd", "unserved_mwh"),
        "bars": result.bars("supplied_mwh"),
    }
    for figure in titled.values():
        (title,) = [text for text in texts(figure) if text.startswith(message)]
        assert "mean of 4 seeds" in title


def test_a_result_prints_as_its_report(result: SweepResult) -> None:
    assert str(result) == result.report()
