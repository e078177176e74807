"""One notice, mail or project in trouble keeps no other tenant's waiting, whatever it holds or its service says."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from images.clouds.models import Project
from images.core.models.setback import Setback
from images.core.sweeping import FAULT
from images.notices.models import Delivery, Notice, NoticePreference, Trouble
from images.notices.services import delivery, sync_trouble, write_notice
from images.notices.services.distribution import distribute_due
from images.operations import notice_kinds
from tests import factories
from tests.conftest import person

pytestmark = pytest.mark.also_on_postgres


def test_a_notice_that_cannot_be_spread_lets_the_others_through(db):
    """Whoever is to hear of it has a time zone that there is no more."""
    unlucky, lucky = person("unlucky", is_staff=True), person("lucky", is_staff=True)
    choices = {notice_kinds.ANSWER.value: {"bell": True, "mail": "digest"}}
    NoticePreference.objects.create(user=unlucky, choices=choices, time_zone="Mars/Olympus")
    for somebody in (unlucky, lucky):
        write_notice(kind=notice_kinds.ANSWER, project=None, subject=f"For {somebody}", people=[somebody])
    assert distribute_due() == 1
    assert list(Notice.objects.filter(spread_at=None).values_list("subject", flat=True)) == ["For lucky"]
    assert Setback.objects.get().sweep == "notices"
    assert distribute_due() == 0, "it waits, and is not tried again and again"
    NoticePreference.objects.update(time_zone="UTC")
    Setback.objects.update(next_at=timezone.now())
    assert distribute_due() == 1
    assert not Setback.objects.exists()


def test_a_mail_that_cannot_be_written_lets_the_others_through(db):
    """An address with a line break, as no form lets in, raises BadHeaderError (a ValueError)."""
    unlucky, lucky = person("unlucky", is_staff=True), person("lucky", is_staff=True)
    for somebody in (unlucky, lucky):
        choices = {notice_kinds.ANSWER.value: {"bell": False, "mail": "now"}}
        NoticePreference.objects.create(user=somebody, choices=choices)
        write_notice(kind=notice_kinds.ANSWER, project=None, subject="It happened", people=[somebody])
    type(unlucky).objects.filter(pk=unlucky.pk).update(email="a@example.org\nBcc: b@example.org")
    delivery.work_due()
    assert [sent.to for sent in mail.outbox] == [["lucky@example.org"]]
    held = Delivery.objects.get(user=unlucky)
    assert (held.state, held.attempts, held.error) == ("waiting", 1, FAULT)
    assert held.next_at > timezone.now()


def test_a_project_in_trouble_that_cannot_be_told_lets_the_others_through(db, monkeypatch):
    now = timezone.now()
    for name in ("a", "b"):
        project = factories.project(name)
        Project.objects.filter(pk=project.pk).update(error="x", error_at=now)
    sync_trouble.watch_projects()
    Trouble.objects.update(since=now - timedelta(hours=1))
    told = sync_trouble.write_notice

    def stumbles(**what):
        if what["project"].name == "a":
            raise OverflowError("a")
        return told(**what)

    monkeypatch.setattr(sync_trouble, "write_notice", stumbles)
    assert sync_trouble.watch_projects() == 1
    assert Trouble.objects.get(told_at=None).project.name == "a"
