"""How long a session lives: SESSION_IDLE_MINUTES without anybody doing anything, and SESSION_LIFETIME_HOURS at most.

What pages ask for by themselves is no sign of life (js/console.js marks it): a screen that somebody left would stay
open for ever. The moments stand in the session; the last one is written once a minute: a click costs no write.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

BEGAN, SEEN = "began_at", "seen_at"
#: Seconds between two notes of a sign of life.
_NOTED = 60.0


class SessionLimitsMiddleware:
    """After those that make the session, the person and the messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self._look(request)
        return self.get_response(request)

    def _look(self, request: HttpRequest) -> None:
        now, by_itself = time.time(), "Console-Poll" in request.headers
        if (
            BEGAN not in request.session
        ):  # from a release without limits: an upgrade signs nobody out, they count from now
            begin(request.session)
        if is_over(request.session, now):
            request.session.flush()
            if not by_itself:
                messages.info(request, _("You were signed out, for a session has its limits. Sign in to go on."))
        elif not by_itself and now - request.session[SEEN] >= min(_NOTED, settings.SESSION_IDLE / 10):
            request.session[SEEN] = now


def begin(session: SessionBase) -> None:
    """Somebody has just signed in."""
    session[BEGAN] = session[SEEN] = time.time()


def is_over(session: SessionBase, now: float) -> bool:
    """One of both limits is reached."""
    began, seen = float(session[BEGAN]), float(session[SEEN])
    return now - began >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE
