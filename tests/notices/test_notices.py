"""Who hears of what, by which way, and that nobody hears of what they may not see."""

import json
import smtplib
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from images.access.enums import Role
from images.access.models import Grant
from images.cache.models.image import Image
from images.clouds.models import Project
from images.incoming.models import IncomingShare
from images.incoming.notice_kinds import DECISION, SHARE, SHARE_LATE
from images.incoming.services import due
from images.notices.kinds import Choice, Mail, declared
from images.notices.models import Delivery, Notice, NoticeCopy, NoticePreference, Trouble
from images.notices.notice_kinds import SYNC
from images.notices.queries import notices as reading
from images.notices.services import Audience, Merging, delivery, preferences, sync_trouble, write_notice
from images.notices.services.distribution import distribute_due, next_digest
from images.operations.enums import ActionKind
from images.operations.models.consent import Consent
from images.operations.models.operation import Operation
from images.operations.notice_kinds import ANSWER, CONSENT
from images.operations.services import Target, consent, submit
from images.operations.services.audit_entries import tell_end
from images.quotas.models import QuotaState
from images.quotas.notice_kinds import QUOTA
from images.quotas.services import thresholds
from images.reports.notice_kinds import REPORT
from tests import factories
from tests.conftest import person


@pytest.fixture
def project(db):
    return factories.project()


@pytest.fixture
def people(project):
    """One of each role, by its name."""
    return {role.value: person(role.value, role, project=project) for role in Role} | {"stranger": person("stranger")}


def told(kind, project, **more) -> set[str]:
    notice = write_notice(kind=kind, project=project, subject="It happened", **more)
    distribute_due()
    return {copy.user.username for copy in notice.copies.select_related("user")}


def choose(user, kind, choice, hour=7, zone="UTC") -> None:
    usual = {one.value: one.usual for one in declared()}
    preferences.prefer(user=user, choices=usual | {kind.value: choice}, digest_hour=hour, time_zone=zone)


def come_due() -> None:
    Delivery.objects.filter(state="waiting").update(next_at=timezone.now())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (SHARE, {"approver", "administrator"}),
        (SYNC, {"administrator"}),
        (QUOTA, {"operator", "administrator"}),
        (DECISION, set(Role.values)),
    ],
)
def test_who_may_hears_of_it(kind, expected, people, project):
    assert told(kind, project) == expected
    but = told(kind, project, but=[people["administrator"]])
    assert "administrator" not in but


def test_administrators_of_the_console_hear_when_nobody_else_would(project, admin):
    assert told(SHARE, project) == {"admin"}
    assert told(SYNC, None, people=Audience.STAFF) == {"admin"}


def test_those_whom_it_names_hear_of_it_but_not_of_a_project_that_they_may_not_see(people, project):
    named = [people["viewer"], people["stranger"]]
    assert told(REPORT, project, people=named) == {"viewer"}
    assert told(REPORT, None, people=named) == {"viewer", "stranger"}


def test_whoever_lost_the_project_neither_reads_nor_gets_mail(people, project):
    keeper = people["administrator"]
    told(SYNC, project)
    assert reading.unread(keeper) == 1
    Grant.objects.filter(team__members=keeper).delete()
    delivery.work_due()
    assert reading.unread(keeper) == 0
    assert reading.listed(keeper, reading.NoticeQuery())[0] == []
    assert mail.outbox == []
    assert Delivery.objects.get(user=keeper).state == "dropped"


def test_nothing_is_told_of_what_was_rolled_back(project):
    with transaction.atomic():
        write_notice(kind=SYNC, project=project, subject="x")
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_each_chooses_the_ways(people, project):
    choose(people["administrator"], SYNC, Choice(False, Mail.NONE))
    assert told(SYNC, project) == set()
    choose(people["administrator"], SYNC, Choice(False, Mail.NOW))
    assert told(SYNC, project, text="<b>so</b>", url="/projects/1/") == set()
    delivery.work_due()
    [sent] = mail.outbox
    assert sent.to == ["administrator@example.org"]
    assert sent.subject == "[Image Console] It happened"
    assert "/projects/1/" in sent.body
    assert "<b>so</b>" in sent.body
    [(html, _kind)] = sent.alternatives
    assert "&lt;b&gt;so&lt;/b&gt;" in html
    assert "/notices/preferences/" in sent.extra_headers["List-Unsubscribe"]


