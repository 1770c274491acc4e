"""What has no bound, as far as it is known before a run."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from builders import told

from sim import Campus
from sim.regret.refusals import check_before
from sim.site import Site, Source

PHASED: dict[str, Any] = {
    "kind": "training_job",
    "pool": "hall",
    "gpus": 8,
    "work_gpu_h": 80.0,
    "phases": "gpt3_512xh100",
    "resolution": "phases",
}
STREAM: dict[str, Any] = {
    "kind": "inference_stream",
    "pool": "hall",
    "replicas": 1,
    "model": "qwen3_14b_1xh100",
    "requests_per_s": 1.0,
}


MOVE = "which regret cannot move yet"


class Tide(Source):
    """A source whose cost is not known."""

    kind: Literal["own_tide"] = "own_tide"

    def start(self, site: Site, name: str) -> None:
        site.terminal(name).offer(0.0).state(1.0)


def campus(**parts: Any) -> Campus:
    """A pool of two servers, and these parts."""
    return Campus(**{"name": "known", "servers": {"hall": {"servers": 2}}, **parts})


def test_what_has_a_bound_is_not_refused() -> None:
    jobs = {"average": {**PHASED, "resolution": "average"}, "firm": {**PHASED, "flexible_pu": 0.0}}
    supply = {"grid": {"kind": "grid", "import_limit_mw": 1.0}, "store": {"kind": "battery"}}
    supply["store"] |= {"power_mw": 1.0, "energy_mwh": 2.0}
    check_before(campus(supply=supply, demand={**jobs, "chat": {**STREAM, "classes": {"a": "chat"}}}), None)


def test_means_are_refused_before_the_run() -> None:
    assert told(lambda: check_before(campus(), 900.0)) == (
        "known: record_s = 900 s; allowed: a run that records every change, for its regret"
    )


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"demand": {"job": PHASED}},
            f"demand: job has jobs of resolution 'phases', whose late phases may draw most, {MOVE}",
        ),
        (
            {"demand": {"chat": {**STREAM, "classes": {"a": "chat", "b": "batch"}}}},
            f"demand: chat has power that waits for a price, {MOVE}",
        ),
        (
            {"supply": {"tide": {"kind": "own_tide"}}},
            "supply: tide is of kind own_tide, whose least cost is not known; regret needs it",
        ),
    ],
)
def test_what_the_program_does_not_have_is_refused(parts: dict[str, Any], message: str) -> None:
    assert told(lambda: check_before(campus(**parts), None)) == message


def test_all_that_it_does_not_have_is_told_at_once() -> None:
    made = campus(demand={"job": PHASED, "more": PHASED}, supply={"tide": {"kind": "own_tide"}})
    assert [line.split()[1] for line in told(lambda: check_before(made, None)).splitlines()] == [
        "job",
        "more",
        "tide",
    ]
