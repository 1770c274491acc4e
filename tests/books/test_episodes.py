"""Episodes: uninterrupted stretches, whole across batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.books.episodes import Episodes


def _read(*stretches: tuple[list[float], dict[str, list[float]]]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    episodes = Episodes("shortage", events)
    for edges, mw in stretches:
        episodes.add(np.array(edges), {reason: np.array(values) for reason, values in mw.items()})
    episodes.close()
    return events


def test_an_episode_has_its_begin_its_length_its_peak_and_its_energy() -> None:
    (event,) = _read(([0.0, 600.0, 1200.0, 3000.0, 3600.0], {"capacity": [0.0, 6.0, 2.0, 0.0]}))
    assert event == {
        "t_s": 600.0,
        "owner": "site",
        "event": "shortage",
        "detail": "capacity",
        "mw": 6.0,
        "mwh": pytest.approx(6.0 * 600 / 3600 + 2.0 * 1800 / 3600),
        "duration_h": pytest.approx(2400 / 3600),
    }


def test_an_episode_across_batches_is_one() -> None:
    whole = ([0.0, 10.0, 20.0, 30.0, 40.0], {"ramp": [1.0, 3.0, 2.0, 0.0]})
    cut = (
        ([0.0, 10.0, 20.0], {"ramp": [1.0, 3.0]}),
        ([20.0, 30.0, 40.0], {"ramp": [2.0, 0.0]}),
    )
    assert _read(*cut) == _read(whole)


def test_a_batch_without_any_ends_the_one_before() -> None:
    first, second = _read(
        ([0.0, 10.0], {"ramp": [1.0]}),
        ([10.0, 20.0], {}),
        ([20.0, 30.0], {"capacity": [4.0]}),
    )
    assert (first["t_s"], first["duration_h"]) == (0.0, pytest.approx(10 / 3600))
    assert (second["t_s"], second["detail"], second["mw"]) == (20.0, "capacity", 4.0)


def test_reasons_are_named_the_greatest_first_and_those_of_nothing_not_at_all() -> None:
    (event,) = _read(([0.0, 10.0, 20.0], {"ramp": [1.0, 1.0], "fuel": [0.0, 0.0], "capacity": [3.0, 0.0]}))
    assert event["detail"] == "capacity, ramp"
    assert event["mw"] == 4.0


def test_each_episode_has_its_own_peak() -> None:
    edges = [0.0, 10.0, 20.0, 30.0]
    first, second = _read((edges, {"ramp": [9.0, 0.0, 4.0]}))
    assert (first["mw"], second["mw"]) == (9.0, 4.0)


def test_rounding_is_no_episode() -> None:
    assert _read(([0.0, 10.0], {"ramp": [1e-10]})) == []
