"""Profiling: where the time of a run goes, by participant and function."""
