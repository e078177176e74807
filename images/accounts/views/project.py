"""The page of a managed project: what its administrators decide for it. Each policy is a card with a form of its own.

A card belongs to the room of its subject: a template `templates/<room>/_project_card.html`, a function with what it
shows, registered by `card`, and a URL of its own for its form, which answers 422 with this page by
`project_page(request, project, changed={…})`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from images.access.permissions import Ability, can, refusal, visible_projects
from images.accounts.queries import line_of
from images.clouds.models import Project
from images.core.http import page
from images.core.requests import SignedIn

Context = Mapping[str, Any]
Fill = Callable[[SignedIn, Project], Context]


@dataclass(frozen=True, slots=True)
class Card:
    """`place`: where it stands on the page, from above."""

    place: int
    template: str
    fill: Fill


_CARDS: list[Card] = []


def card(template: str, *, place: int) -> Callable[[Fill], Fill]:
    """Makes what the function shows a card of the page."""

    def register(fill: Fill) -> Fill:
        _CARDS.append(Card(place, template, fill))
        _CARDS.sort(key=lambda entry: entry.place)
        return fill

    return register


@login_required
@require_safe
def project(request: SignedIn, pk: int) -> HttpResponse:
    return project_page(request, project_of(request, pk))


def project_of(request: SignedIn, pk: int) -> Project:
    """A project that this person sees; 404 for any other."""
    return get_object_or_404(visible_projects(request.user).select_related("region", "account"), pk=pk)


def project_page(
    request: SignedIn, shown: Project, changed: Context | None = None, *, status: int = 200
) -> HttpResponse:
    """`changed`: what stands in a card instead of what is kept, such as a form with its errors."""
    may = can(request.user, Ability.ADMINISTER, shown)
    context: dict[str, Any] = {
        "project": shown,
        "may": may,
        "why_not": "" if may else refusal(Ability.ADMINISTER, shown),
        "line": line_of(shown),
        "cards": [entry.template for entry in _CARDS],
    }
    for entry in _CARDS:
        context |= entry.fill(request, shown)
    return page(request, "accounts/project.html", context | dict(changed or {}), status=status)
