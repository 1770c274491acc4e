"""Sweeps: many runs of one model, over parameters and seeds, that can be interrupted and resumed."""

from sim.sweep.axes import grid, latin_hypercube, sobol
from sim.sweep.result import SweepResult
from sim.sweep.run import sweep

__all__ = ["SweepResult", "grid", "latin_hypercube", "sobol", "sweep"]
