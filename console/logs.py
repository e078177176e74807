"""Every log line carries the id of the request (or task) that caused it, so that one id leads from browser to IMS."""

import logging
import re
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")
#: Address of the client whose request this is; "" in tasks and commands. The audit notes it.
client_address: ContextVar[str] = ContextVar("client_address", default="")


#: Of the settings, and of gunicorn, which logs before it loads them.
FORMATTERS: dict[str, dict[str, Any]] = {
    "line": {"format": "{asctime} {levelname:<7} {name} [{request_id}] {message}", "style": "{"},
    "json": {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "format": "{asctime}{levelname}{name}{request_id}{process}{message}",
        "style": "{",
        "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        "datefmt": "%Y-%m-%dT%H:%M:%S%z",
    },
}


def for_machines() -> None:
    """What Python itself would write beside the log comes into it: warnings, and what ends a process or a thread."""
    logging.captureWarnings(True)
    sys.excepthook = _log_the_end
    threading.excepthook = lambda end: _log_the_end(end.exc_type, end.exc_value, end.exc_traceback)


def _log_the_end(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("console").critical("ended by %s", kind.__name__, exc_info=(kind, error or kind(), where))


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


#: The trace that this thread works for; none before this process makes spans.
_present_trace: Callable[[], str] = str


def tell_trace_by(present_trace: Callable[[], str]) -> None:
    """From now on lines of the log are told their trace by it (console/spans.py)."""
    global _present_trace  # noqa: PLW0603 # there is one process
    _present_trace = present_trace


class TraceIdFilter(logging.Filter):
    """Gives each line of the log the id of the trace that it belongs to; LOG_FORMAT=json shows it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.trace_id = _present_trace()
        return True


#: Who has the address with this key in it chooses the password.
_RESET_KEY = re.compile(r"(/password/reset/key/[0-9A-Za-z]+-)(?!set-password)[^/\s\"]+")


def without_keys(text: str) -> str:
    """The text, without the keys of links with which somebody chooses a password."""
    return _RESET_KEY.sub(r"\1…", text)


class SecretPathFilter(logging.Filter):
    """Django logs the path of a request that went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(without_keys(one) if isinstance(one, str) else one for one in record.args)
        record.msg = without_keys(record.msg) if isinstance(record.msg, str) else record.msg
        return True
