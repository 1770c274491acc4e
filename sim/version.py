"""The version of the simulator."""

__version__ = "0.1.0"
