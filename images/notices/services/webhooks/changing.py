"""Webhooks are made, changed, tested and removed by administrators: of their project, or of the whole console."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import Ability, can, check, is_console_administrator
from images.audit import services as audit
from images.clouds.models import Project
from images.core import clock
from images.core.encryption import encrypt
from images.core.locking import locked
from images.core.wake import wake_up
from images.notices.audit_events import WebhookEvent
from images.notices.models import Delivery, DeliveryState, DeliveryWay, Webhook
from images.notices.services.targets import webhook_of
from images.notices.services.webhooks.reaching import check_url
from images.notices.services.webhooks.signing import new_secret
from images.notices.services.writing import TASK

#: So long the secret before signs as well, while the receiver learns the new one.
OVERLAP = timedelta(hours=24)
_TOLD = ("name", "url", "kinds", "active")


def can_change(actor: User, project: Project | None) -> bool:
    return is_console_administrator(actor) if project is None else can(actor, Ability.ADMINISTER, project)


def check_can_change(actor: User, project: Project | None) -> None:
    """Raises PermissionDenied."""
    if project is not None:
        check(actor, Ability.ADMINISTER, project)
    elif not is_console_administrator(actor):
        raise PermissionDenied(_("Only administrators of this console have webhooks that hear of every project."))


def add(*, actor: User, project: Project | None, name: str, url: str, kinds: Sequence[str], active: bool) -> Webhook:
    """Nobody knows its secret until `new_secret_of` makes one. Raises PermissionDenied, AddressRefused."""
    check_can_change(actor, project)
    columns = {"name": name, "url": check_url(url), "kinds": list(kinds), "active": active}
    with transaction.atomic():
        webhook = Webhook.objects.create(
            project=project, **columns, secret=encrypt(new_secret()), created_by_name=actor.get_username()
        )
        audit.record(
            event=WebhookEvent.ADDED,
            actor=actor,
            project=project,
            subject=webhook,
            after=audit.column_values(webhook, _TOLD),
        )
    return webhook


def change(*, actor: User, webhook: Webhook, name: str, url: str, kinds: Sequence[str], active: bool) -> None:
    """Raises PermissionDenied, AddressRefused."""
    check_can_change(actor, webhook.project)
    url = check_url(url)
    with transaction.atomic():
        now = locked(Webhook.objects.all(), webhook)
        before = audit.column_values(now, _TOLD)
        if now.url != url or (active and not now.active):
            now.failures, now.resting_until = 0, None
        now.name, now.url, now.kinds, now.active = name, url, list(kinds), active
        now.save()
        audit.record(
            event=WebhookEvent.CHANGED,
            actor=actor,
            project=webhook.project,
            subject=now,
            before=before,
            after=audit.column_values(now, _TOLD),
        )


def remove(*, actor: User, webhook: Webhook) -> None:
    """With its deliveries. Raises PermissionDenied."""
    check_can_change(actor, webhook.project)
    with transaction.atomic():
        webhook = locked(Webhook.objects.select_related("project__region"), webhook)
        audit.record(
            event=WebhookEvent.REMOVED,
            actor=actor,
            project=webhook.project,
            subject=webhook,
            before=audit.column_values(webhook, _TOLD),
        )
        webhook.delete()


def new_secret_of(*, actor: User, webhook: Webhook) -> str:
    """Makes another secret and returns it, this once; the one before signs beside it for a day.

    Raises PermissionDenied.
    """
    check_can_change(actor, webhook.project)
    fresh = new_secret()
    with transaction.atomic():
        now = locked(Webhook.objects.all(), webhook)
        now.old_secret, now.old_until = now.secret, clock.now() + OVERLAP
        now.secret = encrypt(fresh)
        now.save(update_fields=["secret", "old_secret", "old_until"])
        audit.record(event=WebhookEvent.SECRET, actor=actor, project=webhook.project, subject=now)
    return fresh


def test(*, actor: User, webhook: Webhook) -> Delivery:
    """Sends something that says it is a test, also to a webhook that is switched off. Raises PermissionDenied."""
    check_can_change(actor, webhook.project)
    now = clock.now()
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        made = Delivery.objects.create(webhook=webhook, way=DeliveryWay.WEBHOOK, next_at=now, created_at=now)
        wake_up(TASK)
    return made


def send_again(*, actor: User, delivery: Delivery) -> bool:
    """Once more what has ended, or now what waits; False: it is being sent at this moment. Raises PermissionDenied."""
    webhook = webhook_of(delivery)
    check_can_change(actor, webhook.project)
    now = clock.now()
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        rows = Delivery.objects.filter(pk=delivery.pk, next_at=delivery.next_at)
        sent = rows.update(state=DeliveryState.WAITING, next_at=now, attempts=0)
        wake_up(TASK)
    return bool(sent)
