"""Serving: requests, the replicas that serve them, and their queue."""
