"""A broker that is away for hours: worker and scheduler keep trying, and go on where they were when it is back."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console.broker.servers import redis_server
from tests.glance.service import free_port
from tests.sandbox_process import ROOT, wait_for

pytestmark = pytest.mark.process

#: Celery waits for up to half a minute between two tries: about fifty minutes for its hundred. Here each wait
#: is a four-hundredth of that, so that hours pass in seconds; what is tried, and how often, is Celery's own.
PROGRAM = """
import sys
import time
import kombu.utils.functional as functional
functional.sleep = lambda seconds: time.sleep(seconds / 400)
from celery.__main__ import main
sys.argv = ["celery", *{arguments}]
sys.exit(main())
"""
PROGRAMS = {
    "worker": ["worker", "--pool=threads", "--concurrency=1", "--loglevel=INFO"],
    "scheduler": ["beat", "--schedule={folder}/beat", "--pidfile=", "--loglevel=INFO"],
}
#: Tries: more than Celery makes by itself.
HOURS = 150


@pytest.mark.parametrize("name", PROGRAMS)
def test_whoever_cannot_reach_the_broker_keeps_trying(name, tmp_path):
    port, log = free_port(), tmp_path / "log"
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "BROKER_URL": f"redis://127.0.0.1:{port}/0",
        "VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
        "BROKER_TEST_NOTES": str(tmp_path / "notes"),
        "DJANGO_SETTINGS_MODULE": "console.settings",
    }
    (tmp_path / "notes").touch()
    words = ["--app=tests.console.broker.app", *[word.format(folder=tmp_path) for word in PROGRAMS[name]]]
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM.format(arguments=words)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_for(lambda: _tries(log) > HOURS or process.poll() is not None, 120)
        assert process.poll() is None, f"it gave up after {_tries(log)} tries: {log.read_text()[-2000:]}"
        with redis_server(tmp_path, port):
            wait_for(lambda: _goes_on(log), 60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _tries(log: Path) -> int:
    return log.read_text(errors="replace").count("Trying again")


def _goes_on(log: Path) -> bool:
    text = log.read_text(errors="replace")
    return "Connected to redis" in text or "Sending due task" in text
