"""The server of the suite's databases does not outlive a run that is killed."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.sandbox_process import ROOT, wait_for

_HOLDER = """
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from tests.postgres import postgres
with postgres() as url:
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    print(folder, (folder / "postmaster.pid").read_text().split()[0], flush=True)
    time.sleep(60)
"""


def test_the_server_ends_with_the_process_that_wanted_it():
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        folder, server = holder.stdout.readline().split()
        assert psutil.pid_exists(int(server))
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    wait_for(lambda: not psutil.pid_exists(int(server)) and not Path(folder).exists())
