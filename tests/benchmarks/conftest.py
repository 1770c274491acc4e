"""Prints the ratios that the benchmarks have found, after pytest-benchmark's own table."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import simpy

RATIOS: list[tuple[str, float, str]] = []


@pytest.fixture
def ratio() -> Callable[[str, float, str], None]:
    """Note a ratio: what it compares, its value, and the target in words."""
    return lambda what, value, target: RATIOS.append((what, value, target))


@pytest.fixture
def timeout_s() -> float:
    """Processor time of one timeout of bare SimPy, the best of five runs."""

    def process(env: simpy.Environment) -> simpy.events.ProcessGenerator:
        for _ in range(200_000):
            yield env.timeout(60.0)

    def once() -> float:
        env = simpy.Environment()
        env.process(process(env))
        began = time.process_time()
        env.run()
        return (time.process_time() - began) / 200_000

    return min(once() for _ in range(5))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the ratios."""
    if RATIOS:
        terminalreporter.section("ratios")
        for what, value, target in RATIOS:
            terminalreporter.write_line(f"{what:<64} {value:8.2f}   {target}")
