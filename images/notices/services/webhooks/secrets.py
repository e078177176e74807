"""Secrets of webhooks, encrypted anew after a new key (images/core/encryption.py)."""

import logging

from images.core.encryption import SecretUnreadable, decrypt, encrypt
from images.notices.models import Webhook

logger = logging.getLogger(__name__)


def rotate() -> tuple[int, list[str]]:
    """Encrypts the secrets of all webhooks anew with the newest key: how many, and whose could not be read."""
    renewed, unreadable = 0, []
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
    return renewed, unreadable
