"""What a credential opens: its projects, the region of each, its image endpoint and what serves there."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from images.clouds.enums import CredentialKind, ProjectKind
from images.clouds.services import ca_bundles
from images.clouds.services.connection_errors import Refusal, explain
from images.core import addresses
from images.core.correlation import Threads
from images.ims import (
    NO_RETRY,
    AccessKey,
    CloudProject,
    Endpoint,
    Forbidden,
    Identity,
    IMSClient,
    IMSError,
    InvalidCall,
    NotFound,
    PasswordCredentials,
    Unauthorized,
)

logger = logging.getLogger(__name__)

#: Projects whose catalogues are read at the same time: each is a sign-in of its own.
_AT_ONCE = 8
#: Catalogues name it when one endpoint serves every region.
_EVERYWHERE = frozenset({"", "*"})


class ConnectionRefused(Exception):
    """The test of an account failed. `field` is the entry that it is about, "" for none; the message is for people."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.field = refusal.field


@dataclass(frozen=True, slots=True)
class Connection:
    """All that is needed to sign in, as people entered it. The secret is not in repr.

    `image_endpoint` and `region_name` are for clouds whose catalogue does not tell; `service` is ProjectKind, or "" to
    find out.
    """

    auth_url: str
    kind: str = CredentialKind.PASSWORD
    domain: str = ""
    username: str = ""
    access_key: str = ""
    secret: str = field(default="", repr=False)
    ca_bundle: str = field(default="", repr=False)
    image_endpoint: str = ""
    region_name: str = ""
    service: str = ""

    @property
    def who(self) -> str:
        return self.access_key if self.kind == CredentialKind.ACCESS_KEY else self.username


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project in one region. With a `problem` (a sentence) it cannot be managed as it is."""

    project_id: str
    name: str
    region: str
    endpoint: str
    kind: str
    description: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """What forms send for it."""
        return f"{self.region}/{self.project_id}"


def discover(connection: Connection) -> list[FoundProject]:
    """Every project that the credential may enter, by region and name. Raises ConnectionRefused.

    Signs in once for the list of projects (9.4) and once for each project's catalogue (3.1), eight at a time; asks each
    image endpoint once what it is.
    """
    connection = _checked(connection)
    try:
        identity = _identity(connection)
        projects = [project for project in identity.projects() if project.enabled]
    except IMSError as error:
        logger.info("discovery at %s failed: %s", connection.auth_url, type(error).__name__)
        raise ConnectionRefused(_explained(error, connection)) from error
    if not projects:
        raise ConnectionRefused(_no_projects(connection))
    found = _places(connection, identity, projects)
    found = _kinds(connection, identity, found)
    if all(one.problem for one in found):
        raise ConnectionRefused(_nothing_usable(connection, found))
    return sorted(found, key=lambda one: (one.region, one.name, one.project_id))


def _checked(connection: Connection) -> Connection:
    """The same with addresses and bundle in order."""
    try:
        auth_url = addresses.check_address(connection.auth_url)
    except addresses.AddressRefused as error:
        raise ConnectionRefused(Refusal(str(error), "auth_url")) from error
    try:
        endpoint = addresses.check_address(connection.image_endpoint) if connection.image_endpoint else ""
    except addresses.AddressRefused as error:
        raise ConnectionRefused(Refusal(str(error), "image_endpoint")) from error
    try:
        bundle = ca_bundles.checked(connection.ca_bundle) if connection.ca_bundle.strip() else ""
    except ca_bundles.BundleRefused as error:
        raise ConnectionRefused(Refusal(str(error), "ca_bundle")) from error
    return replace(connection, auth_url=auth_url, image_endpoint=endpoint, ca_bundle=bundle)


def _identity(connection: Connection) -> Identity:
    credentials: PasswordCredentials | AccessKey
    if connection.kind == CredentialKind.ACCESS_KEY:
        credentials = AccessKey(connection.access_key, connection.secret)
    else:
        credentials = PasswordCredentials(connection.username, connection.secret, connection.domain)
    return Identity(
        connection.auth_url,
        credentials,
        verify=ca_bundles.verification(connection.ca_bundle),
        timeout=settings.IMS_TEST_TIMEOUT,
        retry=NO_RETRY,
    )


def _explained(error: IMSError, connection: Connection) -> Refusal:
    return explain(
        error, auth_url=connection.auth_url, kind=connection.kind, who=connection.who, domain=connection.domain
    )


# --- where each project is -------------------------------------------------------------------------------------------
def _places(connection: Connection, identity: Identity, projects: Sequence[CloudProject]) -> list[FoundProject]:
    with Threads(_AT_ONCE, thread_name_prefix="discovery") as pool:
        lists = list(pool.map(partial(_places_of, connection, identity), projects))
    return [one for places in lists for one in places]


def _places_of(connection: Connection, identity: Identity, project: CloudProject) -> list[FoundProject]:
    """The project once a region. Never raises: one project that is closed to us must not hide the others."""
    nowhere = partial(
        FoundProject,
        project_id=project.id,
        name=project.name,
        description=project.description,
        kind=connection.service,
    )
    if connection.image_endpoint:
        return [nowhere(region=_region_by_hand(connection, project), endpoint=connection.image_endpoint)]
    closed = nowhere(region=connection.region_name, endpoint="")
    try:
        endpoints = identity.catalog(project)
    except IMSError as error:
        return [replace(closed, problem=_why_closed(error, connection))]
    chosen = _endpoints_for(project, connection, endpoints)
    if not chosen:
        return [replace(closed, problem=_no_image_service(connection))]
    return [_placed(nowhere, connection, project, endpoint) for endpoint in chosen]


def _placed(
    nowhere: Callable[..., FoundProject], connection: Connection, project: CloudProject, endpoint: Endpoint
) -> FoundProject:
    region = endpoint.region if endpoint.region not in _EVERYWHERE else _region_by_hand(connection, project)
    try:
        return nowhere(region=region, endpoint=addresses.check_address(endpoint.url))
    except addresses.AddressRefused as error:
        return nowhere(region=region, endpoint="", problem=str(error))


def _endpoints_for(project: CloudProject, connection: Connection, endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Of a catalogue that lists every region those that the project is in.

    At IMS a project belongs to the region that its name begins with ("eu-west-0", "eu-west-0_build"), although its
    catalogue names all regions. At OpenStack a project is in each region that the catalogue names.
    """
    endpoints = list(endpoints)
    if connection.region_name:
        return [one for one in endpoints if one.region in {connection.region_name, *_EVERYWHERE}]
    own = [one for one in endpoints if one.region == project.name.partition("_")[0]]
    return own or endpoints


