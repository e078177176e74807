"""Kombu's transport for Redis. What cannot be read is set aside there too, instead of ending the worker."""

from queue import Empty
from typing import Any

from kombu.transport import redis
from kombu.utils.json import dumps

from console.broker.aside import set_aside
from console.broker.flaws import flaw_of_envelope


class Channel(redis.Channel):  # type: ignore[misc] # kombu has no types
    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except (Empty, *self.connection_errors, *self.connection.channel_errors):
            raise
        except Exception as error:  # whatever decoding raises; the message has left the queue
            set_aside("redis", _content(error), f"{type(error).__name__}: {error}")
            raise Empty from error


class Transport(redis.Transport):  # type: ignore[misc] # kombu has no types
    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        flaw = flaw_of_envelope(message)
        if flaw:
            set_aside(queue, dumps(message).encode(), flaw)
        else:
            super()._deliver(message, queue)


def _content(error: Exception) -> bytes:
    """Errors of decoding carry what they could not read."""
    content = getattr(error, "doc", getattr(error, "object", b""))
    return content if isinstance(content, bytes) else str(content).encode("utf-8", "backslashreplace")
