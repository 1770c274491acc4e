"""The regret of runs that can be computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from builders import compute, serve, steps, told
from tariff_records import record, write

from sim import Campus, Result, simulate
from sim.campus import (
    Battery,
    GridConnection,
    InferenceStream,
    MeasuredLoad,
    MeasuredSource,
    ServerPool,
    SleevedAgreement,
    TrainingJob,
)
from sim.report.markdown import to_markdown
from sim.site import Site, Source

IDLE: dict[str, Any] = {"kind": "timetable", "power_mw": 0.0}
LOSSLESS: dict[str, Any] = {
    "charge_efficiency_pu": 1.0,
    "discharge_efficiency_pu": 1.0,
    "min_soc_pu": 0.0,
    "initial_soc_pu": 0.0,
}


def two_prices(**battery: Any) -> Result:
    """A day of a 3 MW load: 20 USD/MWh for 12 h, 100 USD/MWh for 12 h, beside a store of 1 MW and 4 MWh."""
    rated = {"power_mw": 1.0, "energy_mwh": 4.0, **LOSSLESS, **battery}
    grid = GridConnection(import_limit_mw=10.0, import_price_usd_per_mwh=steps((0, 20.0), (12, 100.0)))
    return serve(3.0, {"grid": grid, "battery": Battery(**rated)})


def test_a_campus_without_choices_has_no_regret() -> None:
    found = serve(3.0, {"grid": GridConnection(import_limit_mw=2.0, import_price_usd_per_mwh=50.0)}).regret()
    # 2 MW x 24 h x 50 USD/MWh, and 1 MW x 24 h unserved at 5,000 USD/MWh
    assert found.simulated_usd == pytest.approx(2400.0 + 120_000.0)
    assert found.gap_usd == pytest.approx(0.0, abs=1e-6)
    assert found.intervals == 1


def test_an_idle_store_regrets_what_two_prices_would_have_paid() -> None:
    found = two_prices(strategy=IDLE).regret()
    # 3 MW x 12 h x (20 + 100); 4 MWh moved from 100 to 20
    assert found.simulated_usd == pytest.approx(4320.0)
    assert found.gap_usd == pytest.approx(4.0 * 80.0)
    assert found.gap_pu == pytest.approx(320.0 / 4000.0)
    assert found.by_flow()["battery.charge_mw"] == pytest.approx((0.0, 4.0))
    assert found.intervals == 2


def test_losses_and_wear_count_in_the_bound() -> None:
    found = two_prices(strategy=IDLE, charge_efficiency_pu=0.8, wear_usd_per_mwh=5.0).regret()
    # 5 MWh at 20 give 4 MWh at 100, which wear 5 each
    assert found.gap_usd == pytest.approx(4.0 * 95.0 - 5.0 * 20.0)
    assert found.by_line()["wear"] == pytest.approx((0.0, 20.0))


def test_the_carbon_of_imports_counts_at_its_price() -> None:
    carbon = steps((0, 100.0), (12, 500.0))
    grid = GridConnection(import_limit_mw=10.0, import_price_usd_per_mwh=50.0, carbon_kgco2_per_mwh=carbon)
    store = Battery(power_mw=1.0, energy_mwh=4.0, strategy=IDLE, **LOSSLESS)
    found = serve(3.0, {"grid": grid, "battery": store}, carbon_usd_per_t=100.0).regret()
    # 3 MW x 12 h at 10 and at 50 USD/MWh; 4 MWh are moved from the second half to the first
    assert found.by_line()["carbon cost"] == pytest.approx((2160.0, 2000.0))
    assert found.by_line()["energy charge"] == pytest.approx((3600.0, 3600.0))


@pytest.mark.parametrize(
    ("battery", "moved_mwh"),
    [
        ({"charge_power_mw": 0.25}, 3.0),  # 12 h x 0.25 MW of charging
        ({"power_mw": 0.25, "charge_power_mw": 2.0}, 3.0),  # 12 h x 0.25 MW of discharging
        ({"power_mw": 0.25}, 3.0),
        ({"charge_power_mw": 0.0}, 0.0),
        ({"power_mw": 0.0, "charge_power_mw": 1.0}, 0.0),
        ({"in_service": 10 / 24}, 2.0),  # 2 h x 1 MW of charging
        ({"in_service": 10 / 24, "charge_power_mw": 0.5}, 1.0),
        ({"retired": 13.5 / 24}, 1.5),  # 1.5 h x 1 MW of discharging
        ({"retired": 14 / 24, "power_mw": 0.5}, 1.0),
    ],
)
def test_a_store_moves_what_its_power_and_its_service_allow(
    battery: dict[str, Any], moved_mwh: float
) -> None:
    found = two_prices(strategy=IDLE, **battery).regret()
    assert found.gap_usd == pytest.approx(moved_mwh * 80.0, abs=1e-6)


def test_what_is_given_back_is_less_by_its_loss() -> None:
    # 4 MWh bought at 20 give 2 MWh at 100
    found = two_prices(strategy=IDLE, discharge_efficiency_pu=0.5).regret()
    assert found.gap_usd == pytest.approx(2.0 * 100.0 - 4.0 * 20.0)


def test_the_level_keeps_its_bounds() -> None:
    # of 1 to 3 MWh, 2 are moved
    found = two_prices(strategy=IDLE, min_soc_pu=0.25, max_soc_pu=0.75, initial_soc_pu=0.25).regret()
    assert found.gap_usd == pytest.approx(2.0 * 80.0)


def test_what_a_store_loses_by_standing_may_be_sold_in_the_bound() -> None:
    # 0.05 MW x 24 h are lost; of 4 MWh, 2.8 are left, and 1.2 MWh more are sold at 100
    full = {"strategy": IDLE, "initial_soc_pu": 1.0, "standing_loss_mw": 0.05}
    assert two_prices(**full).regret().gap_usd == pytest.approx(1.2 * 100.0)
    # with 0.01 MW only 0.24 MWh can be sold, and the rest is lost in the bound too
    weak = two_prices(**full, power_mw=0.01, charge_power_mw=0.0).regret()
    assert weak.gap_usd == pytest.approx(0.12 * (20.0 + 100.0))


def test_a_store_loses_no_more_by_standing_than_its_rate() -> None:
    # who is paid for import would lose more than 0.05 MW
    store = Battery(
        power_mw=1.0,
        energy_mwh=4.0,
        strategy=IDLE,
        **{**LOSSLESS, "initial_soc_pu": 1.0},
        standing_loss_mw=0.05,
    )
    grid = GridConnection(import_limit_mw=10.0, import_price_usd_per_mwh=-10.0)
    assert serve(3.0, {"grid": grid, "battery": store}).regret().gap_usd == pytest.approx(0.0, abs=1e-6)


def test_charging_and_discharging_share_the_time_of_an_interval() -> None:
    store = Battery(power_mw=2.0, energy_mwh=4.0, strategy=IDLE, **{**LOSSLESS, "charge_efficiency_pu": 0.5})
    grid = GridConnection(import_limit_mw=10.0, import_price_usd_per_mwh=-10.0)
    found = serve(3.0, {"grid": grid, "battery": store}).regret()
    # who is paid for import wastes it: 2 MWh charged for 1 MWh given back keep the level, so it charges for
    # 2/3 of the time and draws 2/3 x 2 MW less 1/3 x 2 MW more
    assert found.gap_usd == pytest.approx(24.0 * 2.0 / 3.0 * 10.0)


def test_a_store_that_trades_as_foresight_would_has_no_regret() -> None:
    assert two_prices(strategy={"kind": "day_ahead"}).regret().gap_usd == pytest.approx(0.0, abs=1e-6)


def test_the_level_of_the_end_is_that_of_the_run() -> None:
    charging = {"kind": "timetable", "power_mw": {"times_s": [0.0, 43_200.0], "values": [0.0, -1.0]}}
    found = two_prices(strategy=charging).regret()
    # the run charges 4 MWh at 100 and keeps them; the program charges them at 20
    assert found.gap_usd == pytest.approx(4.0 * 80.0)


def test_a_demand_charge_is_shaved_to_the_mean() -> None:
    grid = GridConnection(
        import_limit_mw=10.0, import_price_usd_per_mwh=50.0, demand_charge_usd_per_mw_month=1000.0
    )
    store = Battery(power_mw=5.0, energy_mwh=50.0, strategy=IDLE, **LOSSLESS)
    found = serve(steps((0, 2.0), (12, 4.0)), {"grid": grid, "battery": store}).regret()
    # 2 MW for 12 h and 4 MW for 12 h are 3 MW on average: 12 MWh are moved
    assert found.by_line()["demand charge"] == pytest.approx((4000.0, 3000.0))
    assert found.by_line()["energy charge"] == pytest.approx((3600.0, 3600.0))
    assert found.by_month() == {"2025-01": pytest.approx((7600.0, 6600.0))}


def test_a_ratchet_and_a_minimum_take_are_billed_in_the_bound_too() -> None:
    demand = {
        "usd_per_mw_month": 100.0,
        "contracted_mw": 4.0,
        "least_pu": 0.5,
        "ratchet": {"share_pu": 0.5, "peaks_before_mw": {"2025-04": 9.0}},
    }
    tariff = {"kind": "rates", "import_price_usd_per_mwh": 0.0, "demand": [demand]}
    grid = GridConnection(import_limit_mw=10.0, tariff=tariff)
    made = Campus(
        name="floors",
        start="2025-05-31T00:00:00Z",
        supply={"grid": grid},
        demand={"load": MeasuredLoad(power_mw=1.0)},
    )
    found = simulate(made, days=2.0).regret()
    # half of April's 9 MW are billed in both months, more than the 2 MW of the minimum take
    assert found.by_month() == {
        "2025-05": pytest.approx((450.0, 450.0)),
        "2025-06": pytest.approx((450.0, 450.0)),
    }


def test_an_interruption_within_a_demand_interval_cuts_around_it() -> None:
    source = MeasuredSource(power_mw=steps((0, 2.0), (10.1, 0.0), (10.2, 2.0)))
    grid = GridConnection(import_limit_mw=5.0, demand_charge_usd_per_mw_month=100.0)
    found = serve(2.0, {"grid": grid, "source": source}).regret()
    # 0.1 h x 2 MW in a quarter: a mean of 0.8 MW
    assert found.by_line()["demand charge"] == pytest.approx((80.0, 80.0))
    assert found.gap_usd == pytest.approx(0.0, abs=1e-6)


def test_imports_are_not_resold() -> None:
    grid = GridConnection(
        import_limit_mw=10.0,
        export_limit_mw=10.0,
        import_price_usd_per_mwh=50.0,
        export_price_usd_per_mwh=80.0,
    )
    assert serve(3.0, {"grid": grid}).regret().gap_usd == pytest.approx(0.0, abs=1e-6)


def test_power_flows_one_way_at_a_time() -> None:
    """Sun and load are behind one meter, so what is exported is not bought again at the same time."""
    grid = GridConnection(
        import_limit_mw=0.4,
        export_limit_mw=0.6,
        import_price_usd_per_mwh=50.0,
        export_price_usd_per_mwh=80.0,
    )
    found = serve(0.3, {"grid": grid, "sun": MeasuredSource(power_mw=0.4)}).regret()
    # it exports 0.1 MW; the mean of importing x and of exporting 0.1 + x has x / 0.4 + (0.1 + x) / 0.6 = 1
    assert found.simulated_usd == pytest.approx(24.0 * -0.1 * 80.0)
    assert found.bound_usd == pytest.approx(24.0 * (0.2 * 50.0 - 0.3 * 80.0))


def test_a_connection_may_export_alone() -> None:
    grid = GridConnection(import_limit_mw=0.0, export_limit_mw=0.6, export_price_usd_per_mwh=80.0)
    found = serve(0.3, {"grid": grid, "sun": MeasuredSource(power_mw=1.4)}).regret()
    assert found.by_flow()["grid.export_mw"] == pytest.approx((24.0 * 0.6, 24.0 * 0.6))
    assert found.gap_usd == pytest.approx(0.0, abs=1e-6)


def test_a_limit_of_export_counts_from_when_it_changes() -> None:
    limit = steps((0, 0.2), (10.1, 0.6))
    grid = GridConnection(import_limit_mw=1.0, export_limit_mw=limit, export_price_usd_per_mwh=80.0)
    found = serve(0.3, {"grid": grid, "sun": MeasuredSource(power_mw=1.3)}).regret()
    assert found.by_flow()["grid.export_mw"] == pytest.approx((10.36, 10.1 * 0.2 + 13.9 * 0.6))
    assert found.gap_usd == pytest.approx(0.0, abs=1e-6)


def test_power_of_a_source_counts_at_its_price() -> None:
    source = MeasuredSource(power_mw=2.0, cost_usd_per_mwh=20.0, dispatch_usd_per_mwh=60.0)
    grid = GridConnection(import_limit_mw=9.0, import_price_usd_per_mwh=50.0)
    found = serve(3.0, {"grid": grid, "wind": source}).regret()
    # it is dispatched at 60 USD/MWh, after import at 50; paid at 20 it would have been cheaper
    assert found.by_participant() == {
        "grid": pytest.approx((24.0 * 3.0 * 50.0, 24.0 * 50.0)),
        "wind": pytest.approx((0.0, 24.0 * 2.0 * 20.0)),
    }


def test_a_year_of_hours_with_a_store_has_hours_as_intervals() -> None:
    price = {"times_s": (3600.0 * np.arange(8760)).tolist(), "values": [40.0, 60.0] * 4380}
    grid = GridConnection(
        import_limit_mw=9.0, import_price_usd_per_mwh=price, demand_charge_usd_per_mw_month=1.0
    )
    result = serve(3.0, {"grid": grid, "battery": Battery(power_mw=1.0, energy_mwh=4.0)}, days=365.0)
    assert result.regret().intervals == 8760


def test_the_frame_has_both_sides_by_month_and_participant() -> None:
    found = two_prices(strategy=IDLE).regret()
    frame = found.frame
    assert list(frame.columns) == ["month", "participant", "what", "unit", "simulated", "bound", "gap"]
    cost = frame[frame["unit"] == "USD"]
    assert cost["gap"].sum() == pytest.approx(found.gap_usd)
    assert set(frame["participant"]) == {"grid", "battery"}


def test_its_report_says_what_could_have_been_saved() -> None:
    found = two_prices(strategy=IDLE).regret()
    text = to_markdown(found.document())
    assert text == str(found) == found._repr_markdown_()
    assert "At most 320 USD (8.0 % of the bound) could have been saved" in text
    assert "| energy charge |         4,320 |     4,000 |     320 |" in text


def test_means_are_refused() -> None:
    result = serve(3.0, {"grid": GridConnection(import_limit_mw=9.0)}, record_s=3600.0)
    message = "test: record_s = 3600 s; allowed: a run that records every change, for its regret"
    assert told(result.regret) == message


class OwnJob(TrainingJob):
    """A job of a user's own, which may work in any way."""

    kind: Literal["own_job"] = "own_job"  # type: ignore[assignment]


