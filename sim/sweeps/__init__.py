"""Sweeps: many runs of one model, over parameters and seeds, that can be interrupted and resumed."""

from sim.sweeps.axes import grid, latin_hypercube, sobol
from sim.sweeps.result import SweepResult
from sim.sweeps.run import sweep

__all__ = ["SweepResult", "grid", "latin_hypercube", "sobol", "sweep"]
