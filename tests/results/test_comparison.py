from __future__ import annotations

import io
import math
from pathlib import Path

import pytest

from sim.campus import Campus, GridConnection, MeasuredLoad, SmallModularReactor, SolarPlant
from sim.errors import SpecError
from sim.results.comparison import compare
from sim.results.result import Result
from sim.simulation import simulate

GRID = {"grid": GridConnection(import_limit_mw=20.0, import_price_usd_per_mwh=50.0)}
REACTOR = {"smr": SmallModularReactor(modules=1, module_mw=4.0, mttf_h=1e6)}
LOAD = {"town": MeasuredLoad(power_mw=10.0)}


@pytest.fixture(scope="module")
def bought() -> Result:
    return simulate(Campus(name="bought", supply=GRID, demand=LOAD), days=2.0)


@pytest.fixture(scope="module")
def made() -> Result:
    return simulate(Campus(name="made", supply={**GRID, **REACTOR}, demand=LOAD), days=2.0)


def test_differences_are_to_the_first_run(bought: Result, made: Result) -> None:
    comparison = compare([bought, made])
    frame, gaps = comparison.frame, comparison.differences
    assert list(frame.columns) == ["bought", "made"]
    assert list(gaps.columns) == ["made"]
    assert frame.loc["energy_mwh"].tolist() == pytest.approx([480.0, 480.0])  # 10 MW for 48 h
    assert gaps.loc["energy_mwh", "made"] == pytest.approx(0.0)
    made_mwh = made.summary.supplied_mwh["smr"]
    assert made_mwh == pytest.approx(4.0 * 48.0, rel=0.02)  # but for the time it takes to ramp up
    assert gaps.loc["import_mwh", "made"] == pytest.approx(-made_mwh)
    assert gaps.loc["cost_lines_usd.energy charge", "made"] == pytest.approx(-50.0 * made_mwh)
    assert gaps.loc["carbon_t", "made"] == pytest.approx(-0.373 * made_mwh)


def test_a_source_that_a_run_lacks_gave_nothing(bought: Result, made: Result) -> None:
    frame = compare([bought, made]).frame
    assert frame.loc["supplied_mwh.smr", "bought"] == 0.0
    assert math.isfinite(frame.loc["cost_lines_usd.fuel", "bought"])


def test_the_report_leaves_out_what_does_not_differ(bought: Result, made: Result) -> None:
    lines = compare([bought, made]).report().splitlines()
    shown = {line.split("|")[1].strip() for line in lines if line.startswith("| ") and "--" not in line}
    assert {"cost_usd", "carbon_t", "supplied_mwh.smr"} <= shown
    assert "deferred_mwh" not in shown
    assert lines[-1] == "Runs of 2 days, seed 0."
    assert compare([bought, bought]).report().startswith("No metric differs.")


def test_runs_with_other_luck_are_told(bought: Result) -> None:
    other = simulate(bought.campus, days=2.0, seed=1)
    assert "different seeds, so part of each difference is random" in compare([bought, other]).report()


def test_saved_runs_are_named_by_folder_and_equal_names_are_told_apart(
    bought: Result, made: Result, tmp_path: Path
) -> None:
    bought.save(tmp_path / "a")
    made.save(tmp_path / "b")
    saved = compare([tmp_path / "a", str(tmp_path / "b")]).frame
    assert list(saved.columns) == ["a", "b"]
    assert saved.to_numpy() == pytest.approx(compare([bought, made]).frame.to_numpy(), nan_ok=True)
    assert list(compare([bought, bought, bought]).frame.columns) == ["bought", "bought (2)", "bought (3)"]
    assert list(compare({"now": bought, "then": made}).frame.columns) == ["now", "then"]


def test_the_picture_shows_every_run_and_source(bought: Result, made: Result, tmp_path: Path) -> None:
    from matplotlib.text import Text

    solar = simulate(
        Campus(name="sunny $x_1$", supply={**GRID, "solar": SolarPlant(capacity_mw=5.0)}, demand=LOAD),
        days=2.0,
    )
    comparison = compare([bought, made, solar])
    figure = comparison.plot()
    figure.savefig(io.BytesIO())
    message = {text.get_text() for text in figure.findobj(Text)}
    assert {"smr", "solar", "grid", "Peak load [MW]", "Curtailed, unserved, deferred [MWh]"} <= message
    assert {"bought", "made", r"sunny \$x_1\$"} <= message
    comparison.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_compared_is_refused(bought: Result, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="compare: results has 1; allowed: at least 2"):
        compare([bought])
    longer = simulate(bought.campus, days=3.0)
    with pytest.raises(SpecError, match=r"results differ in length: bought 2 d, bought \(2\) 3 d"):
        compare([bought, longer])
    with pytest.raises(SpecError, match="is not a saved result"):
        compare([bought, tmp_path])
    with pytest.raises(SpecError, match=r"allowed: \.png, \.svg, \.pdf in a folder that exists"):
        compare([bought, bought]).save(tmp_path / "picture.txt")
    with pytest.raises(SpecError, match="in a folder that exists"):
        compare([bought, bought]).save(tmp_path / "nowhere" / "picture.png")


def site(import_mw: float) -> Result:
    """A load of 30 MW behind a connection, for a day."""
    supply = {"grid": GridConnection(import_limit_mw=import_mw)}
    return simulate(Campus(name="site", supply=supply, demand={"hall": MeasuredLoad(power_mw=30.0)}), days=1)


def test_costs_of_runs_that_do_not_serve_the_same_are_said_to_be_so_in_report_and_picture() -> None:
    unequal = compare({"a": site(20.0), "b": site(25.0)})
    # 10 MW and 5 MW short for 24 h
    assert "Costs are not for equal service: unserved 120 to 240 MWh." in unequal.report()
    titles = [axes.get_title(loc="left") for axes in unequal.plot().axes]
    assert "Cost [million USD]\nservice differs" in titles
    equal = compare({"a": site(30.0), "b": site(40.0)})
    assert "equal service" not in equal.report()
    assert "Cost [million USD]" in [axes.get_title(loc="left") for axes in equal.plot().axes]