def test_one_digest_a_day_at_the_hour_of_the_person(people, project):
    user = people["administrator"]
    choose(user, SYNC, Choice(True, Mail.DIGEST))
    for _each in range(3):
        told(SYNC, project)
    delivery.work_due()
    assert mail.outbox == [], "not before its hour"
    come_due()
    delivery.work_due()
    [sent] = mail.outbox
    assert sent.subject == "[Image Console] 3 notices"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    berlin = NoticePreference(user=user, digest_hour=7, time_zone="Europe/Berlin")
    assert next_digest(berlin, datetime(2026, 7, 1, 4, 30, tzinfo=UTC)) == datetime(2026, 7, 1, 5, 0, tzinfo=UTC)
    assert next_digest(berlin, datetime(2026, 7, 1, 5, 30, tzinfo=UTC)) == datetime(2026, 7, 2, 5, 0, tzinfo=UTC)


def test_mail_that_fails_is_tried_again_and_what_nobody_takes_is_given_up(people, project, monkeypatch):
    def refuse(_self):
        raise error

    told(SYNC, project)
    with monkeypatch.context() as patched:
        patched.setattr("images.notices.services.mail.EmailMultiAlternatives.send", refuse)
        error = ConnectionRefusedError("nobody there")
        delivery.work_due()
        row = Delivery.objects.get()
        assert (row.state, row.attempts) == ("waiting", 1)
        assert "nobody there" in row.error
        come_due()
        error = smtplib.SMTPRecipientsRefused({"x": (550, b"unknown")})
        delivery.work_due()
        row.refresh_from_db()
        assert (row.state, row.next_at) == ("given_up", None)
    assert mail.outbox == []


def test_many_become_one(people, project):
    many = Merging(lambda n: (f"{n} shares wait", "/sharing/in/"))
    for number in range(300):
        write_notice(kind=SHARE, project=project, subject=f"share {number}", url=f"/{number}/", together=many)
    notice = Notice.objects.get()
    assert (notice.subject, notice.url, notice.count) == ("300 shares wait", "/sharing/in/", 300)
    distribute_due()
    assert not notice.copies.exists(), "it waits for others"
    Notice.objects.update(spread_at=timezone.now())
    assert distribute_due() == 1
    assert distribute_due() == 0
    assert notice.copies.count() == 2


def test_the_bell_asks_once_however_much_there_is(people, project, django_assert_num_queries):
    user = people["administrator"]
    for _each in range(120):
        told(SYNC, project)
    with django_assert_num_queries(1):
        assert reading.unread(user) == 100, "counts no further than it shows"
    first, before = reading.listed(user, reading.NoticeQuery())
    second, _before = reading.listed(user, reading.NoticeQuery(before=before))
    assert len(first) == 50
    assert {one.pk for one in first}.isdisjoint(one.pk for one in second)
    assert preferences.mark_read(user=user, pk=first[0].pk) == 1
    assert preferences.mark_read(user=user) == 119
    assert reading.unread(user) == 0


def test_a_project_in_trouble_is_told_of_once_and_once_when_it_is_well(people, project):
    now = timezone.now()
    Project.objects.update(error="Wrong password.", error_at=now, synced_at=now - timedelta(minutes=5))
    assert sync_trouble.watch_projects() == 0, "it may pass"
    Trouble.objects.update(since=now - timedelta(minutes=20))
    assert [sync_trouble.watch_projects(), sync_trouble.watch_projects()] == [1, 0]
    Project.objects.update(error="", error_at=None)
    assert [sync_trouble.watch_projects(), sync_trouble.watch_projects()] == [1, 0]
    subjects = [one.subject for one in Notice.objects.order_by("pk")]
    assert "has not been synchronised for 20 minutes" in subjects[0]
    assert "is synchronised again" in subjects[1]
    assert Notice.objects.earliest("pk").text == "Wrong password."


def test_trouble_that_passes_is_not_told(project):
    Project.objects.update(error="x", error_at=timezone.now())
    sync_trouble.watch_projects()
    Project.objects.update(error="", error_at=None)
    assert sync_trouble.watch_projects() == 0
    assert not Notice.objects.exists()
    assert not Trouble.objects.exists()


def test_old_notices_go_with_all_that_hangs_on_them(people, project):
    told(SYNC, project)
    Notice.objects.update(at=timezone.now() - timedelta(days=91))
    told(SYNC, project)
    assert preferences.clear_old() == 1
    assert (Notice.objects.count(), NoticeCopy.objects.count()) == (1, 1)


