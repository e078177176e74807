"""What compose.yaml starts, without containers and out of what ships alone: any one may be killed, nothing is lost or
doubled, whoever reads sees no page fail, /readyz tells."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.deploy import rabbit
from tests.deploy.composed import compose, started
from tests.sandbox_process import ROOT

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


def deployed(*arguments):
    """What `python -m tests.deploy` says when it has gone well."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.deploy", *arguments]
    named = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy")
    keep = {name: value for name, value in os.environ.items() if name in named or name.startswith("PIP_")}
    done = subprocess.run(command, cwd=ROOT, env=keep, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.lane(minutes=4)
def test_any_one_may_be_killed(tmp_path):
    assert "nothing lost, nothing doubled" in deployed(str(tmp_path))


@pytest.mark.lane(minutes=4)
@pytest.mark.skipif(not rabbit.is_here(), reason="RabbitMQ is not installed: apt-get install rabbitmq-server")
def test_with_rabbitmq_too(tmp_path):
    assert "nothing lost, nothing doubled" in deployed(str(tmp_path), "--broker=rabbitmq", "--operations=9")


def test_two_of_each_are_started():
    assert {"web-1", "web-2", "worker-1", "worker-2", "carrier-1", "carrier-2", "scheduler-1"} <= set(started())
    assert "scheduler-2" not in started()


def test_every_service_of_compose_is_known_here():
    assert set(compose()) == {"postgres", "redis", "migrate", "web", "worker", "carrier", "courier", "scheduler"}
