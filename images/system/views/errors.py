"""Pages for what went wrong, in the console's own look; the words say what to do next. htmx gets a notice instead."""

import sys

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404
from django.utils.translation import gettext as _

from images.core.database_trouble import SENTENCES, unwell
from images.core.http import problem
from images.core.requests import Request
from images.signin.views.ended import stale_token


def forbidden(request: Request, exception: Exception | None = None) -> HttpResponse:
    """`PermissionDenied("sentence")` tells the reason."""
    text = str(exception or "")
    return problem(request, 403, title=_("You may not do this"), text=text, template="system/403.html")


def not_found(request: Request, exception: Exception | None = None) -> HttpResponse:
    """`Http404("sentence")` says what is not there; a URL that no route knows has nothing to say."""
    is_ours = isinstance(exception, Http404) and not isinstance(exception, Resolver404)
    text = str(exception) if is_ours else ""
    return problem(request, 404, title=_("There is nothing here"), text=text, template="system/404.html")


def csrf_refused(request: Request, reason: str = "") -> HttpResponse:
    """The form is too old or came from elsewhere (or cookies are off); Django's `reason` is for its log."""
    if (answer := stale_token(request)) is not None:
        return answer
    text = _("The form was too old, or cookies are switched off. Go back, load the page again and repeat it.")
    return problem(request, 403, title=_("This form has expired"), text=text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors and session: the database may be what broke.

    What keeps the console from writing at all (a read-only database, a full disk) is nobody's mistake: 503, and the
    words say what it is. Browsers, scripts and balancers may come again.
    """
    request_id = getattr(request, "request_id", "")
    error = sys.exception()
    if error is not None and (reason := unwell(error)):
        return _unavailable(request, request_id, str(SENTENCES[reason]))
    if request.headers.get("HX-Request"):
        text = _("Nothing on this page was lost. The error is in the console's log, request %(id)s.")
        context = {"tone": "bad", "title": _("The console made a mistake"), "text": text % {"id": request_id}}
        body = render_to_string("components/notice.html", context)
    else:
        body = render_to_string("system/500.html", {"request_id": request_id})
    return HttpResponse(body, status=500)


def _unavailable(request: HttpRequest, request_id: str, reason: str) -> HttpResponse:
    title = _("Nothing can be changed at the moment")
    if request.headers.get("HX-Request"):
        body = render_to_string("components/notice.html", {"tone": "bad", "title": title, "text": reason})
    else:
        body = render_to_string("system/503.html", {"title": title, "reason": reason, "request_id": request_id})
    return HttpResponse(body, status=503, headers={"Retry-After": "30"})
