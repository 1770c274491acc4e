"""A month of ChatGPT: what its third number does, and that every question by itself gives the same."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import Result, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "chatgpt_month.py"
MINUTE, HOUR = 1.0 / 1440.0, 1.0 / 24.0
TENTH = {"visits_per_day": 27e6, "servers": 484}
"""A tenth of the questions on a tenth of the servers: the same load on each of them."""


@pytest.fixture(scope="module")
def month() -> ModuleType:
    return load_script(FILE)


def run(days: float, **values: Any) -> Result:
    return simulate(Scenario.open(FILE).build(**values), days=days)


def test_twice_the_servers_are_nearly_twice_the_energy_of_the_same_questions(month: ModuleType) -> None:
    once, twice = (month.totals(run(HOUR, servers=servers)) for servers in (400, 800))
    assert twice["idle_mwh"] == pytest.approx(2.0 * once["idle_mwh"])
    # with half the requests each draws less above idle
    assert once["energy_mwh"] * 1.2 < twice["energy_mwh"] < once["energy_mwh"] * 2.0


def test_a_flat_day_has_its_mean_as_its_peak() -> None:
    summary = run(2.0, night_to_noon=1.0, **TENTH).summary
    assert summary.load_factor == pytest.approx(1.0)
    assert summary.requests_dropped == 0.0


@pytest.mark.parametrize(("days", "values"), [(MINUTE, {}), (HOUR, TENTH)])
def test_every_question_by_itself_gives_the_same(
    month: ModuleType, days: float, values: dict[str, Any]
) -> None:
    """A minute of all questions, and an hour of a tenth of them, after a minute to fill up."""
    found: dict[str, dict[str, float]] = {}
    for resolution in ("exact", "fluid"):
        before, after = (
            run(length, exact=resolution == "exact", night_to_noon=1.0, **values)
            for length in (MINUTE, MINUTE + days)
        )
        one, both = (month.totals(result) for result in (before, after))
        found[resolution] = {
            "wanted": both["wanted"] - one["wanted"],
            "served": both["served"] - one["served"],
            "tokens": both["output_tokens"] - one["output_tokens"],
            "latency_s": (
                both["mean_latency_s"] * both["served"] - one["mean_latency_s"] * one["served"]
            ) / (both["served"] - one["served"]),
            "mwh": both["energy_mwh"] - one["energy_mwh"],
        }  # fmt: skip
    exact, fluid = found["exact"], found["fluid"]
    error = fluid["wanted"] ** -0.5  # of a Poisson count
    spread = (1.0 + 0.77**2) ** 0.5  # of tokens, with a coefficient of variation of 0.77
    for name, errors in (("wanted", 1.0), ("served", 1.0), ("tokens", spread), ("latency_s", 0.77)):
        assert exact[name] == pytest.approx(fluid[name], rel=4.0 * errors * error), name
    # above idle, power rises less than in proportion to the requests in service
    assert exact["mwh"] == pytest.approx(fluid["mwh"], rel=4.0 * spread * error)
