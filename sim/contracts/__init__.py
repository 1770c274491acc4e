"""Contracts: payment for metered energy."""
