"""Random campuses of every kind of participant, for the laws."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from replicas import ROUND

from sim.campus import Campus

HOUR = 3600.0
DAY = 24 * HOUR
PRICES = st.sampled_from([-50.0, -5.0, 0.0, 20.0, 36.0, 45.0, 60.0, 90.0, 200.0, 900.0])


@st.composite
def points(draw: st.DrawFn, values: st.SearchStrategy[float], most: int = 8) -> dict[str, Any]:
    """A step profile that changes at odd instants of the first days."""
    minutes = draw(st.lists(st.integers(1, 3 * 24 * 60), max_size=most, unique=True))
    times_s = [0.0, *sorted(60.0 * minute + 7.0 * (minute % 5) for minute in minutes)]
    return {"times_s": times_s, "values": [draw(values) for _ in times_s]}


def mw(most: float) -> st.SearchStrategy[float]:
    """Power on a coarse grid, so that ties and exact fits are frequent."""
    return st.integers(0, 8).map(lambda eighths: most * eighths / 8)


@st.composite
def tariff(draw: st.DrawFn) -> Any:
    """A price: constant, time-of-use, or points; of both signs."""
    if draw(st.booleans()):
        return draw(points(PRICES))
    first = draw(st.integers(0, 23))
    window = {"value": draw(PRICES), "from_hour": first, "to_hour": (first + draw(st.integers(1, 23))) % 24}
    return {"base": draw(PRICES), "windows": [window]}


@st.composite
def grids(draw: st.DrawFn) -> dict[str, Any]:
    """A grid connection whose limits, prices and luck change."""
    order = st.fixed_dictionaries(
        {"start_h": mw(48.0), "duration_h": st.sampled_from([0.5, 3.0, 7.25]), "limit_mw": mw(40.0)}
    )
    return {
        "kind": "grid",
        "import_limit_mw": draw(st.one_of(points(mw(60.0)), mw(60.0))),
        "export_limit_mw": draw(st.one_of(st.just(0.0), points(mw(40.0)))),
        "import_price_usd_per_mwh": draw(tariff()),
        "export_price_usd_per_mwh": draw(tariff()),
        "demand_charge_usd_per_mw_month": draw(st.sampled_from([0.0, 12000.0])),
        "carbon_kgco2_per_mwh": draw(points(st.sampled_from([50.0, 373.0, 800.0]))),
        "clean_pu": draw(points(st.sampled_from([0.0, 0.4, 0.9]))),
        "interruptions_per_year": draw(st.sampled_from([0.0, 700.0])),
        "orders": draw(st.lists(order, max_size=2)),
    }


@st.composite
def batteries(draw: st.DrawFn) -> dict[str, Any]:
    """A battery, extreme ones too: without capacity, without power, a flywheel of seconds, leaking."""
    low, high = draw(st.sampled_from([(0.0, 1.0), (0.2, 1.0), (0.2, 0.8), (0.5, 0.5)]))
    below = draw(st.sampled_from([-10.0, 20.0, 40.0, 100.0]))
    return {
        "kind": "battery",
        "power_mw": draw(st.sampled_from([0.0, 0.5, 10.0, 100.0])),
        "energy_mwh": draw(st.sampled_from([0.0, 0.002, 1.0, 40.0])),
        "charge_efficiency_pu": draw(st.sampled_from([0.5, 0.948, 1.0])),
        "discharge_efficiency_pu": draw(st.sampled_from([0.5, 0.948, 1.0])),
        "min_soc_pu": low,
        "max_soc_pu": high,
        "initial_soc_pu": draw(st.sampled_from([low, high, (low + high) / 2])),
        "initial_clean_pu": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "standing_loss_mw": draw(st.sampled_from([0.0, 0.01, 2.0])),
        "charge_below_usd_per_mwh": below,
        "discharge_above_usd_per_mwh": below + draw(st.sampled_from([1.0, 60.0])),
        "reserve_pu": draw(st.sampled_from([0.0, 0.3])) if high - low >= 0.3 else 0.0,
        "wear_usd_per_mwh": draw(st.sampled_from([0.0, 26.5])),
    }


REACTORS = st.fixed_dictionaries(
    {
        "kind": st.just("small_modular_reactor"),
        "modules": st.integers(0, 3),
        "module_mw": st.sampled_from([10.0, 77.0]),
        "minimum_pu": st.sampled_from([0.0, 0.2, 1.0]),
        "ramp_pu_per_min": st.sampled_from([0.001, 0.05, 2.0]),
        "mttf_h": st.sampled_from([6.0, 60.0]),
        "mttr_h": st.sampled_from([1.0, 9.0]),
        "refuelling_interval_d": st.sampled_from([2.0, 500.0]),
        "refuelling_d": st.sampled_from([0.0, 0.5]),
    }
)
GAS = st.fixed_dictionaries(
    {
        "kind": st.just("gas_turbines"),
        "units": st.integers(0, 4),
        "unit_mw": st.sampled_from([3.0, 15.0]),
        "minimum_pu": st.sampled_from([0.0, 0.4, 1.0]),
        "ramp_pu_per_min": st.sampled_from([0.01, 0.067, 1.0]),
        "start_min": st.sampled_from([0.0, 15.0]),
        "min_up_h": st.sampled_from([0.0, 2.2]),
        "min_down_h": st.sampled_from([0.0, 2.2]),
        "mttf_h": st.sampled_from([10.0, 969.0]),
        "mttr_h": st.sampled_from([2.0, 31.0]),
    }
)
FUSION = st.fixed_dictionaries(
    {
        "kind": st.just("fusion"),
        "capacity_mw": mw(50.0),
        "start_day": st.sampled_from([-10.0, 0.0, 1.5]),
        "ramp_up_d": st.sampled_from([0.0, 2.0, 365.0]),
        "availability_pu": st.sampled_from([0.5, 1.0]),
        "mttr_h": st.just(5.0),
    }
)
SUN = st.fixed_dictionaries(
    {
        "kind": st.just("solar"),
        "capacity_mw": mw(60.0),
        "weather": st.just(
            {"kind": "clear_sky", "latitude_deg": 33.0, "longitude_deg": 0.0, "step_min": 30.0}
        ),
    }
)
WIND = st.fixed_dictionaries(
    {
        "kind": st.just("measured_source"),
        "power_mw": points(mw(40.0)),
        "dispatch_usd_per_mwh": PRICES,
        "cost_usd_per_mwh": st.sampled_from([0.0, 30.0]),
        "carbon_kgco2_per_mwh": st.sampled_from([0.0, 11.0]),
    }
)
POOL = {"servers": 1000, "gpus_per_server": 8}
JOBS = st.fixed_dictionaries(
    {
        "kind": st.just("training_job"),
        "pool": st.just("hall"),
        "gpus": st.sampled_from([8, 2000, 6000]),
        "work_gpu_h": st.sampled_from([100.0, 60000.0]),
        "submit_h": st.sampled_from([0.0, 0.0, 5.5]),
        "flexible_pu": st.sampled_from([0.0, 0.7, 1.0]),
        "worth_usd_per_mwh": st.sampled_from([30.0, 150.0]),
    }
)
STREAMS = st.fixed_dictionaries(
    {
        "kind": st.just("inference_stream"),
        "pool": st.just("hall"),
        "replicas": st.just(100),
        "model": st.just(ROUND),  # 800 slots, which serve 95 requests a second
        "requests_per_s": points(st.sampled_from([0.0, 30.0, 80.0, 2000.0])),
        "classes": st.just({"chat": {"prompt_tokens": 1155.0, "output_tokens": 211.0, "timeout_s": 60.0}}),
        "resolution": st.just("fluid"),
    }
)
LOADS = st.fixed_dictionaries(
    {
        "kind": st.just("measured_load"),
        "power_mw": points(mw(50.0), most=12),
        "worth_usd_per_mwh": st.sampled_from([0.0, 100.0, 5000.0]),
    }
)
FACILITIES = st.sampled_from(
    [
        {"pue": 1.0},
        {"pue": 1.2},
        {"pue": 1.4, "fixed_pu": 0.5, "design_it_mw": 6.0},
        {
            "cooling": {"kind": "chiller", "rated_mw": 5.0},
            "ups": {"rated_mw": 5.0},
            "transformer": {"rated_mw": 6.0},
            "fixed_mw": 0.1,
        },
        {"cooling": {"kind": "wet_bulb"}, "ups": {"rated_mw": 10.0}},
    ]
)


def named(prefix: str, kind: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Up to so many of a kind, with names."""
    return st.lists(kind, max_size=most).map(
        lambda found: {f"{prefix}{number}": spec for number, spec in enumerate(found, 1)}
    )


