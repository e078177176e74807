"""`make run`: the whole console on one machine, from nothing, under one parent.

    PORT=8000 SANDBOX_PORT=9696 SANDBOX_IMAGES=2000 python -m console.embedded

Makes var/ with a secret key, starts the sandbox, brings the database up to date, starts web, worker and scheduler, sets
up the demonstration, waits until its images are there, prints where to go, and stops everything when asked to. A
process that dies is started again, and told here, in its log and on the first page; only without the database all
ends. The port cannot be lost: this process holds it, and hands it to the web server. Logs are in var/log/.
"""

import contextlib
import fcntl
import os
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from django.core.exceptions import ImproperlyConfigured

from console import private
from console.supervisor import Death, KeepsDying, Supervisor

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
    private.begin()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        address, sandbox_port = _take_port("PORT", 8000), _free_port("SANDBOX_PORT", 9696)
        images = _number("SANDBOX_IMAGES", 2000, 0, 10_000_000)
        var = prepare_environment()
        with address, _only_one(var), Supervisor(var / "log") as children:
            _run(children, var, address, sandbox_port, images)
    except Stop:
        _ignore_signals()
        _say("Image Console: stopped")
        return 0
    except (CannotRun, KeepsDying, ImproperlyConfigured) as error:
        _say(f"Image Console: {error}", sys.stderr)
        return 1


def prepare_environment() -> Path:
    """The environment of the embedded mode, where nothing else is said, and var/. Comes before Django's settings."""
    var = Path(os.environ.setdefault("VAR_DIR", str(ROOT / "var")))
    var.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("SECRET_KEY") and not os.environ.get("SECRET_KEY_FILE"):
        os.environ["SECRET_KEY_FILE"] = str(_key_file(var, "secret-key"))
    if not os.environ.get("METRICS_TOKEN") and not os.environ.get("METRICS_TOKEN_FILE"):
        os.environ["METRICS_TOKEN_FILE"] = str(_key_file(var, "metrics-token"))
    os.environ.setdefault("HTTPS", "false")
    os.environ.setdefault("REQUIRE_SECOND_FACTOR", "none")  # its sign-ins are printed on the screen
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    return var


