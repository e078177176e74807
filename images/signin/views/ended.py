"""The session has ended while somebody was typing: nothing of it is lost.

They sign in in a new tab, and send it once more from where they are. htmx leaves the form as it stands: it gets a
notice, which asks as soon as the page is seen again whether somebody is signed in, and brings the form's token up to
date. The page of a plain form is gone: the answer has what was sent in hidden fields, but for secrets and files.
"""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from images.audit.services.redaction import is_secret
from images.core.requests import Request, SignedIn, is_signed_in
from images.signin.views.confirming import kept_fields

#: An event: console.js puts what it brings into every form of the page.
_RENEWED: Final = "new-token"


def session_ended(request: Request) -> HttpResponse:
    """401, instead of the sign-in page."""
    if request.htmx:
        return _notice(request, 401)
    return _page(request, 401)


def stale_token(request: Request) -> HttpResponse | None:
    """403 for a form whose token is of another session of the same browser, but whose person is signed in: it may be
    sent once more. None: it did not come from a page of ours, or nobody is signed in."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin" or not is_signed_in(request):
        return None
    return _with_token(request, _notice(request, 403)) if request.htmx else _page(request, 403)


@login_required
@require_safe
def again(request: SignedIn) -> HttpResponse:
    """What the new tab shows in the end, and what the notice in the old one asks for."""
    if request.htmx:
        return _with_token(request, _notice(request, 200))
    return render(request, "access/signed_in_again.html")


def _notice(request: Request, status: int) -> HttpResponse:
    response = render(request, "access/session_ended.html#notice", _context(request), status=status)
    response["HX-Reselect"] = ".notice"
    return response


def _page(request: Request, status: int) -> HttpResponse:
    return render(request, "access/session_ended.html", _context(request), status=status)


def _context(request: Request) -> dict[str, object]:
    sensitive = getattr(request, "sensitive_post_parameters", ())
    secrets = {name for name in request.POST if is_secret(name) or name in sensitive or sensitive == "__ALL__"}
    secrets.discard("csrfmiddlewaretoken")
    known = is_signed_in(request)
    return {
        "known": known,
        "title": _("You are signed in again") if known else _("Your session has ended"),
        "to": request.get_full_path(),
        "fields": [(name, value) for name, value in kept_fields(request.POST) if name not in secrets],
        "left_out": bool(secrets or request.FILES),
    }


def _with_token(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """For scripts of this origin alone: no other may read an answer of ours."""
    return trigger_client_event(response, _RENEWED, {"token": get_token(request)})