def test_jobs_of_a_kind_of_ones_own_are_refused_by_name() -> None:
    job = OwnJob(pool="hall", gpus=8, work_gpu_h=8.0)
    message = "demand: mine has jobs of your own kind, which regret cannot move yet"
    assert told(compute(ServerPool(servers=1), {"mine": job}).regret) == message


def test_requests_that_wait_for_a_price_are_refused_by_name() -> None:
    classes = {
        "night": {
            "prompt_tokens": {"mean": 100.0},
            "output_tokens": {"mean": 100.0},
            "worth_usd_per_mwh": 50.0,
            "deadline_h": 9.0,
        }
    }
    stream = InferenceStream(
        pool="hall", replicas=1, model="llama2_70b_8xh200", requests_per_s=1.0, classes=classes
    )
    message = "demand: chat has power that waits for a price, which regret cannot move yet"
    assert told(compute(ServerPool(servers=1), {"chat": stream}).regret) == message


class Sun(Source):
    """A source of a user's own, whose cost is not known."""

    kind: Literal["own_sun"] = "own_sun"

    def start(self, site: Site, name: str) -> None:
        site.terminal(name).offer(0.0).state(1.0)


def test_a_source_whose_cost_is_not_known_is_refused() -> None:
    result = serve(3.0, {"grid": GridConnection(import_limit_mw=9.0), "sun": Sun()})
    assert (
        told(result.regret)
        == "supply: sun is of kind own_sun, whose least cost is not known; regret needs it"
    )


