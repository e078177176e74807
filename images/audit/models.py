"""The audit: who did what, when and from where, and what it was before. Rows are only ever added.

Names are text and primary keys plain numbers, not references, so that an entry outlives all that it tells of and
nothing that is removed reaches into it. The database refuses changes too, by triggers (migration of the same name).
"""

import uuid
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images.access.permissions import Ability, projects_for
from images.audit.events import find
from images.core.requests import Person


class AppendOnlyError(Exception):
    """Somebody tried to change or delete an audit entry."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: Person) -> "AuditQuerySet":
        """Everything for administrators of the console; for others what happened in projects that they administer, what
        was done to their own account, and their own sign-ins."""
        if not user.is_active:
            return self.none()
        if user.is_staff or user.is_superuser:
            return self
        theirs = projects_for(user, Ability.ADMINISTER).order_by().values("pk")
        own = Q(actor_pk=user.pk, project_pk=None) | Q(subject_kind="person", subject_ref=str(user.pk))
        return self.filter(Q(project_pk__in=theirs) | own)

    def update(self, **_columns: object) -> NoReturn:
        raise AppendOnlyError("audit entries are never changed")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("audit entries are never deleted")

    def seal(self, **columns: Any) -> int:
        """For audit/services/sealing.py alone: the two columns that are filled in a moment after the others."""
        return super().update(**columns)


class AuditEntry(models.Model):
    """One act. `number` and `digest` make the chain (docs/adr/0008-audit-chain.md); all else is fixed at once."""

    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    #: One of those that rooms declare (audit/events.py); not as `choices`, so that a new one needs no migration.
    event = models.CharField(_("what"), max_length=40)
    #: None: the console itself, or somebody who is not signed in.
    actor_pk = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("who"), max_length=150, blank=True)
    #: None: not about a project.
    project_pk = models.BigIntegerField(null=True)
    project_name = models.CharField(_("project"), max_length=220, blank=True)
    #: What it was done to: the kind ("image", "operation", "team"), what identifies it (an image by its ID at IMS).
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_ref = models.CharField(max_length=100, blank=True)
    subject_name = models.CharField(_("object"), max_length=255, blank=True)
    #: All of it in words.
    sentence = models.TextField()
    #: What differs, of the same keys (JSON objects; None where there was or is nothing).
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    #: What else belongs to it (JSON object).
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    #: The client's, as the console saw it; empty for what no request did.
    address = models.CharField(max_length=45, blank=True)
    #: Makes each entry different, so that none can be put in twice.
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    #: Keyed digest over all of the above.
    stamp = models.CharField(max_length=80)
    #: Place in the chain, from 1 without gaps; None: not sealed yet.
    number = models.BigIntegerField(null=True, unique=True)
    #: Keyed digest over the digest before, the number and the stamp.
    digest = models.CharField(max_length=80, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor_pk", "-id"]),
            models.Index(fields=["project_pk", "-id"]),
            models.Index(fields=["event", "-id"]),
            models.Index(fields=["subject_kind", "subject_ref", "-id"], name="audit_subject"),
            models.Index(fields=["request_id"], name="audit_request"),
            models.Index(fields=["id"], condition=Q(number=None), name="audit_unsealed"),
        ]

    def __str__(self) -> str:
        return self.sentence

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("audit entries are never changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise AppendOnlyError("audit entries are never deleted")

    @property
    def label(self) -> str:
        """The event in words; as it is when this version of the console does not know it."""
        known = find(self.event)
        return str(known.label) if known else self.event


class AuditHead(models.Model):
    """The end of the chain (one row): without it nobody would miss entries that were cut off there."""

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=80, blank=True)
    #: Keyed digest over both.
    stamp = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"audit up to {self.number}"
