"""A source and a load of one's own, each one class, used like those that come with the simulator."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from math import exp
from pathlib import Path
from typing import Literal

import lagoon
import pytest
from lagoon import IceMaker, TidalLagoon
from matplotlib.colors import to_hex
from simpy import Event

from sim import Campus, Result, SpecError, compare, simulate, sweep, units
from sim.bus.account import Account
from sim.bus.description import Description
from sim.campus import (
    Battery,
    Facility,
    GridConnection,
    MeasuredLoad,
    ServerPool,
    SolarPlant,
    TrainingJob,
)
from sim.campus.schema import json_schema
from sim.contracts.bill import bill_line
from sim.demand.hall import Hall, Load
from sim.plant.outages import fail_and_repair
from sim.plots.palette import SLOTS
from sim.site import Site, Source
from sim.weather.weather_file import shipped_file


class GeothermalPlant(Source):
    """A geothermal plant whose wells cool down over the years."""

    kind: Literal["test_geothermal"] = "test_geothermal"
    power_mw: units.PositiveMW
    """Power at the start of the run."""
    decline_pu_per_year: units.Fraction = 0.03
    """Share of its power that it loses each year."""
    variable_usd_per_mwh: units.UsdPerMWh = 2.0
    """Variable operation and maintenance."""
    mttf_h: units.PositiveHours = 2000.0
    """Mean time to failure."""
    mttr_h: units.PositiveHours = 40.0
    """Mean time to repair."""

    def start(self, site: Site, name: str) -> None:
        """Offer what the wells give, month by month, and fail now and then."""
        terminal = site.terminal(name, Description(label="geothermal", capacity_mw=self.power_mw))
        terminal.clean_pu = 1.0
        offer = terminal.offer(self.variable_usd_per_mwh)
        terminal.meter(
            bill_line("variable O&M"), lambda rows: rows.accepted_mw(offer) * self.variable_usd_per_mwh
        )
        state = {"mw": self.power_mw, "up": 1.0}

        def show() -> None:
            offer.state(state["mw"] * state["up"])
            terminal.declare_outage("forced outage", state["mw"] * (1.0 - state["up"]))

        def turn(up: float) -> None:
            state["up"] = up
            site.note(name, "repaired" if up else "forced outage", mw=state["mw"])
            show()

        def cool() -> Generator[Event, None, None]:
            while True:
                show()
                yield site.wait_h(730.0)
                years = units.hours(site.env.now) / units.HOURS_PER_YEAR
                state["mw"] = self.power_mw * (1.0 - self.decline_pu_per_year) ** years

        site.process(cool())
        site.process(
            fail_and_repair(
                site,
                site.rng(name),
                mttf_h=self.mttf_h,
                mttr_h=self.mttr_h,
                fail=lambda: turn(0.0),
                repair=lambda: turn(1.0),
            )
        )


class CoolingPond(Load):
    """A pump that fills a pond while power is cheap, and can wait while it is dear."""

    kind: Literal["test_cooling_pond"] = "test_cooling_pond"
    pump_mw: units.PositiveMW
    """IT-side power of the pump."""
    fill_mwh: units.PositiveMWh
    """Energy it takes to fill the pond."""
    worth_usd_per_mwh: units.UsdPerMWh = 70.0
    """Price of power above which it waits."""

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Pump until the pond is full."""
        feed = hall.feed(name, self.worth_usd_per_mwh)

        def pump() -> Generator[Event, None, None]:
            left_mwh = self.fill_mwh
            feed.want(0.0, self.pump_mw)
            while left_mwh > 0.0:
                began_s, mw = site.env.now, self.pump_mw * feed.flexible_pu
                changed = feed.changed()
                full = site.env.wait_until(began_s + units.seconds(left_mwh / mw)) if mw else changed
                yield changed | full
                left_mwh = (
                    0.0 if mw and full.processed else left_mwh - mw * units.hours(site.env.now - began_s)
                )
            feed.want(0.0)
            site.note(name, "full")

        site.process(pump())


