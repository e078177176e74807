"""Images of a large operation that are not items yet (docs/adr/0018-batches-of-items.md).

Two modules know these rows, and import-linter keeps it so: operations/services/batches.py, which writes them and makes
items of them, and operations/queries/unwritten.py, which everybody else asks.
"""

from django.db import models

from images.clouds.models import Project
from images.operations.enums import ItemState
from images.operations.models.operation import Operation


class ItemBatch(models.Model):
    """Images of a large operation, packed. The operation counts them from the beginning, and each of its projects has
    an item from the beginning."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="batches")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    count = models.PositiveIntegerField()
    #: What becomes of them: waiting, or cancelled before they began.
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    #: Image.id of each, as a serialised bitmap.
    images = models.BinaryField()
    #: What each item will hold, packed.
    content = models.BinaryField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["project", "id"])]

    def __str__(self) -> str:
        return f"{self.count} of operation {self.operation_id}"
