"""The months of a run: each by hand, and all together the metrics of the run."""

from __future__ import annotations

import numpy as np
import pytest
from campuses import SEEDS, campuses
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad

GRID = GridConnection(
    import_limit_mw=60.0, import_price_usd_per_mwh=50.0, demand_charge_usd_per_mw_month=1000.0
)


def turn_of_the_month() -> Result:
    """From noon on 30 January: a load of 40 MW for a day, then of 100 MW, behind 60 MW."""
    campus = Campus(
        name="turn",
        start="2025-01-30T12:00:00-05:00",
        timezone="America/New_York",
        supply={"grid": GRID},
        demand={"hall": MeasuredLoad(power_mw={"times_s": [0.0, 86400.0], "values": [40.0, 100.0]})},
    )
    return simulate(campus, days=2)


def test_a_run_is_divided_at_local_midnight_on_the_first_of_the_month() -> None:
    monthly = turn_of_the_month().monthly
    assert [str(month) for month in monthly.index] == ["2025-01", "2025-02"]
    assert monthly["dt_h"].tolist() == [36.0, 12.0]
    # January: 24 h x 40 MW and 12 h x 60 MW; February: 12 h x 60 MW
    assert monthly["energy_mwh"].tolist() == pytest.approx([1680.0, 720.0])
    assert monthly["supplied_mwh.grid"].tolist() == pytest.approx([1680.0, 720.0])
    assert monthly["unserved_mwh"].tolist() == pytest.approx([12 * 40.0, 12 * 40.0])
    assert monthly["peak_demand_mw"].tolist() == [100.0, 100.0]
    assert monthly["peak_load_15min_mw"].tolist() == [60.0, 60.0]
    assert monthly["lowest_load_mw"].tolist() == [40.0, 60.0]
    assert monthly["cost_lines_usd.energy charge"].tolist() == pytest.approx([1680 * 50.0, 720 * 50.0])
    assert monthly["cost_lines_usd.demand charge"].tolist() == pytest.approx([60_000.0, 60_000.0])
    assert monthly["cost_usd"].tolist() == pytest.approx([144_000.0, 96_000.0])


def test_a_quarter_of_an_hour_belongs_to_the_month_in_which_it_begins() -> None:
    load = {"times_s": [0.0, 600.0, 1200.0], "values": [0.0, 30.0, 0.0]}
    campus = Campus(
        name="late",
        start="2025-01-31T23:50:00+00:00",
        timezone="UTC",
        supply={"grid": GRID},
        demand={"hall": MeasuredLoad(power_mw=load)},
    )
    monthly = simulate(campus, days=1 / 24).monthly
    # 30 MW from 0:00 to 0:10 on 1 February, nothing in the quarter that began at 23:45
    assert monthly["peak_load_15min_mw"].tolist() == pytest.approx([0.0, 20.0])


@settings(max_examples=15)
@given(campus=campuses(), seed=SEEDS, day=st.sampled_from(["30", "31"]))
def test_the_months_add_up_to_the_metrics_of_the_run(campus: Campus, seed: int, day: str) -> None:
    result = simulate(campus.with_values({"start": f"2025-01-{day}T17:10:00+00:00"}), days=2.5, seed=seed)
    metrics = result.summary.metrics()
    monthly = result.monthly
    assert len(monthly) == 2
    for name in monthly.columns.drop(["dt_h", "pue"]):
        if name.startswith("peak_"):
            assert monthly[name].max() == metrics[name]
        elif name.startswith(("lowest_", "reserve_margin")):
            least = monthly[name].min()  # none where nothing was wanted
            assert least == metrics[name] or (np.isnan(least) and metrics[name] is None)
        else:
            total = metrics.get(name, 0.0)  # a participant or a line that came to nothing is no metric
            assert monthly[name].sum() == pytest.approx(total, rel=1e-9, abs=1e-6)
