"""The operations that edges.py has requests for: what our rules say of a request, and how the sandbox is asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from images.cache.rules.editing import check_patch
from images.cache.rules.tags import check_batch, check_one_tag
from images.core.violations import Violation
from images.making.rules.creating import check_copy, check_image, check_metadata, check_quick_import, check_whole_image
from images.making.rules.files import check_export_address, check_export_format
from images.search.rules import check_list, check_tag_query
from images.sharing.rules import check_recipients
from tests.rules import edges

CREATE = "/v2/cloudimages/action"
#: What the attributes of an image are that a patch is judged by.
ATTRIBUTES = {
    "name": "n", "min_ram": 0, "__description": "", "__os_version": "CentOS 7.0 64bit", "__support_kvm": "true",
    "hw_firmware_type": "bios",
}  # fmt: skip


def of_export(body: dict[str, Any]) -> list[Violation]:
    quick = body.get("is_quick_export")
    switch = [] if quick is None or isinstance(quick, bool) else [Violation("is_quick_export", "?")]
    format_ = [] if switch else check_export_format(body.get("file_format"), quick=bool(quick))
    return switch + format_ + check_export_address(body["bucket_url"])


@dataclass(frozen=True)
class Reading:
    """`path` may name {project} and {image}: an image of its own for each request."""

    method: str
    path: str
    ours: Callable[[Any], list[Violation]]
    edges: list[tuple[Any, str]]


READINGS = {
    "5.1.1": Reading("GET", "/v2/cloudimages", check_list, edges.LISTS),
    "5.1.2": Reading("PATCH", "/v2/cloudimages/{image}", lambda one: check_patch(one, ATTRIBUTES), edges.PATCHES),
    "6.1.3": Reading(
        "PATCH", "/v2/images/{image}", lambda one: check_patch(one, ATTRIBUTES, native=True), edges.PATCHES
    ),
    "5.1.3 server": Reading("POST", CREATE, check_image, edges.CREATING),
    "5.1.3 disks": Reading("POST", CREATE, check_image, edges.DATA_DISKS),
    "5.1.3 file": Reading("POST", CREATE, check_image, edges.FILES),
    "5.1.3 volume": Reading("POST", CREATE, check_image, edges.VOLUMES),
    "5.1.4": Reading("POST", "/v2/cloudimages/quickimport/action", check_quick_import, edges.QUICK),
    "5.1.5": Reading("POST", "/v1/cloudimages/wholeimages/action", check_whole_image, edges.WHOLE),
    "5.1.7": Reading("POST", "/v1/cloudimages/{image}/file", of_export, edges.EXPORTS),
    "5.2.1": Reading("PUT", "/v1/cloudimages/tags", lambda body: check_one_tag(**body), edges.ONE_TAG),
    "5.2.3": Reading(
        "POST", "/v2/{project}/images/resource_instances/action", check_tag_query, edges.QUERIES
    ),
    "5.2.4": Reading(
        "POST",
        "/v2/{project}/images/{image}/tags/action",
        lambda body: check_batch(body["tags"], action=body["action"]),
        edges.BATCHES,
    ),
    "5.3.2": Reading(
        "POST",
        "/v1/cloudimages/members",
        lambda projects: check_recipients(projects, own="mine"),
        edges.RECIPIENTS,
    ),
    "5.4.1": Reading("POST", "/v1/cloudimages/{image}/copy", check_copy, edges.COPIES),
    "6.1.6": Reading("POST", "/v2/images", check_metadata, edges.METADATA),
}  # fmt: skip


def codes(broken: list[Violation]) -> set[str]:
    """The codes of rules that the reference sets, as edges.py writes them."""
    return {"-" if one.code in ("", "IMG.0001") else one.code for one in broken}


def expected(code: str) -> set[str]:
    """What :func:`codes` gives for one code of edges.py."""
    return {code} if code else set()


def sent(name: str, request: Any, image_id: str) -> Any:
    """The body of a request: some have the image, or what surrounds the edge, in it."""
    if name == "5.2.1":
        return {"image_id": image_id} | request
    if name == "5.3.2":
        return {"images": [image_id], "projects": request}
    if name == "5.1.7" and isinstance(request["bucket_url"], str):
        # Two requests may not write the same file: each has a folder of its own.
        return request | {"bucket_url": re.sub(r"^ims-image:(?=.)", f"ims-image:{image_id}/", request["bucket_url"])}
    return request