ROOT = Path(__file__).parents[1]
STEADY = {"decline_pu_per_year": 0.0, "mttf_h": 1e12}


def campus(**plant: float) -> Campus:
    price = {"times_s": [0.0, 2 * 3600.0, 6 * 3600.0], "values": [60.0, 90.0, 60.0]}
    return Campus(
        name="field",
        facility=Facility(pue=1.25),
        servers={"hall": ServerPool(servers=1000)},
        supply={
            "wells": GeothermalPlant(**{"power_mw": 5.0, **plant}),
            "grid": GridConnection(import_limit_mw=50.0, import_price_usd_per_mwh=price),
        },
        demand={
            "office": MeasuredLoad(power_mw=3.0),
            "pond": CoolingPond(pump_mw=2.0, fill_mwh=10.0),
            "job": TrainingJob(pool="hall", gpus=8000, work_gpu_h=80_000.0),
        },
    )


def test_one_s_own_source_runs_in_the_order_of_its_cost() -> None:
    summary = simulate(campus(**STEADY), days=2).summary
    assert summary.supplied_mwh["wells"] == pytest.approx(5.0 * 48)
    assert summary.cost_lines_usd["variable O&M"] == pytest.approx(5.0 * 48 * 2.0)
    assert summary.capacity_factor["wells"] == pytest.approx(1.0)
    assert summary.balance_residual_mwh == pytest.approx(0.0, abs=1e-9)


def test_one_s_own_load_waits_out_dear_hours_and_has_its_overhead() -> None:
    result = simulate(campus(**STEADY), days=2)
    full = result.events[(result.events["owner"] == "pond") & (result.events["event"] == "full")]
    # 2 h at 2 MW, four dear hours of rest, then the other 6 MWh in 3 h
    assert (full["time"].iloc[0] - result.campus.start).total_seconds() / 3600 == pytest.approx(9.0)
    hours = result.flows["dt_h"]
    assert hours @ result.flows["pond.it_mw"] == pytest.approx(10.0)
    assert hours @ result.flows["pond.served_mw"] == pytest.approx(12.5)
    assert hours @ result.flows["pond.held_back_mw"] == pytest.approx(4 * 2.0 * 1.25)


def test_one_s_own_source_declines_and_fails_with_a_luck_of_its_own() -> None:
    result = simulate(campus(), days=365)
    outages = result.events[result.events["event"] == "forced outage"]
    assert set(outages["owner"]) == {"wells"}
    running = result.flows["wells.delivered_mw"]
    last = running[running > 0.0].iloc[-1]
    assert last == pytest.approx(5.0 * 0.97 ** (11 / 12))
    assert last > 5.0 * exp(-0.04)
    again = simulate(campus(), days=365)
    assert again.events.equals(result.events)


def test_they_are_read_from_a_file_by_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "field.toml"
    path.write_text(
        """
        name = "field"

        [supply.wells]
        kind = "test_geothermal"
        power_mw = 5.0

        [demand.pond]
        kind = "test_cooling_pond"
        pump_mw = 2.0
        fill_mwh = 10.0
        """
    )
    read = Campus.load(path)
    assert read.supply["wells"] == GeothermalPlant(power_mw=5.0)
    assert read.demand["pond"] == CoolingPond(pump_mw=2.0, fill_mwh=10.0)
    read.dump(tmp_path / "again.json")
    assert Campus.load(tmp_path / "again.json") == read
    assert read.with_values({"supply.wells.power_mw": 6.0}).supply["wells"] == GeothermalPlant(power_mw=6.0)


