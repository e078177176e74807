"""Who may do what where: people are in teams, teams have roles in projects."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from images.access.enums import Role
from images.clouds.models import Project


class Team(models.Model):
    """People who have the same roles."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    note = models.CharField(_("what it is for"), max_length=300, blank=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user__username"]
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="person_once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.user} ({self.team})"


class GrantQuerySet(models.QuerySet["Grant"]):
    def to(self, user: int, *roles: Role) -> "GrantQuerySet":
        """Those that this person (a primary key) has through their teams; without `roles` of any role."""
        grants = self.filter(team__memberships__user=user, team__memberships__user__is_active=True)
        return grants.filter(role__in=roles) if roles else grants


class Grant(models.Model):
    """A role of a team in a project, or in every project, also those to come (`project` is None)."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="grants")
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="grants")
    role = models.CharField(_("role"), max_length=13, choices=Role)
    granted_at = models.DateTimeField(auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["project__region__name", "project__name", "role"]
        constraints = [
            models.UniqueConstraint(fields=["team", "project", "role"], name="role_once_in_a_project"),
            models.UniqueConstraint(fields=["team", "role"], condition=Q(project=None), name="role_once_everywhere"),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.get_role_display()}"

    @property
    def role_explained(self) -> str:
        return Role(self.role).explained


def granted(user: int, *roles: Role) -> Q:
    """The condition on projects in which this person has one of these roles (any, without `roles`).

    Administrators of the console have all of them everywhere. Decided in SQL by the primary key alone, as the
    statements of hot pages are kept for each person (core/statements.py).
    """
    theirs = Grant.objects.to(user, *roles).filter(Q(project=OuterRef("pk")) | Q(project=None)).order_by()
    people = get_user_model().objects.filter(pk=user, is_active=True)
    return Q(Exists(people.filter(Q(is_staff=True) | Q(is_superuser=True)))) | Q(Exists(theirs))
