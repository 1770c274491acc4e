"""The metrics of a run against paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from sites import site

from sim import Campus, Result, simulate
from sim.bus.account import Account, Adds
from sim.bus.flows import Flow
from sim.campus import MeasuredLoad
from sim.runs.metrics import own_accounts
from sim.site import Site, Source


def energy(result: Result, *labels: str) -> float:
    """Energy of the recorded flows with these labels [MWh]."""
    flows = result.flows
    return float((flows[result.columns(*labels)].sum(axis=1) * flows["dt_h"]).sum())


def test_energy_is_what_paper_says(paper: Result) -> None:
    summary = paper.summary
    assert summary.energy_mwh == pytest.approx(36.0 + 60.0 + 20.0 + 60.0)
    assert summary.supplied_mwh == pytest.approx({"grid": 6.0 * 18.0, "wind": 60.0 + 10.0})
    assert summary.charged_mwh == pytest.approx({"bess": 10.0})
    assert summary.discharged_mwh == pytest.approx({"bess": 8.0})
    assert summary.loss_mwh == pytest.approx(2.0)
    assert summary.stored_mwh == pytest.approx(0.0, abs=1e-6)


def test_curtailment_has_the_reasons_paper_says(paper: Result) -> None:
    assert paper.summary.curtailed_mwh == pytest.approx(50.0)
    assert paper.summary.curtailed_by_source_mwh["wind"] == pytest.approx(50.0)
    assert paper.summary.curtailed_by_reason_mwh == pytest.approx(
        {"storage full": 14.0, "no export": 36.0}, rel=1e-6
    )


def test_shortage_is_what_paper_says(paper: Result) -> None:
    summary = paper.summary
    assert summary.unserved_mwh == pytest.approx(24.0 + 40.0)
    assert summary.unserved_by_reason_mwh["capacity"] == pytest.approx(64.0)
    assert summary.unserved_by_load_mwh == pytest.approx({"hall": 64.0})
    assert summary.unserved_h == pytest.approx(6.0 + 10.0)
    assert summary.shortages == 2


def test_load_figures_are_what_paper_says(paper: Result) -> None:
    summary = paper.summary
    assert summary.peak_load_mw == pytest.approx(10.0)
    assert summary.peak_load_at_h == pytest.approx(6.0)
    assert summary.peak_demand_15min_mw == pytest.approx(10.0)
    assert summary.load_factor == pytest.approx(176.0 / 24.0 / 10.0)
    assert summary.capacity_factor == pytest.approx({"wind": 70.0 / (20.0 * 24.0)})
    assert summary.pue is None


def test_money_and_carbon_are_what_paper_says(paper: Result) -> None:
    summary = paper.summary
    assert summary.cost_lines_usd == pytest.approx(
        {"energy charge": 108.0 * 50.0, "PPA cost": 70.0 * 30.0, "export revenue": 0.0}
    )
    assert summary.cost_usd == pytest.approx(5400.0 + 2100.0)
    assert summary.carbon_t == pytest.approx(108.0 * 0.4)
    # the wind serves 60 MWh itself and 8 MWh through the battery, which holds nothing else
    assert summary.cfe_score == pytest.approx((60.0 + 8.0 + 0.25 * 108.0) / 176.0)
    assert summary.annual_matching == pytest.approx((70.0 + 0.25 * 108.0) / 176.0)


def test_the_books_close(full: Result) -> None:
    assert abs(full.summary.balance_residual_mwh) < 1e-9 * full.summary.energy_mwh


@pytest.mark.parametrize("record_s", [None, 60.0, 3600.0, 5000.0])
def test_flows_hold_the_energy_of_the_summary(full_campus: Campus, record_s: float | None) -> None:
    result = simulate(full_campus, days=12, seed=7, record_s=record_s)
    summary = result.summary
    for labels, mwh in {
        (Flow.SERVED,): summary.energy_mwh,
        (Flow.DELIVERED, Flow.IMPORT): sum(summary.supplied_mwh.values()),
        (Flow.CURTAILED,): summary.curtailed_mwh,
        (Flow.UNSERVED,): summary.unserved_mwh,
        (Flow.CHARGE,): sum(summary.charged_mwh.values()),
        (Flow.IT,): summary.it_energy_mwh,
    }.items():
        assert mwh > 0.0
        assert energy(result, *labels) == pytest.approx(mwh, rel=1e-12), labels


def test_what_is_recorded_changes_no_figure(full_campus: Campus, full: Result) -> None:
    timings = {"loop_s": 0.0, "wall_s": 0.0}
    for record_s in (60.0, 900.0, 3600.0):
        other = simulate(full_campus, days=12, seed=7, record_s=record_s)
        assert replace(other.summary, **timings) == replace(full.summary, **timings)


class _Teller(Source):
    """A user's source whose own event is called as one of ours."""

    kind: Literal["test_teller"] = "test_teller"

    def start(self, site: Site, name: str) -> None:
        site.terminal(name).offer(0.0).state(1.0)
        site.note(name, "shortage", "of fuel")


