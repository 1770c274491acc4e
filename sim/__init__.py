"""dcgrid: a discrete-event simulation of a datacenter's power grid.

The names below are found when they are first used, so that `import sim` costs next to nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:  # what type checkers read; at run time `_Package` finds the same names
    from sim.campus import Campus
    from sim.errors import EnergyBalanceError, OscillationError, SpecError
    from sim.results.compare import compare
    from sim.results.result import Result
    from sim.scenario import Scenario
    from sim.simulate import simulate
    from sim.sweep.result import SweepResult
    from sim.sweep.run import sweep

__all__ = [
    "Campus",
    "EnergyBalanceError",
    "OscillationError",
    "Result",
    "Scenario",
    "SpecError",
    "SweepResult",
    "__version__",
    "compare",
    "simulate",
    "sweep",
]

_HOMES = {
    "Campus": "sim.campus",
    "EnergyBalanceError": "sim.errors",
    "OscillationError": "sim.errors",
    "Result": "sim.results.result",
    "Scenario": "sim.scenario",
    "SpecError": "sim.errors",
    "SweepResult": "sim.sweep.result",
    "compare": "sim.results.compare",
    "simulate": "sim.simulate",
    "sweep": "sim.sweep.run",
}


class _Package(ModuleType):
    """The package, which imports the home of a name when the name is first used."""

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing the module `sim.simulate` would put it in the place of the function of that name.
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
