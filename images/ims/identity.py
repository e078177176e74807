"""IAM: who may enter which projects, and where their services are (3.1, 9.4)."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from images.ims.answers import Answer
from images.ims.auth.credentials import AccessKey, Credentials, Scope
from images.ims.auth.signature import AkSkAuth
from images.ims.auth.tokens import Token, TokenAuth
from images.ims.connections import Verify
from images.ims.errors import Forbidden, NotFound, ResponseError, Unauthorized
from images.ims.retry import RetryPolicy
from images.ims.tracing import Hook
from images.ims.transport import DEFAULT_TIMEOUT, Auth, Call, Timeout, Transport
from images.ims.values import as_flag, as_text

#: Names under which catalogues list the image service: OpenStack's type, and the names of the vendor.
IMAGE_SERVICES: Final = frozenset({"image", "ims", "imagev2", "glance"})

_PREFERRED: Final = ("public", "internal", "admin")


@dataclass(frozen=True, slots=True)
class CloudProject:
    """A project as 9.4 lists it. `extra` keeps what we have no name for."""

    id: str
    name: str
    domain_id: str = ""
    description: str = ""
    enabled: bool = True
    is_domain: bool = False
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service is: `url` without version and project, so that every path of the reference can follow it."""

    region: str
    url: str
    interface: str
    service_type: str
    service_name: str


class Identity:
    """What a credential opens: its projects, their catalogues and sign-ins. Cheap; one per account.

    Raises, in each of its calls: ConnectionFailed, OutcomeUnknown, Unauthorized (wrong user, password, key or clock),
    Forbidden, MalformedAnswer (the address is no IAM), ServerError.
    """

    def __init__(
        self,
        iam_endpoint: str,
        credentials: Credentials,
        *,
        verify: Verify = True,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        hooks: Sequence[Hook] = (),
    ) -> None:
        self.iam_endpoint = iam_endpoint.strip().rstrip("/").removesuffix("/v3")
        self.credentials = credentials
        self._verify, self._timeout, self._retry, self._hooks = verify, timeout, retry, tuple(hooks)
        self._auths: dict[Scope, TokenAuth] = {}
        self._lock = threading.Lock()

    def auth_for(self, project_id: str = "") -> Auth:
        """The sign-in for one project; the same object each time, for the token lives inside. Sends nothing yet."""
        if isinstance(self.credentials, AccessKey):
            return AkSkAuth(self.credentials.access_key, self.credentials.secret_key, project_id)
        return self._token_auth(Scope(project_id))

    def token(self, scope: Scope | str = "") -> Token:
        """Sign in to a project (its ID, or more) and return the token with its end. Raises TypeError for an access key:
        it has none."""
        if isinstance(self.credentials, AccessKey):
            raise TypeError("An access key signs each request; it has no token.")
        return self._token_auth(scope if isinstance(scope, Scope) else Scope(scope)).token()

    def projects(self) -> list[CloudProject]:
        """The projects that this credential may enter (GET /v3/projects, 9.4), without those that are domains.

        Keystone allows that call to administrators only and has GET /v3/auth/projects for everybody else; an IAM
        that wants more than an unscoped token gets one for the domain. A credential that is bound to a project opens
        that one, whatever lists say.
        """
        if not isinstance(self.credentials, AccessKey) and self.credentials.is_bound:
            token = self.token()
            return [CloudProject(token.project_id, token.project_name or token.project_id, token.project_domain_id)]
        refusal: ResponseError | None = None
        for auth, path in self._ways_to_projects():
            try:
                return [project for project in _projects(self._get(path, auth)) if not project.is_domain]
            except (Forbidden, NotFound, Unauthorized) as refused:
                refusal = refusal or refused
        assert refusal is not None  # noqa: S101 - there is at least one way
        raise refusal

    def _ways_to_projects(self) -> Iterator[tuple[Auth, str]]:
        if isinstance(self.credentials, AccessKey):
            auth: Auth = self.auth_for()
        else:
            unscoped = self._token_auth(Scope())
            # Outside of the attempts: a wrong password must be tried once and not three times (accounts get locked).
            unscoped.token()
            auth = unscoped
        yield auth, "/v3/projects"
        yield auth, "/v3/auth/projects"
        if not isinstance(self.credentials, AccessKey) and self.credentials.has_domain:
            yield self._token_auth(Scope(domain=True)), "/v3/projects"

    def catalog(self, project: CloudProject | str, interfaces: Sequence[str] = ()) -> list[Endpoint]:
        """Endpoints of the image service for a project, one a region: of the first of `interfaces` that a region has,
        and of no other; without them public ones before internal ones.

        With a token from its own catalogue (3.1); by access key from GET /v3/auth/catalog, which not every service
        offers to signed requests: NotFound or Forbidden then, and the endpoint must be given by hand.
        """
        project_id = project if isinstance(project, str) else project.id
        if isinstance(self.credentials, AccessKey):
            body = self._get("/v3/auth/catalog", self.auth_for(project_id)).read_object().get("catalog")
            entries: Iterable[Mapping[str, Any]] = (
                [entry for entry in body if isinstance(entry, dict)] if isinstance(body, list) else []
            )
        else:
            entries = self.token(project_id).catalog
        return image_endpoints(entries, project_id, interfaces)

    def _token_auth(self, scope: Scope) -> TokenAuth:
        assert not isinstance(self.credentials, AccessKey)  # noqa: S101 - the callers have looked
        if self.credentials.is_bound:
            scope = Scope()  # one token, whichever project is asked for
        with self._lock:
            if scope not in self._auths:
                self._auths[scope] = TokenAuth(
                    self.iam_endpoint,
                    self.credentials,
                    scope,
                    verify=self._verify,
                    timeout=self._timeout,
                    retry=self._retry,
                    hooks=self._hooks,
                )
            return self._auths[scope]

    def _get(self, path: str, auth: Auth) -> Answer:
        transport = Transport(
            self.iam_endpoint, auth, verify=self._verify, timeout=self._timeout, retry=self._retry, hooks=self._hooks
        )
        return transport.send(Call("GET", path))


