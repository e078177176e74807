"""Secrets of accounts: encrypted at rest with keys from the environment, newest first, readable with any of them."""

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from images.models import Account, Webhook

logger = logging.getLogger(__name__)

_PURPOSE = b"image-console credentials"


class SecretUnreadable(Exception):
    """No key fits; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What `rotate` did: how many secrets it encrypted anew, and whose (accounts, webhooks) no key opens, by name."""

    renewed: int
    unreadable: Sequence[str]


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


def rotate() -> Rotation:
    """Encrypts every stored secret anew with the newest key. One that cannot be read does not stop the others."""
    renewed, unreadable = 0, []
    for pk, name, stored in Account.objects.present().values_list("pk", "name", "secret"):
        try:
            fresh = encrypt(decrypt(stored))
        except SecretUnreadable:
            logger.warning("the secret of account %s cannot be read with any configured key", name)
            unreadable.append(name)
            continue
        # Only if nobody has entered a new secret meanwhile: that one has the newest key already.
        renewed += Account.objects.filter(pk=pk, secret=stored).update(secret=fresh)
    renewed += _rotate_webhooks(unreadable)
    return Rotation(renewed, unreadable)


def _rotate_webhooks(unreadable: list[str]) -> int:
    renewed = 0
    for pk, name, stored in Webhook.objects.values_list("pk", "name", "secret"):
        try:
            fresh = encrypt(decrypt(stored))
        except SecretUnreadable:
            logger.warning("the secret of webhook %s cannot be read with any configured key", name)
            unreadable.append(name)
            continue
        # the secret before it is not worth an hour of anybody: it ends with the key that it was encrypted with
        rows = Webhook.objects.filter(pk=pk, secret=stored)
        renewed += rows.update(secret=fresh, old_secret="", old_until=None)
    return renewed


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in keys])


def _key(text: str) -> bytes:
    """A Fernet key of any text: whoever writes settings need not know its form."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.strip().encode())
    return base64.urlsafe_b64encode(derived)
