"""The models: replicas of public models as data, with their sources.

Two servers of the same kind differ in energy per token by the model alone: 8 x H200 take 0.27 J for a token
of Llama 2 70B and 0.13 J for one of Mixtral 8x7B.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from sim.presets import Presets
from sim.serving.replica import Replica

_POINTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
"""Concurrencies of curves that are given by formulas: linear interpolation is within 1 % of power."""
_WALL = 1.086
"""Wall power per GPU power of a server of 8 H200: losses and fans (MLPerf Inference 4.1, 12 runs)."""
_HOST_W = 1780.0
"""Wall power of the host of a loaded server of 8 H200 (MLPerf Inference 4.1, 12 runs, worst 6 % of power)."""
_RESIDENT_W = 2690.0
"""Wall power of a server of 8 H200 with the model resident and no request (MLPerf Inference 4.1)."""
_RESIDENT_GPU_W = 125.0
"""Part of it of one GPU: 100 W idle, and an eighth of the 200 W that a resident model adds; unverified."""
_GPUS = 8
"""GPUs of a server."""


def _mlperf(
    *, slots: int, last: int, fixed_s: float, each_s: float, loaded_w: float, half: float, caveat: str
) -> Replica:
    """A replica of 8 H200 with a GPU limit of 500 W.

    Args:
        slots: Most requests served at once.
        last: Last concurrency of the curves.
        fixed_s: Step time without a request.
        each_s: Step time added by each request.
        loaded_w: Power at the wall that is approached at high concurrency.
        half: Concurrency at which half of the power above idle is drawn.
        caveat: What is unverified.
    """
    points = (*(point for point in _POINTS if point < last), last)
    limit_w, idle_gpus_w = 500.0, _GPUS * _RESIDENT_GPU_W
    above_w = loaded_w - _RESIDENT_W
    return Replica(
        gpus=_GPUS,
        slots=slots,
        concurrency=points,
        tokens_per_s=tuple(n / (fixed_s + each_s * n) for n in points),
        power_w=tuple(_RESIDENT_W + above_w * n / (n + half) for n in points),
        idle_w=_RESIDENT_W,
        accelerator_pu=(_WALL * _GPUS * limit_w - idle_gpus_w) / above_w,
        accelerator_idle_w=idle_gpus_w,
        gpu_limit_w=limit_w,
        caveat=caveat,
    )


_LLAMA2_70B = _mlperf(
    slots=8 * 806,
    last=8192,
    fixed_s=0.0204,
    each_s=3.65e-5,
    loaded_w=6300.0,
    half=4.0,
    caveat="power at low concurrency is inferred from the end of a run; step time is fitted to two runs; the "
    "division of idle power is unverified",
)
"""Llama 2 70B, FP8, on 8 x H200 (MLPerf Inference 4.1, closed, NVIDIA, H200-SXM-141GBx8_TRT_MaxQ).

Measured at the wall: 2.69 kW with the model resident, 6.30 kW at 23,113 tokens/s (Server) and 6.16 kW at
25,262 (Offline, 806 requests on each GPU). Step time 20.4 ms + 0.0365 ms x N is calibrated on Server, where N
is 3,180 and the time per output token 136.5 ms; it gives Offline within 0.2 %. Prompts are contained. Power
2.69 + 3.61 N / (N + 4) kW: the 4 (1.4 to 4) is inferred from the drain after the last arrival; unverified at
low steady load.
"""

_MIXTRAL_8X7B = _mlperf(
    slots=8 * 1200,
    last=8 * 1200,
    fixed_s=0.0137,
    each_s=1.986e-5,
    loaded_w=_HOST_W + _WALL * _GPUS * 500.0,
    half=4.0,
    caveat="only the throughput at full load is measured; power is that of such a server at its GPU limit, "
    "idle power and the shape of both curves are taken from Llama 2 70B; unverified",
)
"""Mixtral 8x7B, FP8, on 8 x H200 (MLPerf Inference 4.1, closed, NVIDIA, H200-SXM-141GBx8_TRT_MaxQ).

