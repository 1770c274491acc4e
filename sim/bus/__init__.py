"""The bus: clears offers and bids once per instant. It depends on no participant and no books."""
