"""Every log line carries the id of the request (or task) that caused it, so that one id leads from browser to IMS."""

import logging
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
#: Address of the client whose request this is; "" in tasks and commands. The audit notes it.
client_address: ContextVar[str] = ContextVar("client_address", default="")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True
