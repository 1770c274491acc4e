"""The report of a run: one screen for a planner.

It states what was simulated, which limits were reached, and the results. It does not depend on the machine:
the same campus, seed and version give the same report.
"""

from __future__ import annotations

from collections import Counter

from sim.books.closed import Flow
from sim.report.adequacy import firm_capacity, verdict
from sim.report.bill import bill
from sim.report.document import Document, Heading, Item, Items, Paragraph, Table
from sim.report.domains import CAPPED, power_domains
from sim.report.facility import SHOWN, facility
from sim.report.hours import worst_hours
from sim.report.jobs import interrupted, waited
from sim.report.limits import limits
from sim.report.months import months
from sim.report.numbers import column, duration, number, percent, places, whole
from sim.report.peaks import peaks, power_swings, served
from sim.report.phrases import MINUTE, WATT_HOUR, amounts, counted, listed, short, unit_named
from sim.report.requests import SHOWN as REQUESTS_SHOWN
from sim.report.requests import requests
from sim.report.response import response, shed
from sim.report.servers import SHOWN as SERVERS_SHOWN
from sim.report.servers import servers
from sim.report.service import service
from sim.report.sources import generators, size_of, stores
from sim.report.value import levelised, total_cost
from sim.runs.metrics import own, own_accounts
from sim.runs.run import Run
from sim.timeseries.year_draw import WEATHER_YEAR
from sim.units import KG_PER_T, SECONDS_PER_DAY

_ROWS = 8
_NAME = 16
_TITLE = 80
_FACTORS = "Capacity factors are based on delivered energy, after curtailment."
_TERMS = "GLOSSARY.md of dcgrid defines the terms."
_TOLD = ("shortage", "curtailment", WEATHER_YEAR)
"""Events that other lines tell."""
_SERVICE = {"in service": "", "retired": "retired"}


def document(run: Run) -> Document:
    """The report of a run."""
    return Document(
        short(run.name.strip(), _TITLE) or "Unnamed campus",
        (
            Items(_asked(run)),
            Heading("Load and service"),
            *([peaks(run)] if run.summary.peak_demand_mw else [Paragraph("No demand.")]),
            Items(
                (
                    served(run),
                    *power_swings(run),
                    *firm_capacity(run),
                    *service(run),
                    *response(run),
                    *power_domains(run),
                )
            ),
            *shed(run),
            *waited(run),
            *interrupted(run),
            *requests(run),
            *servers(run),
            *facility(run),
            Heading("Supply"),
            *_sources(run),
            Items((_storage(run), _curtailment(run), *_happenings(run))),
            Heading("Cost and carbon"),
            Items((*_money(run), *total_cost(run), *_carbon(run))),
            *bill(run),
            *levelised(run),
            *_accounts(run),
            *months(run),
            Paragraph(_TERMS),
        ),
    )


def _asked(run: Run) -> tuple[Item, ...]:
    calendar = run.calendar
    begin, end = calendar.at(0.0), calendar.at(run.days * SECONDS_PER_DAY)
    loads = listed(sorted(run.model.get("demand") or {}))
    return (
        verdict(run),
        Item("Run", f"{duration(run.days)}, {begin:{MINUTE}} to {end:{MINUTE}}"),
        Item(
            "Model",
            f"seed {run.seed}, dcgrid {run.version}, timezone {run.timezone}; loads {loads}",
        ),
    )


