"""Queueing: closed forms of queues, and queues as a fluid."""
