"""Questions of ChatGPT, each by itself, against rates: a minute of all, and a day of a hundredth of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim import Scenario, simulate
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "chatgpt_month.py"


MINUTE = 1.0 / 1440.0


def test_a_minute_of_all_questions_one_by_one_is_that_of_their_rates() -> None:
    month = load_script(FILE)
    exact, fluid = (
        month.totals(simulate(Scenario.open(FILE).build(exact=exact, night_to_noon=1.0), days=MINUTE))
        for exact in (True, False)
    )
    assert exact["wanted"] == pytest.approx(fluid["wanted"], rel=4.0 * fluid["wanted"] ** -0.5)
    assert exact["mean_tpot_s"] == pytest.approx(fluid["mean_tpot_s"], rel=0.01)  # it begins empty


def test_a_day_of_questions_one_by_one_is_that_of_their_rates(
    ratio: Callable[[str, float, str], None],
) -> None:
    month = load_script(FILE)
    found = {}
    for resolution in ("exact", "fluid"):
        campus = Scenario.open(FILE).build(visits_per_day=2.7e6, servers=48, exact=resolution == "exact")
        result = simulate(campus, days=1.0)
        found[resolution] = month.totals(result)
        loop_s = result.summary.loop_s
        ratio(f"seconds for a day of 13.5 million questions, {resolution}", loop_s, "no target")
    exact, fluid = found["exact"], found["fluid"]
    error = fluid["wanted"] ** -0.5
    assert exact["wanted"] == pytest.approx(fluid["wanted"], rel=4.0 * error)
    assert exact["mean_latency_s"] == pytest.approx(fluid["mean_latency_s"], rel=1e-3)
    assert exact["energy_mwh"] == pytest.approx(fluid["energy_mwh"], rel=1e-3)
