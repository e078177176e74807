"""One report keeps no other tenant's waiting, whatever it holds or its service says."""

import pytest
from django.core import mail
from django.utils import timezone

from images.core.sweeping import FAULT
from images.reports import services as reports
from images.reports.enums import Rhythm
from images.reports.models import ReportSchedule
from tests import factories
from tests.conftest import person

pytestmark = pytest.mark.also_on_postgres


def test_a_report_that_cannot_be_made_lets_the_others_through(db):
    now = timezone.now()
    project = factories.project()
    for name, zone in (("unlucky", "Mars/Olympus"), ("lucky", "UTC")):
        ReportSchedule.objects.create(
            owner=person(name, is_staff=True, is_superuser=True), report="inventory", projects=[project.pk],
            rhythm=Rhythm.WEEKLY, hour=7, zone=zone, next_at=now, due_at=now,
        )  # fmt: skip
    assert reports.send_due() == 1
    assert [sent.to for sent in mail.outbox] == [["lucky@example.org"]]
    held = ReportSchedule.objects.get(owner__username="unlucky")
    assert (held.attempts, held.error) == (1, FAULT)
    assert held.next_at > now
