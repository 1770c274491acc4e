"""A month of ChatGPT: questions that need an immediate answer, with a daily shape.

Case A6. The estimate gives visits and energy, but not what a question takes. That third number is an input
here: the servers that are kept ready. 4,842 servers of 8 H200 with Llama 2 70B take 26.0 MW with these
questions, which is 0.4622 Wh per question. They are nearly empty: full ones would need a thirtieth of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, InferenceStream, ServerPool
from sim.cli import run_scenario
from sim.requests.request_class import CLASSES as KNOWN
from sim.requests.request_class import RequestClass
from sim.requests.tokens import Tokens
from sim.runs.serving import TOTAL, requests_total
from sim.serving.models import MODELS
from sim.timeseries.profile import DailyShape
from sim.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    W_PER_MW,
    OverheadRatio,
    PositiveCount,
    Ratio,
    quantity,
)
from sim.validation.published import Value, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAYS = inputs("A6")
PerDay = Annotated[float, quantity("1/d", gt=0)]
MeanTokens = Annotated[float, quantity("tokens", gt=0, le=1e6)]
DAYS: float = SAYS["days"]
DAY = (5, 4, 3, 3, 3, 4, 6, 8, 11, 13, 14, 14, 13, 14, 14, 14, 13, 12, 11, 11, 11, 10, 8, 6)
"""Relative height of each hour: a quiet night, a busy working day (assumed, following the office hours in
request traces of language models)."""
WIDTH = 100
"""Columns of a line of the report."""


def chatgpt_month(
    *,
    visits_per_day: PerDay = SAYS["visits_per_day"],
    questions_per_visit: Ratio = SAYS["questions_per_visit"],
    servers: PositiveCount = SAYS["servers"],
    model: str = SAYS["model"],
    answer_tokens: MeanTokens = KNOWN[SAYS["class"]].output_tokens.mean,
    night_to_noon: Ratio = 3.0 / 14.0,
    pue: OverheadRatio = 1.0,
    exact: bool = False,
) -> Campus:
    """Answer questions on servers that are all kept ready.

    Args:
        visits_per_day: Visits per day.
        questions_per_visit: Questions per visit.
        servers: Servers. Not published; 4,842 are implied by 18.72 GWh in the month, with this model.
        model: What each server runs, by name: llama2_70b_8xh200, mixtral_8x7b_8xh200, llama3_70b_4xh100 or
            qwen3_14b_1xh100.
        answer_tokens: Mean length of an answer; that of conversations on Azure.
        night_to_noon: Questions in the quietest hour over those in the busiest; 1 is a flat day (assumed).
        pue: Facility power over IT power; 1, because the estimate does not say where it is metered.
        exact: Whether every question is simulated by itself, 15,625 in a second. By default rates are.
    """
    low, high = min(DAY), max(DAY)
    flattened = tuple(night_to_noon + (1.0 - night_to_noon) * (height - low) / (high - low) for height in DAY)
    usual = KNOWN[SAYS["class"]]
    asked = RequestClass(
        prompt_tokens=usual.prompt_tokens, output_tokens=Tokens(mean=answer_tokens, cv=usual.output_tokens.cv)
    )
    stream = InferenceStream(
        pool="fleet",
        replicas=servers,
        model=model,
        requests_per_s=DailyShape(
            mean=visits_per_day * questions_per_visit / SECONDS_PER_DAY, hourly=flattened
        ),
        classes={"question": asked},
        resolution="exact" if exact else "fluid",
    )
    replica = stream.model
    most_w = max(replica.power_w)
    return Campus(
        name="A month of ChatGPT",
        facility=Facility(pue=pue),
        servers={
            "fleet": ServerPool(
                servers=servers, gpus_per_server=replica.gpus, idle_w=replica.idle_w, busy_w=most_w
            )
        },
        supply={"grid": GridConnection(import_limit_mw=2.0 * pue * servers * most_w / W_PER_MW)},
        demand={"questions": stream},
    )


@cache
def month() -> Result:
    """The month."""
    return simulate(chatgpt_month(), days=DAYS)


def totals(result: Result) -> dict[str, Any]:
    """Counts, times and energy of all questions of a run."""
    rows: dict[Any, dict[Any, Any]] = requests_total(result).to_dict("index")
    return rows["questions", TOTAL]


def mean_mw(result: Result) -> float:
    """Mean load of a run."""
    return result.summary.load_factor * result.summary.peak_load_mw


def _a6() -> dict[str, Value]:
    summary = month().summary
    return {
        "energy": summary.energy_mwh,
        "mean": mean_mw(month()),
        "question": float(totals(month())["wh_per_request"]),
        "peak": summary.peak_load_mw,
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A6": _a6}
"""Simulated numbers by case."""


def report() -> str:
    """Published and simulated numbers of the month."""
    result = month()
    found, replica = totals(result), MODELS[SAYS["model"]]
    each = found["in_service"] / SAYS["servers"]
    full_wh = (
        float(replica.j_per_token(replica.slots))
        * found["output_tokens"]
        / found["served"]
        / SECONDS_PER_HOUR
    )
    times = found["wh_per_request"] / full_wh
    most_per_s = SAYS["servers"] * float(replica.tokens_per_s_at(replica.slots))
    used_pct = 100.0 * found["output_tokens_per_s"] / most_per_s
    return f"""# A month of ChatGPT

{reference_table(compare("A6", _a6()))}
{SAYS["visits_per_day"] / 1e6:g} million visits per day with {SAYS["questions_per_visit"]:g} questions
each give energy only with a third number. Here it is an input, the servers that are kept ready:
{SAYS["servers"]:,} of {replica.gpus} H200 with Llama 2 70B, which take {stated("A6", "mean"):.1f} MW.
Answers have {found["output_tokens"] / found["served"]:.0f} tokens on average, as in conversations on Azure.

Each server then answers {each:.0f} questions at once, with {used_pct:.1f} % of the tokens it could give. With
{replica.slots:,} at once a question would take {full_wh:.4f} Wh, 1/{times:.0f} of that.
So the published energy is that of servers that are nearly empty, or of a much heavier model.

{found["wanted"] / 1e9:.2f} billion questions were asked, {found["dropped"]:.0f} were dropped. The daily shape
raises the peak to {result.summary.peak_load_mw:.1f} MW only (load factor {result.summary.load_factor:.2f}):
{100.0 * found["idle_mwh"] / found["energy_mwh"]:.0f} % of the energy is that of servers without a question.

{fill(f"Answer: {answer(result)}", WIDTH)}
"""


def answer(result: Result) -> str:
    """The load of the questions of a run."""
    summary, found = result.summary, totals(result)
    if not found["served"]:
        return f"No question was answered in {result.days:g} days."
    return (
        f"{found['wanted'] / 1e9:.2f} billion questions in {result.days:g} days are a load of "
        f"{mean_mw(result):.1f} MW on average and {summary.peak_load_mw:.1f} MW at the peak, "
        f"{summary.energy_mwh:,.0f} MWh in all, on {result.campus.servers['fleet'].servers:,} servers, a "
        f"number that is not published. A question takes {found['wh_per_request']:.4g} Wh."
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
