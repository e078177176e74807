"""Saved views and list preferences for reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from images.core.requests import Person
from images.core.statements import PERSON, fetch
from images.search.filters import Preference, preference_of
from images.search.models import ListPreference, SavedView

_PREFERENCE = ("columns", "page_size", "density")


class View(NamedTuple):
    pk: int
    name: str
    query: str
    shared: bool
    owner_id: int
    owner: str


@dataclass(frozen=True)
class Views:
    """One's own, and those that colleagues share."""

    mine: Sequence[View]
    shared: Sequence[View]


def views_for(user: Person) -> Views:
    views = [View(*row) for row in fetch(_views, (), given={PERSON: user.pk})]
    return Views(
        [view for view in views if view.owner_id == user.pk], [view for view in views if view.owner_id != user.pk]
    )


def _views() -> QuerySet[SavedView, Mapping[str, object]]:
    """Whose views they are is all that this depends on, so that the statement may be kept for all."""
    rows = SavedView.objects.visible_to(PERSON).order_by("name", "pk")
    return rows.values("pk", "name", "query", "shared", "owner_id", "owner__username")


def preference_for(user: Person) -> Preference:
    rows = fetch(_preference, (), [user.pk])
    return preference_of(dict(zip(_PREFERENCE, rows[0], strict=True)) if rows else None)


def _preference() -> QuerySet[ListPreference, Mapping[str, object]]:
    rows: QuerySet[ListPreference, Mapping[str, object]] = ListPreference.objects.filter(user=0).values(*_PREFERENCE)
    return rows
