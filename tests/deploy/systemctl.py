"""What our units need of systemd, for a machine that is not run by it: commands, settings and folders are those of the
files as they are installed; an account, a name space or a limit is not made.

    systemctl.py start|stop|restart NAME…      ROOT holds etc/systemd/system and run/

A unit counts as started when its process says READY=1, as Type=notify wants it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

ROOT = Path(os.environ["MACHINE"])
UNITS = ROOT / "etc" / "systemd" / "system"
RUN = ROOT / "run" / "units"
PATIENCE = 180.0


def main(words: list[str]) -> int:
    RUN.mkdir(parents=True, exist_ok=True)
    act, names = words[0], [word for word in words[1:] if not word.startswith("-")]
    if act == "enable" and "--now" in words:
        act = "start"
    if act in {"daemon-reload", "reload"}:
        return 0
    assert act in {"start", "stop", "restart"}, words
    for name in names:
        for unit in _wanted(name):
            if act != "start":
                _stop(unit)
            if act != "stop":
                _start(unit)
    return 0


def _wanted(name: str) -> list[str]:
    """The services of a target; a service itself, with its ending or without."""
    if not name.endswith(".target"):
        return [name.removesuffix(".service")]
    wants = [value for key, value in _lines(UNITS / name) if key == "Wants"]
    return [one.removesuffix(".service") for one in " ".join(wants).split()]


def _lines(file: Path) -> list[tuple[str, str]]:
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line and line[0] not in "#;")
    return [(key, value) for key, _sign, value in pairs]


def _start(unit: str) -> None:
    template, _at, instance = unit.partition("@")
    file = UNITS / (f"{template}@.service" if instance else f"{unit}.service")
    said = {key: _here(value, instance) for key, value in _lines(file)}
    assert said["Type"] == "notify", file
    address = f"image-console-{uuid.uuid4()}"  # an abstract one: paths of sockets are short
    settings = dict(line.split("=", 1) for line in _settings(Path(said["EnvironmentFile"])))
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, (RUN / f"{unit}.log").open("ab") as log:
        told.bind(f"\0{address}")
        told.settimeout(PATIENCE)
        process = subprocess.Popen(
            said["ExecStart"].split(),
            cwd=said["WorkingDirectory"],
            env=keep | settings | {"NOTIFY_SOCKET": f"@{address}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=int(said["UMask"], 8),
        )
        (RUN / f"{unit}.pid").write_text(str(process.pid))
        while b"READY=1" not in told.recv(4096):
            pass


def _settings(file: Path) -> list[str]:
    return [_here(line) for line in file.read_text().splitlines() if line and not line.startswith("#")]


def _here(text: str, instance: str = "") -> str:
    for place in ("/opt/", "/etc/", "/var/", "/run/"):
        text = text.replace(f"={place}", f"={ROOT}{place}") if "=" in text else text
        text = f"{ROOT}{text}" if text.startswith(place) else text
    return text.replace("%i", instance).replace("%H", "machine")


def _stop(unit: str) -> None:
    file = RUN / f"{unit}.pid"
    if not file.exists():
        return
    number = int(file.read_text())
    file.unlink()
    _signal(number, signal.SIGTERM)
    limit = time.monotonic() + 60
    while _is_there(number) and time.monotonic() < limit:
        time.sleep(0.05)
    _signal(number, signal.SIGKILL, family=True)


def _is_there(number: int) -> bool:
    """One that nobody waits for is a zombie until whoever took it over does."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _signal(number: int, which: signal.Signals, *, family: bool = False) -> None:
    try:
        (os.killpg if family else os.kill)(number, which)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
