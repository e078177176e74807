"""Figures by month and project, on the screen, as a file and by mail."""
