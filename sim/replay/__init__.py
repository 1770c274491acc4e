"""Replay: the metrics of a run in which nothing is decided in Python, without its rows."""
