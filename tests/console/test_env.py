"""Keys from the environment, those made from the key of the site, and what is refused."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from console.env import audit_keys, check_change_of_site_key, credential_keys, is_demonstration, token

FRESH, OLDER = (f"{name}-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789" for name in ("fresh", "older"))


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    for name in ("CREDENTIAL_KEYS", "AUDIT_KEYS", "METRICS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_a_first_key_of_its_own_still_opens_what_was_encrypted_before(monkeypatch):
    before = credential_keys(["site-key"])
    monkeypatch.setenv("CREDENTIAL_KEYS", f"{FRESH}, {OLDER}")
    assert credential_keys(["site-key"]) == [FRESH, OLDER, *before]


def test_a_changed_site_key_opens_what_the_earlier_one_encrypted():
    [earlier] = credential_keys(["old"])
    assert credential_keys(["new", "old"])[1] == earlier


@pytest.mark.parametrize("read", [lambda: credential_keys([]), lambda: audit_keys([]), lambda: token("METRICS_TOKEN")])
@pytest.mark.parametrize("weak", ["a", "a" * 80, f"django-insecure-{FRESH}", f"short,{FRESH}"])
def test_a_weak_key_is_refused(monkeypatch, read, weak):
    for name in ("CREDENTIAL_KEYS", "AUDIT_KEYS", "METRICS_TOKEN"):
        monkeypatch.setenv(name, weak.replace(f",{FRESH}", "") if name == "METRICS_TOKEN" else weak)
    with pytest.raises(ImproperlyConfigured, match=r"is weak.*openssl rand"):
        read()


def test_an_earlier_key_that_is_weak_still_reads_what_it_made(monkeypatch):
    monkeypatch.setenv("AUDIT_KEYS", f"{FRESH},weak")
    assert audit_keys([]) == [FRESH, "weak"]


def test_no_token_is_no_weak_one():
    assert token("METRICS_TOKEN") == ""


def test_the_site_key_does_not_change_while_others_hang_on_it(monkeypatch):
    check_change_of_site_key([])
    with pytest.raises(ImproperlyConfigured, match=r"CREDENTIAL_KEYS and AUDIT_KEYS.*own_keys"):
        check_change_of_site_key(["old"])
    monkeypatch.setenv("CREDENTIAL_KEYS", FRESH)
    with pytest.raises(ImproperlyConfigured, match=r"while AUDIT_KEYS still"):
        check_change_of_site_key(["old"])
    monkeypatch.setenv("AUDIT_KEYS", OLDER)
    check_change_of_site_key(["old"])


def test_only_a_key_that_was_made_here_is_the_demonstrations(monkeypatch, tmp_path):
    made = tmp_path / "secret-key"
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    assert not is_demonstration(made)
    made.write_text("key")
    assert is_demonstration(made)
    monkeypatch.setenv("SECRET_KEY_FILE", str(made))
    assert is_demonstration(made)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "another"))
    assert not is_demonstration(made)
    monkeypatch.delenv("SECRET_KEY_FILE")
    monkeypatch.setenv("SECRET_KEY", "key")
    assert not is_demonstration(made)
