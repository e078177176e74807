"""Webhooks over HTTP on loopback: signed, repeated, refused where they may not go, and never lost."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from images.access.enums import Role
from images.audit.models import AuditEntry
from images.core.addresses import AddressRefused
from images.notices.models import Delivery, Notice, Webhook
from images.notices.notice_kinds import SYNC, WEBHOOK
from images.notices.services import delivery, write_notice
from images.notices.services.webhooks import changing, posting, reaching, secrets
from images.quotas.notice_kinds import QUOTA
from tests import factories
from tests.conftest import person
from tests.notices.receiver import RESET, is_signed, receiving


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED = ["127.0.0.0/8", "::1"]
    with receiving() as running:
        yield running


@pytest.fixture
def project(db):
    return factories.project()


@pytest.fixture
def keeper(project):
    """Without an address for mail."""
    user = person("keeper", Role.ADMINISTRATOR, project=project)
    user.email = ""
    user.save()
    return user


@pytest.fixture
def hook(keeper, project, receiver):
    return changing.add(actor=keeper, project=project, name="chat", url=receiver.url, kinds=[], active=True)


def happen(project, kind=SYNC) -> Notice:
    return write_notice(kind=kind, project=project, subject="It happened", text="so", url="/projects/1/")


def carry() -> int:
    return delivery.work_due()


def come_due() -> None:
    """As if the time until the next try had passed."""
    Delivery.objects.filter(state="waiting").update(next_at=timezone.now())
    Webhook.objects.update(resting_until=None)


def only() -> Delivery:
    return Delivery.objects.get(way="webhook")


def test_signed_so_that_the_receiver_can_verify_it(hook, keeper, project, receiver, settings):
    settings.PUBLIC_URL = "https://console.example.org"
    secret = changing.new_secret_of(actor=keeper, webhook=hook)
    happen(project)
    carry()
    [(headers, body)] = receiver.heard
    assert is_signed(secret, headers, body)
    assert not is_signed(secret, headers, body + b" ")
    assert not is_signed(secret, headers | {"webhook-timestamp": "1"}, body)
    told = json.loads(body)
    assert told["id"] == headers["webhook-id"] == str(only().uid)
    assert (told["kind"], told["subject"], told["url"]) == (
        "sync", "It happened", "https://console.example.org/projects/1/",
    )  # fmt: skip
    assert told["project"]["id"] == project.project_id
    assert only().state == "done"
    assert only().status == 204
    row = Webhook.objects.get()
    assert secret not in row.secret
    assert not AuditEntry.objects.filter(details__icontains=secret[6:]).exists()


def test_a_new_secret_leaves_the_receiver_a_day(hook, keeper, project, receiver):
    old = changing.new_secret_of(actor=keeper, webhook=hook)
    new = changing.new_secret_of(actor=keeper, webhook=hook)
    happen(project)
    carry()
    Webhook.objects.update(old_until=timezone.now() - timedelta(seconds=1))
    happen(project)
    carry()
    assert [is_signed(old, *one) for one in receiver.heard] == [True, False]
    assert [is_signed(new, *one) for one in receiver.heard] == [True, True]


@pytest.mark.parametrize("trouble", [500, RESET, 302, 404])
def test_what_failed_is_tried_again_under_the_same_id(hook, project, receiver, trouble):
    receiver.script = [trouble]
    happen(project)
    assert carry() == 1
    first = only()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert first.error
    assert "\0" not in first.answer
    assert len(first.answer) <= reaching.KEPT
    assert timedelta(0) < first.next_at - timezone.now() < timedelta(minutes=1)
    assert carry() == 0, "not before its time"
    come_due()
    assert carry() == 1
    assert only().state == "done"
    ids = {headers["webhook-id"] for headers, _body in receiver.heard}
    assert (len(receiver.heard), len(ids)) == (2, 1)
    hook.refresh_from_db()
    assert hook.failures == 0


def test_the_receiver_says_how_long_to_wait(hook, project, receiver):
    receiver.script, receiver.headers = [503], {"Retry-After": "3600"}
    happen(project)
    carry()
    assert only().next_at - timezone.now() > timedelta(minutes=59)


def test_given_up_in_the_end_and_people_are_told_once(hook, keeper, project, receiver):
    receiver.script = [500] * 40
    happen(project)
    for _attempt in range(20):
        carry()
        come_due()
    first = Delivery.objects.filter(way="webhook").earliest("pk")
    assert (first.state, first.attempts, first.next_at) == ("given_up", 14, None)
    told = Notice.objects.filter(kind=WEBHOOK.value)
    assert told.count() == 1
    assert told.get().copies.get().user == keeper
    assert not told.get().deliveries.filter(way="webhook").exists(), "not to the one that does not work"
    receiver.script = []
    assert changing.send_again(actor=keeper, delivery=first)
    carry()
    first.refresh_from_db()
    assert first.state == "done"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "169.254.169.254", "[64:ff9b::7f00:1]", "localhost"],
)
def test_private_addresses_are_refused(host, settings):
    settings.WEBHOOK_ALLOWED = []
    reply = reaching.send(f"http://{host}:9/", b"{}", {})
    assert reply.refused or "https" in reply.error
    assert not reply.status


def test_a_name_that_leads_to_loopback_is_refused_and_nothing_is_sent(hook, project, receiver, settings):
    """Looked up first; and when the name leads elsewhere a moment later, by the peer of the socket."""
    settings.WEBHOOK_ALLOWED = []
    happen(project)
    carry()
    assert only().state == "given_up"
    assert "WEBHOOK_ALLOWED" in only().error
    assert receiver.heard == []


def test_a_name_that_changes_between_look_up_and_connection_is_refused(hook, receiver, settings, monkeypatch):
    settings.WEBHOOK_ALLOWED = []
    monkeypatch.setattr(reaching, "_look_up", lambda _host: None)  # as if it had led to the internet then
    reply = reaching.send(receiver.url, b"{}", {})
    assert reply.refused
    assert receiver.heard == []


def test_metadata_services_are_refused_whatever_is_allowed(settings):
    settings.WEBHOOK_ALLOWED = ["0.0.0.0/0", "::/0"]
    assert reaching.is_refused("169.254.169.254", "x")
    assert reaching.is_refused("::ffff:169.254.169.254", "x")
    assert not reaching.is_refused("10.0.0.1", "x")
    settings.WEBHOOK_ALLOWED = ["hooks.internal"]
    assert not reaching.is_refused("10.0.0.1", "hooks.internal")
    assert reaching.is_refused("10.0.0.1", "other.internal")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example.com/",
        "https://",
        "https://u:p@x.example.com/",
        "http://x.example.com/",
        "https://10.0.0.1/",
        "x",
    ],
)
def test_addresses_that_a_webhook_cannot_have(url):
    with pytest.raises(AddressRefused):
        reaching.check_url(url)


def test_hears_of_what_it_wants_of_its_project(hook, admin, project, receiver):
    other = factories.project("other", "eu-west-1")
    whole = changing.add(actor=admin, project=None, name="all", url=receiver.url, kinds=["quota"], active=True)
    happen(project)
    happen(other)
    happen(other, QUOTA)
    carry()
    assert [json.loads(body)["kind"] for _headers, body in receiver.heard] == ["sync", "quota"]
    assert [one.notice.project for one in hook.deliveries.all()] == [project]
    assert [one.notice.project for one in whole.deliveries.all()] == [other]


def test_a_test_is_answered_at_once(hook, keeper, receiver):
    receiver.script = [500]
    changing.test(actor=keeper, webhook=hook)
    carry()
    assert only().state == "given_up"
    assert json.loads(receiver.heard[0][1])["kind"] == "test"


def test_secrets_are_kept_when_the_keys_change(hook, keeper, project, receiver, settings):
    secret = changing.new_secret_of(actor=keeper, webhook=hook)
    before = Webhook.objects.get().secret
    settings.CREDENTIAL_KEYS = ["the-newest-key", *settings.CREDENTIAL_KEYS]
    assert secrets.rotate()[0] >= 1
    assert Webhook.objects.get().secret != before
    settings.CREDENTIAL_KEYS = ["the-newest-key"]
    happen(project)
    carry()
    assert is_signed(secret, *receiver.heard[0])


def test_one_that_does_not_answer_keeps_no_other_waiting(hook, admin, project, receiver):
    receiver.script = [500]
    for _each in range(3):
        happen(project)
    carry()
    assert len(receiver.heard) == 1, "it rests after the first"


def test_died_between_answer_and_writing(hook, project, receiver, monkeypatch):
    """The lease runs out and it is sent again: twice at the receiver, by the same ID."""

    class Died(BaseException):
        pass

    def die(*_arguments, **_more):
        raise Died

    happen(project)
    with monkeypatch.context() as patched:
        patched.setattr(posting, "finish", die)
        with pytest.raises(Died):
            carry()
    assert len(receiver.heard) == 1
    assert carry() == 0, "as long as the lease holds nobody else takes it"
    come_due()
    assert carry() == 1
    assert only().state == "done"
    assert len({headers["webhook-id"] for headers, _body in receiver.heard}) == 1
    assert len(receiver.heard) == 2
