"""Clients that we did not write run against the sandbox without knowing it."""
