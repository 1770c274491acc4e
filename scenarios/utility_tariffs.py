"""Bills of published tariffs: every line of a year, ratchets and a coincident peak.

Case B20: two records of the Utility Rate Database on a load of 40 MW; every line of 24 monthly bills is
compared with those of NREL's System Advisor Model (SAM). Case B21: demand ratchets of NREL's REopt. Case B22:
a charge on the hours of the grid's peak, also of REopt.

In B21 and B22 a megawatt stands for a kilowatt of the source, and USD/MW for its USD/kW, so that the amounts
are those of the source.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from math import pi
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import CoincidentPeak, Demand, GridConnection, MeasuredLoad, Ratchet, Rates, UrdbTariff
from sim.cli import run_scenario
from sim.units import (
    HOURS_PER_DAY,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    Fraction,
    PositiveMW,
    UsdPerMWMonth,
)
from sim.validation.published import Value, agreement, compare, data_file, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

SAM, LOOKBACK, PEAK = (inputs(case) for case in ("B20", "B21", "B22"))
DAYS = 365.0
WITHIN = 1e-9
"""Largest relative difference of a line of the bill."""
LINES = ("energy_usd", "tou_demand_usd", "flat_demand_usd", "fixed_usd", "total_usd")
"""Columns of the bills of SAM."""
EXACT = 1e-12
RATCHETS = {
    "designated": "January, April, December",
    "range": "the six months before",
    "seasons": "any month, another load",
}
"""Months whose peaks count, by the case of B21."""
_LABELS = ("energy", "demand by time of use", "demand at any time", "fixed")
_COLORS = ("#4477aa", "#ee6677", "#ccbb44", "#bbbbbb")


def utility_tariffs(
    *,
    tariff_file: str = "",
    mean_mw: PositiveMW = SAM["mean_mw"],
    price_usd_per_mwh: float = 80.0,
    demand_usd_per_mw_month: UsdPerMWMonth = 10_000.0,
    ratchet_pu: Fraction = 0.75,
) -> Campus:
    """Bill a load of 40 MW that is highest in the afternoon and in spring.

    Args:
        tariff_file: Record of the Utility Rate Database, as JSON. Default: the rates below (assumed).
        mean_mw: Mean load.
        price_usd_per_mwh: Price of energy.
        demand_usd_per_mw_month: Charge on the highest demand of each month.
        ratchet_pu: Share of the highest demand of the 11 months before that is billed at least.
    """
    ratchet = Ratchet(share_pu=ratchet_pu)
    demand = Demand(usd_per_mw_month=demand_usd_per_mw_month, interval_min=60, ratchet=ratchet)
    rates = Rates(import_price_usd_per_mwh=price_usd_per_mwh, demand=(demand,))
    tariff = UrdbTariff(file=Path(tariff_file), demand_interval_min=60) if tariff_file else rates
    return _campus("A load with a bill", load_mw() * mean_mw / SAM["mean_mw"], tariff, SAM["year"])


def load_mw() -> NDArray[np.float64]:
    """Load of each hour of the year of B20."""
    hour = np.arange(DAYS * HOURS_PER_DAY)
    of_day = SAM["daily_mw"] * np.sin(2.0 * pi * (hour % HOURS_PER_DAY - SAM["daily_from_h"]) / HOURS_PER_DAY)
    return np.asarray(
        SAM["mean_mw"] + of_day + SAM["yearly_mw"] * np.sin(2.0 * pi * (hour // HOURS_PER_DAY) / DAYS)
    )


def _campus(name: str, load: NDArray[np.float64], tariff: Any, year: int) -> Campus:
    """A load by the hour on a connection with a tariff, from the beginning of a year."""
    times_s = np.arange(len(load)) * SECONDS_PER_HOUR
    return Campus(
        name=name,
        start=datetime(year, 1, 1, tzinfo=UTC),
        supply={"grid": GridConnection(import_limit_mw=2.0 * float(load.max()), tariff=tariff)},
        demand={"load": MeasuredLoad(power_mw={"times_s": times_s.tolist(), "values": load.tolist()})},
    )


def _year(campus: Campus) -> Result:
    return simulate(campus, days=DAYS, record_s=DAYS * SECONDS_PER_DAY)


@cache
def billed(name: str) -> Result:
    """A year of the load of B20 with one of its records."""
    return _year(utility_tariffs(tariff_file=str(data_file(f"urdb/{name}.json"))))


def bill_lines(result: Result) -> NDArray[np.float64]:
    """Amounts of each month in the columns of SAM [USD]."""
    bill = result.bill
    month = bill["month"].dt.month.to_numpy() - 1
    demand, detail = bill["line"] == "demand charge", bill["detail"]
    parts = (
        bill["line"] == "energy charge",
        demand & detail.str.startswith("time of use"),
        demand & detail.str.startswith("at any time"),
        bill["line"] == "fixed charge",
    )
    usd = bill["usd"].to_numpy()
    amounts = [np.bincount(month[part], weights=usd[part], minlength=12) for part in parts]
    return np.column_stack([*amounts, np.bincount(month, weights=usd, minlength=12)])


@cache
def bills_of_sam() -> dict[str, NDArray[np.float64]]:
    """The bills of SAM, a row for each month, by record."""
    with data_file(SAM["file"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        name: np.array([[float(row[line]) for line in LINES] for row in rows if row["tariff"] == name])
        for name in SAM["records"].values()
    }


def _b20() -> dict[str, Value]:
    bills = bills_of_sam()
    found: dict[str, Value] = {"lines": 0.0}
    lines = 0
    for short, name in SAM["records"].items():
        ours, theirs = bill_lines(billed(name)), bills[name]
        lines += int((np.abs(ours - theirs) <= WITHIN * np.abs(theirs)).sum())
        found[f"{short}_year"] = billed(name).summary.cost_usd
    return {**found, "lines": float(lines)}


def ratchet_year(case: str) -> Campus:
    """The year of a ratchet of B21, which has its own peaks in the year before."""
    ratchet, load = LOOKBACK["cases"][case], LOOKBACK[LOOKBACK["cases"][case]["load"]]
    year, hourly = LOOKBACK["year"], hourly_load(case)
    begins = [datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13)]
    first = [int((begin - begins[0]).total_seconds() // SECONDS_PER_HOUR) for begin in begins]
    peaks = np.maximum.reduceat(hourly, first).tolist()
    floor = Ratchet(
        peaks_before_mw={f"{year - 1}-{month:02}": peak for month, peak in enumerate(peaks, start=1)},
        **{name: value for name, value in ratchet.items() if name in Ratchet.model_fields},
    )
    rates: dict[float, list[int]] = {}
    for month, usd in enumerate(load["usd_per_kw"], start=1):
        rates.setdefault(usd, []).append(month)
    demand = tuple(
        Demand(usd_per_mw_month=usd, months=tuple(months), ratchet=floor, interval_min=60)
        for usd, months in rates.items()
    )
    return _campus(case, hourly, Rates(import_price_usd_per_mwh=0.0, demand=demand), year)


def hourly_load(case: str) -> NDArray[np.float64]:
    """Load of each hour of a case of B21."""
    load = LOOKBACK[LOOKBACK["cases"][case]["load"]]
    hourly = np.full(round(DAYS * HOURS_PER_DAY), load["load_kw"])
    for hour, kw in load["peaks_kw"].items():
        hourly[int(hour) - 1] = kw
    return hourly


@cache
def ratcheted(case: str) -> Result:
    """The run of a ratchet of B21."""
    return _year(ratchet_year(case))


def demand_lines(result: Result) -> NDArray[np.float64]:
    """Measured and billed demand [MW] and its charge [USD] of each month."""
    bill = result.bill[result.bill["line"] == "demand charge"]
    return bill.sort_values("month")[["measured", "quantity", "usd"]].to_numpy()


def _b21() -> dict[str, Value]:
    found: dict[str, Value] = {}
    for case, stated in LOOKBACK["cases"].items():
        _, billed_mw, usd = demand_lines(ratcheted(case)).T
        near = np.isclose(billed_mw, stated["billed_kw"], rtol=EXACT, atol=0.0)
        found |= {f"{case}_months": float(near.sum()), f"{case}_usd": float(usd.sum())}
    return found


@cache
def at_peaks() -> Result:
    """The run of B22."""
    begin = datetime(PEAK["year"], 1, 1, tzinfo=UTC)
    peaks = tuple(
        CoincidentPeak(
            usd_per_mw=peak["usd_per_kw"],
            hours=tuple(begin + timedelta(hours=hour - 1) for hour in peak["hours"]),
        )
        for peak in PEAK["peaks"]
    )
    load = np.full(round(DAYS * HOURS_PER_DAY), PEAK["load_kw"])
    return _year(_campus("peaks", load, Rates(import_price_usd_per_mwh=0.0, coincident=peaks), PEAK["year"]))


def _b22() -> dict[str, Value]:
    return {"year": at_peaks().summary.cost_usd}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B20": _b20, "B21": _b21, "B22": _b22}
"""Simulated numbers by case."""


def report() -> str:
    """The bills beside those of SAM and REopt."""
    rows = [row for case, run in CASES.items() for row in compare(case, run())]
    lines = "\n".join(_row(name) for name in SAM["records"].values())
    billed_kw = "\n".join(_ratchet_row(case) for case in LOOKBACK["cases"])
    months = " | ".join(str(month) for month in range(1, 13))
    return f"""# Bills of published tariffs

