"""Quantities over time: calendar, timestamps, step functions and profiles."""
