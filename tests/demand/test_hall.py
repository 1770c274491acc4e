"""The hall: pools and feeds by name."""

from __future__ import annotations

import pytest
from builders import compute, told
from sites import site

from sim.compute.servers import ServerPool
from sim.demand.facility import Facility
from sim.demand.hall import Hall, Load, Placement
from sim.demand.inference import InferenceStream
from sim.demand.measured import MeasuredLoad
from sim.demand.training import TrainingJob
from sim.demand.workload import Workload
from sim.workload.job_draw import JobDraw


def test_a_pool_draws_at_the_bus_under_its_own_name() -> None:
    stand = site()
    hall = Hall(stand, Facility(pue=1.5))
    hall.add_pool("hall", ServerPool(servers=4, idle_w=1e6, busy_w=2e6))
    offer = stand.terminal("plant").offer(1.0)
    offer.state(100.0)
    stand.run()
    assert offer.accepted_mw == pytest.approx(4 * 1.0 * 1.5)
    assert stand.bus.terminals["hall"].power_mw == pytest.approx(6.0)


def test_a_name_can_be_had_once() -> None:
    hall = Hall(site(), Facility())
    hall.feed("load")
    with pytest.raises(ValueError, match=r"^load: this name is already used by another participant$"):
        hall.feed("load")


def test_each_load_says_what_it_needs_of_a_pool() -> None:
    job = TrainingJob(pool="hall", gpus=4, work_gpu_h=1.0)
    stream = InferenceStream(
        pool="hall", replicas=3, model="llama2_70b_8xh200", requests_per_s=1.0, classes={"all": "chat"}
    )
    assert job.placement() == Placement("hall", 4, permanent=False)
    assert stream.placement() == Placement("hall", 24, permanent=True, field="replicas", each=8)
    jobs = Workload(pool="hall", jobs=JobDraw(arrivals_per_h=1.0, gpus=(8,)))
    assert jobs.placement() == Placement("hall", 0, permanent=False)
    assert MeasuredLoad(power_mw=1.0).placement() is None


def test_loads_are_made_from_plain_data_by_their_kind() -> None:
    assert Load.build({"kind": "measured_load", "power_mw": 2.0}) == MeasuredLoad(power_mw=2.0)


def test_jobs_whose_worths_are_shown_alike_have_tiers_of_their_own() -> None:
    jobs = {
        name: TrainingJob(pool="hall", gpus=8, work_gpu_h=8.0, worth_usd_per_mwh=worth)
        for name, worth in (("one", 150.0), ("two", 150.0000001))
    }
    flows = compute(ServerPool(servers=2), jobs).flows
    assert {"hall jobs at 150 USD/MWh.served_mw", "hall jobs at 150 USD/MWh (2).served_mw"} <= {
        *flows.columns
    }


@pytest.mark.parametrize(("worth", "price"), [(150.0, 20.0), (4900.0, 20.0), (0.0, 0.0), (0.0, -5.0)])
def test_the_floor_of_a_response_is_served_before_what_is_above_it_whatever_power_is_worth(
    worth: float, price: float
) -> None:
    # 1 MW at full speed, 0.2 of it idle; at the floor accelerators give up 0.45 of 665.7 W a GPU: 0.700 MW
    # remain. The first two blocks are worth 1.029 x the worth: above firm power at 4,900 USD/MWh
    pool = ServerPool(servers=100, gpus_per_server=10, idle_w=2000.0, busy_w=10_000.0)
    response = {"dead_pu": 0.5, "bend": 5.0, "floor_pu": 0.55}
    job = TrainingJob(pool="hall", gpus=1000, work_gpu_h=1e5, response=response, worth_usd_per_mwh=worth)
    result = compute(pool, {"job": job}, import_limit_mw=0.8, import_price_usd_per_mwh=price)
    assert result.summary.energy_mwh == pytest.approx(24 * 0.8)  # all the power that there is
    assert result.jobs["state"].tolist() == ["running"]


def test_a_response_whose_power_is_worth_less_than_nothing_is_refused() -> None:
    message = told(
        lambda: TrainingJob(pool="hall", gpus=8, work_gpu_h=8.0, response="a40", worth_usd_per_mwh=-20.0)
    )
    assert message == (
        "training_job: worth_usd_per_mwh = -20.0 USD/MWh; allowed: at least 0 USD/MWh, with a response"
    )
