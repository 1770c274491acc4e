"""How the cost of a run grows: with steps, with participants, and with years; three sizes each."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest

from sim import Campus
from sim.campus import Battery, Generators, GridConnection, MeasuredLoad
from sim.simulation import prepare
from sim.timeseries.profile import Points


def advance_s(campus, days):
    """Processor time of the event loop with its books, and the number of settlements; the best of three."""
    times_s = []
    for _ in range(3):
        site = prepare(campus, days=days, record_s=days * 86400.0)
        began = process_time()
        site.advance()
        site.close()
        times_s.append(process_time() - began)
    return min(times_s), site.bus.settlements


def campus(batteries, *, steps=8760, step_s=3600.0):
    """A load and a price that change at every step, a connection, and some batteries."""
    rng = np.random.default_rng(0)
    times_s = (np.arange(steps) * step_s).tolist()
    load = Points(times_s=times_s, values=(10.0 * batteries * (1.0 + rng.random(steps))).tolist())
    price = Points(times_s=times_s, values=(40.0 + 40.0 * rng.random(steps)).tolist())
    stores = {f"battery {number}": Battery(power_mw=5.0, energy_mwh=20.0) for number in range(batteries)}
    grid = GridConnection(import_limit_mw=50.0 * batteries, import_price_usd_per_mwh=price)
    return Campus(
        name="growth", supply={"grid": grid, **stores}, demand={"load": MeasuredLoad(power_mw=load)}
    )


@pytest.mark.parametrize("steps", [8760, 35_040, 525_600])
def test_steps(steps, ratio, timeout_s):
    spent_s, settlements = advance_s(campus(1, steps=steps, step_s=365 * 86400.0 / steps), 365.0)
    ratio(
        f"a settlement of a year of {steps:,} steps, in bare timeouts", spent_s / settlements / timeout_s, ""
    )


@pytest.mark.parametrize("batteries", [1, 10, 100])
def test_participants(batteries, ratio, timeout_s):
    spent_s, settlements = advance_s(campus(batteries), 365.0)
    each = spent_s / settlements / timeout_s
    ratio(f"a settlement with {batteries} batteries, in bare timeouts", each, "")
    ratio("the same, for each battery", each / batteries, "")


@pytest.mark.parametrize("years", [1, 10, 100])
def test_years(years, ratio, timeout_s):
    plant = Generators(units=20, unit_mw=5.0, cost_usd_per_mwh=30.0, mttf_h=900.0, mttr_h=100.0)
    made = Campus(name="years", supply={"plant": plant}, demand={"load": MeasuredLoad(power_mw=80.0)})
    spent_s, settlements = advance_s(made, 365.0 * years)
    ratio(f"a settlement of {years} years, in bare timeouts", spent_s / settlements / timeout_s, "")
