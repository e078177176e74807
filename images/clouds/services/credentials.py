"""Secrets of accounts, encrypted anew after a new key (images/core/encryption.py)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from images.clouds.models import Account
from images.clouds.services.connection import SECRETS
from images.core.encryption import SecretUnreadable, decrypt, encrypt

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Of how many accounts `rotate` encrypted the secrets anew, and of which no key opens them, by name."""

    renewed: int
    unreadable: Sequence[str]


def rotate() -> Rotation:
    """Encrypts the secret of every account anew with the newest key. One that no key opens stops no other."""
    renewed, unreadable = 0, []
    for account in Account.objects.present():
        stored = {name: getattr(account, name) for name in SECRETS if getattr(account, name)}
        try:
            fresh = {name: encrypt(decrypt(one)) for name, one in stored.items()}
        except SecretUnreadable:
            logger.warning("the secret of account %s cannot be read with any configured key", account.name)
            unreadable.append(account.name)
            continue
        # Only if nobody has entered a new secret meanwhile: that one has the newest key already.
        renewed += Account.objects.filter(pk=account.pk, **stored).update(**fresh)
    return Rotation(renewed, unreadable)
