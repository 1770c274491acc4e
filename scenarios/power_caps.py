"""Training under power caps: how much slower, and with how much less energy.

Case B10. Training was measured under power caps for 104 combinations of GPU, data set, network and batch
size. A response of two parameters is fitted to each curve that is bound by power. A job with this response
runs behind a connection of limited power, once for each cap; its time and energy are compared with the
measured ones.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, SpecError, simulate
from sim.campus import (
    Facility,
    GridConnection,
    PowerResponse,
    ServerPool,
    TrainingJob,
    fit_response,
    relative_curve,
)
from sim.cli import run_scenario
from sim.compute.response import PRESETS
from sim.compute.server import Server
from sim.report.document import Document, Table
from sim.report.markdown import to_markdown
from sim.units import (
    HOURS_PER_DAY,
    W_PER_MW,
    Fraction,
    GpuCount,
    OverheadRatio,
    PositiveDays,
    PositiveWatts,
    hours,
    seconds,
)
from sim.validation.published import Value, agreement, compare, data_file, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAYS = inputs("B10")
DAYS = 15.0
"""Enough for the job at the default cap."""
WIDTH = 100
"""Columns of a line of the report."""
WORTH_USD_PER_MWH = 2000.0
"""What power is worth to a job: about 2 USD for an H100-hour. The cap and not the price slows it down."""
_GPUS_PER_SERVER = 8
_IDLE_GPU_W = 80.0
_RUN_GPUS, _RUN_GPU_W, _RUN_HOST_W = 1000, 300.0, 100.0
"""GPUs of the job whose time and energy under caps are measured; power of one and of its host."""
_SLOT_H = 12.0
"""Hours that a job of one hour has under each cap."""
_SCATTER_PU = 0.15
"""Fall of speed with rising power that counts as scatter: 0.11 at most in the 69 measured curves."""


def power_caps(
    *,
    response: str = "rtx6000",
    power_pu: Fraction = 0.7,
    gpus: GpuCount = 64,
    gpu_w: PositiveWatts = 630.0,
    host_w: PositiveWatts = 1780.0,
    work_d: PositiveDays = 10.0,
    pue: OverheadRatio = 1.2,
) -> Campus:
    """Train on GPUs under a power cap.

    Args:
        response: Preset of the job's response to power.
        power_pu: Power of the GPUs under the cap, as a share of their uncapped mean. Below the floor of the
            response the job pauses.
        gpus: GPUs of the job, in servers of 8.
        gpu_w: Uncapped mean power of a GPU; with the host, that of 8 H100 in training (MLPerf Training 4.0).
        host_w: Power of a server without its GPUs, which the cap does not change (MLPerf Inference 4.1).
        work_d: Length of the job without a cap.
        pue: Facility power over IT power (assumed).
    """
    servers, idle_w = -(-gpus // _GPUS_PER_SERVER), min(_IDLE_GPU_W, gpu_w)
    pool = ServerPool(servers=servers, model=_server(_GPUS_PER_SERVER, gpu_w, idle_w, host_w))
    capped_w = gpus * power_pu * gpu_w + (pool.gpus - gpus) * idle_w + servers * host_w
    return Campus(
        name="Training under a power cap",
        facility=Facility(pue=pue),
        servers={"cluster": pool},
        supply={"grid": GridConnection(import_limit_mw=pue * capped_w / W_PER_MW)},
        demand={"training": _job(response, gpus, work_d * HOURS_PER_DAY)},
    )


def _server(accelerators: int, gpu_w: float, idle_gpu_w: float, host_w: float) -> Server:
    """A server whose host draws the same power at any time."""
    return Server(
        accelerators=accelerators,
        accelerator_idle_w=idle_gpu_w,
        accelerator_max_w=gpu_w,
        intensity_pu=1.0,
        host_idle_w=host_w,
        host_active_w=host_w,
        fans_idle_w=0.0,
        fans_max_w=0.0,
        nameplate_w=accelerators * gpu_w + host_w,
    )


def _job(response: str | PowerResponse, gpus: int, work_h: float, submit_h: float = 0.0) -> TrainingJob:
    return TrainingJob(
        pool="cluster",
        gpus=gpus,
        work_gpu_h=gpus * work_h,
        submit_h=submit_h,
        response=response,
        worth_usd_per_mwh=WORTH_USD_PER_MWH,
    )


def run_capped(response: PowerResponse, powers_pu: Sequence[float]) -> list[tuple[float, float]]:
    """Time and accelerator energy of a job under power caps, over those without; infinite if it pauses.

    All caps are of one run: under each, the highest first, a job of one hour runs behind a connection whose
    limit is the cap and the power of the hosts.

    Args:
        response: The response of the job to power.
        powers_pu: Accelerator power under each cap over its uncapped mean.
    """
    ranked = sorted(powers_pu, reverse=True)
    limit_mw = {
        "times_s": [seconds(at * _SLOT_H) for at in range(len(ranked))],
        "values": [_RUN_GPUS * (power * _RUN_GPU_W + _RUN_HOST_W) / W_PER_MW for power in ranked],
    }
    campus = Campus(
        name="Jobs under power caps",
        facility=Facility(pue=1.0),
        servers={"cluster": ServerPool(servers=_RUN_GPUS, model=_server(1, _RUN_GPU_W, 0.0, _RUN_HOST_W))},
        supply={"grid": GridConnection(import_limit_mw=limit_mw, import_price_usd_per_mwh=0.0)},
        demand={
            f"{at:03}": _job(response, _RUN_GPUS, 1.0, submit_h=at * _SLOT_H) for at in range(len(ranked))
        },
    )
    result = simulate(campus, days=len(ranked) * _SLOT_H / HOURS_PER_DAY)
    found = {power: _spent(job) for power, job in zip(ranked, result.books.jobs, strict=True)}
    return [found[power] for power in powers_pu]


def _spent(job: dict[str, Any]) -> tuple[float, float]:
    """Time and accelerator energy of a job of an hour, over those without a cap."""
    if job["state"] != "finished" or job["end_s"] - job["submit_s"] > seconds(_SLOT_H):
        return inf, inf
    time_h = hours(job["end_s"] - job["submit_s"])
    host_mwh = _RUN_GPUS * _RUN_HOST_W * time_h / W_PER_MW
    return time_h, (job["energy_mwh"] - host_mwh) / (_RUN_GPUS * _RUN_GPU_W / W_PER_MW)


@dataclass(frozen=True)
class Curve:
    """A measured curve: one training job under several power caps.

    Attributes:
        gpu: The GPU.
        job: Data set, network and batch size.
        excluded: Why the curve is not bound by power; empty if it is.
        power_pu: Mean power under each cap over the uncapped mean.
        time_pu: Time under each cap over the uncapped time.
    """

    gpu: str
    job: str
    excluded: str
    power_pu: tuple[float, ...]
    time_pu: tuple[float, ...]

    def response(self) -> PowerResponse:
        """The response fitted to the caps that count.

        Raises:
            SpecError: If too few of them reduce the power.
        """
        speeds, owner = [1.0 / time for time in self.time_pu], f"{self.gpu}: {self.job}"
        allowed = {"above_pu": SAYS["from_pu"], "scatter_pu": _SCATTER_PU}
        return fit_response(self.power_pu, speeds, **allowed, owner=owner)

    def worst(self) -> tuple[float, float]:
        """The largest difference of time and of energy [pu]; infinite if no response can be fitted."""
        try:
            times, energies = zip(*differences(self), strict=True)
        except SpecError:
            return inf, inf
        return max(map(abs, times)), max(map(abs, energies))

    def is_within(self) -> bool:
        """Whether time and energy are within the allowed points at every cap."""
        return all(worst <= SAYS["points_pu"] for worst in self.worst())


@cache
def differences(curve: Curve) -> tuple[tuple[float, float], ...]:
    """How far time and energy of a run under each cap that counts are from the measured ones [pu]."""
    counted = [pair for pair in zip(curve.power_pu, curve.time_pu, strict=True) if pair[0] >= SAYS["from_pu"]]
    runs = run_capped(curve.response(), [power for power, _ in counted])
    return tuple(
        (time - measured, energy - power * measured)
        for (power, measured), (time, energy) in zip(counted, runs, strict=True)
    )


@cache
def curves() -> tuple[Curve, ...]:
    """The measured curves of both GPUs."""
    return tuple(curve for gpu in SAYS["gpus"] for curve in _measured(gpu))


def bound() -> list[Curve]:
    """The curves that are bound by power."""
    return [curve for curve in curves() if not curve.excluded]


def _measured(gpu: str) -> Iterator[Curve]:
    jobs: dict[str, list[dict[str, str]]] = {}
    networks: dict[str, str] = {}
    with data_file(SAYS["gpus"][gpu]["file"]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            job = f"{row['network']} on {row['dataset']}, batch of {row['batch_size']}"
            networks[job] = row["network"]
            jobs.setdefault(job, []).append(row)
    for job, rows in jobs.items():
        if len(rows) < SAYS["least_runs"]:
            continue
        table = {name: [float(row[column]) for row in rows] for name, column in _COLUMNS.items()}
        power_pu, speed_pu = relative_curve(table, owner=f"{gpu}: {job}")
        uncapped_w = max(zip(table["power_limit_w"], table["mean_power_w"], strict=True))[1]
        excluded = _excluded(networks[job], uncapped_w / SAYS["gpus"][gpu]["rated_w"])
        yield Curve(gpu, job, excluded, tuple(power_pu), tuple(1.0 / speed for speed in speed_pu))


_COLUMNS = {"power_limit_w": "power_limit", "time_s": "time_per_epoch", "mean_power_w": "average_power"}


def _excluded(network: str, share: float) -> str:
    """Why a curve is not bound by power, from its network and its uncapped mean over the rating."""
    if network == SAYS["unbound"]:
        return f"{network} is not bound by power"
    if share < SAYS["power_bound_pu"]:
        return f"takes {100.0 * share:.0f} % of the rating without a cap"
    return ""


def _b10() -> dict[str, Value]:
    return {"bound": float(len(bound())), "within": float(sum(curve.is_within() for curve in bound()))}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B10": _b10}
"""Simulated numbers by case."""


def report() -> str:
    """How many curves the response follows, those it does not, and those that are excluded."""
    rows = compare("B10", _b10())
    missed = [(c.gpu, c.job, *map(_points, c.worst())) for c in bound() if not c.is_within()]
    excluded = [(c.gpu, c.job, c.excluded) for c in curves() if c.excluded]
    within = Counter(curve.gpu for curve in bound() if curve.is_within())
    counts = Counter(curve.gpu for curve in bound())
    by_gpu = " and ".join(f"{within[gpu]} of {counts[gpu]} of the jobs on the {gpu}" for gpu in SAYS["gpus"])
    said = (
        f"Answer: does a response of two parameters give time and energy under power caps? "
        f"{agreement(rows).capitalize()}. It is within {100.0 * SAYS['points_pu']:g} points for {by_gpu}."
    )
    return f"""# Training under power caps