def _run(children: Supervisor, var: Path, address: socket.socket, sandbox_port: int, images: int) -> NoReturn:
    from images.sandbox import cast

    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    os.environ["LOG_LEVEL"] = "ERROR"  # of this process only; the others log to files
    python = [sys.executable, "-m"]

    def start(name: str, *command: str, files: Sequence[int] = ()) -> None:
        children.start(name, [*python, *command], environment, ROOT, files)

    port = address.getsockname()[1]
    _ring_anew(var / "broker")
    _count_anew(Path(os.environ.get("METRICS_DIR") or var / "metrics"))
    sandbox = f"http://{HOST}:{sandbox_port}"
    state = var / "sandbox" / f"images-{images}.sqlite3"
    state.parent.mkdir(exist_ok=True)
    start("sandbox", "images.sandbox", f"--port={sandbox_port}", f"--images={images}", f"--state={state}")
    _bring_up_to_date(var)
    start("web", "gunicorn", "console.wsgi", f"--bind=fd://{address.fileno()}", "--worker-class=gthread", "--threads=8",
          "--workers=1", "--graceful-timeout=3", "--no-control-socket", files=[address.fileno()])  # fmt: skip
    start("worker", "celery", "--app=console", "worker", "--pool=threads", "--concurrency=3",
          "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip
    start("carrier", "celery", "--app=console", "worker", "--queues=operations", "--pool=threads", "--concurrency=1",
          "--hostname=operations@%h", "--without-gossip", "--without-mingle",
          "--without-heartbeat")  # fmt: skip
    start("courier", "celery", "--app=console", "worker", "--queues=deliveries", "--pool=threads", "--concurrency=2",
          "--hostname=deliveries@%h", "--without-gossip", "--without-mingle",
          "--without-heartbeat")  # fmt: skip
    start("scheduler", "celery", "--app=console", "beat", "--pidfile=")  # run.lock sees to it
    _wait(children, lambda: _answers(f"{sandbox}/v3"), "the sandbox")
    sign_ins = _demonstration(cast.environment(sandbox))
    _wait(children, lambda: _answers(f"http://{HOST}:{port}/healthz"), "the console")
    _wait_for_images(children)
    _say("\n".join([f"Image Console: http://{HOST}:{port}", *sign_ins]))
    _watch(children, DatabaseFile.present())


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


def _ring_anew(broker: Path) -> None:
    """Messages of a console that is gone: the scheduler rings for what is due, and nobody listens to the old bells."""
    for name in ("messages", "writing", "taken", "bells", "control"):
        for file in (broker / name).glob("*"):
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
    from images.accounts.services.accounts import AccountRefused
    from images.clouds.services.discovery import ConnectionRefused
    from images.system.services.demo import DemoRefused, demonstration

    try:
        return [f"sign-in: {one.user} {one.password} {one.role}" for one in demonstration(environment)]
    except (DemoRefused, AccountRefused, ConnectionRefused) as error:
        raise CannotRun(f"the demonstration cannot be set up. {error}") from error


def _wait_for_images(children: Supervisor) -> None:
    """So that the first look shows images. A large sandbox takes longer; then its progress is what one sees first."""
    from images.clouds.models import Project, Region

    deadline = time.monotonic() + FIRST_IMAGES
    while time.monotonic() < deadline:
        waiting = Project.objects.managed().filter(published_at=None, error="").exists()
        waiting |= Region.objects.filter(published_at=None, error="", projects__enabled=True).exists()
        if not waiting:
            return
        _tend_at_start(children)
        time.sleep(0.1)


# --- processes and ports --------------------------------------------------------------------------------------------
def _watch(children: Supervisor, database: "DatabaseFile") -> NoReturn:
    """Until somebody stops it or the database is gone. If it was make that was killed, nobody can: then we stop."""
    parent = os.getppid() if os.environ.get("MAKELEVEL") else None
    while True:
        for death in children.tend():
            _tell(death)
        database.check()
        if parent is not None and os.getppid() != parent:
            raise Stop
        time.sleep(0.5)


def _tell(death: Death) -> None:
    """Here, and for the first page and doctor."""
    from django.db import connection

    from images.core.enums import RemarkKind
    from images.core.remarks import note

    with contextlib.suppress(OSError):  # nobody reads it any more: no reason to end
        _say(f"Image Console: {death}", sys.stderr)
    try:
        note(RemarkKind.CHILD, death.name, death.tail)
    finally:
        connection.close()


def _wait(children: Supervisor, ready: Callable[[], bool], what: str) -> None:
    """Raises CannotRun, or KeepsDying: what dies while it is being started has a reason that does not go by itself."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        _tend_at_start(children)
        if time.monotonic() > deadline:
            raise CannotRun(f"{what} did not answer within {PATIENCE:.0f} seconds; see the logs in var/log/.")
        time.sleep(0.05)


def _tend_at_start(children: Supervisor) -> None:
    for death in children.tend():
        if death.times > 1:
            raise KeepsDying(f"{death.name} ended twice with status {death.status}; {death.log} says:\n{death.tail}")
        _tell(death)


@dataclass(frozen=True)
class DatabaseFile:
    """The file of SQLite as it was at the start. Taken away or exchanged under running processes, each would go on with
    another one."""

    path: Path | None
    identity: tuple[int, int] | None

    @classmethod
    def present(cls) -> "DatabaseFile":
        """Of another database none: that may be away for a while."""
        from django.db import connection

        if connection.vendor != "sqlite":
            return cls(None, None)
        path = Path(str(connection.settings_dict["NAME"]))
        return cls(path, _identity(path))

    def check(self) -> None:
        """Raises CannotRun."""
        if self.path is not None and _identity(self.path) != self.identity:
            raise CannotRun(f"the database {self.path} was removed or exchanged; everything stops. Start again.")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - an address of our own
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _take_port(name: str, default: int) -> socket.socket:
    """The port that NAME says, ours from now on. Raises CannotRun."""
    port = _number(name, default, 1, 65535)
    taken = socket.socket()
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        if isinstance(error, PermissionError):
            raise CannotRun(f"port {port} is not ours to use; choose another one: make run {name}=8001") from error
        raise CannotRun(f"port {port} is in use; choose another one: make run {name}={port % 65535 + 1}") from error
    return taken


def _free_port(name: str, default: int) -> int:
    """The port that NAME says, free just now: the sandbox opens it itself. Raises CannotRun."""
    with _take_port(name, default) as probe:
        return int(probe.getsockname()[1])


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


def _key_file(var: Path, name: str) -> Path:
    """Made at the first start, readable by us alone."""
    file = var / name
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
