"""Saved views and list preferences for reading."""

from collections.abc import Sequence
from dataclasses import dataclass

from images.filters import Preference, preference_of
from images.models import ListPreference, SavedView


@dataclass(frozen=True)
class Views:
    """One's own, and those that colleagues share."""

    mine: Sequence[SavedView]
    shared: Sequence[SavedView]


def views_for(user) -> Views:
    found = list(SavedView.objects.visible_to(user).select_related("owner").order_by("name", "pk"))
    return Views(
        [view for view in found if view.owner_id == user.pk], [view for view in found if view.owner_id != user.pk]
    )


def preference_for(user) -> Preference:
    return preference_of(ListPreference.objects.filter(user=user).values("columns", "page_size", "density").first())
