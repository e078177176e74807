"""What a message must be. Ours are a closed set: a task by its name, a few positional arguments, nothing else.

Celery trusts what arrives: an unknown task without an id, a date that is none, a list where a word should be each end a
worker, or leave it waiting for ever. So messages are measured before it sees them.
"""

import base64
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from celery import Celery
from kombu.message import Message


def flaw_of_envelope(raw: object) -> str:
    """What keeps kombu's virtual transports (folder, Redis) from making a message of this; "" if nothing does."""
    if not isinstance(raw, dict):
        return "it is no object"
    properties, headers = raw.get("properties"), raw.get("headers")
    if not isinstance(properties, dict) or not isinstance(properties.get("delivery_tag"), str):
        return "its properties have no delivery tag"
    if not isinstance(properties.get("delivery_info"), dict):
        return "its properties have no delivery information"
    if not isinstance(headers, dict):
        return "it has no headers"
    return _flaw_of_encoding(raw.get("body"), properties.get("body_encoding"))


def _flaw_of_encoding(body: object, encoding: object) -> str:
    if not isinstance(body, str):
        return "its body is no text"
    if encoding == "base64":
        try:
            base64.b64decode(body)
        except ValueError as error:
            return f"its body is not base64: {error}"
    elif encoding is not None:
        return f"its body has the encoding {encoding!r}"
    return ""


def flaw_of(message: Message, app: Celery) -> str:
    """What keeps us from doing what a message says; "" if nothing does. May raise whatever decoding it raises."""
    headers = message.headers
    if not isinstance(headers, dict) or not isinstance(headers.get("task"), str):
        return "its headers name no task"
    task = app.tasks.get(headers["task"])
    if task is None:
        return f"there is no task {headers['task'][:100]!r}"
    return _flaw_of_headers(message) or _flaw_of_content(message, task.run)


def _flaw_of_headers(message: Message) -> str:
    headers = message.headers
    if not isinstance(headers.get("id"), str):
        return "its headers have no id"
    if (message.content_type, message.content_encoding) != ("application/json", "utf-8"):
        return f"its content is {message.content_type!r} in {message.content_encoding!r}, not JSON in UTF-8"
    return next((f"its header {name} is {str(headers[name])[:100]!r}" for name, fits in _FITS.items()
                 if name in headers and not fits(headers[name])), "")  # fmt: skip


def _is_none(said: object) -> bool:
    return said is None


def _is_pair_of_limits(said: object) -> bool:
    """The task's own (CELERY_TASK_TIME_LIMIT and its soft one), which Celery writes when the scheduler rings."""
    return said is None or (isinstance(said, list | tuple) and len(said) == 2 and all(map(_is_limit, said)))


def _is_limit(said: object) -> bool:
    return said is None or (isinstance(said, int | float) and said > 0)


#: Only what does harm when it is wrong: a date that is none, or in the year 9999, stays in the worker's memory.
_FITS: Mapping[str, Callable[[object], bool]] = {
    "eta": _is_none,
    "expires": _is_none,
    "retries": lambda said: said is None or isinstance(said, int),
    "timelimit": _is_pair_of_limits,
}


def _flaw_of_content(message: Message, run: Any) -> str:
    content = message.decode()
    if not isinstance(content, list | tuple) or len(content) != 3:
        return "its content is no list of arguments, names and links"
    arguments, named, links = content
    if not isinstance(arguments, list | tuple) or named != {}:
        return "its arguments are not what we send"
    if not all(isinstance(one, str | int) for one in arguments):
        return "its arguments are not words and numbers"
    if not isinstance(links, dict) or any(links.values()):
        return "it wants other tasks to follow"
    try:
        inspect.signature(run).bind(*arguments)
    except TypeError as error:
        return f"its arguments do not fit: {error}"
    return ""


def as_bytes(message: Message) -> bytes:
    """All that came, to be kept."""
    body = message.body
    told = {
        "headers": message.headers,
        "properties": message.properties,
        "content-type": message.content_type,
        "content-encoding": message.content_encoding,
        "body": body.decode("utf-8", "backslashreplace") if isinstance(body, bytes | bytearray) else body,
    }
    return json.dumps(told, default=repr, ensure_ascii=False).encode("utf-8", "backslashreplace")