def _sources(run: Run) -> list[Table | Paragraph]:
    """The table of sources, the largest first; those that do not fit share a row."""
    supplied, curtailed = run.summary.supplied_mwh, run.summary.curtailed_by_source_mwh
    ranked = sorted(generators(run), key=lambda name: (-supplied[name], name))
    if not ranked:
        return [Paragraph("No sources.")]
    groups = [[name] for name in ranked[:_ROWS]] + ([ranked[_ROWS:]] if ranked[_ROWS:] else [])
    labels = [_labels(run, group) for group in groups]
    if len(groups) > 1:
        groups.append(ranked)
        labels.append(["total", "", "", ""])
    energy_mwh = [sum(supplied[name] for name in group) for group in groups]
    spilt_mwh = [sum(curtailed.get(name, 0.0) for name in group) for group in groups]
    total_mwh = sum(supplied.values())
    rows = tuple(
        (name, kind, size, energy, percent(mwh, total_mwh), factor, spilt)
        for (name, kind, size, factor), mwh, energy, spilt in zip(
            labels,
            energy_mwh,
            column(energy_mwh, places(energy_mwh)),
            column(spilt_mwh, places(spilt_mwh)),
            strict=True,
        )
    )
    heads = ("source", "kind", "capacity", "energy MWh", "share", "cap. factor", "curtailed MWh")
    message = any(factor not in {"", "-"} for *_, factor in labels)
    return [Table(heads, rows, words=3), *([Paragraph(_FACTORS)] if message else [])]


def _labels(run: Run, group: list[str]) -> list[str]:
    """Name, kind, capacity and capacity factor of a source, or what to call many."""
    if len(group) > 1:
        return [f"{len(group)} others", "", "", ""]
    name = group[0]
    factor = run.summary.capacity_factor.get(name)
    return [
        short(name, _NAME),
        short(run.participant(name).label, _NAME),
        size_of(run, name),
        "-" if factor is None else f"{factor:.3f}",
    ]


def _storage(run: Run) -> Item:
    summary = run.summary
    names = stores(run)
    if not names:
        return Item("Storage", "none")
    change = round(summary.stored_mwh, WATT_HOUR)
    left = f"{number(abs(change))} MWh {'more' if change > 0.0 else 'less'} than" if change else "as much as"
    return Item(
        "Storage",
        f"{listed([f'{name} {size_of(run, name)}' for name in names])}; "
        f"charged {number(sum(summary.charged_mwh.values()))}, "
        f"discharged {number(sum(summary.discharged_mwh.values()))}, "
        f"lost {number(summary.loss_mwh)} MWh; stored at the end: {left} at the start",
    )


def _curtailment(run: Run) -> Item:
    summary = run.summary
    if not summary.curtailed_mwh:
        return Item("Curtailed", "none")
    curtailed = [name for name, mwh in summary.curtailed_by_source_mwh.items() if mwh]
    available_mwh = summary.curtailed_mwh + sum(summary.supplied_mwh[name] for name in curtailed)
    return Item(
        "Curtailed",
        f"{number(summary.curtailed_mwh)} MWh "
        f"({percent(summary.curtailed_mwh, available_mwh)} of the energy available from curtailed sources); "
        f"by reason: {amounts(summary.curtailed_by_reason_mwh)}; "
        f"{worst_hours(run, Flow.CURTAILED)}",
    )


def _happenings(run: Run) -> tuple[Item, ...]:
    """Limits reached, events of the sources, and what a reader must know."""
    events = run.events
    counts = Counter(zip(events["owner"], events["event"], strict=True))
    happened = [
        f"{count:,} x {owner} {event}"
        for (owner, event), count in sorted(counts.items())
        if event not in (*_TOLD, *_SERVICE)
    ]
    return (
        *_service_dates(run),
        Item("Limits reached", _bound(run)),
        Item("Events", listed(happened, most=12)),
        Item("Notes", _notes(run)),
    )


def _service_dates(run: Run) -> tuple[Item, ...]:
    """When participants and units entered service and retired."""
    told = [
        f"{' '.join(filter(None, (event['owner'], unit_named(event['detail']), _SERVICE[event['event']])))} "
        f"{run.calendar.at(event['t_s']):%Y-%m-%d}"
        for event in run.books.events
        if event["event"] in _SERVICE
    ]
    return (Item("In service", listed(told, most=16)),) if told else ()


def _bound(run: Run) -> str:
    """Which limits were reached; where means were recorded, only those that held all through an interval."""
    reached = "; ".join(limits(run)) or "none"
    if run.record_s is None:
        return reached
    return f"from means over {duration(run.record_s / SECONDS_PER_DAY)}: {reached}"


