"""The laws of every bill, on random tariffs; and each bill once more, slowly, hour by hour."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from campuses import DAYS, SEEDS, campuses, tariff
from hypothesis import given
from hypothesis import strategies as st
from meters import billed, hourly
from test_laws import law

from sim import Campus, Result, simulate

HOUR = 3600.0
ZONE = ZoneInfo("America/New_York")
STANDARD = timedelta(hours=-5)
FIRST = date(2025, 1, 1)
RATES = st.sampled_from([0.0, 3.0, 7.5, 12.0, 40.0])
MW_ENDS = st.lists(st.sampled_from([5.0, 12.5, 20.0, 33.0]), max_size=3, unique=True).map(sorted)


@st.composite
def demands(draw: st.DrawFn) -> dict[str, Any]:
    """A demand charge of any kind: flat or in tiers, in windows, with floors."""
    found: dict[str, Any] = {"interval_min": draw(st.sampled_from([15, 30, 60]))}
    if draw(st.booleans()):
        ends = [*draw(MW_ENDS), None]
        found["tiers"] = [{"up_to_mw": end, "usd_per_mw_month": draw(RATES)} for end in ends]
    else:
        found["usd_per_mw_month"] = draw(RATES)
    if draw(st.booleans()):
        found |= {
            "windows": [{"from_hour": 16, "to_hour": 21, "weekdays": [0, 1, 2, 3, 4]}],
            "holidays": "US",
        }
    if draw(st.booleans()):
        found |= {"contracted_mw": 30.0, "least_pu": 0.5}
    if draw(st.booleans()):
        found["ratchet"] = {
            "share_pu": draw(st.sampled_from([0.5, 1.0])),
            "peaks_before_mw": {"2024-12": draw(st.sampled_from([0.0, 55.0]))},
        }
    return found


@st.composite
def rates(draw: st.DrawFn) -> dict[str, Any]:
    """A tariff by its prices and charges."""
    return {
        "kind": "rates",
        "import_price_usd_per_mwh": draw(tariff()),
        "export_price_usd_per_mwh": draw(tariff()),
        "demand": draw(st.lists(demands(), max_size=2)),
        "coincident": draw(
            st.lists(st.just({"usd_per_mw": 500.0, "hours": [0.1, 1.5]}), max_size=1),
        ),
        "fixed": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "name": st.sampled_from(["meter", "permit"]),
                        "usd": RATES,
                        "every": st.sampled_from(["day", "month", "year"]),
                    }
                ),
                max_size=2,
            )
        ),
        "least_usd_per_month": draw(st.sampled_from([0.0, 1e6])),
    }


@st.composite
def with_tariffs(draw: st.DrawFn) -> Campus:
    """A random campus of any kind, whose connections have tariffs."""
    campus = draw(campuses())
    supply = dict(campus.model_dump(mode="json")["supply"])
    for spec in supply.values():
        if spec["kind"] == "grid":
            for field in (
                "import_price_usd_per_mwh",
                "export_price_usd_per_mwh",
                "demand_charge_usd_per_mw_month",
            ):
                del spec[field]
            spec["tariff"] = draw(rates())
    return Campus(**{**campus.model_dump(mode="json"), "supply": supply})


def lines(result: Result) -> dict[tuple[str, str], float]:
    """Amounts by month and line."""
    frame = result.bill
    found: dict[tuple[str, str], float] = defaultdict(float)
    for month, line, usd in zip(frame["month"].astype(str), frame["line"], frame["usd"], strict=True):
        found[month, line] += usd
    return dict(found)


@law(60)
@given(with_tariffs(), DAYS, SEEDS)
def test_the_lines_of_a_bill_add_up_to_the_bill(campus: Campus, days: float, seed: int) -> None:
    result = simulate(campus, days=days, seed=seed)
    frame = result.bill
    size = frame["usd"].abs().sum()
    assert frame["usd"].sum() == pytest.approx(result.summary.cost_usd, rel=1e-9, abs=1e-12 * size + 1e-9)
    by_month = frame.groupby(frame["month"].astype(str))["usd"].sum()
    for month, usd in result.monthly["cost_usd"].items():
        assert by_month.get(str(month), 0.0) == pytest.approx(usd, rel=1e-9, abs=1e-12 * size + 1e-9)


@law(60)
@given(with_tariffs(), DAYS, SEEDS)
def test_an_amount_is_its_quantity_times_its_rate_and_no_less_is_billed_than_measured(
    campus: Campus, days: float, seed: int
) -> None:
    frame = simulate(campus, days=days, seed=seed).bill
    counted = frame[frame["unit"] != ""]
    product = (counted["quantity"] * counted["usd_per_unit"]).to_numpy()
    assert counted["usd"].to_numpy() == pytest.approx(product, rel=1e-9, abs=1e-9)
    assert (counted["quantity"] >= counted["measured"]).all()
    assert (counted["quantity"] >= 0.0).all()


@law(30)
@given(with_tariffs(), DAYS, SEEDS, st.sampled_from([900.0, 3600.0, 7000.0, 86_400.0]))
def test_a_bill_does_not_depend_on_what_is_recorded(
    campus: Campus, days: float, seed: int, record_s: float
) -> None:
    every = simulate(campus, days=days, seed=seed).bill
    means = simulate(campus, days=days, seed=seed, record_s=record_s).bill
    assert every.equals(means)


def begin(month: int) -> datetime:
    """The local beginning of a month, counted from January 2025."""
    return datetime(2025 + month // 12, month % 12 + 1, 1, tzinfo=ZONE)


def elapsed_h(first: datetime, last: datetime) -> int:
    """Hours from one moment to another."""
    return round((last.timestamp() - first.timestamp()) / 3600)


CHARGED_FOR = st.fixed_dictionaries(
    {
        "energy": tariff().filter(lambda price: "times_s" not in price),
        "usd_per_mw": st.sampled_from([500.0, 8000.0]),
        "share_pu": st.sampled_from([0.0, 0.6, 1.0]),
        "last_months": st.integers(1, 11),
        "least_pu": st.sampled_from([0.0, 0.5]),
        "window": st.booleans(),
        "every": st.sampled_from(["day", "month", "year"]),
        "interval_min": st.sampled_from([15, 60]),
        "least_usd": st.sampled_from([0.0, 5e5]),
    }
)


def rates_of(drawn: dict[str, Any], peaks_before_mw: dict[str, float]) -> dict[str, Any]:
    """A tariff with one demand charge, which knows the peaks of earlier months."""
    demand: dict[str, Any] = {
        "usd_per_mw_month": drawn["usd_per_mw"],
        "interval_min": drawn["interval_min"],
        "contracted_mw": 30.0,
        "least_pu": drawn["least_pu"],
        "ratchet": {
            "share_pu": drawn["share_pu"],
            "last_months": drawn["last_months"],
            "peaks_before_mw": peaks_before_mw,
        },
    }
    if drawn["window"]:
        demand["windows"] = [{"from_hour": 8, "to_hour": 20}]
    return {
        "kind": "rates",
        "import_price_usd_per_mwh": drawn["energy"],
        "demand": [demand],
        "fixed": [{"name": "meter", "usd": 77.0, "every": drawn["every"]}],
        "least_usd_per_month": drawn["least_usd"],
    }


def peaks_of(result: Result) -> dict[str, float]:
    """The measured demand of each month."""
    frame = result.bill
    found = frame[frame["line"] == "demand charge"]
    return dict(zip(found["month"].astype(str), found["measured"], strict=True))


@law(12)
@given(
    CHARGED_FOR, st.integers(0, 20), st.lists(st.integers(1, 4), min_size=2, max_size=5), st.integers(0, 99)
)
def test_months_billed_in_several_runs_are_billed_as_in_one(
    drawn: dict[str, Any], first: int, lengths: list[int], seed: int
) -> None:
    """Runs of whole months, across changes of the clock; each knows the peaks that were measured before."""
    edges = [begin(first + sum(lengths[:at])) for at in range(len(lengths) + 1)]
    load = np.random.default_rng(seed).integers(0, 50, elapsed_h(edges[0], edges[-1])).astype(float)
    before = {"2024-12": 44.0, "2024-08": 49.0}

    def run(since: datetime, until: datetime, peaks: dict[str, float]) -> Result:
        part = load[elapsed_h(edges[0], since) : elapsed_h(edges[0], until)]
        days = len(part) / 24
        return billed(rates_of(drawn, peaks), hourly(part.tolist()), days=days, start=since.isoformat())

    whole = lines(run(edges[0], edges[-1], before))
    parts: dict[tuple[str, str], float] = {}
    for since, until in pairwise(edges):
        result = run(since, until, before)
        parts |= lines(result)
        before |= peaks_of(result)
    assert parts.keys() == whole.keys()
    for month, line in whole:
        assert parts[month, line] == pytest.approx(whole[month, line], rel=1e-9, abs=1e-6), (month, line)


# a record, and its bill hour by hour

ENERGY_UNITS = st.sampled_from(["kWh", "kWh daily", "kWh/kW", "kWh/kW daily"])
ENDS = {
    "kWh": [2e5, 3e6, 9e6],
    "kWh daily": [1e4, 2e5, 6e5],
    "kWh/kW": [3.0, 50.0, 300.0],
    "kWh/kW daily": [0.5, 6.0, 14.0],
}


@st.composite
def structures(
    draw: st.DrawFn, unit: str, ends: list[float], periods: st.SearchStrategy[int], dearest: float
) -> list[list[dict[str, Any]]]:
    """The rates of some periods, in tiers."""
    found = []
    for _ in range(draw(periods)):
        until = sorted(draw(st.lists(st.sampled_from(ends), max_size=2, unique=True)))
        found.append(
            [
                {"rate": dearest * draw(st.integers(0, 8)) / 8, "unit": unit} | ({"max": end} if end else {})
                for end in [*until, None]
            ]
        )
    return found


@st.composite
def schedules(draw: st.DrawFn, periods: int) -> list[list[int]]:
    """Periods by season and time of day."""
    changes = sorted(draw(st.lists(st.integers(1, 23), max_size=3, unique=True)))
    seasons = draw(st.lists(st.integers(0, 1), min_size=12, max_size=12))
    numbers = st.integers(0, periods - 1)
    days = [[draw(numbers) for _ in range(len(changes) + 1)] for _ in range(2)]
    return [[days[season][sum(hour >= at for at in changes)] for hour in range(24)] for season in seasons]


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A record with any of the charges that are billed."""
    unit = draw(ENERGY_UNITS)
    energy = draw(structures(unit, ENDS[unit], st.integers(1, 3), 0.2))
    found: dict[str, Any] = {
        "energyratestructure": energy,
        "energyweekdayschedule": draw(schedules(len(energy))),
        "energyweekendschedule": draw(schedules(len(energy))),
        "fixedchargefirstmeter": draw(st.sampled_from([0.0, 12.5, 900.0])),
        "fixedchargeunits": draw(st.sampled_from(["$/day", "$/month", "$/year"])),
    }
    if draw(st.booleans()):
        unit = draw(st.sampled_from(["kW", "kW daily"]))
        demand = draw(structures(unit, [8e3, 2e4, 4e4], st.integers(1, 3), 20.0))
        found |= {
            "demandratestructure": demand,
            "demandweekdayschedule": draw(schedules(len(demand))),
            "demandweekendschedule": draw(schedules(len(demand))),
        }
    if draw(st.booleans()):
        flat = draw(structures("kW", [8e3, 2e4, 4e4], st.integers(1, 2), 9.0))
        months = st.lists(st.integers(0, len(flat) - 1), min_size=12, max_size=12)
        found |= {"flatdemandstructure": flat, "flatdemandmonths": draw(months)}
    if draw(st.booleans()):
        found["fueladjustmentsmonthly"] = [0.001 * draw(st.integers(-3, 9)) for _ in range(12)]
    if draw(st.booleans()):
        found |= {"mincharge": draw(st.sampled_from([1e5, 3e6])), "minchargeunits": "$/month"}
    return found


