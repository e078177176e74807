"""A delivery to a webhook: what is sent, and what becomes of it by the answer."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from images.core import clock
from images.core.encryption import SecretUnreadable, decrypt
from images.notices import notice_kinds
from images.notices.kinds import Audience
from images.notices.models import Delivery, DeliveryState, Webhook
from images.notices.services.claims import finish, next_try, put_off
from images.notices.services.mail import absolute
from images.notices.services.targets import webhook_of
from images.notices.services.webhooks.reaching import Reply, send
from images.notices.services.webhooks.signing import signature
from images.notices.services.writing import write_notice

#: Failures in a row after which people are told, once.
TOLD_AFTER = 5
_GONE = 410


def body_of(delivery: Delivery) -> bytes:
    """What is sent: the same at each attempt."""
    return json.dumps(_payload(delivery), ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery: Delivery, body: bytes, timestamp: int) -> Mapping[str, str]:
    """Signed with the secret, and with the one before while that still counts. Raises SecretUnreadable."""
    webhook, uid = webhook_of(delivery), str(delivery.uid)
    stored = [webhook.secret]
    if webhook.old_secret and webhook.old_until and webhook.old_until > clock.now():
        stored.append(webhook.old_secret)
    return {
        "Content-Type": "application/json",
        "Webhook-Id": uid,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(signature(decrypt(secret), uid, timestamp, body) for secret in stored),
    }


def post(delivery: Delivery) -> None:
    """Sends a claimed delivery and writes what came of it. Killed in between it is sent again, under the same ID."""
    webhook = webhook_of(delivery)
    if not webhook.active and delivery.notice_id:
        finish(delivery, DeliveryState.DROPPED, error=_("The webhook is switched off."))
        return
    body = body_of(delivery)
    try:
        reply = send(webhook.url, body, headers_of(delivery, body, int(time.time())))
    except SecretUnreadable as error:
        reply = Reply(error=str(error))
    result = {"status": reply.status, "answer": reply.answer, "error": reply.error, "duration_ms": reply.duration_ms}
    if reply.ok:
        if finish(delivery, DeliveryState.DONE, **result):
            Webhook.objects.filter(pk=webhook.pk).update(failures=0, resting_until=None)
    elif reply.refused or reply.status == _GONE or delivery.notice_id is None:
        # nothing that time mends; a test is answered at once, whatever the answer
        if finish(delivery, DeliveryState.GIVEN_UP, **result):
            _failed(webhook, timedelta(0))
    elif put_off(delivery, wait=reply.wait, **result):
        _failed(webhook, next_try(webhook.failures + 1, reply.wait) - clock.now())


def _failed(webhook: Webhook, rest: timedelta) -> None:
    """Leaves it alone for a while, so that what does not answer keeps nobody else waiting; tells people in time."""
    rows = Webhook.objects.filter(pk=webhook.pk, url=webhook.url)  # failures of an earlier address say nothing
    with transaction.atomic():  # the row is ours from here on: of any who count at once one counts to TOLD_AFTER
        rows.update(failures=F("failures") + 1, resting_until=clock.now() + rest)
        if not rows.filter(failures=TOLD_AFTER).exists():
            return
        write_notice(
            kind=notice_kinds.WEBHOOK,
            project=webhook.project,
            subject=_("Webhook “%(name)s” does not arrive") % {"name": webhook},
            text=_("%(n)d attempts in a row have failed; they go on.") % {"n": TOLD_AFTER},
            url=reverse("images:webhook", args=[webhook.pk]),
            people=None if webhook.project_id else Audience.STAFF,
        )


def _payload(delivery: Delivery) -> Mapping[str, Any]:
    notice = delivery.notice
    project = notice.project if notice else webhook_of(delivery).project
    where = {"id": project.project_id, "name": project.name, "region": project.region.name} if project else None
    if notice is None:
        content = {"kind": "test", "at": delivery.created_at.isoformat(), "subject": _("A test of this webhook")}
        return {"id": str(delivery.uid), **content, "text": "", "url": "", "project": where, "count": 1}
    return {
        "id": str(delivery.uid),
        "kind": notice.kind,
        "at": notice.at.isoformat(),
        "subject": notice.subject,
        "text": notice.text,
        "url": absolute(notice.url),
        "project": where,
        "count": notice.count,
    }
