"""Signs of life for whoever started a process: systemd (READY, WATCHDOG) and the health checks of containers.

`python -m console.alive NAME` ends with 0 when the process of that name (a queue that it works on, or "scheduler") has
said of late that it goes on, else with 1. It looks at a file of this machine and at nothing else: a database or a
broker that is away is no reason to start a worker anew. Web processes are asked for /healthz instead.
"""

import logging
import os
import socket
import sys
import time
from pathlib import Path

logger = logging.getLogger(__name__)

#: Seconds between two signs, and after which somebody who has been silent hangs. The scheduler may stand for a minute
#: when the broker is away: each message that it sends then takes two seconds to fail.
EVERY = 10.0
LIMIT = 180.0


def beat(name: str) -> None:
    """This process goes on. Never raises."""
    try:
        file = _folder() / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600)
        tell_systemd(b"READY=1\nWATCHDOG=1", os.environ.get("NOTIFY_SOCKET", ""))
    except OSError as error:
        logger.warning("no sign of life could be given: %s", error)


def ready(address: str) -> None:
    """READY=1 to this NOTIFY_SOCKET. Never raises: a web process would not start."""
    try:
        tell_systemd(b"READY=1", address)
    except OSError as error:
        logger.warning("systemd could not be told: %s", error)


def silent_for(name: str) -> float:
    """Seconds since the last sign; infinity when there was none."""
    try:
        return time.time() - (_folder() / name).stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _folder() -> Path:
    var = os.environ.get("VAR_DIR") or Path(__file__).resolve().parents[1] / "var"
    return Path(var) / "signs"


def tell_systemd(state: bytes, address: str) -> None:
    """As sd_notify(3), to this NOTIFY_SOCKET; nothing where nobody listens. Raises OSError."""
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
        to.connect("\0" + address[1:] if address.startswith("@") else address)
        to.send(state)


def main(names: list[str]) -> int:
    hanging = [name for name in names if silent_for(name) > LIMIT]
    for name in hanging:
        print(f"{name}: no sign of life for {LIMIT:.0f} s", file=sys.stderr)  # noqa: T201 - a command line
    return 1 if hanging or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
