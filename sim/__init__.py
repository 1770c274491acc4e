"""dcgrid: a discrete-event simulation of a datacenter's power grid.

The names below are imported on first use, so that `import sim` is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.version import __version__

if TYPE_CHECKING:  # for type checkers; at run time `__getattr__` imports the same names
    from sim.campus import Campus
    from sim.campus.scenario import Scenario
    from sim.errors import EnergyBalanceError, OscillationError, SpecError
    from sim.results.comparison import compare, comparison_page
    from sim.results.result import Result
    from sim.simulation import simulate
    from sim.sizing.result import SizeResult
    from sim.sizing.run import size
    from sim.sweeps.result import SweepResult
    from sim.sweeps.run import sweep

__all__ = [
    "Campus",
    "EnergyBalanceError",
    "OscillationError",
    "Result",
    "Scenario",
    "SizeResult",
    "SpecError",
    "SweepResult",
    "__version__",
    "compare",
    "comparison_page",
    "simulate",
    "size",
    "sweep",
]

_HOMES = {
    "Campus": "sim.campus",
    "EnergyBalanceError": "sim.errors",
    "OscillationError": "sim.errors",
    "Result": "sim.results.result",
    "Scenario": "sim.campus.scenario",
    "SizeResult": "sim.sizing.result",
    "SpecError": "sim.errors",
    "SweepResult": "sim.sweeps.result",
    "compare": "sim.results.comparison",
    "comparison_page": "sim.results.comparison",
    "simulate": "sim.simulation",
    "size": "sim.sizing.run",
    "sweep": "sim.sweeps.run",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
