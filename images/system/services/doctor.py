"""`manage.py doctor`: looks at everything that the console stands on, and says what to do about what is not well.

Each look is independent and never raises; all but `clouds` stay on this machine and its database, broker and cache.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.utils.translation import gettext as _

from console.no_mail import goes_out
from console.private import too_open
from images.accounts.services.probing import READING, probe
from images.clouds.models import Account, Project
from images.clouds.services.clients import client_for
from images.clouds.services.connection import who
from images.clouds.services.connection_errors import SIGNATURE_LIFE, explain
from images.core import clock
from images.core.correlation import Threads
from images.core.encryption import SecretUnreadable, decrypt
from images.core.models.process import Process
from images.ims import CallRecord, Forbidden, IMSClient, IMSError
from images.ims.answers import clock_skew_of
from images.ims.retry import RetryPolicy
from images.system.services import health, own_keys
from images.system.services.folders import private_paths

#: Seconds by which clocks may differ before it is worth a word: signatures (3.2) and tokens end by the clock.
_DRIFT = 30.0
_AT_ONCE = 8
#: Percent of a disk that should be free, and below which something is about to stop.
_TIGHT, _FULL = 10, 2
_ONCE = RetryPolicy(attempts=1)


def _set_own_keys() -> str:
    return _("Run: python manage.py own_keys, and put the lines that it prints into the environment of all processes.")


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
    yield from room()
    parts = health.parts()
    yield from (Finding(str(part.label), part.tone, part.sentence, part.measure) for part in parts)
    if health.is_ready(parts):
        yield from extensions()
        yield from database_clock()
        yield from audit_keys()
        yield from credentials()
        yield from clouds()


# --- this machine --------------------------------------------------------------------------------------------------
def configuration() -> Iterator[Finding]:
    """Settings that start, and still are not right for a team."""
    about = _("Settings")
    doubts = [*_doubtful_settings(), *_django_says()]
    yield from (Finding(about, tone, sentence, measure) for tone, sentence, measure in doubts)
    if not doubts:
        yield Finding(about, "good", _("Nothing to remark."))
    if not os.access(settings.VAR_DIR, os.W_OK):
        yield Finding(about, "bad", _("VAR_DIR cannot be written to."), _("Give it to the user that runs the console."))
    yield from private_files()


def private_files() -> Iterator[Finding]:
    """Whether other accounts of this machine can read what is kept: session keys, uploads, logs."""
    about, paths = _("Files"), list(too_open(private_paths()))
    if not paths:
        yield Finding(about, "good", _("No other account of this machine can read what the console keeps."))
        return
    sentence = _("Others on this machine can read %(path)s (%(n)d such files and folders).")
    measure = _("A start of the console closes them; if they stay open: chmod -R go= %(folder)s, as their owner.")
    words = {"n": len(paths), "path": paths[0], "folder": settings.VAR_DIR}
    yield Finding(about, "bad", sentence % words, measure % words)


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
    for name in own_keys.missing_keys():
        sentence = _("%(name)s is not set: its key is made from SECRET_KEY, and would be lost with it.")
        yield "bad", sentence % {"name": name}, _set_own_keys()
    for name in own_keys.weak_keys():
        sentence = _("%(name)s holds an earlier key that can be guessed.") % {"name": name}
        yield "wait", sentence, _("Take it away as soon as nothing needs it (docs/deploy.md, New keys).")
    if not goes_out():
        sentence = _("No mail goes out: links for choosing a password are handed over by administrators.")
        yield "wait", sentence, _("Set EMAIL_URL=smtp://….")
    if settings.REQUIRE_SECOND_FACTOR == "none":
        sentence = _("Administrators sign in with a password alone.")
        yield "wait", sentence, _("Set REQUIRE_SECOND_FACTOR=staff, or take it away: that is the default.")


def _django_says() -> Iterator[tuple[str, str, str]]:
    """Django's own checks, without those of which the settings above speak in our words."""
    ours = {"images.E001", "security.W004", "security.W008", "security.W012", "security.W016", "security.W018"}
    for message in run_checks(include_deployment_checks=True):
        if message.id not in ours and message.level >= 30:
            yield ("bad" if message.level >= 40 else "wait"), f"{message.id}: {message.msg}", message.hint or ""


