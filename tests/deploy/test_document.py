"""docs/deploy.md, from top to bottom, as somebody follows it who has nothing else: every command on it is run here."""

import json
import re
import shutil
from pathlib import Path

import psycopg
import pytest
import requests

from tests.deploy.document import PAGE, steps
from tests.deploy.machine import Machine, machine
from tests.deploy.test_upgrade import redis
from tests.otlp import Collector
from tests.postgres import postgres
from tests.sandbox_process import wait_for

pytestmark = [
    pytest.mark.lane(minutes=4),
    pytest.mark.postgres,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]
#: Those of the page.
STEPS = {
    *("install", "database", "settings", "tables", "services", "proxy", "new code", "restart"),
    *("backup", "set aside", "restore"),
    "traces",
    *("new SECRET_KEY", "without the old SECRET_KEY", "new CREDENTIAL_KEYS", "new AUDIT_KEYS"),
}
_WRITE = """
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from images.operations.audit_events import OperationAuditEvent
from images.models import Account
from images.audit.services import record
from images.audit.services.sealing import seal
from images.core.encryption import encrypt
told = {"auth_url": "https://127.0.0.1:9/v3", "username": "u", "domain": "d", "secret": encrypt("secret")}
Account.objects.get_or_create(name="northwind", defaults=told)
user, _made = get_user_model().objects.get_or_create(username="anna")
with transaction.atomic():
    record(event=OperationAuditEvent.ASKED, actor=None, sentence="Somebody asked.")
seal()
client = Client()
client.force_login(user)
print("session", next(morsel.value for name, morsel in client.cookies.items() if name.endswith("sessionid")))
"""
_READ = """
from images.models import Account, AuditEntry
from images.core.encryption import decrypt
print("read", [decrypt(one.secret) for one in Account.objects.all()], AuditEntry.objects.count())
"""


def said(machine: Machine, code: str, name: str) -> str:
    """What a line that begins with `name` says after it."""
    printed = machine.run("sudo deploy/manage shell --no-imports", typed=code)
    [line] = [line for line in printed.splitlines() if line.startswith(f"{name} ")]
    return line.removeprefix(f"{name} ")


def test_every_command_of_the_page(tmp_path):
    page = steps()
    assert set(page) == STEPS, "the page has other steps than those that are run here"
    with postgres() as url, redis(tmp_path) as port, machine(tmp_path / "machine", url, port) as here:
        with psycopg.connect(url.replace("/console?", "/postgres?"), autocommit=True) as connection:
            connection.execute("DROP DATABASE console")
        install(here, page)
        session = said(here, _WRITE, "session")
        for step in ("backup", "set aside", "restore"):
            if step == "set aside":
                said(here, _WRITE, "session")  # comes after the backup, and is gone
            here.run(page[step])
        assert said(here, _READ, "read").startswith("['secret']")
        rotate(here, page, session)
        upgrade(here, page)
        traces(here, page)


def install(here: Machine, page: dict[str, str]) -> None:
    here.place("image-console-0.2.0")
    for step in ("install", "database", "settings"):
        here.run(page[step])
    keys = re.findall(r"^(?:SECRET_KEY|CREDENTIAL_KEYS|AUDIT_KEYS)=(.{64})$", here.settings.read_text(), re.MULTILINE)
    assert len(set(keys)) == 3
    assert here.settings.stat().st_mode & 0o777 == 0o600
    here.fill_in()
    for step in ("tables", "services", "proxy"):
        here.run(page[step])
    everything_is_at_work(here)


def everything_is_at_work(here: Machine) -> None:
    """As balancers, alarms and compose ask, and in logs of one object a line."""
    for port in here.ports:
        assert requests.get(f"http://127.0.0.1:{port}/readyz?strict", timeout=60).status_code == 200
    for name in ("celery", "operations", "deliveries", "scheduler"):
        here.run(f"VAR_DIR=/var/lib/image-console .venv/bin/python -m console.alive {name}")
    logs = sorted((here.root / "run" / "units").glob("*.log"))
    assert len(logs) == 8
    for log in logs:
        for line in log.read_text().splitlines():
            assert {"time", "level", "logger", "message"} <= set(json.loads(line)), f"{log.name}: {line}"


def rotate(here: Machine, page: dict[str, str], session: str) -> None:
    before = settings(here)
    here.run(page["new SECRET_KEY"])
    assert settings(here)["SECRET_KEY_FALLBACKS"] == before["SECRET_KEY"] != settings(here)["SECRET_KEY"]
    assert is_signed_in(here, session), "the old key is still believed"
    said(here, _WRITE, "session")
    here.run(page["without the old SECRET_KEY"])
    assert "SECRET_KEY_FALLBACKS" not in settings(here)
    assert not is_signed_in(here, session)
    here.run(page["new CREDENTIAL_KEYS"])
    assert settings(here)["CREDENTIAL_KEYS"] != before["CREDENTIAL_KEYS"]
    assert len(settings(here)["CREDENTIAL_KEYS"]) == 64
    here.run(page["new AUDIT_KEYS"])
    assert settings(here)["AUDIT_KEYS"].endswith(f",{before['AUDIT_KEYS']}")
    assert said(here, _READ, "read").startswith("['secret']")
    assert " 0 findings" in here.run("sudo deploy/manage verify_audit")


def settings(here: Machine) -> dict[str, str]:
    lines = here.settings.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def is_signed_in(here: Machine, session: str) -> bool:
    headers = {"Host": "images.example.com", "X-Forwarded-Proto": "https", "Cookie": f"__Host-sessionid={session}"}
    address = f"http://127.0.0.1:{here.ports[0]}/images/"
    answer = requests.get(address, headers=headers, allow_redirects=False, timeout=60)
    return answer.status_code == 200


def upgrade(here: Machine, page: dict[str, str]) -> None:
    here.place("image-console-0.3.0")
    here.run(page["new code"])
    here.run(page["restart"])
    assert (here.root / "opt" / "image-console").resolve().name == "image-console-0.3.0"
    everything_is_at_work(here)


def traces(here: Machine, page: dict[str, str]) -> None:
    with Collector() as collector:
        here.run(page["traces"].replace("http://127.0.0.1:4318", collector.url))
        everything_is_at_work(here)
        assert not is_signed_in(here, "nobody")
        wait_for(lambda: {"GET /images/", "images.carry_due"} <= {span.name for span in collector.spans()}, 120)
        here.run("sudo systemctl stop image-console.target")


def test_a_block_without_a_name_is_noticed(tmp_path):
    copy = tmp_path / "page.md"
    copy.write_text(Path(PAGE).read_text() + "\n```sh\nrm --recursive /\n```\n")
    with pytest.raises(AssertionError, match="no comment that names it"):
        steps(copy)
