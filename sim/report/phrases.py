"""Phrases of a report: lists, counts, and energy by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sim.report.numbers import large, number

WATT_HOUR = 6
"""Decimals of a MWh beyond which there is only rounding."""

LEAST_REQUESTS = 0.5
"""Requests below which there is only rounding."""

_LISTED = 6
DROPS = {
    "time-out": "timed out",
    "queue full": "found the queue full",
    "power": "lost a slot for lack of power",
}
"""What happened to requests that were dropped, by the reason in the books."""
MINUTE = "%Y-%m-%d %H:%M %Z"
"""How a report writes a moment."""


def short(text: str, width: int) -> str:
    """A name that fits a table."""
    return text if len(text) <= width else text[: width - 1] + "…"


def listed(items: Iterable[str], most: int = _LISTED) -> str:
    """Some items, and how many there are beyond."""
    items = list(items)
    beyond = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(items[:most]) + beyond or "none"


def unit_named(detail: str) -> str:
    """The unit or units that an event names, such as `module 2`; nothing for a length or a size."""
    return detail if detail[:1].isalpha() else ""


def counted(count: int, noun: str) -> str:
    """A count of something."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def amounts(mwh: Mapping[str, float]) -> str:
    """Energy by name, the largest first, without what is rounding only."""
    ranked = sorted(mwh.items(), key=lambda item: (-item[1], item[0]))
    return listed([f"{name} {number(amount)}" for name, amount in ranked if round(amount, WATT_HOUR)])


def drops(requests: Mapping[str, float]) -> str:
    """Requests that were dropped, by reason, the most frequent first."""
    ranked = sorted(requests.items(), key=lambda item: (-item[1], item[0]))
    return listed(
        [f"{large(count)} {DROPS.get(reason, reason)}" for reason, count in ranked if count >= LEAST_REQUESTS]
    )


def derived_said(batteries: Sequence[str]) -> str:
    """What a reader who compares points with derived prices must know; empty without such batteries."""
    if not batteries:
        return ""
    verb, of = "charges and discharges", "its size"
    if len(batteries) > 1:
        verb, of = "charge and discharge", "their sizes"
    found = f"The prices at which {listed(batteries)} {verb} derive from {of} and may differ between points."
    return f"{found} To hold them, set charge_below_usd_per_mwh and discharge_above_usd_per_mwh."


def replay_said(replayed: int, runs: int) -> str:
    """How many of some runs were replayed, as a sentence."""
    return "All runs replayed." if replayed == runs else f"{replayed} of {counted(runs, 'run')} replayed."
