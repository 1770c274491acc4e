"""Published reference values, and their reproduction."""