def _region_by_hand(connection: Connection, project: CloudProject) -> str:
    return connection.region_name or project.name.partition("_")[0]


# --- what serves there -----------------------------------------------------------------------------------------------
def _kinds(connection: Connection, identity: Identity, found: list[FoundProject]) -> list[FoundProject]:
    """Asks each image endpoint once, through the first project that it serves."""
    if connection.service:
        return found
    asked: dict[str, FoundProject] = {}
    for one in found:
        if not one.problem:
            asked.setdefault(one.endpoint, one)
    with Threads(_AT_ONCE, thread_name_prefix="discovery") as pool:
        answers = dict(zip(asked, pool.map(partial(_kind_of, connection, identity), asked.values()), strict=True))
    return [one if one.problem else _with_kind(one, answers[one.endpoint]) for one in found]


def _with_kind(one: FoundProject, answer: str | Refusal) -> FoundProject:
    if isinstance(answer, Refusal):
        return replace(one, problem=answer.sentence)
    return replace(one, kind=answer)


def _kind_of(connection: Connection, identity: Identity, one: FoundProject) -> str | Refusal:
    """IMS has the list of 5.1.1; a Glance knows that address not and answers 404."""
    try:
        client = IMSClient(
            one.endpoint,
            one.project_id,
            identity.auth_for(one.project_id),
            kind=ProjectKind.IMS,
            region=one.region,
            timeout=settings.IMS_TEST_TIMEOUT,
            verify=ca_bundles.verification(connection.ca_bundle),
            retry=NO_RETRY,
        )
        client.images.raw_page({}, limit=1)
    except NotFound:
        return ProjectKind.OPENSTACK.value
    except Forbidden:
        # It knows the address. What the user may see is a matter of rights, which may come later.
        return ProjectKind.IMS.value
    except (IMSError, InvalidCall) as error:
        return Refusal(
            _("The image service does not answer as it should. %(why)s") % {"why": f"{error} {error.measure}"}
        )
    return ProjectKind.IMS.value


# --- sentences -------------------------------------------------------------------------------------------------------
def _no_projects(connection: Connection) -> Refusal:
    return Refusal(
        _("The sign-in works, but “%(who)s” may enter no project. Give the user a role in a project, then try again.")
        % {"who": connection.who},
        "username" if connection.kind == CredentialKind.PASSWORD else "access_key",
    )


def _no_image_service(connection: Connection) -> str:
    if connection.region_name:
        return _(
            "The catalogue names no image service in region %(region)s. Check the region's name, or leave it out."
        ) % {"region": connection.region_name}
    return _("The catalogue of the project names no image service. Give the image endpoint by hand.")


def _why_closed(error: IMSError, connection: Connection) -> str:
    """The same sign-in has just listed the projects, so a 401 means something else here."""
    if isinstance(error, NotFound | Forbidden) and connection.kind == CredentialKind.ACCESS_KEY:
        return _no_catalogue()
    if isinstance(error, Unauthorized):
        return _("The sign-in works, but not for this project. Give the user a role in it.")
    return _explained(error, connection).sentence


def _no_catalogue() -> str:
    return _("This cloud shows no catalogue to access keys. Give the image endpoint and the region by hand.")


def _nothing_usable(connection: Connection, found: Sequence[FoundProject]) -> Refusal:
    """What all projects complain of is said once; beside the entry that can cure it, if there is one."""
    sentences = list(dict.fromkeys(one.problem for one in found))
    by_hand = {_no_catalogue(), _no_image_service(connection)}
    field = ""
    if connection.image_endpoint or set(sentences) <= by_hand:
        field = "region_name" if connection.region_name and not connection.image_endpoint else "image_endpoint"
    return Refusal(" ".join(sentences[:3]), field)
