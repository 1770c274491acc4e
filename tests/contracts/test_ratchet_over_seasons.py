"""The ratchet over seasons: a peak of one month raises what is billed in months with another rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tariff_records import record, write

from sim import Campus, Result, simulate
from sim.campus import Demand, GridConnection, MeasuredLoad, Ratchet, Rates, UrdbTariff
from sim.contracts.tariff import Tariff

PEAKS_MW = {1: 8.0, 4: 2.0}
"""Load in these months; 1 MW in the others."""


def year(tariff: Tariff) -> Result:
    """A year of 2025 with the peaks."""
    begins_d = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
    load = {
        "times_s": (begins_d * 86400.0).tolist(),
        "values": [PEAKS_MW.get(month, 1.0) for month in range(1, 13)],
    }
    grid = GridConnection(import_limit_mw=10.0, tariff=tariff)
    campus = Campus(name="a", supply={"grid": grid}, demand={"load": MeasuredLoad(power_mw=load)})
    return simulate(campus, days=365.0, record_s=86400.0 * 365.0)


def demand_usd(result: Result) -> list[float]:
    """The demand charges of each month."""
    bill = result.bill[result.bill["line"] == "demand charge"]
    return bill.groupby("month")["usd"].sum().tolist()


WANTED = [10 * 8.0, *[10 * 4.0] * 4, *[20 * 4.0] * 6, 10 * 4.0]
"""Half of the 8 MW of January are billed in every other month, at 10 or, from June to November, 20 USD/MW."""


def test_a_peak_of_winter_is_billed_at_the_rate_of_summer() -> None:
    ratchet = Ratchet(share_pu=0.5)
    seasons = {10.0: (12, 1, 2, 3, 4, 5), 20.0: (6, 7, 8, 9, 10, 11)}
    demand = tuple(
        Demand(usd_per_mw_month=usd, months=months, ratchet=ratchet) for usd, months in seasons.items()
    )
    result = year(Rates(import_price_usd_per_mwh=0.0, demand=demand))
    assert demand_usd(result) == pytest.approx(WANTED, rel=1e-12)


def test_the_seasons_of_a_record_share_its_ratchet(tmp_path: Path) -> None:
    flat = {
        "flatdemandstructure": [[{"rate": 0.01}], [{"rate": 0.02}]],
        "flatdemandmonths": [0] * 5 + [1] * 6 + [0],
        "lookbackpercent": 0.5,
    }
    path = write(tmp_path / "record.json", record(**flat))
    assert demand_usd(year(UrdbTariff(file=path))) == pytest.approx(WANTED, rel=1e-12)
