"""Years of the IEEE RTS-79 a second, and portfolios of the microgrid in a sweep."""

from __future__ import annotations

import sys
from math import sqrt
from pathlib import Path
from time import perf_counter, process_time

import microgrid
import numpy as np
import pytest

from sim.campus import Campus, Generators
from sim.replay.replay import replay
from sim.site import Site
from sim.sweeps import sweep
from sim.timeseries.series import StepSeries

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))

import ieee_rts79

YEAR_H = 8736
EXACT_H = 9.39418


def years_of_rts79(years, seed):
    """The site of some years in one run."""
    site = Site(
        Campus(name="rts79").calendar, years * YEAR_H * 3600.0, seed=seed, record_s=years * YEAR_H * 3600.0
    )
    for place, group in enumerate(ieee_rts79.RECORD["fleet"]):
        name = f"{group['unit_mw']} MW"
        site.enrol(name, "supply", "generators")
        Generators(cost_usd_per_mwh=10.0 + place, **group).start(site, name)
    load = site.terminal("load").bid(9000.0)
    load_mw = ieee_rts79.RECORD["peak_mw"] * ieee_rts79.load_pu()
    site.play(StepSeries(np.arange(years * YEAR_H) * 3600.0, np.tile(load_mw, years)), load.state)
    return site


def hours_short(books, years):
    """Hours of shortage in each year."""
    events = [event for event in books.events if event["event"] == "shortage"]
    year = [int(event["t_s"] // (YEAR_H * 3600.0)) for event in events]
    return np.bincount(year, weights=[event["duration_h"] for event in events], minlength=years)


@pytest.mark.parametrize(
    ("what", "run", "target"),
    [("replayed, with every metric", replay, "target: 300"), ("with all books", Site.run, "")],
)
def test_years_of_the_ieee_rts79(what, run, target, ratio):
    years, found = 25, []
    spent_s = 0.0
    for seed in range(80):
        began = process_time()
        books = run(years_of_rts79(years, seed))
        spent_s += process_time() - began
        found.append(hours_short(books, years))
    hours = np.concatenate(found)
    error_h = hours.std(ddof=1) / sqrt(len(hours))
    assert abs(hours.mean() - EXACT_H) < 3.0 * error_h
    off = (hours.mean() - EXACT_H) / error_h
    ratio(f"LOLH of {len(hours):,} years {what}, in standard errors off the exact one", off, "")
    ratio(f"years of the IEEE RTS-79 a second, one core, {what}", len(hours) / spent_s, target)


@pytest.mark.parametrize(("step_s", "portfolios"), [(3600, 2000), (60, 100)])
def test_portfolios_of_the_microgrid(step_s, portfolios, ratio, timeout_s):
    load, sun = microgrid.traces(step_s)
    campus = microgrid.campus(step_s, load, sun)
    rng = np.random.default_rng(0)
    points = [
        {"supply.battery.energy_mwh": float(mwh), "supply.grid.import_limit_mw": float(mw)}
        for mwh, mw in zip(rng.uniform(0.5, 3.0, portfolios), rng.uniform(1.0, 10.0, portfolios), strict=True)
    ]
    sweep(campus, over=points[:4], days=1.0, jobs=2)  # the processes are there from now on
    began = perf_counter()
    assert sweep(campus, over=points, days=365.0, jobs=2).replayed == portfolios
    each_s = (perf_counter() - began) / portfolios
    wanted, goal_s = (10_000, 6) if step_s == 3600 else (100, 4)
    steps = 8760 * 3600 // step_s
    ratio(
        f"seconds of {wanted:,} portfolios x {steps:,} steps, two processes",
        wanted * each_s,
        f"target: {goal_s}",
    )
    ratio(
        "a step of such a portfolio on one of two processes, in bare timeouts",
        2 * each_s / steps / timeout_s,
        "",
    )
