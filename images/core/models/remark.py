"""What processes noticed about the console itself, so that others can tell: doctor, /readyz, the first page."""

from django.db import models

from images.core.enums import RemarkKind


class Remark(models.Model):
    """One row for what was noticed again and again; `count` counts since `first_at`."""

    kind = models.CharField(max_length=10, choices=RemarkKind)
    #: What it is about: a child of the supervisor, a queue, a header.
    name = models.CharField(max_length=100)
    detail = models.TextField(blank=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="remark_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