@st.composite
def campuses(draw: st.DrawFn) -> Campus:
    """A campus of any of all kinds, or of none."""
    supply = [
        named("grid", grids(), 2),
        named("reactor", REACTORS, 1),
        named("gas", GAS, 2),
        named("fusion", FUSION, 1),
        named("sun", SUN, 1),
        named("wind", WIND, 2),
        named("battery", batteries(), 2),
    ]
    demand = [named("job", JOBS, 3), named("stream", STREAMS, 1), named("load", LOADS, 2)]
    return Campus(
        name="random",
        carbon_usd_per_t=draw(st.sampled_from([0.0, 80.0])),
        facility=draw(FACILITIES),
        servers={"hall": POOL},
        supply={name: spec for kind in supply for name, spec in draw(kind).items()},
        demand={name: spec for kind in demand for name, spec in draw(kind).items()},
    )


@st.composite
def clean_campuses(draw: st.DrawFn) -> Campus:
    """Only clean sources, and batteries that start empty, or with clean energy only."""
    supply = draw(named("reactor", REACTORS, 1)) | draw(named("sun", SUN, 1))
    supply |= {name: wind | {"clean_pu": 1.0} for name, wind in draw(named("wind", WIND, 2)).items()}
    for name, battery in draw(named("battery", batteries(), 2)).items():
        supply[name] = battery | {"initial_clean_pu": 1.0}
        if draw(st.booleans()):
            supply[name] |= {"min_soc_pu": 0.0, "initial_soc_pu": 0.0, "initial_clean_pu": 0.0}
    if draw(st.booleans()):
        supply["grid"] = draw(grids()) | {"clean_pu": 1.0}
    demand = draw(named("load", LOADS, 2)) | draw(named("job", JOBS, 2))
    return Campus(name="clean", servers={"hall": POOL}, supply=supply, demand=demand)


