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


def words(name: str) -> list[str]:
    """What stands between the commas of NAME."""
    found: list[str] = env.list(name, [])
    return found


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
    if not key:
        raise ImproperlyConfigured(f"SECRET_KEY is missing. {_hint('SECRET_KEY')}")
    return _strong("SECRET_KEY", key)


def token(name: str) -> str:
    """A secret that somebody sends us to be let in; "" when there is none. Refused when it is weak."""
    said = secret(name)
    return _strong(name, said) if said else ""


def is_weak(key: str) -> bool:
    """Whether it can be guessed."""
    return len(key) < SECRET_MIN_LENGTH or len(set(key)) < SECRET_MIN_DISTINCT or key.startswith("django-insecure-")


def _strong(name: str, key: str) -> str:
    if is_weak(key):
        raise ImproperlyConfigured(
            f"{name} is weak: it needs at least {SECRET_MIN_LENGTH} characters, {SECRET_MIN_DISTINCT} of them "
            f"different, and must not be one that startproject made. {_hint(name)}"
        )
    return key


def _hint(name: str) -> str:
    return f"Set {name} (or {name}_FILE), for example to the output of: openssl rand -base64 48"


def is_demonstration(made_here: Path) -> bool:
    """Whether SECRET_KEY is the one that the embedded mode made for itself: then nobody has thought about keys yet."""
    if os.environ.get("SECRET_KEY"):
        return False
    said = os.environ.get("SECRET_KEY_FILE") or made_here
    return made_here.is_file() and Path(said).resolve() == made_here.resolve()


# --- keys of their own ----------------------------------------------------------------------------------------------
#: What each is mixed with when it is made from SECRET_KEY, so that no two are the same.
_PURPOSES = {"CREDENTIAL_KEYS": b"image-console credentials", "AUDIT_KEYS": b"image-console audit"}
OWN_KEYS = tuple(_PURPOSES)


def credential_keys(site_keys: list[str]) -> list[str]:
    """Keys that encrypt cloud credentials, newest first."""
    return _keys("CREDENTIAL_KEYS", site_keys)


def audit_keys(site_keys: list[str]) -> list[str]:
    """Keys that seal the audit, newest first; older ones verify what they sealed."""
    return _keys("AUDIT_KEYS", site_keys)


def said_keys(name: str) -> list[str]:
    """Those of CREDENTIAL_KEYS or AUDIT_KEYS that the environment names. The first, which makes what comes, is refused
    when weak; the others only read what they once made, and must be kept as they are."""
    said = [key.strip() for key in secret(name).split(",") if key.strip()]
    for newest in said[:1]:
        _strong(name, newest)
    return said


def derived_keys(name: str, site_keys: list[str]) -> list[str]:
    """Those made from SECRET_KEY and SECRET_KEY_FALLBACKS, which are in use until `name` is set."""
    return [hashlib.sha256(_PURPOSES[name] + b"\x00" + key.encode()).hexdigest() for key in site_keys]


def check_change_of_site_key(fallbacks: list[str]) -> None:
    """Raises ImproperlyConfigured when SECRET_KEY is being changed while keys still hang on it: with the last of
    SECRET_KEY_FALLBACKS everything that they sealed would be lost, and nobody would notice before."""
    missing = [name for name in OWN_KEYS if not said_keys(name)]
    if fallbacks and missing:
        raise ImproperlyConfigured(
            f"SECRET_KEY is being changed while {' and '.join(missing)} still come from it. Put the earlier SECRET_KEY "
            "back and take SECRET_KEY_FALLBACKS away, run: python manage.py own_keys, put the lines that it prints "
            "into the environment of all processes, restart them, and then change SECRET_KEY (see docs/deploy.md)."
        )


def _keys(name: str, site_keys: list[str]) -> list[str]:
    """Those that `name` holds; after them the derived ones, so that setting it for the first time loses nothing."""
    return [*said_keys(name), *derived_keys(name, site_keys)]
