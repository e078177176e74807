"""Second factors: their secrets are encrypted like those of accounts; administrators take one away that was lost."""

import logging

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction

from images.access.permissions import check_can_manage_teams
from images.audit import services as audit
from images.core.encryption import SecretUnreadable, decrypt, encrypt
from images.signin.audit_events import SignInEvent

logger = logging.getLogger(__name__)

#: In which of an authenticator's data a secret stands.
_SECRETS = ("secret", "seed", "migrated_codes")


class EncryptedAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SecretUnreadable."""
        return decrypt(encrypted_text)


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def remove_second_factors(*, actor: User, user: User) -> None:
    """All second factors of somebody who lost theirs; they set up new ones after the next sign-in. Raises
    PermissionDenied."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        if kinds:
            Authenticator.objects.filter(user=user).delete()
            audit.record(event=SignInEvent.SECOND_FACTOR_REMOVED, actor=actor, subject=user, before={"kinds": kinds})


def rotate() -> tuple[int, list[str]]:
    """Encrypts the secrets anew with the newest key: how many, and whose could not be read."""
    renewed, unreadable = 0, []
    for authenticator in Authenticator.objects.select_related("user"):
        try:
            fresh = {name: _fresh(value) if name in _SECRETS else value for name, value in authenticator.data.items()}
        except SecretUnreadable:
            logger.warning("the second factor of %s cannot be read with any configured key", authenticator.user)
            unreadable.append(str(authenticator.user))
            continue
        renewed += Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data).update(data=fresh)
    return renewed, unreadable


def _fresh(value: object) -> object:
    if isinstance(value, list):
        return [_fresh(item) for item in value]
    return encrypt(decrypt(value)) if isinstance(value, str) and value else value
