"""A record of the OpenEI Utility Rate Database, version 8, read from a JSON file and checked.

Rates are in USD/kWh and USD/kW and periods in local standard time, as the database defines them. What cannot
be read is an error. What can be read, but not billed as the utility would, is a doubt that a reader is told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.contracts.urdb_fields import DEMAND_UNITS, ENERGY_UNITS, PER_MWH, Fields, Period, Schedule
from sim.errors import Problem, SpecError, shortened
from sim.files.formats import LARGEST_FILE_BYTES
from sim.files.limits import check_depth, too_deep
from sim.files.text import read_text
from sim.units import MONTHS_PER_YEAR

_OF_CAMPUS = {"supply", "demand", "servers"}
"""Fields that only a campus has."""


@dataclass(frozen=True, eq=False)
class Record:
    """What a record says.

    Attributes:
        title: Names of the utility and of the rate.
        utility: Name of the utility.
        about: Other facts, by name.
        energy: Rates of each energy period.
        energy_schedule: When each holds.
        fuel_usd_per_mwh: Fuel adjustment of each calendar month; empty without one.
        demand: Rates of each period of demand.
        demand_schedule: When each holds; None without such a charge.
        flat_demand: Rates of demand at any time.
        flat_months: Number of those rates in each calendar month.
        coincident: Rates of each coincident period.
        coincident_schedule: When each holds; None without such a charge.
        window_min: Length of a demand interval; None if the record does not say it.
        lookback_pu: Share of an earlier peak that is billed at least.
        lookback_months: Calendar months whose peaks count; None for all.
        lookback_range: How many months before count.
        fixed_usd: Fixed charge.
        fixed_every: Day, month or year.
        least_usd: Least amount of a bill.
        least_every: Day, month or year.
        doubts: What is not billed as the utility would.
    """

    title: str
    utility: str
    about: dict[str, str]
    energy: tuple[Period, ...]
    energy_schedule: Schedule
    fuel_usd_per_mwh: tuple[float, ...]
    demand: tuple[Period, ...]
    demand_schedule: Schedule | None
    flat_demand: tuple[Period, ...]
    flat_months: tuple[int, ...]
    coincident: tuple[Period, ...]
    coincident_schedule: Schedule | None
    window_min: int | None
    lookback_pu: float
    lookback_months: tuple[int, ...] | None
    lookback_range: int | None
    fixed_usd: float
    fixed_every: str
    least_usd: float
    least_every: str
    doubts: tuple[str, ...]


def read_record(path: Path, label: str | None = None) -> Record:
    """Read a record from a file.

    Args:
        path: A JSON file with a record, or with `items` as the database's interface answers.
        label: Label of the record, if the file holds several.

    Raises:
        SpecError: If the file cannot be read, or the record cannot be understood; every problem is named.
    """
    try:
        data = _loaded(path)
    except ValueError as error:
        raise SpecError("tariff", [Problem(("file",), f"= {str(path)!r} {_cause(error)}")]) from None
    reader = _Reader(path, _chosen(path, data, label))
    record = reader.record()
    if reader.problems:
        raise SpecError(f"tariff {path.name}", reader.problems)
    return record


def _loaded(path: Path) -> Any:
    try:
        data = json.loads(read_text(path, LARGEST_FILE_BYTES))
    except RecursionError:
        raise too_deep() from None
    check_depth(data)
    return data


def is_record(data: Any) -> bool:
    """Whether the content of a JSON file looks like a record, or like several."""
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        return any(map(is_record, data["items"]))
    return isinstance(data, dict) and "energyratestructure" in {str(name).lower() for name in data}


def holds_record(path: Path) -> bool:
    """Whether a file can be read and its content looks like a record, or like several."""
    try:
        return is_record(_loaded(path))
    except ValueError:
        return False


def _cause(error: ValueError) -> str:
    if "integer string conversion" in str(error):
        return f"contains a whole number of more than {sys.get_int_max_str_digits():,} digits"
    return f"is not JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error)


def _chosen(path: Path, data: Any, label: str | None) -> dict[str, Any]:
    """The record of a file."""
    given = data["items"] if isinstance(data, dict) and isinstance(data.get("items"), list) else [data]
    records: list[dict[str, Any]] = [one for one in given if isinstance(one, dict)]
    labels = [str(one.get("label", "")) for one in records]
    if label is not None and label not in labels:
        message = f"= {label!r} is not in {path.name}; it holds {', '.join(labels) or 'no record'}"
        raise SpecError("tariff", [Problem(("label",), message)])
    found = [one for one in records if label is None or str(one.get("label", "")) == label]
    if len(found) != 1:
        message = f"{path.name} holds {len(found)} records"
        message += f"; choose one by label: {', '.join(labels)}" if found else ""
        raise SpecError("tariff", [Problem(("file",), message)])
    if _OF_CAMPUS & set(found[0]) and not is_record(found[0]):
        message = f"= {str(path)!r} is a campus, not a record of the Utility Rate Database"
        raise SpecError("tariff", [Problem(("file",), message)])
    return found[0]


class _Reader(Fields):
    """Reads one record."""

    def record(self) -> Record:
        """The record; meaningless if there are problems."""
        energy = self.structure("energyratestructure", ENERGY_UNITS, "kWh")
        demand_unit, flat_unit = self.unit("demandrateunits"), self.unit("flatdemandunits")
        demand = self.structure("demandratestructure", DEMAND_UNITS, demand_unit)
        flat = self.structure("flatdemandstructure", DEMAND_UNITS, flat_unit)
        coincident = self.structure("coincidentratestructure", DEMAND_UNITS, self.unit("coincidentrateunits"))
        if self.value("energyratestructure") in (None, []):
            self.wrong("energyratestructure", "is missing")
        self.agree("energyratestructure", (one.unit for one in energy if len(one.tiers.until) > 1))
        for name, periods in ("demandratestructure", demand), ("coincidentratestructure", coincident):
            self.agree(name, (one.unit.replace("kVA", "kW") for one in periods if any(one.tiers.usd)))
        share, months, last = self.lookback()
        fixed_usd, fixed_every = self.amount("fixedchargefirstmeter", "fixedchargeunits")
        least_usd, least_every = self.least()
        record = Record(
            title=", ".join(filter(None, (self.text("utility"), self.text("name")))) or self.path.name,
            utility=self.text("utility"),
            about={
                name: self.text(name) for name in ("label", "sector", "voltagecategory") if self.text(name)
            },
            energy=energy,
            energy_schedule=self.schedule("energyweekdayschedule", "energyweekendschedule", energy),
            fuel_usd_per_mwh=self.fuel(),
            demand=demand,
            demand_schedule=self.schedule("demandweekdayschedule", "demandweekendschedule", demand)
            if demand
            else None,
            flat_demand=flat,
            flat_months=self.months(flat),
            coincident=coincident,
            coincident_schedule=self.schedule("coincidentrateschedule", "coincidentrateschedule", coincident)
            if coincident
            else None,
            window_min=self.window(),
            lookback_pu=share,
            lookback_months=months,
            lookback_range=last,
            fixed_usd=fixed_usd,
            fixed_every=fixed_every,
            least_usd=least_usd,
            least_every=least_every,
            doubts=(),
        )
        self.doubt((*demand, *flat, *coincident))
        return Record(**{**vars(record), "doubts": tuple(self.doubts)})

    def fuel(self) -> tuple[float, ...]:
        """Fuel adjustment of each calendar month."""
        name = "fueladjustmentsmonthly"
        given = self.twelve(name) or []
        return tuple(PER_MWH * self.number(self.names[name], value, "USD/kWh") for value in given)

    def months(self, flat: Sequence[Period]) -> tuple[int, ...]:
        """Which flat rates each calendar month has."""
        given = self.twelve("flatdemandmonths")
        if given is None:
            if len(flat) > 1:
                self.wrong("flatdemandmonths", "is missing; allowed: 12 numbers of flat demand rates")
            return (0,) * MONTHS_PER_YEAR
        for month, number in enumerate(given):
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < max(len(flat), 1):
                allowed = f"the number of a flat demand rate, 0 to {len(flat) - 1}"
                self.wrong(f"flatdemandmonths[{month}]", f"= {shortened(number)}; allowed: {allowed}")
                return (0,) * MONTHS_PER_YEAR
        return tuple(given)

    def window(self) -> int | None:
        """Length of a demand interval [min]."""
        given = self.value("demandwindow")
        if given is None or given in (15, 30, 60):
            return None if given is None else int(given)
        self.wrong(self.names["demandwindow"], f"= {shortened(given)} min; allowed: 15, 30 or 60 min")
        return None

    def lookback(self) -> tuple[float, tuple[int, ...] | None, int | None]:
        """Share, months and range of the ratchet."""
        given = self.value("lookbackpercent")
        share = 0.0 if given is None else self.number(self.names["lookbackpercent"], given, "pu")
        if not 0.0 <= share <= 1.0:
            self.wrong(self.names["lookbackpercent"], f"= {share:g}; allowed: 0 to 1")
        marked = self.twelve("lookbackmonths")
        months = tuple(at for at, one in enumerate(marked or (), start=1) if one)
        last = self.value("lookbackrange")
        is_range = isinstance(last, int) and not isinstance(last, bool)
        if last is not None and not (is_range and 0 <= last <= MONTHS_PER_YEAR):
            self.wrong(self.names["lookbackrange"], f"= {shortened(last)}; allowed: a whole number, 0 to 12")
            last = None
        if share and last and months:
            self.doubts.append("lookbackmonths are not billed, because the record has lookbackrange as well")
        return share, months or None, min(last, MONTHS_PER_YEAR - 1) if last else None

    def least(self) -> tuple[float, str]:
        """The least amount of a bill."""
        usd, every = self.amount("mincharge", "minchargeunits")
        monthly = self.value("minmonthlycharge")
        if monthly:
            usd, every = self.number(self.names["minmonthlycharge"], monthly, "USD"), "month"
        yearly = self.value("annualmincharge")
        if yearly and not usd:
            usd, every = self.number(self.names["annualmincharge"], yearly, "USD"), "year"
            self.doubts.append("the least amount of a year is billed by month, in proportion")
        elif yearly:
            self.doubts.append("annualmincharge is not billed, because the record has another least amount")
        return usd, every

    def doubt(self, demand: Sequence[Period]) -> None:
        """Note what is not billed as the utility would."""
        rules = str(self.value("dgrules") or ("Net Metering" if self.value("usenetmetering") else ""))
        if rules.lower().startswith("net metering"):
            self.doubts.append("net metering is not billed: exports are paid at the sell rates, if any")
        if self.value("demandreactpwrcharge"):
            self.doubts.append("the charge on reactive power is not billed: reactive power is not simulated")
        if any(self.twelve("demandratchetpercentage") or ()):
            self.doubts.append("demandratchetpercentage is not billed: its basis is not stated")
        if self.value("coincidentratestructure"):
            self.doubts.append(
                "the coincident charge is on the highest demand of its period: the hour is not known"
            )
        if self.value("fixedchargeeaaddl"):
            self.doubts.append("one meter is billed")
        if self.value("approved") is False:
            self.doubts.append("the record is not approved")
        if any("kVA" in period.unit for period in demand):
            self.doubts.append("kVA are billed as kW, at a power factor of 1")
