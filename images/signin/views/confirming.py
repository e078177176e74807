"""Asking who sits there before what gives somebody power (services/confirming says when); what was typed is kept.

The page that asks has everything that was sent in hidden fields and sends it to the same address again: nothing of it
is kept here, but for those who go to their provider and come back: then it waits in their session, encrypted.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.openid import PROVIDER
from images.core.encryption import SecretUnreadable, decrypt, encrypt
from images.core.http import wants_partial
from images.core.requests import Request, SignedIn, is_signed_in
from images.signin.forms import ReauthenticateForm, SecondReauthenticateForm, Worded
from images.signin.services import confirming

View = Callable[..., HttpResponseBase]
#: Names of our own fields beside those that are kept.
_PREFIX = "confirm"
_KEPT = "confirm_kept"
_FORMS: Mapping[str, type[ReauthenticateForm | SecondReauthenticateForm]] = {
    "password": ReauthenticateForm,
    "code": SecondReauthenticateForm,
}


def confirmed(view: View) -> View:
    """A POST to this view comes from somebody who has proved lately who they are; else they are asked first."""

    @wraps(view)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not is_signed_in(request) or confirming.is_recent(request):
            _forget_proof(request)
            return view(request, *args, **kwargs)
        form = _proof(request)
        if form is not None:
            if not ratelimit.consume(request, action="reauthenticate", user=request.user):
                return ratelimit.respond_429(request)
            if form.is_valid():
                confirming.note_confirmation(request)
                _forget_proof(request)
                return view(request, *args, **kwargs)
        return _ask(request, request.get_full_path(), kept_fields(request.POST), form)

    return wrapper


def confirmed_before(view: View) -> View:
    """The whole page is for somebody who has proved lately who they are: what is sent to it (files, secrets) is not to
    go through another one. Proved, they find it empty."""

    @wraps(view)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_signed_in(request) or confirming.is_recent(request):
            _forget_proof(request)
            return view(request, *args, **kwargs)
        form = _proof(request) if request.method == "POST" else None
        if form is not None:
            if not ratelimit.consume(request, action="reauthenticate", user=request.user):
                return ratelimit.respond_429(request)
            if form.is_valid():
                confirming.note_confirmation(request)
                return redirect(request.get_full_path())
        return _ask(request, request.get_full_path(), [], form)

    return wrapper


def confirmed_unless(button: str) -> Callable[[View], View]:
    """As `confirmed`, but for a POST by the button of this name, which only looks."""

    def decorate(view: View) -> View:
        guarded = confirmed(view)

        @wraps(view)
        def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return (view if button in request.POST else guarded)(request, *args, **kwargs)

        return wrapper

    return decorate


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def elsewhere(request: SignedIn) -> HttpResponse:
    """GET (of allauth's pages, with `next`) asks; POST goes to the provider, which is told to ask anew (`prompt` and
    `max_age`, OpenID Connect Core 3.1.2.1)."""
    if "elsewhere" not in confirming.confirmation_methods(request.user):
        return redirect("images:me")
    if request.method != "POST":
        return _ask(request, _here(request.GET.get("next", "")), [])
    kept = {"to": _here(request.POST.get(f"{_PREFIX}-to", "")), "fields": kept_fields(request.POST)}
    request.session[_KEPT] = encrypt(json.dumps(kept))
    provider = get_adapter().get_provider(request, PROVIDER)
    parameters = {"prompt": "login", "max_age": "0"}
    answer: HttpResponse = provider.redirect(
        request, AuthProcess.REDIRECT, next_url=reverse("images:confirm_back"), auth_params=parameters
    )
    return answer


@login_required
@require_safe
def back(request: SignedIn) -> HttpResponse:
    """From the provider: on with what was asked for, or once more."""
    try:
        kept = json.loads(decrypt(request.session.pop(_KEPT, "")))
    except SecretUnreadable:
        return redirect("images:me")
    if not confirming.is_recent(request):
        why = _("The provider did not say that it has just asked you.")
        messages.error(request, why + " " + _("Use another way, or ask an administrator for a password here."))
    elif not kept["fields"]:
        return redirect(kept["to"])
    return _ask(request, kept["to"], kept["fields"])


def _ask(request: SignedIn, to: str, fields: list[tuple[str, str]], form: Worded | None = None) -> HttpResponse:
    """403, with what was sent in hidden fields; 200 where nothing was refused. htmx puts it into #notice."""
    user = request.user
    known = confirming.is_recent(request)
    ways = [] if known else confirming.confirmation_methods(user)
    proofs = [form if form is not None and isinstance(form, _FORMS[way]) else _FORMS[way](user=user, prefix=_PREFIX)
              for way in ways if way in _FORMS]  # fmt: skip
    for proof in proofs[:1]:
        next(iter(proof.fields.values())).widget.attrs["autofocus"] = True
    context = {"to": to, "fields": fields, "proofs": proofs, "elsewhere": "elsewhere" in ways, "known": known}
    name = "access/confirm_elsewhere.html#ask" if wants_partial(request) else "access/confirm_elsewhere.html"
    return render(request, name, context, status=200 if known or not fields else 403)


def _proof(request: SignedIn) -> Worded | None:
    for way, kind in _FORMS.items():
        if f"{_PREFIX}-{way}" in request.POST and way in confirming.confirmation_methods(request.user):
            return kind(request.POST, user=request.user, prefix=_PREFIX)
    return None


def kept_fields(sent: QueryDict) -> list[tuple[str, str]]:
    """What was typed and pressed, without our own fields and the token (the page has a fresh one)."""
    ours = ("csrfmiddlewaretoken",)
    return [(name, value) for name, values in sent.lists() if name not in ours and not name.startswith(f"{_PREFIX}-")
            for value in values]  # fmt: skip


def _forget_proof(request: HttpRequest) -> None:
    """The view behind gets what it would have got without the question."""
    if not any(name.startswith(f"{_PREFIX}-") for name in request.POST):
        return
    request.POST = QueryDict(urlencode(kept_fields(request.POST)))


def _here(path: str) -> str:
    """Only addresses of this console."""
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, None) else reverse("images:home")
