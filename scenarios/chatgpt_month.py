"""A month of ChatGPT: questions that need an immediate answer, with a daily shape.

Case A6. The estimate gives visits and energy, but not the energy per question. That third number is an
input here: 0.4622 Wh per question, which corresponds to a mean of 26.0 MW.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, InferenceStream, ServerPool
from sim.cli import run_scenario
from sim.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    W_PER_MW,
    WH_PER_MWH,
    OverheadRatio,
    PositiveCount,
    PositiveWattHours,
    PositiveWatts,
    Ratio,
    quantity,
)
from sim.validation.published import Value, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAYS = inputs("A6")
PerDay = Annotated[float, quantity("1/d", gt=0)]
DAYS: float = SAYS["days"]
DAY = (5, 4, 3, 3, 3, 4, 6, 8, 11, 13, 14, 14, 13, 14, 14, 14, 13, 12, 11, 11, 11, 10, 8, 6)
"""Relative height of each hour: a quiet night, a busy working day (assumed, following the office hours in
request traces of language models)."""
_HEADROOM = 1.02
WIDTH = 100
"""Columns of a line of the report."""


def chatgpt_month(
    *,
    visits_per_day: PerDay = SAYS["visits_per_day"],
    questions_per_visit: Ratio = SAYS["questions_per_visit"],
    wh_per_question: PositiveWattHours = SAYS["wh_per_question"],
    night_to_noon: Ratio = 3.0 / 14.0,
    pue: OverheadRatio = 1.0,
    server_w: PositiveWatts = 6300.0,
    gpus_per_server: PositiveCount = 8,
) -> Campus:
    """Run a month of questions on a fleet sized for the busiest hour.

    Args:
        visits_per_day: Visits per day.
        questions_per_visit: Questions per visit.
        wh_per_question: Energy per question. Not published; 0.4622 Wh is implied by 18.72 GWh in the month.
        night_to_noon: Questions in the quietest hour over those in the busiest; 1 is a flat day (assumed).
        pue: Facility power over IT power; 1, because the estimate does not say where it is metered.
        server_w: Power of a server at work; measured, 8 x H200 on Llama 2 70B (MLPerf Inference 4.1).
        gpus_per_server: GPUs in a server.
    """
    low, high = min(DAY), max(DAY)
    flattened = tuple(
        night_to_noon + (1.0 - night_to_noon) * (height - low) / (high - low) if high > low else 1.0
        for height in DAY
    )
    per_s = visits_per_day * questions_per_visit / SECONDS_PER_DAY
    peak_w = per_s * max(flattened) * len(DAY) / sum(flattened) * wh_per_question * SECONDS_PER_HOUR
    servers = ceil(peak_w / server_w * _HEADROOM)
    return Campus(
        name="A month of ChatGPT",
        facility=Facility(pue=pue),
        servers={
            "fleet": ServerPool(servers=servers, gpus_per_server=gpus_per_server, busy_w=server_w),
        },
        supply={"grid": GridConnection(import_limit_mw=10.0 * peak_w / W_PER_MW)},
        demand={
            "questions": InferenceStream(
                pool="fleet",
                gpus=servers * gpus_per_server,
                requests_per_s={"mean": per_s, "hourly": flattened},
                energy_per_request_wh=wh_per_question,
            )
        },
    )


@cache
def month() -> Result:
    """The month."""
    return simulate(chatgpt_month(), days=DAYS)


def _a6() -> dict[str, Value]:
    summary = month().summary
    mean_mw = summary.load_factor * summary.peak_load_mw
    return {"energy": summary.energy_mwh, "mean": mean_mw, "peak": summary.peak_load_mw}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A6": _a6}
"""Simulated numbers by case."""


def report() -> str:
    """Published and simulated numbers of the month."""
    result = month()
    summary, fleet = result.summary, result.campus.servers["fleet"]
    return f"""# A month of ChatGPT

{reference_table(compare("A6", _a6()))}
{SAYS["visits_per_day"] / 1e6:g} million visits per day with {SAYS["questions_per_visit"]:g} questions
each give energy only with a third number, the energy per question. Here it is an input:
{SAYS["wh_per_question"]} Wh, which corresponds to a mean load of {stated("A6", "mean"):.1f} MW.
Energy and load are proportional to it.

{summary.requests_wanted / 1e9:.2f} billion questions were asked, {summary.requests_dropped:.0f} were dropped.
The daily shape raises the peak to {summary.peak_load_mw:.1f} MW (load factor {summary.load_factor:.2f}),
so the fleet has {fleet.servers:,} servers of {fleet.busy_w / 1000.0:g} kW.

{fill(f"Answer: {answer(result)}", WIDTH)}
"""


def answer(result: Result) -> str:
    """The load of the questions of a run."""
    summary = result.summary
    mean_mw = summary.load_factor * summary.peak_load_mw
    per_question_wh = WH_PER_MWH * summary.it_energy_mwh / summary.requests_wanted
    return (
        f"{summary.requests_wanted / 1e9:.2f} billion questions in {result.days:g} days are a load of "
        f"{mean_mw:.1f} MW on average and {summary.peak_load_mw:.1f} MW at the peak, "
        f"{summary.energy_mwh:,.0f} MWh in all, if a question takes {per_question_wh:.4g} Wh, which is not "
        "published."
    )


def picture() -> Figure:
    """A week of load, with the mean and the peak of the month."""
    from matplotlib.figure import Figure as Canvas

    load = month().hourly["questions.served_mw"]
    figure = Canvas(figsize=(9.0, 3.8), layout="constrained")
    axes = figure.subplots()
    days = load.iloc[: 7 * 24]
    axes.fill_between(days.index, days.to_numpy(), step="post", color="#4477aa", alpha=0.5, label="load")
    axes.axhline(load.mean(), color="#ee6677", label=f"mean of the month, {load.mean():.1f} MW")
    axes.axhline(load.max(), color="#222222", ls="--", lw=1, label=f"peak, {load.max():.1f} MW")
    axes.set_ylim(0.0, 1.2 * load.max())
    axes.set_ylabel("load [MW]")
    axes.legend(loc="upper right", ncols=3)
    axes.set_title("Load of ChatGPT questions, first week of the month")
    figure.autofmt_xdate()
    return figure


if __name__ == "__main__":
    run_scenario(chatgpt_month)
