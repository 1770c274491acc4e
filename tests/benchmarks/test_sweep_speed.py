"""Sweeps: what a run costs beside its own simulation, on each engine, and what a second process brings."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from small_campus import small_campus

from sim import simulate
from sim.sweeps import sweep
from sim.sweeps.store import read_parts, to_part
from sim.sweeps.task import Outcome

OVER = {"import_mw": [0.5 + 0.01 * step for step in range(100)]}
RUNS = 800
SHORT_D, LONG_D = 0.25, 9000.0  # a run of a millisecond, and of about a second
FEW = {"import_mw": OVER["import_mw"][:16]}


@contextmanager
def cluster(folder):
    """The address of a scheduler with two workers on loopback."""
    file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    main = [sys.executable, "-m"]
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    commands = [scheduler, worker, worker]
    processes = [
        subprocess.Popen([*main, *command, "--scheduler-file", str(file)], **quiet) for command in commands
    ]
    try:
        yield file
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    from distributed import Client
    from distributed.utils import json_load_robust

    with cluster(tmp_path_factory.mktemp("dask")) as file:
        found = json_load_robust(file)["address"]
        with Client(found, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield found


def alone_s(days, runs):
    """Wall time of a run by `simulate` alone, and of making its campus; the mean of some."""
    began = time.perf_counter()
    for seed in range(runs):
        simulate(small_campus(import_mw=0.5 + 0.01 * seed), days=days, seed=seed, record_s=86400.0 * days)
    return (time.perf_counter() - began) / runs


def sweep_s(days, seeds, out, over=OVER, **engine):
    """Wall time of a run of a sweep that keeps its runs, on an engine that is warm."""
    sweep(small_campus, over=over, seeds=1, days=SHORT_D, **engine)
    began = time.perf_counter()
    sweep(small_campus, over=over, seeds=seeds, days=days, out=out, **engine)
    return (time.perf_counter() - began) / (len(over["import_mw"]) * seeds)


@pytest.mark.parametrize("engine", ["this process", "two processes", "cluster of two"])
def test_the_overhead_of_a_run(engine, ratio, benchmark, tmp_path, address):
    options = {
        "this process": {"jobs": 1},
        "two processes": {"jobs": 2},
        "cluster of two": {"cluster": address},
    }[engine]
    alone = min(alone_s(SHORT_D, 200) for _ in range(3))
    numbers = iter(range(100))

    def swept():
        return sweep_s(SHORT_D, RUNS // 100, tmp_path / str(next(numbers)), **options)

    best = min(benchmark.pedantic(swept, rounds=1), swept(), swept())
    ratio(f"ms of a run of {alone * 1e3:.1f} ms, all in, {engine}", best * 1e3, "")
    ratio(f"ms of overhead of a run, {engine}", (best - alone) * 1e3, "target: under 5")
    ratio(f"runs a second, {engine}", 1.0 / best, "")


def test_two_processes_against_one(ratio, benchmark, tmp_path, address):
    one = sweep_s(LONG_D, 1, tmp_path / "one", FEW, jobs=1)
    two = benchmark.pedantic(sweep_s, (LONG_D, 1, tmp_path / "two", FEW), {"jobs": 2}, rounds=1)
    far = sweep_s(LONG_D, 1, tmp_path / "far", FEW, cluster=address)
    ratio(f"runs of {one:.1f} s: two processes over one", one / two, "target: at least 1.7 on idle cores")
    ratio(f"runs of {one:.1f} s: cluster of two over one process", one / far, "ideal: 2 on idle cores")


def test_reading_ten_thousand_parts(ratio, benchmark, tmp_path):
    from hashlib import sha256

    (tmp_path / "parts").mkdir()
    metrics = {f"metric_{number}.part": number / 7.0 for number in range(60)}
    keys = [f"{number:064x}" for number in range(10_000)]
    for key in keys:
        data = to_part(Outcome(key, metrics))
        (tmp_path / "parts" / f"{key}.{sha256(data).hexdigest()[:16]}.parquet").write_bytes(data)
    assert len(benchmark.pedantic(read_parts, (tmp_path, keys), rounds=3)) == len(keys)
    ratio("seconds to read 10,000 parts", benchmark.stats.stats.min, "target: a few")
