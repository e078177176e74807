"""Types the commands of commands.txt and writes down what came of each. Runs in the environment of the suites.

    python run_commands.py OUTPUT.json PARTNER FILE

All are typed in one process, for the programs take seconds to start. The clouds `owner` and `partner` stand in the
clouds.yaml of OS_CLIENT_CONFIG_FILE.
"""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from glanceclient import shell as glance
from openstackclient import shell as openstack


class _Terminal(io.StringIO):
    """Somebody sits there: where nobody does, the programs take the input for the file of an image."""

    def isatty(self) -> bool:
        return True


class _Typist:
    def __init__(self, partner: str, file: str) -> None:
        self._known = {"partner": partner, "file": file, "folder": tempfile.mkdtemp()}

    def type(self, line: str) -> tuple[str, str]:
        cloud, words = ("partner", line[9:]) if line.startswith("@partner ") else ("owner", line)
        status, said = _run(cloud, *self._filled(words).split())
        lines = [text for text in said.splitlines() if text.strip()]
        return ("failed", (lines or ["?"])[-1][:400]) if status else ("passed", "")

    def _filled(self, words: str) -> str:
        return re.sub(r"\{([\w-]+)\}", lambda found: self._value(found[1]), words)

    def _value(self, name: str) -> str:
        """A thing that is known, or the id of the image of that name, which is asked for once."""
        if name not in self._known:
            _, said = _run("owner", "openstack", "image", "list", "--name", name, "-f", "value", "-c", "ID")
            self._known[name] = (said.split() or ["no-such-image"])[0]
        return self._known[name]


def _run(cloud: str, program: str, *words: str) -> tuple[int, str]:
    """Exit status, and what was printed. openstackclient keeps the session of whom it has served first: for the other
    it gets a process of its own."""
    if cloud == "partner" and program == "openstack":
        command = [str(Path(sys.executable).with_name(program)), "--os-cloud", cloud, *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr
    printed = io.TextIOWrapper(io.BytesIO(), write_through=True)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = _openstack(cloud, words) if program == "openstack" else _glance(cloud, words)
    printed.seek(0)
    return status, printed.read()


def _openstack(cloud: str, words: tuple[str, ...]) -> int:
    try:
        return int(openstack.main(["--os-cloud", cloud, *words]) or 0)
    except SystemExit as left:
        return int(left.code or 0)


def _glance(cloud: str, words: tuple[str, ...]) -> int:
    """It reads no clouds.yaml, but the environment."""
    signing_in = json.loads(os.environ["GLANCE_SIGN_IN"])[cloud]
    before = dict(os.environ)
    os.environ.update(signing_in)
    try:
        glance.OpenStackImagesShell().main(["--os-image-api-version", "2", *words])
    except SystemExit as left:
        return int(left.code or 0) if not isinstance(left.code, str) else 1
    except Exception as error:  # noqa: BLE001 - as its own main does
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        os.environ.clear()
        os.environ.update(before)
    return 0


def _lines() -> Iterator[str]:
    for line in Path(__file__).with_name("commands.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line


def main(output: str, partner: str, file: str) -> None:
    sys.stdin = _Terminal()
    typist = _Typist(partner, file)
    Path(output).write_text(json.dumps({line: typist.type(line) for line in _lines()}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
