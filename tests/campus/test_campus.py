"""The campus: what it refuses and in which words, files, hashes, copies."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import told

from sim import Campus, SpecError, simulate
from sim.campus import Battery
from sim.campus.schema import sections
from sim.site import Source
from sim.spec import Spec
from sim.weather.weather import ClearSky, TypicalYear

START = datetime(2025, 3, 1, tzinfo=UTC)


def plain() -> dict[str, Any]:
    """A campus with one of each, as plain data."""
    return {
        "name": "valley",
        "start": "2025-03-01T00:00:00Z",
        "timezone": "America/New_York",
        "carbon_usd_per_t": 20.0,
        "facility": {"pue": 1.2, "fixed_pu": 0.3, "design_it_mw": 8.0},
        "servers": {"hall": {"servers": 1000}},
        "supply": {
            "grid": {
                "kind": "grid",
                "import_limit_mw": {"times_s": [0.0, 86400.0], "values": [4.0, 12.0]},
                "import_price_usd_per_mwh": {
                    "base": 50.0,
                    "windows": [
                        {"value": 120.0, "weekdays": [0, 1, 2, 3, 4], "from_hour": 16, "to_hour": 21}
                    ],
                },
                "orders": [{"start_h": 30.0, "duration_h": 2.0, "limit_mw": 1.0}],
                "interruptions_per_year": 50.0,
            },
            "smr": {"kind": "small_modular_reactor", "modules": 1, "module_mw": 3.0},
            "fusion": {"kind": "fusion", "start_day": -400.0},
            "sun": {
                "kind": "solar",
                "capacity_mw": 4.0,
                "weather": {"kind": "clear_sky", "latitude_deg": 39.0, "longitude_deg": -77.0},
            },
            "gas": {"kind": "gas_turbines", "units": 2, "unit_mw": 5.0},
            "battery": {"kind": "battery", "power_mw": 2.0, "energy_mwh": 8.0},
            "wind": {"kind": "measured_source", "power_mw": 0.5},
        },
        "demand": {
            "job": {"kind": "training_job", "pool": "hall", "gpus": 4000, "work_gpu_h": 1e6},
            "chat": {
                "kind": "inference_stream",
                "pool": "hall",
                "replicas": 250,
                "model": "llama2_70b_8xh200",
                "requests_per_s": {"mean": 500.0, "hourly": [1.0] * 8 + [2.0] * 16},
                "classes": {"all": "chat"},
                "resolution": "fluid",
            },
            "office": {"kind": "measured_load", "power_mw": 0.3},
        },
    }


def refused(**changes: Any) -> str:
    """The words with which a changed campus is refused."""
    return told(lambda: Campus(**{**plain(), **changes}))


def job(**values: Any) -> dict[str, Any]:
    return {"kind": "training_job", "pool": "hall", "gpus": 8, "work_gpu_h": 1.0, **values}


def stream(**values: Any) -> dict[str, Any]:
    """A stream; each replica has one GPU."""
    return {
        "kind": "inference_stream",
        "pool": "hall",
        "replicas": 8,
        "model": "qwen3_14b_1xh100",
        "requests_per_s": 1.0,
        "classes": {"all": "chat"},
        **values,
    }


# --- what is refused ----------------------------------------------------------------------------------------


def test_a_pool_that_is_not_there_is_named_with_the_nearest() -> None:
    message = refused(demand={"a": job(pool="hal"), "b": stream(pool="hull")})
    assert message == (
        "demand.a: pool = 'hal' is not a server pool; nearest: hall\n"
        "demand.b: pool = 'hull' is not a server pool; nearest: hall"
    )


@pytest.mark.parametrize("name", ["", " ", "hal"])
def test_a_workload_needs_a_pool_that_is_there(name: str) -> None:
    jobs = {"arrivals_per_h": 1.0, "gpus": [8]}
    found = "nearest" if name == "hal" else "known"
    assert refused(demand={"jobs": {"kind": "workload", "pool": name, "jobs": jobs}}) == (
        f"demand.jobs: pool = {name!r} is not a server pool; {found}: hall"
    )


def test_a_job_larger_than_its_pool_is_refused() -> None:
    assert refused(demand={"job": job(gpus=8001)}) == (
        "demand.job: gpus = 8001; allowed: at most 8000, the GPUs of servers.hall not reserved by streams"
    )


def test_a_job_larger_than_what_streams_leave_is_refused() -> None:
    assert refused(demand={"job": job(gpus=6001), "chat": stream(replicas=2000)}) == (
        "demand.job: gpus = 6001; allowed: at most 6000, the GPUs of servers.hall not reserved by streams"
    )


def test_replicas_that_need_more_gpus_than_their_pool_has_are_refused() -> None:
    large = stream(replicas=1001, model="llama2_70b_8xh200")
    assert refused(demand={"chat": large}) == (
        "demand.chat: replicas = 1001; allowed: at most 1000 of 8 GPUs, as 8000 GPUs of servers.hall are not "
        "reserved by other streams"
    )


def test_streams_that_do_not_fit_beside_each_other_are_refused() -> None:
    assert refused(demand={"a": stream(replicas=5000), "b": stream(replicas=4000)}) == (
        "demand.a: replicas = 5000; allowed: at most 4000, the GPUs of servers.hall not reserved by streams\n"
        "demand.b: replicas = 4000; allowed: at most 3000, the GPUs of servers.hall not reserved by streams"
    )


@pytest.mark.parametrize(
    ("supply_name", "message"),
    [
        ("hall", "supply: hall has a name that is already used in servers"),
        ("site", "supply: site has a name that is reserved"),
        ("facility", "supply: facility has a name that is reserved"),
        ("hall firm jobs", "supply: hall firm jobs has a name that is reserved"),
        ("hall jobs at 150 USD/MWh", "supply: hall jobs at 150 USD/MWh has a name that is reserved"),
        ("north.grid", "supply: north.grid must have a non-empty name without dots"),
        ("", "supply: '' must have a non-empty name without dots"),
    ],
)
def test_names_are_single_free_and_without_dots(supply_name: str, message: str) -> None:
    assert refused(supply={supply_name: {"kind": "grid", "import_limit_mw": 1.0}}) == message


def test_a_name_may_not_be_in_two_families() -> None:
    measured = {"kind": "measured_source", "power_mw": 1.0}
    load = {"kind": "measured_load", "power_mw": 1.0}
    assert refused(supply={"plant": measured}, demand={"plant": load}) == (
        "demand: plant has a name that is already used in supply"
    )


def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    known = ", ".join(sorted(Source.members))  # those of other tests among them
    assert refused(supply={"bess": {"kind": "batery"}}) == (
        f"supply.bess: kind = 'batery' is unknown; nearest: battery; known: {known}; "
        "for a kind of your own, add --import MODULE or, in Python, import its module first"
    )
    assert refused(demand={"x": {"kind": "trainingjob"}}).startswith(
        "demand.x: kind = 'trainingjob' is unknown; nearest: training_job"
    )


@pytest.mark.parametrize(
    ("kind", "nearest"),
    [
        ("smr", "; nearest: small_modular_reactor"),
        ("gas_fleet", "; nearest: gas_turbines"),
        ("grid_connection", "; nearest: grid"),
        ("coal", ""),
    ],
)
def test_an_unknown_kind_is_refused_with_all_kinds_and_those_that_may_be_meant(
    kind: str, nearest: str
) -> None:
    known = ", ".join(sorted(Source.members))
    assert refused(supply={"plant": {"kind": kind}}) == (
        f"supply.plant: kind = {kind!r} is unknown{nearest}; known: {known}; "
        "for a kind of your own, add --import MODULE or, in Python, import its module first"
    )


LEAKS = ("nput should", "nput is", "should be", "instance of", "valid dictionary", "alue error", "<class")
WRONG = [
    3,
    -3,
    1.5,
    float("nan"),
    True,
    None,
    "x",
    "",
    [],
    [1],
    ["a"],
    [[1]],
    [{}],
    [None],
    {},
    {"a": 1},
    b"x",
]


def refusals(spec: type[Spec], field: str) -> Iterator[str]:
    """The words with which values of all types are refused, those that are allowed apart."""
    for value in WRONG:
        try:
            spec(**{field: value})
        except SpecError as error:
            yield str(error)


@pytest.mark.parametrize("name", sorted(sections()))
def test_no_words_of_the_validator_reach_the_user(name: str) -> None:
    """Each field of the schema is given a value of each type."""
    spec = sections()[name]
    messages = [message for field in spec.model_fields for message in refusals(spec, field)]
    assert messages
    assert [message for message in messages if any(words in message for words in LEAKS)] == []


def test_a_wrong_type_in_the_campus_is_told_by_what_is_allowed() -> None:
    assert refused(weather="sunny") == "Campus: weather = 'sunny'; allowed: a table with its kind"
    assert refused(supply=["grid"]) == "Campus: supply = ['grid']; allowed: a table by name"
    assert refused(servers={"hall": 3}, demand={}) == "servers: hall = 3; allowed: a table of fields"
    assert refused(supply={"grid": "grid"}) == "supply: grid = 'grid'; allowed: a table with its kind"


def test_everything_wrong_is_said_at_once() -> None:
    bess = {
        "kind": "battery",
        "power_mw": float("nan"),
        "energy_mwh": "4 MWh",
        "chrage_below_usd_per_mwh": 3.0,
    }
    message = refused(supply={"bess": bess}, servers={"hall": {"servers": 0}}).split("\n")
    assert message == [
        "servers.hall: servers = 0; allowed: a whole number at least 1 and at most 1e+07",
        "supply.bess: power_mw = nan MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        "supply.bess: energy_mwh = '4 MWh'; allowed: a finite number at least 0 and at most 1e+08 MWh",
        (
            "supply.bess: chrage_below_usd_per_mwh is unknown; nearest: charge_below_usd_per_mwh, "
            "charge_wear_usd_per_mwh, discharge_above_usd_per_mwh"
        ),
    ]


def test_a_fraction_given_as_percent_is_refused() -> None:
    grid = {"kind": "grid", "import_limit_mw": 1.0, "clean_pu": 40.0}
    assert refused(supply={"grid": grid}) == (
        "supply.grid: clean_pu = 40.0 pu; allowed: a finite number at least 0 and at most 1 pu"
    )


A_TIME = "allowed: a time with its offset from UTC, such as 2025-01-01T00:00:00-05:00"


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            datetime(2025, 1, 1),  # noqa: DTZ001 - no timezone is the point
            f"Campus: start = 2025-01-01T00:00:00; {A_TIME}",
        ),
        ("2025-01-01T00:00:00", f"Campus: start = '2025-01-01T00:00:00'; {A_TIME}"),
        (date(2025, 1, 1), f"Campus: start = 2025-01-01; {A_TIME}"),
        ("noon", f"Campus: start = 'noon'; {A_TIME}"),
        (2025, f"Campus: start = 2025; {A_TIME}"),  # no second of 1970
        ("2025", f"Campus: start = '2025'; {A_TIME}"),
        (
            datetime(1, 1, 1, tzinfo=UTC),
            "Campus: start = 0001-01-01T00:00:00+00:00; allowed: a year from 1900 to 2199",
        ),
        (
            datetime(9999, 1, 1, tzinfo=UTC),
            "Campus: start = 9999-01-01T00:00:00+00:00; allowed: a year from 1900 to 2199",
        ),
    ],
)
def test_a_start_needs_an_offset_and_a_year_a_calendar_can_hold(start: Any, message: str) -> None:
    assert refused(start=start) == message


def test_an_unknown_timezone_is_named_with_the_nearest() -> None:
    assert refused(timezone="America/New_Yrok").startswith(
        "Campus: timezone = 'America/New_Yrok' is unknown; nearest: America/New_York"
    )


def test_a_campus_needs_a_name() -> None:
    assert refused(name="") == "Campus: name = ''; allowed: text of at least 1 character"


def test_a_missing_file_is_named_before_the_clock_starts(tmp_path: Path) -> None:
    path = tmp_path / "wind.csv"
    campus = Campus(
        name="x", supply={"wind": {"kind": "measured_source", "power_mw": {"csv": path, "column": "mw"}}}
    )
    with pytest.raises(SpecError) as error:
        simulate(campus, days=1)
    assert str(error.value) == f"supply.wind: power_mw cannot be used: {path} does not exist"


def test_a_gap_in_a_file_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    rows = [f"2025-01-01T{hour:02d}:00Z,1.0" for hour in range(24) if hour != 5]
    path.write_text("time,mw\n" + "\n".join(rows) + "\n")
    campus = Campus(
        name="x", demand={"load": {"kind": "measured_load", "power_mw": {"csv": path, "column": "mw"}}}
    )
    with pytest.raises(
        SpecError, match=r"^demand\.load: power_mw cannot be used: .*load\.csv: gap before row 7: "
    ):
        simulate(campus, days=0.9)


def test_a_file_that_ends_before_the_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("time,mw\n2025-01-01T00:00Z,1.0\n2025-01-01T12:00Z,2.0\n")
    campus = Campus(
        name="x", demand={"load": {"kind": "measured_load", "power_mw": {"csv": path, "column": "mw"}}}
    )
    simulate(campus, days=1)
    with pytest.raises(
        SpecError, match=r"^demand\.load: power_mw cannot be used: .* covers .* the run is from"
    ):
        simulate(campus, days=1.5)


# --- plain data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".json"])
def test_a_campus_survives_a_file_and_gives_the_same_result(tmp_path: Path, suffix: str) -> None:
    campus = Campus(**plain())
    path = tmp_path / f"campus{suffix}"
    campus.dump(path)
    read = Campus.load(path)
    assert read == campus
    assert read.content_hash() == campus.content_hash()
    before, after = simulate(campus, days=3, seed=5), simulate(read, days=3, seed=5)
    assert before.flows.equals(after.flows)
    assert before.events.equals(after.events)
    assert before.jobs.equals(after.jobs)


def test_a_campus_can_be_pickled() -> None:
    campus = Campus(**plain())
    copy = pickle.loads(pickle.dumps(campus))  # noqa: S301 - our own bytes
    assert copy == campus
    assert copy.content_hash() == campus.content_hash()


def test_the_order_in_which_participants_are_written_means_nothing() -> None:
    data = plain()
    turned = {
        **data,
        **{family: dict(reversed(data[family].items())) for family in ("servers", "supply", "demand")},
    }
    campus, other = Campus(**data), Campus(**turned)
    assert list(other.supply) != list(campus.supply)
    assert (other == campus, other.content_hash() == campus.content_hash()) == (True, True)
    assert simulate(other, days=3).flows.equals(simulate(campus, days=3).flows)


def test_the_order_of_pools_means_nothing_either() -> None:
    pools = {"a": {"servers": 10}, "b": {"servers": 20}}
    one, other = (
        simulate(Campus(name="hill", servers=dict(order)), days=1)
        for order in (pools.items(), reversed(pools.items()))
    )
    assert other.flows.equals(one.flows)


def test_every_value_counts_for_the_hash() -> None:
    campus = Campus(**plain())
    others = [
        campus.with_values({path: value})
        for path, value in {
            "supply.smr.modules": 2,
            "supply.grid.orders.0.limit_mw": 2.0,
            "demand.job.worth_usd_per_mwh": 151.0,
            "facility.pue": 1.21,
            "name": "hill",
        }.items()
    ]
    assert len({spec.content_hash() for spec in (campus, *others)}) == 6


def test_values_are_replaced_by_path_and_checked() -> None:
    campus = Campus(**plain())
    assert campus.with_values({"supply.smr.modules": 3}).supply["smr"].modules == 3  # type: ignore[attr-defined] # a source of this kind
    with pytest.raises(
        SpecError, match=r"^supply\.smr: modules = -1; allowed: a whole number at least 0 and at most 1000$"
    ):
        campus.with_values({"supply.smr.modules": -1})
    with pytest.raises(SpecError, match=r"supply\.smr\.module does not exist; nearest: supply\.smr\.module"):
        campus.with_values({"supply.smr.module": 3})


def test_a_campus_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Campus(**plain()).name = "hill"


# --- the emptiest ones --------------------------------------------------------------------------------------


def test_a_campus_with_nothing_in_it_runs() -> None:
    result = simulate(Campus(name="field"), days=1)
    summary = result.summary
    assert (summary.energy_mwh, summary.peak_load_mw, summary.cost_usd, summary.pue) == (0.0, 0.0, 0.0, None)
    assert len(result.events) == len(result.jobs) == 0


def test_a_campus_of_supply_alone_curtails_all_of_it() -> None:
    supply = {"plant": {"kind": "measured_source", "power_mw": 2.0}}
    assert simulate(Campus(name="field", supply=supply), days=1).summary.curtailed_mwh == pytest.approx(48.0)


def test_a_campus_of_demand_alone_is_short_of_all_of_it() -> None:
    demand = {"load": {"kind": "measured_load", "power_mw": 2.0}}
    summary = simulate(Campus(name="field", demand=demand), days=1).summary
    assert summary.unserved_by_reason_mwh == pytest.approx({"capacity": 48.0})


# --- weather ----------------------------------------------------------------------------------------------

SUNNY = {"kind": "solar", "capacity_mw": 10.0}
SKY = {"kind": "clear_sky", "latitude_deg": 39.0, "longitude_deg": -77.0}


def test_the_weather_of_a_campus_survives_the_way_through_a_file(tmp_path: Path) -> None:
    campus = Campus(name="c", weather=SKY, supply={"sun": SUNNY})
    campus.dump(tmp_path / "c.toml")
    assert Campus.load(tmp_path / "c.toml") == campus
    assert campus.with_values({"weather.cloudiness": 0.25}).weather == ClearSky(
        latitude_deg=39.0, longitude_deg=-77.0, cloudiness=0.25
    )


def test_a_campus_has_the_typical_year_and_its_plants_no_weather_of_their_own_unless_said() -> None:
    campus = Campus(name="c", supply={"sun": SUNNY, "old": {**SUNNY, "weather": SKY}})
    assert campus.weather == TypicalYear()
    assert campus.supply["sun"].weather is None
    assert campus.supply["old"].weather == ClearSky(latitude_deg=39.0, longitude_deg=-77.0)


def test_wrong_weather_of_a_campus_is_named() -> None:
    with pytest.raises(SpecError) as caught:
        Campus(name="c", weather={**SKY, "latitude_deg": 95.0})
    assert str(caught.value).endswith(
        "weather: latitude_deg = 95.0 deg; allowed: a finite number at least -90 and at most 90 deg"
    )
    with pytest.raises(SpecError) as caught:
        Campus(name="c", weather={"kind": "clear_skye"})
    assert str(caught.value).startswith("weather: kind = 'clear_skye' is unknown; nearest: clear_sky; ")


POWER = "allowed: a finite number at least 0 and at most 1e+06 MW"


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (
            "gas_turbines",
            {"units": 2**63},
            f"units = {2**63}; allowed: a whole number at least 0 and at most 1000",
        ),
        (
            "gas_turbines",
            {"units": 1000, "unit_mw": 1e4},
            "unit_mw = 10000.0 MW; allowed: at most 1000 MW, for 1,000 units",
        ),
        (
            "small_modular_reactor",
            {"modules": 1000, "module_mw": 1e4},
            "module_mw = 10000.0 MW; allowed: at most 1000 MW, for 1,000 modules",
        ),
        (
            "grid",
            {"import_limit_mw": 1.0, "export_limit_mw": 1e10},
            f"export_limit_mw = 10000000000.0 MW; {POWER}",
        ),
        ("measured_source", {"power_mw": 1e300}, f"power_mw = 1e+300 MW; {POWER}"),
        (
            "fusion",
            {"ramp_up_d": 1e-300},
            "ramp_up_d = 1e-300 d; allowed: 0, or at least 1.15741e-05 d, which is a second",
        ),
        (
            "fusion",
            {"dispatch_usd_per_mwh": 1e7},
            (
                "dispatch_usd_per_mwh = 10000000.0 USD/MWh; "
                "allowed: a finite number at least -1e+06 and at most 1e+06 USD/MWh"
            ),
        ),
    ],
)
def test_a_source_larger_than_any_campus_is_refused(kind: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Campus(name="large", supply={"one": {"kind": kind, **values}})
    assert str(refused.value) == f"supply.one: {message}"


def test_a_job_larger_than_any_campus_is_refused() -> None:
    job = {"kind": "training_job", "pool": "hall", "gpus": 10**8, "work_gpu_h": 1e13, "gpu_w": 20_000.0}
    with pytest.raises(SpecError) as refused:  # 1e8 x 20 kW are 2e6 MW
        Campus(name="large", servers={"hall": {"servers": 1000}}, demand={"job": job})
    assert (
        str(refused.value) == "demand.job: gpu_w = 20000.0 W; allowed: at most 10000 W, for 100,000,000 GPUs"
    )


@pytest.mark.parametrize("name", ["two\nlines", "x" * 201, "zero\0"])
def test_a_name_that_cannot_be_printed_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="must have a printable name of at most 200 characters"):
        Campus(name="names", servers={name: {"servers": 1}})


def test_participants_that_swap_names_make_another_campus() -> None:
    small, large = Battery(power_mw=1.0, energy_mwh=4.0), Battery(power_mw=2.0, energy_mwh=4.0)
    one = Campus(name="c", supply={"a": small, "b": large})
    other = Campus(name="c", supply={"a": large, "b": small})
    assert one.content_hash() != other.content_hash()
