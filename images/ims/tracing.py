"""Which call is which: request ids, the log line and the hook of each call."""

import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

logger = logging.getLogger("images.ims")

_correlation: ContextVar[str] = ContextVar("ims_correlation", default="")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt of one call. `status` 0: no complete answer; `error` is then the class of what went wrong."""

    method: str
    path: str
    host: str
    status: int
    milliseconds: float
    request_id: str
    attempt: int
    error: str
    signed_as: str
    #: The service's clock, as its Date header says it.
    date: str = ""


#: Called after each attempt; for metrics. Must not raise.
Hook = Callable[[CallRecord], None]
_everywhere: list[Hook] = []


def watch_all(hook: Hook) -> None:
    """From now on this hook, too, is called after each attempt, by every client of this process, in the thread that
    sent the call."""
    _everywhere.append(hook)


@contextmanager
def correlated(name: str) -> Iterator[None]:
    """Calls inside carry this name in front of their request id ("operation-17"), here and at the service."""
    mark = _correlation.set(re.sub(r"[^A-Za-z0-9._-]", "-", name)[:64])
    try:
        yield
    finally:
        _correlation.reset(mark)


def new_request_id() -> str:
    """req-<uuid>, as OpenStack names them; inside `correlated` its name, a hyphen and twelve digits for the call."""
    name = _correlation.get()
    return f"{name}-{uuid.uuid4().hex[:12]}" if name else f"req-{uuid.uuid4()}"


def tell(record: CallRecord, hooks: Iterable[Hook]) -> None:
    """To the log, to a client's own hooks, and to those that watch all."""
    log(record)
    for hook in (*hooks, *_everywhere):
        hook(record)


def log(record: CallRecord) -> None:
    """One line per attempt, without query and without secrets."""
    logger.log(
        logging.INFO if 0 < record.status < 400 else logging.WARNING,
        "%s %s%s -> %s in %.0f ms (%s, attempt %d, as %s)",
        record.method,
        record.host,
        record.path,
        record.status or record.error,
        record.milliseconds,
        record.request_id,
        record.attempt,
        record.signed_as or "nobody",
    )
