"""Carries notices out: spreads what is due, then mail and webhooks. Rung after each notice, and by the schedule."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db.models import Q, QuerySet

from images.access.permissions import visible_projects
from images.core import clock
from images.core.sweeping import FAULT, attempt
from images.core.wake import wake_up
from images.notices.models import Delivery, DeliveryState, DeliveryWay
from images.notices.services import mail
from images.notices.services.claims import claim, finish, put_off
from images.notices.services.distribution import distribute_due
from images.notices.services.targets import notice_of, person_of
from images.notices.services.webhooks import posting
from images.notices.services.writing import TASK

logger = logging.getLogger(__name__)

#: Seconds that one worker goes on before it makes room for other work.
SECONDS = 60.0


def work_due(seconds: float = SECONDS) -> int:
    """Does what is due; returns how many deliveries it tried. What is left when time is up is rung for."""
    distribute_due()
    ends, tried = time.monotonic() + seconds, 0
    while done := _one():
        tried += done
        if time.monotonic() > ends:
            wake_up(TASK)
            break
    return tried


def _one() -> int:
    """Tries what is due next of each way; returns how many."""
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    rested = Q(webhook__resting_until=None) | Q(webhook__resting_until__lte=clock.now())
    hooks = claim(
        waiting.filter(rested, way=DeliveryWay.WEBHOOK).select_related(*_WHOLE, "webhook__project__region"), 1
    )
    mails = claim(waiting.filter(way=DeliveryWay.MAIL).select_related(*_WHOLE, "user"), 1)
    for delivery in hooks:
        _tried([delivery], partial(posting.post, delivery))
    for delivery in mails:
        _tried([delivery], partial(_send, delivery))
    return len(hooks) + len(mails) + _digest(waiting)


def _digest(waiting: QuerySet[Delivery]) -> int:
    """Everything that has been collected for one person."""
    digests = waiting.filter(way=DeliveryWay.DIGEST, next_at__lte=clock.now())
    first = digests.order_by("next_at", "pk").values_list("user", flat=True).first()
    if first is None:
        return 0
    whole = Delivery.objects.filter(state=DeliveryState.WAITING, way=DeliveryWay.DIGEST, user=first)
    claimed = claim(whole.select_related(*_WHOLE, "user"), mail.MOST_IN_DIGEST)
    _tried(claimed, partial(_send_digest, claimed))
    return len(claimed) or 1


def _send(delivery: Delivery) -> None:
    if _may_still(delivery):
        mail.send(delivery)


def _send_digest(claimed: Sequence[Delivery]) -> None:
    if still := [delivery for delivery in claimed if _may_still(delivery)]:
        mail.send_digest(sorted(still, key=lambda delivery: delivery.pk))


def _tried(claimed: Sequence[Delivery], work: Callable[[], None]) -> None:
    """What one delivery cannot do is no other's trouble: it is tried again later, and given up some day."""
    named = ", ".join(str(delivery.pk) for delivery in claimed[:5])
    if claimed and attempt("deliveries", named, work).fault is not None:
        for delivery in claimed:
            put_off(delivery, error=FAULT)


def _may_still(delivery: Delivery) -> bool:
    """Whether the person is still there and may see what it is about; otherwise it is dropped."""
    user, notice = person_of(delivery), notice_of(delivery)
    seen = user.is_active and bool(user.email)
    if seen and notice.project_id:
        seen = visible_projects(user).filter(pk=notice.project_id).exists()
    if not seen:
        finish(delivery, DeliveryState.DROPPED, error="")
    return seen


_WHOLE = ("notice__project__region",)
