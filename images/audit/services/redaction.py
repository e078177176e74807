"""What goes into the audit, without secrets and without what a database cannot hold."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

HIDDEN = "•••"
_SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|credential|authorization|cookie|private.?key|api.?key|signing.?key|otp|"
    r"recovery.?code|session.?key",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE)
_IN_QUERY = re.compile(
    r"([?&](?:[^=&#\s]*(?:signature|token|secret|password|credential)[^=&#\s]*)=)[^&#\s]+", re.IGNORECASE
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
#: Longer texts (a CA bundle, a policy) are cut: the audit says that they changed, not all that they say.
LONGEST = 4_000
_MANY = 1_000


def is_secret(name: str) -> bool:
    """Whether a value of this name is one that nobody may read later."""
    return bool(_SECRET_NAME.search(name))


def clean(value: object) -> Any:
    """JSON that both databases give back as it was: no secrets, no NUL, no floats, no endless lists."""
    match value:
        case None | bool() | int():
            return value
        case Mapping():
            return {str(name): _entry(str(name), item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            listed = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
            some = [clean(item) for item in listed[:_MANY]]
            return some if len(listed) <= _MANY else [*some, f"… {len(listed) - _MANY} more"]
        case datetime() | date():
            return value.isoformat()
        case float() | UUID():
            return str(value)
        case _:
            return _text(str(value))


def _entry(name: str, value: object) -> Any:
    if is_secret(name):
        return HIDDEN if value else ""
    return clean(value)


def _text(text: str) -> str:
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    text = _PEM.sub(HIDDEN, _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_URL.sub(rf"\1{HIDDEN}@", text)))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
