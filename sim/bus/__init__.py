"""The bus: offers meet bids once per instant. It knows no participant by name, and no books."""
