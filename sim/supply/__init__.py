"""What gives power: grid, reactors, agreements, sun, gas and batteries."""
