"""Keys that do not hang on SECRET_KEY: which are missing, which of the derived ones are still needed, and what to set.

Until CREDENTIAL_KEYS and AUDIT_KEYS are set they are made from SECRET_KEY (console/env.py). When that is changed, and
the old one is no longer in SECRET_KEY_FALLBACKS, what they encrypted cannot be read, and what they sealed not verified.
"""

import secrets
from collections.abc import Iterator

from django.conf import settings

from console.env import OWN_KEYS, derived_keys, is_weak, said_keys
from images.audit.services.sealing import mark_of, marks_in_use


def missing_keys() -> list[str]:
    """Names of the environment that should be set and are not; the demonstration made a key for itself."""
    return [] if settings.DEMONSTRATION else [name for name in OWN_KEYS if not said_keys(name)]


def weak_keys() -> list[str]:
    """Names whose earlier keys, kept to read what they once made, can be guessed."""
    return [name for name in OWN_KEYS if any(is_weak(key) for key in said_keys(name))]


def still_derived() -> list[str]:
    """Keys made from SECRET_KEY or a fallback that sealed a part of the audit, and that AUDIT_KEYS does not name."""
    used, keys = marks_in_use(), said_keys("AUDIT_KEYS")
    return [key for key in derived_keys("AUDIT_KEYS", _site_keys()) if mark_of(key) in used and key not in keys]


def lost_marks() -> list[str]:
    """Marks of keys that sealed a part of the audit and are nowhere to be found."""
    return sorted(marks_in_use() - {mark_of(key) for key in settings.AUDIT_KEYS})


def lines_to_set() -> Iterator[str]:
    """NAME=VALUE for the environment of all processes, with which nothing hangs on SECRET_KEY any more and nothing that
    there is gets lost."""
    credentials = said_keys("CREDENTIAL_KEYS") or [_new(), *derived_keys("CREDENTIAL_KEYS", _site_keys())]
    yield f"CREDENTIAL_KEYS={','.join(credentials)}"
    yield f"AUDIT_KEYS={','.join([*(said_keys('AUDIT_KEYS') or [_new()]), *still_derived()])}"


def _new() -> str:
    return secrets.token_urlsafe(48)


def _site_keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
