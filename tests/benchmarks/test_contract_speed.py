"""Contracts and strategies: what a bill costs beside its run, and a year of plans beside a plain one."""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))

from ai_campus import ai_campus

from sim import Campus, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad
from sim.site import Site

MINUTES = 525_600
TARIFF = {
    "kind": "rates",
    "import_price_usd_per_mwh": {"base": 60.0, "windows": [{"value": 140.0, "from_hour": 16, "to_hour": 21}]},
    "export_price_usd_per_mwh": 20.0,
    "demand": [
        {"usd_per_mw_month": 6000.0, "ratchet": {"share_pu": 0.75}},
        {"name": "peak", "usd_per_mw_month": 9000.0, "windows": [{"from_hour": 16, "to_hour": 21}]},
    ],
    "fixed": [{"name": "facility charge", "usd": 25_000.0}],
}


def minutes() -> Campus:
    """A load that changes each minute, a battery and a tariff of five lines."""
    load = 40.0 + 5.0 * np.random.default_rng(1).random(MINUTES)
    profile = {"times_s": (60.0 * np.arange(MINUTES)).tolist(), "values": load.tolist()}
    return Campus(
        name="minutes",
        supply={
            "grid": GridConnection(import_limit_mw=100.0, tariff=TARIFF),
            "battery": Battery(power_mw=5.0, energy_mwh=20.0),
        },
        demand={"load": MeasuredLoad(power_mw=profile)},
    )


def test_a_bill_of_a_year_of_minutes_in_its_run(ratio, benchmark, monkeypatch):
    """All that participants enter when the books are closed is counted as the bill."""
    spent_s = []
    on_close = Site.on_close

    def timed(site, call):
        def enter():
            began = process_time()
            call()
            spent_s.append(process_time() - began)

        on_close(site, enter)

    monkeypatch.setattr(Site, "on_close", timed)
    campus = minutes()

    def share() -> float:
        """Processor time of the bill in that of the run without it."""
        spent_s.clear()
        began = process_time()
        simulate(campus)
        return sum(spent_s) / (process_time() - began - sum(spent_s))

    shares = [share() for _ in range(4)]
    benchmark.pedantic(simulate, (campus,), rounds=1)
    ratio("a bill of a year of minutes, in its run", min(shares), "target: at most 0.05")


def rolling(campus: Campus, every_h: int) -> Campus:
    """The campus with a rolling optimiser for its battery."""
    values = campus.to_dict()
    strategy = {"kind": "rolling_optimiser", "every_h": every_h}
    prices = "charge_below_usd_per_mwh", "discharge_above_usd_per_mwh"
    batteries = {
        name: {**{key: value for key, value in source.items() if key not in prices}, "strategy": strategy}
        for name, source in values["supply"].items()
        if source["kind"] == "battery"
    }
    return Campus(**{**values, "supply": {**values["supply"], **batteries}})


@pytest.mark.parametrize(
    ("what", "every_h", "target"), [("day", 24, "target: at most 30"), ("six hours", 6, "")]
)
def test_a_year_of_plans_against_a_plain_one(what, every_h, target, ratio, benchmark):
    plain, planned = ai_campus(), rolling(ai_campus(), every_h)

    def cost_s(campus: Campus) -> float:
        began = process_time()
        simulate(campus)
        return process_time() - began

    plain_s = min(cost_s(plain) for _ in range(3))
    planned_s = benchmark.pedantic(cost_s, (planned,), rounds=1)
    ratio(f"a year of the flagship with a plan every {what}, in plain years", planned_s / plain_s, target)
