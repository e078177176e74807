"""What a credential opens: its projects, the region of each, its image endpoint and what serves there."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from images.clouds.enums import CredentialKind, ProjectKind
from images.clouds.services import certificates
from images.clouds.services.connection import NAMES, OF_A_KIND, Connection
from images.clouds.services.connection_errors import Refusal, entry_of, explain, reason_of
from images.clouds.services.image_services import Kinds, identity_for
from images.core import addresses
from images.core.correlation import Threads
from images.ims import CloudProject, Endpoint, Forbidden, Identity, IMSError, NotFound, Scope, Unauthorized

logger = logging.getLogger(__name__)

#: Projects whose catalogues are read at the same time: each is a sign-in of its own.
_AT_ONCE = 8
#: Catalogues name it when one endpoint serves every region.
_EVERYWHERE = frozenset({"", "*"})
#: What the one region of a cloud is called whose catalogue names none.
THE_REGION = "default"


class ConnectionRefused(Exception):
    """The test of an account failed. `field` is the entry that it is about, "" for none; the message is for people."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.field = refusal.field


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project in one region. With a `problem` (a sentence) it cannot be managed as it is."""

    project_id: str
    name: str
    region: str
    endpoint: str
    kind: str
    description: str = ""
    domain_id: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """What forms send for it."""
        return f"{self.region}/{self.project_id}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the catalogue of a project, or a person, says that its images are. `region` as there: may be "" or "*"."""

    project: CloudProject
    region: str
    endpoint: str = ""
    problem: str = ""

    @property
    def is_own(self) -> bool:
        """IMS: the project's name begins with the region that it belongs to ("eu-west-0", "eu-west-0_build")."""
        return self.region == self.project.name.partition("_")[0]


def discover(connection: Connection) -> list[FoundProject]:
    """Every project that the credential may enter, by region and name. Raises ConnectionRefused.

    Signs in once for the list of projects (9.4) and once for each project's catalogue (3.1), eight at a time; asks each
    image endpoint once what it is.
    """
    connection = checked(connection)
    try:
        identity = identity_for(connection)
        projects = [project for project in identity.projects() if project.enabled]
    except IMSError as error:
        logger.info("discovery at %s failed: %s", connection.auth_url, type(error).__name__)
        raise ConnectionRefused(_explained(error, connection)) from error
    if not projects:
        raise ConnectionRefused(_no_projects(connection))
    found = _found(connection, _places(connection, identity, projects), Kinds(connection, identity))
    if all(one.problem for one in found):
        raise ConnectionRefused(_nothing_usable(connection, found))
    return sorted(found, key=lambda one: (one.region, one.name, one.project_id))


def project_meant(connection: Connection, project: Scope) -> str:
    """The ID of a project that is named with its domain, as the cloud knows it: two of a name may be in two domains.
    "" where a name alone, or a domain's ID, is to be compared, and for access keys, which open one domain only.

    Raises ConnectionRefused.
    """
    if project.project_id or not project.project_domain or connection.kind == CredentialKind.ACCESS_KEY:
        return project.project_id
    try:
        return identity_for(checked(connection)).token(project).project_id
    except Unauthorized as error:
        raise ConnectionRefused(
            Refusal(
                _("There is no project “%(name)s” in the domain “%(domain)s” that this sign-in opens.")
                % {"name": project.project_name, "domain": project.project_domain}
            )
        ) from error
    except IMSError as error:
        raise ConnectionRefused(_explained(error, connection)) from error


def checked(connection: Connection) -> Connection:
    """The same with addresses and certificates in order, and without what its kind does not use. Raises
    ConnectionRefused."""
    unused: dict[str, Any] = dict.fromkeys(OF_A_KIND.difference(NAMES[connection.kind]), "")
    connection = replace(connection, **unused)
    for name in ("auth_url", "image_endpoint", "oidc_endpoint", "oidc_discovery"):
        entered = getattr(connection, name)
        if not entered and name != "auth_url":
            continue
        try:
            good: dict[str, Any] = {name: addresses.check_address(entered)}
        except addresses.AddressRefused as error:
            raise ConnectionRefused(Refusal(str(error), name)) from error
        connection = replace(connection, **good)
    return _with_certificates(connection)


def _with_certificates(connection: Connection) -> Connection:
    try:
        bundle = certificates.checked(connection.ca_bundle) if connection.ca_bundle.strip() else ""
    except certificates.BundleRefused as error:
        raise ConnectionRefused(Refusal(str(error), "ca_bundle")) from error
    pair = ("", "")
    try:
        if connection.certificate.strip():
            pair = certificates.checked_pair(connection.certificate, connection.private_key)
    except certificates.BundleRefused as error:
        raise ConnectionRefused(Refusal(str(error), "certificate")) from error
    except certificates.KeyRefused as error:
        raise ConnectionRefused(Refusal(str(error), "private_key")) from error
    return replace(connection, ca_bundle=bundle, certificate=pair[0], private_key=pair[1])


