"""Published training runs, each as a job on servers behind a facility and a grid connection.

Cases A1 to A5: the energy and carbon that the authors of GPT-3, T5, Meena, GShard-600B, Switch, BLOOM,
Gopher and OPT report, compared with a run of the same job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.errors import Problem, SpecError, nearest
from sim.units import HOURS_PER_DAY, KG_PER_T, SECONDS_PER_DAY, UsdPerMWh, Watts
from sim.validation.published import Value, agreement, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CASE_OF = {
    "gpt3": "A1",
    "t5": "A2",
    "meena": "A2",
    "gshard": "A2",
    "switch": "A2",
    "bloom": "A3",
    "gopher": "A5",
    "opt": "A5",
}
DAYS = 15.0
"""Long enough for GPT-3."""
_PER_SERVER = 8


def training_ledgers(
    model: str = "gpt3", price_usd_per_mwh: UsdPerMWh = 60.0, idle_server_w: Watts = 0.0
) -> Campus:
    """Train a published model with the processors, power and grid that its authors state.

    Args:
        model: gpt3, t5, meena, gshard, switch, bloom, gopher or opt; some need more days than gpt3, bloom
            118.
        price_usd_per_mwh: Energy charge of the grid (assumed; the ledgers state none).
        idle_server_w: Idle power of a server of 8 processors, added to that of the processors at work. The
            ledgers omit it, except BLOOM with 1,888 W.
    """
    ledger = _ledger(model)
    work_h = ledger.get("work_processor_h") or (
        ledger["processors"] * ledger["duration_d"] * HOURS_PER_DAY  # the work the authors state
    )
    return Campus(
        name=f"Training of {ledger['name']}",
        facility=Facility(pue=ledger["pue"]),
        servers={
            "cluster": ServerPool(
                servers=ledger["processors"] // _PER_SERVER,
                gpus_per_server=_PER_SERVER,
                idle_w=idle_server_w,
                busy_w=idle_server_w + ledger["processor_w"] * _PER_SERVER,
            )
        },
        supply={
            "grid": GridConnection(
                import_limit_mw=50.0,
                import_price_usd_per_mwh=price_usd_per_mwh,
                carbon_kgco2_per_mwh=ledger["carbon_kgco2_per_mwh"],
            )
        },
        demand={
            model: TrainingJob(pool="cluster", gpus=ledger["processors"], work_gpu_h=work_h, flexible_pu=0.0)
        },
    )


@dataclass(frozen=True)
class Ledger:
    """The results of a run for a training job.

    Attributes:
        result: The run.
        energy_mwh: Energy at the meter.
        it_energy_mwh: Energy of the servers.
        carbon_t: Carbon, location-based.
        cost_usd: The bill for power.
        days: From start to end of the job.
    """

    result: Result
    energy_mwh: float
    it_energy_mwh: float
    carbon_t: float
    cost_usd: float
    days: float


@cache
def train(model: str, idle_server_w: float = 0.0) -> Ledger:
    """Run the training of a model to its end."""
    campus = training_ledgers(model, idle_server_w=idle_server_w)
    job: Any = campus.demand[model]
    stated_d = job.work_gpu_h / job.gpus / HOURS_PER_DAY
    result = simulate(campus, days=ceil(stated_d + 0.01))
    done = result.jobs.loc[0]
    return Ledger(
        result,
        result.summary.import_mwh,
        result.summary.it_energy_mwh,
        result.summary.carbon_t,
        result.summary.cost_usd,
        (done["end"] - done["start"]).total_seconds() / SECONDS_PER_DAY,
    )


@cache
def _idle_cluster() -> Result:
    """The cluster of BLOOM, idle for its 118 days."""
    campus = training_ledgers("bloom", idle_server_w=inputs("A3", "idle")["server_w"])
    return simulate(campus.with_values({"demand": {}}), days=118.0)


def _a1() -> dict[str, Value]:
    return {"gpt3_energy": train("gpt3").energy_mwh, "gpt3_carbon": train("gpt3").carbon_t}


def _a2() -> dict[str, Value]:
    models = [model for model, case in CASE_OF.items() if case == "A2"]
    energies: dict[str, Value] = {f"{model}_energy": train(model).energy_mwh for model in models}
    return energies | {f"{model}_carbon": train(model).carbon_t for model in models}


def _a3() -> dict[str, Value]:
    bloom, idle = train("bloom"), _idle_cluster().summary
    embodied_t = inputs("A3", "idle")["embodied_t"]
    return {
        "bloom_energy": bloom.energy_mwh,
        "bloom_carbon": bloom.carbon_t,
        "bloom_days": bloom.days,
        "bloom_idle": idle.import_mwh,
        "bloom_total": bloom.carbon_t + idle.carbon_t + embodied_t,
    }


def _a4() -> dict[str, Value]:
    return {"ratio": train("gpt3").energy_mwh / train("bloom").energy_mwh}


def _a5() -> dict[str, Value]:
    metrics: dict[str, Value] = {}
    for model in ("gopher", "opt"):
        metrics[f"{model}_it_energy"] = train(model).it_energy_mwh
        metrics[f"{model}_carbon"] = train(model).carbon_t
    return metrics


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A1": _a1, "A2": _a2, "A3": _a3, "A4": _a4, "A5": _a5}
"""Simulated numbers by case."""


def report() -> str:
    """Published and simulated numbers of all models, and what they show."""
    rows = [row for case, run in CASES.items() for row in compare(case, run())]
    opt, opt_says, opt_t = train("opt"), inputs("A5", "opt"), stated("A5", "opt_carbon")
    ranked = sorted(CASE_OF, key=lambda model: train(model).energy_mwh)
    cheapest, dearest = (inputs(CASE_OF[model], model)["name"] for model in (ranked[0], ranked[-1]))
    least, most = train(ranked[0]), train(ranked[-1])
    runs = "\n".join(_line(model, case) for model, case in CASE_OF.items())
    return f"""# Published training runs

