"""Webhooks are made, changed, tested and removed by administrators: of their project, or of the whole console."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from images.models import Delivery, DeliveryState, DeliveryWay, Project, Webhook
from images.permissions import Ability, can, check, is_console_administrator
from images.services import audit
from images.services.audit import AuditEvent
from images.services.credentials import encrypt
from images.services.doorbell import ring
from images.services.notices.targets import webhook_of
from images.services.notices.telling import TASK
from images.services.webhooks.reaching import checked
from images.services.webhooks.signing import new_secret

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
    columns = {"name": name, "url": checked(url), "kinds": list(kinds), "active": active}
    with transaction.atomic():
        webhook = Webhook.objects.create(
            project=project, **columns, secret=encrypt(new_secret()), created_by_name=actor.get_username()
        )
        audit.record(
            event=AuditEvent.WEBHOOK_ADDED,
            actor=actor,
            project=project,
            subject=webhook,
            after=audit.changed(webhook, _TOLD),
        )
    return webhook


def change(*, actor: User, webhook: Webhook, name: str, url: str, kinds: Sequence[str], active: bool) -> None:
    """Raises PermissionDenied, AddressRefused."""
    check_can_change(actor, webhook.project)
    url = checked(url)
    with transaction.atomic():
        held = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
        before = audit.changed(held, _TOLD)
        if held.url != url or (active and not held.active):
            held.failures, held.resting_until = 0, None
        held.name, held.url, held.kinds, held.active = name, url, list(kinds), active
        held.save()
        audit.record(
            event=AuditEvent.WEBHOOK_CHANGED,
            actor=actor,
            project=webhook.project,
            subject=held,
            before=before,
            after=audit.changed(held, _TOLD),
        )


def remove(*, actor: User, webhook: Webhook) -> None:
    """With its deliveries. Raises PermissionDenied."""
    check_can_change(actor, webhook.project)
    with transaction.atomic():
        audit.record(
            event=AuditEvent.WEBHOOK_REMOVED,
            actor=actor,
            project=webhook.project,
            subject=webhook,
            before=audit.changed(webhook, _TOLD),
        )
        webhook.delete()


def new_secret_of(*, actor: User, webhook: Webhook) -> str:
    """Makes another secret and returns it, this once; the one before signs beside it for a day.

    Raises PermissionDenied.
    """
    check_can_change(actor, webhook.project)
    fresh = new_secret()
    with transaction.atomic():
        held = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
        held.old_secret, held.old_until = held.secret, timezone.now() + OVERLAP
        held.secret = encrypt(fresh)
        held.save(update_fields=["secret", "old_secret", "old_until"])
        audit.record(event=AuditEvent.WEBHOOK_SECRET, actor=actor, project=webhook.project, subject=held)
    return fresh


def test(*, actor: User, webhook: Webhook) -> Delivery:
    """Sends something that says it is a test, also to a webhook that is switched off. Raises PermissionDenied."""
    check_can_change(actor, webhook.project)
    now = timezone.now()
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        made = Delivery.objects.create(webhook=webhook, way=DeliveryWay.WEBHOOK, next_at=now, created_at=now)
        ring(TASK)
    return made


def send_again(*, actor: User, delivery: Delivery) -> bool:
    """Once more what has ended, or now what waits; False: it is being sent at this moment. Raises PermissionDenied."""
    webhook = webhook_of(delivery)
    check_can_change(actor, webhook.project)
    now = timezone.now()
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        rows = Delivery.objects.filter(pk=delivery.pk, next_at=delivery.next_at)
        sent = rows.update(state=DeliveryState.WAITING, next_at=now, attempts=0)
        ring(TASK)
    return bool(sent)
