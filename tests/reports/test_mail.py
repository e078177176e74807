"""Reports by mail: when they are due, what is in them, and what becomes of those that fail or may not be read."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.core import mail
from django.utils import timezone

from images.access.enums import Role
from images.access.models import Grant
from images.audit.models import AuditEntry
from images.reports import services as reports
from images.reports.enums import Rhythm
from images.reports.models import ReportSchedule
from tests import factories
from tests.conftest import grant, person


@pytest.fixture
def due(db):
    project = factories.project("seen")
    made = factories.document(
        1, project.project_id, created_at=f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    )
    factories.put(project, made)
    factories.put(factories.project("foreign"), factories.document(2, "f" * 32))
    owner = person("reader")
    grant(owner, Role.VIEWER, project=project)
    row = reports.schedule(actor=owner, report="inventory", projects=[], rhythm=Rhythm.WEEKLY, hour=7)
    now = timezone.now()
    ReportSchedule.objects.update(next_at=now, due_at=now)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(("moment", "rhythm", "zone", "expected"), [
    ("2026-11-25T12:00", Rhythm.WEEKLY, "UTC", "2026-11-30T07:00"),
    ("2026-11-30T06:59", Rhythm.WEEKLY, "UTC", "2026-11-30T07:00"),
    ("2026-11-30T07:00", Rhythm.WEEKLY, "UTC", "2026-12-07T07:00"),
    ("2026-12-31T23:30", Rhythm.MONTHLY, "UTC", "2027-01-01T07:00"),
    ("2026-06-15T12:00", Rhythm.MONTHLY, "Europe/Paris", "2026-07-01T05:00"),
    ("2026-01-01T06:30", Rhythm.MONTHLY, "Europe/Paris", "2026-02-01T06:00"),
])  # fmt: skip
def test_when_it_is_due(moment, rhythm, zone, expected):
    after = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert reports.next_after(after, rhythm, 7, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_it_goes_out_once_with_the_figures_of_what_its_reader_sees(due):
    assert reports.send_due() == 1
    assert reports.send_due() == 0
    (message,) = mail.outbox
    assert message.to == ["reader@example.org"]
    ((name, content, kind),) = message.attachments
    assert name.startswith("inventory-")
    assert kind == "text/csv"
    assert "seen" in content
    assert "foreign" not in content
    due.refresh_from_db()
    assert due.next_at > timezone.now()
    assert due.sent_at
    assert AuditEntry.objects.filter(event="report.sent").count() == 1


def test_who_lost_the_role_gets_nothing_more(due):
    Grant.objects.all().delete()
    assert reports.send_due() == 0
    assert mail.outbox == []
    due.refresh_from_db()
    assert due.next_at is None
    assert "You see none of its projects" in due.error


def test_a_mail_server_that_is_away_is_tried_again_and_then_waits_for_the_next_time(due, settings):
    settings.EMAIL_BACKEND = "tests.reports.test_mail.Away"
    for _attempt in range(5):
        assert reports.send_due() == 0
        due.refresh_from_db()
        assert "not there" in due.error
        assert timezone.now() < due.next_at < timezone.now() + timedelta(hours=2)
        ReportSchedule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    reports.send_due()
    due.refresh_from_db()
    assert due.attempts == 0
    assert due.next_at == due.due_at
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ReportSchedule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert reports.send_due() == 1
    due.refresh_from_db()
    assert due.error == ""


class Away:
    def __init__(self, **_options) -> None:
        pass

    def send_messages(self, _messages) -> int:
        raise smtplib.SMTPConnectError(421, "not there")


class Meanwhile:
    """While it sends, another worker looks for what is due."""

    sent: ClassVar[list[int]] = []

    def __init__(self, **_options) -> None:
        pass

    def send_messages(self, messages) -> int:
        self.sent += [len(messages), reports.send_due()]
        return len(messages)


def test_of_two_senders_one_is_faster(due, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Meanwhile"
    Meanwhile.sent.clear()
    assert reports.send_due() == 1
    assert Meanwhile.sent == [1, 0]
