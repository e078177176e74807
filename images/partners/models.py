"""Projects of others that we know: who they are and how far we trust them, whether we share with them or they with us.

The projects that are managed here are known by themselves (`Project`) and have no row; `partners/queries.py`
puts both under one roof. Only partners/services.py writes these rows.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.partners.enums import PartnerSource, Trust


class PartnerQuerySet(models.QuerySet["Partner"]):
    def by_project_id(self, project_ids: Iterable[str]) -> "dict[str, Partner]":
        """Those of these projects that are in the book, by their ID at the cloud. One query."""
        return {partner.project_id: partner for partner in self.filter(project_id__in=set(project_ids))}


class Partner(models.Model):
    """An entry of the address book: a project of somebody else. IDs are unique over all clouds, as they are random."""

    #: At the cloud: what a share names as its member, and what the images that they share with us have as `owner`.
    project_id = models.CharField(_("project ID"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    #: Images are shared only within a region (9.3). Empty: not known, or (at OpenStack) in several.
    region = models.CharField(_("region"), max_length=100, blank=True)
    #: Of the owner: whether it may have our images, and whether what it shares with us is welcome.
    trust = models.CharField(_("trust"), max_length=10, choices=Trust, default=Trust.KNOWN)
    notes = models.TextField(_("notes"), blank=True)
    source = models.CharField(_("from"), max_length=10, choices=PartnerSource, default=PartnerSource.TYPED)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    #: Who, in words: outlives the account.
    added_by_name = models.CharField(max_length=150, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "project_id"]
        indexes = [models.Index(fields=["name", "project_id"]), models.Index(fields=["trust", "name"])]

    def __str__(self) -> str:
        return self.name or self.project_id

    @property
    def is_barred(self) -> bool:
        return self.trust == Trust.BARRED

    @property
    def is_trusted(self) -> bool:
        return self.trust == Trust.TRUSTED
