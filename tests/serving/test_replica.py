"""The replica: its curves, its work, its power at another GPU limit, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import told
from hypothesis import assume, given
from hypothesis import strategies as st
from replicas import LIMITS_W, replica, replicas

from sim.compute.response import PRESETS, PowerResponse
from sim.serving.replica import Replica

UNIT = st.floats(0.0, 1.0)


def test_step_time_is_linear_between_points_and_that_of_one_request_below() -> None:
    # steps: 1 / 50 = 20 ms, 2 / 80 = 25 ms, 8 / 200 = 40 ms; at 5, half-way from 25 to 40
    assert replica().step_s([0.0, 0.5, 1.0, 2.0, 5.0, 8.0]) == pytest.approx(
        [0.020, 0.020, 0.020, 0.025, 0.0325, 0.040]
    )
    assert replica().speed([1.0, 8.0]) == pytest.approx([1.0, 0.5])
    assert replica().tokens_per_s_at([0.0, 0.5, 5.0]) == pytest.approx([0.0, 25.0, 5 / 0.0325])


def test_power_is_linear_from_that_without_a_request() -> None:
    assert replica().power_w_at([0.0, 0.5, 1.0, 5.0, 8.0]) == pytest.approx([2000, 2500, 3000, 5000, 6000])


def test_a_token_costs_power_over_throughput() -> None:
    assert replica().j_per_token([0.5, 1.0, 8.0]) == pytest.approx([2500 / 25, 3000 / 50, 6000 / 200])


def test_work_is_overhead_prompt_and_a_step_for_each_output_token() -> None:
    made = replica(overhead_s=0.5, prefill_tokens_per_s=1000.0)
    assert made.work_s([0.0, 200.0], [0.0, 10.0]) == pytest.approx([0.5, 0.5 + 0.2 + 10 * 0.020])
    assert replica().work_s(10_000.0, 10.0) == pytest.approx(0.2)  # prompts contained in the decode times


def test_a_single_concurrency_gives_a_single_number() -> None:
    assert float(replica().step_s(8)) == pytest.approx(0.040)
    assert float(replica().power_w_at(8)) == 6000.0


def test_a_sleeping_replica_draws_its_idle_power_unless_said() -> None:
    assert (replica().asleep_w, replica(sleep_w=0.0).asleep_w) == (2000.0, 0.0)


def test_the_caveat_is_a_remark() -> None:
    prompt = "the prompt is not in the time to first token"
    assert replica(caveat="unverified").remarks() == ("unverified", prompt)
    assert replica(prefill_tokens_per_s=1000.0).remarks() == ()


def test_another_gpu_limit_scales_accelerators_and_keeps_the_host() -> None:
    other = replica().at_limit(700.0)
    # loaded accelerators: 4000 x 700 / 500 = 5600 W, 1600 W more; a quarter of it at a quarter of the load
    assert other.power_w == pytest.approx((3000 + 400, 4000 + 800, 6000 + 1600))
    # above idle 5600 W: accelerators 5600 - 400 = 5200 W, host 400 W as before
    assert other.accelerator_pu == pytest.approx(5200 / 5600)
    assert (other.idle_w, other.accelerator_idle_w, other.gpu_limit_w) == (2000.0, 400.0, 700.0)
    faster = 1.0 / PRESETS["h200_llm"].speed_pu(500 / 700)
    assert other.tokens_per_s == pytest.approx([faster * rate for rate in (50, 80, 200)])


def test_another_gpu_limit_changes_the_speed_of_prompts_but_no_overhead() -> None:
    made = replica(overhead_s=0.5, prefill_tokens_per_s=1000.0)
    faster = 1.0 / PRESETS["h200_llm"].speed_pu(500 / 700)
    assert made.at_limit(700.0).work_s(200.0, 10.0) == pytest.approx(0.5 + (0.2 + 0.2) / faster)


def test_a_replica_whose_accelerators_draw_no_more_under_load_keeps_its_power() -> None:
    assert replica(accelerator_pu=0.0).at_limit(700.0).power_w == (3000.0, 4000.0, 6000.0)
    flat = replica(power_w=(2000.0, 2000.0, 2000.0))
    assert flat.at_limit(700.0).power_w == flat.power_w


@given(replicas(), UNIT, UNIT)
def test_the_curves_rise_where_the_data_do(made: Replica, one: float, other: float) -> None:
    low, high = sorted((one * made.concurrency[-1], other * made.concurrency[-1]))
    for curve in (made.power_w_at, made.tokens_per_s_at):
        below, above = curve([low, high])
        assert below <= above * (1 + 1e-12)


@given(replicas(), UNIT)
def test_the_curves_stay_between_their_points(made: Replica, share: float) -> None:
    at = share * made.concurrency[-1]
    steps = np.array(made.concurrency) / made.tokens_per_s
    assert steps.min() * (1 - 1e-12) <= made.step_s(at) <= steps.max() * (1 + 1e-12)
    assert made.idle_w <= made.power_w_at(at) <= made.power_w[-1]


@given(replicas())
def test_the_points_are_met(made: Replica) -> None:
    assert made.tokens_per_s_at(made.concurrency) == pytest.approx(made.tokens_per_s, rel=1e-12)
    assert made.power_w_at(made.concurrency).tolist() == list(made.power_w)


@given(replicas())
def test_the_present_limit_changes_nothing(made: Replica) -> None:
    assert made.at_limit(made.gpu_limit_w) == made


def least_limit_w(made: Replica) -> float:
    """The limit below which idle accelerators would exceed it, which is refused."""
    total_w = made.accelerator_idle_w + made.accelerator_pu * (max(made.power_w) - made.idle_w)
    return made.gpu_limit_w * made.accelerator_idle_w / total_w * (1.0 + 1e-9) if total_w else 0.0


@given(replicas(), LIMITS_W, LIMITS_W)
def test_limits_follow_each_other_as_one(made: Replica, one: float, other: float) -> None:
    assume(min(one, other) > least_limit_w(made))
    twice, once = made.at_limit(one).at_limit(other), made.at_limit(other)
    assert twice.power_w == pytest.approx(once.power_w, rel=1e-9)
    assert twice.tokens_per_s == pytest.approx(once.tokens_per_s, rel=1e-9)
    assert twice.accelerator_pu == pytest.approx(once.accelerator_pu, rel=1e-6)


@given(replicas(), LIMITS_W, UNIT)
def test_loaded_accelerators_follow_the_limit_and_the_host_stays(
    made: Replica, limit_w: float, share: float
) -> None:
    other, at = made.at_limit(limit_w), share * made.concurrency[-1]

    def split(one: Replica, concurrency: float) -> tuple[float, float]:
        power = float(one.power_w_at(concurrency))
        accelerators = one.accelerator_idle_w + one.accelerator_pu * (power - one.idle_w)
        return accelerators, power - accelerators

    full = made.concurrency[-1]
    assert split(other, full)[0] == pytest.approx(split(made, full)[0] * limit_w / made.gpu_limit_w, rel=1e-9)
    assert split(other, at)[1] == pytest.approx(split(made, at)[1], rel=1e-9)


@given(st.floats(0.1, 1.0), st.floats(100.0, 1200.0))
def test_the_lowest_limit_still_gives_speed(floor_pu: float, rated_w: float) -> None:
    response = PowerResponse(dead_pu=0.05, bend=1.09, floor_pu=floor_pu)
    made = replica(response=response, gpu_rated_w=rated_w, gpu_limit_w=rated_w, accelerator_idle_w=0.0)
    slowest = response.speed_pu(floor_pu)
    rates = made.at_limit(floor_pu * rated_w).tokens_per_s
    assert rates == pytest.approx([slowest * rate for rate in made.tokens_per_s])


@given(replicas(), LIMITS_W, LIMITS_W)
def test_a_higher_limit_never_takes_less_power_or_gives_less_speed(
    made: Replica, one: float, other: float
) -> None:
    assume(min(one, other) > least_limit_w(made))
    low, high = (made.at_limit(limit_w) for limit_w in sorted((one, other)))
    assert np.all(np.array(low.power_w) <= np.array(high.power_w) * (1 + 1e-12))
    assert np.all(np.array(low.tokens_per_s) <= np.array(high.tokens_per_s) * (1 + 1e-12))


@given(replicas(), st.floats(0.0, 1e5), st.floats(0.0, 1e5), st.floats(0.0, 1e5))
def test_the_work_of_tokens_adds_up(made: Replica, prompt: float, output: float, more: float) -> None:
    whole, part = made.work_s(prompt, output + more), made.work_s(prompt, output)
    assert whole - part == pytest.approx(more * float(made.step_s(1.0)), rel=1e-6, abs=1e-9 * float(whole))


@given(replicas())
def test_a_replica_survives_plain_data(made: Replica) -> None:
    assert Replica(**made.to_dict()) == made


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"power_w": (3000.0,)}, "Replica: power_w has 1 entries; allowed: 3, as concurrency has"),
        (
            {"tokens_per_s": (1.0, 2.0, 3.0, 4.0)},
            "Replica: tokens_per_s has 4 entries; allowed: 3, as concurrency has",
        ),
        (
            {"concurrency": (2.0, 3.0, 8.0)},
            "Replica: concurrency[0] = 2; allowed: 1, the first point",
        ),
        (
            {"concurrency": (1.0, 8.0, 8.0)},
            "Replica: concurrency[2] = 8 after 8; allowed: increasing numbers",
        ),
        (
            {"tokens_per_s": (50.0, 80.0, 79.0)},
            (
                "Replica: tokens_per_s[2] = 79 tokens/s at a concurrency of 8 and 80 tokens/s at 2; "
                "allowed: at least 80 tokens/s, or throughput_may_fall = true"
            ),
        ),
        (
            {"power_w": (3000.0, 2999.0, 6000.0)},
            (
                "Replica: power_w[1] = 2999 W at a concurrency of 2 and 3000 W at 1; "
                "allowed: at least 3000 W, or power_may_fall = true"
            ),
        ),
        (
            {"power_w": (1999.0, 4000.0, 6000.0)},
            "Replica: power_w[0] = 1999 W at a concurrency of 1; allowed: at least 2000 W, idle_w",
        ),
        (
            {"accelerator_idle_w": 2001.0},
            "Replica: accelerator_idle_w = 2001.0 W; allowed: at most 2000 W, idle_w",
        ),
        ({"slots": 9}, "Replica: slots = 9; allowed: at most 8, the last point of concurrency"),
        (
            {"gpu_limit_w": 496.0},
            "Replica: gpu_limit_w = 496 W; allowed: from 497 W, the floor of response, to 700 W, gpu_rated_w",
        ),
        (
            {"gpu_limit_w": 701.0},
            "Replica: gpu_limit_w = 701 W; allowed: from 497 W, the floor of response, to 700 W, gpu_rated_w",
        ),
        (
            {"tokens_per_s": (50.0, float("nan"), 200.0)},
            (
                "Replica: tokens_per_s[1] = nan tokens/s; "
                "allowed: a finite number at least 0.001 and at most 1e+09 tokens/s"
            ),
        ),
        (
            {"power_w": (3000.0, 4000.0, float("inf"))},
            "Replica: power_w[2] = inf W; allowed: a finite number at least 0.001 and at most 1e+12 W",
        ),
        (
            {"concurrency": ()},
            "Replica: concurrency = (); allowed: a list of at least 1 entry and at most 1,000 entries",
        ),
        (
            {"idle_w": -1.0},
            "Replica: idle_w = -1.0 W; allowed: a finite number at least 0 and at most 1e+12 W",
        ),
    ],
)
def test_curves_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    assert told(lambda: replica(**changes)) == message


def test_marked_curves_may_fall() -> None:
    falling = replica(
        tokens_per_s=(50.0, 80.0, 79.0),
        power_w=(3000.0, 2999.0, 6000.0),
        throughput_may_fall=True,
        power_may_fall=True,
    )
    assert float(falling.tokens_per_s_at(8)) == pytest.approx(79.0)
    assert falling.at_limit(700.0).tokens_per_s[2] < falling.at_limit(700.0).tokens_per_s[1]


def test_a_limit_outside_the_response_or_below_idle_accelerators_is_refused() -> None:
    assert told(lambda: replica().at_limit(750.0)) == (
        "Replica: gpu_limit_w = 750 W; allowed: from 497 W, the floor of response, to 700 W, gpu_rated_w"
    )
    # accelerators 1500 W idle, 1500 + 0.1 x 4000 = 1900 W loaded at 700 W; 1500 W at 700 x 15 / 19 = 552.6 W
    hot = replica(accelerator_idle_w=1500.0, accelerator_pu=0.1, gpu_limit_w=700.0)
    assert told(lambda: hot.at_limit(550.0)) == (
        "Replica: gpu_limit_w = 550 W; allowed: at least 552.632 W, below which idle accelerators exceed it"
    )
    assert hot.at_limit(553.0).power_w[-1] == pytest.approx(2000 + 3600, abs=2.0)
    assert "gpu_limit_w = nan W" in told(lambda: replica().at_limit(float("nan")))


@pytest.mark.parametrize("wrong", [8.01, -0.01, float("nan"), float("inf")])
def test_a_concurrency_outside_the_curves_is_refused(wrong: float) -> None:
    made = replica()
    for curve in (made.step_s, made.speed, made.tokens_per_s_at, made.power_w_at, made.j_per_token):
        with pytest.raises(
            ValueError, match=r"Replica: concurrency = .*; allowed: from 0 to 8, the last point"
        ):
            curve([1.0, wrong])


def test_a_token_of_no_request_has_no_energy() -> None:
    with pytest.raises(ValueError, match=r"Replica: concurrency = 0; allowed: above 0"):
        replica().j_per_token([0.0, 1.0])


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_tokens_that_cannot_be_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"Replica: output_tokens = .*; allowed: finite, at least 0"):
        replica().work_s(1.0, [1.0, wrong])
    with pytest.raises(ValueError, match=r"Replica: prompt_tokens = .*; allowed: finite, at least 0"):
        replica().work_s(wrong, 1.0)
