"""The parts of the search: limits, goals, variables and the order of trials."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isclose, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SpecError
from sim.sizing.front import best_of, front_of
from sim.sizing.goal import Goal, goals_of
from sim.sizing.limit import Limit
from sim.sizing.search import first_generation, members
from sim.sizing.trial import Judge, Trial
from sim.sizing.variable import Variable, variables_of
from sim.sweeps.task import Outcome

NUMBERS = st.floats(-1e6, 1e6)
WHOLE_NUMBERS = st.integers(0, 6).map(float)


def trial(*runs: dict[str, float | None], error: str = "", **values: float) -> Trial:
    """A trial without a campus, whose runs have these metrics."""
    outcomes = tuple(Outcome(str(place), metrics, error) for place, metrics in enumerate(runs))
    return Trial(values, 0, None, "", outcomes)


def judge(*limits: str, goals: str = "usd") -> Judge:
    read = tuple(map(Limit.of, limits))
    return Judge(tuple(Goal.of(name, name) for name in goals.split()), read, (1.0,) * len(read))


@pytest.mark.parametrize("text", ["unserved_mwh <= 0", "unserved_mwh<=0", "  unserved_mwh  <=0.0 "])
def test_a_limit_is_read_with_any_spaces(text: str) -> None:
    assert Limit.of(text) == Limit("unserved_mwh", "<=", 0.0)
    assert str(Limit.of(text)) == "unserved_mwh <= 0"


def test_a_limit_may_have_thousands_and_a_name_with_spaces() -> None:
    assert Limit.of("cost_lines_usd.energy charge <= 1,000,000") == Limit(
        "cost_lines_usd.energy charge", "<=", 1e6
    )


@given(NUMBERS, NUMBERS)
def test_the_excess_is_how_far_a_value_is_on_the_wrong_side(bound: float, value: float) -> None:
    upper, lower = Limit("a", "<=", bound), Limit("a", ">=", bound)
    assert upper.excess(value) == 0.0 or lower.excess(value) == 0.0
    if not isclose(value, bound, rel_tol=1e-6, abs_tol=1e-6):
        assert upper.excess(value) == max(0.0, value - bound)
        assert lower.excess(value) == max(0.0, bound - value)


@given(st.lists(NUMBERS, min_size=1, max_size=5), NUMBERS)
def test_a_limit_holds_if_it_holds_for_every_value(values: list[float], bound: float) -> None:
    for limit in (Limit("a", "<=", bound), Limit("a", ">=", bound)):
        holds = all(limit.excess(value) == 0.0 for value in values)
        assert (limit.excess(limit.worst(values)) == 0.0) == holds


def test_a_missing_value_misses_every_limit() -> None:
    assert isnan(Limit.of("pue <= 2").worst([1.0, nan]))
    assert Limit.of("pue <= 2").excess(nan) == inf


def test_a_goal_is_a_sum_of_metrics_with_factors() -> None:
    row = {"cost_usd": 100.0, "carbon_t": 2.0, "cost_lines_usd.energy charge": 7.0}
    assert Goal.of("g", "cost_usd + 85 * carbon_t").value(row) == 100.0 + 85.0 * 2.0
    assert Goal.of("g", "cost_usd+-1*carbon_t").value(row) == 98.0
    assert Goal.of("g", "1.5e+2 * carbon_t + cost_lines_usd.energy charge").value(row) == 307.0
    assert Goal.of("g", "cost_lines_usd.energy charge").metrics == ("cost_lines_usd.energy charge",)
    assert Goal.of("g", "supplied_mwh.absent + cost_usd").value(row) == 100.0  # a source that is not there
    assert isnan(Goal.of("g", "pue").value(row))


def test_goals_have_the_names_that_they_are_given() -> None:
    assert [goal.name for goal in goals_of("cost_usd")] == ["cost_usd"]
    assert [goal.name for goal in goals_of(["cost_usd", "carbon_t"])] == ["cost_usd", "carbon_t"]
    assert [goal.name for goal in goals_of({"total": "cost_usd", "waste": lambda row: row["a"]})] == [
        "total",
        "waste",
    ]


@given(NUMBERS, st.floats(1e-6, 1e6), st.floats(-0.1, 1.1))
def test_a_value_is_within_its_range_and_stays_where_it_is_searched_again(
    low: float, width: float, share: float
) -> None:
    high = low + width
    if high <= low:
        return
    variable = Variable("a", (low, high))
    value = variable.value(low + share * width)
    assert low <= value <= high
    assert variable.value(variable.coordinate(value)) == value
    step = 10.0**-variable.digits
    assert width / 10_000.0 * (1.0 - 1e-9) <= step <= width / 1000.0 * (1.0 + 1e-9)


@given(st.integers(-5, 5), st.integers(2, 9), st.integers(1, 4), st.floats(0.0, 1.0))
def test_a_range_gives_its_members_only(first: int, count: int, step: int, share: float) -> None:
    extent = range(first, first + count * step, step)
    variable = Variable("a", extent)
    assert variable.at(share) in extent
    assert variable.value(share * (count - 1)) in extent
    assert variable.ends == (extent[0], extent[-1])
    assert [variable.value(variable.coordinate(member)) for member in extent] == list(extent)


def test_the_first_generation_has_both_corners_and_spreads_between_them() -> None:
    variables = variables_of({"a": (0.0, 10.0), "b": range(1, 4)}, lambda _: False)
    points = first_generation(variables, 0)
    assert len(points) == members(variables) == 12
    assert points[:2] == [{"a": 0.0, "b": 1}, {"a": 10.0, "b": 3}]
    assert {point["b"] for point in points} == {1, 2, 3}
    assert points == first_generation(variables, 0) != first_generation(variables, 1)


def test_trials_are_ordered_by_feasibility_then_cost_or_violation() -> None:
    dear, cheap = trial({"usd": 9.0, "mwh": 1.0}), trial({"usd": 5.0, "mwh": 1.0})
    close, far = trial({"usd": 4.0, "mwh": 3.0}), trial({"usd": 1.0, "mwh": 8.0})
    failed = trial({}, error="it failed")
    rule = judge("mwh <= 2").verdict
    order = [failed, far, close, dear, cheap]
    while order:
        best = best_of(order, rule)
        assert best is order[-1]
        order.remove(best)
    assert rule(far).violation == 6.0
    assert rule(failed).violation == inf


def test_a_trial_is_feasible_only_with_every_seed() -> None:
    rule = judge("mwh <= 2").verdict
    mixed = rule(trial({"usd": 4.0, "mwh": 1.0}, {"usd": 6.0, "mwh": 2.5}))
    assert not mixed.is_feasible
    assert mixed.violation == 0.5
    assert mixed.limited == (2.5,)
    assert mixed.goals == (5.0,)


def test_a_limit_of_zero_is_measured_by_its_largest_excess_at_the_start() -> None:
    first = [trial({"usd": 0.0, "mwh": 40.0, "cfe": 0.5}), trial({"usd": 0.0, "mwh": 10.0, "cfe": 0.9})]
    rule = Judge.of((Goal.of("usd", "usd"),), (Limit.of("mwh <= 0"), Limit.of("cfe >= 0.8")), first)
    assert rule.scales == (40.0, 0.8)
    assert rule.verdict(first[0]).violation == pytest.approx(40.0 / 40.0 + 0.3 / 0.8)


@given(st.lists(st.tuples(WHOLE_NUMBERS, WHOLE_NUMBERS, WHOLE_NUMBERS), min_size=1, max_size=20))
def test_a_front_has_all_feasible_points_that_none_beats_and_no_other(
    points: list[tuple[float, float, float]],
) -> None:
    rule = judge("mwh <= 3", goals="usd t").verdict
    trials = [trial({"usd": usd, "t": t, "mwh": mwh}) for usd, t, mwh in points]
    good = {(usd, t) for usd, t, mwh in points if mwh <= 3.0}
    expected = {
        (usd, t)
        for usd, t in good
        if not any(one <= usd and other <= t and (one, other) != (usd, t) for one, other in good)
    }
    found = [rule(one).goals for one in front_of(trials, rule)]
    assert found == sorted(expected)


def message(read: Callable[[str], object], text: str) -> str:
    """The message with which a text is refused; empty if it is read."""
    try:
        read(text)
    except SpecError as error:
        return str(error)
    return ""


@given(st.text(max_size=20))
def test_any_text_is_a_limit_and_a_goal_or_one_clear_error(text: str) -> None:
    assert message(Limit.of, text).startswith("size: subject_to = ") or Limit.of(text).name
    assert message(goals_of, text).startswith("size: minimise = ") or goals_of(text)[0].metrics
