"""One tenant's row, or what one tenant's service says, keeps no other tenant waiting: on SQLite and, with
TEST_DATABASE_URL, on PostgreSQL (`python -m tests.on_postgres`, as CI does)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from images.accounts.services import removal
from images.clouds.enums import CredentialKind
from images.clouds.models import Account, Project
from images.core.backoff import MOST
from images.core.encryption import encrypt
from images.core.models.setback import Setback
from images.core.sweeping import FAULT
from images.incoming.models import IncomingShare
from images.incoming.services import due
from images.notices.models import Delivery, Notice, NoticePreference, Trouble
from images.notices.services import delivery, sync_trouble, write_notice
from images.notices.services.distribution import distribute_due
from images.operations import notice_kinds
from images.quotas.models import QuotaSample, QuotaState
from images.quotas.services import samples
from images.reports import services as reports
from images.reports.enums import Rhythm
from images.reports.models import ReportSchedule
from images.sharing.models import MemberList
from images.sharing.services import member_lists
from tests import factories
from tests.conftest import person
from tests.ims.server import Asked, Reply, ScriptedServer

pytestmark = pytest.mark.also_on_postgres

NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture
def service():
    """One service of five projects that signs calls: it looks who asks and needs no sign-in."""
    said: dict[str, Reply] = {}

    def answer(asked: Asked) -> Reply:
        return said.get(asked.headers.get("X-Project-Id", ""), Reply(404))

    with ScriptedServer(answer=answer) as server:
        server.said = said
        yield server


@pytest.fixture
def projects(service, db):
    account = Account.objects.create(
        name="signed", kind=CredentialKind.ACCESS_KEY, auth_url=service.url, access_key="AK", secret=encrypt("SK")
    )
    region = factories.region()
    return [
        Project.objects.create(account=account, region=region, project_id=name * 32, name=name, endpoint=service.url)
        for name in NAMES
    ]


def quota(used: object, limit: object = 100, **more: object) -> Reply:
    return Reply(body={"quotas": {"resources": [{"type": "image", "used": used, "quota": limit, **more}]}})


@pytest.mark.parametrize(
    ("poison", "said"),
    [
        (quota(-1), "cannot be: -1 of 100"),
        (quota(2**31), "cannot be: 2147483648 of 100"),
        (quota(10**30), "10"),
        (quota(5, 2**31), "cannot be"),
        (quota(5, 2**63), "cannot be"),
        (quota("many"), "many"),
        (Reply(body=b"[1, 2"), "JSON"),
        (Reply(body={"quotas": {"resources": [7]}}), "quota"),
        (Reply(503, body=b"\0\xff\xfe"), "503"),
        (Reply(503, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}), "503"),
        (Reply(429, headers={"Retry-After": "9" * 300}), "too many"),
        (Reply(400, body={"error": {"code": "IMG\0.1", "message": "a\0b"}}), "a b"),
    ],
    ids=str,
)  # fmt: skip
def test_one_of_five_services_answers_nonsense_and_the_others_are_sampled(projects, service, poison, said):
    for number, project in enumerate(projects):
        service.said[project.project_id] = poison if number == 2 else quota(number)
    assert samples.sample_due() == 4
    assert sorted(QuotaSample.objects.values_list("project__name", "used")) == [("a", 0), ("b", 1), ("d", 3), ("e", 4)]
    bad = QuotaState.objects.get(project=projects[2])
    assert said in bad.error
    assert bad.error != FAULT, "it is told what is wrong with the answer"
    assert bad.failures == 1
    assert timezone.now() < bad.next_at < timezone.now() + timedelta(days=1, hours=3)


def test_bounds_that_no_column_holds_are_left_out(projects, service):
    service.said[projects[0].project_id] = quota(5, min=-3, max=2**40)
    samples.sample_due()
    state = QuotaState.objects.get(project=projects[0])
    assert (state.used, state.minimum, state.maximum, state.error) == (5, None, None, "")


def test_a_secret_that_nobody_can_read_marks_that_project(projects, service):
    for project in projects:
        service.said[project.project_id] = quota(5)
    other = Account.objects.get()
    other.pk, other.name, other.secret = None, "unreadable", "not a secret"
    other.save()
    Project.objects.filter(pk=projects[1].pk).update(account=other)
    assert samples.sample_due() == 4
    assert QuotaState.objects.get(project=projects[1]).error


@pytest.mark.parametrize("failures", [1023, 1024, MOST, 32_767])
def test_a_list_that_failed_a_thousand_times_keeps_no_other_project_waiting(projects, service, failures):
    away, there = projects[:2]
    service.said[away.project_id] = Reply(500)
    service.said[there.project_id] = Reply(body={"members": []})
    for project in (away, there):
        factories.put(project, factories.document(project.pk, project.project_id, visibility="shared"))
    member_lists.watch()
    MemberList.objects.filter(project=away).update(failures=failures)
    assert member_lists.read_due() == 1
    bad, good = MemberList.objects.get(project=away), MemberList.objects.get(project=there)
    assert good.read_at is not None
    assert bad.failures == min(failures + 1, MOST)
    assert timezone.now() < bad.next_at < timezone.now() + timedelta(hours=2)


def test_a_quota_that_failed_as_often_as_the_column_can_count(projects, service):
    samples.watch()
    for project in projects:
        service.said[project.project_id] = quota(1)
    service.said[projects[0].project_id] = Reply(500)
    QuotaState.objects.filter(project=projects[0]).update(failures=32_767)
    assert samples.sample_due() == 4
    assert QuotaState.objects.get(project=projects[0]).failures == MOST


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


def test_a_share_that_cannot_be_judged_lets_the_others_through(db):
    project = factories.project()
    documents = [factories.document(n, "0" * 32, visibility="shared") for n in range(3)]
    factories.put(project, *documents, member_status="pending")
    IncomingShare.objects.filter(image_id=documents[1]["id"]).update(document="{not json")
    assert due.work_due() == 2
    unjudged = IncomingShare.objects.get(policy_version=None)
    assert unjudged.image_id == documents[1]["id"]
    assert Setback.objects.get().row == str(unjudged.pk)
    assert due.work_due() == 0


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


def test_an_account_that_cannot_be_cleared_lets_the_others_through(db, admin):
    first, second = factories.account("first"), factories.account("second")
    for account in (first, second):
        removal.remove_account(actor=admin, account=account)
    Setback.objects.create(sweep="accounts", row=str(first.pk), failures=3, next_at=timezone.now() + timedelta(hours=1))
    assert removal.clear_removed() == 1
    assert Account.objects.get(removed_at__isnull=False).pk == first.pk
