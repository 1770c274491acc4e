"""Power domains: racks and rows with limits, and the caps that keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import fsum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.compute.domains import CapRecord, Caps, Domains, PowerDomain, Wanted, oversubscriptions
from sim.errors import SpecError
from sim.units import seconds

Rows = Sequence[tuple[int, int, float]]
"""Gang, leaf, power above idle [MW]."""


def rack(name: str, limit_mw: float, servers: int = 4, copies: int = 1) -> PowerDomain:
    return PowerDomain(name=name, limit_mw=limit_mw, servers=servers, copies=copies)


def row(limit_mw: float, *racks: PowerDomain, **values: Any) -> PowerDomain:
    return PowerDomain(**{"name": "row", "limit_mw": limit_mw, "domains": racks, **values})


def wanted(rows: Rows) -> Wanted:
    gang, leaf, mw = (
        np.array([each[at] for each in rows], dtype=kind) for at, kind in enumerate((np.intp, np.intp, float))
    )
    return Wanted(int(gang.max(initial=-1)) + 1, gang, leaf, mw)


def named(domains: Domains, caps: Caps) -> list[str]:
    """Which domain caps each gang."""
    return [domains.names[by] if by >= 0 else "" for by in caps.by]


def two_racks(row_mw: float) -> Domains:
    """Two racks of 0.06 and 0.2 MW in a row."""
    return Domains([row(row_mw, rack("a", 0.06), rack("b", 0.2))])


SPREAD: Rows = ((0, 0, 0.1), (0, 1, 0.1), (1, 1, 0.1))
"""Gang 0 wants 0.1 MW in each of two racks, gang 1 0.1 MW in the second."""


def test_nothing_is_capped_where_no_limit_binds() -> None:
    domains = Domains([row(0.3, rack("a", 0.1), rack("b", 0.2))])
    caps = domains.caps(wanted(SPREAD))  # 0.1, 0.1 + 0.1 and 0.3 MW: each just at its limit
    assert (list(caps.cap_pu), named(domains, caps)) == ([1.0, 1.0], ["", ""])
    assert not caps.held_mw.any()


def test_gangs_share_what_is_left_of_what_is_reserved() -> None:
    domains = Domains([row(0.12, rack("a", 0.1))])
    domains.reserve(np.array([0]), np.array([0.04]))
    caps = domains.caps(wanted([(0, 0, 0.06), (1, 0, 0.04)]))
    assert caps.cap_pu == pytest.approx([0.6, 0.6])  # (0.1 - 0.04) / 0.1; the row has 0.08 left
    assert named(domains, caps) == ["row/a", "row/a"]
    assert caps.held_mw == pytest.approx([0.0, 0.4 * 0.1])


def test_where_more_is_reserved_than_the_limit_nothing_is_left() -> None:
    domains = Domains([rack("a", 0.1)])
    domains.reserve(np.array([0]), np.array([0.11]))
    caps = domains.caps(wanted([(0, 0, 0.05)]))
    assert (list(caps.cap_pu), list(caps.held_mw)) == ([0.0], [0.05])


def test_a_gang_moves_at_the_speed_of_its_slowest_rack() -> None:
    domains = two_racks(row_mw=0.3)
    caps = domains.caps(wanted(SPREAD))
    assert caps.cap_pu == pytest.approx([0.6, 1.0])  # 0.06 / 0.1; in rack b that leaves 0.2 - 0.06 > 0.1
    assert named(domains, caps) == ["row/a", ""]
    assert caps.held_mw == pytest.approx([0.0, 0.4 * 0.2, 0.0])  # row, a, b


def test_what_a_slow_gang_leaves_goes_to_the_others_of_the_row() -> None:
    domains = two_racks(row_mw=0.19)
    caps = domains.caps(wanted(SPREAD))
    assert caps.cap_pu == pytest.approx([0.6, 0.7])  # rack a stops gang 0 at 0.6; (0.19 - 0.12) / 0.1
    assert named(domains, caps) == ["row/a", "row"]
    assert caps.held_mw == pytest.approx([0.3 * 0.1, 0.4 * 0.2, 0.0])


def test_a_row_that_binds_first_caps_all_of_its_gangs_alike() -> None:
    domains = two_racks(row_mw=0.15)
    caps = domains.caps(wanted(SPREAD))
    assert caps.cap_pu == pytest.approx([0.5, 0.5])  # 0.15 / 0.3
    assert named(domains, caps) == ["row", "row"]


def test_a_gang_that_wants_no_power_above_idle_is_not_capped() -> None:
    domains = Domains([rack("a", 0.1)])
    caps = domains.caps(wanted([(0, 0, 0.0), (1, 0, 0.2)]))
    assert (list(caps.cap_pu), named(domains, caps)) == ([1.0, 0.5], ["", "a"])


def test_without_gangs_nothing_is_capped() -> None:
    assert not Domains([rack("a", 0.1)]).caps(wanted([])).held_mw.any()


megawatts = st.one_of(st.just(0.0), st.floats(1e-3, 2.0))
limits = st.floats(0.05, 3.0)
trees = st.lists(
    st.one_of(
        st.builds(rack, st.just("rack"), limits, copies=st.integers(1, 3)),
        st.builds(
            lambda limit_mw, racks: row(limit_mw, *racks),
            limits,
            st.tuples(st.builds(rack, st.just("x"), limits)),
        ),
        st.builds(
            lambda limit_mw, one, two, copies: row(limit_mw, row(*one), rack(*two), copies=copies),
            limits,
            st.tuples(limits, st.builds(rack, st.just("y"), limits, copies=st.integers(1, 3))),
            st.tuples(st.just("z"), limits),
            st.integers(1, 2),
        ),
    ),
    min_size=1,
    max_size=3,
).map(lambda domains: [domain.with_values({"name": f"{at}"}) for at, domain in enumerate(domains)])


@st.composite
def halls(draw: Callable[..., Any]) -> tuple[Domains, Rows]:
    domains = Domains(draw(trees))
    places = st.tuples(st.integers(0, 5), st.integers(0, len(domains.leaves) - 1))
    rows = draw(st.lists(places, unique=True, max_size=20))
    return domains, [(*place, draw(megawatts)) for place in rows]


def drawn_mw(domains: Domains, rows: Rows, caps: Caps) -> list[float]:
    """Power of each domain under the caps."""
    name_of = [domains.names[domain] for domain in domains.leaves]
    return [
        fsum(mw * caps.cap_pu[gang] for gang, leaf, mw in rows if f"{name_of[leaf]}/".startswith(f"{name}/"))
        for name in domains.names
    ]


@given(halls())
def test_no_domain_is_above_its_limit_and_every_cap_has_a_domain_that_is_full(
    hall: tuple[Domains, Rows],
) -> None:
    domains, rows = hall
    caps = domains.caps(wanted(rows))
    power_mw = drawn_mw(domains, rows, caps)
    assert all(power <= limit * (1 + 1e-11) for power, limit in zip(power_mw, domains.limits_mw, strict=True))
    assert all(0.0 <= pu <= 1.0 for pu in caps.cap_pu)
    for gang, by in enumerate(caps.by):
        assert (caps.cap_pu[gang] < 1.0) == (by >= 0)
        if by < 0:
            continue
        assert power_mw[by] == pytest.approx(domains.limits_mw[by], rel=1e-9)  # no room to raise the cap
        inside = f"{domains.names[by]}/"
        beside = {
            other
            for other, leaf, mw in rows
            if f"{domains.names[domains.leaves[leaf]]}/".startswith(inside) and mw > 0.0
        }
        most = caps.cap_pu[gang] * (1 + 1e-9) + 1e-9
        assert gang in beside
        assert all(caps.cap_pu[other] <= most for other in beside)  # nobody has more


@given(halls())
def test_what_is_held_back_is_what_is_wanted_less_what_is_drawn(hall: tuple[Domains, Rows]) -> None:
    domains, rows = hall
    caps = domains.caps(wanted(rows))
    want_mw = fsum(mw for _, _, mw in rows)
    got_mw = fsum(
        power
        for name, power in zip(domains.names, drawn_mw(domains, rows, caps), strict=True)
        if "/" not in name
    )
    assert caps.held_mw.sum() == pytest.approx(want_mw - got_mw, abs=1e-9)


@given(halls(), st.randoms(use_true_random=False))
def test_caps_do_not_depend_on_the_order_of_rows_or_gangs(hall: tuple[Domains, Rows], random: Any) -> None:
    domains, rows = hall
    mixed = random.sample(list(rows), len(rows))
    caps, again = domains.caps(wanted(rows)), domains.caps(wanted(mixed))
    assert (list(caps.cap_pu), list(caps.by)) == (list(again.cap_pu), list(again.by))
    turned = [(5 - gang, *rest) for gang, *rest in rows]
    renamed = domains.caps(replace(wanted(turned), gangs=6)).cap_pu
    assert renamed[::-1][: len(caps.cap_pu)] == pytest.approx(caps.cap_pu, abs=1e-9)


def test_caps_are_the_same_to_the_last_bit_in_any_order_of_rows() -> None:
    rng, domains = np.random.default_rng(1), Domains([row(7.0, rack("rack", 2.0, copies=5))])
    rows = [(gang, leaf, rng.uniform(0.02, 0.4)) for gang in range(20) for leaf in range(5)]
    caps = [domains.caps(wanted([rows[at] for at in rng.permutation(100)])) for _ in range(20)]
    assert {(*each.cap_pu, *each.held_mw) for each in caps} == {(*caps[0].cap_pu, *caps[0].held_mw)}


def test_copies_are_numbered_and_named_with_what_is_around_them() -> None:
    domains = Domains([row(0.3, rack("rack", 0.2, copies=2), copies=2)])
    racks = ["row 1/rack 1", "row 1/rack 2", "row 2/rack 1", "row 2/rack 2"]
    assert [domains.names[at] for at in domains.leaves] == racks
    assert list(domains.servers) == [8, 4, 4, 8, 4, 4]
    assert row(0.3, rack("rack", 0.2, copies=2), copies=2).rack_sizes() == [4, 4, 4, 4]


def test_limits_can_bind_only_where_servers_could_draw_more() -> None:
    domains = Domains([row(0.07, rack("rack", 0.04, copies=2))])  # 4 servers a rack, 8 in the row
    assert not domains.can_bind(0.07 / 8)
    assert domains.can_bind(0.07 / 8 * 1.001)


def test_oversubscribed_domains_are_said_in_words() -> None:
    domains = [row(0.09, rack("rack", 0.03, copies=2), rack("rest", 0.05), copies=2)]
    assert list(oversubscriptions(domains, 10_200.0)) == [
        f"{name} (each of 2): {servers} servers of 10,200 W are rated {rated_mw} MW, 1.36 times the limit of "
        f"{limit_mw} MW; jobs in it are capped at the limit"
        for name, servers, rated_mw, limit_mw in (("row", 12, 0.1224, 0.09), ("rack", 4, 0.0408, 0.03))
    ]


def test_a_record_counts_the_hours_and_the_energy_that_each_domain_held_back() -> None:
    domains = two_racks(row_mw=0.19)
    record = CapRecord(domains)
    record.note(domains.caps(wanted(SPREAD)), seconds(1.0))
    record.note(domains.caps(wanted([])), seconds(3.0))
    record.note(domains.caps(wanted(SPREAD[:2])), seconds(10.0))
    # 1 to 3 h: the row holds 0.03 MW and rack a 0.08; 10 to 14 h: rack a alone
    assert record.capped_h(seconds(14.0)) == pytest.approx([2.0, 2.0 + 4.0, 0.0])
    assert record.held_mwh(seconds(14.0)) == pytest.approx([2 * 0.03, 6 * 0.08, 0.0])
    with pytest.raises(ValueError, match="allowed: at least"):
        record.capped_h(seconds(13.0))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: PowerDomain(name="a", limit_mw=1.0),
            "PowerDomain: servers = None; allowed: a number, or domains inside it",
        ),
        (
            lambda: row(1.0, rack("a", 1.0), rack("b", 1.0, copies=2), servers=10),
            "PowerDomain: servers = 10; allowed: 12, those of the domains inside it",
        ),
        (
            lambda: rack("a/b", 1.0),
            "PowerDomain: name = 'a/b'; allowed: text without /, which divides the names of nested domains",
        ),
        (
            lambda: rack("a", 1.0, copies=100_001),
            "PowerDomain: copies = 100001; allowed: at most 100,000, 100,000 racks in all",
        ),
        (
            lambda: rack("a", 0.0),
            "PowerDomain: limit_mw = 0.0 MW; allowed: a finite number at least 1e-09 and at most 1e+06 MW",
        ),
    ],
)
def test_a_domain_that_cannot_be_is_refused(build: Callable[[], PowerDomain], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        build()
    assert str(refused.value) == message


def test_two_domains_of_one_name_beside_each_other_are_refused() -> None:
    with pytest.raises(SpecError, match=r"allowed: each name once; 'a 2' is there twice"):
        row(1.0, rack("a", 1.0, copies=2), rack("a 2", 1.0))
