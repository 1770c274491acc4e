"""Contracts: who pays for what was metered."""