def _notes(run: Run) -> str:
    parts = run.books.participants
    notes = [*run.books.remarks, *(f"{one.name}: {one.caveat}" for one in parts if one.caveat)]
    unverified = sum(one.unverified for one in parts)
    if unverified:
        notes.append(f"{counted(unverified, 'default')} unverified or assumed")
    return "; ".join(notes) or "none"


def _money(run: Run) -> tuple[Item, ...]:
    summary = run.summary
    lines = {line: usd for line, usd in summary.cost_lines_usd.items() if whole(usd) != "0"}
    ranked = sorted(lines.items(), key=lambda item: (-abs(item[1]), item[0]))
    bill = "; ".join(f"{line} {whole(usd)}" for line, usd in ranked)
    fixed = f"{whole(summary.fixed_cost_usd)} USD" if summary.fixed_cost_usd else "none given"
    excluded = "the value of lost load"
    if summary.total_cost_usd_per_mwh is None:
        excluded = f"capital, fixed costs ({fixed}) and {excluded}"
    each = column([_ratio(summary.cost_usd, summary.energy_mwh)], 2)[0]
    cost = f"{whole(summary.cost_usd)} USD ({each} USD/MWh served): {bill}" if bill else "none"
    return (Item("Cost", cost), Item("Not included", excluded))


def _carbon(run: Run) -> tuple[Item, ...]:
    summary = run.summary
    kg = _ratio(KG_PER_T * summary.carbon_t, summary.energy_mwh)
    return (
        Item(
            "Carbon",
            f"{number(summary.carbon_t)} t CO2 location-based (grid average x import, plus fuel burnt), "
            f"{number(kg)} kg/MWh served{_other_methods(run)}",
        ),
        Item(
            "Carbon-free",
            f"CFE score {_score(summary.cfe_score)} (hourly); "
            f"annual matching {_score(summary.annual_matching)} (over the run)",
        ),
        Item(
            "Books",
            f"balance residual {summary.balance_residual_mwh + 0.0:.1e} MWh; "
            f"{counted(summary.settlements, 'settlement')}"
            + ("" if run.books.is_compiled else " without compiled code, which is slower"),
        ),
    )


def _other_methods(run: Run) -> str:
    """Carbon by other methods, as far as the campus gives what they need."""
    summary = run.summary
    found = {
        "market-based (certified energy of agreements)": summary.carbon_market_t
        if run.books.posted("certified_mwh")
        else None,
        "marginal (plants that react)": summary.carbon_marginal_t
        if run.books.posted("carbon_marginal_kgco2")
        else None,
        "embodied (share of the life of equipment, beside these)": summary.carbon_embodied_t or None,
    }
    return "".join(f"; {number(tonnes)} t {method}" for method, tonnes in found.items() if tonnes is not None)


def _accounts(run: Run) -> list[Heading | Items]:
    """The accounts that user-defined participants contribute."""
    told = (*CAPPED, *(SHOWN if facility(run) else ()), *SERVERS_SHOWN, *REQUESTS_SHOWN)
    titles = {
        one.name: (one.title, one.unit) for one in run.books.accounts if own(one) and one.name not in told
    }
    amounts = own_accounts(run.books)
    items = []
    for name, (title, unit) in titles.items():
        members = {key: amount for key, amount in amounts.items() if key.partition(".")[0] == name}
        total = [f"{_amount(members.pop(name))} {unit}"] if name in members else []
        parts = [f"{key.partition('.')[2]}: {_amount(amount)} {unit}" for key, amount in members.items()]
        items.append(Item(title, "; ".join([*total, *([listed(parts)] if parts else [])])))
    return [Heading("Other accounts"), Items(tuple(items))] if items else []


def _amount(amount: float) -> str:
    """An amount; a count as the whole number it is."""
    return whole(amount) if float(amount).is_integer() else number(amount)


def _score(share: float | None) -> str:
    return "n/a" if share is None else column([share], 3)[0]


def _ratio(part: float, total: float) -> float:
    return part / total if total else 0.0
