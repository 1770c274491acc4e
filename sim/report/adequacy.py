"""The verdict on a run, and how firm capacity covers its demand."""

from __future__ import annotations

from math import inf
from typing import Any

from sim.books.closed import KINDS, Tightest
from sim.report.document import Item
from sim.report.numbers import number, percentage
from sim.report.phrases import MINUTE, WATT_HOUR, listed
from sim.runs.run import Run
from sim.units import SECONDS_PER_DAY, years

_FEW = 3
_ROUNDING = 1e-9


def verdict(run: Run) -> Item:
    """Whether the campus is powered, under its target: yes, with which margin, or no, short by how much."""
    summary = run.summary
    allowed = _allowed(run)
    unserved = {"unserved_mwh": summary.unserved_mwh, "unserved_h": summary.unserved_h}
    is_met = not round(summary.unserved_mwh, WATT_HOUR) or all(
        amount <= allowed[name] * (1.0 + _ROUNDING) for name, amount in unserved.items()
    )
    parts = [_unserved(run, allowed)]
    if round(summary.deferred_mwh, WATT_HOUR):
        names = [name for name, mwh in summary.deferred_by_load_mwh.items() if round(mwh, WATT_HOUR)]
        late_h = float(run.jobs["late_h"].fillna(0.0).max())
        waited = f"{number(summary.deferred_mwh)} MWh, {number(late_h)} h late at most"
        parts.append(f"{listed(names, _FEW)} waited: {waited}")
    answer = "no" if not is_met else "yes, if loads wait" if len(parts) > 1 else "yes"
    parts += _reserve(run)
    return Item("Powered", f"{answer}; {'; '.join(parts)}; this rests on seed {run.seed} alone")


def _reserve(run: Run) -> list[str]:
    """The least reserve margin of all demand and of firm demand, with its day."""
    found: list[str] = []
    for kind, name in (("all", "reserve margin"), ("firm", "for firm demand alone")):
        one = run.books.adequacy.tightest(kind)
        if one is not None and not (found and one == run.books.adequacy.tightest("all")):
            found.append(f"{name} {percentage(one.margin)} on {run.calendar.at(one.at_s):%Y-%m-%d}")
    return [", ".join(found)] if found else []


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
    return {name: inf if most is None else most * share for name, most in given.items()}


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
        if most < inf
    ]
    bounds = bounds if any(allowed.values()) else []
    within = f" (allowed here: {' and '.join(bounds)})" if bounds else ""
    return (
        f"short by up to {number(most_mw)} MW, {number(summary.unserved_mwh)} MWh in "
        f"{number(summary.unserved_h)} h{within}, first on {at:{MINUTE}}, mainly for {reason}"
    )


def firm_capacity(run: Run) -> tuple[Item, ...]:
    """Firm capacity and margins at the tightest instants, and without the largest unit."""
    cases = {kind: run.books.adequacy.tightest(kind) for kind in KINDS}
    if cases["all"] is None:
        return ()
    items = [Item("Firm capacity", f"{_cases(run, cases['all'], cases['firm'])}{_stores(run)}")]
    if cases["all_n1"] is not None and cases["all_n1"].largest:
        items.append(Item("N-1", _cases(run, cases["all_n1"], cases["firm_n1"])))
    return tuple(items)


def _cases(run: Run, every: Tightest | None, firm: Tightest | None) -> str:
    """The tightest instant for all demand and, if it is another, for firm demand alone."""
    text = f"tightest {_case(run, every)}"
    return text if firm in {None, every} else f"{text}; for firm demand alone {_case(run, firm)}"


def _case(run: Run, one: Tightest | None) -> str:
    """An instant in words."""
    if one is None:
        return "none"
    at = run.calendar.at(one.at_s)
    out = f" without {one.largest} {number(one.largest_mw)} MW" if one.largest else ""
    return (
        f"{at:{MINUTE}}: {number(one.firm_mw)} MW{out} for {number(one.wanted_mw)} MW wanted, "
        f"margin {percentage(one.margin)}"
    )


def _stores(run: Run) -> str:
    stores = [
        one.name for one in run.books.participants if one.highest_mwh is not None and one.firm_mw.values.any()
    ]
    return f"; {listed(stores, _FEW)} with what can be sustained for 4 h" if stores else ""
