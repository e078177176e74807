"""Which processes of the console are there: each says so every few seconds, so that their absence can be told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from images.core.enums import ProcessKind


class Process(models.Model):
    """A worker or a scheduler. Its row outlives it: `seen_at` tells how long it has been silent."""

    kind = models.CharField(max_length=10, choices=ProcessKind)
    #: A random name, then machine and process number for people: <name>@<machine>:<number>
    name = models.CharField(max_length=64)
    #: What a worker takes its work from, comma-separated; empty for a scheduler.
    queues = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    #: Seconds by which the clock of its machine is ahead of the database's; below 0 it is behind.
    clock_ahead = models.FloatField(default=0, db_default=0)
    seen_at = models.DateTimeField(_("last seen"))

    #: Bytes of its memory that are in use; None of one of an earlier version.
    memory = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="process_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
