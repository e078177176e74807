"""Whom images of ours are shared with, as IMS said last, and how fresh that is.

Only sharing/services/member_lists.py writes here.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core.requests import Person


class ShareQuerySet(models.QuerySet["Share"]):
    def visible_to(self, user: Person) -> "ShareQuerySet":
        """Those out of projects that this person may see."""
        return self.filter(project__in=visible_projects(user))


class Share(models.Model):
    """An image of ours that a recipient has (a member, 6.4.3). Names are text, so that they outlive the image."""

    #: The owner.
    project = models.ForeignKey(Project, models.CASCADE, related_name="shares", db_index=False)
    #: None: the image is gone, and its members with it; the row tells who had it.
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="shares")
    image_uid = models.CharField(_("image ID"), max_length=64)
    image_name = models.CharField(_("image"), max_length=255)
    #: ID of the recipient's project at the cloud.
    recipient = models.CharField(_("recipient"), max_length=64)
    #: As IMS sends it: pending, accepted, rejected.
    status = models.CharField(_("state"), max_length=20)
    #: IMS's created_at and updated_at of the member; when we saw it first, where it says nothing.
    shared_at = models.DateTimeField(_("shared"))
    changed_at = models.DateTimeField(_("last change"))
    #: The image was found gone.
    ended_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-shared_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "image_uid", "recipient"], name="recipient_once_per_image"),
        ]
        indexes = [
            models.Index(fields=["shared_at", "id"]),
            models.Index(fields=["changed_at", "id"]),
            models.Index(fields=["image_name", "id"]),
            models.Index(fields=["recipient", "id"]),
            models.Index(fields=["status", "shared_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.image_name} → {self.recipient}"


class MemberList(models.Model):
    """The list of members of one image at IMS (6.4.4): when we read it, and when we read it next.

    There is a row for each image of ours that is shared. Whoever reads claims the row by moving `next_at`; who dies
    over it has only made the next reading later.
    """

    image = models.OneToOneField(Image, models.CASCADE, related_name="member_list")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    next_at = models.DateTimeField()
    #: All that the service said up to here is in `Share`.
    read_at = models.DateTimeField(null=True)
    #: A sentence for people about the last reading, if it failed, and how many have failed since the last success.
    error = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["next_at", "id"]
        indexes = [models.Index(fields=["project", "next_at"]), models.Index(fields=["next_at"])]

    def __str__(self) -> str:
        return f"members of {self.image_id}"
