"""The client: one image service as one project sees it."""

from collections.abc import Sequence
from datetime import datetime

from images.ims.capabilities import Capabilities, capabilities_of
from images.ims.connections import Verify
from images.ims.files import ImageFiles
from images.ims.identity import without_version
from images.ims.jobs import Jobs
from images.ims.legacy import Legacy
from images.ims.members import Members
from images.ims.quotas import Quotas
from images.ims.retry import RetryPolicy
from images.ims.schemas import Schemas
from images.ims.service import Service
from images.ims.service_clock import now_at
from images.ims.tags import Tags
from images.ims.tracing import Hook
from images.ims.transport import DEFAULT_TIMEOUT, Auth, Timeout, Transport
from images.ims.versions import Versions


class IMSClient:
    """IMS (`kind="ims"`) or an OpenStack Glance (`kind="openstack"`), for one project and credential.

    Cheap: make one whenever you need it and share the `auth`, which keeps the token. Safe between threads; the
    connections underneath are pooled per process and thread. `timeout` is (connect, read) in seconds; `verify` is
    True, the path of a CA bundle, or a Trust. Every failure is an IMSError.
    """

    def __init__(  # noqa: PLR0913 - the settings of a connection
        self,
        endpoint: str,
        project_id: str,
        auth: Auth | None,
        *,
        kind: str = "ims",
        region: str | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        verify: Verify = True,
        retry: RetryPolicy | None = None,
        hooks: Sequence[Hook] = (),
    ) -> None:
        self.capabilities: Capabilities = capabilities_of(kind)
        self.project_id = project_id
        self.region = region or ""
        transport = Transport(
            without_version(endpoint, project_id), auth, verify=verify, timeout=timeout, retry=retry, hooks=hooks
        )
        self.endpoint = transport.endpoint
        self._host = transport.host
        service = Service(transport, self.capabilities, project_id, self.region)
        self.images = ImageFiles(service)
        self.tags = Tags(service)
        self.members = Members(service)
        self.quotas = Quotas(service)
        self.jobs = Jobs(service)
        self.schemas = Schemas(service)
        self.versions = Versions(service)
        self.legacy = Legacy(service)

    def service_now(self) -> datetime | None:
        """What the service's own clock says, by the Date header of its last answer; None: it has not said."""
        return now_at(self._host)

    def __repr__(self) -> str:
        return f"IMSClient({self.endpoint!r}, project_id={self.project_id!r}, kind={self.capabilities.kind!r})"

    @property
    def kind(self) -> str:
        return self.capabilities.kind
