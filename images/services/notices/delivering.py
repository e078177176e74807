"""Carries notices out: spreads what is due, then mail and webhooks. Rung after each notice, and by the schedule."""

import logging
import time

from django.db.models import Q, QuerySet
from django.utils import timezone

from images.models import Delivery, DeliveryState, DeliveryWay, Project
from images.services.doorbell import ring
from images.services.notices import mailing
from images.services.notices.claiming import claim, finish
from images.services.notices.spreading import spread_due
from images.services.notices.targets import notice_of, person_of
from images.services.notices.telling import TASK
from images.services.webhooks import posting

logger = logging.getLogger(__name__)

#: Seconds that one worker goes on before it makes room for other work.
SECONDS = 60.0


def work_due(seconds: float = SECONDS) -> int:
    """Does what is due; returns how many deliveries it tried. What is left when time is up is rung for."""
    spread_due()
    ends, tried = time.monotonic() + seconds, 0
    while done := _one():
        tried += done
        if time.monotonic() > ends:
            ring(TASK)
            break
    return tried


def _one() -> int:
    """Tries what is due next of each way; returns how many."""
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    rested = Q(webhook__resting_until=None) | Q(webhook__resting_until__lte=timezone.now())
    hooks = claim(
        waiting.filter(rested, way=DeliveryWay.WEBHOOK).select_related(*_WHOLE, "webhook__project__region"), 1
    )
    mails = claim(waiting.filter(way=DeliveryWay.MAIL).select_related(*_WHOLE, "user"), 1)
    for delivery in hooks:
        posting.post(delivery)
    for delivery in mails:
        if _may_still(delivery):
            mailing.send(delivery)
    return len(hooks) + len(mails) + _digest(waiting)


def _digest(waiting: QuerySet[Delivery]) -> int:
    """Everything that has been collected for one person."""
    digests = waiting.filter(way=DeliveryWay.DIGEST, next_at__lte=timezone.now())
    first = digests.order_by("next_at", "pk").values_list("user", flat=True).first()
    if first is None:
        return 0
    whole = Delivery.objects.filter(state=DeliveryState.WAITING, way=DeliveryWay.DIGEST, user=first)
    claimed = claim(whole.select_related(*_WHOLE, "user"), mailing.MOST_IN_DIGEST)
    if still := [delivery for delivery in claimed if _may_still(delivery)]:
        mailing.send_digest(sorted(still, key=lambda one: one.pk))
    return len(claimed) or 1


def _may_still(delivery: Delivery) -> bool:
    """Whether the person is still there and may see what it is about; otherwise it is dropped."""
    user, notice = person_of(delivery), notice_of(delivery)
    seen = user.is_active and bool(user.email)
    if seen and notice.project_id:
        seen = Project.objects.visible_to(user).filter(pk=notice.project_id).exists()
    if not seen:
        finish(delivery, DeliveryState.DROPPED, error="")
    return seen


_WHOLE = ("notice__project__region",)
