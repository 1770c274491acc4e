"""The overhead during a run: by hand over a day, and its laws over any facility and any load."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from air import Air
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.bus.flows import Flow
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.weather.humidity import wet_bulb_c

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=10_000.0, busy_w=100_000.0)  # 0.1 to 1 MW
WET_BULB_20_C = 13.69934  # of air of 20 degC and half humidity, by Stull's formula


def run(
    facility: dict[str, Any],
    *,
    air_c: tuple[float, ...] = (20.0,),
    limit_mw: float = 100.0,
    record_s: float | None = None,
    flexible_pu: float = 1.0,
    days: float = 1.0,
) -> Result:
    """A day on which 100 GPUs work for twelve hours and idle for twelve, if power allows."""
    campus = Campus(
        name="day",
        weather=Air(air_c=air_c, humidity_pu=0.5),
        facility=Facility(**facility),
        servers={"hall": HALL},
        supply={"grid": GridConnection(import_limit_mw=limit_mw)},
        demand={
            "job": TrainingJob(pool="hall", gpus=60, work_gpu_h=720.0, flexible_pu=flexible_pu),
            "late": TrainingJob(pool="hall", gpus=40, work_gpu_h=480.0, flexible_pu=0.5),
        },
    )
    return simulate(campus, days=days, record_s=record_s)


WET_BULB = {"kind": "wet_bulb", "floor_pu": 0.1, "knee_c": 10.0, "slope_per_k": 0.02, "ceiling_pu": 0.3}
UPS = {"rated_mw": 2.0, "no_load_pu": 0.01, "linear_pu": 0.0, "quadratic_pu": 0.04}
DETAILED = {"cooling": WET_BULB, "ups": UPS, "fixed_mw": 0.05}


def test_a_day_by_hand() -> None:
    result = run(DETAILED, air_c=(*[0.0] * 12, *[20.0] * 12))  # frost while it works, warm while it idles
    it_mwh = 12 * 1.0 + 12 * 0.1
    warm_pu = 0.1 + 0.02 * (WET_BULB_20_C - 10.0)
    cooling_mwh = 12 * 1.0 * 0.1 + 12 * 0.1 * warm_pu
    # half load and a twentieth of the rating: 2 MW x (0.01 + 0.04 x 0.5^2) and 2 MW x (0.01 + 0.04 x 0.05^2)
    ups_mwh = 12 * 0.04 + 12 * 0.0202
    fixed_mwh = 24 * 0.05
    books = result.books
    assert books.total_mwh(Flow.IT) == pytest.approx(it_mwh)
    assert books.total_mwh(Flow.COOLING) == pytest.approx(cooling_mwh, rel=1e-6)
    assert books.total_mwh(Flow.UPS_LOSS) == pytest.approx(ups_mwh)
    assert books.total_mwh(Flow.FIXED) == pytest.approx(fixed_mwh)
    assert result.summary.energy_mwh == pytest.approx(it_mwh + cooling_mwh + ups_mwh + fixed_mwh, rel=1e-6)
    assert result.summary.pue == pytest.approx(1 + (cooling_mwh + ups_mwh + fixed_mwh) / it_mwh, rel=1e-6)
    heat_mwh = it_mwh + ups_mwh
    assert result.summary.accounts["heat_removed_mwh"] == pytest.approx(heat_mwh)
    # 0.8 of heat and cooling power evaporates at 2.45 MJ/kg, and a third of that is drained
    water_m3 = (heat_mwh + cooling_mwh) * 0.8 * 3600.0 / 2.45e3 * 4 / 3
    assert result.summary.accounts["water_m3"] == pytest.approx(water_m3, rel=1e-6)


def test_pue_by_hour_and_month_is_energy_over_energy() -> None:
    result = run(DETAILED, air_c=(*[0.0] * 12, *[20.0] * 12))
    busy = 1.0 + 0.1 + 0.04 + 0.05
    idle = 0.1 * (1.1 + 0.02 * (WET_BULB_20_C - 10.0)) + 0.0202 + 0.05
    assert result.hourly_pue.iloc[3] == pytest.approx(busy / 1.0)
    assert result.hourly_pue.iloc[20] == pytest.approx(idle / 0.1, rel=1e-6)
    assert result.monthly["pue"].iloc[0] == pytest.approx(result.summary.pue)


def test_the_transformers_carry_all_that_the_facility_draws() -> None:
    transformer = {"rated_mw": 4.0, "no_load_pu": 0.002, "linear_pu": 0.0, "quadratic_pu": 0.02}
    first = run({**DETAILED, "transformer": transformer}, air_c=(0.0,)).flows.iloc[0]
    load_pu = (1.0 + 0.1 + 0.04 + 0.05) / 4.0  # IT, cooling, UPS loss, fixed
    assert first["facility.transformer_loss_mw"] == pytest.approx(4.0 * (0.002 + 0.02 * load_pu**2))


def test_the_highest_load_is_that_of_the_power_received_whenever_that_was() -> None:
    transformer = {"rated_mw": 4.0, "no_load_pu": 0.0, "linear_pu": 0.0}
    cooling = {"kind": "chiller", "rated_mw": 1.3, "auxiliary_pu": 0.05}
    facility = {"cooling": cooling, "ups": UPS, "transformer": transformer, "fixed_mw": 0.05}
    result = run(facility, air_c=(0.0,))
    first = result.flows.iloc[0]  # all work for the first half of the day
    # 1 MW of IT power; 2 MW x (0.01 + 0.04 x 0.5^2) = 0.04 MW lost by the UPS; both are heat
    behind_mw = 1.0 + 0.04 + first["facility.cooling_mw"] + 0.05
    assert result.books.parts("highest_load_pu") == pytest.approx(
        {"UPS": 1.0 / 2.0, "transformer": behind_mw / 4.0, "cooling": 1.04 / 1.3}
    )
    assert result.summary.accounts["highest_load_pu"] == pytest.approx(0.8)
    short = run(facility, air_c=(0.0,), limit_mw=0.5)
    it_mw = short.flows[[name for name in short.flows if name.endswith(".it_mw")]].sum(axis="columns")
    assert short.books.parts("highest_load_pu")["UPS"] == pytest.approx(it_mw.max() / 2.0)


def test_beside_a_number_the_losses_are_added_to_it() -> None:
    first = run({"pue": 1.2, "ups": UPS}).flows.iloc[0]
    assert first["facility.cooling_mw"] == pytest.approx(0.2)
    assert first["grid.import_mw"] == pytest.approx(1.0 + 0.2 + 0.04)


def test_losses_without_load_are_drawn_when_nothing_computes() -> None:
    campus = Campus(
        name="empty",
        facility=Facility(pue=1.0, ups=UPS),
        supply={"grid": GridConnection(import_limit_mw=1.0)},
    )
    result = simulate(campus, days=1)
    assert result.summary.energy_mwh == pytest.approx(24 * 0.02)
    assert result.summary.pue is None
    assert result.hourly_pue.isna().all()


def test_a_shortage_takes_overhead_and_it_power_alike() -> None:
    first = run(DETAILED, air_c=(0.0,), limit_mw=0.5).flows.iloc[0]
    it_mw = first[[name for name in first.index if name.endswith(".it_mw")]].sum()
    assert first["grid.import_mw"] == pytest.approx(0.5)
    # 0.5 = IT x (1 + 0.1 + 0.02 x IT) + 0.02 + 0.05, as 2 MW x 0.04 x (IT / 2)^2 = 0.02 IT^2
    assert 1.1 * it_mw + 0.02 * it_mw**2 == pytest.approx(0.43, abs=0.001 * it_mw)


def test_a_settlement_that_changes_nothing_restates_nothing() -> None:
    still = run(DETAILED).summary.settlements
    assert still == run({"pue": 1.2}).summary.settlements + 2  # restated as work begins, and as it ends


def test_a_facility_whose_weather_holds_no_humidity_says_what_it_assumes() -> None:
    campus = Campus(name="dry", weather=Air(air_c=(20.0,)), facility=Facility(cooling=WET_BULB))
    note = "facility: the weather holds no humidity; 0.7 pu assumed"
    assert note in " ".join(simulate(campus, days=1).report().split())


# --- laws -------------------------------------------------------------------------------------------------

LOSSES = st.fixed_dictionaries(
    {"rated_mw": st.floats(0.2, 5.0), "redundancy": st.sampled_from(["N", "2N"])},
    optional={"quadratic_pu": st.floats(0.0, 0.3), "no_load_pu": st.floats(0.0, 0.1)},
)
COOLINGS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("wet_bulb"), "floor_pu": st.floats(0.0, 0.3)}),
    st.fixed_dictionaries(
        {"kind": st.just("chiller"), "rated_mw": st.floats(0.2, 5.0), "approach_k": st.floats(0.0, 20.0)}
    ),
)
FACILITIES = st.fixed_dictionaries(
    {"cooling": COOLINGS, "fixed_mw": st.sampled_from([0.0, 0.03])},
    optional={"ups": LOSSES, "transformer": LOSSES},
)
AIR = st.lists(st.floats(-20.0, 45.0), min_size=1, max_size=6).map(tuple)
LIMITS = st.sampled_from([0.0, 0.1, 0.4, 0.8, 1.15, 100.0])


@settings(max_examples=40)
@given(facility=FACILITIES, air_c=AIR, limit_mw=LIMITS, flexible_pu=st.sampled_from([0.0, 0.5, 1.0]))
def test_its_parts_add_up_to_what_is_served_and_the_pue_is_at_least_one(
    facility: dict[str, Any], air_c: tuple[float, ...], limit_mw: float, flexible_pu: float
) -> None:
    result = run(facility, air_c=air_c, limit_mw=limit_mw, flexible_pu=flexible_pu)
    flows = result.flows
    served = flows[result.columns(Flow.SERVED)].sum(axis=1).to_numpy()
    parts = (Flow.IT, Flow.COOLING, Flow.UPS_LOSS, Flow.TRANSFORMER_LOSS, Flow.FIXED)
    assert flows[result.columns(*parts)].sum(axis=1).to_numpy() == pytest.approx(served, abs=1e-9)
    assert (flows[result.columns(*parts)].to_numpy() >= -1e-9).all()
    assert (result.hourly_pue.dropna() >= 1.0 - 1e-9).all()


@settings(max_examples=40)
@given(facility=FACILITIES, air_c=AIR)
def test_with_power_to_spare_each_row_is_within_a_thousandth_of_it_power_of_the_curves(
    facility: dict[str, Any], air_c: tuple[float, ...]
) -> None:
    result = run(facility, air_c=air_c)
    spec = result.campus.facility
    its_mw = result.flows[result.columns(Flow.IT)].sum(axis=1).to_numpy()
    parts = result.flows[result.columns(Flow.COOLING, Flow.UPS_LOSS, Flow.TRANSFORMER_LOSS)].sum(axis=1)
    for t_s, it_mw, drawn_mw in zip(result.t_s, its_mw, parts.to_numpy(), strict=True):
        hour_c = air_c[int(t_s // 3600.0) % len(air_c)]
        wet = float(wet_bulb_c(np.array([hour_c]), np.array([0.5]))[0])
        exact_mw = sum(draw.at(it_mw) for draw in spec.draws(it_mw, wet).values())
        assert abs(drawn_mw - exact_mw) <= 1.001e-3 * it_mw + 1e-12


@settings(max_examples=20)
@given(facility=FACILITIES, air_c=AIR, limit_mw=LIMITS)
def test_results_do_not_depend_on_what_is_recorded(
    facility: dict[str, Any], air_c: tuple[float, ...], limit_mw: float
) -> None:
    every = run(facility, air_c=air_c, limit_mw=limit_mw).summary.metrics()
    means = run(facility, air_c=air_c, limit_mw=limit_mw, record_s=7200.0).summary.metrics()
    assert {**every, "loop_s": 0, "wall_s": 0} == {**means, "loop_s": 0, "wall_s": 0}


@settings(max_examples=20)
@given(share=st.floats(0.0, 1.0), air_c=AIR, limit_mw=LIMITS)
def test_constant_shares_equal_the_plain_number(
    share: float, air_c: tuple[float, ...], limit_mw: float
) -> None:
    cooling = {"kind": "wet_bulb", "floor_pu": share, "ceiling_pu": share}
    follows = run({"cooling": cooling}, air_c=air_c, limit_mw=limit_mw).summary
    plain = run({"pue": 1.0 + share}, air_c=air_c, limit_mw=limit_mw).summary
    for metric in (
        "energy_mwh",
        "it_energy_mwh",
        "unserved_mwh",
        "deferred_mwh",
        "gpu_h_done",
        "peak_load_mw",
    ):
        assert getattr(follows, metric) == pytest.approx(getattr(plain, metric), rel=1e-12, abs=1e-12)


@settings(max_examples=20)
@given(facility=FACILITIES, air_c=st.floats(-20.0, 40.0), rise_k=st.floats(0.0, 10.0))
def test_a_hotter_day_never_takes_less_energy(facility: dict[str, Any], air_c: float, rise_k: float) -> None:
    mild, hot = (run(facility, air_c=(c,)).books.total_mwh(Flow.COOLING) for c in (air_c, air_c + rise_k))
    assert mild <= hot * (1.0 + 2e-3)  # each within a thousandth of IT power


@settings(max_examples=40)
@given(facility=FACILITIES, air_c=st.floats(-20.0, 40.0), limit_mw=LIMITS)
def test_the_overhead_settles_within_few_rounds_however_short_power_is(
    facility: dict[str, Any], air_c: float, limit_mw: float
) -> None:
    plain = run({"pue": 1.3}, air_c=(air_c,), limit_mw=limit_mw).summary.settlements
    # work begins, changes and ends at a handful of instants, each of which may take some rounds
    assert run(facility, air_c=(air_c,), limit_mw=limit_mw).summary.settlements <= plain + 30