def audit_keys() -> Iterator[Finding]:
    """Whether all of the audit can be verified, and still will be when SECRET_KEY has been changed."""
    about = _("Keys of the audit")
    if lost := own_keys.lost_marks():
        sentence = _("Part of it is sealed with keys that are not here: %(marks)s.") % {"marks": ", ".join(lost)}
        yield Finding(about, "bad", sentence, _("Put them back into AUDIT_KEYS; manage.py verify_audit tells more."))
    elif own_keys.still_derived() and not settings.DEMONSTRATION:
        sentence = _("Part of it is sealed with a key that is made from SECRET_KEY.")
        yield Finding(about, "bad" if settings.SECRET_KEY_FALLBACKS else "wait", sentence, _set_own_keys())
    else:
        yield Finding(about, "good", _("All of them are here."))


def room() -> Iterator[Finding]:
    """Where files of the console lie: a full disk stops uploads first, then the database."""
    about = _("Room on disk")
    for folder in dict.fromkeys((settings.VAR_DIR, settings.UPLOAD_DIR)):
        if not folder.exists():
            continue
        usage = shutil.disk_usage(folder)
        percent = usage.free / usage.total * 100
        sentence = _("%(percent).0f %% are free where %(folder)s lies.") % {"percent": percent, "folder": folder}
        tone = "bad" if percent < _FULL else "wait" if percent < _TIGHT else "good"
        measure = "" if tone == "good" else _("Make room; UPLOAD_TOTAL and UPLOAD_KEEP bound what uploads take.")
        yield Finding(about, tone, sentence, measure)


def extensions() -> Iterator[Finding]:
    """What PostgreSQL needs for substring search (migration 0002)."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        (is_installed,) = cursor.fetchone()
    about = _("Extensions of PostgreSQL")
    if is_installed:
        yield Finding(about, "good", _("pg_trgm is there."))
    else:
        sentence = _("pg_trgm is missing: searching by parts of names is slow.")
        yield Finding(about, "wait", sentence, _("As the owner of the database: CREATE EXTENSION pg_trgm"))


def database_clock() -> Iterator[Finding]:
    """That of this machine, and of each on which a process of ours told its own with its last sign of life. What
    competes is timed by the database's clock alone; logs, signatures (3.2) and sessions are not."""
    yield _clock(_("Clock"), _("the database"), clock.ahead())
    for row in Process.objects.filter(seen_at__gte=clock.now() - health.AWAY):
        if abs(row.clock_ahead) > _DRIFT:
            _name, _at, where = row.name.rpartition("@")
            about = _("Clock of %(process)s") % {"process": f"{row.get_kind_display()} {where}"}
            yield _clock(about, _("the database"), row.clock_ahead)


def _clock(about: str, whose: str, ahead: float) -> Finding:
    words = {"n": round(abs(ahead)), "whose": whose}
    if abs(ahead) <= _DRIFT:
        return Finding(about, "good", _("Within %(n)d s of that of %(whose)s.") % words)
    tone = "bad" if abs(ahead) > SIGNATURE_LIFE else "wait"
    sentence = _("%(n)d s ahead of that of %(whose)s.") if ahead > 0 else _("%(n)d s behind that of %(whose)s.")
    return Finding(about, tone, sentence % words, _("Set the clock of the machine by NTP."))


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
    with Threads(_AT_ONCE, thread_name_prefix="doctor") as pool:
        for findings in pool.map(_look_at, projects):
            yield from findings


def _rights(project: Project, client: IMSClient) -> list[Finding]:
    """Whether the account has the IAM actions without which the console cannot even read (chapter 8). What it may
    change is asked by somebody who wants to know, on the page of the account."""
    if project.is_native:
        return []
    about = _("Permissions in %(project)s") % {"project": project}
    try:
        found = probe(client, READING)
    except IMSError as error:
        return [Finding(about, "wait", str(error), error.measure)]
    missing = [action for action, has in found.items() if has is False]
    if not missing:
        return []
    sentence = _("The account %(account)s lacks these IAM actions: %(actions)s.")
    words = {"account": project.account.name, "actions": ", ".join(missing)}
    measure = _("Its page of permissions has a policy to copy for the administrator of the cloud's account.")
    return [Finding(about, "bad", sentence % words, measure)]


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
        at = account.auth_url if not skews else project.endpoint
        if isinstance(error, Forbidden) and skews:  # by the image service, which says what it takes
            return [Finding(about, "bad", str(error), error.measure)]
        refusal = explain(error, auth_url=at, kind=account.kind, who=who(account), domain=account.domain)
        return [Finding(about, "bad", str(error), refusal.sentence)]
    seconds = (datetime.now(UTC) - began).total_seconds()
    answered = Finding(about, "good", _("It answered within %(n).1f s.") % {"n": seconds})
    findings = [answered, *_rights(project, client)]
    drifted = [skew for skew in skews if skew is not None and abs(skew) > _DRIFT]
    return [*findings, *(_clock(about, project.region.name, skew) for skew in drifted[:1])]
