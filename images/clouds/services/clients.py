"""From accounts and projects to clients of the cloud. Sign-ins are kept, so that all threads and tasks share tokens."""

import threading
from collections.abc import Sequence

from django.conf import settings

from images.clouds.models import Account, Project
from images.clouds.services.certificates import verification
from images.clouds.services.connection import FIELDS, connection_of, credentials_of, revealed, verification_of
from images.core.metrics import observe_call
from images.ims import Identity, IMSClient, Verify
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
        verify=_verification(account),
        retry=retry,
        hooks=(*HOOKS, *watch),
    )


def identity_of(account: Account) -> Identity:
    """What the account's credential opens. Raises SecretUnreadable."""
    connection = connection_of(account)
    return Identity(
        account.auth_url,
        credentials_of(connection),
        verify=verification_of(connection),
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
    """All that a sign-in depends on; secrets as they are stored, encrypted."""
    return tuple(str(getattr(account, name)) for name in FIELDS)


def _verification(account: Account) -> Verify:
    return verification(
        account.ca_bundle,
        insecure=account.insecure,
        certificate=account.certificate,
        private_key=revealed(account.private_key),
    )
