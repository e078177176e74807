"""SECRET_KEY is changed as the document says: the audit can be verified and the credentials read for ever after."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.webs import KEY, environment, manage
from tests.sandbox_process import ROOT

pytestmark = pytest.mark.lane
NEW = f"new-{KEY}"
_WRITE = """
import django
django.setup()
from django.db import transaction
from images.operations.audit_events import OperationAuditEvent
from images.models import Account
from images.audit.services import record
from images.audit.services.sealing import seal
from images.core.encryption import encrypt
told = {"auth_url": "https://iam.example.com/v3", "username": "u", "domain": "d", "secret": encrypt("s")}
Account.objects.get_or_create(name="northwind", defaults=told)
with transaction.atomic():
    record(event=OperationAuditEvent.ASKED, actor=None, sentence="Somebody asked.")
seal()
"""
_READ = """
import django
django.setup()
from images.models import Account
from images.core.encryption import decrypt
print(decrypt(Account.objects.get().secret))
"""


class Site:
    """An installation that began without keys of its own, as 0.1.0 let it."""

    def __init__(self, folder: Path) -> None:
        self.said = environment(folder)
        del self.said["CREDENTIAL_KEYS"], self.said["AUDIT_KEYS"]

    def run(self, code: str) -> str:
        command = [sys.executable, "-W", "ignore", "-c", code]
        done = subprocess.run(command, cwd=ROOT, env=self.said, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *words: str) -> str:
        return manage(self.said, *words)

    def refused(self, *words: str) -> str:
        with pytest.raises(AssertionError) as caught:
            self.manage(*words)
        return str(caught.value)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    site.manage("migrate", "--verbosity", "0")
    site.run(_WRITE)
    return site


def test_the_key_of_the_site_changes_and_everything_can_still_be_read(site):
    for name in ("CREDENTIAL_KEYS", "AUDIT_KEYS"):
        assert f"{name} is not set" in site.refused("check", "--deploy")
        assert f"{name} is not set" in site.refused("upgrade")
        assert f"{name} is not set" in site.refused("doctor")
    changed = site.said | {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": site.said["SECRET_KEY"]}
    site.said, before = changed, site.said
    assert "own_keys" in site.refused("check")  # not even a process that serves would start
    site.said = before

    site.said |= dict(line.split("=", 1) for line in site.manage("own_keys").splitlines())
    site.manage("upgrade")
    site.run(_WRITE)
    site.manage("rotate_credentials")
    site.said |= {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": before["SECRET_KEY"]}
    site.manage("rotate_credentials")
    site.run(_WRITE)
    site.said["SECRET_KEY_FALLBACKS"] = ""
    site.run(_WRITE)
    assert "4 entries in the chain, 0 not sealed, 0 findings" in site.manage("verify_audit")
    assert site.run(_READ) == "s\n"
    assert "All of them are here." in site.refused("doctor")  # for there are no workers


def test_a_part_that_was_sealed_before_keys_were_set_is_not_forgotten(site):
    """CREDENTIAL_KEYS and AUDIT_KEYS set by hand, without the derived ones: the doctor says what is still needed."""
    site.said |= {"CREDENTIAL_KEYS": f"c-{KEY}", "AUDIT_KEYS": f"a-{KEY}"}
    site.run(_WRITE)
    assert "Part of it is sealed with a key that is made from SECRET_KEY" in site.refused("doctor")
    site.said |= dict(line.split("=", 1) for line in site.manage("own_keys").splitlines())
    assert site.said["CREDENTIAL_KEYS"] == f"c-{KEY}"
    newest, derived = site.said["AUDIT_KEYS"].split(",")
    assert newest == f"a-{KEY}"
    assert "Part of it is sealed" not in site.refused("doctor")
    site.said["SECRET_KEY"] = NEW
    assert "0 findings" in site.manage("verify_audit")
    site.said["AUDIT_KEYS"] = newest
    assert "Part of it is sealed with keys that are not here" in site.refused("doctor")
    assert "KEY MISSING" in site.refused("verify_audit")
    assert derived