GENERATORS = st.fixed_dictionaries(
    {
        "kind": st.just("generators"),
        "units": st.integers(1, 3),
        "unit_mw": st.sampled_from([4.0, 10.0]),
        "cost_usd_per_mwh": PRICES,
        "carbon_kgco2_per_mwh": st.sampled_from([0.0, 450.0]),
        "mttf_h": st.sampled_from([8.0, 300.0]),
        "mttr_h": st.just(5.0),
        "fixed_usd_per_mw_year": st.sampled_from([0.0, 20_000.0]),
    }
)
RATES = st.fixed_dictionaries(
    {
        "kind": st.just("rates"),
        "import_price_usd_per_mwh": tariff(),
        "export_price_usd_per_mwh": tariff(),
        "demand": st.lists(
            st.fixed_dictionaries(
                {
                    "usd_per_mw_month": st.just(9_000.0),
                    "interval_min": st.sampled_from([15, 30, 60]),
                    "windows": st.sampled_from([(), ({"from_hour": 8, "to_hour": 20},)]),
                }
            ),
            max_size=1,
        ),
    }
)
_OWN_PRICES = ("import_price_usd_per_mwh", "export_price_usd_per_mwh", "demand_charge_usd_per_mw_month")


@st.composite
def replayable_campuses(draw: st.DrawFn) -> Campus:
    """Campuses in which nothing is decided while the clock runs: series and stores give all power."""
    supply = {
        **draw(named("sun", SUN, 1)),
        **draw(named("wind", WIND, 2)),
        **draw(named("generators", GENERATORS, 2)),
        **draw(named("battery", batteries(), 2)),
    }
    for name, grid in draw(named("grid", grids(), 2)).items():
        supply[name] = grid | {"marginal_kgco2_per_mwh": draw(points(st.sampled_from([0.0, 600.0])))}
        if draw(st.booleans()):
            supply[name] = {key: value for key, value in grid.items() if key not in _OWN_PRICES}
            tariff_ = draw(RATES)
            if draw(st.booleans()):
                tariff_ = {"kind": "successive", "tariffs": [{"begins": "2000-01-01", "tariff": tariff_}]}
            supply[name]["tariff"] = tariff_
    agreements = {}
    free = [name for name, one in supply.items() if one["kind"] == "solar"]
    if free and draw(st.booleans()):
        agreements["agreement"] = {
            "kind": draw(st.sampled_from(["physical", "virtual"])),
            "source": free[0],
            "price_usd_per_mwh": 45.0,
        }
        if agreements["agreement"]["kind"] == "virtual":
            agreements["agreement"]["index_usd_per_mwh"] = draw(tariff())
    return Campus(
        name="replayable",
        carbon_usd_per_t=draw(st.sampled_from([0.0, 80.0])),
        supply=supply,
        agreements=agreements,
        demand=draw(named("load", LOADS, 3)),
        economics=draw(st.sampled_from([None, {"usual_costs": True}])),
    )


DAYS = st.sampled_from([0.004, 0.5, 1.0, 2.03])
SEEDS = st.integers(0, 1000)
