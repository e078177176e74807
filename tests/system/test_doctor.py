"""The doctor finds what is wrong, says what to do, and goes on."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from images.core import processes
from images.core.encryption import encrypt
from images.core.enums import ProcessKind
from images.core.models.process import Process
from images.system.services.doctor import examine
from images.system.services.health import AWAY
from tests.cache.test_leases import WRONG, set_clock
from tests.clouds.projects import project_of

pytestmark = pytest.mark.also_on_postgres


@pytest.fixture
def project(cloud, transactional_db):  # the doctor's threads have connections of their own
    return project_of(cloud)


def found(about: str) -> list[tuple[str, str]]:
    return [(one.tone, f"{one.sentence} {one.measure}") for one in examine() if about in one.about]


def test_a_project_that_answers(project):
    assert [tone for tone, _words in found("Project")] == ["good"]
    assert [tone for tone, _words in found("Credential")] == ["good"]


def test_a_wrong_password(project):
    project.account.secret = encrypt("wrong")
    project.account.save()
    [(tone, words)] = found("Project")
    assert tone == "bad"
    assert "does not accept this sign-in" in words


def test_an_endpoint_that_is_not_there(project):
    project.endpoint = "http://127.0.0.1:9"
    project.save()
    [(tone, words)] = found("Project")
    assert tone == "bad"
    assert "nothing listens there" in words


def test_a_secret_that_no_key_opens(project, settings):
    settings.CREDENTIAL_KEYS = ["another-key"]
    assert [tone for tone, _words in found("Credential")] == ["bad"]
    assert found("Project") == []


def test_settings_that_are_not_right_for_a_team(db, settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["*"]
    words = " ".join(words for tone, words in found("Settings") if tone == "bad")
    assert "DEBUG is on" in words
    assert "asterisk" in words
    doubts = " ".join(words for tone, words in found("Settings") if tone == "wait")
    assert ("counts tries to sign in alone" in doubts) == (connection.vendor == "postgresql")


def test_the_command_fails_when_something_does_not_work(project):
    out = StringIO()
    with pytest.raises(CommandError, match="are not well"):  # no worker is there
        call_command("doctor", json=True, stdout=out)
    findings = json.loads(out.getvalue())
    assert {"about": "Workers", "tone": "bad"}.items() <= next(f for f in findings if f["about"] == "Workers").items()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert "Start one: celery -A console worker" in out.getvalue()


@pytest.mark.django_db
def test_clocks_that_agree():
    assert [tone for tone, _words in found("Clock")] == ["good"]


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [86_400.0, -3600.0])
def test_the_clock_of_another_machine(ahead):
    """The doctor's own is right: each process tells its own with its signs of life."""
    processes.report_alive(ProcessKind.WORKER, ["operations"])
    Process.objects.update(clock_ahead=ahead)
    [(tone, words)] = found("Clock of")
    assert tone == "bad"
    assert ("86400 s ahead" if ahead > 0 else "3600 s behind") in words
    Process.objects.update(seen_at=timezone.now() - AWAY)
    assert found("Clock of") == []  # it is there no longer


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", WRONG, ids=str)
def test_the_clock_of_this_machine(monkeypatch, ahead):
    set_clock(monkeypatch, ahead)
    [(tone, words)] = found("Clock")
    assert tone == "bad"
    assert f"{abs(ahead.total_seconds()):.0f} s {'ahead' if ahead.total_seconds() > 0 else 'behind'}" in words
