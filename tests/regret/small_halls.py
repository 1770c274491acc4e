"""Random small campuses with jobs in server pools, for the laws of regret."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from regret.small_grids import profile

from sim.campus import (
    Battery,
    Campus,
    Facility,
    GasTurbines,
    GridConnection,
    InferenceStream,
    MeasuredLoad,
    MeasuredSource,
    ServerPool,
    SmallModularReactor,
    TrainingJob,
)

_PER_SERVER_MW = 6.85e-3
_FACILITIES: list[dict[str, Any]] = [
    {"pue": 1.2},
    {"pue": 1.3, "fixed_pu": 0.3, "design_it_mw": 0.1},
    {"cooling": {"kind": "wet_bulb"}},
    {"pue": 1.1, "ups": {"rated_mw": 0.1}},
    {
        "cooling": {"kind": "chiller", "rated_mw": 0.1},
        "ups": {"rated_mw": 0.1},
        "transformer": {"rated_mw": 0.2},
    },
]
STRATEGIES: list[dict[str, Any] | None] = [
    None,
    {"kind": "day_ahead"},
    {"kind": "peak_shaving", "target_mw": 0.05},
]


@st.composite
def jobs(draw: st.DrawFn, pool: str) -> dict[str, Any]:
    """A job of a pool, flexible or firm, that follows power in one of the ways there are."""
    gpus, work = draw(st.sampled_from([8, 12, 16, 24])), draw(st.sampled_from([20.0, 100.0, 400.0]))
    submit_h = draw(st.floats(0.0, 40.0).map(lambda x: round(x, 2)))
    found: dict[str, Any] = {
        "pool": pool,
        "gpus": gpus,
        "work_gpu_h": work,
        "submit_h": submit_h,
        "worth_usd_per_mwh": draw(st.sampled_from([30.0, 60.0, 150.0])),
        "flexible_pu": draw(st.sampled_from([1.0, 0.5, 0.0])),
    }
    if draw(st.booleans()):
        found["response"] = draw(st.sampled_from(["rtx6000", "a40", "h200_llm"]))
        found["flexible_pu"] = draw(st.sampled_from([1.0, 0.0]))
    if draw(st.booleans()):
        found["checkpoints"] = {"interval_s": 1800.0, "cost_s": 60.0, "restart_s": 120.0}
    if draw(st.booleans()):
        found["interruptions"] = {"mtbf_gpu_h": 300.0}
    if draw(st.booleans()):
        found["phases"] = "gpt3_512xh100"
    if draw(st.booleans()):
        found["deadline_h"] = submit_h + 1.3 * work / gpus + 1.0
    return found


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    """A pool, some of whose servers fail, or are behind a power limit."""
    servers = draw(st.sampled_from([5, 8]))
    found: dict[str, Any] = {"servers": servers}
    if draw(st.booleans()):
        found |= {"mttf_h": 200.0, "mttr_h": 5.0, "spares": draw(st.sampled_from([0, 1]))}
    if draw(st.booleans()):
        limit_mw = round(draw(st.sampled_from([0.7, 0.95])) * servers * _PER_SERVER_MW, 5)
        found["domains"] = [{"name": "rack", "servers": servers, "limit_mw": limit_mw}]
    found["scheduler"] = {"kind": draw(st.sampled_from(["worth", "easy_backfill", "first_come"]))}
    return found


@st.composite
def supplies(draw: st.DrawFn) -> dict[str, Any]:
    """A grid, and often a store, sun and units."""
    found: dict[str, Any] = {
        "grid": GridConnection(
            import_limit_mw=draw(st.sampled_from([0.03, 0.05, 0.2])),
            export_limit_mw=draw(st.sampled_from([0.0, 0.05])),
            import_price_usd_per_mwh=draw(profile(-20.0, 200.0)),
            export_price_usd_per_mwh=draw(profile(-20.0, 20.0)),
            demand_charge_usd_per_mw_month=draw(st.sampled_from([0.0, 3000.0])),
            interruptions_per_year=draw(st.sampled_from([0.0, 300.0])),
        )
    }
    if draw(st.booleans()):
        found["battery"] = Battery(
            power_mw=0.03,
            energy_mwh=0.1,
            strategy=draw(st.sampled_from(STRATEGIES)),
            standing_loss_mw=draw(st.sampled_from([0.0, 0.001])),
        )
    if draw(st.booleans()):
        found["sun"] = MeasuredSource(
            power_mw=draw(profile(0.0, 0.08, draw(st.sampled_from([0.7, 0.07])), 40))
        )
    if draw(st.booleans()):
        ramp = draw(st.sampled_from([0.067, 0.004]))
        found["gas"] = GasTurbines(units=3, unit_mw=0.02, mttf_h=30.0, mttr_h=4.0, ramp_pu_per_min=ramp)
    if draw(st.booleans()):
        ramp = draw(st.sampled_from([0.05, 0.002]))
        found["smr"] = SmallModularReactor(
            module_mw=0.02, mttf_h=40.0, mttr_h=5.0, first_refuelling_d=1.0, ramp_pu_per_min=ramp
        )
    return found


@st.composite
def halls(draw: st.DrawFn) -> Campus:
    """A campus with one or two pools, jobs in each, perhaps requests and a load without servers."""
    names = ["east", "west"][: draw(st.integers(1, 2))]
    demand: dict[str, Any] = {}
    for pool in names:
        for number in range(draw(st.integers(1, 4))):
            demand[f"{pool} job {number}"] = TrainingJob(**draw(jobs(pool)))
        if draw(st.booleans()):
            demand[f"{pool} chat"] = InferenceStream(
                pool=pool,
                replicas=1,
                model="llama2_70b_8xh200",
                requests_per_s=5.0,
                classes={"ask": {"prompt_tokens": {"mean": 100.0}, "output_tokens": {"mean": 100.0}}},
                resolution="fluid",
            )
    if draw(st.booleans()):
        demand["load"] = MeasuredLoad(
            power_mw=draw(profile(0.0, 0.06, draw(st.sampled_from([1.3, 0.11])), 40))
        )
    return Campus(
        name="halls",
        carbon_usd_per_t=draw(st.sampled_from([0.0, 50.0])),
        facility=Facility(**draw(st.sampled_from(_FACILITIES))),
        servers={name: ServerPool(**draw(pools())) for name in names},
        supply=draw(supplies()),
        demand=demand,
    )
