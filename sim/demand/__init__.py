"""Demand for power: the facility and its loads."""
