"""The short form of `make soak`: two minutes of use while every part is killed once and the cores are busy."""

import os
import subprocess
import sys

import pytest

from tests.sandbox_process import ROOT


@pytest.mark.lane(minutes=3)
def test_it_stays_up_and_keeps_what_it_promises(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "tests.soak", "--minutes=2", "--pace=1.5", "--seed=14"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "it stayed up, and all that was asked for came true" in done.stdout
