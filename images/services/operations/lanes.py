"""Whose turn it is to work for a project. One carrier at a time, so that its limits are the project's limits.

The claim is a conditional UPDATE in the Lane row, renewed while work goes on; that of a dead process of this machine is
free at once, that of another machine when it has run out. Whoever takes a lane over finds the calls whose answers
nobody has written down, and has them looked into.
"""

import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from images.enums import OPEN_ITEMS, ItemState, OperationState
from images.models import Job, Lane, OperationItem, Project
from images.services.leases import LeaseLost, is_dead, new_owner
from images.services.operations.acts import ACTS
from images.services.operations.moving import move

LEASE = timedelta(seconds=60)
#: Seconds between renewals.
RENEW_EVERY = 5.0


class Turn:
    """A lane that is ours, and the project whose lane it is."""

    def __init__(self, project: Project, owner: str) -> None:
        self.project = project
        self._rows = Lane.objects.filter(project=project, lease_owner=owner)
        self._renewed = time.monotonic()
        self.paused_until = timezone.now()

    def renew(self) -> None:
        """Every few seconds prolongs the claim and reads the pause. Raises LeaseLost."""
        if time.monotonic() - self._renewed < RENEW_EVERY:
            return
        if not self._rows.update(lease_until=timezone.now() + LEASE):
            raise LeaseLost
        self._renewed = time.monotonic()
        self.read_pause()

    def read_pause(self) -> None:
        self.paused_until = self._rows.values_list("paused_until", flat=True).first() or timezone.now()

    def check(self) -> None:
        """Inside a transaction that writes. Raises LeaseLost; nobody can take the lane before the transaction ends."""
        if self._rows.select_for_update().values_list("pk").first() is None:
            raise LeaseLost

    def pause(self, seconds: float, reason: str) -> None:
        """Nobody sends anything to the project for so long; an earlier, longer pause stays."""
        until = timezone.now() + timedelta(seconds=seconds)
        self._rows.filter(paused_until=None).update(paused_until=until, pause_reason=reason[:200])
        self._rows.update(paused_until=Greatest(F("paused_until"), until), pause_reason=reason[:200])
        self.read_pause()

    @property
    def is_paused(self) -> bool:
        return timezone.now() < self.paused_until

    def release(self) -> None:
        self._rows.update(lease_owner="", lease_until=None)


def projects_with_work(horizon: timedelta) -> set[int]:
    """Projects in which something is to be done before so much time has passed."""
    until = timezone.now() + horizon
    items = open_items().filter(next_at__lte=until).values_list("project_id", flat=True)
    jobs = Job.objects.filter(poll_at__lte=until).values_list("project_id", flat=True)
    return {*items.distinct(), *jobs.order_by().distinct()}


def open_items():  # type: ignore[no-untyped-def] # a queryset; django-stubs has no short name for its annotations
    """What is to be worked on, of operations that nobody has to approve any more. Without order."""
    items = OperationItem.objects.filter(state__in=OPEN_ITEMS).order_by()
    return items.exclude(state=ItemState.WAITING, operation__state=OperationState.APPROVAL)


def claim(project_id: int) -> Turn | None:
    """The lane of a project, when it is free. Calls that were under way when its last holder died are in doubt then."""
    project = Project.objects.select_related("account", "region").filter(pk=project_id).first()
    if project is None:
        return None
    owner = new_owner()
    now = timezone.now()
    with transaction.atomic():
        lane, _created = Lane.objects.get_or_create(project=project)
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        if is_dead(lane.lease_owner):
            free |= Q(lease_owner=lane.lease_owner)
        if not Lane.objects.filter(free, pk=lane.pk).update(lease_owner=owner, lease_until=now + LEASE):
            return None
        _look_into_what_was_left(project)
    turn = Turn(project, owner)
    turn.read_pause()
    return turn


def _look_into_what_was_left(project: Project) -> None:
    """SENT without anybody who waits for the answer: it may have taken effect, or never have gone out."""
    left = OperationItem.objects.filter(project=project, state=ItemState.SENT).select_related("operation")
    safe, unsafe = [], []
    for item in left:
        (safe if ACTS[item.operation.kind].repeatable else unsafe).append(item)
    now = timezone.now()
    move(safe, ItemState.WAITING, next_at=now)
    move(unsafe, ItemState.DOUBT, next_at=now, looks=0)
