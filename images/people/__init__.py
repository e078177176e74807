"""Persons and teams, and which roles they have where."""
