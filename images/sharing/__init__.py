"""Sharing images out, and the partners that they are shared with."""
