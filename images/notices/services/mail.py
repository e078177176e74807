"""Notices as mail: at once, or collected for the day. Plain text and simple HTML; nothing secret in either."""

import logging
import smtplib
from collections.abc import Sequence
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.notices.models import Delivery, DeliveryState, Notice
from images.notices.services.claims import finish, put_off
from images.notices.services.targets import notice_of, person_of

logger = logging.getLogger(__name__)

MOST_IN_DIGEST = 500
_SUBJECT = 150


def send(delivery: Delivery) -> None:
    """One notice. What fails is tried again later."""
    notice = notice_of(delivery)
    _carry(person_of(delivery), _one_line(notice.subject), [notice], [delivery])


def send_digest(deliveries: Sequence[Delivery]) -> None:
    """All of them are of one person."""
    notices = [notice_of(delivery) for delivery in deliveries]
    subject = ngettext("%(n)d notice", "%(n)d notices", len(notices)) % {"n": len(notices)}
    _carry(person_of(deliveries[0]), subject, notices, deliveries)


def absolute(path: str) -> str:
    """An address that works in a mail."""
    return urljoin(settings.PUBLIC_URL + "/", path.lstrip("/")) if path else ""


def _carry(user: User, subject: str, notices: Sequence[Notice], deliveries: Sequence[Delivery]) -> None:
    try:
        _mail(user, subject, notices, str(deliveries[0].uid)).send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("mail to %s failed: %s", user.get_username(), error)
        for delivery in deliveries:
            if _is_final(error):
                finish(delivery, DeliveryState.GIVEN_UP, error=_why(error))
            else:
                put_off(delivery, error=_why(error))
        return
    for delivery in deliveries:
        finish(delivery, DeliveryState.DONE, error="")


def _mail(user: User, subject: str, notices: Sequence[Notice], uid: str) -> EmailMultiAlternatives:
    preferences = absolute(reverse("images:notice_preferences"))
    lines = [(notice, absolute(notice.url)) for notice in notices]
    context = {"user": user, "told": lines, "preferences": preferences, "all": absolute(reverse("images:notices"))}
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    mail = EmailMultiAlternatives(
        subject=_("[Image Console] %(subject)s") % {"subject": subject[:_SUBJECT]},
        body=render_to_string("notices/mail.txt", context),
        to=[user.email],
        # the same at each attempt: who gets it twice sees it once
        headers={
            "Message-ID": f"<{uid}@{host}>",
            "List-Unsubscribe": f"<{preferences}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail


def _is_final(error: Exception) -> bool:
    """The server will never take it for this address."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _said in error.recipients.values()
    )


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