{reference_table(rows)}
| model | days | MWh | t CO2 | power bill, USD |
|---|---:|---:|---:|---:|
{runs}

BLOOM used a third of the energy of GPT-3 and a twentieth of its carbon: the grid matters more than the
hardware. Its ledger omits cooling and counts idle servers separately, which makes the ratio look better.

The OPT numbers are not consistent: {opt.it_energy_mwh:.0f} MWh at a PUE of {opt_says["pue"]:g} and
{opt_says["carbon_kgco2_per_mwh"]:g} g/kWh give {opt.carbon_t:.1f} t. For the {opt_t:g} t of the table the
grid would have to emit {opt_t / opt.energy_mwh * KG_PER_T:.0f} g/kWh, or the stated energy already
includes the overhead.

Answer: training took {least.energy_mwh:,.0f} MWh ({cheapest}) to {most.energy_mwh:,.0f} MWh ({dearest}).
Do the runs give what the authors report? {agreement(rows).capitalize()}.
"""


def answer(result: Result) -> str:
    """Energy, carbon and time of the job of a run."""
    job, summary = result.jobs.iloc[0], result.summary
    model = str(job["name"])
    name = inputs(CASE_OF[model], model)["name"]
    if job["state"] != "finished":
        share = 100.0 * job["done_gpu_h"] / job["work_gpu_h"]
        return f"{name} is not trained after {result.days:g} days: {share:.0f} % is done. Give more --days."
    days = (job["end"] - job["start"]).total_seconds() / SECONDS_PER_DAY
    return (
        f"{name} took {summary.import_mwh:,.1f} MWh at the meter, {summary.carbon_t:,.1f} t CO2 and "
        f"{days:.1f} days. dcgrid reproduce {CASE_OF[model]} compares this with what its authors report."
    )


def _line(model: str, case: str) -> str:
    ledger = train(model)
    return (
        f"| {inputs(case, model)['name']} | {ledger.days:.1f} | {ledger.energy_mwh:,.1f} "
        f"| {ledger.carbon_t:,.1f} | {ledger.cost_usd:,.0f} |"
    )


def picture() -> Figure:
    """Energy and carbon of each run, published and simulated."""
    from matplotlib.figure import Figure as Canvas

    rows = [row for case in ("A1", "A2", "A3", "A5") for row in compare(case, CASES[case]())]
    figure = Canvas(figsize=(10.0, 4.5), layout="constrained")
    for axes, unit, name in zip(figure.subplots(1, 2), ("MWh", "t"), ("Energy", "Carbon"), strict=True):
        shown = [row for row in rows if row.reference.unit == unit and row.published is not None]
        shown.sort(key=lambda row: row.simulated)
        at = range(len(shown))
        axes.plot(
            [row.published for row in shown], at, "o", color="#ee6677", ms=9, mfc="none", label="published"
        )
        axes.plot([row.simulated for row in shown], at, "x", color="#223355", label="simulated")
        for place, row in zip(at, shown, strict=True):
            away = 100.0 * (row.simulated / (row.published or 1.0) - 1.0)
            axes.annotate(
                f"{away:+z.1f} %", (row.simulated, place), (9, -3), textcoords="offset points", fontsize=8
            )
        axes.grid(axis="x", alpha=0.3)
        axes.set_yticks(at, [row.reference.about for row in shown], fontsize=8)
        axes.set_xscale("log")
        axes.set_xlabel(f"{name} [{unit}]")
        axes.set_xlim(right=5.0 * shown[-1].simulated)
        axes.legend(loc="upper left", fontsize=8)
    figure.suptitle("Training runs: published and simulated")
    return figure


def _ledger(model: str) -> dict[str, Any]:
    if model not in CASE_OF:
        raise SpecError(
            "training_ledgers", [Problem(("model",), f"= {model!r} is unknown{nearest(model, CASE_OF)}")]
        )
    return inputs(CASE_OF[model], model)


if __name__ == "__main__":
    run_scenario(training_ledgers)
