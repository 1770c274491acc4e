"""Strategies: when a store charges and discharges, and what each may know of the future."""
