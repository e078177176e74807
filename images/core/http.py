"""Page or partial, and error to response: the two decisions that every view shares."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from images.core.requests import Request

#: Statuses whose answers htmx puts where the form wanted them (base.html).
_IN_PLACE = frozenset({409, 422})


def wants_partial(request: Request) -> bool:
    """True when htmx will put the answer into a part of the page: boosted links and history restores want a page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The template as a page, or, when htmx asks and `partial` names one, only that partial of it.

    The same URL answers differently by header, so that caches (and the browser's Back) are told with Vary.
    """
    name = f"{template}#{partial}" if partial and wants_partial(request) else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def key_of(request: Request) -> str:
    """What makes a form that is sent twice one operation, as short as its column."""
    return request.POST.get("key", "").replace("\0", "")[:64]


def problem(request: Request, status: int, *, title: str, text: str, template: str = "") -> HttpResponse:
    """What went wrong, with its status code.

    htmx puts answers of 400 and more (but 422) into #notice (base.html): it gets a notice. Everything else gets the
    page `template`, by default system/problem.html.
    """
    if request.htmx:
        name, context = "components/notice.html", {"tone": "bad", "title": title, "text": text}
    else:
        name, context = template or "system/problem.html", {"title": title, "reason": text, "status": str(status)}
    response = render(request, name, context, status=status)
    if request.htmx and status not in _IN_PLACE:
        response["HX-Reselect"] = ".notice"  # a form that takes only a part of its answer takes all of this one
    patch_vary_headers(response, ["HX-Request"])
    return response
