"""The backlog: piecewise-linear evolution, with the arithmetic beside it, and its laws."""

from __future__ import annotations

from math import inf, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.queueing.backlog import Advance, advance, empty
from sim.queueing.discipline import Discipline
from sim.queueing.line import Backlog, Line

ALONE = Discipline((1.0,), (0,), (inf,))
IMPATIENT = Discipline((1.0,), (0,), (2.0,))
RANKED = Discipline((1.0, 2.0), (0, 1), (inf, inf))


def counts(done: Advance, name: str) -> list[float]:
    """Requests of each class: served, timed_out or refused."""
    rows = [[x * part.duration_s for x in getattr(part, f"{name}_per_s")] for part in done.stretches]
    return [sum(column) for column in zip(*rows, strict=True)]


def test_below_capacity_nobody_waits() -> None:
    done = advance(empty(ALONE), ALONE, (1.5,), 2.0, 10.0)
    assert counts(done, "served") == [15.0]
    assert Line(done.after, ALONE).waiting() == (0.0,)
    assert not done.stretches[0].full
    assert done.next_change_s == inf


def test_above_capacity_the_backlog_grows_and_then_drains() -> None:
    # 3 - 2 a second for 10 s: 10 wait; the head has waited 10 / 3 s. Then 1 - 2 a second: gone after 10 s
    up = advance(empty(ALONE), ALONE, (3.0,), 2.0, 10.0)
    assert Line(up.after, ALONE).waiting() == pytest.approx((10.0,))
    assert Line(up.after, ALONE).ages() == pytest.approx((10.0 / 3.0,))
    down = advance(up.after, ALONE, (1.0,), 2.0, 20.0)
    # those who came at 3 a second pass at a speed of 2/3, their wait grows to 5 s; the others at 2
    assert [part.duration_s for part in down.stretches] == pytest.approx([5.0, 5.0, 10.0])
    assert [part.age_to_s[0] for part in down.stretches] == pytest.approx([5.0, 0.0, 0.0])
    assert counts(down, "served") == pytest.approx([30.0])
    assert advance(up.after, ALONE, (1.0,), 2.0, 0.0).next_change_s == pytest.approx(5.0)


def test_the_head_leaves_when_it_has_waited_for_its_time_out() -> None:
    # the head ages by 1 - 2/3 a second: 2 s after 6 s. Then 3 come to it a second, of whom 2 are served
    done = advance(empty(IMPATIENT), IMPATIENT, (3.0,), 2.0, 10.0)
    assert counts(done, "served") == pytest.approx([20.0])
    assert counts(done, "timed_out") == pytest.approx([4.0])
    assert Line(done.after, IMPATIENT).waiting() == pytest.approx((6.0,))


def test_without_capacity_all_leave_at_their_time_out() -> None:
    done = advance(empty(IMPATIENT), IMPATIENT, (3.0,), 0.0, 10.0)
    assert counts(done, "served") == [0.0]
    assert counts(done, "timed_out") == pytest.approx([24.0])  # those of the first 8 s


def test_a_full_queue_takes_as_many_as_leave_it() -> None:
    limited = Discipline((1.0,), (0,), (inf,), 5.0)
    done = advance(empty(limited), limited, (3.0,), 2.0, 10.0)
    # full after 5 s; then 1 of 3 is refused
    assert counts(done, "served") == pytest.approx([20.0])
    assert counts(done, "refused") == pytest.approx([5.0])
    assert Line(done.after, limited).waiting() == pytest.approx((5.0,))


def test_a_queue_that_may_not_wait_refuses_what_it_cannot_serve() -> None:
    none = Discipline((1.0, 1.0), (0, 1), (inf, inf), 0.0)
    done = advance(empty(none), none, (2.0, 2.0), 3.0, 8.0)
    assert counts(done, "refused") == pytest.approx([4.0, 4.0])  # a quarter of each
    assert counts(done, "served") == pytest.approx([12.0, 12.0])


def test_a_higher_priority_takes_all_it_needs() -> None:
    # 1 of 3 s of work a second is left for the second class, of 2 s a request: 0.5 of 1 a second
    done = advance(empty(RANKED), RANKED, (2.0, 1.0), 3.0, 10.0)
    assert counts(done, "served") == pytest.approx([20.0, 5.0])
    assert Line(done.after, RANKED).waiting() == pytest.approx((0.0, 5.0))


