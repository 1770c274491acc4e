"""The microgrid on which dcgrid and Vessim are timed: recorded load and sun, a battery and a grid.

Run as a script it simulates one year with one of the two and prints seconds, peak memory and totals
as JSON, so that each side's memory is that of a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(os.environ.get("DCGRID_DATA", Path(__file__).parents[3] / "shared" / "data"))
HOUR_S = 3600
YEAR_H = 8760
CAPACITY_MWH = 1.452
POWER_MW = 0.363
START = "2025-01-01"


def traces(step_s: int, hours: int = YEAR_H) -> tuple[np.ndarray, np.ndarray]:
    """Load and sun in MW at each step: pymgrid's recorded hours, interpolated below an hour.

    Without the recorded file, a made-up year of the same shape.
    """
    path = DATA / "pymgrid" / "series_8760h.csv.gz"
    hour = np.arange(YEAR_H)
    if path.is_file():
        with gzip.open(path, "rt") as file:
            load, sun = np.loadtxt(file, delimiter=",", skiprows=1, usecols=(0, 1)).T / 1000.0
        load, sun = load[:YEAR_H], sun[:YEAR_H]
    else:
        rng = np.random.default_rng(7)
        load = 0.25 + 0.05 * rng.random(YEAR_H)
        sun = np.clip(0.9 * np.sin(2 * np.pi * (hour / 24 - 0.25)), 0.0, None) * rng.random(YEAR_H)
    at = np.arange(hours * HOUR_S // step_s) * step_s / HOUR_S
    return np.interp(at, hour[: len(load)], load), np.interp(at, hour[: len(sun)], sun)


def campus(step_s: int, load: np.ndarray, sun: np.ndarray) -> Any:
    """The microgrid."""
    from sim import Campus
    from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource
    from sim.timeseries.profile import Points

    at = (np.arange(len(load)) * float(step_s)).tolist()
    return Campus(
        name="microgrid",
        supply={
            "solar": MeasuredSource(power_mw=Points(times_s=at, values=sun.tolist())),
            "battery": Battery(
                power_mw=POWER_MW,
                energy_mwh=CAPACITY_MWH,
                charge_efficiency_pu=1.0,
                discharge_efficiency_pu=1.0,
                min_soc_pu=0.2,
                charge_below_usd_per_mwh=5.0,
                discharge_above_usd_per_mwh=10.0,
            ),
            "grid": GridConnection(
                import_limit_mw=10.0,
                export_limit_mw=10.0,
                import_price_usd_per_mwh=50.0,
                export_price_usd_per_mwh=1.0,
            ),
        },
        demand={"load": MeasuredLoad(power_mw=Points(times_s=at, values=load.tolist()))},
    )


def run_dcgrid(step_s: int, load: np.ndarray, sun: np.ndarray) -> tuple[float, dict[str, float], Any]:
    """Simulate with dcgrid; seconds of `simulate`, energy totals, result."""
    from sim import simulate

    model = campus(step_s, load, sun)
    began = time.perf_counter()
    result = simulate(model, days=len(load) * step_s / 86400.0)
    wall_s = time.perf_counter() - began
    s = result.summary
    totals = {
        "load_mwh": s.energy_mwh,
        "sun_mwh": s.supplied_mwh["solar"],
        "import_mwh": s.import_mwh,
        "export_mwh": s.export_mwh,
        "charge_mwh": s.charged_mwh["battery"],
        "discharge_mwh": s.discharged_mwh["battery"],
    }
    return wall_s, totals, result


def run_vessim(step_s: int, load: np.ndarray, sun: np.ndarray) -> tuple[float, dict[str, float], Any]:
    """Simulate with Vessim and its in-memory recorder."""
    import pandas as pd
    import vessim

    offsets = np.arange(len(load)) * step_s
    began = time.perf_counter()
    environment = vessim.Environment(sim_start=START, step_size=step_s)
    environment.add_microgrid(
        actors=[
            vessim.Consumer("load", vessim.Trace(pd.Series(load * 1e6, index=offsets))),
            vessim.Producer("solar", vessim.Trace(pd.Series(sun * 1e6, index=offsets))),
        ],
        dispatchables=[
            vessim.SimpleBattery(
                "battery",
                capacity=CAPACITY_MWH * 1e6,
                initial_soc=0.5,
                min_soc=0.2,
                c_rate=POWER_MW / CAPACITY_MWH,
            ),
            vessim.GridConnection("grid", max_import=10e6, max_export=10e6),
        ],
        name="microgrid",
    )
    recorder = environment.add_controller(vessim.Recorder())
    environment.run(until=len(load) * step_s)
    wall_s = time.perf_counter() - began
    battery, grid = [], []
    for states in recorder.log.values():
        state = states["microgrid"]
        battery.append(state["dispatch_states"]["battery"]["current_power"])
        grid.append(state["p_grid"])
    hours = step_s / HOUR_S / 1e6

    def total(power: Any) -> float:
        return float(np.clip(power, 0.0, None).sum() * hours)

    b, g = np.array(battery), np.array(grid)
    totals = {
        "load_mwh": float(load.sum() * step_s / HOUR_S),
        "sun_mwh": float(sun.sum() * step_s / HOUR_S),
        "import_mwh": total(-g),
        "export_mwh": total(g),
        "charge_mwh": total(b),
        "discharge_mwh": total(-b),
    }
    return wall_s, totals, recorder


def peak_memory_mb() -> float:
    """Peak memory of this process; on Linux without that of the process that started it."""
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    """Simulate one side and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=("dcgrid", "vessim"))
    parser.add_argument("step_s", type=int)
    given = parser.parse_args()
    load, sun = traces(given.step_s)
    run = run_dcgrid if given.side == "dcgrid" else run_vessim
    wall_s, totals, kept = run(given.step_s, load, sun)
    peak_mb = peak_memory_mb()
    print(json.dumps({"wall_s": wall_s, "peak_mb": peak_mb, "totals": totals, "kept": type(kept).__name__}))


if __name__ == "__main__":
    main()