def test_their_mistakes_are_refused_in_the_same_words() -> None:
    with pytest.raises(SpecError) as refused:
        Campus(
            name="field",
            supply={"wells": {"kind": "test_geothermal", "power_mw": -5.0, "declin_pu_per_year": 0.1}},
            demand={"pond": {"kind": "test_coling_pond"}},
        )
    assert str(refused.value).split("\n")[:2] == [
        "supply.wells: power_mw = -5.0 MW; allowed: a finite number at least 1e-09 and at most 1e+06 MW",
        "supply.wells: declin_pu_per_year is unknown; nearest: decline_pu_per_year",
    ]
    assert (
        str(refused.value)
        .split("\n")[2]
        .startswith("demand.pond: kind = 'test_coling_pond' is unknown; nearest: test_cooling_pond")
    )


def test_their_fields_are_described_by_a_schema_with_units() -> None:
    schema = Source.members["test_geothermal"].model_json_schema()
    assert schema["properties"]["power_mw"]["unit"] == "MW"
    assert schema["properties"]["power_mw"]["description"] == "Power at the start of the run."
    assert schema["required"] == ["power_mw"]
    assert Load.members["test_cooling_pond"] is CoolingPond


def test_one_s_own_kinds_are_part_of_the_hash() -> None:
    assert campus(**STEADY).content_hash() != campus().content_hash()


def lagoon_campus(turbine_mw: float = 5.0) -> Campus:
    return Campus(
        name="bay",
        supply={
            "lagoon": TidalLagoon(turbine_mw=turbine_mw),
            "grid": GridConnection(import_limit_mw=2.0, import_price_usd_per_mwh=90.0),
        },
        demand={"office": MeasuredLoad(power_mw=2.0), "ice": IceMaker(power_mw=1.0)},
    )


@pytest.fixture(scope="module")
def bay() -> Result:
    """Two days of the bay.

    The tide runs from 0 to 6, 12 to 18, 24 to 30 and 36 to 42 h; the storm takes that of 24 to 30 h when it
    begins then, here it begins at 30 h and takes nothing of it. While the tide runs 3 of its 5 MW serve the
    loads; at other times the basin gives nothing until it has more than 1 MWh, and the grid gives 2 MW.
    """
    return simulate(lagoon_campus(), days=2)


def test_reasons_of_one_s_own_are_told_with_their_energy(bay: Result) -> None:
    summary = bay.summary
    assert set(summary.curtailed_by_reason_mwh) == {"fish passage"}
    report = " ".join(bay.report().split())
    assert "by reason: fish passage 48.0" in report  # 4 tides of 6 h, 2 MW each
    # from 30 to 36 h the storm is declared for 5 MW; the ice maker is short of 1 MW all that time
    assert summary.unserved_by_reason_mwh["storm"] == pytest.approx(6.0)
    assert summary.unserved_by_reason_mwh["capacity"] == pytest.approx(2 * 6.0 + 6.0)
    assert "by reason: capacity 18.0, storm 6.00" in report


def test_an_account_of_one_s_own_is_found_in_its_unit(bay: Result) -> None:
    water = bay.summary.accounts["water_released_m3"]
    assert water == pytest.approx(4 * 6.0 * 3.0 * 9000.0)
    assert f"- Water released: {water:,.0f} m3" in bay.report()
    assert bay.summary.accounts["ice_made_t"] == pytest.approx(4 * 6.0 * 12.0)
    rows = bay.accounts.set_index("account")
    assert (rows.loc["ice_made_t", "unit"], rows.loc["ice_made_t", "owner"]) == ("t", "ice")


def test_an_account_of_one_s_own_is_kept_at_its_grain(bay: Result) -> None:
    months = bay.account("water_released_m3")
    assert months["lagoon"].tolist() == [bay.summary.accounts["water_released_m3"]]
    assert months.index[0] == bay.calendar.at(0.0)
    bins = bay.account("level_hours_h")["lagoon"]
    assert bins.tolist() == pytest.approx([24.0, 24.0, 0.0])
    assert bins.index[1].left == 2.0
    bill = bay.account("cost_usd")
    assert list(bill.columns) == ["grid.energy charge", "grid.export revenue"]
    with pytest.raises(SpecError, match="account = 'water_m3' does not exist; nearest: water_released_m3"):
        bay.account("water_m3")


