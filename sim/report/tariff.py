"""The report of a tariff: a record of the Utility Rate Database as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np

from sim.contracts.urdb_fields import Period, Schedule
from sim.contracts.urdb_record import Record
from sim.report.document import Document, Heading, Item, Items, Paragraph, Part, Table
from sim.report.hour_table import grouped, hour_table, months_text
from sim.report.phrases import counted
from sim.units import PERCENT

_DIGITS = 10
_CENTS = 2
_ABOUT = {"voltagecategory": "voltage"}
"""Words for the fields of a record that are not words."""
_NONE = Paragraph("none")
_BEFORE = 11
"""Months before that count for a ratchet, if the record does not say it."""


def document(record: Record) -> Document:
    """A record: what it is, its rates and when they hold, and what is not billed as the utility would.

    Args:
        record: The record.
    """
    about = {"utility": record.utility, **record.about}
    items = tuple(Item(_ABOUT.get(name, name), text) for name, text in about.items() if text)
    parts = (
        *((Items(items),) if items else ()),
        *_energy(record),
        *_scheduled("time of use", record.demand, record.demand_schedule),
        *_flat(record),
        *_scheduled("coincident", record.coincident, record.coincident_schedule),
        *_others(record),
        Heading("Not billed as the utility would"),
        *_doubts(record.doubts),
    )
    return Document(record.title, parts)


def _energy(record: Record) -> Iterator[Part]:
    """Rates of energy, when they hold, and the fuel adjustment."""
    yield Heading("Energy")
    unit = record.energy[0].unit
    until = f"until MWh per {'MW of the peak and ' if '/' in unit else ''}{_span(unit)}"
    is_sold = any(usd for period in record.energy for usd in period.sell.usd)
    names = [str(number) for number in range(len(record.energy))]
    yield _rates("period", names, record.energy, until, "USD/MWh", is_sold=is_sold)
    yield Paragraph(f"Adjustments are included.{'' if is_sold else ' Exports are not paid.'}")
    yield from _hours(record.energy_schedule, len(record.energy))
    if any(record.fuel_usd_per_mwh):
        groups = grouped(record.fuel_usd_per_mwh)
        rows = zip(map(months_text, groups.values()), _numbers(list(groups)), strict=True)
        yield Paragraph("Fuel adjustment, in addition to the rates:")
        yield Table(("months", "USD/MWh"), tuple(rows), words=1)


def _scheduled(kind: str, periods: Sequence[Period], schedule: Schedule | None) -> Iterator[Part]:
    """Rates of demand by period, and when they hold."""
    yield Heading(f"Demand, {kind}")
    if schedule is None:
        yield _NONE
        return
    names = [str(number) for number in range(len(periods))]
    yield _rates("period", names, periods, "until MW", f"USD/MW per {_span(periods[0].unit)}")
    yield from _hours(schedule, len(periods))


def _flat(record: Record) -> Iterator[Part]:
    """Rates of demand at any time, by month."""
    yield Heading("Demand, at any time")
    if not record.flat_demand:
        yield _NONE
        return
    groups = grouped(record.flat_months).items()
    used = [(months_text(months), record.flat_demand[number]) for number, months in groups]
    for span in ("month", "day"):
        here = [(name, period) for name, period in used if _span(period.unit) == span]
        if here:
            names, periods = zip(*here, strict=True)
            yield _rates("months", names, periods, "until MW", f"USD/MW per {span}")


def _others(record: Record) -> Iterator[Part]:
    """The demand interval, the ratchet, and what does not depend on power or energy."""
    yield Heading("Other terms")
    interval = (
        "15 min; the record does not say it" if record.window_min is None else f"{record.window_min} min"
    )
    yield Items(
        (
            Item("demand interval", interval),
            Item("ratchet", _ratchet(record)),
            Item("fixed charge", _amount(record.fixed_usd, record.fixed_every)),
            Item("least amount of a bill", _amount(record.least_usd, record.least_every)),
        )
    )


def _ratchet(record: Record) -> str:
    """What demand is billed at least."""
    if not record.lookback_pu:
        return "none"
    least = f"at least {PERCENT * record.lookback_pu:g} % of the highest demand of the"
    if record.lookback_range is not None:
        return f"{least} {counted(record.lookback_range, 'month')} before"
    which = f", of which {months_text(record.lookback_months)} count" if record.lookback_months else ""
    return f"{least} {counted(_BEFORE, 'month')} before{which}"


def _amount(usd: float, every: str) -> str:
    return f"{_numbers([usd], _CENTS)[0]} USD per {every}" if usd else "none"


def _doubts(doubts: Sequence[str]) -> tuple[Part, ...]:
    items = tuple(Item(str(number), text) for number, text in enumerate(doubts, start=1))
    return (Items(items) if items else _NONE,)


def _rates(
    head: str,
    names: Sequence[str],
    periods: Sequence[Period],
    until: str,
    rate: str,
    *,
    is_sold: bool = False,
) -> Table:
    """A row for each period and tier; what no period has is left out.

    Args:
        head: What a period is known by.
        names: The periods, by that.
        periods: Their rates.
        until: Head of the ends of the tiers.
        rate: Head of the rates.
        is_sold: Whether the rates of energy fed are shown.
    """
    tiers = [(name, period, at) for name, period in zip(names, periods, strict=True) for at in _tiers(period)]
    columns = {
        head: [name for name, _, _ in tiers],
        "tier": [str(at + 1) for _, _, at in tiers],
        until: _ends([period.tiers.until[at] for _, period, at in tiers]),
        rate: _numbers([period.tiers.usd[at] for _, period, at in tiers]),
        "sell, USD/MWh": _numbers([period.sell.usd[at] for _, period, at in tiers]),
    }
    if not any(at for _, _, at in tiers):
        del columns["tier"], columns[until]
    if not is_sold:
        del columns["sell, USD/MWh"]
    return Table(tuple(columns), tuple(zip(*columns.values(), strict=True)), words=1)


def _tiers(period: Period) -> range:
    return range(len(period.tiers.usd))


def _span(unit: str) -> str:
    """What an amount of energy or a peak is counted over."""
    return "day" if "daily" in unit else "month"


def _ends(ends: Sequence[float]) -> list[str]:
    """Ends of tiers; the last one of a period has none."""
    texts = iter(_numbers([end for end in ends if end < inf]))
    return [next(texts) if end < inf else "no end" for end in ends]


def _numbers(values: Sequence[float], least: int = 0) -> list[str]:
    """Numbers with all their digits, and equal decimals, at least so many."""
    texts = [f"{value:.{_DIGITS}g}" for value in values]
    places = max([least, *(len(text.partition(".")[2]) for text in texts if "e" not in text)])
    return [f"{value:,.{places}f}" for value in values]


def _hours(schedule: Schedule, periods: int) -> Iterator[Part]:
    """When the periods of a charge hold."""
    if periods == 1:
        return
    days = [("on working days", schedule.weekday), ("at weekends", schedule.weekend)]
    if np.array_equal(schedule.weekday, schedule.weekend):
        days = [("every day", schedule.weekday)]
    for when, numbers in days:
        found = np.unique(numbers)
        if len(found) == 1:
            yield Paragraph(f"Period {when}: {found[0]} in all hours.")
        else:
            yield Paragraph(f"Period {when}, by hours of local standard time:")
            yield hour_table(numbers.tolist())
