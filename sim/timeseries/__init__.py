"""Quantities over time: calendar, timestamps, step functions and the profiles that describe them."""
