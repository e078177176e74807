"""Secrets at rest: encrypted with keys from the environment, newest first, readable with any of them."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

_PURPOSE = b"image-console credentials"


class SecretUnreadable(Exception):
    """No key fits; the message says what to do."""


def encrypt(secret: str) -> str:
    """The secret as it is stored: Fernet (AES-128-CBC with HMAC-SHA256) with the newest key."""
    return _fernet(tuple(settings.CREDENTIAL_KEYS)).encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """The secret itself. Raises SecretUnreadable when it was encrypted with a key that is no longer configured."""
    try:
        return _fernet(tuple(settings.CREDENTIAL_KEYS)).decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(
            _(
                "The stored secret cannot be read with the configured keys. Put the key that was used back into"
                " CREDENTIAL_KEYS (or SECRET_KEY), or enter the password or secret key of the account again."
            )
        ) from error


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in keys])


def _key(text: str) -> bytes:
    """A Fernet key of any text: whoever writes settings need not know its form."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.strip().encode())
    return base64.urlsafe_b64encode(derived)