def test_an_account_that_keeps_what_it_has_seen_counts_across_rows(bay: Result) -> None:
    # power goes away at 6, 18, 30 and 42 h
    assert bay.summary.accounts["batches_spoiled"] == 4.0
    assert bay.summary.accounts["batches_spoiled.no power"] == 4.0


def test_a_histogram_of_one_s_own_has_hours_in_bins(bay: Result) -> None:
    bins = {name: hours for name, hours in bay.summary.accounts.items() if name.startswith("level_hours_h.")}
    assert bins == pytest.approx(
        {"level_hours_h.0 to 2": 24.0, "level_hours_h.2 to 4": 24.0, "level_hours_h.4 to 100": 0.0}
    )


def test_size_caveat_limits_and_firm_capacity_of_one_s_own_are_reported(bay: Result) -> None:
    report = bay.report()
    assert "5 MW / 8 MWh" in report
    assert "lagoon: no lagoon of this kind has been built" in report.replace("\n  ", " ")
    assert "lagoon empty" in report
    assert bay.firm_mw.value_at(0.0) == 1.0 + 2.0  # the lagoon says 1 MW, the grid its limit
    assert bay.participant("lagoon").label == "lagoon"


def test_one_s_own_source_is_drawn_in_the_slot_it_chose(bay: Result) -> None:
    figure = bay.plot()
    (legend,) = figure.legends
    handles = dict(zip([text.get_text() for text in legend.get_texts()], legend.get_patches(), strict=False))
    assert to_hex(handles["lagoon"].get_facecolor()).upper() == SLOTS["d"]


def test_accounts_of_one_s_own_are_compared_and_swept(bay: Result) -> None:
    larger = simulate(lagoon_campus(9.0), days=2)
    frame = compare({"small": bay, "large": larger}).frame
    assert frame.loc["water_released_m3", "small"] == bay.summary.accounts["water_released_m3"]
    assert frame.loc["ice_made_t", "large"] == pytest.approx(288.0)
    swept = sweep(lagoon_campus(), over={"supply.lagoon.turbine_mw": [5.0, 9.0]}, days=2, jobs=2)
    assert swept.points["water_released_m3"].tolist() == pytest.approx(
        frame.loc["water_released_m3"].tolist()
    )
    assert {"batches_spoiled", "batches_spoiled.no power", "ice_made_t"} <= set(swept.points.columns)


