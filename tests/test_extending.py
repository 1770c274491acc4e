"""A source and a load of one's own, each one class, used like those that come with the simulator."""

from __future__ import annotations

from collections.abc import Generator
from math import exp
from pathlib import Path
from typing import Literal

import pytest
from simpy import Event

from sim import Campus, SpecError, simulate, units
from sim.bus.description import Description
from sim.campus import Facility, GridConnection, MeasuredLoad, ServerPool, TrainingJob
from sim.contracts.bill import bill_line
from sim.demand.hall import Hall, Load
from sim.plant.outages import fail_and_repair
from sim.site import Site, Source


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
    assert hours @ result.flows["pond.deferred_mw"] == pytest.approx(4 * 2.0 * 1.25)


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
        "supply.wells: power_mw = -5.0 MW; allowed: a finite number above 0 MW",
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
