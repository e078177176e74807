"""Secrets of accounts: encrypted at rest with keys from the environment, newest first, readable with any of them."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from images.models import Account


class SecretUnreadable(Exception):
    """No key fits; the sentence says what to do."""


def encrypt(secret: str) -> str:
    """The secret as it is stored."""
    return _keys().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """The secret itself. Raises SecretUnreadable when it was encrypted with a key that is no longer configured."""
    try:
        return _keys().decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(
            "The stored secret cannot be read with the configured keys. Put the key that was used back into"
            " CREDENTIAL_KEYS (or SECRET_KEY), or enter the password again."
        ) from error


def rotate() -> int:
    """Encrypts every stored secret anew with the newest key; returns how many. Raises SecretUnreadable."""
    accounts = list(Account.objects.all())
    for account in accounts:
        account.secret = encrypt(decrypt(account.secret))
        account.save(update_fields=["secret"])
    return len(accounts)


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in settings.CREDENTIAL_KEYS])


def _fernet_key(text: str) -> bytes:
    """A key of any text; whoever writes settings need not know Fernet's form."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"image-console credential key\x00" + text.encode()).digest())
