"""What an account may do with the images of a project: asked of the service, by the IAM actions of chapter 8."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from images.access.permissions import check_can_manage_accounts
from images.accounts.services.probing import probe
from images.clouds.models import Project
from images.clouds.services.clients import client_for
from images.core.encryption import SecretUnreadable
from images.core.error_messages import ErrorMessage, failure_of
from images.ims import NO_RETRY, IMSError
from images.ims.permissions import EVERY_ACTION, OBS_RIGHT, POLICIES, policy

__all__ = ["EVERY_ACTION", "OBS_RIGHT", "Permissions", "ask_permissions", "policies"]


@dataclass(frozen=True, slots=True)
class Permissions:
    """`actions`: by action True (may), False (may not), None (the answers do not tell). `failure`: why the service
    could not be asked at all."""

    actions: Mapping[str, bool | None]
    failure: ErrorMessage | None = None


def policies() -> dict[str, dict[str, Any]]:
    """By how much an account is trusted with, custom policies as IAM takes them."""
    return {name: policy(actions) for name, actions in POLICIES.items()}


def ask_permissions(*, actor: User, project: Project) -> Permissions:
    """Makes the harmless calls of services/probing.py, one after the other: some seconds at most. Raises
    PermissionDenied."""
    check_can_manage_accounts(actor)
    if project.is_native:
        said = _("An OpenStack Glance knows no IAM actions; its own policy decides by roles.")
        return Permissions({}, ErrorMessage("", said, "", ""))
    try:
        return Permissions(probe(client_for(project, timeout=settings.IMS_TEST_TIMEOUT, retry=NO_RETRY)))
    except SecretUnreadable as error:
        return Permissions({}, ErrorMessage("", str(error), "", _("Enter the credential of the account anew.")))
    except IMSError as error:
        return Permissions({}, failure_of(error))
