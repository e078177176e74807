"""Which processes of the console are there: each says so every few seconds, so that their absence can be told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from images.enums import ProcessKind


class Process(models.Model):
    """A worker or a scheduler. Its row outlives it: `seen_at` tells how long it has been silent."""

    kind = models.CharField(max_length=10, choices=ProcessKind)
    #: machine:process number
    name = models.CharField(max_length=64)
    #: What a worker takes its work from, comma-separated; empty for a scheduler.
    queues = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="process_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
