"""Page or partial, and error to response: the two decisions that every view shares."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_partial(request: HttpRequest) -> bool:
    """True when htmx will put the answer into a part of the page: boosted links and history restores want a page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(
    request: HttpRequest,
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


def problem(request: HttpRequest, status: int, *, title: str, text: str, template: str = "") -> HttpResponse:
    """What went wrong, with its status code.

    htmx puts answers of 400 and more (but 422) into #notice (base.html): it gets a notice. Everything else gets the
    page `template`, by default problem.html.
    """
    if request.htmx:
        name, context = "components/notice.html", {"tone": "bad", "title": title, "text": text}
    else:
        name, context = template or "problem.html", {"title": title, "reason": text, "status": status}
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
