"""A machine to run the commands of docs/deploy.md on: a folder in place of /, and stand-ins for what needs to be root.

Real are Python, pip, PostgreSQL with its tools, Redis, nginx, openssl and the services; `sudo` and `runuser` stay who
we are, `useradd` makes nobody, `install` gives files to nobody else, `systemctl` is tests/deploy/systemctl.py.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.glance.service import free_port
from tests.postgres import tools
from tests.sandbox_process import ROOT

_PLACES = re.compile(r"(?<![\w.$])/(opt|etc|var|run)(?=/)")
_INSTALL = """
for word; do
    shift
    if [ "${skip-}" ]; then skip=
    else case $word in --owner | --group) skip=1 ;; *) set -- "$@" "$word" ;; esac
    fi
done
exec /usr/bin/install "$@"
"""
_TOOLS = {
    "sudo": 'while [ "$1" = -u ]; do shift 2; done; exec "$@"',
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    "useradd": "exit 0",
    "install": _INSTALL,
    # looks at what stands in conf.d, with certificate and ports as somebody would have put them in, by the real one
    "nginx": f'cd {ROOT} && PATH=${{PATH#*:}} exec {sys.executable} -m tests.deploy.proxy "$MACHINE"',
    "systemctl": f'exec {sys.executable} {ROOT}/tests/deploy/systemctl.py "$@"',
}


class Machine:
    """`root` is its /; `database` a URL of PostgreSQL's superuser; `ports` those of the web processes."""

    def __init__(self, root: Path, database: str, redis_port: int) -> None:
        self.root = root
        self.ports = free_port(), free_port()
        self._redis_port = redis_port
        for place in ("tools", "opt", "etc/systemd/system", "etc/nginx/conf.d", "var/lib", "var/cache", "run"):
            (root / place).mkdir(parents=True)
        for name, script in _TOOLS.items():
            (root / "tools" / name).write_text(f"#!/bin/sh\n{script}\n")
            (root / "tools" / name).chmod(0o755)
        said = urlsplit(database)
        self._host = parse_qs(said.query)["host"][0]
        keep = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name == "LANG"}
        self._environment = keep | {
            "PATH": f"{root / 'tools'}:{tools()}:{os.environ['PATH']}",
            "HOME": str(root),
            "MACHINE": str(root),
            "CONSOLE_SETTINGS": str(self.settings),
            "PGHOST": self._host,
            "PGUSER": said.username or "postgres",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    @property
    def settings(self) -> Path:
        return self.root / "etc" / "image-console.env"

    def place(self, release: str) -> None:
        """The code of this tree, as somebody unpacks it."""
        folder = self.root / "opt" / release
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
        for name in filter(None, listed.split("\0")):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        for file in (folder / "deploy").rglob("*"):
            if file.is_file():
                file.write_text(self._with_our_ports(file.read_text()))

    def fill_in(self) -> None:
        """What the page asks people to put into the settings, and what is elsewhere on this machine."""
        text = self.settings.read_text()
        for name, value in {
            "DATABASE_URL": f"postgres://console:PASSWORD@/console?host={self._host}",
            "BROKER_URL": f"redis://127.0.0.1:{self._redis_port}/0",
            "CACHE_URL": f"redis://127.0.0.1:{self._redis_port}/1",
            "VAR_DIR": f"{self.root}/var/lib/image-console",
            "METRICS_DIR": f"{self.root}/run/image-console",
            "STATIC_DIR": f"{self.root}/var/cache/image-console/static",
        }.items():
            text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
            assert count == 1, f"deploy/image-console.env has no line {name}="
        self.settings.write_text(text)

    def run(self, commands: str, typed: str = "") -> str:
        """As somebody who copies them into a shell; what they print. Raises AssertionError when one fails."""
        script = self._with_our_ports(_PLACES.sub(lambda found: f"{self.root}/{found[1]}", commands))
        where = self.root / "opt" / "image-console"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=where if where.exists() else self.root,
            env=self._environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def _with_our_ports(self, text: str) -> str:
        """8001 and 8002 may be somebody's here."""
        for said, ours in zip(("8001", "8002"), self.ports, strict=True):
            text = text.replace(said, str(ours))
        return text


@contextmanager
def machine(root: Path, database: str, redis_port: int) -> Iterator[Machine]:
    """Whatever was started on it is stopped in the end."""
    made = Machine(root, database, redis_port)
    try:
        yield made
    finally:
        if (root / "etc/systemd/system/image-console.target").exists():
            made.run("systemctl stop image-console.target")
