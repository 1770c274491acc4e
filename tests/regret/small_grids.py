"""Random small campuses of grid, measured source, battery and firm load, for the laws of regret."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sim.campus import Battery, Campus, GridConnection, MeasuredLoad, MeasuredSource
from sim.units import SECONDS_PER_HOUR

_STRATEGIES: list[dict[str, Any] | None] = [
    None,
    {"kind": "day_ahead"},
    {"kind": "solar_shifting"},
    {"kind": "peak_shaving", "target_mw": 2.0},
    {"kind": "rolling_optimiser", "every_h": 6},
    {"kind": "outage_reserve"},
    {"kind": "timetable", "power_mw": {"times_s": [0.0, 21600.0, 57600.0], "values": [-1.0, 0.0, 1.5]}},
]


def profile(
    low: float, high: float, step_h: float = 1.0, count: int = 48
) -> st.SearchStrategy[dict[str, Any]]:
    """A profile of steps."""
    values = st.lists(st.floats(low, high).map(lambda x: round(x, 3)), min_size=count, max_size=count)
    times = [step_h * SECONDS_PER_HOUR * at for at in range(count)]
    return values.map(lambda found: {"times_s": times, "values": found})


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    """Rates with energy charges, demand charges with tiers, windows, a ratchet, and a least amount."""
    low, high = draw(st.floats(100.0, 9000.0)), draw(st.floats(100.0, 9000.0))
    demand: list[dict[str, Any]] = []
    if draw(st.booleans()):
        tiers = [{"up_to_mw": 2.0, "usd_per_mw_month": low}, {"usd_per_mw_month": high}]
        minutes = draw(st.sampled_from([15, 30, 60]))
        demand.append({"tiers": tiers, "interval_min": minutes, "contracted_mw": 4.0, "least_pu": 0.25})
    if draw(st.booleans()):
        windows = [{"from_hour": 8, "to_hour": 20}]
        ratchet = {"share_pu": 0.8, "peaks_before_mw": {"2025-04": 2.5}}
        demand.append({"name": "peak", "usd_per_mw_month": low, "windows": windows, "ratchet": ratchet})
    return {
        "kind": "rates",
        "import_price_usd_per_mwh": draw(profile(-20.0, 200.0)),
        "export_price_usd_per_mwh": draw(profile(-20.0, 150.0)),
        "demand": demand,
        "coincident": [{"usd_per_mw": 500.0, "hours": [0.5]}] if draw(st.booleans()) else [],
        "fixed": [{"name": "meter", "usd": 100.0}],
        "least_usd_per_month": draw(st.sampled_from([0.0, 1500.0])),
    }


@st.composite
def campuses(draw: st.DrawFn) -> Campus:
    """A campus that begins two hours before a month ends."""
    tariff = draw(tariffs())
    if draw(st.booleans()):
        later = [{"begins": begins, "tariff": draw(tariffs())} for begins in ("2025-05-01", "2025-06-01")]
        tariff = {"kind": "successive", "tariffs": later}
    grid: dict[str, Any] = {
        "import_limit_mw": draw(st.floats(1.0, 6.0)),
        "export_limit_mw": draw(st.sampled_from([0.0, 1.0, 3.0])),
        "tariff": tariff,
        "interruptions_per_year": draw(st.sampled_from([0.0, 300.0])),
    }
    cost = draw(st.sampled_from([0.0, 20.0]))
    source = MeasuredSource(
        power_mw=draw(profile(0.0, 4.0, 0.7, 70)), cost_usd_per_mwh=cost, dispatch_usd_per_mwh=cost
    )
    battery = Battery(
        power_mw=draw(st.floats(0.5, 2.0)),
        charge_power_mw=1.0,
        energy_mwh=draw(st.floats(1.0, 6.0)),
        standing_loss_mw=draw(st.sampled_from([0.0, 0.02])),
        wear_usd_per_mwh=draw(st.sampled_from([0.0, 8.0])),
        reserve_pu=draw(st.sampled_from([0.0, 0.2])),
        reserve_above_usd_per_mwh=4000.0,
        strategy=draw(st.sampled_from(_STRATEGIES)),
    )
    return Campus(
        name="small",
        start="2025-05-31T22:00:00+00:00",
        carbon_usd_per_t=draw(st.sampled_from([0.0, 50.0])),
        supply={"grid": GridConnection(**grid), "sun": source, "battery": battery},
        demand={"load": MeasuredLoad(power_mw=draw(profile(0.0, 5.0, 1.3, 40)))},
    )
