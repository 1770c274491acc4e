"""The flagship campus against bare SimPy: as it once was, and as it is."""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))

from ai_campus import ai_campus

from sim import Campus, simulate
from sim.simulation import prepare

PUE = 1.2
BASICS = ("kind", "pool", "gpus", "work_gpu_h", "submit_h", "worth_usd_per_mwh")


def plain(campus: Campus) -> Campus:
    """The flagship as it once was: a constant PUE, servers that do not fail, jobs that slow down evenly."""
    servers = {name: {"servers": pool.servers - pool.spares} for name, pool in campus.servers.items()}
    return changed(campus, facility={"pue": PUE}, servers=servers, demand=demand_of(campus, plain_job))


def without_jobs(campus: Campus) -> Campus:
    return changed(campus, demand=demand_of(campus, lambda *_: {}))


def split(campus: Campus, parts: int) -> Campus:
    """The same work in the same tiers, by many small jobs."""

    def into_parts(name: str, job: dict) -> dict:
        whole, larger = divmod(job["gpus"], parts)
        each_h = job["work_gpu_h"] / job["gpus"]
        sizes = [whole + (number < larger) for number in range(parts)]
        return {
            f"{name}_{number}": {**job, "gpus": gpus, "work_gpu_h": gpus * each_h}
            for number, gpus in enumerate(sizes)
        }

    return changed(campus, demand=demand_of(campus, into_parts))


def plain_job(name: str, job: dict) -> dict:
    return {name: {key: job[key] for key in BASICS}}


def demand_of(campus: Campus, change) -> dict:
    """The loads, with the training jobs changed."""
    found = {}
    for name, load in campus.to_dict()["demand"].items():
        found |= change(name, load) if load["kind"] == "training_job" else {name: load}
    return found


def changed(campus: Campus, **parts: dict) -> Campus:
    return Campus(**{**campus.to_dict(), **parts})


def settlement(campus: Campus) -> tuple[float, int]:
    """Processor time of a settlement of a year, the best of three, and how many there are."""
    times_s = []
    for _ in range(3):
        site = prepare(campus)
        began = process_time()
        site.advance()
        times_s.append(process_time() - began)
        settlements = site.close().settlements
    return min(times_s) / settlements, settlements


CASES = {
    "the plain flagship, 12 jobs": plain,
    "the plain flagship without jobs": lambda campus: without_jobs(plain(campus)),
    "the plain flagship, 1,200 jobs": lambda campus: split(plain(campus), 100),
    "the flagship": lambda campus: campus,
}


@pytest.mark.parametrize("what", CASES)
def test_a_settlement_of_the_flagship_against_a_timeout(what, ratio, benchmark, timeout_s):
    campus = CASES[what](ai_campus())
    each_s, settlements = benchmark.pedantic(settlement, (campus,), rounds=1)
    target = "target: at most 14" if "," in what else ""
    ratio(f"a settlement of {what}, in bare timeouts", each_s / timeout_s, target)
    ratio(f"thousand settlements of {what}", settlements / 1000.0, "")


def test_a_year_of_the_flagship(ratio, benchmark):
    benchmark.pedantic(simulate, (ai_campus(),), rounds=3)
    ratio("seconds of a year of the flagship", benchmark.stats.stats.min, "")
