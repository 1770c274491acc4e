"""Pictures of runs, comparisons and sweeps."""
