"""Signs of life: what a health check and systemd are told, and that waiting for a broker is no hanging."""

import os
import socket
import subprocess
import sys
import time

import pytest

from console import alive
from tests.deploy.webs import environment
from tests.glance.service import free_port
from tests.sandbox_process import ROOT, wait_for


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)


def test_who_said_so_of_late_is_alive(tmp_path):
    assert alive.main(["celery"]) == 1
    alive.beat("celery")
    assert alive.main(["celery"]) == 0
    assert alive.main(["celery", "operations"]) == 1
    long_ago = time.time() - alive.LIMIT - 1
    os.utime(tmp_path / "signs" / "celery", (long_ago, long_ago))
    assert alive.main(["celery"]) == 1


def test_nobody_asked_for_is_a_mistake():
    assert alive.main([]) == 1


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_it(monkeypatch, tmp_path, abstract):
    address = f"\0image-console-{os.getpid()}" if abstract else str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(address)
        told.settimeout(5)
        alive.beat("scheduler")
        assert told.recv(100) == b"READY=1\nWATCHDOG=1"


def test_a_sign_that_cannot_be_given_ends_nobody(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "nowhere" / "at-all"))
    alive.beat("celery")
    assert "no sign of life could be given" in caplog.text


@pytest.mark.lane
def test_a_worker_without_its_broker_waits_and_does_not_hang(tmp_path):
    given = environment(tmp_path, BROKER_URL=f"redis://127.0.0.1:{free_port()}/0")
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "console", "worker", "--concurrency", "1"]
    sign = tmp_path / "var" / "signs" / "celery"
    log = tmp_path / "worker.log"
    with log.open("wb") as out, subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=out) as worker:
        try:
            wait_for(lambda: "Cannot connect to redis" in log.read_text(), 120)
            for _again in range(2):
                seen = sign.stat().st_mtime
                wait_for(lambda seen=seen: sign.stat().st_mtime > seen, 120)
            assert worker.poll() is None
        finally:
            worker.terminate()
            worker.wait(90)