def test_an_event_of_a_participant_is_no_shortage_of_the_site() -> None:
    demand = {"hall": MeasuredLoad(power_mw=1.0)}
    summary = simulate(Campus(name="x", supply={"own": _Teller()}, demand=demand), days=1).summary
    assert (summary.shortages, summary.unserved_h) == (0, 0.0)


def test_the_pue_is_that_of_it_loads_with_their_overhead_and_of_nobody_else() -> None:
    campus = Campus(
        name="c",
        facility={"pue": 1.3},
        servers={"hall": {"servers": 100}},
        supply={"grid": {"kind": "grid", "import_limit_mw": 50.0}},
        demand={"office": {"kind": "measured_load", "power_mw": 7.0}},
    )
    assert simulate(campus, days=1).summary.pue == pytest.approx(1.3)


def test_the_load_factor_is_the_mean_over_the_peak_of_an_instant() -> None:
    load = {"kind": "measured_load", "power_mw": {"times_s": [0.0, 90.0], "values": [10.0, 1.0]}}
    grid = {"kind": "grid", "import_limit_mw": 50.0}
    summary = simulate(Campus(name="c", supply={"grid": grid}, demand={"load": load}), days=0.25).summary
    assert summary.peak_demand_15min_mw == pytest.approx(1.9)
    assert summary.load_factor == pytest.approx((1.0 + 9.0 * 90 / 21600) / 10.0)


def test_what_is_exported_counts_for_annual_matching_and_not_for_the_cfe_score() -> None:
    campus = Campus(
        name="c",
        supply={
            "grid": {"kind": "grid", "import_limit_mw": 50.0, "export_limit_mw": 50.0, "clean_pu": 0.0},
            "wind": {
                "kind": "measured_source",
                "power_mw": {"times_s": [0.0, 43200.0], "values": [25.0, 0.0]},
            },
        },
        demand={"load": {"kind": "measured_load", "power_mw": 10.0}},
    )
    summary = simulate(campus, days=1).summary
    assert summary.export_mwh == pytest.approx(15.0 * 12)
    assert summary.cfe_score == pytest.approx(0.5)
    assert summary.annual_matching == pytest.approx(25.0 * 12 / 240.0)


def test_accounts_of_one_s_own_add_up_as_they_say() -> None:
    """Two owners of each account: 2 and 3 of a sum in two parts, -4 and -1 of the highest, 7 and 8 apart."""
    here = site()
    for owner, ice_t, low_c, visits in (("east", 2.0, -4.0, 7.0), ("west", 3.0, -1.0, 8.0)):
        terminal = here.terminal(owner)
        terminal.enter(Account("ice_made_t", "t", "Ice", part=owner), ice_t)
        terminal.enter(Account("least_c", "degC", "Coldest", adds=Adds.HIGHEST), low_c)
        terminal.enter(Account("visits", "visits", "Visits", adds=Adds.APART), visits)
    assert own_accounts(here.run()) == {
        "ice_made_t": 5.0,
        "ice_made_t.east": 2.0,
        "ice_made_t.west": 3.0,
        "least_c": -1.0,
        "visits.east": 7.0,
        "visits.west": 8.0,
    }
