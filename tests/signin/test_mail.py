"""Links with which somebody chooses a password go by mail or from hand to hand, and stand in no log."""

import logging
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from console import no_mail
from console.logs import SecretPathFilter, without_keys
from images.audit.models import AuditEntry
from tests.console.test_settings import GOOD, start

pytestmark = pytest.mark.django_db
RESET = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


def test_without_mail_the_page_says_whom_to_ask_and_has_no_form(viewer, anonymous, settings, capfd, caplog):
    """Case S5."""
    settings.EMAIL_BACKEND = no_mail.BACKEND
    page = anonymous.get(RESET)
    assert page.status_code == 200
    assert b"Ask an administrator" in page.content
    assert b"<form" not in page.content.replace(b'<form method="post" action="/preferences/theme/"', b"")
    assert anonymous.post(RESET, {"email": viewer.email}).status_code == 409
    told = "".join(capfd.readouterr()) + caplog.text
    assert "/password/reset/key/" not in told


def test_without_mail_an_invitation_is_shown_and_written_nowhere(as_admin, viewer, settings, capfd, caplog):
    settings.EMAIL_BACKEND = no_mail.BACKEND
    page = as_admin.post(f"/people/{viewer.pk}/link/").content.decode()
    assert "No mail could be sent. Hand the link over yourself." in page
    key = re.search(r"/password/reset/key/[^<]+", page)
    assert key
    assert key[0] not in "".join(capfd.readouterr()) + caplog.text
    assert key[0] not in str(list(AuditEntry.objects.values("sentence", "details", "after")))


def test_with_mail_the_link_goes_to_who_has_the_address_and_to_nobody_else(viewer, anonymous):
    for email, sent in ((viewer.email, 1), ("nobody@example.org", 1)):
        assert anonymous.post(RESET, {"email": email})["Location"] == f"{RESET}done/"
        assert len(mail.outbox) == sent
    assert mail.outbox[0].to == [viewer.email]


@pytest.mark.parametrize(("given", "starts"), [
    ({}, True), ({"EMAIL_URL": "smtp://mail.example.org"}, True), ({"EMAIL_URL": "console:"}, False),
    ({"EMAIL_URL": "console:", "DEBUG": "true"}, True),
])  # fmt: skip
def test_mail_is_not_written_to_the_log_by_the_settings(tmp_path, given, starts):
    done = start(tmp_path, SECRET_KEY=GOOD, **given)
    assert (done.returncode == 0) == starts, done.stderr
    assert starts or "EMAIL_URL=console:" in done.stderr


def test_paths_in_the_log_have_no_keys(caplog):
    link = "/accounts/password/reset/key/3-abc123-5d4f/"
    assert without_keys(f'"GET {link} HTTP/1.1" 302') == '"GET /accounts/password/reset/key/3-…/ HTTP/1.1" 302'
    harmless = "/accounts/password/reset/key/3-set-password/"
    assert without_keys(harmless) == harmless
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (link,), None)
    SecretPathFilter().filter(record)
    assert record.getMessage() == "Not Found: /accounts/password/reset/key/3-…/"


def test_the_access_log_has_no_keys(viewer):
    import datetime as dt
    from types import SimpleNamespace

    from gunicorn.config import Config

    from console.access_log import AccessLog

    link = "/accounts/password/reset/key/3-abc123-5d4f/"
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": link, "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_REFERER": f"https://x{link}",
               "PATH_INFO": link}  # fmt: skip
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    asked = SimpleNamespace(headers=[("REFERER", f"https://x{link}")])
    told = AccessLog(Config()).atoms(answer, asked, environ, dt.timedelta(seconds=1))
    assert "abc123" not in str(told)
    assert told["r"] == "GET /accounts/password/reset/key/3-…/ HTTP/1.1"
    assert Client().get(link).status_code == 200
