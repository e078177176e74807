"""What serves images at an endpoint: IMS, a Glance, or nothing."""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from images.clouds.enums import ProjectKind
from images.clouds.services.connection import Connection, credentials_of, verification_of
from images.clouds.services.connection_errors import Refusal
from images.core.correlation import Threads
from images.ims import NO_RETRY, Forbidden, Identity, IMSClient, IMSError, InvalidCall, NotFound

#: Endpoints that are asked at the same time.
_AT_ONCE = 8


def identity_for(connection: Connection) -> Identity:
    """For people who wait: nothing is repeated. Raises InvalidCall."""
    return Identity(
        connection.auth_url,
        credentials_of(connection),
        verify=verification_of(connection),
        timeout=settings.IMS_TEST_TIMEOUT,
        retry=NO_RETRY,
    )


class Kinds:
    """What each endpoint is. Each is asked once, through the first project that it serves."""

    def __init__(self, connection: Connection, identity: Identity) -> None:
        self._connection, self._identity = connection, identity
        self._answers: dict[str, str | Refusal] = {}

    def ask(self, places: Iterable[tuple[str, str, str]]) -> None:
        """`places`: endpoint, project ID and region."""
        fresh: dict[str, tuple[str, str, str]] = {}
        for place in places:
            if place[0] not in self._answers:
                fresh.setdefault(place[0], place)
        with Threads(_AT_ONCE, thread_name_prefix="discovery") as pool:
            answers = pool.map(partial(_kind_at, self._connection, self._identity), fresh.values())
            self._answers.update(zip(fresh, answers, strict=True))

    def of(self, endpoint: str) -> str | Refusal:
        """ProjectKind, or why there is none; the kind that somebody has said for what could not be asked."""
        return self._answers.get(endpoint, self._connection.service)

    def is_glance(self, endpoint: str) -> bool:
        return self.of(endpoint) == ProjectKind.OPENSTACK


def _kind_at(connection: Connection, identity: Identity, place: tuple[str, str, str]) -> str | Refusal:
    """IMS has the list of 5.1.1; a Glance knows that address not and answers 404, but has the list of 6.1.1. What has
    neither is no image service. Where somebody has said the kind, only that list is asked for."""
    endpoint, project_id, region = place
    for kind in [connection.service] if connection.service else [ProjectKind.IMS.value, ProjectKind.OPENSTACK.value]:
        try:
            client = IMSClient(
                endpoint,
                project_id,
                identity.auth_for(project_id),
                kind=kind,
                region=region,
                timeout=settings.IMS_TEST_TIMEOUT,
                verify=verification_of(connection),
                retry=NO_RETRY,
            )
            client.images.raw_page({}, limit=1)
        except NotFound:
            continue
        except Forbidden:
            return kind  # It knows the address. What the user may see is a matter of rights, which may come later.
        except (IMSError, InvalidCall) as error:
            return Refusal(
                _("The image service does not answer as it should. %(why)s") % {"why": f"{error} {error.measure}"}
            )
        else:
            return kind
    return Refusal(
        _(
            "There is no image service at %(endpoint)s: it does not know lists of images (404). Give the address of the"
            " image service itself, not that of a web console, and without /v2."
        )
        % {"endpoint": endpoint}
    )
