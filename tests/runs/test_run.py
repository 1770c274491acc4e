"""The run as data: accounts, firm capacity and participants, without anything that lives."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Campus, Result, simulate


def test_accounts_have_a_row_for_each_account_of_each_participant(paper: Result) -> None:
    accounts = paper.accounts
    assert list(accounts.columns) == ["account", "part", "owner", "unit", "amount"]
    bill = accounts[accounts["account"] == "cost_usd"].set_index(["owner", "part"])["amount"]
    # imports of 6 MW for 6 h and for 12 h at 50 USD/MWh; 20 MW x 6 h of wind less what was curtailed, at 30
    assert bill["grid", "energy charge"] == pytest.approx(6 * 18 * 50)
    assert bill["wind", "PPA cost"] == pytest.approx((120 - 15 - 35) * 30)
    carbon = accounts[accounts["account"] == "carbon_kgco2"].set_index("owner")
    assert carbon.loc["grid", "unit"] == "kgCO2"
    assert carbon.loc["grid", "amount"] == pytest.approx(6 * 18 * 400)


def test_accounts_are_those_of_the_books(full: Result) -> None:
    accounts = full.accounts
    assert len(accounts) == len(full.books.postings)
    for name, amount in accounts.groupby("account")["amount"].sum().items():
        assert amount == pytest.approx(full.books.amount(str(name)), rel=1e-12, abs=1e-9)


def test_firm_capacity_is_the_sum_of_what_participants_state(paper: Result) -> None:
    # 6 MW of import; of the battery the least of 4 MW and 10 MWh x 0.8 / 4 h; wind is not firm
    assert paper.firm_mw.values_at([0.0, 43200.0]).tolist() == pytest.approx([8.0, 8.0])


def test_firm_capacity_changes_whenever_that_of_any_participant_does(full: Result) -> None:
    firm = full.firm_mw
    parts = [one.firm_mw for one in full.books.participants]
    changes = sorted({float(t_s) for one in parts for t_s in one.times_s})
    assert firm.times_s.tolist() == changes
    assert len(changes) > 1
    middle = (firm.times_s[:-1] + firm.times_s[1:]) / 2
    for t_s in (*firm.times_s, *middle):
        assert firm.value_at(t_s) == pytest.approx(sum(one.value_at(t_s) for one in parts))


def test_a_campus_of_nobody_has_no_firm_capacity_and_no_accounts() -> None:
    run = simulate(Campus(name="nobody"), days=1)
    assert run.firm_mw.values.tolist() == [0.0]
    assert len(run.accounts) == 0
    assert run.family("supply", "demand") == []


def test_participants_are_found_by_name_and_by_family(full: Result) -> None:
    run = full
    assert [one.name for one in run.family("supply")] == ["bess", "fusion", "gas", "grid", "smr", "solar"]
    # a job has its part in the flows of a tier, which is a participant of its own
    tier = "h100 jobs at 150 USD/MWh"
    assert [one.name for one in run.family("demand", "servers")] == ["chat", "h100", tier, "train"]
    assert (run.participant(tier).label, run.columns_of("train", "served_mw")) == ("flexible jobs", [])
    assert run.family("no such family") == run.family() == []
    battery = run.participant("bess")
    assert (battery.kind, battery.family) == ("battery", "supply")
    with pytest.raises(KeyError):
        run.participant("nobody")


def test_columns_are_found_by_flow_and_by_owner(paper: Result) -> None:
    run = paper
    assert run.columns("import_mw", "unserved_mw") == ["grid.import_mw", "hall.unserved_mw"]
    assert run.columns_of("bess", "charge_mw", "import_mw") == ["bess.charge_mw"]
    assert set(run.columns("served_mw")) <= set(run.flows.columns)


def test_hourly_means_hold_the_energy_of_the_run(full: Result) -> None:
    hourly = full.hourly
    assert len(hourly) == 12 * 24
    for column, total in zip(full.books.columns, full.books.totals, strict=True):
        if column.label.endswith("_mw"):
            assert float(np.sum(hourly[column.name])) == pytest.approx(total, rel=1e-9, abs=1e-9)
