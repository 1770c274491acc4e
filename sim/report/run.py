"""The report: one screen of Markdown that reads as well as plain text.

It says what was asked, what held the run back, and the figures in the terms of the project. Nothing
in it depends on the machine: the same campus, seed and version give the same bytes.
"""

from __future__ import annotations

from collections import Counter

from sim.bus.flows import Flow
from sim.report.hours import worst_hours
from sim.report.limits import limits
from sim.report.markdown import bullet, plain, short, table
from sim.report.numbers import column, duration, number, percent, places, whole
from sim.report.phrases import WATT_HOUR, amounts, counted, listed
from sim.report.service import service
from sim.report.sources import generators, size_of, stores
from sim.runs.metrics import Summary, own, own_accounts
from sim.runs.run import Run
from sim.units import KG_PER_T, SECONDS_PER_DAY, SECONDS_PER_HOUR

_MINUTE = "%Y-%m-%d %H:%M %Z"
_ROWS = 8
_NAME = 16
_TITLE = 80
_FACTORS = "Capacity factors are those of the energy delivered, after curtailment."
_EPISODES = ("shortage", "curtailment")


def report(run: Run) -> str:
    """One screen for a planner, in Markdown."""
    parts = (
        [f"# {plain(short(run.name, _TITLE)) or 'Unnamed campus'}"],
        _asked(run),
        ["## Load and service", *_load(run), *service(run)],
        ["## Supply", *_sources(run)],
        [_storage(run), _curtailment(run), *_happenings(run)],
        ["## Cost and carbon", *_money(run), *_carbon(run)],
        _accounts(run),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _asked(run: Run) -> list[str]:
    calendar = run.calendar
    begin, end = calendar.at(0.0), calendar.at(run.days * SECONDS_PER_DAY)
    loads = listed([plain(one.name) for one in run.family("demand")])
    return [
        bullet("Run", f"{duration(run.days)}, {begin:{_MINUTE}} to {end:{_MINUTE}}"),
        bullet(
            "Model",
            f"seed {run.seed}, dcgrid {run.version}, timezone {run.timezone}; loads {loads}",
        ),
    ]


def _load(run: Run) -> list[str]:
    summary = run.summary
    at = run.calendar.at(summary.peak_load_at_h * SECONDS_PER_HOUR)
    if not summary.peak_load_mw:
        return [bullet("Peak load", "none"), bullet("Demand served", "none")]
    peak = (
        f"{number(summary.peak_load_mw)} MW instantaneous, {at:{_MINUTE}}; "
        f"15-min demand {number(summary.peak_demand_15min_mw)} MW; load factor {summary.load_factor:.3f}"
    )
    pue = "no PUE without IT load" if summary.pue is None else f"PUE {summary.pue:.3f}"
    served = (
        f"{number(summary.energy_mwh)} MWh, mean {number(summary.load_factor * summary.peak_load_mw)} MW; "
        f"IT {number(summary.it_energy_mwh)} MWh, {pue}"
    )
    return [bullet("Peak load", peak), bullet("Demand served", served)]


def _sources(run: Run) -> list[str]:
    """The table of sources, the largest first; those that do not fit share a row."""
    supplied, curtailed = run.summary.supplied_mwh, run.summary.curtailed_by_source_mwh
    ranked = sorted(generators(run), key=lambda name: (-supplied[name], name))
    if not ranked:
        return ["No sources."]
    groups = [[name] for name in ranked[:_ROWS]] + ([ranked[_ROWS:]] if ranked[_ROWS:] else [])
    labels = [_labels(run, group) for group in groups]
    if len(groups) > 1:
        groups.append(ranked)
        labels.append(["total", "", "", ""])
    energy_mwh = [sum(supplied[name] for name in group) for group in groups]
    spilt_mwh = [sum(curtailed.get(name, 0.0) for name in group) for group in groups]
    total_mwh = sum(supplied.values())
    rows = [
        [name, kind, size, energy, percent(mwh, total_mwh), factor, spilt]
        for (name, kind, size, factor), mwh, energy, spilt in zip(
            labels,
            energy_mwh,
            column(energy_mwh, places(energy_mwh)),
            column(spilt_mwh, places(spilt_mwh)),
            strict=True,
        )
    ]
    heads = ["source", "kind", "capacity", "energy MWh", "share", "cap. factor", "curtailed MWh"]
    said = any(factor not in {"", "-"} for *_, factor in labels)
    return [*table(heads, rows, left=3), *(["", _FACTORS] if said else [])]


def _labels(run: Run, group: list[str]) -> list[str]:
    """Name, kind, capacity and capacity factor of a source, or what to call many."""
    if len(group) > 1:
        return [f"{len(group)} others", "", "", ""]
    name = group[0]
    factor = run.summary.capacity_factor.get(name)
    return [
        plain(short(name, _NAME)),
        short(run.participant(name).label, _NAME),
        size_of(run, name),
        "-" if factor is None else f"{factor:.3f}",
    ]


def _storage(run: Run) -> str:
    summary = run.summary
    names = stores(run)
    if not names:
        return bullet("Storage", "none")
    change = round(summary.stored_mwh, WATT_HOUR)
    left = f"{number(abs(change))} MWh {'more' if change > 0.0 else 'less'}" if change else "as much"
    return bullet(
        "Storage",
        f"{listed([f'{plain(name)} {size_of(run, name)}' for name in names])}; "
        f"charged {number(sum(summary.charged_mwh.values()))}, "
        f"discharged {number(sum(summary.discharged_mwh.values()))}, "
        f"lost {number(summary.loss_mwh)} MWh; {left} at the end",
    )


def _curtailment(run: Run) -> str:
    summary = run.summary
    if not summary.curtailed_mwh:
        return bullet("Curtailed", "none")
    taken = sum(summary.supplied_mwh[name] for name, mwh in summary.curtailed_by_source_mwh.items() if mwh)
    return bullet(
        "Curtailed",
        f"{number(summary.curtailed_mwh)} MWh "
        f"({percent(summary.curtailed_mwh, summary.curtailed_mwh + taken)} of what was available); "
        f"reason: {amounts(summary.curtailed_by_reason_mwh)}; "
        f"{worst_hours(run, Flow.CURTAILED)}",
    )


def _happenings(run: Run) -> list[str]:
    """What bound, what happened to the sources, and what is only assumed."""
    events = run.events
    counts = Counter(zip(events["owner"], events["event"], strict=True))
    happened = [
        f"{plain(owner)} {event} {count:,}"
        for (owner, event), count in sorted(counts.items())
        if event not in _EPISODES
    ]
    return [
        bullet("Limits reached", _bound(run)),
        bullet("Events", listed(happened, most=12)),
        bullet("Assumptions", _assumptions(run)),
    ]


def _bound(run: Run) -> str:
    """Which limits were reached; where means were recorded, only those that held all through an interval."""
    reached = "; ".join(limits(run)) or "none"
    if run.record_s is None:
        return reached
    return f"seen in means over {duration(run.record_s / SECONDS_PER_DAY)}: {reached}"


def _assumptions(run: Run) -> str:
    parts = run.books.participants
    caveats = [f"{plain(one.name)}: {one.caveat}" for one in parts if one.caveat]
    unverified = sum(one.unverified for one in parts)
    if unverified:
        caveats.append(f"{counted(unverified, 'default')} unverified or assumed")
    return "; ".join(caveats) or "none"


def _money(run: Run) -> list[str]:
    summary = run.summary
    lines = {line: usd for line, usd in summary.cost_lines_usd.items() if whole(usd) != "0"}
    ranked = sorted(lines.items(), key=lambda item: (-abs(item[1]), item[0]))
    bill = "; ".join(f"{line} {whole(usd)}" for line, usd in ranked)
    fixed = f"{whole(summary.fixed_cost_usd)} USD" if summary.fixed_cost_usd else "none given"
    apart = f"fixed cost {fixed}; the value of lost load is not counted"
    each = column([_ratio(summary.cost_usd, summary.energy_mwh)], 2)[0]
    cost = f"{whole(summary.cost_usd)} USD ({each} USD/MWh served): {bill}" if bill else "none"
    return [bullet("Cost", cost), bullet("Apart from it", apart)]


def _carbon(run: Run) -> list[str]:
    summary = run.summary
    kg = _ratio(KG_PER_T * summary.carbon_t, summary.energy_mwh)
    return [
        bullet(
            "Carbon",
            f"{number(summary.carbon_t)} t CO2 location-based (grid average x import, and fuel burnt), "
            f"{number(kg)} kg/MWh served",
        ),
        bullet(
            "Carbon-free",
            f"CFE score {_score(summary.cfe_score)} ({_hourly(summary)}); "
            f"annual matching {_score(summary.annual_matching)} (over the run)",
        ),
        bullet(
            "Books",
            f"balance residual {summary.balance_residual_mwh + 0.0:.1e} MWh; "
            f"{counted(summary.settlements, 'settlement')}",
        ),
    ]


def _accounts(run: Run) -> list[str]:
    """The accounts that participants of one's own contribute."""
    accounts = [account for account in run.books.accounts if own(account)]
    if not accounts:
        return []
    amounts = own_accounts(run.books)
    titles = {account.name: (account.title, account.unit) for account in accounts}
    lines = []
    for name, (title, unit) in titles.items():
        members = {key: amount for key, amount in amounts.items() if key.partition(".")[0] == name}
        whole = [f"{number(members.pop(name))} {unit}"] if name in members else []
        parts = [f"{plain(key.partition('.')[2])} {number(amount)} {unit}" for key, amount in members.items()]
        lines.append(bullet(title, "; ".join([*whole, *([listed(parts)] if parts else [])])))
    return ["## Other accounts", *lines]


def _hourly(summary: Summary) -> str:
    """How the CFE score is meant; it subtracts all exports, of whatever power."""
    drained = summary.cfe_score is not None and summary.cfe_score < 0.0
    return "hourly; below 0, as exports exceed the clean supply" if drained else "hourly"


def _score(share: float | None) -> str:
    return "none" if share is None else column([share], 3)[0]


def _ratio(part: float, total: float) -> float:
    return part / total if total else 0.0
