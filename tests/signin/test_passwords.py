"""Which passwords are taken, and what the settings demand by themselves."""

import subprocess
import sys

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.console.test_settings import GOOD, ROOT

ANNA = User(username="anna.fischer", email="anna.fischer@example.org")


@pytest.mark.parametrize(("password", "reason"), [
    ("fourteen-chars", "at least 15"),
    ("password12345678", "very many"), ("Qwertyuiopasdfghjkl", "very many"), ("2026!!!football2026!!!", "very many"),
    ("abc-abc-abc-abc-abc", "very many"), ("aaaaaaaaaaaaaaaaaaaa", "very many"),
    ("images.example.com", "too short"),
    ("Images.Example.Com!1", "too short"),
    ("image console 2026", "too short"),
    ("anna.fischer@example.org", "too similar|too short"),
    ("Anna-Fischer-Anna-Fischer-1", "too short|too similar"),
    ("annafischer1234", "too similar|too short"),
])  # fmt: skip
def test_refused(settings, password, reason):
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["images.example.com"], "https://images.example.com"
    with pytest.raises(ValidationError, match=f"(?i){reason}"):
        validate_password(password, ANNA)


@pytest.mark.parametrize("password", [
    "violet tram 40 sings", "482915730461852", "ÄÖÜ ich bin kein Berliner", "x" * 7 + "qpwoeiru" * 20,
    "anna grows seventeen green tomatoes",
])  # fmt: skip
def test_taken_whatever_it_is_made_of_and_however_long(settings, password):
    settings.ALLOWED_HOSTS = ["images.example.com"]
    validate_password(password, ANNA)


def value_of(name: str, **environment: str) -> str:
    """A setting as a process of its own finds it."""
    import os
    import tempfile

    code = f"from django.conf import settings; print(settings.{name})"
    with tempfile.TemporaryDirectory() as var:
        usual = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        mine = {"SECRET_KEY": GOOD, "VAR_DIR": var, "DJANGO_SETTINGS_MODULE": "console.settings"}
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=ROOT, env={**usual, **mine, **environment}, capture_output=True, text=True, check=True
        )
    return done.stdout.strip()


def test_administrators_have_a_second_factor_unless_somebody_says_otherwise():
    assert value_of("REQUIRE_SECOND_FACTOR") == "staff"
    assert value_of("REQUIRE_SECOND_FACTOR", REQUIRE_SECOND_FACTOR="none") == "none"


def test_cookies_have_their_prefix_over_https():
    names = "SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME"
    assert value_of(names) == "__Host-sessionid __Host-csrftoken"
    assert value_of(names, HTTPS="false") == "sessionid csrftoken"
