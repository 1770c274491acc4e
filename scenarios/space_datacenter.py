"""A datacenter in space: 50,000 GPUs on satellites with 1,200 W of solar power each.

Case A15. Supply is less than demand by construction: a server of 8 GPUs needs 6,850 W and its satellite
supplies 1,200 W. How many GPUs can run, what do eclipses cost, and how many satellites are needed? The
satellites are one connected cluster and pass through the shadow at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import acos, cos, pi, radians, sqrt
from typing import TYPE_CHECKING, Annotated

from sim import Campus, Result, simulate
from sim.campus import Battery, Facility, MeasuredSource, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.units import (
    HOURS_PER_DAY,
    SECONDS_PER_MINUTE,
    W_PER_MW,
    WH_PER_MWH,
    Fraction,
    OverheadRatio,
    PositiveCount,
    PositiveWatts,
    WattHours,
    quantity,
)
from sim.validation.published import Value, compare, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAYS = inputs("A15")
DAYS = 2.0
"""About thirty orbits."""
SERVER_GPUS = 8
_EARTH_KM = 6371.0
_EARTH_KM3_PER_S2 = 398600.4418  # gravitational parameter of the Earth (IERS conventions 2010)
_ORBITS_AT_MOST = 400

Kilometres = Annotated[float, quantity("km", ge=200, le=36000)]
Tilt = Annotated[float, quantity("deg", ge=0, le=90)]


def space_datacenter(
    *,
    satellites: PositiveCount = SAYS["gpus"] // SERVER_GPUS,
    satellite_w: PositiveWatts = SAYS["satellite_w"],
    gpus: PositiveCount = SAYS["gpus"],
    powered_pu: Fraction = 1.0,
    altitude_km: Kilometres = 550.0,
    sun_tilt_deg: Tilt = 0.0,
    battery_wh: WattHours = 0.0,
    server_w: PositiveWatts = 6850.0,
    pue: OverheadRatio = 1.0,
) -> Campus:
    """Run GPUs on the solar power of satellites in an orbit with eclipses.

    Args:
        satellites: Number of satellites; by default one per server of 8 GPUs.
        satellite_w: Power of a satellite in the sun.
        gpus: Number of GPUs.
        powered_pu: Share of the servers that are switched on.
        altitude_km: Altitude of the orbit; 550 km is usual for large constellations.
        sun_tilt_deg: Angle between the orbit and the sun (beta); 0 has the longest eclipses; at this
            altitude there are none above about 67 degrees, as in a dawn-dusk orbit.
        battery_wh: Battery capacity of a satellite.
        server_w: Power of a server at work; measured on the ground, 8 x H100 (MLPerf Training 4.0).
        pue: Facility power over IT power; 1, because the pumps of the radiators are neglected.
    """
    servers = max(1, round(powered_pu * gpus / SERVER_GPUS))
    times_s, sunlit = _sunlight(altitude_km, sun_tilt_deg)
    power_mw = satellites * satellite_w / W_PER_MW
    return Campus(
        name="A datacenter in space",
        facility=Facility(pue=pue),
        servers={"cluster": ServerPool(servers=servers, gpus_per_server=SERVER_GPUS, busy_w=server_w)},
        supply={
            "panels": MeasuredSource(
                power_mw={"times_s": times_s, "values": tuple(power_mw * lit for lit in sunlit)}
            ),
            "batteries": Battery(
                power_mw=power_mw,
                energy_mwh=satellites * battery_wh / WH_PER_MWH,
                initial_soc_pu=1.0,
            ),
        },
        demand={
            "training": TrainingJob(
                pool="cluster", gpus=servers * SERVER_GPUS, work_gpu_h=servers * 1e6, flexible_pu=0.0
            )
        },
    )


def orbit_min(altitude_km: float) -> float:
    """Orbital period [min]."""
    radius_km = _EARTH_KM + altitude_km
    return 2.0 * pi * sqrt(radius_km**3 / _EARTH_KM3_PER_S2) / SECONDS_PER_MINUTE


def shadow_pu(altitude_km: float, sun_tilt_deg: float) -> float:
    """Share of an orbit in the Earth's shadow, taken as a cylinder."""
    radius_km = _EARTH_KM + altitude_km
    reach = sqrt(radius_km**2 - _EARTH_KM**2) / (radius_km * max(cos(radians(sun_tilt_deg)), 1e-9))
    return acos(min(reach, 1.0)) / pi