{reference_table(rows)}
A cap counts if the mean power under it is at least {100.0 * SAYS["from_pu"]:g} % of the uncapped mean. Each
response is fitted to these caps of its own curve. One job was run only twice, which is not a curve.

## Curves that it misses

{_table(("GPU", "job", "time off by", "energy off by"), missed)}
## Curves that are excluded

Their times scatter by more than the tolerance where no cap binds.

{_table(("GPU", "job", "reason"), excluded)}
{fill(said, WIDTH)}
"""


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return to_markdown(Document("", (Table(heads, tuple(rows), words=len(heads), keys=2),)))


def _points(difference: float) -> str:
    return "cannot be fitted" if difference == inf else f"{100.0 * difference:.1f} points"


def answer(result: Result) -> str:
    """How long the job of a run took, and its energy."""
    (job,) = result.books.jobs
    if job["state"] == "held back" and not job["done_gpu_h"]:
        return "The job pauses: its power is below the floor of its response."
    if job["state"] != "finished":
        done = f"{100.0 * job['done_gpu_h'] / job['work_gpu_h']:.0f} % is done"
        return f"The job is not finished after {result.days:g} days: {done}. Give more --days."
    time_h = hours(job["end_s"] - job["start_s"])
    it_mwh = job["energy_mwh"] / result.summary.pue
    gpu_w = round(it_mwh * W_PER_MW / time_h / job["gpus"], 6)
    full_w = result.campus.servers["cluster"].busy_w_per_gpu
    return (
        f"With {gpu_w:.0f} W for each GPU and its share of the server, instead of {full_w:.0f} W, the job "
        f"takes {time_h / HOURS_PER_DAY:.2f} days and {it_mwh:.2f} MWh."
    )


def picture() -> Figure:
    """Measured speed by power, and the response of each preset of a GPU."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(9.0, 4.0), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, gpu in zip(panels, SAYS["gpus"], strict=True):
        preset = PRESETS[gpu.lower()]
        found = [curve for curve in bound() if curve.gpu == gpu]
        for curve in found:
            speeds = [1.0 / time for time in curve.time_pu]
            axes.plot(curve.power_pu, speeds, ".", color="#4477aa", alpha=0.5)
        powers = [preset.floor_pu + (1.0 - preset.floor_pu) * part / 100.0 for part in range(101)]
        axes.plot(powers, [preset.speed_pu(power) for power in powers], color="#ee6677", label="preset")
        axes.set_title(f"{gpu}: {len(found)} jobs that are bound by power")
        axes.set_xlabel("GPU power over the uncapped mean")
        axes.legend()
    panels[0].set_ylabel("speed over that without a cap")
    return figure


if __name__ == "__main__":
    run_scenario(power_caps)
