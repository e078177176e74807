"""The shipped units, read by systemd itself: no word that it does not know, and next to nothing that they may do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sandbox_process import ROOT

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


@pytest.fixture
def installed(tmp_path) -> Path:
    """As on a machine that has the console: its programs are there, and so is the account."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        text = re.sub(r"/opt/image-console/\.venv/bin/\w+", str(program), unit.read_text())
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def analyzed(*words: str | Path) -> str:
    command = ["systemd-analyze", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    return done.stdout + done.stderr


@needs_systemd
def test_systemd_understands_every_word(installed):
    said = analyzed("verify", "--man=no", *sorted(installed.glob("image-console*")))
    ours = [line for line in said.splitlines() if "image-console" in line]
    assert ours == []


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_next_to_nothing(installed, name):
    """systemd's own measure, from 0 (nothing) to 10; network and the machine's devices are what is left."""
    said = analyzed("security", "--offline=true", "--no-pager", installed / name)
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert match, said
    assert float(match[1]) <= 1.5, said


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_limits_private_folders_and_somebody_who_watches(name):
    text = (UNITS / name).read_text()
    for word in ("MemoryMax", "TasksMax", "LimitNOFILE", "UMask=0077", "StateDirectoryMode=0700", "Restart=always"):
        assert word in text, word
    assert "Type=notify" in text
    assert "WatchdogSec" in text or "gunicorn" in text  # which watches its own
    assert "StartLimitIntervalSec=0" in text, "a database that is away for an hour must not end it for good"


def test_the_target_has_all_of_them_and_nginx_asks_its_web_processes():
    wants = re.findall(r"image-console-\S+", (UNITS / "image-console.target").read_text())
    names = {re.sub(r"@.*\.", "@.", one) for one in wants if one.endswith(".service")}
    assert names == set(SERVICES)
    ports = re.findall(r"image-console-web@(\d+)", " ".join(wants))
    assert ports == re.findall(r"server 127\.0\.0\.1:(\d+)", (ROOT / "deploy" / "nginx.conf").read_text())
