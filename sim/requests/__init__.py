"""Requests: what arrives at an inference stream, drawn or read from a log."""
