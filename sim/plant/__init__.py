"""Physics that participants share: stores, ramps, outages, commitment."""
