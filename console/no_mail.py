"""Where EMAIL_URL is not set, no mail goes out: whoever sends one hears so, and nothing of it is written down anywhere.

Links with which somebody chooses a password are in mails; in a log they would be everybody's who reads it.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

BACKEND = "console.no_mail.NoMail"


class MailIsOff(OSError):
    """As a mail server that is away is: those who send mail know what to do then."""


class NoMail(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise MailIsOff("no mail goes out from this console: EMAIL_URL is not set")


def goes_out() -> bool:
    """Whether mails can be sent at all."""
    return bool(settings.EMAIL_BACKEND != BACKEND)
