"""Uploaded files of tags that wait for their confirmation (services/csv)."""

import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from images.core.clock import Now
from images.operations.models.operation import Operation


def new_key() -> str:
    return uuid.uuid4().hex


class TagFileQuerySet(models.QuerySet["TagFile"]):
    def of(self, user: User) -> "TagFileQuerySet":
        """One's own that are still kept: nobody else's business, whatever their role."""
        return self.filter(actor=user, expires_at__gte=Now())


class TagFile(models.Model):
    """The bytes of a CSV file, compressed; empty once it was applied."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    #: An empty cell takes the tag off; else it says nothing.
    empty_removes = models.BooleanField(default=False)
    #: Of the operation that it becomes: a confirmation that is sent twice makes one.
    key = models.CharField(max_length=32, unique=True, default=new_key)
    operation = models.ForeignKey(Operation, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = TagFileQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
