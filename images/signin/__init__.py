"""Signing in: passwords, second factors, providers, sessions, and proving who sits there."""