def _explained(error: IMSError, connection: Connection) -> Refusal:
    return explain(
        error, auth_url=connection.auth_url, kind=connection.kind, who=connection.who, domain=connection.domain
    )


# --- where each project is -------------------------------------------------------------------------------------------
def _places(connection: Connection, identity: Identity, projects: Sequence[CloudProject]) -> list[list[_Place]]:
    """For each project the places that its catalogue names."""
    with Threads(_AT_ONCE, thread_name_prefix="discovery") as pool:
        return list(pool.map(partial(_places_of, connection, identity), projects))


def _places_of(connection: Connection, identity: Identity, project: CloudProject) -> list[_Place]:
    """Never raises: one project that is closed to us must not hide the others."""
    if connection.image_endpoint:
        return [_Place(project, connection.region_name, connection.image_endpoint)]
    try:
        endpoints = identity.catalog(project, connection.interfaces)
    except IMSError as error:
        return [_Place(project, connection.region_name, problem=_why_closed(error, connection))]
    if connection.region_name:
        endpoints = [one for one in endpoints if one.region in {connection.region_name, *_EVERYWHERE}]
    if not endpoints:
        return [_Place(project, connection.region_name, problem=_no_image_service(connection))]
    return [_placed(project, endpoint) for endpoint in endpoints]


def _placed(project: CloudProject, endpoint: Endpoint) -> _Place:
    try:
        return _Place(project, endpoint.region, addresses.check_address(endpoint.url))
    except addresses.AddressRefused as error:
        return _Place(project, endpoint.region, problem=str(error))


# --- in which of them it is ------------------------------------------------------------------------------------------
def _found(connection: Connection, places: Sequence[Sequence[_Place]], kinds: Kinds) -> list[FoundProject]:
    """At IMS a project belongs to the region of its name, although its catalogue names all regions. At OpenStack it is
    in each region that the catalogue names, whatever it is called."""
    first = [[one for one in of_project if one.is_own] or list(of_project) for of_project in places]
    kinds.ask(_askable(first))
    chosen: list[Sequence[_Place]] = [
        of_project if any(kinds.is_glance(one.endpoint) for one in own) else own
        for own, of_project in zip(first, places, strict=True)
    ]
    kinds.ask(_askable(chosen))
    return [_as_found(one, connection, kinds) for of_project in chosen for one in of_project]


def _askable(places: Iterable[Sequence[_Place]]) -> list[tuple[str, str, str]]:
    """Endpoint, project and region, for each place that has no problem yet."""
    return [(one.endpoint, one.project.id, one.region) for some in places for one in some if not one.problem]


def _as_found(place: _Place, connection: Connection, kinds: Kinds) -> FoundProject:
    answer = kinds.of(place.endpoint)
    problem = place.problem or (answer.sentence if isinstance(answer, Refusal) else "")
    kind = connection.service if isinstance(answer, Refusal) else answer
    return FoundProject(
        project_id=place.project.id,
        name=place.project.name,
        region=_region_of(place, connection, kind),
        endpoint=place.endpoint,
        kind=kind,
        description=place.project.description,
        domain_id=place.project.domain_id,
        problem=problem,
    )


def _region_of(place: _Place, connection: Connection, kind: str) -> str:
    """By hand where the catalogue does not say. An OpenStack without regions is one; at IMS projects tell theirs."""
    if place.region not in _EVERYWHERE:
        return place.region
    if connection.region_name or place.problem:
        return connection.region_name
    if kind == ProjectKind.OPENSTACK:
        return THE_REGION
    return place.project.name.partition("_")[0]


# --- sentences -------------------------------------------------------------------------------------------------------
def _no_projects(connection: Connection) -> Refusal:
    return Refusal(
        _("The sign-in works, but “%(who)s” may enter no project. Give the user a role in a project, then try again.")
        % {"who": connection.who},
        entry_of(connection.kind),
    )


def _no_image_service(connection: Connection) -> str:
    if connection.interface:
        return _(
            "The catalogue names no image service with the interface %(interface)s. Choose another, or leave it out."
        ) % {"interface": connection.interface}
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
        closed = _("The sign-in works, but not for this project. Give the user a role in it.")
        reason = reason_of(error)
        return f"{closed} {_('The cloud says: “%(reason)s”.') % {'reason': reason}}" if reason else closed
    return _explained(error, connection).sentence


def _no_catalogue() -> str:
    return _("This cloud shows no catalogue to access keys. Give the image endpoint and the region by hand.")


def _nothing_usable(connection: Connection, found: Sequence[FoundProject]) -> Refusal:
    """What all projects complain of is said once; beside the entry that can cure it, if there is one."""
    sentences = list(dict.fromkeys(one.problem for one in found))
    by_hand = {_no_catalogue(), _no_image_service(connection)}
    field = ""
    if connection.interface and set(sentences) == {_no_image_service(connection)}:
        field = "interface"
    elif connection.image_endpoint or set(sentences) <= by_hand:
        field = "region_name" if connection.region_name and not connection.image_endpoint else "image_endpoint"
    return Refusal(" ".join(sentences[:3]), field)