def test_output_through_the_utility_takes_the_place_of_imports() -> None:
    sleeved = SleevedAgreement(connection="grid", contracted_mw=1.0, price_usd_per_mwh=40.0)
    grid = GridConnection(import_limit_mw=9.0, import_price_usd_per_mwh=50.0)
    found = serve(3.0, {"grid": grid}, agreements={"wind": sleeved}).regret()
    # 3 MW x 24 h x 50, and 1 MW x 24 h x (40 - 50)
    assert found.by_line() == {
        "PPA cost": pytest.approx((-240.0, -240.0)),
        "energy charge": pytest.approx((3600.0, 3600.0)),
    }


def test_rising_tiers_of_energy_are_filled_in_order(tmp_path: Path) -> None:
    tiers = [{"rate": 0.1, "max": 24_000.0, "unit": "kWh"}, {"rate": 0.2}]
    rates = write(tmp_path / "rates.json", record(energyratestructure=[tiers]))
    grid = GridConnection(import_limit_mw=9.0, tariff={"kind": "urdb", "file": str(rates)})
    found = serve(3.0, {"grid": grid}).regret()
    # 24 of 72 MWh at 100 USD/MWh, the rest at 200
    assert found.by_line()["energy charge"] == pytest.approx((12_000.0, 12_000.0))
