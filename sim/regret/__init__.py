"""Regret: how far the dispatch of a run is from what perfect foresight could have cost at least."""
