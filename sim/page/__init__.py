"""The page of a run: one file for a browser, which loads nothing from elsewhere."""
