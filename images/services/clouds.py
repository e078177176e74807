"""Accounts, projects and the clients for them."""

import threading

from django.conf import settings

from images.enums import CredentialKind
from images.ims import AccessKey, Identity, IMSClient, PasswordCredentials
from images.models import Account, Project
from images.services.credentials import decrypt

#: Sign-ins of this process, by account and project, so that a token serves all threads and tasks until it ends.
_sign_ins: dict[tuple[int, str, str], object] = {}
_lock = threading.Lock()


def client_for(project: Project) -> IMSClient:
    """A client for the project's image service; cheap. Raises SecretUnreadable."""
    account = project.account
    return IMSClient(
        project.endpoint,
        project.project_id,
        _sign_in(account, project.project_id),  # type: ignore[arg-type]
        kind=project.kind,
        region=project.region.name,
        timeout=settings.IMS_TIMEOUT,
        verify=account.ca_file or True,
    )


def identity_of(account: Account) -> Identity:
    """What the account's credential opens. Raises SecretUnreadable."""
    secret = decrypt(account.secret)
    credentials: PasswordCredentials | AccessKey
    if account.kind == CredentialKind.ACCESS_KEY:
        credentials = AccessKey(account.access_key, secret)
    else:
        credentials = PasswordCredentials(account.username, secret, account.domain)
    return Identity(account.auth_url, credentials, verify=account.ca_file or True, timeout=settings.IMS_TIMEOUT)


def _sign_in(account: Account, project_id: str) -> object:
    # the stored secret is part of the key: a changed password makes a new sign-in
    key = (account.pk, account.secret, project_id)
    with _lock:
        if key not in _sign_ins:
            _sign_ins[key] = identity_of(account).auth_for(project_id)
        return _sign_ins[key]