def _projects(answer: Answer) -> list[CloudProject]:
    entries = answer.read_object().get("projects")
    if not isinstance(entries, list):
        raise answer.malformed("there is no list of projects in it")
    return [_project(entry, answer) for entry in entries]


_PROJECT_FIELDS = frozenset({"id", "name", "domain_id", "description", "enabled", "is_domain"})


def _project(entry: Any, answer: Answer) -> CloudProject:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise answer.malformed("a project without id")
    try:
        return CloudProject(
            id=entry["id"],
            name=as_text(entry.get("name")) or entry["id"],
            domain_id=as_text(entry.get("domain_id")),
            description=as_text(entry.get("description")),
            enabled=as_flag(entry.get("enabled")) is not False,
            is_domain=as_flag(entry.get("is_domain")) is True,
            extra=MappingProxyType({name: value for name, value in entry.items() if name not in _PROJECT_FIELDS}),
        )
    except ValueError as error:
        raise answer.malformed(f"in a project: {error}") from error


def image_endpoints(
    catalog: Iterable[Mapping[str, Any]], project_id: str = "", interfaces: Sequence[str] = ()
) -> list[Endpoint]:
    """The image service's endpoints in a catalogue as 3.1 prints it: one a region, the best interface of each.

    `interfaces`: those that may be used, the best first; without them any, public before internal before admin.
    """
    best: dict[str, Endpoint] = {}
    order = tuple(interfaces) or _PREFERRED
    for endpoint in _endpoints(catalog, project_id):
        if interfaces and endpoint.interface not in order:
            continue
        known = best.get(endpoint.region)
        if known is None or _rank(endpoint, order) < _rank(known, order):
            best[endpoint.region] = endpoint
    return list(best.values())


def _rank(endpoint: Endpoint, order: Sequence[str]) -> int:
    return order.index(endpoint.interface) if endpoint.interface in order else len(order)


def _endpoints(catalog: Iterable[Mapping[str, Any]], project_id: str) -> Iterator[Endpoint]:
    for service in catalog:
        kind, name = str(service.get("type", "")).lower(), str(service.get("name", ""))
        if kind not in IMAGE_SERVICES and not (not kind and name.lower() in IMAGE_SERVICES):
            continue
        places = service.get("endpoints")
        for place in places if isinstance(places, list) else []:
            url = place.get("url") if isinstance(place, dict) else None
            if isinstance(url, str) and url:
                yield Endpoint(
                    region=str(place.get("region_id") or place.get("region") or ""),
                    url=without_version(url, project_id),
                    interface=str(place.get("interface") or "public").lower().removesuffix("url"),
                    service_type=kind,
                    service_name=name,
                )


def without_version(url: str, project_id: str = "") -> str:
    """https://host/v2/<project> → https://host: catalogues add what the paths of the reference already hold."""
    bare = url.rstrip("/")
    if project_id:
        bare = bare.removesuffix(f"/{project_id}").rstrip("/")
    return re.sub(r"/v[12](\.\d+)?$", "", bare)
