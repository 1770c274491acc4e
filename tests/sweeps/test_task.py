"""A task runs by itself, and leaves its process as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Literal

import pytest

from sim import Campus
from sim.bus.stretch import IS_COMPILED
from sim.campus import Battery, GridConnection, MeasuredLoad, PeakShaving
from sim.site import Site, Source
from sim.sweeps.task import Task, run_task


def task(name: str = "a", **battery: object) -> Task:
    """A day of a load with a store and a connection."""
    campus = Campus(
        name=name,
        supply={
            "grid": GridConnection(import_limit_mw=10.0, demand_charge_usd_per_mw_month=1e4),
            "store": Battery(power_mw=1.0, energy_mwh=2.0, **battery),
        },
        demand={"load": MeasuredLoad(power_mw=5.0)},
    )
    return Task(name, campus, 1.0, 0)


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    """The thresholds of the garbage collector, which are restored."""
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)
    gc.enable()


@pytest.mark.parametrize("battery", [{}, {"strategy": PeakShaving()}], ids=["replayed", "event loop"])
def test_a_run_leaves_no_garbage_and_the_collector_as_it_was(
    battery: dict[str, object], thresholds: tuple[int, int, int]
) -> None:
    gc.collect()
    before = sum(isinstance(one, Site) for one in gc.get_objects())
    for _ in range(3):
        assert run_task(task(**battery)).error == ""
        assert gc.get_threshold() == thresholds
    assert sum(isinstance(one, Site) for one in gc.get_objects()) == before


def test_a_collector_that_is_off_stays_off(thresholds: tuple[int, int, int]) -> None:
    gc.disable()
    assert run_task(task()).error == ""
    assert not gc.isenabled()
    assert gc.get_threshold() == thresholds
    gc.enable()
    gc.set_threshold(0)
    assert run_task(task()).error == ""
    assert gc.get_threshold()[0] == 0


class Looking(Source):
    """A source that looks at the collector when it starts."""

    kind: Literal["looking"] = "looking"

    def start(self, site: Site, name: str) -> None:
        """Look, and give nothing."""
        site.terminal(name)
        SEEN.append(gc.get_threshold()[0])


SEEN: list[int] = []


@pytest.mark.parametrize(("usual", "during"), [(700, 20_000), (50_000, 50_000), (0, 0)])
def test_garbage_is_collected_rarely_during_a_run(
    usual: int, during: int, thresholds: tuple[int, int, int]
) -> None:
    gc.set_threshold(usual, *thresholds[1:])
    looking = task().campus.with_values({"supply": {**task().campus.supply, "eye": Looking()}})
    assert run_task(Task("a", looking, 1.0, 0)).error == ""
    assert SEEN.pop() == during
    assert gc.get_threshold()[0] == usual


@pytest.mark.skipif(not IS_COMPILED, reason="the reason is another one without compiled code")
def test_a_run_that_fails_is_an_outcome_and_leaves_the_collector_as_it_was(
    thresholds: tuple[int, int, int],
) -> None:
    outcome = run_task(Task("k", task(strategy=PeakShaving()).campus, 1.0, 0, replay=True))
    assert outcome.error == "a: replay is not possible: grid decides while the clock runs"
    assert (outcome.metrics, outcome.is_replayed) == ({}, False)
    assert gc.get_threshold() == thresholds
