"""Which address leads to which operation: chapters 5 and 6 of the reference and the calls of IAM, a row each."""

from collections.abc import Callable
from dataclasses import dataclass

from images.sandbox.call import Call
from images.sandbox.errors import RefusedError, not_found
from images.sandbox.operations import (
    create,
    details,
    files,
    identity,
    jobs,
    lists,
    members,
    metadata,
    quota,
    schemas,
    sharing,
    tag_queries,
    tags,
    transfer,
    versions,
)
from images.sandbox.wire import Response, path_parts

Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. ``section`` is its number in the reference, or a name for those of IAM that it does not print.

    ``open`` ones need no project (IAM looks after itself); ``streams`` ones move files and take the lock themselves.
    """

    section: str
    method: str
    path: str
    handler: Handler
    open: bool = False
    streams: bool = False


ROUTES = (
    Route("3.1", "POST", "/v3/auth/tokens", identity.create_token, open=True),
    Route("9.4", "GET", "/v3/projects", identity.projects, open=True),
    Route("iam.token", "GET", "/v3/auth/tokens", identity.read_token, open=True),
    Route("iam.token", "HEAD", "/v3/auth/tokens", identity.read_token, open=True),
    Route("iam.revoke", "DELETE", "/v3/auth/tokens", identity.revoke_token, open=True),
    Route("iam.catalog", "GET", "/v3/auth/catalog", identity.catalog, open=True),
    Route("iam.projects", "GET", "/v3/auth/projects", identity.projects, open=True),
    Route("iam.domains", "GET", "/v3/auth/domains", identity.domains, open=True),
    Route("iam.project", "GET", "/v3/projects/{id}", identity.project, open=True),
    Route("iam.discovery", "GET", "/v3", identity.discovery, open=True),
    Route("5.1.1", "GET", "/v2/cloudimages", lists.extension),
    Route("5.1.2", "PATCH", "/v2/cloudimages/{image_id}", metadata.update),
    Route("5.1.3", "POST", "/v2/cloudimages/action", create.image),
    Route("5.1.4", "POST", "/v2/cloudimages/quickimport/action", create.quick_import),
    Route("5.1.5", "POST", "/v1/cloudimages/wholeimages/action", create.whole_image),
    Route("5.1.6", "PUT", "/v1/cloudimages/{image_id}/upload", transfer.register),
    Route("5.1.7", "POST", "/v1/cloudimages/{image_id}/file", transfer.export),
    Route("5.2.1", "PUT", "/v1/cloudimages/tags", tags.put),
    Route("5.3.1", "DELETE", "/v1/cloudimages/members", sharing.remove),
    Route("5.3.2", "POST", "/v1/cloudimages/members", sharing.add),
    Route("5.3.3", "PUT", "/v1/cloudimages/members", sharing.update),
    Route("5.4.1", "POST", "/v1/cloudimages/{image_id}/copy", transfer.copy),
    Route("5.2.2", "GET", "/v1/cloudimages/tags", lists.tags),
    Route("5.5.1", "GET", "/v1/cloudimages/quota", quota.read),
    Route("5.6.1", "GET", "/v1/cloudimages/job/{job_id}", jobs.read),
    Route("6.1.1", "GET", "/v2/images", lists.native),
    Route("6.3.1", "GET", "/v2/schemas/image", schemas.image),
    Route("6.3.2", "GET", "/v2/schemas/images", schemas.images),
    Route("6.3.3", "GET", "/v2/schemas/member", schemas.member),
    Route("6.3.4", "GET", "/v2/schemas/members", schemas.members),
    Route("6.1.2", "GET", "/v2/images/{image_id}", details.native),
    Route("6.1.3", "PATCH", "/v2/images/{image_id}", metadata.update_native),
    Route("6.1.4", "PUT", "/v2/images/{image_id}/file", files.upload, streams=True),
    Route("file", "GET", "/v2/images/{image_id}/file", files.download, streams=True),
    Route("6.1.5", "DELETE", "/v2/images/{image_id}", metadata.delete),
    Route("6.1.6", "POST", "/v2/images", metadata.create),
    Route("6.1.7", "DELETE", "/v1.1/images/{image_id}", metadata.delete_legacy),
    Route("6.2.1", "PUT", "/v2/images/{image_id}/tags/{tag}", tags.add_native),
    Route("6.2.2", "DELETE", "/v2/images/{image_id}/tags/{tag}", tags.remove_native),
    Route("6.4.1", "POST", "/v2/images/{image_id}/members", members.add),
    Route("6.4.2", "PUT", "/v2/images/{image_id}/members/{member_id}", members.update),
    Route("6.4.5", "DELETE", "/v2/images/{image_id}/members/{member_id}", members.delete),
    Route("6.1.8", "HEAD", "/v1/images/{image_id}", details.legacy),
    Route("6.1.9", "GET", "/v1.1/images/detail", lists.legacy),
    Route("6.4.4", "GET", "/v2/images/{image_id}/members", members.read_all),
    Route("6.4.3", "GET", "/v2/images/{image_id}/members/{member_id}", members.read),
    Route("5.2.8", "GET", "/v2/{project_id}/images/tags", tag_queries.of_project),
    Route("5.2.3", "POST", "/v2/{project_id}/images/resource_instances/action", tag_queries.instances),
    Route("5.2.4", "POST", "/v2/{project_id}/images/{image_id}/tags/action", tags.batch),
    Route("5.2.5", "POST", "/v2/{project_id}/images/{image_id}/tags", tags.add),
    Route("5.2.6", "DELETE", "/v2/{project_id}/images/{image_id}/tags/{key}", tags.remove),
    Route("5.2.7", "GET", "/v2/{project_id}/images/{image_id}/tags", tag_queries.of_image),
    Route("5.6.1", "GET", "/v1/{project_id}/jobs/{job_id}", jobs.read),
    Route("6.5.1", "GET", "/", versions.every, open=True),
    Route("6.5.2", "GET", "/{api_version}", versions.one, open=True),
)

_PARTS = [(route, path_parts(route.path)) for route in ROUTES]


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The operation of an address and the variables in its path. Rows above win over rows below.

    :raises RefusedError: 404 for an unknown address, 405 for a method that it does not have.
    """
    given = path_parts(path)
    allowed = []
    for route, parts in _PARTS:
        variables = _match(parts, given)
        if variables is None:
            continue
        if route.method == method:
            return route, variables
        allowed.append(route.method)
    if allowed:
        raise RefusedError("IMG.0105", 405, headers=(("Allow", ", ".join(sorted(set(allowed)))),))
    raise not_found("There is no such address.")


def _match(parts: list[str], given: list[str]) -> dict[str, str] | None:
    if len(parts) != len(given):
        return None
    variables = {}
    for part, value in zip(parts, given, strict=True):
        if part.startswith("{"):
            if not value:
                return None
            variables[part[1:-1]] = value
        elif part != value:
            return None
    return variables
