"""Weather: sun, air and wind at a place."""
