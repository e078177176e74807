"""What tells whether the database was put back to an earlier state (operations/services/continuity.py)."""

from django.db import models


class Continuity(models.Model):
    """A mark that somebody left: the database as a whole, or one carrier. Nothing that people see."""

    #: "anchor", "database", or the name of a process.
    name = models.CharField(max_length=32, unique=True)
    mark = models.CharField(max_length=200, blank=True)
    #: Of the database: since when it goes on unbroken. Of a process: when it left the mark.
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.mark}"
