"""Any input: campuses and traces that are wrong, hostile or extreme run, or are refused by a SpecError.

Nothing else is raised (warnings of NumPy are errors in this suite), and each example ends in bounded time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replicas import ROUND

from sim import Campus, SpecError, simulate
from sim.campus.schema import sections
from sim.demand.hall import Load
from sim.site import Source
from sim.units import marks

BOUNDED = settings(
    deadline=timedelta(seconds=5),
    max_examples=120,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
FEWER = settings(BOUNDED, max_examples=40)
DAYS = 0.05

CAMPUS: dict[str, Any] = {
    "name": "fuzz",
    "start": "2025-03-30T00:00:00+00:00",
    "timezone": "Europe/Berlin",
    "run": {"end": "2025-03-31T06:00", "seed": 3, "record": "15min"},
    "carbon_usd_per_t": 50.0,
    "weather": {
        "kind": "clear_sky",
        "latitude_deg": 48.0,
        "longitude_deg": 11.0,
        "altitude_m": 500.0,
        "cloudiness": 0.5,
        "cloud_concentration": 0.5,
        "correlation_h": 14.0,
        "linke_turbidity": 3.0,
        "temp_air_c": 10.0,
        "wind_speed_m_per_s": 3.0,
        "step_min": 15.0,
    },
    "facility": {"pue": 1.2, "fixed_pu": 0.1, "design_it_mw": 5.0, "firm_worth_usd_per_mwh": 5000.0},
    "servers": {"hall": {"servers": 500, "gpus_per_server": 8, "idle_w": 2000.0, "busy_w": 6000.0}},
    "supply": {
        "grid": {
            "kind": "grid",
            "import_limit_mw": {"times_s": [0.0, 1800.0], "values": [8.0, 3.0]},
            "export_limit_mw": {"dates": ["2025-03-30", "2025-03-30T00:30:00Z"], "values": [2.0, 1.0]},
            "import_price_usd_per_mwh": {
                "base": 40.0,
                "windows": [{"value": 90.0, "months": [3], "weekdays": [6], "from_hour": 1, "to_hour": 2}],
            },
            "export_price_usd_per_mwh": 10.0,
            "demand_charge_usd_per_mw_month": 5000.0,
            "carbon_kgco2_per_mwh": {"mean": 300.0, "hourly": [1.0] * 12 + [2.0] * 12, "weekend": 0.8},
            "clean_pu": 0.4,
            "interruptions_per_year": 1000.0,
            "interruption_mean_h": 0.1,
            "orders": [{"start_h": 0.2, "duration_h": 0.3, "limit_mw": 1.0}],
            "in_service": "2025-03-30T01:05",
            "retired": 0.04,
        },
        "reactor": {
            "kind": "small_modular_reactor",
            "modules": 2,
            "module_mw": 2.0,
            "minimum_pu": 0.2,
            "ramp_pu_per_min": 0.05,
            "refuelling_interval_d": 500.0,
            "refuelling_d": 20.0,
            "first_refuelling_d": 0.01,
            "in_service": [0.01, "2025-03-29"],
            "planned_outages": [{"start": 0.02, "duration_h": 0.3, "units": 1, "yearly": True}],
            "mttf_h": 1.0,
            "mttr_h": 0.2,
        },
        "diesel": {
            "kind": "generators",
            "units": 2,
            "unit_mw": 0.5,
            "cost_usd_per_mwh": 200.0,
            "carbon_kgco2_per_mwh": 700.0,
            "mttf_h": 20.0,
            "mttr_h": 5.0,
            "fixed_usd_per_mw_year": 1.0,
        },
        "gas": {
            "kind": "gas_turbines",
            "units": 2,
            "unit_mw": 1.0,
            "minimum_pu": 0.4,
            "ramp_pu_per_min": 0.1,
            "start_min": 5.0,
            "min_up_h": 0.2,
            "min_down_h": 0.2,
            "mttf_h": 2.0,
            "mttr_h": 0.5,
        },
        "fusion": {
            "kind": "fusion",
            "capacity_mw": 1.0,
            "start_day": -1.0,
            "ramp_up_d": 2.0,
            "availability_pu": 0.8,
            "mttr_h": 0.2,
        },
        "sun": {"kind": "solar", "capacity_mw": 3.0, "dc_ac_ratio": 1.3, "gcr": 0.4, "tilt_deg": None},
        "wind": {"kind": "measured_source", "power_mw": 1.0, "dispatch_usd_per_mwh": -5.0},
        "store": {
            "kind": "battery",
            "power_mw": 1.0,
            "charge_power_mw": 0.5,
            "energy_mwh": 2.0,
            "charge_efficiency_pu": 0.9,
            "discharge_efficiency_pu": 0.9,
            "min_soc_pu": 0.1,
            "max_soc_pu": 0.9,
            "initial_soc_pu": 0.5,
            "standing_loss_mw": 0.001,
            "charge_below_usd_per_mwh": 30.0,
            "discharge_above_usd_per_mwh": 70.0,
            "reserve_pu": 0.2,
            "reserve_above_usd_per_mwh": 3000.0,
        },
    },
    "demand": {
        "job": {
            "kind": "training_job",
            "pool": "hall",
            "gpus": 1000,
            "work_gpu_h": 300.0,
            "gpu_w": 700.0,
            "submit_h": 0.1,
            "flexible_pu": 0.8,
            "worth_usd_per_mwh": 60.0,
        },
        "batch": {
            "kind": "workload",
            "pool": "hall",
            "jobs": {
                "arrivals_per_h": 20.0,
                "gpus": [8, 64],
                "duration": {"median_h": 0.05, "p95_h": 0.2},
            },
        },
        "stream": {
            "kind": "inference_stream",
            "pool": "hall",
            "replicas": 100,
            "model": {
                **ROUND,
                "concurrency": [1.0, 8.0],
                "tokens_per_s": [50.0, 200.0],
                "power_w": [3e3, 6e3],
            },
            "requests_per_s": 400.0,
            "classes": {"chat": {"prompt_tokens": 1155.0, "output_tokens": 211.0, "timeout_s": 60.0}},
            "queue_limit": 1000,
        },
        "office": {"kind": "measured_load", "power_mw": 2.0, "worth_usd_per_mwh": 5000.0},
    },
}
"""A campus with every kind, in which something happens within an hour."""
del CAMPUS["supply"]["sun"]["tilt_deg"]


def places(data: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values, inner ones among them."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield (*before, key)
        yield from places(value, (*before, key))


PLACES = list(places(CAMPUS))

extremes = st.sampled_from(
    [0, 1, -1, 5e-324, 1e-9, 0.01, 1e4, 1e7, 1e10, 1e12, 1e15, 1e300, -1e6, -1e300, 2**63, 2**64, 10**400]
)
garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | extremes,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)

finite = garbage.filter(lambda value: value is not None)
"""Values for a file; TOML has no null."""


@st.composite
def mutated(draw: st.DrawFn, values: st.SearchStrategy[Any] = garbage, most: int = 3) -> dict[str, Any]:
    """The campus with up to so many values replaced, deleted or renamed."""
    data = copy.deepcopy(CAMPUS)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=most)):
        *way, last = place
        try:
            here = data
            for key in way:
                here = here[key]
            match draw(st.sampled_from(["replace", "replace", "delete", "rename"])):
                case "replace":
                    here[last] = draw(values)
                case "delete":
                    del here[last]
                case "rename":
                    here[draw(st.text(max_size=9))] = here.pop(last)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier mutation has taken the place away
    return data


def range_of(place: tuple[Any, ...]) -> list[float]:
    """The lowest and the highest value of a number, and what lies nearest to zero; none of other fields."""
    kinds = sections()
    here = CAMPUS[place[0]] if len(place) == 2 else CAMPUS[place[0]][place[1]]
    spec = kinds[here["kind"] if "kind" in here else place[0]]
    field = spec.model_fields[place[-1]]
    bounds = [
        getattr(mark, word) for mark in marks(field) for word in ("ge", "gt", "le") if hasattr(mark, word)
    ]
    numbers = [bound for bound in bounds if bound is not None]
    return [*numbers, 5e-324, 1e-9, 1.0] if numbers else []


NUMBERS = [
    place
    for place in PLACES
    if (len(place) == 3 or (len(place) == 2 and place[0] in {"facility", "weather"})) and range_of(place)
]
"""The paths to numbers of participants, facility and weather."""


@st.composite
def extreme(draw: st.DrawFn) -> dict[str, Any]:
    """The campus with some numbers at the ends of their ranges."""
    data = copy.deepcopy(CAMPUS)
    for place in draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5, unique=True)):
        *way, last = place
        here = data
        for key in way:
            here = here[key]
        here[last] = draw(st.sampled_from(range_of(place)))
    return data


def run(data: dict[str, Any]) -> None:
    """Build and run a campus; a SpecError is an answer."""
    try:
        simulate(Campus(**data), days=DAYS, seed=1)
    except SpecError as error:
        lines = str(error).splitlines()
        assert lines
        assert max(map(len, lines)) < 2000


@BOUNDED
@given(data=mutated())
def test_a_mutated_campus_runs_or_is_refused(data: dict[str, Any]) -> None:
    run({str(key): value for key, value in data.items()})


@BOUNDED
@given(data=extreme())
def test_a_campus_of_extreme_numbers_runs_or_is_refused(data: dict[str, Any]) -> None:
    run(data)


# Files


def written(data: dict[str, Any], ending: str) -> str:
    """The text of plain data; what a format cannot express is written as text."""
    if ending == ".toml":
        return tomli_w.dumps(json.loads(json.dumps(data, default=str)))
    return yaml.safe_dump(data) if ending == ".yaml" else json.dumps(data)


TEXTS = {ending: written(CAMPUS, ending).encode() for ending in (".toml", ".yaml", ".json")}


def load(path: Path) -> None:
    """Load and run a file; a SpecError is an answer."""
    try:
        campus = Campus.load(path)
        simulate(campus, days=DAYS, seed=1)
    except SpecError as error:
        assert str(error)  # noqa: PT017 - any input may be refused, none must be


@pytest.mark.parametrize("ending", list(TEXTS))
@FEWER
@given(data=mutated(finite))
def test_a_file_of_a_mutated_campus_runs_or_is_refused(
    ending: str, data: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / f"campus{ending}"
    try:
        text = written(data, ending)
    except (TypeError, ValueError, OverflowError):
        return  # the format has no such value
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    load(path)


@pytest.mark.parametrize("ending", list(TEXTS))
@FEWER
@given(data=st.data())
def test_a_file_with_flipped_bytes_runs_or_is_refused(
    ending: str, data: st.DataObject, tmp_path: Path
) -> None:
    content = bytearray(TEXTS[ending])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255) | st.sampled_from(b"[]{}:&*\"'\n\t#"))
    cut = data.draw(st.none() | st.integers(0, len(content)))
    path = tmp_path / f"campus{ending}"
    path.write_bytes(content[:cut])
    load(path)


cells = st.sampled_from(
    [
        "1",
        "2.5",
        "0",
        "",
        " ",
        "NaN",
        "inf",
        "-1",
        "1e300",
        "1e400",
        "5e-324",
        "text",
        '"1',
        "1,2",
        "0x1",
        "é",
        "\0",
    ]
)
stamps = st.sampled_from(
    [f"2025-03-30T{hour:02d}:{minute:02d}+00:00" for hour in range(3) for minute in (0, 30)]
    + [
        "2025-03-30T02:30",
        "",
        "0001-01-01T00:00Z",
        "9999-12-31T23:59Z",
        "1600-01-01T00:00Z",
        "2025-02-30",
        "x",
    ]
)
usual = st.just([f"2025-03-30T{minute // 60:02d}:{minute % 60:02d}+00:00" for minute in range(0, 180, 30)])


@FEWER
@given(
    times=usual | st.lists(stamps, max_size=6),
    values=st.lists(cells, min_size=6, max_size=6),
    header=st.sampled_from(["time,mw", "time,mw", "time,mw,mw", "mw,time", "", "time"]),
    scale=st.sampled_from([1.0, 1.0, 0.0, -1.0, 1e300]),
    options=st.sampled_from([{}, {"timezone": "Europe/Berlin"}]),
)
def test_a_campus_with_a_wrong_trace_runs_or_is_refused(  # noqa: PLR0917 - hypothesis gives them by name
    times: list[str], values: list[str], header: str, scale: float, options: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "trace.csv"
    rows = [f"{time},{value}" for time, value in zip(times, values, strict=False)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    trace = {"csv": str(path), "column": "mw", "scale": scale, **options}
    run({**CAMPUS, "demand": {"load": {"kind": "measured_load", "power_mw": trace}}})


def test_the_campus_itself_runs_and_every_kind_is_in_it() -> None:
    assert simulate(Campus(**CAMPUS), days=DAYS, seed=1).summary
    kinds = {part["kind"] for family in ("supply", "demand") for part in CAMPUS[family].values()}
    own = {
        name for name, spec in sections().items() if spec.__module__.startswith(("sim.supply", "sim.demand"))
    }
    assert kinds == own & {*Source.members, *Load.members}
