"""Sources of power: grid, reactors, agreements, solar, gas and batteries."""
