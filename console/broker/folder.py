"""A folder as broker (docs/adr/0003-embedded-broker.md): one file a message, made and taken by rename.

    messages/     N_UUID.QUEUE.msg: whole messages, for a file comes here only when it is written to its end
    writing/      those that are being written
    taken/        those that a worker has taken and not yet read
    bells/        a named pipe for each consumer; whoever puts a message rings them, so that nobody needs to look often
    control/      which queues hang on which exchange
    unreadable/   console/broker/aside.py

Kombu's own transport writes in place and reads without the lock, so that a reader finds half a message
(celery/kombu#1551), and looks into the folder at intervals. A file that is empty or cut here was put there by somebody
else; it is set aside.
"""

import contextlib
import errno
import fcntl
import json
import os
import select
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps, loads

from console.broker.aside import set_aside
from console.broker.flaws import flaw_of_envelope

FOLDERS = ("messages", "writing", "taken", "bells", "control")
#: Seconds after which a consumer looks although nobody rang: for files that somebody else put there.
_LOOK = 1.0


class QoS(virtual.QoS):  # type: ignore[misc] # kombu has no types
    """Rings when there is room for another message, which may have come long ago."""

    def ack(self, delivery_tag: str) -> None:
        super().ack(delivery_tag)
        self._wake()

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        super().reject(delivery_tag, requeue)
        self._wake()

    def _wake(self) -> None:
        transport = self.channel.connection
        if transport is not None:  # closed meanwhile
            transport.bell.ring()


class Channel(filesystem.Channel):  # type: ignore[misc] # kombu has no types
    QoS = QoS

    def _place(self, name: str) -> Path:
        return Path(self.transport_options["folder"]) / name

    @property
    def data_folder_in(self) -> str:  # for kombu's _purge and _size
        return str(self._place("messages"))

    @property
    def control_folder(self) -> Path:
        return self._place("control")

    # --- messages ----------------------------------------------------------------------------------------------------
    def _put(self, queue: str, payload: Any, **_options: object) -> None:
        """Raises OSError, which is one of kombu's errors of a connection, for a full disk."""
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        written = self._place("writing") / name
        _write(written, dumps(payload).encode())
        written.rename(self._place("messages") / name)
        _ring_all(self._place("bells"))

    def _get(self, queue: str) -> Any:
        ending = f"{queue}.msg"
        for name in sorted(_names(self._place("messages"))):
            if name.partition(".")[2] != ending:
                continue
            with contextlib.suppress(FileNotFoundError):  # somebody else took it
                content = self._take(name)
                with contextlib.suppress(_Unreadable):
                    return self._read(queue, content)
        raise Empty

    def _take(self, name: str) -> bytes:
        """The content; whoever renames it first has it. Raises FileNotFoundError."""
        taken = self._place("taken") / name
        (self._place("messages") / name).rename(taken)
        content = taken.read_bytes()
        taken.unlink()
        return content

    def _read(self, queue: str, content: bytes) -> Any:
        """Raises _Unreadable, having told."""
        try:
            payload = loads(content.decode())
            flaw = flaw_of_envelope(payload)
        except Exception as error:  # noqa: BLE001 # whatever decoding raises, up to RecursionError
            flaw = f"{type(error).__name__}: {error}"
        if flaw:
            set_aside(queue, content, flaw)
            raise _Unreadable
        return payload

    # --- exchanges ----------------------------------------------------------------------------------------------------
    def get_table(self, exchange: str) -> list[Any]:
        return _table(self._exchange_file(exchange))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda table: table if binding in table else [binding, *table])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        virtual.Channel._delete(self, queue, exchange, routing_key, pattern, *args, **kwargs)  # noqa: SLF001 # past kombu's own
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda table: [one for one in table if one != binding])

    def _change_table(self, exchange: str, change: Callable[[list[Any]], list[Any]]) -> None:
        file = self._exchange_file(exchange)
        with (self.control_folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # gone with the descriptor, so with a process that dies
            before = _table(file)
            after = change(before)
            if after != before:
                written = self._place("writing") / f"{uuid.uuid4()}.exchange"
                _write(written, dumps(after).encode())
                written.rename(file)


class Transport(filesystem.Transport):  # type: ignore[misc] # kombu has no types
    Channel = Channel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = virtual.BrokerState()  # kombu's is one for the process, whichever folder it is about
        self.bell = Bell(Path(client.transport_options["folder"]) / "bells")

    def establish_connection(self) -> Any:
        folder = Path(self.client.transport_options["folder"])
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        return super().establish_connection()

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        self.bell.close()

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """One message. Raises TimeoutError when none comes within `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                left = _LOOK if deadline is None else min(_LOOK, deadline - time.monotonic())
                if left <= 0:
                    raise TimeoutError from None
                self.bell.wait(left)
            else:
                return


class Bell:
    """A named pipe that one consumer listens to. Made when it is first waited for: who only puts has none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / f"{os.getpid()}-{uuid.uuid4().hex}.bell"
        self._ends: tuple[int, int] | None = None
        self._lock = threading.Lock()  # threads of the pool ring while the worker's own closes

    def wait(self, seconds: float) -> None:
        """Until somebody rings or the time is over. A ring before the call counts."""
        if self._ends is None:
            self._ends = self._hang_up()
        ready, _write, _error = select.select([self._ends[0]], [], [], seconds)
        if ready:
            os.read(self._ends[0], 65536)

    def ring(self) -> None:
        """From within the process, whichever thread."""
        with self._lock:
            if self._ends is not None:
                _write_nothing_much(self._ends[1])

    def close(self) -> None:
        with self._lock:
            ends, self._ends = self._ends, None
            if ends is not None:
                self._file.unlink(missing_ok=True)
                for end in ends:
                    os.close(end)

    def _hang_up(self) -> tuple[int, int]:
        """Heard by others only once we listen, so that a pipe without a listener is one whose process is gone."""
        made = self._file.with_suffix(".new")
        os.mkfifo(made, 0o600)
        listening = os.open(made, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        ringing = os.open(made, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        made.rename(self._file)
        return listening, ringing


class _Unreadable(Exception):
    pass


def _ring_all(folder: Path) -> None:
    for file in (folder / name for name in _names(folder) if name.endswith(".bell")):
        try:
            end = os.open(file, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            file.unlink(missing_ok=True)  # its process was killed
            continue
        try:
            _write_nothing_much(end)
        finally:
            os.close(end)


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in os.scandir(folder)]


def _write_nothing_much(end: int) -> None:
    with contextlib.suppress(BlockingIOError, BrokenPipeError):  # rung often enough; or nobody listens any more
        os.write(end, b"!")


def _write(file: Path, content: bytes) -> None:
    """Readable by us alone. Not synchronised with the disk: after a power cut the scheduler rings again."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)


def _table(file: Path) -> list[Any]:
    """What hangs on an exchange. One that cannot be read is begun anew: each worker says again where it listens."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    try:
        return [filesystem.exchange_queue_t(*(str(part) for part in row)) for row in json.loads(content)]
    except (ValueError, TypeError) as error:
        set_aside(file.stem, content, f"the table of this exchange: {error}")
        file.unlink(missing_ok=True)
        return []
