"""What a user holds after a run: the result and the comparison."""
