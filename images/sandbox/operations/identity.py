"""IAM: tokens, projects, catalogue and discovery (3.1, 9.4, and what OpenStack's clients ask before they sign in)."""

import uuid
from datetime import UTC, datetime
from typing import Any

from images.sandbox import cast
from images.sandbox.access import user_of
from images.sandbox.call import Call
from images.sandbox.errors import IdentityRefusedError, RefusedError
from images.sandbox.wire import Response, answer, empty

_ROLES = [{"id": "0a5c3f1b7d9e4826a1c4b6d8e0f2a3b5", "name": "te_admin"}]
_WRONG = "The username or password is wrong."
_MAY_NOT_SEE = "You are not authorized to perform the requested action: identity:get_project."


def create_token(call: Call) -> Response:
    """POST /v3/auth/tokens: sign in with a password, or exchange a token for one with another scope (3.1)."""
    auth = _dig(_fields(call), "auth")
    identity = _dig(auth, "identity")
    methods = identity.get("methods")
    if methods == ["password"]:
        user = _by_password(identity)
    elif methods == ["token"]:
        user = _by_token(call, identity)
    else:
        raise IdentityRefusedError(400, "Bad Request", "The methods must be password or token.")
    project, scope = _scope(auth.get("scope"), user)
    token, facts = call.access.issue(user, project, scope)
    headers = [("X-Subject-Token", token), ("X-Iam-Trace-Id", str(uuid.uuid4()))]
    return answer({"token": _token(call, facts, methods)}, 201, headers)


def read_token(call: Call) -> Response:
    """GET /v3/auth/tokens: the token of X-Subject-Token."""
    _signed_in(call)
    token = call.request.headers.get("x-subject-token", "")
    try:
        facts = call.access.facts(token)
    except RefusedError as refused:
        raise IdentityRefusedError(404, "Not Found", "The token of X-Subject-Token does not exist.") from refused
    return answer({"token": _token(call, facts, ["password"])}, headers=[("X-Subject-Token", token)])


def revoke_token(call: Call) -> Response:
    """DELETE /v3/auth/tokens: end the token of X-Subject-Token."""
    _signed_in(call)
    call.access.revoke(call.request.headers.get("x-subject-token", ""))
    return empty()


def catalog(call: Call) -> Response:
    """GET /v3/auth/catalog: where the services are."""
    _signed_in(call)
    return answer({"catalog": _catalog(call), "links": {}})


def projects(call: Call) -> Response:
    """GET /v3/projects: the projects of the tenant (9.4); ``name`` and ``domain_id`` narrow the list."""
    caller = _signed_in(call)
    found = cast.projects_of(caller.user.domain_id)
    name, domain_id = call.request.last("name"), call.request.last("domain_id")
    if name:
        found = [project for project in found if project.name == name]
    if domain_id:
        found = [project for project in found if project.domain_id == domain_id]
    link = f"{call.request.base_url}/v3/projects"
    return answer(
        {
            "links": {"self": link, "previous": None, "next": None},
            "projects": [_project(project, link) for project in found],
        }
    )


def project(call: Call) -> Response:
    """GET /v3/projects/{id}: one project of the tenant.

    Keystone judges the right to see a project before it says whether there is one: 403 for those of others and for
    none at all. Clients build on it: `openstack image add project` takes 403 for "use the ID as it is".
    """
    caller = _signed_in(call)
    found = cast.project_by_id(call.path["id"])
    if found is None or found.domain_id != caller.user.domain_id:
        raise IdentityRefusedError(403, "Forbidden", _MAY_NOT_SEE)
    return answer({"project": _project(found, f"{call.request.base_url}/v3/projects")})


def domains(call: Call) -> Response:
    """GET /v3/auth/domains: the tenant itself."""
    caller = _signed_in(call)
    domain = cast.domain_by_id(caller.user.domain_id)
    assert domain is not None, "every user of the cast has a domain"  # noqa: S101
    return answer({"domains": [{"id": domain.id, "name": domain.name, "enabled": True, "links": {}}], "links": {}})


