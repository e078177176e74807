"""Lists of images: 5.1.1, 6.1.1, 6.1.9, and the tags of a list of images, 5.2.2."""

from typing import Any
from urllib.parse import urlencode

from images.sandbox import pages, tagging, times
from images.sandbox.call import Call
from images.sandbox.documents import Document
from images.sandbox.errors import malformed
from images.sandbox.queries import Query, parse
from images.sandbox.wire import Response, answer, encode


def extension(call: Call) -> Response:
    """GET /v2/cloudimages (5.1.1): a page of images, 500 by default, without links."""
    rows, _more = pages.page(call.world, call.project, parse(call.request.query, native=False))
    return Response(body=b'{"images":[' + b",".join(call.world.library.documents(rows)) + b"]}")


def native(call: Call) -> Response:
    """GET /v2/images (6.1.1): a page of images, 25 by default, with ``first`` and, if more follow, ``next``."""
    query = parse(call.request.query, native=True)
    rows, more = pages.page(call.world, call.project, query)
    given = [(name, value) for name, value in call.request.query if name != "marker"]
    links: dict[str, str] = {"schema": "/v2/schemas/images", "first": _link(given)}
    if more:
        links["next"] = _link([*given, ("marker", rows[-1].id)])
    documents = b",".join(call.world.library.documents(rows))
    return Response(body=encode(links)[:-1] + b',"images":[' + documents + b"]}")


def _link(parameters: list[tuple[str, str]]) -> str:
    return f"/v2/images?{urlencode(parameters)}" if parameters else "/v2/images"


def tags(call: Call) -> Response:
    """GET /v1/cloudimages/tags (5.2.2): the tags of the images that match, each once, at most ``limit`` of them."""
    query = parse(call.request.query, native=False)
    found: dict[str, None] = {}
    for row in pages.stream(call.world, call.project, query):
        for tag in row.tags:
            found[tagging.joined_old(tag)] = None
        if len(found) >= query.limit:
            break
    return answer({"tags": list(found)[: query.limit]})


def legacy(call: Call) -> Response:
    """GET /v1.1/images/detail (6.1.9, abandoned): images in the form of v1, with seven filters."""
    query, sizes, since = _legacy_query(call)
    found = []
    for row in pages.stream(call.world, call.project, query):
        if since and row.updated_at < since:
            continue
        image = legacy_document(call.world.document(row))
        if sizes[0] <= image["size"] <= sizes[1]:
            found.append(image)
        if len(found) == query.limit:
            break
    return answer({"images": found})


_LEGACY_FILTERS = {"name", "container_format", "disk_format", "status", "limit", "marker", "sort_key", "sort_dir"}


def _legacy_query(call: Call) -> tuple[Query, tuple[int, int], str]:
    parameters = [(name, value) for name, value in call.request.query if name in _LEGACY_FILTERS]
    query = parse(parameters, native=True)
    if not any(name == "limit" for name, _ in parameters):
        query.limit = 1000
    since = call.request.last("changes-since") or ""
    if since:
        moment = times.iso(since)
        if moment is None:
            raise malformed("changes-since must be an ISO 8601 time.")
        since = moment
    return query, (_size(call, "size_min", 0), _size(call, "size_max", 2**63)), since


def _size(call: Call, name: str, default: int) -> int:
    value = call.request.last(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise malformed(f"{name} must be a number of bytes.")
    return int(value)


def legacy_document(image: Document) -> dict[str, Any]:
    """An image in the form of v1: few attributes, real size, times with microseconds (6.1.9)."""
    deleted = image["status"] == "deleted"
    deleted_at = image.get("deleted_at")
    return {
        "status": image["status"],
        "deleted_at": times.fractional(deleted_at) if deleted_at else None,
        "name": image["name"],
        "deleted": deleted,
        "container_format": image["container_format"],
        "created_at": times.fractional(image["created_at"]),
        "disk_format": image["disk_format"],
        "updated_at": times.fractional(image["updated_at"]),
        "min_disk": image["min_disk"],
        "protected": image["protected"],
        "id": image["id"],
        "min_ram": image["min_ram"],
        "checksum": image.get("checksum"),
        "owner": image["owner"],
        "is_public": image["visibility"] == "public",
        "virtual_size": image["virtual_size"],
        "properties": {},
        "size": int(image.get("__image_size") or image["size"] or 0),
    }
