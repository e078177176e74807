"""Gunicorn's logs: in the form of all others, the access log without secrets."""

import datetime as dt
import os
from logging.config import DictConfigurator
from typing import Any

from gunicorn.glogging import Logger

from console.logs import FORMATTERS, RequestIdFilter, without_keys


class AccessLog(Logger):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's own, but for the keys of links with which somebody chooses a password, in path and referrer."""

    def setup(self, cfg: Any) -> None:
        """The parent logs before Django's settings are there, so that the format is read here."""
        super().setup(cfg)
        if os.environ.get("LOG_FORMAT") == "json":
            form = DictConfigurator({"version": 1}).configure_formatter(dict(FORMATTERS["json"]))
            for handler in (*self.error_log.handlers, *self.access_log.handlers):
                handler.setFormatter(form)
                handler.addFilter(RequestIdFilter())

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: dt.timedelta) -> dict[str, Any]:
        told: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {name: without_keys(value) if isinstance(value, str) else value for name, value in told.items()}
