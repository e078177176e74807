"""Image metadata: creating (6.1.6), changing (5.1.2, 6.1.3), deleting (6.1.5, 6.1.7)."""

from typing import Any

from images.sandbox import os_table, patching, tagging, times
from images.sandbox.call import Call
from images.sandbox.documents import document
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.library import Row
from images.sandbox.operations.details import image_of_path
from images.sandbox.refusals import images as rules
from images.sandbox.refusals import tags, texts
from images.sandbox.refusals.sharing import check_owner
from images.sandbox.wire import Response, answer, empty

_FORMATS = ("zvhd2", "vhd", "zvhd", "raw", "iso", "qcow2")
_V20 = "application/openstack-images-v2.0-json-patch"
_V21 = "application/openstack-images-v2.1-json-patch"
# What 6.1.6 takes by name; everything else is a customised attribute or refused.
_KNOWN = {
    "__os_version",
    "_os_version",
    "visibility",
    "name",
    "protected",
    "container_format",
    "disk_format",
    "tags",
    "min_ram",
    "min_disk",
}


def create(call: Call) -> Response:
    """POST /v2/images (6.1.6): metadata without a file, in status queued."""
    fields = call.request.fields()
    version = texts.os_version(fields.get("__os_version") or fields.get("_os_version")) or os_table.DEFAULT_OS_VERSION
    _choice(fields, "visibility", ("private",))
    _choice(fields, "container_format", ("bare",))
    disk_format = _choice(fields, "disk_format", _FORMATS) or "zvhd2"
    pairs = tags.of_metadata(fields.get("tags"))
    made = document(
        call.world.new_id(),
        call.project.id,
        texts.name(fields.get("name"), required=False),
        call.world.now_text(),
        status="queued",
        protected=texts.boolean(fields.get("protected"), "protected"),
        disk_format=disk_format,
        min_ram=texts.ram(fields.get("min_ram")),
        min_disk=0 if fields.get("min_disk") is None else texts.min_disk(fields["min_disk"]),
        tags=[tagging.join(key, value) for key, value in pairs.items()],
        __image_size="0",
        **os_table.attributes_of(version),
    )
    if disk_format == "iso":
        made["virtual_env_type"] = "IsoImage"
    for name, value in fields.items():
        if name not in _KNOWN:
            patching.set_attribute(made, name, value, native=True)
    rules.check_free_name(call.world, call.project, made["name"])
    rules.check_quota(call.world, call.project)
    call.world.save(made, call.project.id, {}, touch=False)
    # The example shows neither; they appear with the file.
    shown = {name: value for name, value in made.items() if name not in ("size", "virtual_size")}
    return answer(shown, 201, [("Location", f"{call.request.base_url}/v2/images/{made['id']}")])


def update(call: Call) -> Response:
    """PATCH /v2/cloudimages/{image_id} (5.1.2): change attributes of an active private image."""
    row = image_of_path(call)
    return _patch(call, row, patching.operations(call.request.document()), native=False)


def update_native(call: Call) -> Response:
    """PATCH /v2/images/{image_id} (6.1.3): the Content-Type tells which of two forms the body has."""
    row = image_of_path(call)
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_V20, _V21):
        raise malformed(f"Content-Type must be {_V20} or {_V21}.")
    read = patching.operations if kind == _V21 else patching.old_operations
    return _patch(call, row, read(call.request.document()), native=True)


def _patch(call: Call, row: Row, operations: list[patching.Operation], *, native: bool) -> Response:
    check_owner(call.project, row)
    if not native and row.status != "active":
        raise RefusedError("IMG.0046")
    image = call.world.document(row)
    for operation in operations:
        patching.apply(image, operation, native=native)
    patching.check_conflicts(image)
    if image["name"] != row.name:
        rules.check_free_name(call.world, call.project, image["name"], row.id)
    call.world.save(image, row.shelf)
    return answer(image)


def delete(call: Call) -> Response:
    """DELETE /v2/images/{image_id} (6.1.5): for good. ``delete_backup`` takes the backup of a full-ECS image along."""
    row = image_of_path(call)
    with_backup = False
    if call.request.raw_document().strip():
        with_backup = texts.boolean(call.request.fields().get("delete_backup"), "delete_backup")
    rules.check_delete(call.project, row, busy=_busy(call, row))
    backup = call.world.document(row).get("__backup_id") if row.whole_image else ""
    with call.world.store.transaction():
        call.world.drop(row)
        if with_backup and backup:
            call.world.store.delete_thing("backup", backup)
    return empty()


def delete_legacy(call: Call) -> Response:
    """DELETE /v1.1/images/{image_id} (6.1.7, abandoned): the image stays, in status deleted, for v1 calls."""
    row = image_of_path(call)
    rules.check_delete(call.project, row, busy=_busy(call, row))
    image = call.world.document(row)
    image |= {"status": "deleted", "deleted": True, "deleted_at": times.text(call.world.now())}
    with call.world.store.transaction():
        for member_id in list(call.world.sharing.of_image(row.id)):
            call.world.sharing.remove(row.id, member_id)
        call.world.save(image, row.shelf)
    return empty()


def _busy(call: Call, row: Row) -> bool:
    """Whether a job is still making the image."""
    return row.status in ("queued", "saving") and call.jobs.working_on(row.id)


def _choice(fields: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if value not in choices:
        raise malformed(f"{name} must be one of {', '.join(choices)}.")
    return str(value)
