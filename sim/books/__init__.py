"""The books of a run: exact integrals, reasons, audit, and what is left when they are closed."""