def test_a_backlog_of_a_higher_priority_stops_the_lower_one() -> None:
    before = advance(empty(RANKED), RANKED, (5.0, 0.5), 3.0, 10.0).after
    assert Line(before, RANKED).waiting() == pytest.approx((20.0, 5.0))
    # 20 more than come: 2 a second for 10 s; then 2 s of work a second, 10 wait and 0.5 come: 10 / 0.5 s
    done = advance(before, RANKED, (1.0, 0.5), 3.0, 30.0)
    assert Line(done.after, RANKED).waiting() == pytest.approx((0.0, 0.0))
    assert [part.served_per_s[1] for part in done.stretches if part.age_to_s[0] > 0.0] == [0.0]


def test_classes_of_one_priority_are_served_in_the_order_of_arrival() -> None:
    shared = Discipline((1.0, 1.0), (0, 0), (inf, inf))
    first = advance(empty(shared), shared, (4.0, 0.0), 2.0, 5.0).after
    done = advance(first, shared, (0.0, 4.0), 2.0, 5.0)
    assert counts(done, "served") == pytest.approx([10.0, 0.0])  # the 10 who wait come first
    assert Line(done.after, shared).waiting() == pytest.approx((0.0, 20.0))


def test_of_two_classes_in_one_queue_the_impatient_one_leaves() -> None:
    mixed = Discipline((1.0, 1.0), (0, 0), (1.0, inf))
    # 2 and 2 a second, 3 served: the head ages by 1/4 a second, 1 s after 4 s. From then on the second class
    # is served as it comes to the head, and the first with what is left, 1 of 2 a second
    done = advance(empty(mixed), mixed, (2.0, 2.0), 3.0, 14.0)
    assert counts(done, "timed_out") == pytest.approx([10.0, 0.0])
    assert counts(done, "served") == pytest.approx([6.0 + 10.0, 6.0 + 20.0])


def test_an_impatient_class_gets_nothing_if_the_others_fill_the_place() -> None:
    mixed = Discipline((1.0, 1.0), (0, 0), (1.0, inf))
    done = advance(empty(mixed), mixed, (2.0, 4.0), 3.0, 100.0)
    # the head ages by 1/2 a second, 1 s after 2 s; then by 1/4, the second class served alone
    assert counts(done, "served") == pytest.approx([2.0, 4.0 + 3.0 * 98.0])
    assert counts(done, "timed_out")[0] == pytest.approx(200.0 - 2.0 - 2.0)  # those of the last second wait


rates = st.one_of(st.just(0.0), st.floats(0.01, 20.0))


@st.composite
def disciplines(draw: st.DrawFn) -> Discipline:
    count = draw(st.integers(1, 3))
    ranks = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    return Discipline(
        tuple(draw(st.lists(st.floats(0.1, 5.0), min_size=count, max_size=count))),
        tuple(sorted(set(ranks)).index(rank) for rank in ranks),
        tuple(draw(st.lists(st.one_of(st.just(inf), st.floats(3.0, 60.0)), min_size=count, max_size=count))),
        draw(st.one_of(st.just(inf), st.just(0.0), st.floats(20.0, 300.0))),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Discipline, list[tuple[tuple[float, ...], float, float]]]:
    """A discipline, and spans with rates, capacity and length."""
    rules = draw(disciplines())
    several = st.tuples(*[rates] * len(rules.level))
    spans = st.tuples(several, st.one_of(st.just(0.0), st.floats(0.1, 40.0)), st.floats(0.1, 120.0))
    return rules, draw(st.lists(spans, min_size=1, max_size=5))


def total(rules: Discipline, before: Backlog, done: Advance) -> list[float]:
    """Served, timed out, refused and waiting in all, less what waited before."""
    names = ("served", "timed_out", "refused")
    gone = [counts(done, name) for name in names]
    return [
        sum(row) + after - was
        for *row, after, was in zip(
            *gone, Line(done.after, rules).waiting(), Line(before, rules).waiting(), strict=True
        )
    ]