Measured: 45,497 tokens/s (Server) and 48,988 (Offline); GPU limit 500 W (its configuration). The rest is
unverified. Power: 1.78 kW + 1.086 x 8 x 500 W, within 6 % for 12 runs of this submission. Fixed step time:
20.4 ms of Llama 2 70B x 47 / 70, in proportion to the parameters, all of which a step of many requests reads.
Each request then adds 0.0199 ms, from Offline at its configured batch of 8 x 3,072; Server would be at N =
6,460 and 142 ms per output token, below its limit of 200 ms. Slots: 1,200 on each GPU, as other submitters
configured Server on H200.
"""


def _ml_energy(*, gpus: int, rows: tuple[tuple[float, float, float], ...], falls: bool = False) -> Replica:
    """A replica of H100 from GPU power that was measured at some concurrencies.

    A first point at a concurrency of 1 is added on the line of step time and GPU power through the first two.

    Args:
        gpus: GPUs of the replica.
        rows: Mean concurrency, output tokens per second, power of all its GPUs [W].
        falls: Whether GPU power falls somewhere.
    """
    (low, low_rate, low_w), (high, high_rate, high_w) = rows[:2]
    back = (low - 1.0) / (high - low)
    first_s = low / low_rate - back * (high / high_rate - low / low_rate)
    every = ((1.0, 1.0 / first_s, low_w - back * (high_w - low_w)), *rows)
    share = gpus / _GPUS
    limit_w = max(power for _, _, power in rows) / gpus
    idle_w, idle_gpus_w = share * _RESIDENT_W, gpus * _RESIDENT_GPU_W
    powers = tuple(share * _HOST_W + _WALL * power for _, _, power in every)
    return Replica(
        gpus=gpus,
        slots=int(rows[-1][0]),
        concurrency=tuple(at for at, _, _ in every),
        tokens_per_s=tuple(rate for _, rate, _ in every),
        power_w=powers,
        idle_w=idle_w,
        accelerator_pu=(_WALL * gpus * limit_w - idle_gpus_w) / (max(powers) - idle_w),
        accelerator_idle_w=idle_gpus_w,
        gpu_limit_w=limit_w,
        gpu_rated_w=limit_w,
        power_may_fall=falls,
        caveat="GPU power and throughput are measured; host and idle power are those of 8 x H200 in "
        "proportion to GPUs, the response to a GPU limit is that of H200, and both curves are extrapolated "
        "below a concurrency of 8; unverified",
    )


_LLAMA3_70B = _ml_energy(
    gpus=4,
    rows=(
        (7.99, 469.7, 1765.4),
        (15.95, 862.6, 1803.8),
        (31.88, 1486.7, 1794.2),
        (63.79, 2510.5, 2001.5),
        (95.73, 3244.3, 2101.5),
        (127.61, 3876.3, 2183.8),
        (191.62, 4461.2, 2293.1),
        (255.31, 4915.1, 2354.3),
        (383.02, 5318.8, 2343.5),
        (510.51, 5921.3, 2492.9),
        (766.32, 6507.5, 2535.3),
        (898.45, 6827.2, 2547.5),
    ),
    falls=True,
)
"""Llama 3.1 70B, BF16, on 4 x H100 (ML.ENERGY Leaderboard, December 2025: chat, 350 output tokens).

Measured: mean batch, output throughput and power of the GPUs, which twice falls by 0.5 %. The GPU limit of
700 W does not bind: `gpu_limit_w` is the highest mean power of 637 W. Prompts are contained.
"""

_QWEN3_14B = _ml_energy(
    gpus=1,
    rows=(
        (7.99, 627.4, 443.0),
        (15.97, 1168.2, 465.3),
        (31.92, 2023.2, 493.9),
        (63.84, 3140.3, 525.0),
        (95.88, 3774.8, 541.8),
        (127.71, 4474.4, 572.1),
        (191.66, 5309.1, 612.8),
        (253.41, 5760.3, 644.7),
    ),
)
"""Qwen 3 14B, BF16, on one H100 (ML.ENERGY Leaderboard, December 2025: chat, 620 output tokens).

Measured: mean batch, output throughput and power of the GPU. The GPU limit of 700 W does not bind:
`gpu_limit_w` is the highest mean power of 645 W. Prompts are contained.
"""

MODELS: Mapping[str, Replica] = MappingProxyType(
    {
        "llama2_70b_8xh200": _LLAMA2_70B,
        "mixtral_8x7b_8xh200": _MIXTRAL_8X7B,
        "llama3_70b_4xh100": _LLAMA3_70B,
        "qwen3_14b_1xh100": _QWEN3_14B,
    }
)
"""Replicas by name of model and hardware."""


ReplicaModel = Annotated[Replica, Presets(Replica, MODELS)]
"""A replica as a field of another spec: the name of a preset, or a table of figures."""
