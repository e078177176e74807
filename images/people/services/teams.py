"""Teams, who is in them, and which roles they have where. Only administrators of the console change them."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from images.access.enums import Role
from images.access.models import Grant, Membership, Team
from images.access.permissions import check_can_manage_teams
from images.audit import services as audit
from images.audit.services import AuditEvent
from images.clouds.models import Project
from images.core.locking import locked
from images.people.audit_events import RoleEvent, TeamEvent
from images.signin.audit_events import MemberEvent


class TeamRefused(Exception):
    """It cannot be so; the message is a sentence for people, `field` the entry of the form that it is about."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def add_team(*, actor: User, name: str, note: str = "") -> Team:
    """Raises PermissionDenied, TeamRefused (the name is taken)."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        team = Team(name=name, note=note)
        _save(team)
        after = {"name": name, "note": note}
        audit.record(event=TeamEvent.ADDED, actor=actor, subject=team, after=after)
    return team


def change_team(*, actor: User, team: Team, name: str, note: str = "") -> Team:
    """Raises PermissionDenied, TeamRefused (the name is taken)."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        team = locked(Team.objects.all(), team)
        before = {"name": team.name, "note": team.note}
        team.name, team.note = name, note
        _save(team)
        after = {"name": name, "note": note}
        audit.record(event=TeamEvent.CHANGED, actor=actor, subject=team, before=before, after=after)
    return team


def remove_team(*, actor: User, team: Team) -> None:
    """With its memberships and roles. Raises PermissionDenied."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        team = locked(Team.objects.all(), team)
        before = {
            "name": team.name,
            "members": [membership.user.get_username() for membership in team.memberships.select_related("user")],
            "roles": [grant_summary(grant) for grant in team.grants.select_related("project__region")],
        }
        for project in _places(team):
            audit.record(event=TeamEvent.REMOVED, actor=actor, project=project, subject=team, before=before)
        team.delete()


def add_member(*, actor: User, team: Team, user: User) -> None:
    """Harmless for somebody who is in it. Raises PermissionDenied, TeamRefused for a deactivated person."""
    check_can_manage_teams(actor)
    if not user.is_active:
        raise TeamRefused(_("%(who)s is deactivated.") % {"who": user.get_username()}, "user")
    with transaction.atomic():
        _membership, made = Membership.objects.get_or_create(team=team, user=user)
        if made:
            _tell(MemberEvent.ADDED, actor, team, user)


def remove_member(*, actor: User, team: Team, user: User) -> None:
    """Harmless for somebody who is not in it. Raises PermissionDenied."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        gone, _rows = Membership.objects.filter(team=team, user=user).delete()
        if gone:
            _tell(MemberEvent.REMOVED, actor, team, user)


def grant(*, actor: User, team: Team, role: Role, project: Project | None) -> Grant:
    """A role in a project, or (None) in every one, also those to come. Harmless when the team has it. Raises
    PermissionDenied."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        given, made = Grant.objects.get_or_create(team=team, project=project, role=role)
        if made:
            audit.record(
                event=RoleEvent.GRANTED,
                actor=actor,
                project=project,
                subject=team,
                after={"role": grant_summary(given)},
            )
    return given


def revoke(*, actor: User, given: Grant) -> None:
    """Raises PermissionDenied."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        given = locked(Grant.objects.select_related("team", "project__region"), given)
        audit.record(
            event=RoleEvent.REVOKED,
            actor=actor,
            project=given.project,
            subject=given.team,
            before={"role": grant_summary(given)},
        )
        given.delete()


def grant_summary(given: Grant) -> str:
    """“Operator in build (eu-west-0)”."""
    where = f"{given.project.name} ({given.project.region.name})" if given.project else _("every project")
    return _("%(role)s in %(where)s") % {"role": given.get_role_display(), "where": where}


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        sentence = _("There is a team called “%(name)s” already.") % {"name": team.name}
        raise TeamRefused(sentence, "name") from error


def _places(team: Team) -> list[Project | None]:
    """Whose administrators hear of it: each project in which the team has a role; nobody's if it has none."""
    projects = Project.objects.filter(grants__team=team).select_related("region").distinct()
    return list(projects) or [None]


def _tell(event: AuditEvent, actor: User, team: Team, user: User) -> None:
    roles = [grant_summary(given) for given in team.grants.select_related("project__region")]
    for project in _places(team):
        audit.record(
            event=event, actor=actor, project=project, subject=user, details={"team": team.name, "roles": roles}
        )
