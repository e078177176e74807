"""A gigabyte goes from our client to the sandbox, and neither of them ever holds much of it."""

import subprocess
import sys

import pytest

from tests.protocol.gigabyte import peak_memory
from tests.sandbox_process import ROOT, SandboxProcess

pytestmark = pytest.mark.process

CLIENT = "image-console"
MB = 1024 * 1024


@pytest.mark.slow
def test_an_upload_of_a_gigabyte(tmp_path):
    file = tmp_path / "disk.raw"
    with file.open("wb") as sparse:
        sparse.truncate(1024 * MB)
    with SandboxProcess(tmp_path, images=50) as sandbox:
        before = peak_memory(str(sandbox.pid))
        command = [sys.executable, "-m", "tests.protocol.gigabyte", sandbox.base_url, str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) < 64 * MB
        assert peak_memory(str(sandbox.pid)) - before < 64 * MB
