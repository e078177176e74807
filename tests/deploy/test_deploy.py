"""What compose.yaml starts, without containers: any one may be killed, nothing is lost or doubled, /readyz tells."""

import os
import subprocess
import sys

import pytest

from tests.deploy.composed import compose
from tests.sandbox_process import ROOT


@pytest.mark.slow
def test_any_one_may_be_killed(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "tests.deploy", str(tmp_path)]
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
    done = subprocess.run(command, cwd=ROOT, env=keep, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "nothing lost, nothing doubled" in done.stdout


def test_every_service_of_compose_is_known_here():
    assert set(compose()) == {"postgres", "redis", "migrate", "web", "worker", "carrier", "scheduler"}
