"""Typed reading of the environment. Nonsense is refused at start, with a sentence, not met later as a failure."""

import hashlib
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

env = Env()

#: A key shorter than this can be guessed; Django's own check uses the same figures.
SECRET_MIN_LENGTH = 50
SECRET_MIN_DISTINCT = 5


def secret(name: str, default: str = "") -> str:
    """The secret in NAME, or in the file that NAME_FILE names (as container platforms hand secrets over)."""
    file_name = os.environ.get(f"{name}_FILE")
    if not file_name:
        return env.str(name, default)
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names {file_name}, which cannot be read: {error}") from error


def secret_key(made_here: Path) -> str:
    """SECRET_KEY, refused when missing or weak: sessions, tokens and stored credentials hang on it.

    `made_here` is the file that the embedded mode (`make run`) writes at its first start, so that `manage.py` works
    beside it; where nobody ran that, it is not there and nothing starts without a key.
    """
    key = secret("SECRET_KEY")
    if not key and made_here.is_file():
        key = made_here.read_text(encoding="utf-8").strip()
    hint = "Set SECRET_KEY (or SECRET_KEY_FILE), for example to the output of: openssl rand -base64 48"
    if not key:
        raise ImproperlyConfigured(f"SECRET_KEY is missing. {hint}")
    if len(key) < SECRET_MIN_LENGTH or len(set(key)) < SECRET_MIN_DISTINCT or key.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            f"SECRET_KEY is weak: it needs at least {SECRET_MIN_LENGTH} characters, {SECRET_MIN_DISTINCT} of them "
            f"different, and must not be one that startproject made. {hint}"
        )
    return key


def credential_keys(site_keys: list[str]) -> list[str]:
    """Keys that encrypt cloud credentials, newest first."""
    return _keys("CREDENTIAL_KEYS", b"image-console credentials", site_keys)


def audit_keys(site_keys: list[str]) -> list[str]:
    """Keys that seal the audit, newest first; older ones verify what they sealed."""
    return _keys("AUDIT_KEYS", b"image-console audit", site_keys)


def _keys(name: str, purpose: bytes, site_keys: list[str]) -> list[str]:
    """Those that NAME holds; after them those derived from SECRET_KEY and SECRET_KEY_FALLBACKS, which are in use until
    NAME is set, so that setting it for the first time loses nothing."""
    said = [key.strip() for key in secret(name).split(",") if key.strip()]
    return [*said, *(hashlib.sha256(purpose + b"\x00" + key.encode()).hexdigest() for key in site_keys)]
