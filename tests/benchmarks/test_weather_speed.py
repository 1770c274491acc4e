"""A year under a one-minute sky: what the weather costs beside the event loop."""

from __future__ import annotations

from sim import Campus, simulate
from sim.runs.summary import Summary
from sim.weather.sun import sun_on_grid

SKY = {
    "kind": "clear_sky",
    "latitude_deg": 39.7,
    "longitude_deg": -105.0,
    "altitude_m": 1820.0,
    "step_min": 1.0,
}


def minutes() -> Campus:
    """A plant under a sky of one minute, a grid and a constant load."""
    return Campus(
        name="minutes",
        weather=SKY,
        supply={
            "sun": {"kind": "solar", "capacity_mw": 100.0},
            "grid": {"kind": "grid", "import_limit_mw": 100.0},
        },
        demand={"load": {"kind": "measured_load", "power_mw": 60.0}},
    )


def test_a_year_under_a_one_minute_sky_against_its_event_loop(ratio, benchmark):
    campus = minutes()
    simulate(campus, days=2)  # imports pvlib

    def year() -> Summary:
        sun_on_grid.cache_clear()  # a run of its own, not the next one of a sweep
        return simulate(campus).summary

    summaries = [year() for _ in range(5)]
    loop_s = min(summary.loop_s for summary in summaries)
    wall_s = min(summary.wall_s for summary in summaries)
    ratio("a year under a one-minute sky, over its event loop", wall_s / loop_s, "target: at most 1.5")
    ratio("seconds of that year", wall_s, "")
    benchmark.pedantic(year, rounds=3)
