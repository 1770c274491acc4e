"""The verdict on a run, and how firm capacity covers its demand."""

from __future__ import annotations

from typing import Any

from sim.books.closed import Tightest
from sim.report.document import Item
from sim.report.numbers import number
from sim.report.phrases import WATT_HOUR, listed
from sim.runs.run import Run
from sim.units import SECONDS_PER_DAY, years

_FEW = 3
_MINUTE = "%Y-%m-%d %H:%M %Z"


def verdict(run: Run) -> Item:
    """Whether the campus is powered, under its target: yes, with which margin, or no, short by how much."""
    summary = run.summary
    allowed = _allowed(run)
    is_met = (
        round(summary.unserved_mwh, WATT_HOUR) <= allowed["unserved_mwh"]
        and summary.unserved_h <= allowed["unserved_h"]
    )
    parts = [_unserved(run, allowed)]
    if round(summary.deferred_mwh, WATT_HOUR):
        names = [name for name, mwh in summary.deferred_by_load_mwh.items() if round(mwh, WATT_HOUR)]
        late_h = number(summary.deferred_mean_delay_h or 0.0)
        parts.append(
            f"{listed(names, _FEW)} waited: {number(summary.deferred_mwh)} MWh, {late_h} h on average"
        )
    answer = "no" if not is_met else "yes, if loads wait" if len(parts) > 1 else "yes"
    if summary.reserve_margin is not None:
        parts.append(f"reserve margin {_margin(summary.reserve_margin)}")
    return Item("Powered", f"{answer}; {'; '.join(parts)}; this rests on seed {run.seed} alone")


def _allowed(run: Run) -> dict[str, float]:
    """Unserved energy and hours that the campus allows in this run."""
    target: dict[str, Any] = run.model.get("target") or {}
    share = years(run.days * SECONDS_PER_DAY)
    given = {
        "unserved_mwh": target.get("unserved_mwh_per_year"),
        "unserved_h": target.get("unserved_h_per_year"),
    }
    if all(most is None for most in given.values()):
        return dict.fromkeys(given, 0.0)
    return {name: float("inf") if most is None else most * share for name, most in given.items()}


def _unserved(run: Run, allowed: dict[str, float]) -> str:
    summary = run.summary
    if not round(summary.unserved_mwh, WATT_HOUR):
        return "all firm demand was served"
    events = run.books.events
    shortages = [event for event in events if (event["owner"], event["event"]) == ("site", "shortage")]
    at = run.calendar.at(shortages[0]["t_s"])
    most_mw = max(event["mw"] for event in shortages)
    reason = next(iter(summary.unserved_by_reason_mwh))
    bounds = [
        f"{number(most)} {unit}"
        for most, unit in ((allowed["unserved_mwh"], "MWh"), (allowed["unserved_h"], "h"))
        if 0.0 < most < float("inf")
    ]
    within = f" (allowed here: {' and '.join(bounds)})" if bounds else ""
    return (
        f"short by up to {number(most_mw)} MW, {number(summary.unserved_mwh)} MWh in "
        f"{number(summary.unserved_h)} h{within}, first on {at:{_MINUTE}}, mainly for {reason}"
    )


def firm_capacity(run: Run) -> tuple[Item, ...]:
    """Firm capacity and margins at the tightest instants, and without the largest unit."""
    adequacy = run.books.adequacy
    if adequacy.all is None:
        return ()
    firm = f"; for firm demand alone {_case(run, adequacy.firm)}" if adequacy.firm else ""
    items = [Item("Firm capacity", f"tightest {_case(run, adequacy.all)}{firm}{_stores(run)}")]
    if adequacy.all_n1 is not None and adequacy.all_n1.largest:
        firm = f"; for firm demand alone {_case(run, adequacy.firm_n1)}" if adequacy.firm_n1 else ""
        items.append(Item("N-1", f"tightest {_case(run, adequacy.all_n1)}{firm}"))
    return tuple(items)


def _case(run: Run, one: Tightest | None) -> str:
    """An instant in words."""
    if one is None:
        return "none"
    at = run.calendar.at(one.at_s)
    out = f" without {one.largest} {number(one.largest_mw)} MW" if one.largest else ""
    return (
        f"{at:{_MINUTE}}: {number(one.firm_mw)} MW{out} for {number(one.wanted_mw)} MW wanted, "
        f"margin {_margin(one.margin)}"
    )


def _stores(run: Run) -> str:
    stores = [
        one.name for one in run.books.participants if one.highest_mwh is not None and one.firm_mw.values.any()
    ]
    return f"; {listed(stores, _FEW)} with what can be sustained for 4 h" if stores else ""


def _margin(share: float) -> str:
    percent = f"{100.0 * share:+.1f} %"
    return percent if float(percent[:-2]) else "0.0 %"