{reference_table(rows)}
A year of the load of {SAM["mean_mw"]:g} MW, with the demand of whole hours:

| record | energy, USD | demand by time of use, USD | demand at any time, USD | fixed, USD | USD/MWh |
|---|---:|---:|---:|---:|---:|
{lines}

Demand that is billed with a ratchet, by month, in the kilowatts of the source:

| peaks that count | {months} |
|---|{"---:|" * 12}
{billed_kw}

Answer: are the bills those of SAM and REopt?
{agreement(rows).capitalize()}.
"""


def _row(name: str) -> str:
    result = billed(name)
    parts = bill_lines(result).sum(axis=0)
    cells = " | ".join(f"{usd:,.2f}" for usd in parts[:-1])
    return f"| {name} | {cells} | {parts[-1] / result.summary.import_mwh:.2f} |"


def _ratchet_row(case: str) -> str:
    return (
        f"| {RATCHETS[case]} | " + " | ".join(f"{mw:g}" for mw in demand_lines(ratcheted(case))[:, 1]) + " |"
    )


def answer(result: Result) -> str:
    """The bill of a run by line."""
    usd, mwh = result.summary.cost_usd, result.summary.import_mwh
    if not usd:
        return "The bill is empty."
    lines = result.bill.groupby("line")["usd"].sum().sort_values(ascending=False)
    said = ", ".join(f"{name} {100.0 * part / usd:.1f} %" for name, part in lines.items())
    return (
        f"The bill of {result.days:g} days is {usd:,.0f} USD, {usd / mwh:.2f} USD/MWh: {said}. "
        "dcgrid reproduce B20 B21 B22 compares bills with published ones."
    )


def picture() -> Figure:
    """The bills of B20 by month and line, and measured and billed demand of B21."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(11.0, 4.0), layout="constrained")
    bills, demand = figure.subplots(1, 2, width_ratios=(3, 2))
    months = np.arange(1, 13)
    for side, (short, name) in zip((-0.2, 0.2), SAM["records"].items(), strict=True):
        under = np.zeros(12)
        for part, label, color in zip(bill_lines(billed(name)).T, _LABELS, _COLORS, strict=False):
            usd = part / 1e6
            bills.bar(months + side, usd, 0.36, under, color=color, label=label if short == "smud" else None)
            under += usd
    bills.set_xlabel("month; SMUD left, SDG&E right")
    bills.set_ylabel("bill [million USD]")
    bills.set_xticks(months)
    bills.set_ylim(top=10.5)
    bills.legend(fontsize=8, loc="upper left", ncols=2)
    measured, of_range, _ = demand_lines(ratcheted("range")).T
    demand.bar(months, of_range, color="#ee6677", label="billed: 75 % of six months before")
    demand.bar(months, measured, color="#4477aa", label="measured")
    demand.set_xlabel("month")
    demand.set_ylabel("demand [kW of the source]")
    demand.set_xticks(months)
    demand.set_ylim(top=620.0)
    demand.legend(fontsize=8)
    figure.suptitle("Bills of two published tariffs on 40 MW, and a ratchet")
    return figure


if __name__ == "__main__":
    run_scenario(utility_tariffs)
