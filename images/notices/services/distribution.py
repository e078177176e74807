"""From a notice to what it becomes: a copy for each person, and deliveries by mail and to webhooks.

One transaction each, in which the row is held: killed, it is still to be spread; done twice, it is not there twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from images.core import clock
from images.core.sweeping import together
from images.notices import notice_kinds
from images.notices.kinds import Mail, of
from images.notices.models import Delivery, DeliveryWay, Notice, NoticeCopy, NoticePreference, Webhook
from images.notices.queries.notices import people_for

_AT_ONCE = 500


def distribute_due() -> int:
    """Spreads every notice that is due; returns how many."""
    done = after = 0
    while pks := list(_due().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        after = pks[-1]
        done += sum(together("notices", pks, _spread_all))
    return done


def _spread_all(pks: Sequence[int]) -> int:
    return sum(map(_spread, pks))


def _due() -> QuerySet[Notice]:
    return Notice.objects.filter(spread_at__lte=clock.now()).order_by("spread_at", "pk")


@transaction.atomic
def _spread(pk: int) -> bool:
    notice = _due().select_for_update(of=("self",)).select_related("project__region").filter(pk=pk).first()
    if notice is None:
        return False  # somebody else has done it
    now = clock.now()
    people = list(people_for(notice))
    preferences = {preference.user_id: preference for preference in NoticePreference.objects.filter(user__in=people)}
    copies, deliveries = [], []
    for person in people:
        preference = preferences.get(person.pk) or NoticePreference(user=person)
        choice = of(notice.kind).choice(preference.choices)
        if choice.bell:
            copies.append(NoticeCopy(notice=notice, user=person))
        if choice.mail != Mail.NONE and person.email:
            at_once = choice.mail == Mail.NOW
            way, due = (DeliveryWay.MAIL, now) if at_once else (DeliveryWay.DIGEST, next_digest(preference, now))
            deliveries.append(Delivery(notice=notice, user=person, way=way, next_at=due, created_at=now))
    deliveries += [
        Delivery(notice=notice, webhook=webhook, way=DeliveryWay.WEBHOOK, next_at=now, created_at=now)
        for webhook in _webhooks(notice)
    ]
    NoticeCopy.objects.bulk_create(copies, batch_size=_AT_ONCE)
    Delivery.objects.bulk_create(deliveries, batch_size=_AT_ONCE)
    Notice.objects.filter(pk=pk).update(spread_at=None)
    return True


def next_digest(preference: NoticePreference, now: datetime) -> datetime:
    """When this person's next digest goes out."""
    local = now.astimezone(ZoneInfo(preference.time_zone))
    due = local.replace(hour=preference.digest_hour, minute=0, second=0, microsecond=0)
    return due if due > local else due + timedelta(days=1)


def _webhooks(notice: Notice) -> list[Webhook]:
    """Those that want it."""
    here = Q(project=None) | Q(project=notice.project_id) if notice.project_id else Q(project=None)
    webhooks = Webhook.objects.filter(here, active=True).order_by("pk")
    if notice.kind == notice_kinds.WEBHOOK.value:
        webhooks = webhooks.filter(failures=0)  # one is not told that it does not work itself
    return [webhook for webhook in webhooks if not webhook.kinds or notice.kind in webhook.kinds]
