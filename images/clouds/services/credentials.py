"""Secrets of accounts, encrypted anew after a new key (images/core/encryption.py)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from images.clouds.models import Account
from images.core.encryption import SecretUnreadable, decrypt, encrypt

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What `rotate` did: how many secrets it encrypted anew, and of which accounts no key opens them, by name."""

    renewed: int
    unreadable: Sequence[str]


def rotate() -> Rotation:
    """Encrypts the secret of every account anew with the newest key. One that no key opens stops no other."""
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
    return Rotation(renewed, unreadable)
