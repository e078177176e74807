"""Rows that the schedule could not get through, each pushed away for a while (core/sweeping.py)."""

from django.db import models


class Setback(models.Model):
    """One row of one sweep: written before the row is tried, gone when that went well.

    For rows that have no columns of their own for it. `row` names it as the sweep does.
    """

    sweep = models.CharField(max_length=40)
    row = models.CharField(max_length=80)
    #: Attempts in a row that did not come to their end.
    failures = models.PositiveSmallIntegerField()
    #: Nobody tries it before this.
    next_at = models.DateTimeField()
    #: What went wrong the last time; empty while it is being tried, and when that ended the process.
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "row"], name="setback_once_a_row")]

    def __str__(self) -> str:
        return f"{self.sweep}: {self.row}"
