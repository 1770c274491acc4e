"""Sizing: the cheapest sizes of a model that meet limits."""

from sim.sizing.result import SizeResult
from sim.sizing.run import size

__all__ = ["SizeResult", "size"]
