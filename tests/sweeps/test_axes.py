from __future__ import annotations

import numpy as np
import pytest

from sim.cli.axis_arguments import points_said
from sim.errors import SpecError
from sim.sweeps import grid, latin_hypercube, sobol

WHOLE = {"modules"}


def told(*over: str, sample: str | None = None) -> object:
    return points_said(over, sample, WHOLE.__contains__)


def test_a_grid_lets_the_last_axis_vary_fastest() -> None:
    assert grid({"a": [1, 2], "b": ["xy", "z"]}) == [
        {"a": 1, "b": "xy"},
        {"a": 1, "b": "z"},
        {"a": 2, "b": "xy"},
        {"a": 2, "b": "z"},
    ]


def test_a_latin_hypercube_meets_each_slice_of_each_range_once() -> None:
    points = latin_hypercube({"solar_mw": (100.0, 300.0), "smr_mw": (0, 1)}, n=10, seed=4)
    slices = sorted(int((point["solar_mw"] - 100.0) / 20.0) for point in points)
    assert slices == list(range(10))
    assert sorted(int(point["smr_mw"] * 10) for point in points) == list(range(10))


def test_a_sobol_sample_fills_a_square_evenly() -> None:
    points = sobol({"a": (0.0, 1.0), "b": (0.0, 1.0)}, n=64)
    across, up = ([point[name] for point in points] for name in "ab")
    counts, *_ = np.histogram2d(across, up, 8, range=[[0.0, 1.0], [0.0, 1.0]])
    assert (counts == 1).all()  # 64 points, 64 fields: a (0, 2)-sequence in base 2 has one in each


def test_a_range_of_whole_numbers_gives_each_the_same_chance() -> None:
    points = sobol({"modules": range(5), "b": (0.0, 1.0)}, n=1024)
    values, counts = np.unique([point["modules"] for point in points], return_counts=True)
    assert values.tolist() == [0, 1, 2, 3, 4]
    assert counts.min() >= 204  # 1024 / 5 = 204.8
    assert all(isinstance(point["modules"], int) for point in points)


def test_a_sample_is_the_same_for_the_same_seed_only() -> None:
    ranges = {"a": (0.0, 1.0)}
    assert sobol(ranges, n=4, seed=1) == sobol(ranges, n=4, seed=1) != sobol(ranges, n=4, seed=2)
    assert latin_hypercube(ranges, n=4, seed=1) != latin_hypercube(ranges, n=4, seed=2)


@pytest.mark.parametrize(
    ("ranges", "n", "message"),
    [
        ({"a": (0, 1)}, 60, "sample n = 60; allowed for Sobol: a power of two; nearest: 32, 64"),
        ({"a": (0, 1)}, 0, "sample n = 0; allowed for Sobol: a power of two"),
        ({"a": (1, 1)}, 4, "over a = (1, 1); allowed: two numbers, the lower one first, or a range"),
        ({"a": (0, float("inf"))}, 4, "over a = (0, inf); allowed: two numbers, the lower one first"),
        ({"a": ("x", 3)}, 4, "over a = ('x', 3); allowed: two numbers, the lower one first"),
        ({"a": range(0)}, 4, "over a = range(0, 0); allowed: two numbers, the lower one first"),
        ({}, 4, "over has no ranges"),
    ],
)
def test_a_bad_sample_is_refused(ranges: dict[str, tuple[float, float]], n: int, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        sobol(ranges, n=n)
    assert str(caught.value).startswith(f"sweep: {message}")


def test_a_latin_hypercube_needs_a_point() -> None:
    with pytest.raises(SpecError, match="n = 0; allowed: a whole number at least 1"):
        latin_hypercube({"a": (0, 1)}, n=0)


def test_steps_and_lists_said_on_a_command_line() -> None:
    assert told("modules=0:4:5", "solar_mw=0,100,250.5") == {
        "modules": [0, 1, 2, 3, 4],
        "solar_mw": [0, 100, 250.5],
    }
    assert told("mw=0:1:3") == {"mw": [0.0, 0.5, 1.0]}
    assert told("mw=0.0:4:3") == {"mw": [0.0, 2.0, 4.0]}
    assert told("mw=5:5:1") == {"mw": [5]}
    assert told("on=true,false", "kind=fixed,single") == {"on": [True, False], "kind": ["fixed", "single"]}


def test_a_sampled_range_of_whole_numbers_includes_both_ends() -> None:
    points = told("modules=0:4", "solar_mw=0:200", sample="sobol:64")
    assert isinstance(points, list)
    assert {point["modules"] for point in points} == {0, 1, 2, 3, 4}
    assert any(point["solar_mw"] % 1.0 for point in points)
    assert len(told("solar_mw=0:200", sample="lhs:7")) == 7  # type: ignore[arg-type]  # a list of points


@pytest.mark.parametrize(
    ("over", "sample", "message"),
    [
        ([], None, "--over is missing; allowed: name=a,b,c or name=first:last:count"),
        (["modules"], None, "--over = 'modules'; allowed: name=a,b,c or name=first:last:count"),
        (["=3"], None, "--over = '=3'; allowed: name=a,b,c or name=first:last:count"),
        (["modules="], None, "--over modules has no values; allowed: name=a,b,c or name=first:last:count"),
        (["modules=1,,2"], None, "--over modules = '1,,2' has an empty value; allowed: name=a"),
        (
            ["modules=0:4:0"],
            None,
            "--over modules = '0:4:0' has a count of 0; allowed: a whole number at least 1",
        ),
        (["modules=0:4:2.5"], None, "--over modules = '0:4:2.5' has a count of 2.5; allowed: a whole number"),
        (["mw=1", "mw=2"], None, "--over names the same axis twice: mw=1, mw=2"),
        (["mw=1,1"], None, "over mw has the value 1 twice"),
        (
            ["mw=0:1"],
            "sobool:64",
            "--sample = 'sobool:64'; allowed: sobol:count or lhs:count; nearest: sobol",
        ),
        (
            ["mw=0:1"],
            "sobol",
            "--sample = 'sobol'; allowed: sobol:count with a whole number, such as sobol:64",
        ),
        (["mw=0:1"], "sobol:60", "sample n = 60; allowed for Sobol: a power of two; nearest: 32, 64"),
        (["mw=0:1:3"], "lhs:4", "--over mw = '0:1:3'; allowed for a sample: name=lowest:highest"),
        (["mw=a:b"], "lhs:4", "--over mw = 'a:b'; allowed for a sample: name=lowest:highest"),
        (["mw=3:1"], "lhs:4", "over mw = (3, 1); allowed: two numbers, the lower one first"),
    ],
)
def test_a_bad_word_is_refused(over: list[str], sample: str | None, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        told(*over, sample=sample)
    assert str(caught.value).startswith(f"sweep: {message}")
