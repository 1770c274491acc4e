"""Random campuses in `sim` and in an independent simulator: energies, money, reasons and end levels agree.

What the kinds of cases hold is the table in `reference.campuses`; how far the reference may be off is derived
in `reference.bounds`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference.books import Books
from reference.bounds import bound, bounds
from reference.campuses import START, campuses
from reference.simulator import Simulator

from sim.campus import Campus
from sim.results.result import Result
from sim.simulation import simulate

JOB_COLUMNS = {
    "energy_mwh": "served mwh",
    "unserved_mwh": "unserved mwh",
    "deferred_mwh": "deferred mwh",
    "outstanding_mwh": "outstanding mwh",
    "done_gpu_h": "work gpu_h",
}
"""Columns of the table of jobs, and what the reference calls them."""


def quantities(result: Result) -> dict[str, float]:
    """What the reference states too, by name: flows of jobs by tier, and the energies of each job."""
    flows, summary = result.flows, result.summary
    dt_h = flows["dt_h"].to_numpy()
    found = {}
    for column in flows.columns:
        owner, _, flow = str(column).rpartition(".")
        if flow.endswith("_mw") and owner != "site" and flow != "it_mw":
            found[f"{owner}.{flow.removesuffix('_mw')} mwh"] = float(flows[column].to_numpy() @ dt_h)
    found |= {f"{line} usd": usd for line, usd in summary.cost_lines_usd.items()}
    found |= {f"curtailed {reason} mwh": mwh for reason, mwh in summary.curtailed_by_reason_mwh.items()}
    found |= {f"unserved {reason} mwh": mwh for reason, mwh in summary.unserved_by_reason_mwh.items()}
    found |= {"deferred mwh": summary.deferred_mwh, "outstanding mwh": summary.deferred_outstanding_mwh}
    for job in result.jobs.to_dict("records"):
        found |= {f"{job['name']}: {key}": job[column] for column, key in JOB_COLUMNS.items()}
    return found | {"stored mwh": summary.stored_mwh, "work gpu_h": summary.gpu_h_done}


def tiers(campus: dict[str, Any]) -> dict[str, str]:
    """The tier of each job: firm jobs; others by price, and those of one price by their flexible share."""
    found: dict[str, str] = {}
    shares: dict[str, list[float]] = {}
    for name, spec in sorted(campus["demand"].items()):
        if spec["kind"] != "training_job":
            continue
        found[name], share = "hall firm jobs", spec["flexible_pu"]
        if share:
            tier = f"hall jobs at {spec['worth_usd_per_mwh']:g} USD/MWh"
            known = shares.setdefault(tier, [])
            known += [share] * (share not in known)
            found[name] = f"{tier} ({known.index(share) + 1})" if share != known[0] else tier
    return found


def expected(books: Books, tier_of: dict[str, str]) -> dict[str, float]:
    """The same of the reference, in which each job trades for itself."""
    found: dict[str, float] = defaultdict(float)
    for name, mwh in books.mwh.items():
        owner, _, flow = name.rpartition(".")
        found[f"{tier_of.get(owner, owner)}.{flow} mwh"] += mwh
    for job, amounts in books.jobs.items():
        energies = {f"{flow} mwh": books.mwh[f"{job}.{flow}"] for flow in ("served", "unserved")}
        found |= {f"{job}: {key}": amount for key, amount in (energies | amounts).items()}
        for key, amount in amounts.items():
            found[key] += amount
    found |= {f"{line} usd": usd for line, usd in books.usd.items()}
    found |= {f"curtailed {reason} mwh": mwh for reason, mwh in books.curtailed_mwh.items()}
    found |= {f"unserved {reason} mwh": mwh for reason, mwh in books.unserved_mwh.items()}
    return found | {"stored mwh": books.stored_mwh}


def compare(campus: dict[str, Any], hours: float, step_s: float) -> tuple[dict[str, float], Books]:
    """Difference of each quantity, and the books of the reference."""
    books = Simulator(campus, hours=hours, step_s=step_s).run()
    result = simulate(Campus(**campus), days=hours / 24.0)
    got, wanted = quantities(result), expected(books, tiers(campus))
    return {
        key: got.get(key, 0.0) - wanted.get(key, 0.0) for key in sorted(got.keys() | wanted.keys())
    }, books


EXAMPLES = 8 * int(os.environ.get("LAWS_TIMES", "1"))


@pytest.mark.parametrize(
    ("kind", "step_s"),
    [("rigid", 300.0), ("stores", 20.0), ("jobs", 20.0), ("reactor", 20.0), ("gas", 20.0), ("all", 20.0)],
)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_energies_money_reasons_and_end_levels_agree_with_the_reference(
    kind: str, step_s: float, data: st.DataObject
) -> None:
    campus = data.draw(campuses(kind))
    differences, books = compare(campus, 12.0, step_s)
    assume(not books.is_close)
    most = bounds(campus, books)
    assert {key: by for key, by in differences.items() if abs(by) > bound(most, key)} == {}


def reactor_from_40_to_50_mw(flips: int) -> dict[str, Any]:
    """A reactor of 100 MW at 5 %/min beside a grid, and a load of 1 W that flips every 10 s."""
    lamp = {
        "times_s": [10.0 * turn for turn in range(flips)],
        "values": [1e-6 * (turn % 2) for turn in range(flips)],
    }
    return {
        "name": "ramp",
        "start": START,
        "timezone": "UTC",
        "facility": {"pue": 1.0, "firm_worth_usd_per_mwh": 5000.0},
        "servers": {},
        "supply": {
            "grid": {
                "kind": "grid",
                "import_limit_mw": 100.0,
                "export_limit_mw": 0.0,
                "import_price_usd_per_mwh": 60.0,
                "export_price_usd_per_mwh": 0.0,
                "demand_charge_usd_per_mw_month": 8000.0,
            },
            "reactor": {
                "kind": "small_modular_reactor",
                "modules": 1,
                "module_mw": 100.0,
                "minimum_pu": 0.2,
                "ramp_pu_per_min": 0.05,
                "fuel_usd_per_mwh": 11.86,
                "variable_usd_per_mwh": 2.8,
                "must_run_usd_per_mwh": -200.0,
                "refuelling_d": 0.0,
                "mttf_h": 1e9,
            },
        },
        "demand": {
            "hall": {
                "kind": "measured_load",
                "power_mw": {"times_s": [0.0, 900.0], "values": [40.0, 50.0]},
                "worth_usd_per_mwh": 5000.0,
            },
            "lamp": {"kind": "measured_load", "power_mw": lamp, "worth_usd_per_mwh": 5000.0},
        },
    }


@pytest.mark.parametrize("flips", [1, 360])
def test_a_ramp_imports_its_triangle_whoever_else_flickers(flips: int) -> None:
    # 10 MW at 5 MW a minute take 2 minutes: 10 MW x 2 min / 2 = 0.16667 MWh, 0.66667 MW over a quarter-hour
    differences, books = compare(reactor_from_40_to_50_mw(flips), 1.0, 10.0)
    assert books.mwh["grid.import"] == pytest.approx(1 / 6, abs=1e-7)
    assert books.usd["demand charge"] == pytest.approx(8000.0 / 6.0 / 0.25, abs=0.01)
    assert abs(differences["grid.import mwh"]) < 1e-6
    assert abs(differences["demand charge usd"]) < 0.05


def bare(supply: dict[str, Any], demand: dict[str, Any]) -> dict[str, Any]:
    """A campus of these participants."""
    facility = {"pue": 1.0, "firm_worth_usd_per_mwh": 5000.0}
    plain = {"name": "bare", "start": START, "timezone": "UTC", "facility": facility, "servers": {}}
    return plain | {"supply": supply, "demand": demand}


def grid(**given: Any) -> dict[str, Any]:
    prices = {"import_price_usd_per_mwh": 60.0, "export_price_usd_per_mwh": 0.0}
    limits = {"import_limit_mw": 0.0, "export_limit_mw": 0.0, "demand_charge_usd_per_mw_month": 0.0}
    return {"kind": "grid"} | prices | limits | given


def wind(power_mw: float) -> dict[str, Any]:
    return {
        "kind": "measured_source",
        "power_mw": power_mw,
        "dispatch_usd_per_mwh": 0.0,
        "cost_usd_per_mwh": 0.0,
    }


def load(power_mw: Any, worth: float = 5000.0) -> dict[str, Any]:
    return {"kind": "measured_load", "power_mw": power_mw, "worth_usd_per_mwh": worth}


def battery(**given: Any) -> dict[str, Any]:
    """A battery of 10 MW and 20 MWh without losses, half full, all of it above the reserve."""
    state = {"min_soc_pu": 0.0, "max_soc_pu": 1.0, "initial_soc_pu": 0.5, "reserve_pu": 0.0}
    prices = {"charge_below_usd_per_mwh": 41.0, "discharge_above_usd_per_mwh": 83.0, "wear_usd_per_mwh": 0.0}
    losses = {"charge_efficiency_pu": 1.0, "discharge_efficiency_pu": 1.0, "standing_loss_mw": 0.0}
    size = {"kind": "battery", "power_mw": 10.0, "energy_mwh": 20.0, "reserve_above_usd_per_mwh": 4000.0}
    return size | state | prices | losses | given


AN_HOUR_OFF = {"times_s": [0.0, 7200.0, 10800.0], "values": [30.0, 10.0, 30.0]}

BY_HAND = {
    # 100 - 10 MW are left over; the connection would take 30 MW if it were not paid -20 USD/MWh
    "export at a loss": (
        {"grid": grid(export_limit_mw=30.0, export_price_usd_per_mwh=-20.0), "wind": wind(100.0)},
        {"load": load(10.0)},
        {"curtailed economic mwh": 4 * 30.0, "curtailed export limit mwh": 4 * 60.0},
    ),
    # 1 kW for four hours
    "a small full battery": (
        {"wind": wind(90.0), "bess": battery(power_mw=0.001, energy_mwh=0.001, initial_soc_pu=1.0)},
        {"load": load(0.0)},
        {"curtailed storage full mwh": 4 * 0.001, "curtailed no export mwh": 4 * 89.999},
    ),
    # power is to be had at 5,001 USD/MWh
    "too dear": (
        {"grid": grid(import_limit_mw=90.0, import_price_usd_per_mwh=5001.0)},
        {"load": load(20.0)},
        {"unserved price mwh": 4 * 20.0},
    ),
    # 40 MW are wanted: 10 MW are missing always, 20 MW more for an hour
    "a lowered limit": (
        {"grid": grid(import_limit_mw=AN_HOUR_OFF)},
        {"load": load(40.0)},
        {"unserved capacity mwh": 4 * 10.0, "unserved import limit mwh": 20.0},
    ),
    # the reserve of 8 MWh gives 10 MW for 0.8 h and is filled again at 10 MW, at a price above 41 USD/MWh
    "a reserve": (
        {
            "grid": grid(import_limit_mw=AN_HOUR_OFF),
            "bess": battery(initial_soc_pu=0.4, reserve_pu=0.4),
        },
        {"load": load(20.0)},
        {
            "bess.discharge mwh": 8.0,
            "bess.charge mwh": 8.0,
            "unserved import limit mwh": 2.0,
            "energy charge usd": 60.0 * (3 * 20.0 + 10.0 + 8.0),
        },
    ),
    # half of 20 MWh at 80 %: 8 MWh at the bus
    "losses": (
        {"bess": battery(discharge_efficiency_pu=0.8)},
        {"load": load(4.0)},
        {"bess.discharge mwh": 8.0, "unserved capacity mwh": 8.0, "stored mwh": -10.0},
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_both_agree_with_a_case_by_hand(case: str) -> None:
    supply, demand, by_hand = BY_HAND[case]
    differences, books = compare(bare(supply, demand), 4.0, 20.0)
    found = expected(books, {})
    assert {key: found.get(key, 0.0) for key in by_hand} == pytest.approx(by_hand, abs=1e-6)
    assert {key: by for key, by in differences.items() if abs(by) > 1e-5} == {}


def test_units_start_when_what_was_missed_comes_to_the_cost_of_a_start() -> None:
    fleet = {
        "kind": "gas_turbines",
        "units": 1,
        "unit_mw": 55.0,
        "minimum_pu": 0.4,
        "ramp_pu_per_min": 0.067,
        "start_min": 15.0,
        "min_up_h": 2.2,
        "min_down_h": 2.2,
        "start_usd_per_mw": 32.0,
        "start_mmbtu_per_mw": 3.5,
        "gas_usd_per_mmbtu": 4.0,
        "variable_usd_per_mwh": 5.0,
        "mttf_h": 1e9,
    }
    connection = grid(import_limit_mw=200.0, import_price_usd_per_mwh=60.0)
    differences, books = compare(bare({"gas": fleet, "grid": connection}, {"load": load(110.0)}), 12.0, 10.0)
    # 55 MW x (60 - 9.71 x 4 - 5) = 888.8 USD/h; a start of 55 x (32 + 3.5 x 4) = 2,530 USD comes in 2.8465 h;
    # 0.25 h later it runs, and takes 55 / (0.067 x 55) = 14.925 min to full power, half of which is lost
    hours = 12.0 - 2530.0 / 888.8 - 0.25 - 1.0 / 0.067 / 60.0 / 2.0
    assert books.usd["start-up"] == pytest.approx(2530.0)
    assert books.mwh["gas.delivered"] == pytest.approx(55.0 * hours, abs=books.error_mwh)
    assert books.error_mwh < 0.5
    assert abs(differences["gas.delivered mwh"]) < books.error_mwh
    assert differences["start-up usd"] == pytest.approx(0.0)
