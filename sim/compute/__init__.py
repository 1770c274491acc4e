"""Server pools, whose GPUs jobs occupy."""
