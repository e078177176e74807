"""`make run`: the whole console on one machine, from nothing, under one parent.

    PORT=8000 SANDBOX_PORT=9696 SANDBOX_IMAGES=2000 python -m console.embedded

Makes var/ with a secret key, starts the sandbox, brings the database up to date, starts web, worker and scheduler, sets
up the demonstration, waits until its images are there, prints where to go, and stops everything when asked to or when
one of them dies. Logs are in var/log/.
"""

import fcntl
import os
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from django.core.exceptions import ImproperlyConfigured

from console.supervisor import ChildDied, Supervisor

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
#: Seconds until a part must answer.
PATIENCE = 60.0
#: Seconds that the first images may take before the address is printed without them.
FIRST_IMAGES = 20.0


class CannotRun(Exception):
    """The console cannot be started; the message says why and what to do."""


class Stop(Exception):
    """Somebody wants it to end."""


def main() -> int:
    """Runs until it is told to stop; the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        ports = _port("PORT", 8000), _port("SANDBOX_PORT", 9696)
        images = _number("SANDBOX_IMAGES", 2000, 0, 10_000_000)
        var = prepare_environment()
        with _only_one(var), Supervisor(var / "log") as children:
            _run(children, var, *ports, images)
    except Stop:
        _ignore_signals()
        _say("Image Console: stopped")
        return 0
    except (CannotRun, ChildDied, ImproperlyConfigured) as error:
        _say(f"Image Console: {error}", sys.stderr)
        return 1


def prepare_environment() -> Path:
    """The environment of the embedded mode, where nothing else is said, and var/. Comes before Django's settings."""
    var = Path(os.environ.setdefault("VAR_DIR", str(ROOT / "var")))
    var.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("SECRET_KEY") and not os.environ.get("SECRET_KEY_FILE"):
        os.environ["SECRET_KEY_FILE"] = str(_key_file(var))
    os.environ.setdefault("HTTPS", "false")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    return var


def _run(children: Supervisor, var: Path, port: int, sandbox_port: int, images: int) -> NoReturn:
    from images.sandbox import cast

    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    os.environ["LOG_LEVEL"] = "ERROR"  # of this process only; the others log to files
    python = [sys.executable, "-m"]

    def start(name: str, *command: str) -> None:
        children.start(name, [*python, *command], environment, ROOT)

    _count_anew(Path(os.environ.get("METRICS_DIR") or var / "metrics"))
    sandbox = f"http://{HOST}:{sandbox_port}"
    state = var / "sandbox" / f"images-{images}.sqlite3"
    state.parent.mkdir(exist_ok=True)
    start("sandbox", "images.sandbox", f"--port={sandbox_port}", f"--images={images}", f"--state={state}")
    _bring_up_to_date(var)
    start("web", "gunicorn", "console.wsgi", f"--bind={HOST}:{port}", "--worker-class=gthread", "--threads=8",
          "--workers=1", "--graceful-timeout=3", "--no-control-socket")  # fmt: skip
    start("worker", "celery", "--app=console", "worker", "--pool=threads", "--concurrency=2", "--loglevel=INFO",
          "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip
    start("carrier", "celery", "--app=console", "worker", "--queues=operations", "--pool=threads", "--concurrency=1",
          "--hostname=operations@%h", "--loglevel=INFO", "--without-gossip", "--without-mingle",
          "--without-heartbeat")  # fmt: skip
    start("scheduler", "celery", "--app=console", "beat", "--loglevel=INFO", f"--pidfile={var / 'beat.pid'}")
    _wait(children, lambda: _answers(f"{sandbox}/v3"), "the sandbox")
    sign_ins = _demonstration(cast.environment(sandbox))
    _wait(children, lambda: _answers(f"http://{HOST}:{port}/healthz"), "the console")
    _wait_for_images(children)
    _say("\n".join([f"Image Console: http://{HOST}:{port}", *sign_ins]))
    _watch(children)


# --- Django in this process ---------------------------------------------------------------------------------------
def _bring_up_to_date(var: Path) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    _collect_static(var)


def _count_anew(folder: Path) -> None:
    """Figures of processes that are gone; none of the new ones is running yet."""
    for file in folder.glob("*.db"):
        file.unlink()


def _collect_static(var: Path) -> None:
    """Hashing and compressing takes two seconds, so only when a file has changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    files = (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list(ignore_patterns=[]))
    state = "\n".join(sorted(f"{file} {file.stat().st_mtime_ns} {file.stat().st_size}" for file in files))
    known = var / "static.state"
    if Path(settings.STATIC_ROOT).exists() and known.exists() and known.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    known.write_text(state)


def _demonstration(environment: dict[str, str]) -> list[str]:
    from images.services.accounts import AccountRefused
    from images.services.demo import DemoRefused, demonstration
    from images.services.discovery import ConnectionRefused

    try:
        return [f"sign-in: {one.user} {one.password} {one.role}" for one in demonstration(environment)]
    except (DemoRefused, AccountRefused, ConnectionRefused) as error:
        raise CannotRun(f"the demonstration cannot be set up. {error}") from error


def _wait_for_images(children: Supervisor) -> None:
    """So that the first look shows images. A large sandbox takes longer; then its progress is what one sees first."""
    from images.models import Project, Region

    deadline = time.monotonic() + FIRST_IMAGES
    while time.monotonic() < deadline:
        waiting = Project.objects.managed().filter(published_at=None, error="").exists()
        waiting |= Region.objects.filter(published_at=None, error="", projects__enabled=True).exists()
        if not waiting:
            return
        children.check()
        time.sleep(0.1)


# --- processes and ports --------------------------------------------------------------------------------------------
def _watch(children: Supervisor) -> NoReturn:
    """Until one dies or somebody stops it. If it was make that was killed, nobody can: then we stop by ourselves."""
    parent = os.getppid() if os.environ.get("MAKELEVEL") else None
    while True:
        children.check()
        if parent is not None and os.getppid() != parent:
            raise Stop
        time.sleep(0.5)


def _wait(children: Supervisor, ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        children.check()
        if time.monotonic() > deadline:
            raise CannotRun(f"{what} did not answer within {PATIENCE:.0f} seconds; see the logs in var/log/.")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - an address of our own
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _port(name: str, default: int) -> int:
    """The port that NAME says, free. Raises CannotRun."""
    port = _number(name, default, 1, 65535)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise CannotRun(f"port {port} is not ours to use; choose another one: make run {name}=8001") from error
        except OSError as error:
            raise CannotRun(f"port {port} is in use; choose another one: make run {name}={port % 65535 + 1}") from error
    return port


def _number(name: str, default: int, least: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise CannotRun(f"{name}={text} cannot be; it must be a number from {least} to {most}.")
    return int(text)


def _only_one(var: Path) -> IO[str]:
    """A second console on the same var/ would fight over its files. The lock goes when this process goes."""
    lock = (var / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotRun("another one is running from this folder already; stop it first, or set VAR_DIR.") from error
    return lock


def _key_file(var: Path) -> Path:
    """Made at the first start, readable by us alone."""
    file = var / "secret-key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(64))
    return file


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    _ignore_signals()  # a second Ctrl-C must not interrupt the tidying
    raise Stop


def _say(text: str, file: IO[str] | None = None) -> None:
    print(text, file=file, flush=True)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
