"""Training under power caps: how much slower, and with how much less energy.

Case B10. Training was measured under power caps for 104 combinations of GPU, data set, network and batch
size. A response of two parameters is fitted to each curve that is bound by power. Time and energy of the job
under each cap are compared with the measured ones.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import inf
from textwrap import fill
from typing import TYPE_CHECKING

from sim import Campus, Result, SpecError
from sim.campus import GridConnection, PowerResponse, ServerPool, TrainingJob, fit_response, relative_curve
from sim.cli import run_scenario
from sim.compute.response import PRESETS
from sim.errors import Problem, nearest
from sim.report.document import Document, Table
from sim.report.markdown import to_markdown
from sim.units import HOURS_PER_DAY, W_PER_MW, Fraction, GpuCount, PositiveDays, PositiveWatts, Watts
from sim.validation.published import Value, agreement, compare, data_file, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAYS = inputs("B10")
DAYS = 15.0
"""Enough for the job at the default cap."""
WIDTH = 100
"""Columns of a line of the report."""
_GPUS_PER_SERVER = 8
_ROUNDING = 1e-9


def power_caps(
    *,
    response: str = "rtx6000",
    power_pu: Fraction = 0.7,
    gpus: GpuCount = 64,
    gpu_w: PositiveWatts = 630.0,
    host_w: Watts = 1780.0,
    work_d: PositiveDays = 10.0,
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
    """
    if response not in PRESETS:
        raise SpecError(
            "power_caps", [Problem(("response",), f"= {response!r} is unknown{nearest(response, PRESETS)}")]
        )
    servers = -(-gpus // _GPUS_PER_SERVER)
    host_w_per_gpu = host_w / _GPUS_PER_SERVER
    time_pu, _ = run_capped(PRESETS[response], power_pu)
    demand = {}
    if time_pu < inf:
        demand["training"] = TrainingJob(
            pool="cluster",
            gpus=gpus,
            gpu_w=power_pu * gpu_w + host_w_per_gpu,
            work_gpu_h=gpus * work_d * HOURS_PER_DAY * time_pu,
        )
    return Campus(
        name="Training under a power cap",
        servers={"cluster": ServerPool(servers=servers, busy_w=_GPUS_PER_SERVER * (gpu_w + host_w_per_gpu))},
        supply={"grid": GridConnection(import_limit_mw=2.0 * gpus * (gpu_w + host_w_per_gpu) / W_PER_MW)},
        demand=demand,
    )


def run_capped(response: PowerResponse, power_pu: float) -> tuple[float, float]:
    """Time and accelerator energy of a job under a power cap, over those without; infinite if it pauses.

    Args:
        response: The response of the job to power.
        power_pu: Accelerator power under the cap over its uncapped mean.
    """
    speed_pu = response.speed_pu(power_pu)
    return (1.0 / speed_pu if speed_pu else inf), response.energy_pu(power_pu)


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
        speeds = [1.0 / time for time in self.time_pu]
        return fit_response(self.power_pu, speeds, above_pu=SAYS["from_pu"], owner=f"{self.gpu}: {self.job}")

    def differences(self) -> Iterator[tuple[float, float]]:
        """How far time and energy of a run under each cap that counts are from the measured ones [pu]."""
        response = self.response()
        for power, measured in zip(self.power_pu, self.time_pu, strict=True):
            if power >= SAYS["from_pu"]:
                time, energy = run_capped(response, power)
                yield time - measured, energy - power * measured

    def worst(self) -> tuple[float, float]:
        """The largest difference of time and of energy [pu]; infinite if no response can be fitted."""
        try:
            times, energies = zip(*self.differences(), strict=True)
        except SpecError:
            return inf, inf
        return max(map(abs, times)), max(map(abs, energies))

    def is_within(self) -> bool:
        """Whether time and energy are within the allowed points at every cap."""
        return all(worst <= SAYS["points_pu"] for worst in self.worst())


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
    if not result.campus.demand:
        return "The job pauses: its power is below the floor of its response."
    job, pool = result.campus.demand["training"], result.campus.servers["cluster"]
    assert isinstance(job, TrainingJob)  # noqa: S101 - the scenario made it
    assert job.gpu_w is not None  # noqa: S101 - the scenario gave it
    assert job.work_gpu_h is not None  # noqa: S101 - the scenario gave it
    full_w = pool.busy_w / pool.gpus_per_server
    share = result.summary.gpu_h_done / job.work_gpu_h
    if share < 1.0 - _ROUNDING:
        done = f"{100.0 * share:.0f} % is done"
        return f"The job is not finished after {result.days:g} days: {done}. Give more --days."
    days = job.work_gpu_h / job.gpus / HOURS_PER_DAY
    mwh = job.gpus * job.gpu_w * days * HOURS_PER_DAY / W_PER_MW
    return (
        f"With {job.gpu_w:.0f} W for each GPU and its share of the server, instead of {full_w:.0f} W, "
        f"the job takes {days:.2f} days and {mwh:.2f} MWh."
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
