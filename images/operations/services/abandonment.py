"""What becomes of operations whose account is removed: nothing is sent any more, and every item says so."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from images.clouds.models import Project
from images.operations.enums import OPEN_ITEMS, ItemState
from images.operations.models.operation import Job, OperationItem
from images.operations.services import batches, project_leases
from images.operations.services.states import move


def abandon(projects: Iterable[Project]) -> int:
    """Ends all open items of these projects; returns how many. Inside a transaction.

    What has not begun is cancelled; what the service may have done already is unknown, for nobody can look any more.
    """
    chosen = [project.pk for project in projects]
    project_leases.hold(chosen)
    items = list(
        OperationItem.objects.filter(project__in=chosen, state__in=OPEN_ITEMS, finished_at=None).order_by("pk")
    )
    begun = [item for item in items if item.state != ItemState.WAITING or item.sent_at is not None]
    fresh = [item for item in items if item.state == ItemState.WAITING and item.sent_at is None]
    move(fresh, ItemState.CANCELLED, error=_("The account was removed before this began."))
    move(begun, ItemState.UNKNOWN, error=_("The account was removed while this was under way."))
    frozen = batches.cancel(Q(project__in=chosen))
    Job.objects.filter(project__in=chosen, poll_at__isnull=False).update(poll_at=None)
    return len(items) + frozen
