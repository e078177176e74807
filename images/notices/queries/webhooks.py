"""Webhooks and their deliveries, as their pages list them."""

from collections.abc import Mapping, Sequence

from django.db.models import Q, QuerySet

from images.access.permissions import Ability, is_console_administrator, projects_for
from images.clouds.models import Project
from images.core.requests import Person
from images.notices.models import Delivery, DeliveryState, Webhook

PER_PAGE = 50
TONES: Mapping[str, str] = {
    DeliveryState.WAITING: "wait",
    DeliveryState.DONE: "good",
    DeliveryState.GIVEN_UP: "bad",
    DeliveryState.DROPPED: "note",
}


def webhooks_of(user: Person) -> QuerySet[Webhook]:
    """Those that this person looks after; those of the whole console come first."""
    theirs = Q(project__in=projects_for(user, Ability.ADMINISTER).order_by())
    whole = Q(project=None) if is_console_administrator(user) else Q(pk__in=())
    rows = Webhook.objects.filter(theirs | whole).select_related("project__region")
    return rows.order_by("project__region__name", "project__name", "name")


def projects_to_add(user: Person) -> QuerySet[Project]:
    return projects_for(user, Ability.ADMINISTER).select_related("region").order_by("region__name", "name")


def deliveries_of(webhook: Webhook, before: int) -> tuple[Sequence[Delivery], int]:
    """A page, newest first, and where the next begins (0: there is none)."""
    rows = webhook.deliveries.select_related("notice").order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    deliveries = list(rows[: PER_PAGE + 1])
    return deliveries[:PER_PAGE], deliveries[PER_PAGE - 1].pk if len(deliveries) > PER_PAGE else 0
