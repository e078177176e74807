"""Where images come from: accounts (credentials), regions and projects, and how fresh our copy of each is."""

from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.clouds.enums import CredentialKind, ProjectKind

#: A text that came with a later release: the one before it writes rows without.
_LATER: Final[dict[str, Any]] = {"blank": True, "default": "", "db_default": ""}


class AccountQuerySet(models.QuerySet["Account"]):
    def present(self) -> "AccountQuerySet":
        """Those that nobody has removed."""
        return self.filter(removed_at=None)


class Account(models.Model):
    """A credential at an IAM (Keystone) endpoint; clouds/services/connection.py says which names belong to which kind.

    The secret, that of an OpenID Connect client and the key of a certificate are stored encrypted (core/encryption.py).
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    auth_url = models.URLField(_("IAM endpoint"), max_length=300)
    kind = models.CharField(_("sign-in by"), max_length=10, choices=CredentialKind, default=CredentialKind.PASSWORD)
    domain = models.CharField(_("domain (account name)"), max_length=100, blank=True)
    domain_id = models.CharField(_("domain ID"), max_length=64, **_LATER)
    username = models.CharField(_("user"), max_length=200, blank=True)
    user_id = models.CharField(_("user ID"), max_length=64, **_LATER)
    access_key = models.CharField(_("access key"), max_length=200, blank=True)
    application_id = models.CharField(_("application credential ID"), max_length=64, **_LATER)
    application_name = models.CharField(_("application credential"), max_length=255, **_LATER)
    secret = models.TextField(_("password or secret key, encrypted"))
    identity_provider = models.CharField(_("identity provider"), max_length=64, **_LATER)
    protocol = models.CharField(_("protocol"), max_length=64, **_LATER)
    client_id = models.CharField(_("client ID"), max_length=255, **_LATER)
    client_secret = models.TextField(_("client secret, encrypted"), **_LATER)
    oidc_endpoint = models.URLField(_("provider's address for tokens"), max_length=300, **_LATER)
    oidc_discovery = models.URLField(_("provider's discovery document"), max_length=300, **_LATER)
    oidc_scope = models.CharField(_("scope"), max_length=200, **_LATER)
    #: Certificates in PEM that sign the cloud's own, when the public ones do not. Kept here and not in a file, so that
    #: every web process and worker has them.
    ca_bundle = models.TextField(_("CA bundle"), blank=True)
    #: Whoever is on the way may read and change everything; the page of accounts says so.
    insecure = models.BooleanField(_("certificates are not checked"), default=False, db_default=False)
    #: By which we say who we are, in PEM, and its key.
    certificate = models.TextField(_("client certificate"), **_LATER)
    private_key = models.TextField(_("key of the client certificate, encrypted"), **_LATER)
    #: Endpoints of the catalogue that may be used, comma-separated, the best first; empty: any, public ones first.
    interface = models.CharField(_("endpoint interface"), max_length=40, **_LATER)
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
                name="account_has_the_names_of_its_kind",
                condition=Q(kind=CredentialKind.PASSWORD) & (Q(username__gt="") | Q(user_id__gt=""))
                | Q(kind=CredentialKind.ACCESS_KEY, access_key__gt="")
                | Q(kind=CredentialKind.APPLICATION) & (Q(application_id__gt="") | Q(application_name__gt=""))
                | Q(kind=CredentialKind.TOKEN)
                | Q(kind=CredentialKind.OIDC_PASSWORD, username__gt="", client_id__gt="")
                | Q(kind=CredentialKind.OIDC_CLIENT, client_id__gt=""),
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
    #: Its code (core/error_messages.py) and the service's own id of the request that failed; "" where there is none.
    error_code = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    error_request_id = models.CharField(max_length=80, blank=True, default="", db_default="", editable=False)
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


class ServiceDescription(models.Model):
    """What the image service of a region says of itself; only a Glance does (6.3.1, /v2/info)."""

    region = models.OneToOneField(Region, models.CASCADE, related_name="description")
    #: The properties of GET /v2/schemas/image, JSON text.
    image_schema = models.TextField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.region)


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
