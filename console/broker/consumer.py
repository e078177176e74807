"""The part of a Celery worker that takes messages: each is measured first, and none of them can end the worker."""

import logging
from collections.abc import Callable
from typing import Any

from celery.worker import consumer
from kombu.message import Message

from console.broker.aside import set_aside
from console.broker.flaws import as_bytes, flaw_of

logger = logging.getLogger(__name__)


class Consumer(consumer.Consumer):  # type: ignore[misc] # celery has no types
    """Celery's own, for messages that are as they must be (setting `worker_consumer`)."""

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Message], None]:
        handle = super().create_task_handler(*args, **kwargs)

        def on_task_received(message: Message) -> None:
            try:
                flaw = flaw_of(message, self.app)
                if not flaw:
                    handle(message)
                    return
            except self.connection_errors:
                raise  # the broker went away; celery connects again
            except Exception as error:
                logger.exception("a message could not be taken")
                flaw = f"{type(error).__name__}: {error}"
            self._set_aside(message, flaw)

        return on_task_received

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        self._set_aside(message, str(exc))

    def _set_aside(self, message: Message, flaw: str) -> None:
        """Off the queue, so that no other worker meets it either."""
        info = message.delivery_info
        queue = info.get("routing_key") if isinstance(info, dict) else ""
        set_aside(str(queue or "unknown"), as_bytes(message), flaw)
        if not message.acknowledged:
            message.reject_log_error(logger, self.connection_errors)
