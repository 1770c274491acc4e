"""Servers, and the jobs that occupy them."""
