"""The laws of every run, on random campuses of every kind of participant."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from campuses import (
    DAY,
    DAYS,
    HOUR,
    LOADS,
    POOL,
    SEEDS,
    STREAMS,
    batteries,
    campuses,
    clean_campuses,
    grids,
    named,
    points,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from slopes import breaks_law

from sim.campus import Campus
from sim.plant.ramp import Ramp
from sim.results.result import Result
from sim.simulation import prepare, simulate
from sim.site import Site
from sim.timeseries.profile import as_series

TINY = 1e-9


def law(runs: int) -> settings:
    """So many random runs, or `LAWS_TIMES` as many for a search at leisure."""
    return settings(max_examples=runs * int(os.environ.get("LAWS_TIMES", "1")))


class Flows:
    """The recorded flows of a run as arrays, zero where nobody has such a flow."""

    def __init__(self, result: Result) -> None:
        self.frame = result.flows
        self.dt_h = self.frame["dt_h"].to_numpy()
        self.t_s = np.concatenate([[0.0], np.cumsum(self.dt_h)[:-1]]) * HOUR
        self.inside_s = self.t_s + np.minimum(1e-3, self.dt_h * HOUR / 2.0)  # rows may be shorter
        self._result = result

    def of(self, owner: str, flow: str) -> np.ndarray:
        name = f"{owner}.{flow}"
        return self.frame[name].to_numpy() if name in self.frame else np.zeros(len(self.dt_h))

    def total(self, *flows: str) -> np.ndarray:
        return self.frame[self._result.columns(*flows)].to_numpy().sum(axis=1)

    def mwh_of(self, owner: str) -> float:
        """What an owner delivered and curtailed."""
        return float((self.of(owner, "delivered_mw") + self.of(owner, "curtailed_mw")) @ self.dt_h)

    def mwh(self, *flows: str) -> float:
        return float(self.total(*flows) @ self.dt_h)


def outcome(result: Result) -> dict[str, Any]:
    """The summary of a run without the time it took."""
    return {
        name: value for name, value in result.summary.to_dict().items() if name not in ("loop_s", "wall_s")
    }


@law(100)
@given(campuses(), DAYS, SEEDS)
def test_what_is_put_in_is_taken_out_at_every_instant_and_over_the_run(
    campus: Campus, days: float, seed: int
) -> None:
    result = simulate(campus, days=days, seed=seed)
    flows, summary = Flows(result), result.summary
    supplied = flows.total("delivered_mw", "import_mw", "discharge_mw")
    taken = flows.total("served_mw", "charge_mw", "export_mw")
    wanted = taken + flows.total("unserved_mw", "held_back_mw")
    assert (np.abs(supplied - taken) <= TINY * wanted).all()
    assert (flows.frame.drop(columns="site.price_usd_per_mwh").filter(like="_mw").to_numpy() >= -TINY).all()
    assert summary.energy_mwh == pytest.approx(flows.mwh("served_mw"), rel=1e-12, abs=TINY)
    assert math.fsum(flows.dt_h) == pytest.approx(days * 24, rel=1e-12)

    kept = sum(summary.supplied_mwh.values()) - summary.energy_mwh - summary.export_mwh
    assert kept - summary.loss_mwh - summary.stored_mwh == pytest.approx(
        0.0, abs=TINY * (1.0 + wanted.max() * days * 24)
    )


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_what_is_available_is_delivered_or_curtailed_or_headroom(
    campus: Campus, days: float, seed: int
) -> None:
    flows = Flows(simulate(campus, days=days, seed=seed))
    for name, source in campus.supply.items():
        delivered, curtailed = flows.of(name, "delivered_mw"), flows.of(name, "curtailed_mw")
        if source.kind == "measured_source":
            if source.dispatch_usd_per_mwh > 0.0:
                assert not curtailed.any()
                curtailed = flows.of(name, "headroom_mw")
            available = as_series(source.power_mw, campus.calendar, days * DAY).values_at(flows.inside_s)
        elif source.kind == "solar":
            site = Site(campus.calendar, days * DAY, seed=seed, weather=campus.weather)
            times_s, mw = source.output(site.sky(name, source.weather))
            available = mw[np.searchsorted(times_s, flows.inside_s, side="right") - 1]
        elif source.kind == "gas_turbines":
            available = flows.of(name, "units_running") * source.unit_mw
            curtailed = curtailed + flows.of(name, "headroom_mw")
        else:
            continue
        assert delivered + curtailed == pytest.approx(available, abs=1e-9)


def modules_in_service(result: Result, name: str, t_s: np.ndarray) -> np.ndarray:
    """How many modules of a reactor are neither failed nor refuelling, from the events."""
    out: dict[str, set[str]] = {"failed": set(), "refuelling": set()}
    steps: list[tuple[float, int]] = [(-1.0, 0)]
    begins = {"forced outage": "failed", "refuelling": "refuelling"}
    ends = {"repaired": "failed", "refuelled": "refuelling"}
    events = result.events[result.events["owner"] == name]
    start = result.flows.index[0]
    for moment, event, module in zip(events["time"], events["event"], events["detail"], strict=True):
        if event in begins:
            out[begins[event]].add(module)
        else:
            out[ends[event]].discard(module)
        steps.append(((moment - start).total_seconds(), len(out["failed"] | out["refuelling"])))
    times, counts = np.array(steps).T
    modules: int = result.campus.supply[name].modules
    return modules - counts[np.searchsorted(times, t_s + 1e-3, side="right") - 1]


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_nobody_gives_more_than_it_has_or_may(campus: Campus, days: float, seed: int) -> None:
    result = simulate(campus, days=days, seed=seed)
    flows = Flows(result)

    def at(profile: Any) -> np.ndarray:
        return as_series(profile, campus.calendar, days * DAY).values_at(flows.inside_s)

    for name, source in campus.supply.items():
        if source.kind == "grid":
            imports, exports = flows.of(name, "import_mw"), flows.of(name, "export_mw")
            assert (imports <= at(source.import_limit_mw) + TINY).all()
            assert (exports <= at(source.export_limit_mw) + TINY).all()
            for order in source.orders:
                held = (flows.t_s >= order.start_h * HOUR) & (
                    flows.t_s + TINY < (order.start_h + order.duration_h) * HOUR
                )
                assert (imports[held] <= order.limit_mw + TINY).all()
        if source.kind == "small_modular_reactor":
            running = modules_in_service(result, name, flows.t_s)
            made = flows.of(name, "delivered_mw") + flows.of(name, "curtailed_mw")
            assert made == pytest.approx(running * source.module_mw, abs=1e-9)
        if source.kind == "fusion":
            assert (flows.of(name, "delivered_mw") <= source.capacity_mw + TINY).all()


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_a_store_stays_within_its_bounds_and_nobody_trades_with_itself(
    campus: Campus, days: float, seed: int
) -> None:
    flows = Flows(simulate(campus, days=days, seed=seed))
    for name, source in campus.supply.items():
        if source.kind == "grid":
            assert not (flows.of(name, "import_mw") * flows.of(name, "export_mw")).any()
        if source.kind == "battery":
            charge, discharge = flows.of(name, "charge_mw"), flows.of(name, "discharge_mw")
            assert not (charge * discharge).any()
            assert (np.maximum(charge, discharge) <= source.power_mw + TINY).all()
            # an instant is exact to the clock's own rounding, 4e-11 s in these runs
            slack_mwh = TINY * source.energy_mwh + 4e-11 / HOUR * source.power_mw
            stored = flows.of(name, "stored_mwh")
            assert (stored >= source.min_soc_pu * source.energy_mwh - slack_mwh).all()
            assert (stored <= source.max_soc_pu * source.energy_mwh + slack_mwh).all()


@dataclass
class Witness:
    """Writes down the level of every ramp at every settlement."""

    ramps: list[Ramp]
    seen: dict[float, list[tuple[float, float]]] = field(default_factory=dict)

    def see(self, now_s: float) -> None:
        self.seen[now_s] = [(ramp.level_mw, ramp.available_mw) for ramp in self.ramps]


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_a_level_is_within_half_a_step_of_a_path_no_steeper_than_its_ramp_but_for_an_outage(
    campus: Campus, days: float, seed: int
) -> None:
    site = prepare(campus, days=days, seed=seed)
    witness = Witness([mover for mover in site.bus.movers if isinstance(mover, Ramp)])
    site.bus.listen(witness.see)
    site.run()
    times = np.array([*witness.seen, days * DAY])
    for number, ramp in enumerate(witness.ramps):
        spec = campus.supply[ramp.name]
        rated_mw = spec.modules * spec.module_mw if hasattr(spec, "modules") else spec.units * spec.unit_mw
        level, available = np.array([seen[number] for seen in witness.seen.values()]).T
        assert (level <= available + TINY).all()
        # less in service is an outage or a stop, which may take the level anywhere below
        outages_s = [0.0, *times[1:-1][np.diff(available) < 0.0]]
        rate = rated_mw * spec.ramp_pu_per_min / 60.0
        assert breaks_law(times, level, rate, 0.02 * rated_mw, outages_s) is None


@law(30)
@given(campuses(), DAYS, SEEDS)
def test_totals_do_not_depend_on_the_recording_interval(campus: Campus, days: float, seed: int) -> None:
    every_change = outcome(simulate(campus, days=days, seed=seed))
    for record_s in (300.0, 900.0, HOUR, DAY):
        recorded = simulate(campus, days=days, seed=seed, record_s=record_s)
        assert outcome(recorded) == every_change
        means = Flows(recorded)
        assert means.mwh("served_mw") == pytest.approx(every_change["energy_mwh"], rel=1e-12, abs=TINY)
        assert means.mwh("curtailed_mw") == pytest.approx(every_change["curtailed_mwh"], rel=1e-9, abs=1e-9)


@law(40)
@given(campuses(), DAYS, SEEDS)
def test_the_same_seed_gives_the_same_bytes_in_whatever_order_and_with_whatever_progress(
    campus: Campus, days: float, seed: int
) -> None:
    first = simulate(campus, days=days, seed=seed)
    again = simulate(campus, days=days, seed=seed)
    shown: list[float] = []
    watched = simulate(campus, days=days, seed=seed, progress=shown.append)
    backwards = Campus(
        name=campus.name,
        carbon_usd_per_t=campus.carbon_usd_per_t,
        facility=campus.facility,
        servers=dict(reversed(campus.servers.items())),
        supply=dict(reversed(campus.supply.items())),
        demand=dict(reversed(campus.demand.items())),
    )
    assert len(shown) == 100
    assert shown[-1] == 1.0
    for other in (again, watched, simulate(backwards, days=days, seed=seed)):
        assert list(other.flows.columns) == list(first.flows.columns)
        assert other.flows.to_numpy().tobytes() == first.flows.to_numpy().tobytes()
        assert other.flows.index.equals(first.flows.index)
        assert other.events.equals(first.events)
        assert other.jobs.equals(first.jobs)
        assert outcome(other) == outcome(first)


LUCK = {
    "grid": ["interruption", "restored"],
    "small_modular_reactor": ["forced outage", "repaired"],
    "fusion": ["forced outage", "repaired"],
}


def luck(result: Result, owner: str, events: list[str]) -> list[tuple[Any, ...]]:
    """When what befell a participant by chance."""
    rows = result.events[["time", "owner", "event", "detail"]].itertuples(index=False)
    return [tuple(row) for row in rows if row.owner == owner and row.event in events]


@law(40)
@given(campuses(), SEEDS)
def test_another_participant_changes_nobody_elses_luck(campus: Campus, seed: int) -> None:
    plain = campus.to_dict()
    plain.setdefault("supply", {})["a newcomer"] = {
        "kind": "small_modular_reactor",
        "mttf_h": 3.0,
        "mttr_h": 2.0,
    }
    crowd = Campus(**plain)
    before, after = (simulate(each, days=1.5, seed=seed) for each in (campus, crowd))
    for name, source in campus.supply.items():
        lucky = LUCK.get(source.kind, [])
        assert luck(before, name, lucky) == luck(after, name, lucky)
        if source.kind == "solar":
            made = [Flows(run).mwh_of(name) for run in (before, after)]
            assert made[0] == pytest.approx(made[1], rel=1e-12, abs=1e-12)


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_every_curtailed_and_unserved_megawatt_hour_has_a_reason_and_every_dollar_a_line(
    campus: Campus, days: float, seed: int
) -> None:
    result = simulate(campus, days=days, seed=seed)
    summary, flows = result.summary, Flows(result)
    rounding = 1e-9 * days * 24 * 20  # a block below 1e-9 MW counts as nothing; 20 blocks at most
    assert sum(summary.curtailed_by_reason_mwh.values()) == pytest.approx(
        summary.curtailed_mwh, rel=1e-9, abs=rounding
    )
    assert sum(summary.curtailed_by_source_mwh.values()) == pytest.approx(summary.curtailed_mwh, rel=1e-9)
    assert sum(summary.unserved_by_reason_mwh.values()) == pytest.approx(
        summary.unserved_mwh, rel=1e-9, abs=rounding
    )
    assert sum(summary.unserved_by_load_mwh.values()) == pytest.approx(summary.unserved_mwh, rel=1e-9)
    episodes = result.events[result.events["event"] == "shortage"]
    assert episodes["mwh"].sum() == pytest.approx(summary.unserved_mwh, rel=1e-9, abs=rounding)
    assert sum(summary.cost_lines_usd.values()) == pytest.approx(summary.cost_usd, rel=1e-12)
    energy_usd = 0.0
    for name, source in campus.supply.items():
        if source.kind == "grid":
            price = as_series(source.import_price_usd_per_mwh, campus.calendar, days * DAY)
            energy_usd += _priced(flows, flows.of(name, "import_mw"), price)
    assert summary.cost_lines_usd.get("energy charge", 0.0) == pytest.approx(energy_usd, rel=1e-6, abs=1e-3)


def _priced(flows: Flows, mw: np.ndarray, price: Any) -> float:
    """Power times a price that may change within a row of the frame."""
    ends = flows.t_s + flows.dt_h * HOUR
    return float(
        sum(
            power * price.integral(begin, min(end, price.end_s)) / HOUR
            for power, begin, end in zip(mw, flows.t_s, ends, strict=True)
            if power and end > begin
        )
    )


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_the_cfe_score_is_0_to_1_and_never_above_annual_matching(
    campus: Campus, days: float, seed: int
) -> None:
    summary = simulate(campus, days=days, seed=seed).summary
    assume(summary.cfe_score is not None)
    assert summary.cfe_score is not None
    assert summary.annual_matching is not None
    assert 0.0 <= summary.cfe_score <= min(1.0, summary.annual_matching + TINY)


@law(60)
@given(clean_campuses(), DAYS, SEEDS)
def test_a_site_with_only_clean_sources_and_stores_that_start_empty_or_clean_scores_1(
    campus: Campus, days: float, seed: int
) -> None:
    summary = simulate(campus, days=days, seed=seed).summary
    assume(summary.cfe_score is not None)
    assert summary.cfe_score == pytest.approx(1.0, abs=TINY)
    assert summary.annual_matching is not None
    assert summary.annual_matching >= 1.0 - TINY


@st.composite
def rigid_campuses(draw: st.DrawFn) -> dict[str, Any]:
    """Fixed demand, a free source, a grid and perhaps a battery: nothing ramps, starts or reacts."""
    plain = {
        "name": "rigid",
        "servers": {"hall": POOL},
        "supply": draw(named("grid", grids(), 1)) | draw(named("battery", batteries(), 1)),
        "demand": draw(named("load", LOADS, 2)) | draw(named("stream", STREAMS, 1)),
    }
    plain["supply"]["wind"] = {
        "kind": "measured_source",
        "power_mw": draw(points(st.sampled_from([0.0, 5.0, 20.0, 35.0]))),
    }
    return plain


@law(40)
@given(rigid_campuses(), SEEDS)
def test_more_of_a_free_source_never_leaves_more_unserved(plain: dict[str, Any], seed: int) -> None:
    less = Campus(**plain)
    wind = plain["supply"]["wind"]["power_mw"]
    more = less.with_values({"supply.wind.power_mw.values": [1.5 * mw + 1.0 for mw in wind["values"]]})
    before, after = (simulate(campus, days=2.0, seed=seed).summary for campus in (less, more))
    assert after.unserved_mwh <= before.unserved_mwh * (1.0 + TINY) + 1e-7


@law(40)
@given(campuses(), DAYS, SEEDS)
def test_stored_energy_changes_by_what_was_charged_and_discharged(
    campus: Campus, days: float, seed: int
) -> None:
    flows = Flows(simulate(campus, days=days, seed=seed))
    for name, source in campus.supply.items():
        if source.kind != "battery" or source.standing_loss_mw:
            continue
        rate_mw = flows.of(name, "charge_mw") * source.charge_efficiency_pu
        rate_mw -= flows.of(name, "discharge_mw") / source.discharge_efficiency_pu
        stored = flows.of(name, "stored_mwh")
        grown = np.diff(stored)
        expected = (rate_mw * flows.dt_h)[:-1]
        assert grown == pytest.approx(expected, rel=1e-6, abs=1e-7)


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_a_peak_of_demand_is_no_lower_than_that_of_the_load_in_every_window(
    campus: Campus, days: float, seed: int
) -> None:
    result = simulate(campus, days=days, seed=seed)
    flows, metrics = Flows(result), result.summary.to_dict()
    wanted = flows.total("served_mw", "unserved_mw", "held_back_mw")
    assert metrics["peak_demand_mw"] == pytest.approx(wanted.max(), rel=1e-9, abs=TINY)
    assert metrics["peak_load_mw"] == pytest.approx(flows.total("served_mw").max(), rel=1e-9, abs=TINY)
    assert metrics["lowest_load_mw"] == pytest.approx(flows.total("served_mw").min(), rel=1e-9, abs=TINY)
    assert metrics["peak_import_mw"] == pytest.approx(flows.total("import_mw").max(), rel=1e-9, abs=TINY)
    assert metrics["peak_export_mw"] == pytest.approx(flows.total("export_mw").max(), rel=1e-9, abs=TINY)
    for window in ("", "15min_", "1h_"):
        assert metrics[f"peak_demand_{window}mw"] >= metrics[f"peak_load_{window}mw"] - TINY
    for name in ("demand", "load", "import", "export"):
        windows = [metrics[f"peak_{name}_{window}mw"] for window in ("", "15min_", "1h_")]
        assert all(wider <= high * (1.0 + 1e-9) for high, wider in pairwise(windows))


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_deferred_energy_is_no_less_than_what_is_outstanding(campus: Campus, days: float, seed: int) -> None:
    summary = simulate(campus, days=days, seed=seed).summary
    assert 0.0 <= summary.deferred_outstanding_mwh <= summary.deferred_mwh * (1.0 + 1e-9) + TINY
    assert math.fsum(summary.deferred_by_load_mwh.values()) == pytest.approx(summary.deferred_mwh)
    assert summary.idle_held_mwh >= 0.0


@law(60)
@given(campuses(), DAYS, SEEDS)
def test_firm_capacity_is_never_above_the_nameplate_in_service(
    campus: Campus, days: float, seed: int
) -> None:
    result = simulate(campus, days=days, seed=seed)
    instants = np.unique(
        np.concatenate(
            [result.firm_mw.times_s, *(one.service_pu.times_s for one in result.books.participants)]
        )
    )
    for one in result.books.participants:
        if one.capacity_mw:
            most = one.capacity_mw * one.service_pu.values_at(instants)
            assert (one.firm_mw.values_at(instants) <= most * (1.0 + 1e-12)).all()
    without = result.firm_n1_mw.values_at(instants)
    assert (without >= 0.0).all()
    assert (without <= result.firm_mw.values_at(instants)).all()
    summary = result.summary
    if summary.reserve_margin is not None and summary.reserve_margin_n1 is not None:
        assert -1.0 <= summary.reserve_margin_n1 <= summary.reserve_margin
