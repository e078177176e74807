"""The cache of image metadata: one row for an image as a project sees it, once per region for public images."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.clouds.models import Project, Region
from images.core.requests import Person


class ImageQuerySet(models.QuerySet["Image"]):
    def visible_to(self, user: Person) -> "ImageQuerySet":
        """Published images of the projects this person may see, and the public ones of their regions."""
        projects = visible_projects(user)
        own = Q(project__in=projects, project__published_at__isnull=False)
        public = Q(project=None, region__in=projects.values("region"), region__published_at__isnull=False)
        return self.filter(own | public)


class Image(models.Model):
    """Typed columns for what people filter and sort by; `document` is the image exactly as IMS sent it (JSON text).

    Empty text means that IMS sent nothing. Sizes: `size` bytes of the image file, `min_disk` GB, `min_ram` and
    `max_ram` MB. API reference 5.1.1 and 9.1.
    """

    region = models.ForeignKey(Region, models.CASCADE, related_name="images", db_index=False)
    #: None: a public image of the region.
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="images", db_index=False)
    image_id = models.CharField(_("ID"), max_length=64)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=20)
    visibility = models.CharField(_("visibility"), max_length=20)
    #: gold (public), private or shared; at a Glance also community
    image_type = models.CharField(_("type"), max_length=20)
    owner = models.CharField(_("owner"), max_length=64, blank=True)
    member_status = models.CharField(_("member state"), max_length=20, blank=True)
    os_type = models.CharField(_("OS type"), max_length=20, blank=True)
    platform = models.CharField(_("OS platform"), max_length=40, blank=True)
    os_version = models.CharField(_("OS version"), max_length=120, blank=True)
    os_bit = models.CharField(_("OS width"), max_length=4, blank=True)
    architecture = models.CharField(_("architecture"), max_length=20, blank=True)
    env_type = models.CharField(_("environment type"), max_length=40, blank=True)
    disk_format = models.CharField(_("disk format"), max_length=20, blank=True)
    container_format = models.CharField(_("container format"), max_length=20, blank=True)
    firmware = models.CharField(_("boot mode"), max_length=20, blank=True)
    min_disk = models.PositiveIntegerField(_("minimum disk"), default=0)
    min_ram = models.PositiveIntegerField(_("minimum memory"), default=0)
    max_ram = models.PositiveIntegerField(_("maximum memory"), null=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    protected = models.BooleanField(_("protected"), default=False)
    #: Of a Glance: in no list that does not ask for hidden ones (`os_hidden`).
    #: Never empty; nullable, since releases up to 0.2.0 write through a copy of this table that knows no defaults.
    hidden = models.BooleanField(_("hidden"), default=False, db_default=False, null=True)
    registered = models.BooleanField(_("registered"), default=True)
    whole_image = models.BooleanField(_("full-ECS"), default=False)
    key_id = models.CharField(_("encryption key"), max_length=64, blank=True)
    #: Comma-separated compatibility flags that are set, e.g. "kvm,xen,gpu_kvm:V100" (facets.FLAGS explains them).
    flags = models.CharField(_("compatibility"), max_length=300, blank=True)
    source_image_id = models.CharField(_("source image"), max_length=64, blank=True)
    backup_id = models.CharField(_("backup"), max_length=64, blank=True)
    data_origin = models.CharField(_("source"), max_length=255, blank=True)
    from_file = models.BooleanField(_("from a file"), default=False)
    created_at = models.DateTimeField(_("created"), null=True)
    updated_at = models.DateTimeField(_("updated"), null=True)
    active_at = models.DateTimeField(_("active since"), null=True)
    #: Lower-case name and description; the substring search looks here.
    search_text = models.TextField(editable=False)
    #: 16 hex characters over `document`; equal digests mean that nothing changed.
    digest = models.CharField(max_length=16, editable=False)
    document = models.TextField(editable=False)

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "image_id"],
                name="image_once_per_project",
                condition=Q(project__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["region", "image_id"], name="public_image_once_per_region", condition=Q(project=None)
            ),
        ]
        # Columns that the list sorts by and that have no postings (search/queries/order.py), with the id behind so that
        # pages never overlap. Each index costs a tenth of the time of writing, so there are no others.
        indexes = [
            models.Index(fields=["created_at", "id"]),
            models.Index(fields=["updated_at", "id"]),
            models.Index(fields=["name", "id"]),
            models.Index(fields=["size", "id"]),
            models.Index(fields=["image_id"]),
            # all that a synchronisation compares, without touching the rows themselves; written in order, hence cheap
            models.Index(fields=["project", "id", "image_id", "digest", "member_status"], name="image_held_by_project"),
            models.Index(fields=["source_image_id"], condition=~Q(source_image_id=""), name="image_source"),
            # ours that others may have: few, so that writing the others costs nothing
            models.Index(
                fields=["project"], condition=Q(visibility="shared", member_status=""), name="image_shared_out"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.image_id

    @property
    def attributes(self) -> dict[str, Any]:
        """The document as IMS sent it, parsed."""
        parsed: dict[str, Any] = json.loads(self.document)
        return parsed

    @property
    def encrypted(self) -> bool:
        return bool(self.key_id)


class ImageTag(models.Model):
    """One tag of an image. A key alone has the empty value (9.2), as has a word of a Glance, which is kept whole."""

    # the unique constraint is the index
    image = models.ForeignKey(Image, models.CASCADE, related_name="tags", db_index=False)
    key = models.CharField(max_length=255)
    value = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["image", "key"], name="tag_key_once_per_image")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}" if self.value else self.key


class ImageChange(models.Model):
    """What a synchronisation saw change. Text all through, so that it outlives image and project."""

    region_name = models.CharField(max_length=100)
    #: The project's own ID at the cloud; empty for public images.
    project_id_at_cloud = models.CharField(max_length=64, blank=True)
    project_name = models.CharField(max_length=100, blank=True)
    image_id = models.CharField(max_length=64)
    image_name = models.CharField(max_length=255)
    kind = models.CharField(max_length=10)
    #: IMS's name of the attribute ("tags" for tags); empty when the image appeared or went.
    attribute = models.CharField(max_length=120, blank=True)
    #: JSON text; None: the attribute was not there.
    old = models.TextField(null=True)
    new = models.TextField(null=True)
    #: When we saw it; IMS's own updated_at is one of the attributes.
    observed_at = models.DateTimeField()

    class Meta:
        ordering = ["-observed_at", "-id"]
        indexes = [models.Index(fields=["image_id", "observed_at"]), models.Index(fields=["observed_at"])]

    def __str__(self) -> str:
        return f"{self.image_name}: {self.kind} {self.attribute}".rstrip()
