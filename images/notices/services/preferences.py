"""What a person does with what they were told: reads it, and says how they want to hear."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction

from images.core import clock
from images.notices.kinds import Choice, declared
from images.notices.models import Delivery, DeliveryWay, Notice, NoticeCopy, NoticePreference
from images.notices.services.distribution import next_digest

#: Notices are kept for so long, with their deliveries.
KEPT = timedelta(days=90)
_AT_ONCE = 1000


def mark_read(*, user: User, pk: int | None = None) -> int:
    """One of one's own, or all that one may see; returns how many were unread."""
    mine = NoticeCopy.objects.visible_to(user).unread()
    chosen = mine.filter(pk=pk) if pk is not None else mine
    pks = chosen.order_by().values("pk")
    return NoticeCopy.objects.filter(pk__in=pks).update(read_at=clock.now())


def preference_of(user: User) -> NoticePreference:
    """Not saved when the person has never chosen."""
    return NoticePreference.objects.filter(user=user).first() or NoticePreference(user=user)


def choices_of(preference: NoticePreference) -> Mapping[str, Choice]:
    """By kind, all of them."""
    return {kind.value: kind.choice(preference.choices) for kind in declared()}


def prefer(*, user: User, choices: Mapping[str, Choice], digest_hour: int, time_zone: str) -> None:
    """From now on; a digest that is being collected goes out at the new hour."""
    stored = {kind: {"bell": choice.bell, "mail": choice.mail.value} for kind, choice in choices.items()}
    with transaction.atomic():
        preference, _made = NoticePreference.objects.update_or_create(
            user=user, defaults={"choices": stored, "digest_hour": digest_hour, "time_zone": time_zone}
        )
        collected = Delivery.objects.filter(user=user, way=DeliveryWay.DIGEST, next_at__gt=clock.now(), attempts=0)
        collected.update(next_at=next_digest(preference, clock.now()))


def clear_old() -> int:
    """Forgets old notices, some at a time; returns how many."""
    cleared = 0
    old = Notice.objects.filter(at__lt=clock.now() - KEPT, spread_at=None).order_by("at").values_list("pk", flat=True)
    while pks := list(old[:_AT_ONCE]):
        Notice.objects.filter(pk__in=pks).delete()
        cleared += len(pks)
    return cleared
