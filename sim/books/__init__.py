"""The books of a run: exact integrals, reasons, audit and the closed books."""
