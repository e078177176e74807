"""Where a second person has to agree: what a project demands, and what was said to each operation that it concerns.

Only operations/services/consent.py writes here.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.clouds.models import Project
from images.core.requests import Person
from images.operations.enums import ActionKind, ConsentState
from images.operations.models.operation import Operation


class ConsentPolicy(models.Model):
    """Which acts on a project's images need a second person. No row: none do."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="consent_policy")
    for_share = models.BooleanField(_("sharing with others"), default=False)
    for_delete = models.BooleanField(_("deleting"), default=False)
    for_export = models.BooleanField(_("exporting to a bucket"), default=False)
    #: Days after which what nobody answered is off.
    days = models.PositiveSmallIntegerField(_("days to answer"), default=7)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by_name = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"consent in {self.project}"

    def demands(self, kind: str) -> bool:
        columns = {
            ActionKind.SHARE: self.for_share,
            ActionKind.DELETE: self.for_delete,
            ActionKind.EXPORT: self.for_export,
        }
        return bool(columns.get(ActionKind(kind), False))


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: Person) -> "ConsentQuerySet":
        return self.filter(project__in=visible_projects(user))

    def waiting(self) -> "ConsentQuerySet":
        return self.filter(state=ConsentState.WAITING)


class Consent(models.Model):
    """What one project says to one operation. The operation goes on when all of its projects have agreed."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="consents")
    project = models.ForeignKey(Project, models.CASCADE, related_name="consents", db_index=False)
    state = models.CharField(_("state"), max_length=10, choices=ConsentState, default=ConsentState.WAITING)
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("answer by"))
    #: Who ended it: an approver, or the person who asked. None for what ran out.
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(_("comment"), blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["project", "state", "-id"]),
            models.Index(fields=["state", "expires_at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operation", "project"], name="consent_once_per_project"),
            models.CheckConstraint(
                name="consent_is_decided_when_its_state_says_so",
                condition=Q(state=ConsentState.WAITING, decided_at=None)
                | (~Q(state=ConsentState.WAITING) & Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.get_state_display()}"
