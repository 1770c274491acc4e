"""The strategy: one of one's own in one file, read, run and refused like the built-in ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from builders import serve, steps, told

from sim import Campus, Result, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad, PeakShaving, Strategy
from sim.errors import SpecError
from sim.plant.store import Store
from sim.site import Site
from sim.strategies.strategy import Ratings
from sim.timeseries.profile import PriceProfile


class NightAndDay(Strategy):
    """The store charges by night and discharges by day, whatever the price."""

    kind: Literal["test_night_and_day"] = "test_night_and_day"
    worth_usd_per_mwh: PriceProfile
    """What a megawatt-hour is worth: above 500 USD/MWh it discharges, below it charges."""

    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Play one price for both directions."""
        if ratings.reserve_usd_per_mwh <= 1000.0:
            raise self.refuse("worth_usd_per_mwh", "a reserve above 1000 USD/MWh")

        def turn(usd_per_mwh: float) -> None:
            is_day = usd_per_mwh > 500.0
            store.charge.reprice(-900.0 if is_day else 900.0)
            store.discharge.reprice(-800.0 if is_day else 1000.0)

        site.play(site.series(self, "worth_usd_per_mwh"), turn)
        return f"{ratings.name} charges by night"


DAY = {"base": 0.0, "windows": [{"value": 800.0, "from_hour": 6, "to_hour": 22}]}


def run(**values: float) -> Result:
    rated = {"power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 0.2, **values}
    battery = Battery(**rated, strategy=NightAndDay(worth_usd_per_mwh=DAY))
    return serve(10.0, {"battery": battery, "grid": GridConnection(import_limit_mw=50.0)})


def test_one_s_own_strategy_drives_a_store() -> None:
    result = run()
    # 16 / 0.948 MWh are taken from midnight on, 16 x 0.948 given from six o'clock on, and again from ten
    assert result.flows["battery.charge_mw"].iloc[0] == pytest.approx(5.0)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(16 * 0.948, rel=1e-7)
    assert result.summary.charged_mwh["battery"] == pytest.approx(16 / 0.948 + 2 * 5.0, rel=1e-7)
    assert "battery: battery charges by night" in result.report()


def test_one_s_own_strategy_is_read_from_a_file_and_part_of_the_hash(tmp_path: Path) -> None:
    made = run().campus
    made.dump(tmp_path / "campus.toml")
    read = Campus.load(tmp_path / "campus.toml")
    assert read == made
    assert read.content_hash() == made.content_hash()
    other = made.with_values({"supply.battery.strategy.worth_usd_per_mwh": 10.0})
    assert other.content_hash() != made.content_hash()


def test_a_refusal_of_one_s_own_strategy_names_the_store() -> None:
    with pytest.raises(SpecError) as refused:
        run(reserve_above_usd_per_mwh=900.0)
    assert str(refused.value).startswith("supply.battery.strategy: worth_usd_per_mwh = ")
    assert str(refused.value).endswith("; allowed: a reserve above 1000 USD/MWh")


def test_a_kind_gives_a_store_without_a_strategy_one_with_its_defaults() -> None:
    plain = Battery(power_mw=5.0, energy_mwh=20.0)
    assert plain.with_values({"strategy.kind": "peak_shaving"}).strategy == PeakShaving()
    assert "'peak_shavin' is unknown; nearest: peak_shaving" in told(
        lambda: plain.with_values({"strategy.kind": "peak_shavin"})
    )
    assert "strategy.target_mw does not exist" in told(lambda: plain.with_values({"strategy.target_mw": 3.0}))


def test_an_unknown_kind_or_key_of_a_strategy_is_refused() -> None:
    supply = {"battery": {"kind": "battery", "power_mw": 1.0, "energy_mwh": 4.0, "strategy": {}}}
    assert "strategy" in told(lambda: Campus(name="test", supply=supply))
    supply["battery"]["strategy"] = {"kind": "peak_shaving", "target": 3.0}
    message = told(lambda: Campus(name="test", supply=supply))
    assert message.startswith("supply.battery.strategy: target is unknown; nearest: target_mw")


def test_a_strategy_without_a_connection_is_refused_before_the_clock_starts() -> None:
    battery = Battery(power_mw=1.0, energy_mwh=4.0, strategy={"kind": "solar_shifting"})
    made = Campus(name="test", supply={"battery": battery}, demand={"load": MeasuredLoad(power_mw=1.0)})
    assert told(lambda: simulate(made, days=1.0)) == (
        "supply.battery.strategy: connection is missing; known: none: the strategy needs a grid connection"
    )


def test_a_battery_that_enters_service_later_has_its_strategy_then() -> None:
    battery = Battery(
        power_mw=5.0,
        energy_mwh=20.0,
        in_service=0.5,
        strategy={"kind": "timetable", "power_mw": steps((0, 5.0), (13, 0.0))},
    )
    result = serve(10.0, {"battery": battery, "grid": GridConnection(import_limit_mw=50.0)})
    assert result.summary.discharged_mwh["battery"] == pytest.approx(5.0)  # from 12 h to 13 h
