"""Where images come from: accounts (credentials), regions and projects, and how fresh our copy of each is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.clouds.enums import CredentialKind, ProjectKind


class AccountQuerySet(models.QuerySet["Account"]):
    def present(self) -> "AccountQuerySet":
        """Those that nobody has removed."""
        return self.filter(removed_at=None)


class Account(models.Model):
    """A credential at an IAM (Keystone) endpoint. The secret is stored encrypted (core/encryption.py)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    auth_url = models.URLField(_("IAM endpoint"), max_length=300)
    kind = models.CharField(_("sign-in by"), max_length=10, choices=CredentialKind, default=CredentialKind.PASSWORD)
    domain = models.CharField(_("domain (account name)"), max_length=100, blank=True)
    username = models.CharField(_("user"), max_length=200, blank=True)
    access_key = models.CharField(_("access key"), max_length=200, blank=True)
    secret = models.TextField(_("password or secret key, encrypted"))
    #: Certificates in PEM that sign the cloud's own, when the public ones do not. Kept here and not in a file, so that
    #: every web process and worker has them.
    ca_bundle = models.TextField(_("CA bundle"), blank=True)
    #: For services that no catalogue names; empty: the catalogue says (docs/adr/0004-accounts.md).
    image_endpoint = models.URLField(_("image endpoint"), max_length=300, blank=True)
    region_name = models.CharField(_("region"), max_length=100, blank=True)
    #: Empty: the endpoint's answers say.
    service = models.CharField(_("service"), max_length=10, choices=ProjectKind, blank=True)
    #: Removed by somebody; nobody sees it any more, and a worker clears away what it held.
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="account_has_the_name_its_kind_needs",
                condition=Q(kind=CredentialKind.PASSWORD, username__gt="")
                | Q(kind=CredentialKind.ACCESS_KEY, access_key__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Synchronised(models.Model):
    """What we keep in step with IMS, and how well. Only cache/services/sync.py writes these columns."""

    #: First complete synchronisation; before it no reader sees any image of this project or region.
    published_at = models.DateTimeField(null=True, editable=False)
    #: Start of the last synchronisation that ended well: all changes up to here are in the cache.
    synced_at = models.DateTimeField(null=True, editable=False)
    #: The same for the last full one, which also notices deletions.
    full_synced_at = models.DateTimeField(null=True, editable=False)
    #: Last time the service answered us at all.
    contact_at = models.DateTimeField(null=True, editable=False)
    #: Sentence for people about the last failure; empty when the last synchronisation ended well.
    error = models.TextField(blank=True, editable=False)
    error_at = models.DateTimeField(null=True, editable=False)
    #: How often it failed in a row, and when the schedule tries again.
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    retry_at = models.DateTimeField(null=True, editable=False)
    #: Somebody asked for a synchronisation now ("" none, "quick", "full").
    wanted = models.CharField(max_length=5, blank=True, editable=False)
    #: Who synchronises at this moment, until when its claim holds, and how many images it has read.
    lease_owner = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    progress = models.PositiveIntegerField(default=0, editable=False)
    image_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class Region(Synchronised):
    """A region of a cloud. Its public images are cached once, here, however many projects see them."""

    cloud = models.CharField(_("cloud"), max_length=300, help_text=_("IAM endpoint that the region belongs to"))
    name = models.CharField(_("region"), max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["cloud", "name"], name="region_once_per_cloud")]

    def __str__(self) -> str:
        return self.name


class ProjectQuerySet(models.QuerySet["Project"]):
    def managed(self) -> "ProjectQuerySet":
        """Those that people picked to be managed here."""
        return self.filter(enabled=True)


class Project(Synchronised):
    """A project (tenant) in one region, with the endpoint that serves its images."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="projects")
    region = models.ForeignKey(Region, models.PROTECT, related_name="projects")
    project_id = models.CharField(_("project ID"), max_length=64)
    name = models.CharField(_("name"), max_length=100)
    endpoint = models.URLField(_("image endpoint"), max_length=300)
    kind = models.CharField(_("service"), max_length=10, choices=ProjectKind, default=ProjectKind.IMS)
    enabled = models.BooleanField(_("managed"), default=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["region__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "project_id"], name="project_once_per_account")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_native(self) -> bool:
        """Served by a plain Glance, without the calls and spellings of IMS."""
        return self.kind == ProjectKind.OPENSTACK
