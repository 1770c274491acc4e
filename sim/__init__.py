"""dcgrid: a discrete-event simulation of a datacenter's power grid."""

__version__ = "0.1.0"

from sim.campus import Campus
from sim.errors import EnergyBalanceError, OscillationError, SpecError
from sim.results.result import Result
from sim.simulate import simulate

__all__ = [
    "Campus",
    "EnergyBalanceError",
    "OscillationError",
    "Result",
    "SpecError",
    "__version__",
    "simulate",
]
