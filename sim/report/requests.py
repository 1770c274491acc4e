"""Requests in a report: how the replicas of each inference stream served them, with what energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.document import Heading, Item, Items, Paragraph, Table
from sim.report.numbers import cell, large, number, percent
from sim.report.phrases import counted, drops, short
from sim.runs.requests import PERCENTILES
from sim.runs.run import Run
from sim.runs.serving import requests_total

if TYPE_CHECKING:
    import pandas as pd

SHOWN = (
    "requests_served",
    "requests_met",
    "prompt_tokens",
    "output_tokens_dropped",
    "serving_mwh",
    *PERCENTILES,
)
"""Accounts that this section tells."""
_STREAMS = 4
_NAME = 12
_MANY_LEFT = 0.01
"""Share of the requests that came from which on those left at the end are told."""
_SERVICE = ("class", "requests", "dropped", "TTFT p50 s", "TTFT p99 s", "TPOT p50 s", "TPOT p99 s")
_TIMES = ("ttft_p50_s", "ttft_p99_s", "tpot_p50_s", "tpot_p99_s")
_WORK = ("class", "served", "in objective", "latency p99 s", "tokens/s", "J/token", "Wh/request")
_NUMBERS = ("latency_p99_s", "output_tokens_per_s", "j_per_output_token", "wh_per_request")
_RESOLUTIONS = {
    "exact": "each request by itself; power and its peaks are means over windows",
    "fluid": "rates and mean waits",
}
_ENERGIES = {"accelerator": "accelerators", "host": "host", "idle": "idle"}
_REASONS = {"timed_out": "time-out", "refused": "queue full", "cut": "power"}


def requests(run: Run) -> list[Heading | Paragraph | Table | Items]:
    """The section, where there are inference streams."""
    total = requests_total(run)
    names = list(dict.fromkeys(total.index.get_level_values("stream")))
    if not names:
        return []
    whole = total.groupby("stream")["wanted"].max()
    shown = sorted(names, key=lambda name: (-whole[name], name))[:_STREAMS]
    parts = [part for name in shown for part in _stream(run, name, total.loc[[name]].droplevel("stream"))]
    beyond = len(names) - len(shown)
    rest = [Paragraph(f"{counted(beyond, 'stream')} more: see result.requests.")] if beyond else []
    return [Heading("Inference"), *parts, *rest]


def _stream(run: Run, name: str, told: pd.DataFrame) -> list[Paragraph | Table | Items]:
    """A stream: its size, two tables by class, and what it has in common."""
    rows = told if len(told) > 2 else told.iloc[:1]  # noqa: PLR2004 - a single class is the total
    whole = told.iloc[-1]
    resolution = str(whole["resolution"])
    how = f"{run.participant(name).size}; {resolution} ({_RESOLUTIONS[resolution]})"
    return [
        Paragraph(f"{short(name, 2 * _NAME)}: {how}."),
        Table(_SERVICE, tuple(_served(*row) for row in rows.iterrows()), words=1),
        Table(_WORK, tuple(_worked(*row) for row in rows.iterrows()), words=1),
        Items((*_dropped(whole), *_common(run, name, whole))),
    ]


def _served(name: object, told: pd.Series[float]) -> tuple[str, ...]:
    return (
        short(str(name), _NAME),
        large(told["wanted"]),
        percent(told["dropped"], told["wanted"]),
        *(cell(told[column]) for column in _TIMES),
    )


def _worked(name: object, told: pd.Series[float]) -> tuple[str, ...]:
    return (
        short(str(name), _NAME),
        large(told["served"]),
        percent(told["met"], told["served"] + told["dropped"]),
        *(cell(told[column]) for column in _NUMBERS),
    )


def _dropped(told: pd.Series[float]) -> tuple[Item, ...]:
    """Requests dropped, by reason; and those left at the end, where they are many."""
    reasons = {reason: float(told[column]) for column, reason in _REASONS.items()}
    found = [Item("Requests dropped", drops(reasons))] if any(reasons.values()) else []
    left = float(told["wanted"] - told["served"] - told["dropped"])
    if left > _MANY_LEFT * told["wanted"]:
        many = f"{large(left)} of {large(told['wanted'])} requests ({percent(left, told['wanted'])})"
        found.append(Item("Neither served nor dropped at the end", many))
    return tuple(found)


def _common(run: Run, name: str, told: pd.Series[float]) -> tuple[Item, ...]:
    """Energy by component, and how many requests were in service and waited."""
    parts = [
        f"{word} {number(told[f'{one}_mwh'])} MWh ({percent(told[f'{one}_mwh'], told['energy_mwh'])}), "
        f"{cell(told[f'{one}_j_per_output_token'])} J/token"
        for one, word in _ENERGIES.items()
    ]
    hours = run.requests[run.requests["stream"] == name].groupby("time")[["in_service", "waiting"]].sum()
    in_service, waiting = (
        f"{number(told[column])} on average, {number(hours[column].max())} in the highest hour"
        for column in ("in_service", "waiting")
    )
    slots = f"{large(told['slots'])} slot{'' if told['slots'] == 1.0 else 's'}"
    use = f"of {slots} ({percent(told['utilisation_pu'], 1.0)} in use)"
    return (
        Item("Energy of replicas", f"{number(told['energy_mwh'])} MWh: {'; '.join(parts)}"),
        Item("Requests in service", f"{in_service}, {use}; waiting: {waiting}"),
    )
