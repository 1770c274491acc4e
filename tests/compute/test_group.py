"""The group: its members added up, without what rounding would leave."""

from __future__ import annotations

import pytest

from sim.compute.group import Group
from sim.compute.member import Member


def member(firm_mw: float, flexible_mw: float, idle_mw: float) -> Member:
    made = Member((0.0, 0), 0.0, lambda _: None)
    made.firm_mw, made.flexible_mw, made.idle_mw = firm_mw, flexible_mw, idle_mw
    return made


def test_members_are_added_up_and_taken_off() -> None:
    group = Group()
    for one in (first := member(1.0, 2.0, 0.5), second := member(10.0, 20.0, 5.0)):
        group.add(one)
    assert (group.count, group.firm_mw, group.flexible_mw, group.idle_mw) == (2, 11.0, 22.0, 5.5)
    group.remove(first)
    assert (group.count, group.firm_mw, group.flexible_mw, group.idle_mw) == (1, 10.0, 20.0, 5.0)
    group.behind_mw = 1e-17
    group.remove(second)
    assert (group.count, group.firm_mw, group.flexible_mw) == (0, 0.0, 0.0)
    assert (group.idle_mw, group.behind_mw) == (0.0, 0.0)


@pytest.mark.parametrize("mw", [(0.1, 0.2, 0.7), (0.7, 0.1, 0.2), (0.3, 0.6, 0.1)])
def test_rounding_leaves_no_power_behind_of_either_sign(mw: tuple[float, ...]) -> None:
    group, rest = Group(), member(0.0, 0.0, 0.0)
    parts = [member(each, each, each) for each in mw]
    for one in (*parts, rest):
        group.add(one)
    for one in parts:
        group.remove(one)
    # such as 0.1 + 0.2 + 0.7 - 0.1 - 0.2 - 0.7 = 1e-16
    assert (group.count, group.firm_mw, group.flexible_mw, group.idle_mw) == (1, 0.0, 0.0, 0.0)
