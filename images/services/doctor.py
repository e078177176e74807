"""`manage.py doctor`: looks at everything that the console stands on, and says what to do about what is not well.

Each look is independent and never raises; all but `clouds` stay on this machine and its database, broker and cache.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from images.ims import CallRecord, IMSError
from images.ims.answers import clock_skew_of
from images.ims.retry import RetryPolicy
from images.models import Account, Project
from images.services import standing
from images.services.clouds import client_for
from images.services.connection_words import SIGNATURE_LIFE, explain
from images.services.credentials import SecretUnreadable, decrypt

#: Seconds by which clocks may differ before it is worth a word: signatures (3.2) and tokens end by the clock.
_DRIFT = 30.0
_AT_ONCE = 8
_ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """`tone` is good, wait (worth a thought) or bad (does not work)."""

    about: str
    tone: str
    sentence: str
    measure: str = ""


def examine() -> Iterator[Finding]:
    """All looks, in an order in which the first thing that is bad explains those after it."""
    yield from configuration()
    parts = standing.parts()
    yield from (Finding(str(part.label), part.tone, part.sentence, part.measure) for part in parts)
    if standing.is_ready(parts):
        yield from database_clock()
        yield from credentials()
        yield from clouds()


# --- this machine --------------------------------------------------------------------------------------------------
def configuration() -> Iterator[Finding]:
    """Settings that start, and still are not right for a team."""
    about = _("Settings")
    found = [*_doubtful_settings(), *_django_says()]
    yield from (Finding(about, tone, sentence, measure) for tone, sentence, measure in found)
    if not found:
        yield Finding(about, "good", _("Nothing to remark."))
    if not os.access(settings.VAR_DIR, os.W_OK):
        yield Finding(about, "bad", _("VAR_DIR cannot be written to."), _("Give it to the user that runs the console."))


def _doubtful_settings() -> Iterator[tuple[str, str, str]]:
    on_sqlite = connection.vendor == "sqlite"
    if settings.DEBUG:
        yield "bad", _("DEBUG is on: errors show the inside of the console."), _("Set DEBUG=false.")
    if not settings.HTTPS:
        yield "wait", _("HTTPS is off: passwords and sessions travel in the clear."), _("Set HTTPS=true behind TLS.")
    if "*" in settings.ALLOWED_HOSTS:
        yield "bad", _("ALLOWED_HOSTS holds an asterisk."), _("Name the hosts that the console answers to.")
    if not on_sqlite and settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        sentence = _("Each web process has a cache of its own, and counts tries to sign in alone: limits grow.")
        yield "wait", sentence, _("Set CACHE_URL=redis://… so that they share one.")
    if not on_sqlite and settings.CELERY_BROKER_URL.startswith("filesystem:"):
        yield "wait", _("The broker is a folder of one machine."), _("Set BROKER_URL=redis://… or amqp://….")
    if not os.environ.get("CREDENTIAL_KEYS") and not os.environ.get("CREDENTIAL_KEYS_FILE"):
        sentence = _("The key of the cloud credentials is made from SECRET_KEY, so that changing that loses them.")
        yield "wait", sentence, _("Set CREDENTIAL_KEYS, then run: python manage.py rotate_credentials")
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield "wait", _("Mail is written to the log instead of being sent."), _("Set EMAIL_URL=smtp://….")


def _django_says() -> Iterator[tuple[str, str, str]]:
    """Django's own checks, without those of which the settings above speak in our words."""
    ours = {"security.W004", "security.W008", "security.W012", "security.W016", "security.W018"}
    for message in run_checks(include_deployment_checks=True):
        if message.id not in ours and message.level >= 30:
            yield ("bad" if message.level >= 40 else "wait"), f"{message.id}: {message.msg}", message.hint or ""


def database_clock() -> Iterator[Finding]:
    """Leases are compared with the clock of each machine that takes one."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    yield _clock(_("Clock"), _("the database"), (timezone.now() - there).total_seconds())


def _clock(about: str, whose: str, ahead: float) -> Finding:
    words = {"n": round(abs(ahead)), "whose": whose}
    if abs(ahead) <= _DRIFT:
        return Finding(about, "good", _("Within %(n)d s of that of %(whose)s.") % words)
    tone = "bad" if abs(ahead) > SIGNATURE_LIFE else "wait"
    sentence = _("%(n)d s ahead of that of %(whose)s.") if ahead > 0 else _("%(n)d s behind that of %(whose)s.")
    return Finding(about, tone, sentence % words, _("Set the clock of this machine by NTP."))


# --- the clouds ----------------------------------------------------------------------------------------------------
def credentials() -> Iterator[Finding]:
    """Whether the secret of each account can be read; nothing is sent."""
    for account in Account.objects.present():
        about = _("Credential of %(account)s") % {"account": account.name}
        try:
            decrypt(account.secret)
        except SecretUnreadable as error:
            yield Finding(about, "bad", _("It cannot be read."), str(error))
        else:
            yield Finding(about, "good", _("It can be read."))


def clouds() -> Iterator[Finding]:
    """Signs in to each managed project and asks its image service for one image (5.1.1, 6.1.1)."""
    projects = list(Project.objects.managed().select_related("account", "region"))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="doctor") as pool:
        for findings in pool.map(_look_at, projects):
            yield from findings


def _look_at(project: Project) -> list[Finding]:
    about = _("Project %(project)s") % {"project": project}
    skews: list[float | None] = []

    def watch(call: CallRecord) -> None:
        skews.append(clock_skew_of(call.date))

    began = datetime.now(UTC)
    try:
        client = client_for(project, timeout=settings.IMS_TEST_TIMEOUT, retry=_ONCE, watch=(watch,))
        client.images.raw_page(limit=1)
    except SecretUnreadable:
        return []  # said above
    except IMSError as error:
        account = project.account
        who = account.username or account.access_key
        at = account.auth_url if not skews else project.endpoint
        refusal = explain(error, auth_url=at, kind=account.kind, who=who, domain=account.domain)
        return [Finding(about, "bad", str(error), refusal.sentence)]
    seconds = (datetime.now(UTC) - began).total_seconds()
    found = [Finding(about, "good", _("It answered within %(n).1f s.") % {"n": seconds})]
    drifted = [skew for skew in skews if skew is not None and abs(skew) > _DRIFT]
    return [*found, *(_clock(about, project.region.name, skew) for skew in drifted[:1])]
