"""The microgrid against Vessim and against bare SimPy."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

import microgrid
import numpy as np
import pytest

from sim.bus.row_buffer import RowBuffer
from sim.simulation import prepare

ENERGY_TOLERANCE = 1e-9


def side(name: str, step_s: int) -> dict[str, Any]:
    """One year on one side, in a process of its own."""
    script = str(Path(microgrid.__file__))
    done = subprocess.run(
        [sys.executable, script, name, str(step_s)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(("step_s", "runs"), [(3600, 5), (60, 1)])
def test_a_year_of_the_microgrid_against_vessim(step_s, runs, ratio, benchmark):
    pytest.importorskip("vessim", reason="the other side of the comparison: pip install 'dcgrid[bench]'")
    ours = [side("dcgrid", step_s) for _ in range(runs)]
    theirs = [side("vessim", step_s) for _ in range(runs)]
    for flow, mwh in theirs[0]["totals"].items():
        assert ours[0]["totals"][flow] == pytest.approx(mwh, rel=ENERGY_TOLERANCE), flow
    faster = min(run["wall_s"] for run in theirs) / min(run["wall_s"] for run in ours)
    leaner = ours[0]["peak_mb"] / theirs[0]["peak_mb"]
    step = f"{step_s // 60} min"
    ratio(f"Vessim's time over ours, a year at {step} steps", faster, "target: 100 at 1 min, 30 at 60 min")
    ratio(f"our peak memory over Vessim's, a year at {step} steps", leaner, "target: 0.2 at 1 min")
    load, sun = microgrid.traces(step_s, hours=240)
    benchmark.pedantic(microgrid.run_dcgrid, (step_s, load, sun), rounds=3)


@pytest.fixture(scope="module")
def hand_loop_s(tmp_path_factory):
    """Processor time of a settlement of the same year in a loop written by hand in C, rows included."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("a C compiler is needed for the loop written by hand")
    library = tmp_path_factory.mktemp("loop") / "loop.so"
    source = Path(__file__).with_name("microgrid_loop.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
    run = ctypes.CDLL(str(library)).run
    run.restype = ctypes.c_long
    load, sun = microgrid.traces(60)
    rows, totals = np.zeros((8192, 26)), np.zeros(4)
    flat = [one.ctypes.data_as(ctypes.c_void_p) for one in (load, sun, rows, totals)]
    sizes = [ctypes.c_double(one) for one in (1 / 60, microgrid.POWER_MW, microgrid.CAPACITY_MWH, 0.2904)]

    def once():
        began = process_time()
        settlements = run(flat[0], flat[1], ctypes.c_long(len(load)), *sizes, flat[2], 26, 8192, flat[3])
        return (process_time() - began) / settlements

    return min(once() for _ in range(5))


def test_a_settlement_in_a_stretch_without_its_books(ratio, timeout_s, monkeypatch, hand_loop_s):
    """The stretch alone: series, battery, ladder, checks and rows, without the time of posting the rows."""
    load, sun = microgrid.traces(60)
    spent_s = [0.0]

    def timed(blocks, gauges, most, post):
        def post_rows(until_s):
            began = process_time()
            post(until_s)
            spent_s[0] += process_time() - began

        return RowBuffer(blocks, gauges, most, post_rows)

    monkeypatch.setattr("sim.books.ledger.RowBuffer", timed)
    alone_s = []
    for _ in range(3):
        site = prepare(microgrid.campus(60, load, sun), days=365.0)
        spent_s[0], began = 0.0, process_time()
        site.advance()
        alone_s.append((process_time() - began - spent_s[0]) / len(load))
        site.close()
    ratio("nanoseconds of a settlement in a stretch without its books", 1e9 * min(alone_s), "")
    ratio("the same, in bare timeouts", min(alone_s) / timeout_s, "")
    ratio("the same, over a loop written by hand in C", min(alone_s) / hand_loop_s, "target: at most 12")
    ratio("nanoseconds of a settlement in the loop written by hand", 1e9 * hand_loop_s, "")


@pytest.mark.parametrize("step_s", [3600, 60])
def test_a_settlement_of_the_microgrid_against_a_timeout(step_s, ratio, benchmark, timeout_s):
    load, sun = microgrid.traces(step_s, hours=8760 if step_s == 3600 else 1440)
    summaries = [microgrid.run_dcgrid(step_s, load, sun)[2].summary for _ in range(5)]
    settlement_s = min(summary.loop_s / summary.settlements for summary in summaries)
    ratio(
        f"a settlement at {step_s // 60} min steps, in bare timeouts",
        settlement_s / timeout_s,
        "target: at most 0.3 at 1 min",
    )
    ratio(f"thousand settlements per second at {step_s // 60} min steps", 1e-3 / settlement_s, "")
    benchmark.pedantic(microgrid.run_dcgrid, (step_s, load, sun), rounds=3)
