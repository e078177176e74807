"""Settings refuse nonsense at start, and production refuses to start with a missing or weak secret key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
GOOD = "xK3-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2


def start(tmp_path, **variables: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = {**keep, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "console.settings", **variables}
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 80}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": f"django-insecure-{GOOD}"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY_FILE": "/nowhere/at/all"}, "cannot be read"),
        ({"SECRET_KEY": GOOD, "BROKER_URL": "smtp://x"}, "BROKER_URL must begin with"),
        ({"SECRET_KEY": GOOD, "DEBUG": "perhaps"}, "DEBUG"),
    ],
)
def test_refused(tmp_path, variables, words):
    done = start(tmp_path, **variables)
    assert done.returncode != 0
    assert words in done.stderr


def test_good_key_starts(tmp_path):
    done = start(tmp_path, SECRET_KEY=GOOD)
    assert done.returncode == 0, done.stderr


def test_secret_from_a_file(tmp_path):
    key = tmp_path / "key"
    key.write_text(f"{GOOD}\n")
    assert start(tmp_path, SECRET_KEY_FILE=str(key)).returncode == 0


def test_the_sandbox_needs_no_secret_key(tmp_path):
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    done = subprocess.run(
        [sys.executable, "manage.py", "sandbox", "--print-env"],
        cwd=ROOT,
        env={**keep, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = [line.split("=")[0] for line in done.stdout.splitlines()]
    assert names[:10] == [
        "IMS_ENDPOINT", "IAM_ENDPOINT", "IMS_REGION", "IMS_PROJECT_ID", "IMS_PROJECT_NAME",
        "IMS_USER", "IMS_PASSWORD", "IMS_DOMAIN", "IMS_AK", "IMS_SK",
    ]  # fmt: skip
