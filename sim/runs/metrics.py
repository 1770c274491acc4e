"""The metrics of a run, computed from its closed books."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum
from typing import Any

from sim.books.closed import KINDS, Account, Adds, Closed, Flow, Participant, Posting
from sim.errors import Problem, SpecError
from sim.runs.carbon import carbon
from sim.runs.clean import match
from sim.runs.facility import pue_of_run
from sim.runs.summary import JOB_METRICS, Summary
from sim.units import J_PER_MWH, SECONDS_PER_HOUR, WH_PER_MWH

_SUMMARISED = frozenset(
    {
        "backlog_mwh_h",
        "capital_cost_usd",
        "capital_usd",
        "carbon_embodied_kgco2",
        "carbon_kgco2",
        "carbon_marginal_kgco2",
        "certified_kgco2",
        "certified_mwh",
        "cost_usd",
        "deferred_mwh",
        "deferred_outstanding_mwh",
        "deferred_saved_mwh",
        "fixed_cost_usd",
        "gpu_h_done",
        "gpu_h_lost",
        "idle_held_mwh",
        "lost_work_mwh",
        "output_tokens",
        "requests_dropped",
        "requests_wanted",
    }
)
"""Accounts that have metrics of their own in a summary."""


def summarise(books: Closed, *, loop_s: float, wall_s: float) -> Summary:
    """Draw up the metrics of a run.

    Args:
        books: Its closed books.
        loop_s: Wall time of the event loop alone.
        wall_s: Wall time of all of `simulate`.
    """
    check_accounts(books.accounts)
    metrics = {**_load(books), **_supply(books), **_service(books), **_money(books)}
    return Summary(
        **metrics,
        accounts=own_accounts(books),
        balance_residual_mwh=books.balance.residual_mwh,
        settlements=books.settlements,
        loop_s=loop_s,
        wall_s=wall_s,
    )


def _load(books: Closed) -> dict[str, Any]:
    """Peak, energy and overhead of the demand that was served."""
    served_mwh, it_mwh = books.balance.served_mwh, books.total_mwh(Flow.IT)
    return {
        **_peaks(books),
        **vars(books.power.changes["load"]),
        **_margins(books),
        "load_factor": _ratio(served_mwh / _hours(books), books.power.extremes["load"].peak_mw) or 0.0,
        "energy_mwh": served_mwh,
        "it_energy_mwh": it_mwh,
        "pue": pue_of_run(books),
    }


def _peaks(books: Closed) -> dict[str, Any]:
    """Highest power wanted, served, imported and exported, each with its window."""
    power, hourly_mw = books.power, books.power.hourly_mw(books.hours.edges_s)
    found: dict[str, Any] = {"lowest_load_mw": float(power.extremes["load"].lowest_mw.min())}
    for name, extremes in power.extremes.items():
        found |= {
            f"peak_{name}_mw": extremes.peak_mw,
            f"peak_{name}_at_h": extremes.peak_at_s / SECONDS_PER_HOUR,
            f"peak_{name}_15min_mw": float(power.means_mw[name].max()),
            f"peak_{name}_1h_mw": float(hourly_mw[name].max()),
        }
    return found


def _margins(books: Closed) -> dict[str, Any]:
    """How firm capacity covers demand at the tightest instant."""
    tightest = {kind: books.adequacy.tightest(kind) for kind in KINDS}
    margins = {kind: one and one.margin for kind, one in tightest.items()}
    of_all = tightest["all"]
    return {
        "reserve_margin": margins["all"],
        "reserve_margin_at_h": of_all and of_all.at_s / SECONDS_PER_HOUR,
        "firm_at_tightest_mw": of_all and of_all.firm_mw,
        "demand_at_tightest_mw": of_all and of_all.wanted_mw,
        "reserve_margin_firm": margins["firm"],
        "reserve_margin_n1": margins["all_n1"],
        "reserve_margin_n1_firm": margins["firm_n1"],
    }


def _supply(books: Closed) -> dict[str, Any]:
    """Where energy came from, what was curtailed of it, and what stores kept."""
    supplied_mwh = books.by_owner_mwh(Flow.DELIVERED, Flow.IMPORT)
    capacity_mw = {one.name: one.capacity_mw for one in books.participants if one.capacity_mw}
    return {
        "supplied_mwh": supplied_mwh,
        "discharged_mwh": books.by_owner_mwh(Flow.DISCHARGE),
        "charged_mwh": books.by_owner_mwh(Flow.CHARGE),
        "curtailed_mwh": books.total_mwh(Flow.CURTAILED),
        "curtailed_by_source_mwh": books.by_owner_mwh(Flow.CURTAILED),
        "curtailed_by_reason_mwh": _ranked(books.curtailed_mwh),
        "loss_mwh": books.balance.loss_mwh,
        "stored_mwh": books.balance.stored_mwh,
        "import_mwh": books.total_mwh(Flow.IMPORT),
        "export_mwh": books.balance.export_mwh,
        "capacity_mw": capacity_mw,
        "capacity_factor": {
            one.name: supplied_mwh.get(one.name, 0.0) / (one.capacity_mw * _hours_in_service(books, one))
            for one in books.participants
            if one.capacity_mw
        },
    }


def _service(books: Closed) -> dict[str, Any]:
    """What loads were not given, or later, and the work that was done."""
    shortages = [event for event in books.events if (event["owner"], event["event"]) == ("site", "shortage")]
    dropped = books.parts("requests_dropped")
    deferred_mwh = books.amount("deferred_mwh")
    return {
        "unserved_mwh": books.total_mwh(Flow.UNSERVED),
        "unserved_by_reason_mwh": _ranked(books.unserved_mwh),
        "unserved_by_load_mwh": books.by_owner_mwh(Flow.UNSERVED),
        "unserved_h": fsum(event["duration_h"] for event in shortages),
        "shortages": len(shortages),
        "deferred_mwh": deferred_mwh,
        "deferred_by_load_mwh": _ranked({one.owner: one.total for one in books.posted("deferred_mwh")}),
        "deferred_outstanding_mwh": books.amount("deferred_outstanding_mwh"),
        "deferred_saved_mwh": books.amount("deferred_saved_mwh"),
        "deferred_mean_delay_h": _ratio(books.amount("backlog_mwh_h"), deferred_mwh),
        "idle_held_mwh": books.amount("idle_held_mwh"),
        "requests_wanted": books.amount("requests_wanted"),
        "requests_dropped": fsum(dropped.values()),
        "requests_dropped_by_reason": _ranked(dropped),
        **_serving(books),
        "gpu_h_done": books.amount("gpu_h_done"),
        "gpu_h_lost": books.amount("gpu_h_lost"),
        "lost_work_mwh": books.amount("lost_work_mwh"),
    }


def _serving(books: Closed) -> dict[str, Any]:
    """Output tokens, and the IT energy of streams for each of them and for each request served."""
    tokens, mwh = books.amount("output_tokens"), books.amount("serving_mwh")
    return {
        "output_tokens": tokens,
        "j_per_output_token": _ratio(J_PER_MWH * mwh, tokens),
        "wh_per_request": _ratio(WH_PER_MWH * mwh, books.amount("requests_served")),
    }


def _money(books: Closed) -> dict[str, Any]:
    """The bill, and the carbon."""
    lines = dict(sorted(books.parts("cost_usd").items()))
    clean = match(books.hours)
    bill, fixed, capital = (
        fsum(lines.values()),
        *(books.amount(name) for name in ("fixed_cost_usd", "capital_cost_usd")),
    )
    is_counted = bool(books.posted("capital_cost_usd"))
    total = _ratio(bill + fixed + capital, books.balance.served_mwh)
    return {
        "cost_usd": bill,
        "cost_lines_usd": lines,
        "fixed_cost_usd": fixed,
        "capital_cost_usd": capital,
        "total_cost_usd_per_mwh": total if is_counted else None,
        **carbon(books),
        "cfe_score": clean.cfe_score,
        "annual_matching": clean.annual_matching,
    }


def check_accounts(accounts: Iterable[Account]) -> None:
    """Refuse an account of a user that has the name of a built-in metric.

    Raises:
        SpecError: Naming it.
    """
    taken = {*Summary.__dataclass_fields__, *JOB_METRICS} - _SUMMARISED
    problems = [
        Problem((account.name,), "is the name of a built-in metric; choose another name for the account")
        for account in accounts
        if account.name in taken
    ]
    if problems:
        raise SpecError("accounts", problems)


def own(account: Account) -> bool:
    """Whether an account has no metric of its own, because a user-defined participant contributes it."""
    return account.name not in _SUMMARISED


def own_accounts(books: Closed) -> dict[str, float]:
    """Amounts of the accounts that have no metric of their own.

    By name of the account; its parts, the bins of a histogram and, where participants are kept apart, their
    names follow after a dot.
    """
    found: dict[str, float] = {}
    for account in books.accounts:
        if own(account):
            for posting in books.posted(account.name):
                if posting.account == account:
                    _add_up(found, posting)
    return found


def _add_up(found: dict[str, float], posting: Posting) -> None:
    account = posting.account
    name = account.name if account.adds is not Adds.APART else f"{account.name}.{posting.owner}"
    amounts = {name: posting.total}
    if account.part:
        amounts[f"{name}.{account.part}"] = posting.total
    for low, high, hours in zip(account.bins[:-1], account.bins[1:], posting.amounts, strict=False):
        amounts[f"{name}.{low:g} to {high:g}"] = float(hours)
    for key, amount in amounts.items():
        if account.adds is Adds.HIGHEST:
            found[key] = max(found.get(key, amount), amount)
        else:
            found[key] = found.get(key, 0.0) + amount


def _hours(books: Closed) -> float:
    return books.horizon_s / SECONDS_PER_HOUR


def _hours_in_service(books: Closed, one: Participant) -> float:
    """Hours in service of the nameplate, as a mean over its units."""
    return _hours(books) * one.service_pu.mean(0.0, books.horizon_s)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _ranked(amounts: dict[str, float]) -> dict[str, float]:
    """Amounts by name, the largest first, without those that are nothing."""
    ranked = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return {name: float(amount) for name, amount in ranked if amount > 0.0}
