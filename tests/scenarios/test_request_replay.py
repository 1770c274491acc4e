"""Requests in line for servers: a trace against a program written for nothing else, and drawn requests."""

from __future__ import annotations

import csv
import heapq
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import Result, SpecError, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script
from sim.validation.published import ReferenceMissingError, data_file

FILE = Path(__file__).parents[2] / "scenarios" / "request_replay.py"


@pytest.fixture(scope="module")
def replay() -> ModuleType:
    return load_script(FILE)


@pytest.fixture(scope="module")
def trace() -> Path:
    try:
        return data_file("azure_llm/AzureLLMInferenceTrace_conv.csv")
    except ReferenceMissingError as missing:
        pytest.skip(str(missing))


def run(**values: Any) -> Result:
    return simulate(Scenario.open(FILE).build(**values), days=0.02)


def first_come_first_served(trace: Path, servers: int) -> tuple[float, float]:
    """Mean wait and work of a trace, by the plainest of programs."""
    with trace.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    begun = datetime.fromisoformat(rows[0]["TIMESTAMP"][:26])
    free_s = [0.0] * servers
    waited_s = worked_s = 0.0
    for row in rows:
        stamp = row["TIMESTAMP"]
        at_s = (datetime.fromisoformat(stamp[:26]) - begun).total_seconds() + int(stamp[26:] or 0) * 1e-7
        work_s = 0.05 + 1e-4 * float(row["ContextTokens"]) + 0.03 * float(row["GeneratedTokens"])
        start_s = max(at_s, heapq.heappop(free_s))
        heapq.heappush(free_s, start_s + work_s)
        waited_s, worked_s = waited_s + start_s - at_s, worked_s + work_s
    return waited_s / len(rows), worked_s


@pytest.mark.parametrize("servers", [40, 45, 50])
def test_the_trace_waits_as_long_as_in_a_plain_program(replay: ModuleType, trace: Path, servers: int) -> None:
    wait_s, worked_s = first_come_first_served(trace, servers)
    found = replay.replayed(servers)
    assert found["served"] == 19_366
    assert found["mean_wait_s"] == pytest.approx(wait_s, rel=1e-7)
    assert found["in_service"] * found["dt_h"] * 3600.0 == pytest.approx(worked_s, rel=1e-9)


def test_requests_that_are_drawn_are_as_long_as_those_of_the_trace(replay: ModuleType) -> None:
    found = replay.totals(run())
    assert found["prompt_tokens"] / found["served"] == pytest.approx(1155.0, rel=0.05)
    assert found["output_tokens"] / found["served"] == pytest.approx(211.0, rel=0.05)


def test_more_servers_shorten_the_wait_and_leave_the_energy_of_requests(replay: ModuleType) -> None:
    few, many = (replay.totals(run(servers=servers)) for servers in (38, 60))
    assert many["mean_wait_s"] < few["mean_wait_s"] / 10.0
    energies = [(one["accelerator_mwh"] + one["host_mwh"]) / one["output_tokens"] for one in (few, many)]
    assert energies[1] == pytest.approx(energies[0], rel=0.02)


def test_servers_with_more_slots_serve_more_at_once(replay: ModuleType) -> None:
    assert replay.totals(run(servers=10, slots=6))["mean_wait_s"] < 0.1  # 60 at once


def test_a_run_in_which_nothing_is_served_says_so(replay: ModuleType) -> None:
    result = simulate(Scenario.open(FILE).build(requests_per_s=1e-6), days=0.01)
    assert replay.answer(result) == "No request was served in 0.01 days."


def test_a_log_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SpecError, match=r"nowhere\.csv does not exist"):
        run(log="nowhere.csv")
