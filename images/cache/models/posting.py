"""The facet index: for each (field, value) the set of images that have it, as a compressed bitmap of Image.id.

Lists, counts, facets, bulk selections and exports intersect these sets in memory, which costs the same few
milliseconds at a thousand and at a million images (docs/adr/0001-bitmap-facets.md). Written in the same
transaction as the images it tells of; an image that is in no `holder` posting is not yet published.
"""

from django.db import models


class Posting(models.Model):
    """One (field, value) pair of facets.py and its images. `version` is IndexState.version of its last change."""

    field = models.CharField(max_length=40)
    value = models.CharField(max_length=512)
    bitmap = models.BinaryField()
    count = models.PositiveIntegerField()
    version = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["field", "value"], name="posting_once")]

    def __str__(self) -> str:
        return f"{self.field}={self.value} ({self.count})"


class IndexState(models.Model):
    """The single row whose version moves with every published change; locking it serialises publishers."""

    version = models.PositiveBigIntegerField(default=0)
    #: facets.SHAPE of whoever made the index.
    shape = models.PositiveSmallIntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return str(self.version)
