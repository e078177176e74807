"""Where somebody is signed in: looking at it, and ending it elsewhere."""

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from images.access.permissions import can_manage_teams
from images.audit import services as audit
from images.signin.audit_events import SignInEvent


def sessions_of(user: User, request: HttpRequest) -> list[UserSession]:
    """One's own that still hold, this one first; sessions from before they were kept are noted now."""
    UserSession.objects.create_from_request(request)
    return sorted(open_sessions(user), key=lambda session: session.session_key != request.session.session_key)


def open_sessions(user: User) -> list[UserSession]:
    """Those that still hold, last seen first."""
    return sorted(UserSession.objects.purge_and_list(user), key=lambda session: session.last_seen_at, reverse=True)


def end_session(*, actor: User, session: UserSession) -> None:
    """One's own; administrators of the console also those of others. Raises PermissionDenied."""
    end_sessions(actor=actor, user=session.user, sessions=[session])


def end_sessions(*, actor: User, user: User, sessions: list[UserSession] | None = None, but: str | None = "") -> int:
    """These, or all of somebody but the one with the key `but`; returns how many. Raises PermissionDenied."""
    if user.pk != actor.pk and not can_manage_teams(actor):
        raise PermissionDenied(_("You may end your own sessions, and nobody else's."))
    with transaction.atomic():
        chosen = sessions if sessions is not None else list(UserSession.objects.filter(user=user))
        ended = [session for session in chosen if session.session_key != but]
        return _end(ended, user=user, actor=actor)


def end_all(*, user: User, actor: User | None) -> int:
    """Every session of somebody, whoever asks for it: a deactivated person's stay ended when they come back. To be
    called inside the transaction of what ends them. How many."""
    return _end(list(UserSession.objects.filter(user=user)), user=user, actor=actor)


def end_other_identities(*, identity: SocialAccount, but: str) -> int:
    """All sessions of this identity's account that were not opened by it, but the one with the key `but`: whoever sits
    there came in by a password, or as somebody else, and must not get what this identity's groups give. How many."""
    sessions = UserSession.objects.filter(user=identity.user).exclude(session_key=but)
    return _end([session for session in sessions if not _opened_by(session, identity)], user=identity.user, actor=None)


def _opened_by(session: UserSession, identity: SocialAccount) -> bool:
    records = SessionStore(session.session_key).get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return any((record.get("provider"), record.get("uid")) == (identity.provider, identity.uid) for record in records)


def _end(sessions: list[UserSession], *, user: User, actor: User | None) -> int:
    for session in sessions:
        session.end()
    if sessions:
        details = {"clients": [f"{session.ip} {session.user_agent}"[:200] for session in sessions]}
        audit.record(event=SignInEvent.SESSION_ENDED, actor=actor, subject=user, details=details)
    return len(sessions)
