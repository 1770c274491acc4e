"""Random campuses as plain data, with every field that the reference reads.

| kind    | participants                                            | error of the reference       |
|---------|---------------------------------------------------------|------------------------------|
| rigid   | grids with limits and tariffs, measured sources, loads  | rounding                     |
| stores  | the same, and one or two batteries                      | a step at each bound         |
| jobs    | the same, and up to three training jobs                 | a step at each end           |
| reactor | the same, and a reactor and perhaps a battery           | the staircase of a movement  |
| gas     | the same, and a fleet of gas turbines                   | a step at each decision      |
| all     | everything                                              | all of these                 |

All profiles change at multiples of 20 minutes, which are steps of the reference. No two participants have the
same price, but equal loads and equal sources do.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

START = "2025-01-31T18:00:00+00:00"
"""A month ends within the run."""
POOL = {"servers": 1000, "gpus_per_server": 8, "idle_w": 2490.0, "busy_w": 6850.0}


@st.composite
def points(draw: st.DrawFn, values: st.SearchStrategy[float], most: int = 5) -> dict[str, Any]:
    """A step profile that changes at multiples of 20 minutes."""
    turns = draw(st.lists(st.integers(1, 35), max_size=most, unique=True))
    times_s = [0.0, *sorted(1200.0 * turn for turn in turns)]
    return {"times_s": times_s, "values": [draw(values) for _ in times_s]}


def mw(most: float) -> st.SearchStrategy[float]:
    return st.integers(0, 8).map(lambda eighths: most * eighths / 8)


@st.composite
def tariff(draw: st.DrawFn, prices: list[float]) -> Any:
    """A price by time of use, or by points."""
    price = st.sampled_from(prices)
    if draw(st.booleans()):
        return draw(points(price))
    first = draw(st.integers(0, 23))
    window = {"value": draw(price), "from_hour": first, "to_hour": (first + draw(st.integers(1, 23))) % 24}
    return {"base": draw(price), "windows": [window]}


@st.composite
def grids(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "kind": "grid",
        "import_limit_mw": draw(st.one_of(points(mw(60.0)), mw(60.0))),
        "export_limit_mw": draw(st.one_of(st.just(0.0), points(mw(40.0)))),
        "import_price_usd_per_mwh": draw(tariff([-50.0, -5.0, 20.0, 36.0, 45.0, 60.0, 90.0, 200.0, 900.0])),
        "export_price_usd_per_mwh": draw(tariff([-20.0, 5.0, 30.0, 80.0])),
        "demand_charge_usd_per_mw_month": draw(st.sampled_from([0.0, 12000.0])),
    }


WIND = st.fixed_dictionaries(
    {
        "kind": st.just("measured_source"),
        "power_mw": points(mw(40.0)),
        "dispatch_usd_per_mwh": st.sampled_from([-10.5, 0.0, 25.5]),
        "cost_usd_per_mwh": st.sampled_from([0.0, 30.0]),
    }
)
LOADS = st.fixed_dictionaries(
    {
        "kind": st.just("measured_load"),
        "power_mw": points(mw(50.0), most=8),
        "worth_usd_per_mwh": st.sampled_from([31.0, 100.0, 5000.0]),
    }
)


@st.composite
def batteries(draw: st.DrawFn) -> dict[str, Any]:
    low, high = draw(st.sampled_from([(0.0, 1.0), (0.2, 1.0), (0.2, 0.8)]))
    below = draw(st.sampled_from([22.0, 41.0, 101.0]))
    return {
        "kind": "battery",
        "power_mw": draw(st.sampled_from([0.5, 5.0, 20.0])),
        "energy_mwh": draw(st.sampled_from([1.0, 10.0, 40.0])),
        "charge_efficiency_pu": draw(st.sampled_from([0.8, 0.948, 1.0])),
        "discharge_efficiency_pu": draw(st.sampled_from([0.8, 0.948, 1.0])),
        "min_soc_pu": low,
        "max_soc_pu": high,
        "initial_soc_pu": draw(st.sampled_from([low, high, (low + high) / 2])),
        "standing_loss_mw": draw(st.sampled_from([0.0, 0.01, 0.1])),
        "charge_below_usd_per_mwh": below,
        "discharge_above_usd_per_mwh": below + draw(st.sampled_from([1.0, 61.0])),
        "reserve_pu": draw(st.sampled_from([0.0, 0.3])),
        "reserve_above_usd_per_mwh": draw(st.sampled_from([800.0, 4000.0])),
        "wear_usd_per_mwh": draw(st.sampled_from([0.0, 26.5])),
    }


JOBS = st.fixed_dictionaries(
    {
        "kind": st.just("training_job"),
        "pool": st.just("hall"),
        "gpus": st.sampled_from([8, 1000, 2400]),
        "work_gpu_h": st.sampled_from([100.0, 6000.0, 60000.0]),
        "submit_h": st.sampled_from([0.0, 0.0, 3.0]),
        "flexible_pu": st.sampled_from([0.0, 0.7, 1.0]),
        "worth_usd_per_mwh": st.sampled_from([31.5, 151.0]),
    }
)
REACTORS = st.fixed_dictionaries(
    {
        "kind": st.just("small_modular_reactor"),
        "modules": st.integers(1, 2),
        "module_mw": st.sampled_from([10.0, 30.0]),
        "minimum_pu": st.sampled_from([0.0, 0.2, 0.5]),
        "ramp_pu_per_min": st.sampled_from([0.005, 0.05, 1.0]),
        "fuel_usd_per_mwh": st.just(11.86),
        "variable_usd_per_mwh": st.just(2.8),
        "must_run_usd_per_mwh": st.just(-200.0),
        "refuelling_d": st.just(0.0),
        "mttf_h": st.just(1e9),
    }
)
GAS = st.fixed_dictionaries(
    {
        "kind": st.just("gas_turbines"),
        "units": st.integers(1, 3),
        "unit_mw": st.sampled_from([5.0, 15.0]),
        "minimum_pu": st.sampled_from([0.0, 0.4, 1.0]),
        "ramp_pu_per_min": st.sampled_from([0.067, 1.0]),
        "start_min": st.sampled_from([0.0, 15.0]),
        "min_up_h": st.sampled_from([0.0, 2.2]),
        "min_down_h": st.sampled_from([0.0, 2.2]),
        "start_usd_per_mw": st.sampled_from([8.0, 32.0]),
        "start_mmbtu_per_mw": st.just(3.5),
        "gas_usd_per_mmbtu": st.sampled_from([4.0, 9.0]),
        "variable_usd_per_mwh": st.just(5.0),
        "mttf_h": st.just(1e9),
    }
)


def named(
    prefix: str, kind: st.SearchStrategy[Any], least: int, most: int
) -> st.SearchStrategy[dict[str, Any]]:
    found = st.lists(kind, min_size=least, max_size=most)
    return found.map(lambda specs: {f"{prefix}{number}": spec for number, spec in enumerate(specs, 1)})


@st.composite
def campuses(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A campus of a kind of the table, as plain data with every field that the reference reads."""
    everything = kind == "all"
    supply = draw(named("grid", grids(), 1, 1 if everything else 2)) | draw(named("wind", WIND, 0, 2))
    demand = draw(named("load", LOADS, 1, 2))
    if kind == "stores" or everything:
        supply |= draw(named("battery", batteries(), 1, 2 - everything))
    if kind == "reactor":
        supply |= draw(named("battery", batteries(), 0, 1))
    if kind == "reactor" or everything:
        supply |= draw(named("reactor", REACTORS, 1, 1))
    if kind == "gas" or everything:
        supply |= draw(named("gas", GAS, 1, 1))
    if kind == "jobs" or everything:
        demand |= draw(named("job", JOBS, 1, 3))
    return {
        "name": kind,
        "start": START,
        "timezone": "UTC",
        "facility": {"pue": draw(st.sampled_from([1.0, 1.2])), "firm_worth_usd_per_mwh": 5000.0},
        "servers": {"hall": POOL} if kind in {"jobs", "all"} else {},
        "supply": supply,
        "demand": demand,
    }
