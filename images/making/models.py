"""A file on its way from a browser to an image; its bytes lie in a folder (services/uploads), the row says how many."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core.requests import Person
from images.operations.models.operation import Operation


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Person) -> "UploadQuerySet":
        """A person's own, in projects that they see: nobody else has the file to go on with."""
        return self.filter(actor_id=user.pk, project__in=visible_projects(user))


class Upload(models.Model):
    """One file. Announced once its size is known and its format was looked at; from then on it has an operation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    project = models.ForeignKey(Project, models.CASCADE, related_name="uploads")
    #: The image that waits for the file; None: one is made, of `fields` (those of 6.1.6, JSON object).
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="+")
    image_uid = models.CharField(max_length=64, blank=True)
    image_name = models.CharField(_("image"), max_length=255)
    fields = models.JSONField(default=dict)
    #: What the file is said to be; "": to be found out.
    disk_format = models.CharField(max_length=20, blank=True)
    #: From the form: a form that is sent twice begins one upload.
    key = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=255, blank=True)
    #: Bytes: of the file (None: not announced yet), of a piece, and how many have come.
    size = models.PositiveBigIntegerField(null=True)
    chunk = models.PositiveIntegerField(default=0)
    received = models.PositiveBigIntegerField(default=0)
    #: Of what has come (operations/actions/staging.py), so that the rest is taken from the same file only.
    digest = models.CharField(max_length=64, blank=True)
    operation = models.OneToOneField(Operation, models.SET_NULL, null=True, related_name="upload")
    created_at = models.DateTimeField(auto_now_add=True)
    #: After this nobody waits for its rest any more.
    expires_at = models.DateTimeField()
    #: When its bytes were deleted here.
    cleared_at = models.DateTimeField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["actor", "-created_at"]),
            models.Index(fields=["expires_at"], condition=Q(cleared_at=None), name="upload_kept"),
        ]
        constraints = [
            models.CheckConstraint(
                name="upload_has_no_more_than_its_size",
                condition=Q(received=0, size=None) | Q(size__isnull=False, received__lte=F("size")),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or self.image_name

    @property
    def is_complete(self) -> bool:
        return self.size is not None and self.received == self.size

    @property
    def percent(self) -> int:
        return 100 * self.received // self.size if self.size else 0
