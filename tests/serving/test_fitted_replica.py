"""The fitted replica: from a table of measured runs, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st
from replicas import replicas

from sim.serving.fitted import fit_replica
from sim.serving.replica import Replica

RUNS: dict[str, Any] = {
    "concurrency": [8, 0, 1, 8],
    "tokens_per_s": [210.0, 0.0, 50.0, 190.0],
    "power_w": [6100.0, 2000.0, 3000.0, 5900.0],
}


def without(name: str) -> dict[str, Any]:
    return {key: column for key, column in RUNS.items() if key != name}


def test_runs_in_any_order_become_points_and_repeats_are_averaged() -> None:
    found = fit_replica(RUNS, gpus=8)
    assert (found.concurrency, found.slots, found.idle_w) == ((1.0, 8.0), 8, 2000.0)
    assert (found.tokens_per_s, found.power_w) == ((50.0, 200.0), (3000.0, 6000.0))
    assert fit_replica(pd.DataFrame(RUNS), gpus=8) == found


def test_what_is_given_goes_before_what_was_measured() -> None:
    found = fit_replica(RUNS, gpus=8, slots=4, idle_w=2500.0, gpu_limit_w=600.0, caveat="ours")
    assert (found.slots, found.idle_w, found.gpu_limit_w, found.caveat) == (4, 2500.0, 600.0, "ours")


def test_a_marked_curve_may_fall() -> None:
    falling = {**RUNS, "tokens_per_s": [40.0, 0.0, 50.0, 40.0]}
    assert fit_replica(falling, gpus=8, throughput_may_fall=True).tokens_per_s == (50.0, 40.0)


@given(replicas(), st.randoms(use_true_random=False))
def test_the_points_of_a_replica_give_it_back(made: Replica, chance: Any) -> None:
    rows = [
        (0.0, 0.0, made.idle_w),
        *zip(made.concurrency, made.tokens_per_s, made.power_w, strict=True),
    ]
    chance.shuffle(rows)
    table = dict(zip(RUNS, map(list, zip(*rows, strict=True)), strict=True))
    kept = {
        name: getattr(made, name)
        for name in Replica.model_fields
        if name not in {"gpus", "slots", "idle_w", *RUNS}
    }
    assert fit_replica(table, gpus=made.gpus, slots=made.slots, **kept) == made


@given(replicas(), st.integers(2, 4))
def test_repeats_of_a_run_change_nothing(made: Replica, times: int) -> None:
    table = {name: [*getattr(made, name)] * times for name in RUNS}
    found = fit_replica(
        table, gpus=made.gpus, idle_w=made.idle_w, throughput_may_fall=True, power_may_fall=True
    )
    assert found.tokens_per_s == pytest.approx(made.tokens_per_s, rel=1e-12)
    assert found.power_w == pytest.approx(made.power_w, rel=1e-12)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (without("power_w"), "runs: power_w is missing; known: concurrency, tokens_per_s"),
        (
            {**RUNS, "power_w": [1.0]},
            "runs: concurrency has rows: concurrency 4, tokens_per_s 4, power_w 1; allowed: as many in each",
        ),
        (
            {**RUNS, "tokens_per_s": [210.0, 0.0, -1.0, 190.0]},
            "runs: tokens_per_s = -1.0 in row 3; allowed: a finite number at least 0 tokens/s",
        ),
        (
            {**RUNS, "power_w": [6100.0, 2000.0, "much", 5900.0]},
            "runs: power_w = 'much' in row 3; allowed: a finite number at least 0 W",
        ),
        (
            {**RUNS, "concurrency": [8, 0, True, 8]},
            "runs: concurrency = True in row 3; allowed: a finite number at least 0 requests",
        ),
        (
            {**RUNS, "concurrency": [8, 1, 2, 8]},
            "runs: idle_w is missing [W]; allowed: a number, or a row with concurrency 0",
        ),
        ({name: [0.0] for name in RUNS}, "runs: concurrency = [0.0]; allowed: at least a row with 1"),
        ({**RUNS, "concurrency": [8, 0, 2, 8]}, "runs: concurrency[0] = 2; allowed: 1, the first point"),
        (
            {**RUNS, "tokens_per_s": [40.0, 0.0, 50.0, 40.0]},
            (
                "runs: tokens_per_s[1] = 40 tokens/s at a concurrency of 8 and 50 tokens/s at 1; "
                "allowed: at least 50 tokens/s, or throughput_may_fall = true"
            ),
        ),
        (
            {**RUNS, "power_w": [2100.0, 2000.0, 3000.0, 2100.0]},
            (
                "runs: power_w[1] = 2100 W at a concurrency of 8 and 3000 W at 1; "
                "allowed: at least 3000 W, or power_may_fall = true"
            ),
        ),
    ],
)
def test_a_table_that_gives_no_curve_is_refused(table: Any, message: str) -> None:
    assert told(lambda: fit_replica(table, gpus=8, owner="runs")) == message


def test_an_empty_table_is_refused() -> None:
    empty: dict[str, Any] = {name: [] for name in RUNS}
    assert told(lambda: fit_replica(empty, gpus=8)) == (
        "measured runs: idle_w is missing [W]; allowed: a number, or a row with concurrency 0"
    )
    assert told(lambda: fit_replica(empty, gpus=8, idle_w=10.0)) == (
        "measured runs: concurrency = []; allowed: at least a row with 1"
    )


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), np.nan])
def test_numbers_that_are_not_finite_are_refused(wrong: float) -> None:
    table = {**RUNS, "power_w": [wrong, 2000.0, 3000.0, 5900.0]}
    assert f"power_w = {wrong} in row 1" in told(lambda: fit_replica(table, gpus=8))
