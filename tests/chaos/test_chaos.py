"""The short form of `make chaos`: one seed, a few dozen operations, the whole console with kills and faults."""

import os
import subprocess
import sys

import pytest

from tests.sandbox_process import ROOT


@pytest.mark.lane(minutes=3)
def test_nothing_is_lost_and_nothing_doubled(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "tests.chaos", "--operations=20", "--every=2", "--limit=420"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "nothing lost, nothing doubled" in done.stdout
