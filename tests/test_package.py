"""The package: its names, found when they are used, and what importing it costs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import sim

HEAVY = ("numpy", "pandas", "pydantic", "simpy", "pvlib", "matplotlib", "scipy", "pyarrow", "rich")


def loaded_by(code: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after some code."""
    code = f"{code}\nimport sys; print(*(set({HEAVY!r}) & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import sim") == set()


def test_the_command_line_loads_nothing_heavy_before_a_command_needs_it() -> None:
    assert loaded_by("import sim.cli") == set()


def test_a_campus_needs_no_frames_weather_or_pictures() -> None:
    assert loaded_by("from sim import Campus, simulate") == {"numpy", "pydantic", "simpy"}


def test_every_name_is_there() -> None:
    assert all(getattr(sim, name) is not None for name in sim.__all__)
    assert set(sim.__all__) <= set(dir(sim))


def test_no_name_is_hidden_by_a_module() -> None:
    """A module that is imported becomes an attribute of its package, so no two may share a name."""
    for name in sim.__all__:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"sim.{name}")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'Campsu'"):
        sim.Campsu  # noqa: B018 - the access is what is tested
