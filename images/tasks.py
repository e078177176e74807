"""Celery entries, one line each into a service."""
