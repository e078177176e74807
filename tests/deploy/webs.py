"""Web processes of the console on a database of their own, as in production: gunicorn, HTTPS, behind a proxy."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.sandbox_process import ROOT, wait_for

KEY = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz"


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """What /etc/image-console.env would hold, and nothing of the environment of the suite but where programs are."""
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    said = {
        "SECRET_KEY": KEY,
        "CREDENTIAL_KEYS": f"credentials-{KEY}",
        "AUDIT_KEYS": f"audit-{KEY}",
        "ALLOWED_HOSTS": "images.example.com",
        "BEHIND_PROXY": "true",
        "VAR_DIR": str(folder / "var"),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "console.settings",
    }
    return keep | said | variables


def manage(given: Mapping[str, str], *words: str, code: Path = ROOT, umask: int = -1) -> str:
    """What a management command prints. Raises AssertionError with all it said when it fails."""
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=code, env=dict(given), capture_output=True, text=True, check=False, umask=umask)
    assert done.returncode == 0, f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def web(given: Mapping[str, str], port: int, log: Path, code: Path = ROOT) -> Iterator["subprocess.Popen[bytes]"]:
    """One gunicorn of docs/deploy.md with one worker process; it answers when the block begins."""
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "console.wsgi", "--worker-class", "gthread"]
    command += ["--workers", "1", "--threads", "8", "--bind", f"127.0.0.1:{port}"]
    with (
        log.open("ab") as out,
        subprocess.Popen(command, cwd=code, env=dict(given), stdout=out, stderr=out) as process,
    ):
        try:
            wait_for(lambda: process.poll() is not None or answers(port), 120)
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(port: int) -> bool:
    """Asked by its name, without which release 0.1.0 did not answer; tests/system/test_probes.py asks as probes do."""
    try:
        address, host = f"http://127.0.0.1:{port}/healthz", {"Host": "images.example.com"}
        return requests.get(address, headers=host, timeout=5).status_code == 200
    except requests.RequestException:
        return False
