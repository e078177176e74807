"""Where somebody is signed in: looking at it, and ending it elsewhere."""

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from images.permissions import can_manage_teams
from images.services import audit
from images.services.audit import AuditEvent


def sessions_of(user: User, request: HttpRequest) -> list[UserSession]:
    """One's own that still hold, this one first; sessions from before they were kept are noted now."""
    UserSession.objects.create_from_request(request)
    return sorted(open_sessions(user), key=lambda one: one.session_key != request.session.session_key)


def open_sessions(user: User) -> list[UserSession]:
    """Those that still hold, last seen first."""
    return sorted(UserSession.objects.purge_and_list(user), key=lambda one: one.last_seen_at, reverse=True)


def end_session(*, actor: User, session: UserSession) -> None:
    """One's own; administrators of the console also those of others. Raises PermissionDenied."""
    end_sessions(actor=actor, user=session.user, sessions=[session])


def end_sessions(*, actor: User, user: User, sessions: list[UserSession] | None = None, but: str = "") -> int:
    """These, or all of somebody but the one with the key `but`; returns how many. Raises PermissionDenied."""
    if user.pk != actor.pk and not can_manage_teams(actor):
        raise PermissionDenied(_("You may end your own sessions, and nobody else's."))
    with transaction.atomic():
        chosen = sessions if sessions is not None else list(UserSession.objects.filter(user=user))
        ended = [one for one in chosen if one.session_key != but]
        for one in ended:
            one.end()
        if ended:
            details = {"clients": [f"{one.ip} {one.user_agent}"[:200] for one in ended]}
            audit.record(event=AuditEvent.SESSION_ENDED, actor=actor, subject=user, details=details)
    return len(ended)