def discovery(call: Call) -> Response:
    """GET /v3: the version of IAM, as clients of OpenStack look for it."""
    return answer(
        {
            "version": {
                "id": "v3.14",
                "status": "stable",
                "updated": "2020-04-07T00:00:00Z",
                "media-types": [
                    {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
                ],
                "links": [{"rel": "self", "href": f"{call.request.base_url}/v3/"}],
            }
        }
    )


def _signed_in(call: Call) -> Any:
    try:
        return call.access.identify(call.request)
    except RefusedError as refused:
        raise IdentityRefusedError(
            401, "Unauthorized", "The request you have made requires authentication."
        ) from refused


def _fields(call: Call) -> dict[str, Any]:
    try:
        return call.request.fields()
    except RefusedError as refused:
        raise IdentityRefusedError(400, "Bad Request", refused.message) from refused


def _dig(value: Any, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise IdentityRefusedError(400, "Bad Request", f"The object {name} is missing.")
    return found


def _by_password(identity: dict[str, Any]) -> cast.User:
    wanted = _dig(_dig(identity, "password"), "user")
    domain = wanted.get("domain")
    for user in cast.USERS:
        known_as = wanted.get("id") == user.id or (wanted.get("name") == user.name and _is_domain(domain, user))
        if known_as and wanted.get("password") == user.password:
            return user
    raise IdentityRefusedError(401, "Unauthorized", _WRONG)


def _is_domain(named: Any, user: cast.User) -> bool:
    domain = cast.domain_by_id(user.domain_id)
    if not isinstance(named, dict) or domain is None:
        return False
    return named.get("id") == domain.id or named.get("name") == domain.name


def _by_token(call: Call, identity: dict[str, Any]) -> cast.User:
    token = _dig(identity, "token").get("id")
    try:
        return user_of(call.access.facts(token if isinstance(token, str) else ""))
    except RefusedError as refused:
        raise IdentityRefusedError(401, "Unauthorized", "The token is wrong or has ended.") from refused


def _scope(scope: Any, user: cast.User) -> tuple[cast.Project | None, str]:
    """The project of a scope and its kind; only the user's own tenant can be entered."""
    if scope is None or scope == "unscoped":
        return None, ""
    if not isinstance(scope, dict):
        raise IdentityRefusedError(400, "Bad Request", "The scope must be an object.")
    if "project" in scope:
        wanted = _dig(scope, "project")
        found = _scope_project(wanted, user)
        if found is None:
            raise IdentityRefusedError(401, "Unauthorized", "The project does not exist or you have no role in it.")
        return found, "project"
    if "domain" in scope:
        if not _is_domain(_dig(scope, "domain"), user):
            raise IdentityRefusedError(401, "Unauthorized", "The domain does not exist or you have no role in it.")
        return None, "domain"
    return None, ""


def _scope_project(wanted: dict[str, Any], user: cast.User) -> cast.Project | None:
    if isinstance(wanted.get("id"), str):
        found = cast.project_by_id(wanted["id"])
        return found if found and found.domain_id == user.domain_id else None
    domain = wanted.get("domain")
    # The example of 3.1 names the project alone; its domain is then the user's.
    if domain is not None and not _is_domain(domain, user):
        return None
    name = wanted.get("name")
    return cast.project_by_name(name, user.domain_id) if isinstance(name, str) else None


def _token(call: Call, facts: dict[str, Any], methods: list[str]) -> dict[str, Any]:
    user = user_of(facts)
    domain = cast.domain_by_id(user.domain_id)
    assert domain is not None, "every user of the cast has a domain"  # noqa: S101
    own = {"id": domain.id, "name": domain.name}
    token: dict[str, Any] = {
        "expires_at": _moment(facts["expires"]),
        "issued_at": _moment(facts["issued"]),
        "methods": methods,
        "roles": _ROLES,
        "user": {"id": user.id, "name": user.name, "domain": own, "password_expires_at": ""},
    }
    found = cast.project_by_id(facts["project"])
    if found is not None:
        token["project"] = {"id": found.id, "name": found.name, "domain": own}
        token["catalog"] = _catalog(call)
    elif facts["scope"] == "domain":
        token["domain"] = own
        token["catalog"] = _catalog(call)
    return token


def _catalog(call: Call) -> list[dict[str, Any]]:
    """IAM and IMS in each region. One address serves all regions: the project of the credential decides."""
    base = call.request.base_url
    return [
        {
            "id": kind,
            "type": kind,
            "name": name,
            "endpoints": [
                {"id": f"{name}-{region}", "interface": "public", "region": region, "region_id": region, "url": url}
                for region in cast.REGIONS
            ],
        }
        for kind, name, url in (("identity", "iam", f"{base}/v3"), ("image", "ims", base))
    ]


def _project(found: cast.Project, link: str) -> dict[str, Any]:
    return {
        "is_domain": False,
        "description": found.description,
        "links": {"self": f"{link}/{found.id}"},
        "enabled": True,
        "id": found.id,
        "parent_id": found.domain_id,
        "domain_id": found.domain_id,
        "name": found.name,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
