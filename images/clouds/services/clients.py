"""From accounts and projects to clients of the cloud. Sign-ins are kept, so that all threads and tasks share tokens."""

import threading
from collections.abc import Sequence

from django.conf import settings

from images.clouds.enums import CredentialKind
from images.clouds.models import Account, Project
from images.clouds.services.ca_bundles import verification
from images.core.encryption import decrypt
from images.core.metrics import observe_call
from images.ims import AccessKey, Identity, IMSClient, PasswordCredentials
from images.ims.retry import RetryPolicy
from images.ims.tracing import Hook
from images.ims.transport import Auth, Timeout

Facts = tuple[str, ...]
#: Called after each attempt of each call.
HOOKS = (observe_call,)

#: (account, project ID) → what the sign-in was made from, and the sign-in with its token inside.
_sign_ins: dict[tuple[int, str], tuple[Facts, Auth]] = {}
_lock = threading.Lock()


def client_for(
    project: Project, *, timeout: Timeout | None = None, retry: RetryPolicy | None = None, watch: Sequence[Hook] = ()
) -> IMSClient:
    """A client for the project's image service; cheap, sends nothing yet. Raises SecretUnreadable.

    `timeout` (seconds to connect and to answer) and `retry` where somebody waits for a page; else the settings' and
    the client's own. `watch`: told of each attempt.
    """
    account = project.account
    return IMSClient(
        project.endpoint,
        project.project_id,
        _sign_in(account, project.project_id),
        kind=project.kind,
        region=project.region.name,
        timeout=timeout or settings.IMS_TIMEOUT,
        verify=verification(account.ca_bundle),
        retry=retry,
        hooks=(*HOOKS, *watch),
    )


def identity_of(account: Account) -> Identity:
    """What the account's credential opens. Raises SecretUnreadable."""
    secret = decrypt(account.secret)
    credentials: PasswordCredentials | AccessKey
    if account.kind == CredentialKind.ACCESS_KEY:
        credentials = AccessKey(account.access_key, secret)
    else:
        credentials = PasswordCredentials(account.username, secret, account.domain)
    return Identity(
        account.auth_url,
        credentials,
        verify=verification(account.ca_bundle),
        timeout=settings.IMS_TIMEOUT,
        hooks=HOOKS,
    )


def _sign_in(account: Account, project_id: str) -> Auth:
    """The sign-in of this process for a project; a new one when the credential has changed."""
    key, facts = (account.pk, project_id), _facts(account)
    with _lock:
        known = _sign_ins.get(key)
        if known is None or known[0] != facts:
            known = (facts, identity_of(account).auth_for(project_id))
            _sign_ins[key] = known
        return known[1]


def _facts(account: Account) -> Facts:
    """All that a sign-in depends on; the secret as it is stored, encrypted."""
    return (
        account.auth_url,
        account.kind,
        account.domain,
        account.username,
        account.access_key,
        account.secret,
        account.ca_bundle,
    )
