"""Workloads: the jobs of a log, or drawn from distributions."""