def _sunlight(altitude_km: float, sun_tilt_deg: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Times of sunrise and sunset for the orbits of a month."""
    period_s = orbit_min(altitude_km) * SECONDS_PER_MINUTE
    dark = shadow_pu(altitude_km, sun_tilt_deg)
    if not dark:
        return (0.0,), (1.0,)
    rises = [orbit * period_s for orbit in range(_ORBITS_AT_MOST)]
    sets = [rise + (1.0 - dark) * period_s for rise in rises]
    return tuple(sorted(rises + sets)), (1.0, 0.0) * _ORBITS_AT_MOST


def runs(campus: Campus) -> bool:
    """Whether every server that is switched on always has full power."""
    return simulate(campus, days=DAYS).summary.unserved_mwh < 1e-9  # noqa: PLR2004 - a milliwatt-hour


@cache
def share_that_runs(sun_tilt_deg: float = 0.0, battery_wh: float = 0.0) -> float:
    """Largest share of the GPUs that can run without interruption on the default satellites."""
    low, high = 0, SAYS["gpus"] // SERVER_GPUS
    while low < high:
        servers = (low + high + 1) // 2
        share = servers * SERVER_GPUS / SAYS["gpus"]
        campus = space_datacenter(powered_pu=share, sun_tilt_deg=sun_tilt_deg, battery_wh=battery_wh)
        low, high = (servers, high) if runs(campus) else (low, servers - 1)
    return low * SERVER_GPUS / int(SAYS["gpus"])


@cache
def satellites_for_all(sun_tilt_deg: float = 0.0, battery_wh: float = 0.0) -> int:
    """Smallest number of satellites on which all GPUs run without interruption."""
    low, high = 1, 20 * SAYS["gpus"]
    while low < high:
        count = (low + high) // 2
        campus = space_datacenter(satellites=count, sun_tilt_deg=sun_tilt_deg, battery_wh=battery_wh)
        low, high = (low, count) if runs(campus) else (count + 1, high)
    return low


@cache
def default_run() -> Result:
    """The default: all servers on, no battery."""
    return simulate(space_datacenter(), days=DAYS)


BATTERY_WH = 1500.0
"""Battery for one eclipse at the power of a satellite, with a margin (assumed)."""
NO_SHADOW_DEG = 75.0


def _a15() -> dict[str, Value]:
    return {
        "share_in_sun": 100.0 * share_that_runs(NO_SHADOW_DEG),
        "satellites": float(satellites_for_all(0.0, BATTERY_WH)),
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A15": _a15}
"""Simulated numbers by case."""


def report() -> str:
    """How many GPUs can run, what eclipses cost, and how many satellites are needed."""
    summary = default_run().summary
    period, dark = orbit_min(550.0), shadow_pu(550.0, 0.0)
    wanted = summary.energy_mwh + summary.unserved_mwh
    sunny, dusky = satellites_for_all(NO_SHADOW_DEG), satellites_for_all(0.0, BATTERY_WH)
    servers = SAYS["gpus"] / SERVER_GPUS
    watts = SAYS["satellite_w"] / servers
    return f"""# A datacenter in space

{reference_table(compare("A15", _a15()))}
{SAYS["gpus"]:,} GPUs in servers of {SERVER_GPUS}, one satellite of {SAYS["satellite_w"]:,.0f} W per server:
with all servers switched on, {100.0 * summary.energy_mwh / wanted:.0f} % of the demand is served. An
orbit takes {period:.1f} min, of which {100 * dark:.0f} % in shadow.

| without interruption | no eclipses | eclipses, batteries of {BATTERY_WH:,.0f} Wh |
|---|---:|---:|
| share of GPUs, one satellite per server | {_percent(NO_SHADOW_DEG, 0.0)} | {_percent(0.0, BATTERY_WH)} |
| satellites for all GPUs | {sunny:,} | {dusky:,} |
| satellites per server | {sunny / servers:.1f} | {dusky / servers:.1f} |

Without batteries nothing runs during an eclipse. One satellite per server of {SERVER_GPUS} GPUs is
enough if it has {watts * sunny:,.0f} W in an orbit without eclipses, or {watts * dusky:,.0f} W and a
battery in an orbit with eclipses.

Answer: {_percent(NO_SHADOW_DEG, 0.0)} of {SAYS["gpus"]:,} GPUs run without interruption on one satellite of
{SAYS["satellite_w"]:,.0f} W per server in an orbit without eclipses. With eclipses and batteries of
{BATTERY_WH:,.0f} Wh it is {_percent(0.0, BATTERY_WH)}, and all GPUs need {dusky:,} satellites instead
of {sunny:,}.
"""


def answer(result: Result) -> str:
    """What share of the GPUs a run could power, and when not."""
    summary, pool = result.summary, result.campus.servers["cluster"]
    wanted_mwh = summary.energy_mwh + summary.unserved_mwh
    on = f"{pool.gpus:,} GPUs are switched on"
    if not round(summary.unserved_mwh, 9):
        return f"{on}, and all run without interruption."
    return (
        f"{on}. {100.0 * summary.energy_mwh / wanted_mwh:.1f} % of their demand is served; there is "
        f"too little "
        f"power in {summary.unserved_h:.1f} of {result.days * HOURS_PER_DAY:.1f} hours. A smaller "
        f"--powered-pu, "
        "more --satellites or more --battery-wh let those that are on run without interruption."
    )


def picture() -> Figure:
    """Some orbits of solar power and load, and the number of satellites needed."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(10.0, 4.0), layout="constrained")
    orbit, need = figure.subplots(1, 2, width_ratios=(3, 2))
    share = share_that_runs(0.0, BATTERY_WH)
    flows = simulate(space_datacenter(powered_pu=share, battery_wh=BATTERY_WH), days=0.3).flows
    minutes = flows["dt_h"].cumsum().shift(fill_value=0.0) * 60.0
    panels = flows["panels.delivered_mw"] + flows["panels.curtailed_mw"]
    orbit.fill_between(minutes, panels, step="post", color="#ccbb44", alpha=0.7, label="solar power")
    load_mw = flows["cluster firm jobs.served_mw"]
    orbit.step(minutes, load_mw, where="post", color="#222222", label="load of the running GPUs")
    orbit.step(
        minutes, flows["batteries.discharge_mw"], where="post", color="#4477aa", label="battery discharge"
    )
    wanted_mw = default_run().campus.servers["cluster"].busy_mw_per_gpu * SAYS["gpus"]
    orbit.axhline(wanted_mw, color="#ee6677", ls="--", label=f"all {SAYS['gpus']:,} GPUs")
    orbit.set_xlabel("minute")
    orbit.set_ylabel("power [MW]")
    orbit.legend(fontsize=8, loc="center right")
    tilts = (0.0, 30.0, 50.0, 60.0, 65.0, NO_SHADOW_DEG)
    counts = [satellites_for_all(tilt, BATTERY_WH) / 1000.0 for tilt in tilts]
    need.plot(tilts, counts, "o-", color="#228833")
    need.axhline(SAYS["gpus"] / SERVER_GPUS / 1000.0, color="#ee6677", ls="--", label="one per server")
    need.set_ylim(bottom=0.0)
    need.set_xlabel("angle between orbit and sun [deg]")
    need.set_ylabel("satellites for all GPUs [thousand]")
    need.legend(fontsize=8)
    figure.suptitle("Satellites of 1,200 W for 50,000 GPUs")
    return figure


def _percent(sun_tilt_deg: float, battery_wh: float) -> str:
    return f"{100.0 * share_that_runs(sun_tilt_deg, battery_wh):.1f} %"


if __name__ == "__main__":
    run_scenario(space_datacenter)
