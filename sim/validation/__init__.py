"""Published figures, and their reproduction."""
