"""The fields of a record of the Utility Rate Database: names, units, and how each is read and checked.

Source: OpenEI, Utility Rate Database, description of the fields of version 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.contracts.tiers import Tiers
from sim.errors import Problem, nearest, shortened
from sim.units import HOURS_PER_DAY, MONTHS_PER_YEAR

_HOURS = int(HOURS_PER_DAY)
_TOLD = [
    "_id",
    "label",
    "uri",
    "name",
    "utility",
    "utilityname",
    "eiaid",
    "approved",
    "is_default",
    "isdefault",
    "country",
    "revisions",
    "startdate",
    "effectivedate",
    "enddate",
    "supercedes",
    "supersedes",
    "sector",
    "servicetype",
    "description",
    "source",
    "sourcereference",
    "sourceparent",
    "basicinformationcomments",
    "basiccomments",
    "energycomments",
    "demandcomments",
    "fixedcomments",
    "dgcomments",
    "energyattrs",
    "demandattrs",
    "fixedattrs",
    "mindemand",
    "maxdemand",
    "minenergy",
    "maxenergy",
    "demandunits",
    "energyunits",
    "demandhistory",
    "energyhistory",
    "peakkwcapacitymin",
    "peakkwcapacitymax",
    "peakkwcapacityhistory",
    "peakkwhusagemin",
    "peakkwhusagemax",
    "peakkwhusagehistory",
    "voltagecategory",
    "voltageminimum",
    "voltagemaximum",
    "minvoltage",
    "maxvoltage",
    "phasewiring",
]
"""Fields that describe the record and are not billed."""
_BILLED = [
    "energyratestructure",
    "energyweekdayschedule",
    "energyweekendschedule",
    "fueladjustmentsmonthly",
    "demandratestructure",
    "demandweekdayschedule",
    "demandweekendschedule",
    "demandrateunits",
    "demandrateunit",
    "demandwindow",
    "flatdemandstructure",
    "flatdemandmonths",
    "flatdemandunits",
    "flatdemandunit",
    "lookbackpercent",
    "lookbackmonths",
    "lookbackrange",
    "demandratchetpercentage",
    "coincidentratestructure",
    "coincidentrateschedule",
    "coincidentrateunits",
    "coincidentrateunit",
    "demandreactpwrcharge",
    "demandreactivepowercharge",
    "fixedchargefirstmeter",
    "fixedchargeeaaddl",
    "fixedchargeunits",
    "mincharge",
    "minchargeunits",
    "minmonthlycharge",
    "annualmincharge",
    "usenetmetering",
    "dgrules",
]
_ALIASES = {
    "utilityname": "utility",
    "effectivedate": "startdate",
    "demandrateunit": "demandrateunits",
    "flatdemandunit": "flatdemandunits",
    "coincidentrateunit": "coincidentrateunits",
    "demandreactivepowercharge": "demandreactpwrcharge",
}
_EVERY = {"$/day": "day", "$/month": "month", "$/year": "year"}
ENERGY_UNITS = ("kWh", "kWh/kW", "kWh daily", "kWh/kW daily")
DEMAND_UNITS = ("kW", "kVA", "kW daily", "kVA daily")
_TIER_FIELDS = ("rate", "adj", "sell", "max", "unit")
_HIGHEST = 1e12
"""Largest number that a field may hold; larger ones are mistakes."""
PER_MWH = 1000.0
"""Kilowatt-hours in a megawatt-hour, and kilowatts in a megawatt."""

Table = NDArray[np.int64]
"""Number of the period by month (12 rows) and hour of the day (24 columns)."""


@dataclass(frozen=True)
class Schedule:
    """Periods by month and hour, on working days and at weekends."""

    weekday: Table
    weekend: Table


@dataclass(frozen=True)
class Period:
    """The rates of a period.

    Attributes:
        tiers: Rates of energy drawn or of demand, `adj` included [USD/MWh or USD/MW].
        sell: Rates of energy fed [USD/MWh].
        unit: Unit of the ends of the tiers.
    """

    tiers: Tiers
    sell: Tiers
    unit: str


@dataclass
class Fields:
    """The fields of one record; what is wrong and what is doubtful is collected.

    Attributes:
        path: Its file.
        given: The record as it stands there.
        problems: What cannot be read.
        doubts: What can be read, but is not billed as the utility would.
    """

    path: Path
    given: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = {_canonical(name): name for name in self.given}
        known = {*_TOLD, *_BILLED}
        for name in self.given:
            if name.lower() not in known:
                self.wrong(name, f"is not a field of a record{nearest(name.lower(), known)}")

    def wrong(self, name: str, message: str) -> None:
        """Note a problem of a field."""
        self.problems.append(Problem((name,), message))

    def value(self, name: str) -> Any:
        """The value of a field; None if it is not given."""
        return self.given.get(self.names.get(name, name))

    def text(self, name: str) -> str:
        """A field that describes the record."""
        value = self.value(name)
        return str(value) if isinstance(value, str | int) else ""

    def number(self, name: str, value: Any, unit: str) -> float:
        """A finite number; 0 if it is none, which is a problem."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and -_HIGHEST <= value <= _HIGHEST:
            return float(value)
        self.wrong(name, f"= {shortened(value)}; allowed: a finite number in {unit}")
        return 0.0

    def unit(self, name: str) -> str:
        """The unit of a demand charge; kilowatts unless the record says another one."""
        value = self.value(name)
        if value is None or value in DEMAND_UNITS:
            return value or "kW"
        self.wrong(self.names[name], f"= {shortened(value)}; allowed: {', '.join(DEMAND_UNITS)}")
        return "kW"

    def structure(self, name: str, units: Sequence[str], usual: str) -> tuple[Period, ...]:
        """The rates of all periods of a charge."""
        given = self.value(name)
        if given is None:
            return ()
        if not isinstance(given, list) or not all(isinstance(period, list) for period in given):
            self.wrong(self.names[name], f"= {shortened(given)}; allowed: a list of periods, each of tiers")
            return ()
        return tuple(
            self.period(f"{self.names[name]}[{at}]", period, units, usual) for at, period in enumerate(given)
        )

    def period(self, place: str, tiers: list[Any], units: Sequence[str], usual: str) -> Period:
        """The rates of a period."""
        if not tiers:
            self.wrong(place, "has no rate; allowed: at least one tier")
            return Period(Tiers.flat(0.0), Tiers.flat(0.0), usual)
        until, usd, sell = [], [], []
        said = [tier.get("unit") for tier in tiers if isinstance(tier, dict)]
        unit: str = next((one for one in said if one and one in units), usual)
        per = units[0]
        for at, tier in enumerate(tiers):
            here = f"{place}[{at}]"
            if not isinstance(tier, dict):
                self.wrong(here, f"= {shortened(tier)}; allowed: a table with {', '.join(_TIER_FIELDS)}")
                continue
            for key in set(tier) - {*_TIER_FIELDS}:
                self.wrong(f"{here}.{key}", f"is not a field of a tier{nearest(key, _TIER_FIELDS)}")
            if "rate" not in tier and "adj" not in tier:
                self.wrong(here, f"has no rate; allowed: a finite number in USD/{per}")
            rate, adj, sold = (
                self.number(f"{here}.{key}", 0.0 if tier.get(key) is None else tier[key], f"USD/{per}")
                for key in ("rate", "adj", "sell")
            )
            usd.append((rate + adj) * PER_MWH)
            sell.append(sold * PER_MWH)
            given = tier.get("unit") or unit
            if given != unit:
                allowed = f"{unit}, as in other tiers" if given in units else ", ".join(units)
                self.wrong(f"{here}.unit", f"= {shortened(given)}; allowed: {allowed}")
            last = tier.get("max") is None
            until.append(inf if last else self.number(f"{here}.max", tier["max"], unit))
        return self._tiered(place, until, usd, sell, unit)

    def _tiered(
        self, place: str, until: list[float], usd: list[float], sell: list[float], unit: str
    ) -> Period:
        """A period of its tiers, whose ends must increase."""
        if any(low >= high for low, high in zip([0.0, *until[:-1]], until, strict=False)):
            told = ", ".join(f"{end:g}" for end in until)
            self.wrong(
                place, f"has tiers that end at {told} {unit}; allowed: increasing ends, none for the last"
            )
        elif until and until[-1] < inf:
            self.doubts.append(f"{place} ends at {until[-1]:g} {unit}; above that its last rate is billed")
        per_kw = "/" in unit
        ends = [inf if per_kw and end == inf else end if per_kw else end / PER_MWH for end in until]
        if ends:
            ends[-1] = inf
        return Period(Tiers(tuple(ends), tuple(usd)), Tiers(tuple(ends), tuple(sell)), unit)

    def agree(self, name: str, units: Iterable[str]) -> None:
        """Refuse periods of one charge that count in different units."""
        found = list(dict.fromkeys(units))
        if len(found) > 1:
            self.wrong(self.names[name], f"has periods in {' and '.join(found)}; allowed: one unit for all")

    def schedule(self, weekday: str, weekend: str, periods: Sequence[Period]) -> Schedule:
        """When the periods of a charge hold."""
        table = self.table(weekday, len(periods))
        return Schedule(table, table if weekend == weekday else self.table(weekend, len(periods)))

    def table(self, name: str, periods: int) -> Table:
        """Periods by month and hour."""
        nothing = np.zeros((MONTHS_PER_YEAR, _HOURS), dtype=np.int64)
        given = self.value(name)
        if given is None:
            if periods > 1:
                self.wrong(name, f"is missing; allowed: {MONTHS_PER_YEAR} x {_HOURS} numbers of periods")
            return nothing
        name = self.names[name]
        shape = f"{MONTHS_PER_YEAR} x {_HOURS} numbers of periods"
        if not isinstance(given, list) or len(given) != MONTHS_PER_YEAR:
            found = f"{len(given)} rows" if isinstance(given, list) else shortened(given)
            self.wrong(name, f"has {found}; allowed: {shape}")
            return nothing
        for month, row in enumerate(given):
            if not isinstance(row, list) or len(row) != _HOURS:
                found = f"{len(row)} hours" if isinstance(row, list) else shortened(row)
                self.wrong(f"{name}[{month}]", f"has {found}; allowed: {shape}")
                return nothing
            for hour, period in enumerate(row):
                if (
                    not isinstance(period, int)
                    or isinstance(period, bool)
                    or not 0 <= period < max(periods, 1)
                ):
                    allowed = f"a period that has a rate, 0 to {periods - 1}"
                    self.wrong(f"{name}[{month}][{hour}]", f"= {shortened(period)}; allowed: {allowed}")
                    return nothing
        return np.array(given, dtype=np.int64)

    def twelve(self, name: str) -> list[Any] | None:
        """A field with a value for each calendar month; None if it is not given or wrong."""
        given = self.value(name)
        if given is None:
            return None
        if isinstance(given, list) and len(given) == MONTHS_PER_YEAR:
            return given
        self.wrong(
            self.names[name], f"= {shortened(given)}; allowed: {MONTHS_PER_YEAR} values, one per month"
        )
        return None

    def amount(self, name: str, units: str) -> tuple[float, str]:
        """An amount and the period that it is for."""
        given = self.value(name)
        if given is None:
            return 0.0, "month"
        every = self.value(units) or "$/month"
        if not isinstance(every, str) or every not in _EVERY:
            self.wrong(self.names[units], f"= {shortened(every)}; allowed: {', '.join(_EVERY)}")
            every = "$/month"
        return self.number(self.names[name], given, "USD"), _EVERY[every]


def _canonical(name: str) -> str:
    return _ALIASES.get(name.lower(), name.lower())