@given(histories())
def test_no_request_is_lost_or_made(
    history: tuple[Discipline, list[tuple[tuple[float, ...], float, float]]],
) -> None:
    rules, spans = history
    state = empty(rules)
    for rates_per_s, capacity, span_s in spans:
        done = advance(state, rules, rates_per_s, capacity, span_s)
        arrived = [rate * span_s for rate in rates_per_s]
        assert total(rules, state, done) == pytest.approx(arrived, rel=1e-9, abs=1e-7)
        assert sum(part.duration_s for part in done.stretches) == pytest.approx(span_s)
        for part in done.stretches:
            work = sum(n * w for n, w in zip(part.served_per_s, rules.work_s, strict=True))
            assert work <= capacity * (1.0 + 1e-9) + 1e-12
            assert min(*part.served_per_s, *part.timed_out_per_s, *part.refused_per_s) >= -1e-9
        assert sum(Line(done.after, rules).waiting()) <= rules.queue_limit * (1.0 + 1e-9) + 1e-6
        state = done.after


@given(histories(), st.integers(2, 60))
def test_a_span_may_be_cut_anywhere(
    history: tuple[Discipline, list[tuple[tuple[float, ...], float, float]]], pieces: int
) -> None:
    rules, spans = history
    whole = cut = empty(rules)
    for rates_per_s, capacity, span_s in spans:
        done = advance(whole, rules, rates_per_s, capacity, span_s)
        whole = done.after
        sums = {name: [0.0] * len(rules.level) for name in ("served", "timed_out", "refused")}
        for _ in range(pieces):
            part = advance(cut, rules, rates_per_s, capacity, span_s / pieces)
            cut = part.after
            for name, row in sums.items():
                row[:] = [x + y for x, y in zip(row, counts(part, name), strict=True)]
        for name, found in sums.items():
            assert found == pytest.approx(counts(done, name), rel=1e-9, abs=1e-7)
        assert Line(cut, rules).waiting() == pytest.approx(Line(whole, rules).waiting(), rel=1e-9, abs=1e-7)


@given(histories(), st.floats(0.0, 1.0))
def test_less_capacity_never_shortens_a_wait(
    history: tuple[Discipline, list[tuple[tuple[float, ...], float, float]]], share: float
) -> None:
    """In one queue in the order of arrival, whose limit, if any, is a time-out that all have alike."""
    rules, spans = history
    rules = Discipline(rules.work_s, (0,) * len(rules.level), (rules.timeout_s[0],) * len(rules.level))
    more = less = empty(rules)
    for rates_per_s, capacity, span_s in spans:
        more = advance(more, rules, rates_per_s, capacity, span_s).after
        less = advance(less, rules, rates_per_s, capacity * share, span_s).after
        assert (
            min(
                slow - fast
                for slow, fast in zip(Line(less, rules).waiting(), Line(more, rules).waiting(), strict=True)
            )
            >= -1e-6
        )


@given(histories(), st.floats(1.0, 3.0))
def test_more_arrivals_never_shorten_the_queue(
    history: tuple[Discipline, list[tuple[tuple[float, ...], float, float]]], share: float
) -> None:
    rules, spans = history
    few = many = empty(rules)
    for rates_per_s, capacity, span_s in spans:
        few = advance(few, rules, rates_per_s, capacity, span_s).after
        many = advance(many, rules, tuple(rate * share for rate in rates_per_s), capacity, span_s).after
        if rules.queue_limit == inf and len(set(rules.timeout_s)) == 1:
            assert sum(Line(many, rules).waiting()) >= sum(Line(few, rules).waiting()) - 1e-6 * (
                1.0 + sqrt(span_s)
            )


@given(histories())
def test_the_state_stays_small(
    history: tuple[Discipline, list[tuple[tuple[float, ...], float, float]]],
) -> None:
    rules, spans = history
    state = empty(rules)
    for rates_per_s, _, span_s in spans:
        state = advance(state, rules, rates_per_s, 1e3, span_s).after
    assert state.starts_s == (0.0,)
    assert state.heads_s == tuple(0.0 for _ in state.heads_s)
