"""Limits that were reached: for how long, of every change and of means."""

from __future__ import annotations

import pytest

from sim import Campus, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad
from sim.report.limits import limits


def grid(limit_mw: object) -> Campus:
    """A load of 20 MW behind a connection."""
    return Campus(
        name="c",
        supply={"grid": GridConnection(import_limit_mw=limit_mw)},
        demand={"load": MeasuredLoad(power_mw=20.0)},
    )


def test_a_limit_that_changes_is_held_against_what_it_is_at_each_time() -> None:
    made = grid({"times_s": [0.0, 1800.0], "values": [10.0, 0.0]})
    assert limits(simulate(made, days=1 / 24)) == [
        "grid at import limit 0.500 h",
        "grid without import 0.500 h",
    ]


def test_of_means_only_intervals_count_in_which_the_limit_does_not_change() -> None:
    made = grid({"times_s": [0.0, 5400.0], "values": [10.0, 0.0]})
    result = simulate(made, days=3 / 24, record_s=3600.0)
    # 10 MW in the first hour, 10 and 0 MW in the second, 0 MW in the third
    assert limits(result) == ["grid at import limit at least 1.00 h", "grid without import at least 1.00 h"]


@pytest.mark.parametrize("standing_mw", [0.0, 1.0])
def test_a_store_is_full_while_its_level_stays_at_the_top(standing_mw: float) -> None:
    """Full at the start, at a price at which it is idle; with a standing loss it drains by 32 MWh."""
    battery = Battery(
        power_mw=10.0,
        energy_mwh=40.0,
        initial_soc_pu=1.0,
        standing_loss_mw=standing_mw,
        min_soc_pu=0.2,
        charge_below_usd_per_mwh=40.0,
        discharge_above_usd_per_mwh=80.0,
    )
    made = grid(30.0)
    made = Campus(name="c", supply={**made.supply, "battery": battery}, demand=made.demand)
    found = limits(simulate(made, days=3))
    assert found == (["battery empty 40.0 h"] if standing_mw else ["battery full 72.0 h"])
