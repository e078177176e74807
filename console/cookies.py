"""Names of cookies. Over HTTPS they begin with __Host-: the browser then takes them only from this very host, over TLS
and for all paths, so that no neighbour in the domain can plant one."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest

PREFIX = "__Host-"


def named(name: str, *, secure: bool | None = None) -> str:
    """The name as the browser has it. `secure`: whether cookies want HTTPS; by default as the settings say."""
    wanted = settings.SESSION_COOKIE_SECURE if secure is None else secure
    return f"{PREFIX}{name}" if wanted else name


def read(request: HttpRequest, name: str) -> str:
    """What the browser sent under that name; "" for nothing."""
    return request.COOKIES.get(named(name), "")


class MessageCookie(CookieStorage):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cookie_name = named("messages")


class Messages(FallbackStorage):
    """Django's own; the cookie has its prefix."""

    storage_classes = (MessageCookie, SessionStorage)