def test_they_are_in_the_schema() -> None:
    definitions = json_schema()["$defs"]
    assert definitions["TidalLagoon"]["properties"]["turbine_mw"]["unit"] == "MW"
    assert definitions["IceMaker"]["properties"]["power_mw"]["description"] == "Power wanted."


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from sim.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-c", code, *words]
    return subprocess.run(run, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_they_are_run_swept_and_read_again_from_the_command_line(tmp_path: Path, bay: Result) -> None:
    shutil.copy(Path(lagoon.__file__).with_name("bay.toml"), tmp_path)
    own = ("--import", str(Path(lagoon.__file__)))
    refused = command("run", "bay.toml", folder=tmp_path)
    assert refused.returncode == 2
    assert "kind = 'tidal_lagoon' is unknown" in refused.stderr
    ran = command("run", "bay.toml", "--days", "2", "--out", "out", *own, folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == bay.report()
    swept = command(
        "sweep", "bay.toml", "--days", "2", "--over", "supply.lagoon.turbine_mw=5,9", "--jobs", "2", *own,
        "--metric", "water_released_m3", folder=tmp_path,
    )  # fmt: skip
    assert swept.returncode == 0, swept.stderr
    assert f"{bay.summary.accounts['water_released_m3']:,.0f}" in swept.stdout
    # a saved result needs no code of theirs
    assert command("show", "out", folder=tmp_path).stdout == bay.report()
    assert "No metric differs" in command("compare", "out", "out", folder=tmp_path).stdout


def test_a_saved_result_is_complete_without_its_inputs(tmp_path: Path) -> None:
    hours = [f"2025-01-0{1 + at // 24}T{at % 24:02d}:00:00Z" for at in range(48)]
    for name, values in {"price": range(48), "limit": [1.0 + at % 3 for at in range(48)]}.items():
        lines = [f"{hour},{value}" for hour, value in zip(hours, values, strict=True)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["time,value", *lines]) + "\n")
    shutil.copy(shipped_file(), tmp_path / "weather.csv")
    made = Campus(
        name="from files",
        weather={"kind": "typical_year", "file": str(tmp_path / "weather.csv")},
        supply={
            "grid": GridConnection(
                import_limit_mw=5.0,
                import_price_usd_per_mwh={"csv": str(tmp_path / "price.csv"), "column": "value"},
                export_limit_mw={"csv": str(tmp_path / "limit.csv"), "column": "value"},
                export_price_usd_per_mwh=5.0,
            ),
            "sun": SolarPlant(capacity_mw=8.0),
            "battery": Battery(power_mw=1.0, energy_mwh=2.0),
        },
        demand={"office": MeasuredLoad(power_mw=3.0)},
    )
    result = simulate(made, days=2)
    result.save(tmp_path / "here" / "out")
    report, figure = result.report(), pixels(result)
    shutil.move(tmp_path / "here", tmp_path / "elsewhere")
    for file in tmp_path.glob("*.csv"):
        file.unlink()
    there = tmp_path / "elsewhere" / "out"
    read = Result.load(there)
    assert read.report() == report == (there / "report.md").read_text()
    assert pixels(read) == figure == (there / "dispatch.png").read_bytes()
    assert command("show", str(there), folder=tmp_path).stdout == report
    assert compare([there, there]).differences.abs().max().max() == 0.0
    read.save(tmp_path / "again")
    for name in ("books.json", "flows.parquet", "campus.json", "summary.json", "report.md"):
        assert (tmp_path / "again" / name).read_bytes() == (there / name).read_bytes(), name


def pixels(result: Result) -> bytes:
    held = io.BytesIO()
    result.plot().savefig(held, format="png")
    return held.getvalue()


class Wrong(Source):
    """A source with a mistake in its start, or an account that has the name of a metric."""

    kind: Literal["test_wrong"] = "test_wrong"
    account: str = "cost_usd_of_mine"

    def start(self, site: Site, name: str) -> None:
        """Divide by nothing, or contribute the account."""
        terminal = site.terminal(name)
        if self.account == "nothing":
            raise ZeroDivisionError("division by zero")
        terminal.meter(Account(self.account, "m3", "Mine"), lambda rows: rows.t_s)


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("nothing", "supply: odd raised ZeroDivisionError: division by zero"),
        (
            "unserved_mwh",
            "accounts: unserved_mwh is the name of a built-in metric; choose another name for the account",
        ),
        ("jobs", "accounts: jobs is the name of a built-in metric; choose another name for the account"),
    ],
)
def test_a_mistake_of_one_s_own_kind_is_one_message_before_the_clock_starts(
    account: str, message: str
) -> None:
    with pytest.raises(SpecError) as refused:
        simulate(Campus(name="c", supply={"odd": Wrong(account=account)}), days=1)
    assert str(refused.value) == message


def test_a_metric_that_does_not_exist_is_refused_after_the_table_of_a_sweep_of_own_kinds(
    tmp_path: Path,
) -> None:
    shutil.copy(Path(lagoon.__file__).with_name("bay.toml"), tmp_path)
    words = [
        "sweep",
        "bay.toml",
        "--days",
        "1",
        "--over",
        "supply.lagoon.turbine_mw=5,9",
        "--metric",
        "brine",
    ]
    done = command(*words, "--import", str(Path(lagoon.__file__)), folder=tmp_path)
    assert done.returncode == 2
    assert "metric brine does not exist" in done.stderr
    assert "water_released_m3" in done.stdout  # the usual table, own accounts included
