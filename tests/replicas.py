"""Replicas for tests: one with round numbers, and random ones."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from sim.compute.response import PRESETS
from sim.serving.replica import Replica

ROUND: dict[str, Any] = {
    "gpus": 8,
    "slots": 8,
    "concurrency": (1.0, 2.0, 8.0),
    "tokens_per_s": (50.0, 80.0, 200.0),  # steps of 20, 25 and 40 ms
    "power_w": (3000.0, 4000.0, 6000.0),
    "idle_w": 2000.0,
    "accelerator_pu": 0.9,
    "accelerator_idle_w": 400.0,  # accelerators loaded: 400 + 0.9 x 4000 = 4000 W
    "gpu_limit_w": 500.0,
}
"""Fields of a replica with round numbers."""


def replica(**changes: Any) -> Replica:
    """The replica with round numbers, changed."""
    return Replica(**{**ROUND, **changes})


@st.composite
def replicas(draw: st.DrawFn) -> Replica:
    """Replicas whose curves do not fall."""
    size = draw(st.integers(1, 6))

    def rising(start: float, least: float, most: float) -> tuple[float, ...]:
        rises = draw(st.lists(st.floats(least, most), min_size=size - 1, max_size=size - 1))
        return tuple(accumulate((start, *rises)))

    concurrency = rising(1.0, 0.5, 500.0)
    idle = draw(st.floats(100.0, 3000.0))
    return Replica(
        gpus=draw(st.integers(1, 72)),
        slots=int(concurrency[-1]),
        concurrency=concurrency,
        tokens_per_s=rising(draw(st.floats(1.0, 300.0)), 0.0, 5000.0),
        power_w=rising(idle + draw(st.floats(1.0, 1000.0)), 0.0, 2000.0),
        idle_w=idle,
        accelerator_pu=draw(st.floats(0.1, 1.0)),
        accelerator_idle_w=idle * draw(st.floats(0.0, 0.01)),
        gpu_limit_w=draw(st.floats(480.0, 700.0)),
        response=PRESETS["rtx6000"],
        overhead_s=draw(st.floats(0.0, 1.0)),
        prefill_tokens_per_s=draw(st.none() | st.floats(100.0, 1e5)),
    )


LIMITS_W = st.floats(480.0, 700.0)
"""GPU limits of these replicas."""