def test_others_notices_are_not_found(people, project, client):
    told(SYNC, project)
    copy = NoticeCopy.objects.get()
    client.force_login(people["viewer"])
    assert client.post("/notices/read/", {"notice": copy.pk}).status_code == 404
    client.force_login(people["administrator"])
    assert client.post("/notices/read/", {"notice": copy.pk}).status_code == 302
    copy.refresh_from_db()
    assert copy.read_at


def test_preferences_keep_the_typing(people, client):
    client.force_login(people["viewer"])
    said = {"digest_hour": "9", "time_zone": "Mars/Olympus", "mail_share": "now"}
    answer = client.post("/notices/preferences/", said)
    assert answer.status_code == 422
    assert "There is no time zone of this name." in answer.content.decode()
    assert 'value="Mars/Olympus"' in answer.content.decode()
    assert client.post("/notices/preferences/", said | {"time_zone": "Asia/Tokyo"}).status_code == 302
    kept = NoticePreference.objects.get(user=people["viewer"])
    assert (kept.digest_hour, kept.time_zone) == (9, "Asia/Tokyo")
    assert kept.choices["share"] == {"bell": False, "mail": "now"}


def test_the_answer_to_a_request_for_consent_reaches_both(people, project):
    consent.set_policy(actor=people["administrator"], project=project, for_delete=True, days=3)
    plain = {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}
    factories.put(project, factories.document(1, project.project_id, **plain))
    image = Image.objects.get()
    target = Target(project, image, image.name)
    submit(actor=people["operator"], kind=ActionKind.DELETE, targets=[target], parameters={}, key=uuid.uuid4().hex)
    distribute_due()
    asked = Notice.objects.get(kind=CONSENT.value)
    assert {copy.user.username for copy in asked.copies.all()} == {"approver", "administrator"}
    consent.refuse(actor=people["approver"], consent=Consent.objects.get(), comment="not today")
    distribute_due()
    answer = Notice.objects.get(kind=ANSWER.value)
    assert [copy.user.username for copy in answer.copies.all()] == ["operator"]
    assert answer.text == "not today"


def test_shares_that_the_policy_leaves_to_the_team_are_told_together_and_reminded_of(people, project):
    now = timezone.now()
    Project.objects.update(published_at=now)
    for number in range(3):
        document = factories.document(number, "f" * 32)
        IncomingShare.objects.create(
            project=project, image_id=document["id"], name=f"image {number}", owner="f" * 32, first_seen_at=now,
            document=json.dumps(document), member_status="pending", waiting_since=now - timedelta(days=4),
        )  # fmt: skip
    due.work_due()
    waiting = Notice.objects.get()
    assert (waiting.kind, waiting.subject) == (SHARE.value, f"3 shares wait in {project}")
    assert due.work_due() == 0
    one = IncomingShare.objects.earliest("pk")
    IncomingShare.objects.filter(pk=one.pk).update(remind_at=now, escalate_at=now)
    due.work_due()
    Notice.objects.update(spread_at=now)
    distribute_due()
    late = Notice.objects.filter(kind=SHARE_LATE.value).order_by("pk")
    assert [{copy.user.username for copy in notice.copies.all()} for notice in late] == [
        {"approver", "administrator"},
        {"administrator"},
    ]
    assert late[0].url == f"/sharing/in/{one.pk}/"
    assert "image 0" in late[0].subject


@pytest.mark.parametrize(
    ("total", "state", "expected"),
    [(1, "failed", 0), (1, "unknown", 1), (2, "failed", 1), (2, "done", 0)],
)
def test_an_operation_that_did_not_end_well_is_told_to_whoever_asked(people, project, total, state, expected):
    ended = {"total": total, state: total, "state": state, "finished_at": timezone.now()}
    actor = people["operator"]
    operation = Operation.objects.create(kind="edit", actor=actor, actor_name="operator", project=project, **ended)
    tell_end(operation)
    distribute_due()
    assert NoticeCopy.objects.filter(user=actor).count() == NoticeCopy.objects.count() == expected


def test_a_quota_that_crosses_its_threshold_is_told_of_once(people, project):
    now = timezone.now()
    state = QuotaState.objects.create(project=project, used=96, limit=100, next_at=now)
    for _each in range(2):
        thresholds.judge(state, project, now)
    distribute_due()
    assert {copy.user.username for copy in Notice.objects.get().copies.all()} == {"operator", "administrator"}
