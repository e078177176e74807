"""Reading requests for a second person's consent: what waits for this person, for others, and what was decided."""

from collections.abc import Sequence
from typing import Final

from django.contrib.auth import get_user_model
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from images.access.models import Grant
from images.access.permissions import ROLES, Ability, projects_for
from images.clouds.models import Project
from images.core.requests import Person
from images.operations.enums import ConsentState, OperationState
from images.operations.models.consent import Consent
from images.operations.models.operation import Operation

PER_PAGE = 50
#: Names of people that are told.
_TOLD = 8
#: What the list shows: the names of its tabs.
LISTS: Final = {
    "mine": _("For you to decide"),
    "open": _("All that wait"),
    "ended": _("Decided"),
}
TONES: Final = {
    ConsentState.WAITING: "wait",
    ConsentState.GIVEN: "good",
    ConsentState.REFUSED: "bad",
    ConsentState.WITHDRAWN: "",
    ConsentState.EXPIRED: "",
}


def to_decide(user: Person) -> QuerySet[Consent]:
    """What waits for this person: of projects where they decide, asked for by others."""
    waiting = Consent.objects.waiting().filter(project__in=projects_for(user, Ability.DECIDE))
    return waiting.filter(operation__state=OperationState.APPROVAL).exclude(operation__actor=user.pk)


def listed(user: Person, which: str, number: str) -> Page[Consent]:
    """A page of one of LISTS: what waits, the most urgent first; what is decided, the latest first."""
    seen = Consent.objects.visible_to(user)
    if which == "mine":
        found = to_decide(user).order_by("expires_at", "pk")
    elif which == "open":
        found = seen.waiting().filter(operation__state=OperationState.APPROVAL).order_by("expires_at", "pk")
    else:
        found = seen.exclude(state=ConsentState.WAITING).order_by("-pk")
    return Paginator(found.select_related("operation", "project__region"), PER_PAGE).get_page(number)


def of_operation(user: Person, operation: Operation) -> Sequence[Consent]:
    """What each of its projects says, of those that this person sees."""
    return list(operation.consents.visible_to(user).select_related("project", "operation").order_by("pk"))


def deciders(project: Project, *, but: int | None = None) -> list[str]:
    """User names of those who may decide in the project, `but` the person who asked; the first few."""
    grants = Grant.objects.filter(
        Q(project=project) | Q(project=None),
        role__in=ROLES[Ability.DECIDE],
        team__memberships__user=OuterRef("pk"),
    )
    people = get_user_model().objects.filter(is_active=True)
    if but is not None:
        people = people.exclude(pk=but)
    found = people.filter(Q(Exists(grants)) | Q(is_staff=True) | Q(is_superuser=True))
    # those whom the project names come before administrators of the whole console
    return list(found.order_by("is_staff", "username").values_list("username", flat=True)[:_TOLD])
