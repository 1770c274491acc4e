"""The order: how the GPUs of a job share its power."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from sim.demand.checkpoints import Schedule
from sim.demand.cycle import Cycle
from sim.demand.levels import Levels
from sim.demand.order import Order


def order(busy_w: float = 1000.0, **values: Any) -> Order:
    plain = {
        "name": "a",
        "kind": "training_job",
        "pool": "hall",
        "gpus": 500,
        "work_gpu_h": 500.0,
        "work_s": 3600.0,
        "submit_s": 0.0,
        "worth_usd_per_mwh": 150.0,
        "levels": Levels(busy_w, 300.0, None, Schedule(inf, 0.0)),
        "idle_w": 200.0,
        "flexible_pu": 0.75,
    }
    return Order(**plain | values)


def test_a_share_of_the_power_above_idle_is_flexible() -> None:
    # 800 W above idle, of which 600 W are flexible
    assert order().firm_and_flexible_mw(1000.0) == pytest.approx((500 * 400e-6, 500 * 600e-6))
    assert order(flexible_pu=0.0).firm_and_flexible_mw(1000.0) == (0.5, 0.0)


def test_power_below_idle_is_firm() -> None:
    assert order().firm_and_flexible_mw(150.0) == (pytest.approx(500 * 150e-6), 0.0)


def test_its_mean_power_includes_its_checkpoints() -> None:
    levels = Levels(1000.0, 300.0, None, Schedule(1800.0, 600.0))
    assert order(levels=levels).mean_w == pytest.approx((3600 * 1000 + 600 * 300) / 4200)


def test_its_idle_power_is_no_more_than_its_mean() -> None:
    assert order().idle_mw == pytest.approx(500 * 200e-6)
    assert order(busy_w=150.0).idle_mw == pytest.approx(500 * 150e-6)


def test_its_swing_is_the_largest_step_of_its_phases() -> None:
    # 800 to 500 to 900 W and back: 400 W are the largest step
    cycle = Cycle(((10.0, 800.0), (5.0, 500.0), (1.0, 900.0)))
    assert order(levels=Levels(700.0, 300.0, cycle, Schedule(inf, 0.0))).swing_mw == pytest.approx(
        500 * 400e-6
    )
    assert order().swing_mw == 0.0