def tiered(tiers: list[dict[str, Any]], before: float, amount: float, scale: float = 1.0) -> float:
    """What an amount costs in tiers, after another one."""
    usd, low = 0.0, 0.0
    for tier in tiers:
        high = tier.get("max", inf) * scale if tier.get("max") else inf
        usd += tier["rate"] * max(0.0, min(before + amount, high) - max(before, low))
        low = high
    return usd


class SlowBill:
    """The bill of an hourly load under a record, in kW and kWh, as a clerk would do it."""

    def __init__(self, record: dict[str, Any], load_mw: list[float], start: datetime) -> None:
        self.record = record
        self.hours: dict[str, list[tuple[datetime, datetime, float]]] = defaultdict(list)
        for hour, mw in enumerate(load_mw):
            utc = start.astimezone(ZoneInfo("UTC")) + timedelta(hours=hour)
            local = utc.astimezone(ZONE)
            self.hours[f"{local:%Y-%m}"].append((local, utc + STANDARD, 1000.0 * mw))

    def month(self, name: str) -> float:
        """The amount of a month."""
        usd = self.energy(name) + self.demand(name) + self.flat(name) + self.fixed(name)
        return max(usd, self.record.get("mincharge", 0.0) * self.share(name, "$/month"))

    def period(self, charge: str, local: datetime, standard: datetime) -> int:
        """The period of an hour: of the local month, and of the day and hour in standard time."""
        day = "weekday" if standard.weekday() < 5 else "weekend"
        number: int = self.record[f"{charge}{day}schedule"][local.month - 1][standard.hour]
        return number

    def energy(self, name: str) -> float:
        """Energy in the order of time, and fuel."""
        usd, before, today = 0.0, 0.0, None
        unit = self.record["energyratestructure"][0][0]["unit"]
        scale = max(kw for *_, kw in self.hours[name]) if "/" in unit else 1.0
        for local, standard, kw in self.hours[name]:
            if "daily" in unit and local.date() != today:
                today, before = local.date(), 0.0
            tiers = self.record["energyratestructure"][self.period("energy", local, standard)]
            usd += tiered(tiers, before, kw, scale)
            usd += kw * self.record.get("fueladjustmentsmonthly", [0.0] * 12)[local.month - 1]
            before += kw
        return usd

    def demand(self, name: str) -> float:
        """The peak of each period, in the month or on each day."""
        peaks: dict[tuple[int, date | None], float] = defaultdict(float)
        structure = self.record.get("demandratestructure", [])
        for local, standard, kw in self.hours[name] if structure else []:
            day = local.date() if "daily" in structure[0][0]["unit"] else None
            key = self.period("demand", local, standard), day
            peaks[key] = max(peaks[key], kw)
        return sum(tiered(structure[period], 0.0, peak) for (period, _), peak in peaks.items())

    def flat(self, name: str) -> float:
        """The peak at any time."""
        if "flatdemandstructure" not in self.record:
            return 0.0
        number = self.record["flatdemandmonths"][int(name[5:]) - 1]
        return tiered(self.record["flatdemandstructure"][number], 0.0, max(kw for *_, kw in self.hours[name]))

    def fixed(self, name: str) -> float:
        """The fixed charge."""
        usd: float = self.record["fixedchargefirstmeter"]
        return usd * self.share(name, self.record["fixedchargeunits"])

    def share(self, name: str, every: str) -> float:
        """How many days, months or years the hours of a month are; they are whole days."""
        year, month = int(name[:4]), int(name[5:])
        hours = len(self.hours[name])
        if every == "$/day":
            return float(len({local.date() for local, *_ in self.hours[name]}))
        if every == "$/month":
            at = (year - 2025) * 12 + month - 1
            return hours / elapsed_h(begin(at), begin(at + 1))
        return hours / elapsed_h(begin((year - 2025) * 12), begin((year - 2024) * 12))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the records are written."""
    return tmp_path_factory.mktemp("records")


def run_of(
    folder: Path, record: dict[str, Any], first_day: int, days: int, seed: int
) -> tuple[Result, list[float], datetime]:
    """A run of whole local days, its hourly load and its start."""
    first = FIRST + timedelta(days=first_day)
    last = first + timedelta(days=days)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=ZONE) for day in (first, last))
    rng = np.random.default_rng(seed)
    load = (rng.integers(0, 50, elapsed_h(start, end)) * rng.integers(0, 2)).astype(float)
    load += rng.integers(0, 30, len(load))
    path = folder / "rate.json"
    path.write_text(json.dumps(record))
    result = billed(
        {"kind": "urdb", "file": str(path)},
        hourly(load.tolist()),
        days=len(load) / 24,
        start=start.isoformat(),
    )
    return result, load.tolist(), start


@law(80)
@given(records(), st.integers(0, 800), st.integers(1, 100), st.integers(0, 10_000))
def test_a_bill_under_a_random_record_is_what_a_clerk_makes_it(
    folder: Path, record: dict[str, Any], first_day: int, days: int, seed: int
) -> None:
    result, load, start = run_of(folder, record, first_day, days, seed)
    slow = SlowBill(record, load, start)
    monthly = result.monthly["cost_usd"]
    assert [str(month) for month in monthly.index] == list(slow.hours)
    for month, usd in monthly.items():
        assert usd == pytest.approx(slow.month(str(month)), rel=1e-9, abs=1e-6), month


@law(40)
@given(records(), st.integers(0, 800), st.integers(1, 60), st.integers(0, 10_000))
def test_the_tiers_of_energy_and_demand_are_the_whole_amount(
    folder: Path, record: dict[str, Any], first_day: int, days: int, seed: int
) -> None:
    result, load, start = run_of(folder, record, first_day, days, seed)
    frame = result.bill
    slow = SlowBill(record, load, start)
    for month, hours in slow.hours.items():
        here = frame[frame["month"].astype(str) == month]
        energy = here[here["line"] == "energy charge"]["quantity"].sum()
        assert energy == pytest.approx(sum(kw for *_, kw in hours) / 1000.0, rel=1e-9)
        flat = here[here["detail"].str.startswith("at any time")]["quantity"].sum()
        if "flatdemandstructure" in record and any(
            tier["rate"]
            for tier in record["flatdemandstructure"][record["flatdemandmonths"][int(month[5:]) - 1]]
        ):
            assert flat == pytest.approx(max(kw for *_, kw in hours) / 1000.0, rel=1e-9)


@st.composite
def ratchets(draw: st.DrawFn) -> dict[str, Any]:
    """A record with a ratchet on its one demand charge, which is at any time."""
    found = draw(records())
    for name in ("demandratestructure", "demandweekdayschedule", "demandweekendschedule"):
        found.pop(name, None)
    found |= {"flatdemandstructure": [[{"rate": 8.0}]], "lookbackpercent": draw(st.sampled_from([0.5, 0.9]))}
    found["flatdemandmonths"] = [0] * 12
    if draw(st.booleans()):
        found["lookbackrange"] = draw(st.integers(1, 12))
    else:
        found["lookbackmonths"] = draw(st.lists(st.integers(0, 1), min_size=12, max_size=12))
    return found


@law(12)
@given(
    ratchets(), st.integers(0, 20), st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(0, 99)
)
def test_months_under_a_record_billed_in_several_runs_are_billed_as_in_one(
    folder: Path, record: dict[str, Any], first: int, lengths: list[int], seed: int
) -> None:
    """Tiers count from each month or day, seasons and fuel follow the calendar, peaks are handed on."""
    edges = [begin(first + sum(lengths[:at])) for at in range(len(lengths) + 1)]
    load = np.random.default_rng(seed).integers(0, 50, elapsed_h(edges[0], edges[-1])).astype(float)
    path = folder / "ratchet.json"
    path.write_text(json.dumps(record))
    before = {"2024-12": 44.0, "2024-08": 60.0}

    def run(since: datetime, until: datetime, peaks: dict[str, float]) -> Result:
        part = load[elapsed_h(edges[0], since) : elapsed_h(edges[0], until)]
        rate = {"kind": "urdb", "file": str(path), "peaks_before_mw": peaks}
        return billed(rate, hourly(part.tolist()), days=len(part) / 24, start=since.isoformat())

    whole = run(edges[0], edges[-1], before)
    monthly = whole.monthly["cost_usd"].to_dict()
    found: dict[Any, float] = {}
    for since, until in pairwise(edges):
        result = run(since, until, before)
        found |= result.monthly["cost_usd"].to_dict()
        before |= peaks_of(result)
    assert found == pytest.approx(monthly, rel=1e-9, abs=1e-6)
    billed_mw = whole.bill.query("line == 'demand charge'")
    assert (billed_mw["quantity"] >= billed_mw["measured"]).all()
