"""Service and planned outages in whole runs: laws on random campuses, and arithmetic by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import serve
from campuses import DAYS, SEEDS, campuses
from hypothesis import given
from hypothesis import strategies as st
from lagoon import TidalLagoon
from test_laws import Flows, law, outcome

from sim import Campus, Result, simulate
from sim.books.closed import Flow
from sim.campus import Battery, GridConnection

DAY = 86400.0
FLEETS = {"small_modular_reactor": "modules", "gas_turbines": "units"}
GRID = {"kind": "grid", "import_limit_mw": 60.0}
STEADY_REACTOR = {"kind": "small_modular_reactor", "module_mw": 20.0, "refuelling_d": 0.0, "mttf_h": 1e12}
STEADY_GAS = {"kind": "gas_turbines", "unit_mw": 20.0, "mttf_h": 1e12}


def campus(supply: dict[str, Any], load_mw: Any = 100.0, **fields: Any) -> Campus:
    demand = {"office": {"kind": "measured_load", "power_mw": load_mw}}
    return Campus(name="c", supply=supply, **{"demand": demand, **fields})


def mwh(result: Result, name: str, flow: str, from_d: float = 0.0, until_d: float = 1e9) -> float:
    """Energy of a flow between two days of the run."""
    flows = Flows(result)
    ends_s = np.minimum(flows.t_s + flows.dt_h * 3600.0, until_d * DAY)
    hours = np.maximum(0.0, ends_s - np.maximum(flows.t_s, from_d * DAY)) / 3600.0
    return float(flows.of(name, flow) @ hours)


@st.composite
def served(draw: st.DrawFn) -> tuple[Campus, float]:
    """A random campus whose sources and pool enter service, retire and have planned outages, and its days."""
    plain, days = draw(campuses()), draw(DAYS)
    day = st.integers(-2, 10).map(lambda tenth: days * tenth / 8.0)
    values: dict[str, Any] = {}
    for name, source in plain.supply.items():
        begin = draw(day)
        count = getattr(source, FLEETS.get(source.kind, ""), None)
        as_list = bool(count) and draw(st.booleans())
        values[f"supply.{name}.in_service"] = [draw(day) for _ in range(count)] if as_list else begin
        values[f"supply.{name}.retired"] = draw(
            st.none() | st.just(begin + 1.2 * days + 2.0) | st.just(days * 0.9)
        )
        outage = st.fixed_dictionaries({"start": day, "duration_h": st.sampled_from([0.5, 5.0, 30.0])})
        values[f"supply.{name}.planned_outages"] = draw(st.lists(outage, max_size=2))
        if values[f"supply.{name}.retired"] is not None:
            late = max(values[f"supply.{name}.in_service"]) if as_list else begin
            values[f"supply.{name}.retired"] = max(values[f"supply.{name}.retired"], late + 0.01)
    if not any(load.kind == "inference_stream" for load in plain.demand.values()):
        values["servers.hall.retired"] = days * draw(st.sampled_from([0.6, 2.0]))
    values["servers.hall.in_service"] = days * draw(st.sampled_from([-1.0, 0.3, 0.5]))
    return plain.with_values(values), days


@law(100)
@given(served(), SEEDS)
def test_nothing_is_given_taken_or_kept_back_out_of_service_or_under_a_planned_outage(
    given_: tuple[Campus, float], seed: int
) -> None:
    model, days = given_
    result = simulate(model, days=days, seed=seed)
    flows = Flows(result)
    assert abs(result.summary.balance_residual_mwh) <= 1e-9 * (1.0 + flows.mwh(*Flow))
    for name, source in {**model.supply, **model.servers}.items():
        service = source.service_in(model.calendar, days * DAY)
        if service is None:
            continue
        out = np.array([not any(unit.is_there(t_s) for unit in service.units) for t_s in flows.inside_s])
        for column in flows.frame.columns[flows.frame.columns.str.startswith(f"{name}.")]:
            if str(column).endswith("_mw"):
                assert not flows.frame[column].to_numpy()[out].any(), column
        firm = result.participant(name).firm_mw.values_at(flows.inside_s)
        assert not firm[out].any()
        events = result.events[(result.events["owner"] == name)]
        seconds = (events["time"] - result.flows.index[0]).dt.total_seconds()
        assert all(service.is_in_service(t_s + 1e-3) or service.is_in_service(t_s - 1e-3) for t_s in seconds)


@law(40)
@given(campuses(), DAYS, SEEDS)
def test_in_service_from_the_start_and_retired_at_the_end_is_no_field_at_all(
    plain: Campus, days: float, seed: int
) -> None:
    values: dict[str, Any] = {}
    for number, name in enumerate(plain.supply):
        values[f"supply.{name}.in_service"] = [0, -3.5, "2025-01-01", "2001-07-01T12:00"][number % 4]
        values[f"supply.{name}.retired"] = [days, "2030-01-01"][number % 2]
        values[f"supply.{name}.planned_outages"] = [
            {"start": -2.0, "duration_h": 48.0},
            {"start": days, "duration_h": 9.0},
        ]
    values["servers.hall.in_service"] = 0.0
    before, after = (simulate(one, days=days, seed=seed) for one in (plain, plain.with_values(values)))
    assert outcome(after) == outcome(before)
    assert after.flows.equals(before.flows)
    assert after.events.equals(before.events)


SOURCES = st.one_of(
    st.builds(
        lambda modules, mttf_h: {**STEADY_REACTOR, "modules": modules, "mttf_h": mttf_h, "mttr_h": 3.0},
        st.integers(1, 3),
        st.sampled_from([10.0, 1e12]),
    ),
    st.builds(
        lambda units, mttf_h: {**STEADY_GAS, "units": units, "mttf_h": mttf_h, "mttr_h": 3.0},
        st.integers(1, 3),
        st.sampled_from([10.0, 1e12]),
    ),
    st.just({"kind": "battery", "power_mw": 10.0, "energy_mwh": 20.0, "discharge_above_usd_per_mwh": 50.0}),
    st.just({"kind": "measured_source", "power_mw": 25.0, "cost_usd_per_mwh": 5.0}),
    st.just({**GRID, "import_limit_mw": 30.0, "interruptions_per_year": 700.0}),
)


@law(40)
@given(SOURCES, st.sampled_from([40.0, 70.0, 130.0]), st.sampled_from([1.0, 2.3]), SEEDS)
def test_a_source_that_enters_service_is_as_one_of_a_run_that_begins_then(
    source: dict[str, Any], load_mw: float, begin_d: float, seed: int
) -> None:
    plain = campus({"grid": GRID, "new": source}, load_mw)
    fresh = simulate(plain, days=1.5, seed=seed)
    late = simulate(plain.with_values({"supply.new.in_service": begin_d}), days=begin_d + 1.5, seed=seed)
    for flow in (Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE, Flow.CHARGE, Flow.CURTAILED, Flow.HEADROOM):
        for name in ("grid", "new"):
            assert mwh(late, name, flow, begin_d) == pytest.approx(mwh(fresh, name, flow), rel=1e-6, abs=1e-6)
    assert mwh(late, "office", Flow.UNSERVED, begin_d) == pytest.approx(
        mwh(fresh, "office", Flow.UNSERVED), rel=1e-6, abs=1e-6
    )
    for line, usd in fresh.summary.cost_lines_usd.items():
        if line != "energy charge":  # the grid was alone before
            assert late.summary.cost_lines_usd[line] == pytest.approx(usd, rel=1e-6, abs=1e-6)


@law(30)
@given(st.integers(0, 20), st.sampled_from([0.5, 7.0, 30.0]), SEEDS)
def test_a_planned_outage_is_an_offer_of_nothing_for_that_time(
    start_h: int, duration_h: float, seed: int
) -> None:
    wind = {"kind": "measured_source", "power_mw": 45.0}
    edges_s = [0.0, start_h * 3600.0, start_h * 3600.0 + duration_h * 3600.0]
    values = [45.0, 0.0, 45.0] if start_h else [0.0, 45.0]
    calm = {
        **wind,
        "power_mw": {"times_s": edges_s if start_h else edges_s[1:] and [0.0, edges_s[2]], "values": values},
    }
    others = {
        "grid": GRID,
        "gas": {**STEADY_GAS, "units": 2},
        "battery": {"kind": "battery", "power_mw": 5.0, "energy_mwh": 9.0},
    }
    outage = {"start": start_h / 24.0, "duration_h": duration_h}
    planned = simulate(campus({**others, "wind": {**wind, "planned_outages": [outage]}}), days=2, seed=seed)
    without = simulate(campus({**others, "wind": calm}), days=2, seed=seed)
    for column in without.flows.columns:
        owner, _, flow = str(column).rpartition(".")
        if flow.endswith("_mw"):
            assert mwh(planned, owner, flow) == pytest.approx(mwh(without, owner, flow), rel=1e-9, abs=1e-9)


def test_a_planned_outage_of_all_modules_is_a_refuelling_of_all() -> None:
    one = {**STEADY_REACTOR, "modules": 1, "module_mw": 80.0}
    gas = {**STEADY_GAS, "units": 2}
    refuelled = {**one, "refuelling_d": 1.0, "first_refuelling_d": 2.0, "refuelling_interval_d": 500.0}
    planned = {**one, "planned_outages": [{"start": 2, "duration_h": 24}]}
    both = [simulate(campus({"smr": smr, "gas": gas}), days=5) for smr in (refuelled, planned)]
    assert both[0].flows.equals(both[1].flows)
    reasons = [result.summary.unserved_by_reason_mwh for result in both]
    assert reasons[1]["planned outage"] == reasons[0]["refuelling"] > 900.0  # 80 - 40 MW for a day


def test_unserved_energy_is_attributed_to_the_planned_outage_and_firm_capacity_excludes_it() -> None:
    supply = {
        "grid": {**GRID, "import_limit_mw": 100.0, "planned_outages": [{"start": 0.5, "duration_h": 6.0}]}
    }
    result = simulate(campus(supply, 80.0), days=1)
    assert result.summary.unserved_by_reason_mwh == pytest.approx({"planned outage": 80.0 * 6.0})
    assert result.firm_mw.times_s.tolist() == [0.0, 0.5 * DAY, 0.75 * DAY]
    assert result.firm_mw.values.tolist() == [100.0, 0.0, 100.0]
    events = result.events[result.events["owner"] == "grid"]
    assert events["event"].tolist() == ["planned outage", "planned outage ended"]
    assert events["mw"].tolist() == [100.0, 100.0]


def test_what_a_plant_under_a_planned_outage_would_not_have_given_has_another_reason() -> None:
    wind = {
        "kind": "measured_source",
        "power_mw": {"times_s": [0.0, 6 * 3600.0], "values": [30.0, 0.0]},
        "planned_outages": [{"start": 0, "duration_h": 12.0}],
    }
    # 100 MW wanted, 60 imported: 30 of the 40 MW are the wind's while it blows
    reasons = simulate(campus({"grid": GRID, "wind": wind}), days=0.5).summary.unserved_by_reason_mwh
    assert reasons == pytest.approx({"planned outage": 30.0 * 6, "capacity": 10.0 * 6 + 40.0 * 6})


def test_modules_of_a_list_enter_service_one_by_one() -> None:
    smr = {
        **STEADY_REACTOR,
        "modules": 4,
        "in_service": [-3, 2, 4, 4],
        "retired": 8,
        "fixed_usd_per_mw_year": 365.0,
    }
    result = simulate(campus({"smr": smr}, 200.0), days=10)
    assert result.firm_mw.times_s.tolist() == [0.0, 2 * DAY, 4 * DAY, 8 * DAY]
    assert result.firm_mw.values.tolist() == [20.0, 40.0, 80.0, 0.0]
    unit_days = 8 + 6 + 4 + 4
    assert result.summary.fixed_cost_usd == pytest.approx(unit_days * 20.0)  # a dollar a day for each MW
    ramps_mwh = (20.0**2 / (0.05 * 40.0) + 40.0**2 / (0.05 * 80.0)) / 2 / 60  # two triangles
    assert result.summary.supplied_mwh["smr"] == pytest.approx(unit_days * 24 * 20.0 - ramps_mwh, rel=1e-3)
    assert result.summary.capacity_factor["smr"] == pytest.approx(1.0, rel=1e-3)
    assert set(result.summary.unserved_by_reason_mwh) == {"capacity", "ramp limit"}
    events = result.events[result.events["owner"] == "smr"]
    assert events["event"].tolist() == ["in service", "in service", "retired"]
    assert events["detail"].tolist() == ["module 2", "modules 3 to 4", "modules 1 to 4"]
    assert events["mw"].tolist() == [20.0, 40.0, 80.0]


def test_two_modules_that_enter_service_beside_falling_gas_do_not_flip_between_two_steps() -> None:
    smr = {**STEADY_REACTOR, "modules": 4, "in_service": [-3, 2, 4, 4]}
    gas = {**STEADY_GAS, "units": 2, "in_service": 1}
    result = simulate(campus({"smr": smr, "gas": gas}), days=5)
    assert mwh(result, "smr", "delivered_mw", 4.5) == pytest.approx(0.5 * 24 * 80.0)


def test_a_unit_that_has_failed_goes_straight_into_its_planned_outage() -> None:
    gas = {**STEADY_GAS, "units": 1, "mttf_h": 1e-3, "mttr_h": 1e6}  # fails at once, for good
    outage = {"start": 0.25, "duration_h": 6.0}
    result = simulate(campus({"gas": {**gas, "planned_outages": [outage]}}, 20.0), days=1)
    reasons = result.summary.unserved_by_reason_mwh
    assert reasons["planned outage"] == pytest.approx(20.0 * 6.0)
    assert reasons["forced outage"] == pytest.approx(20.0 * 18.0, rel=0.02)


def test_a_gas_unit_gives_its_load_to_another_before_its_planned_outage() -> None:
    gas = {**STEADY_GAS, "units": 2, "planned_outages": [{"start": 0.5, "duration_h": 6.0, "units": 1}]}
    # the grid keeps 85 MW; 15 MW are left for both units, which one of them can give
    result = simulate(campus({"grid": {**GRID, "import_limit_mw": 85.0}, "gas": gas}), days=1)
    assert mwh(result, "office", "unserved_mw", 0.25) == pytest.approx(0.0, abs=1e-9)
    assert result.firm_mw.values.tolist() == [125.0, 105.0, 125.0]
    running = Flows(result).of("gas", "units_running")
    assert running[Flows(result).t_s >= 0.5 * DAY][0] <= 1.0


def test_no_unit_out_of_service_fails_starts_or_costs() -> None:
    gas = {**STEADY_GAS, "units": 3, "mttf_h": 5.0, "mttr_h": 1.0, "fixed_usd_per_mw_year": 1000.0}
    never = simulate(campus({"grid": GRID, "gas": {**gas, "in_service": 50}}), days=10)
    assert never.events[never.events["owner"] == "gas"].empty
    assert never.summary.fixed_cost_usd == 0.0
    assert set(never.summary.cost_lines_usd) & {"start-up"} == set()
    assert never.summary.capacity_mw == {}
    left = simulate(campus({"grid": GRID, "gas": {**gas, "retired": 4}}), days=10)
    events = left.events[left.events["owner"] == "gas"]
    assert ((events["time"] - left.flows.index[0]).dt.total_seconds() <= 4 * DAY + 1e-3).all()
    assert "forced outage" in set(events["event"])
    assert left.summary.fixed_cost_usd == pytest.approx(60.0 * 1000.0 * 4 / 365)


def test_a_store_out_of_service_keeps_its_level_without_standing_loss() -> None:
    battery = {
        "kind": "battery",
        "power_mw": 10.0,
        "energy_mwh": 40.0,
        "standing_loss_mw": 0.5,
        "charge_below_usd_per_mwh": 1.0,
        "discharge_above_usd_per_mwh": 4000.0,
        "in_service": 1,
        "retired": 2,
    }
    result = simulate(campus({"grid": GRID, "battery": battery}, 50.0), days=3)
    levels = result.flows["battery.stored_mwh"]
    assert levels.iloc[0] == 20.0
    assert levels.iloc[-1] == pytest.approx(20.0 - 0.5 * 24)  # the day in service, down to 8 MWh at most
    assert result.summary.loss_mwh == pytest.approx(12.0)
    assert result.participant("battery").highest_mwh.values.tolist() == [0.0, 40.0, 0.0]
    assert "battery full" not in result.report()


def test_a_campus_in_phases_has_idle_servers_and_jobs_from_the_day_of_their_pool() -> None:
    pools = {
        f"hall_{number}": {"servers": 100, "idle_w": 2000.0, "busy_w": 6000.0, "in_service": number}
        for number in (0, 1, 2)
    }
    job = {"kind": "training_job", "pool": "hall_1", "gpus": 800, "work_gpu_h": 800.0 * 12}
    stream = {
        "kind": "inference_stream",
        "pool": "hall_2",
        "replicas": 50,
        "model": "llama2_70b_8xh200",
        "requests_per_s": 1.0,
        "classes": {"all": "chat"},
    }
    result = simulate(
        campus({"grid": GRID}, servers=pools, demand={"job": job, "chat": stream}, facility={"pue": 1.0}),
        days=3,
    )
    flows = Flows(result)
    idle = [flows.of(pool, "served_mw") @ flows.dt_h for pool in pools]
    assert idle == pytest.approx(
        [0.2 * 72, 0.2 * (48 - 12), 0.2 * 24 / 2]
    )  # half of the last pool is the stream's
    assert mwh(result, "hall_1 jobs at 150 USD/MWh", "served_mw", 1.0, 1.5) == pytest.approx(0.6 * 12)
    jobs = result.jobs.set_index("name")
    assert jobs.loc["job", "energy_mwh"] == pytest.approx(0.6 * 12)
    assert (jobs.loc["job", "start"] - result.flows.index[0]).total_seconds() == DAY
    assert jobs.index.tolist() == ["job"]  # a stream is no job
    assert result.summary.requests_wanted == pytest.approx(DAY, abs=4.0 * DAY**0.5)  # 1/s on the last day
    assert mwh(result, "chat", "served_mw", 0.0, 2.0) == 0.0


def test_jobs_of_a_pool_that_retires_lose_their_gpus_and_stay_undone() -> None:
    pool = {"servers": 100, "busy_w": 6000.0, "idle_w": 2000.0, "retired": 1}
    job = {"kind": "training_job", "pool": "hall", "gpus": 800, "work_gpu_h": 800.0 * 48}
    result = simulate(
        campus({"grid": GRID}, servers={"hall": pool}, demand={"job": job}, facility={"pue": 1.0}), days=3
    )
    assert result.summary.gpu_h_done == pytest.approx(800.0 * 24)
    assert result.summary.energy_mwh == pytest.approx(0.6 * 24)
    assert result.jobs["end"].isna().all()


def test_a_pool_may_not_retire_below_a_stream() -> None:
    stream = {
        "kind": "inference_stream",
        "pool": "hall",
        "replicas": 1,
        "model": "llama2_70b_8xh200",
        "requests_per_s": 0.1,
        "classes": {"all": "chat"},
    }
    with pytest.raises(
        ValueError, match=r"servers\.hall: retired = 900 d; allowed: none, since demand\.chat keeps"
    ):
        campus({}, servers={"hall": {"servers": 1, "retired": 900}}, demand={"chat": stream})


def lagoon(**fields: Any) -> Result:
    """The lagoon of `lagoon.py`: it gives 5 MW six hours in twelve; a storm stops it from hour 30 to 36."""
    supply = {"lagoon": TidalLagoon(turbine_mw=5.0, **fields)}
    return simulate(campus(supply, 4.0), days=4)


def test_a_kind_of_one_s_own_follows_service_without_code() -> None:
    result = lagoon(in_service=1, retired=3)
    assert (
        mwh(result, "lagoon", "delivered_mw", 0.0, 1.0) == mwh(result, "lagoon", "delivered_mw", 3.0) == 0.0
    )
    # hours 24 to 30, 36 to 42, 48 to 54 and 60 to 66; its process begins on day 1
    assert mwh(result, "lagoon", "delivered_mw", 1.0, 3.0) == pytest.approx(4.0 * 24)
    accounts = result.summary.accounts
    assert accounts["water_released_m3"] == pytest.approx(4.0 * 24 * 9000.0)
    hours = [accounts[f"level_hours_h.{part}"] for part in ("0 to 2", "4 to 100")]
    assert hours == pytest.approx([24.0, 24.0])  # of the 48 h in service
    assert result.summary.unserved_by_reason_mwh["storm"] == pytest.approx(4.0 * 6, rel=1e-6)
    assert result.summary.capacity_factor["lagoon"] == pytest.approx(4.0 * 24 / (5.0 * 48))


def test_a_kind_of_one_s_own_has_planned_outages_without_code() -> None:
    result = lagoon(planned_outages=[{"start": 3, "duration_h": 6.0}])
    assert mwh(result, "lagoon", "delivered_mw", 3.0, 3.25) == 0.0
    assert result.summary.unserved_by_reason_mwh["planned outage"] == pytest.approx(4.0 * 6)


def test_a_model_with_service_is_saved_and_read_as_it_was(tmp_path: Any) -> None:
    smr = {
        **STEADY_REACTOR,
        "in_service": ["2025-01-02", 3],
        "planned_outages": [{"start": "2025-01-05T06:00", "duration_h": 3}],
    }
    model = campus(
        {"smr": smr, "grid": {**GRID, "retired": "2025-01-08T12:00-05:00"}}, timezone="America/New_York"
    )
    for ending in ("toml", "yaml", "json"):
        path = tmp_path / f"c.{ending}"
        model.dump(path)
        assert Campus.load(path) == model
        assert Campus.load(path).content_hash() == model.content_hash()
    result = simulate(model, days=10)
    result.save(tmp_path / "out")
    read = Result.load(tmp_path / "out")
    assert read.report() == result.report()
    assert read.participant("smr").service_pu.values.tolist() == [0.0, 0.5, 1.0]


def test_a_store_that_is_never_in_service_brings_no_clean_energy() -> None:
    battery = Battery(power_mw=50.0, energy_mwh=100.0, initial_soc_pu=1.0, initial_clean_pu=1.0, retired=-1.0)
    supply = {"battery": battery, "grid": GridConnection(import_limit_mw=50.0, clean_pu=0.0)}
    summary = serve(20.0, supply, days=2).summary
    assert (summary.cfe_score, summary.annual_matching) == (0.0, 0.0)
