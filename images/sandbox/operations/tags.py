"""Writing tags, in all formats (5.2.1, 5.2.4 to 5.2.6, 6.2.1, 6.2.2)."""

from images.sandbox import tagging
from images.sandbox.call import Call
from images.sandbox.errors import RefusedError, malformed, not_found
from images.sandbox.library import Row
from images.sandbox.operations.details import image_of_path
from images.sandbox.queries import require_uuid
from images.sandbox.refusals import tags as rules
from images.sandbox.refusals.sharing import check_owner
from images.sandbox.wire import Response, empty


def put(call: Call) -> Response:
    """PUT /v1/cloudimages/tags (5.2.1): add or change one tag of the image in the body."""
    fields = call.request.fields()
    image_id = fields.get("image_id")
    if not isinstance(image_id, str):
        raise RefusedError("IMG.0066")
    try:
        row = call.world.visible(require_uuid(image_id), call.project)
    except RefusedError as refused:
        raise (RefusedError("IMG.0027") if refused.status == 404 else refused) from refused
    old, new = fields.get("tag"), fields.get("image_tag")
    if (old is None) == (new is None):
        raise malformed("Use either tag or image_tag.")
    _add(call, row, [rules.old_style(old) if new is None else rules.new_style(new)])
    return empty()


def batch(call: Call) -> Response:
    """POST /v2/{project_id}/images/{image_id}/tags/action (5.2.4): add or delete several tags."""
    row = image_of_path(call)
    fields = call.request.fields()
    given = fields.get("tags")
    if not isinstance(given, list) or not given:
        raise malformed("tags must be a list with at least one tag.")
    if fields.get("action") == "create":
        pairs = [rules.new_style(entry) for entry in given]
        if len(dict(pairs)) != len(pairs):
            raise RefusedError("IMG.0115", detail="Tag keys must be unique.")
        _add(call, row, pairs)
    elif fields.get("action") == "delete":
        keys = [rules.deleted(entry) for entry in given]
        if len(set(keys)) != len(keys):
            raise RefusedError("IMG.0115", detail="Tag keys must be unique.")
        _remove(call, row, set(keys))
    else:
        raise malformed("action must be create or delete.")
    return empty()


def add(call: Call) -> Response:
    """POST /v2/{project_id}/images/{image_id}/tags (5.2.5): add one tag; an existing key gets the new value."""
    row = image_of_path(call)
    _add(call, row, [rules.new_style(call.request.fields().get("tag"))])
    return empty()


def remove(call: Call) -> Response:
    """DELETE /v2/{project_id}/images/{image_id}/tags/{key} (5.2.6): 404 when there is no such key."""
    row = image_of_path(call)
    if not _remove(call, row, {call.path["key"]}):
        raise not_found("The tag does not exist.")
    return empty()


def add_native(call: Call) -> Response:
    """PUT /v2/images/{image_id}/tags/{tag} (6.2.1): add a key. One that is there keeps its value."""
    row = image_of_path(call)
    key, value = rules.native(call.path["tag"])
    if not value and key in tagging.pairs(row.tags):
        check_owner(call.project, row)
        return empty()
    _add(call, row, [(key, value)])
    return empty()


def remove_native(call: Call) -> Response:
    """DELETE /v2/images/{image_id}/tags/{tag} (6.2.2): by its key, or in the spelling that lists show."""
    row = image_of_path(call)
    tag = call.path["tag"]
    key, value = tagging.split(tag)
    if value and tagging.pairs(row.tags).get(key) == value:
        tag = key
    if not _remove(call, row, {tag}):
        raise not_found("The tag does not exist.")
    return empty()


def _add(call: Call, row: Row, pairs: list[tuple[str, str]]) -> None:
    check_owner(call.project, row)
    new = dict(pairs)
    rules.check_number(tagging.pairs(row.tags) | new)
    # Tags that stay keep their place and their spelling.
    kept = [tag for tag in row.tags if tagging.split(tag)[0] not in new]
    if any(tagging.pairs(row.tags).get(key) != value for key, value in new.items()):
        _save(call, row, kept + [tagging.join(key, value) for key, value in new.items()])


def _remove(call: Call, row: Row, keys: set[str]) -> bool:
    """Remove tags by key; whether there was one."""
    check_owner(call.project, row)
    kept = [tag for tag in row.tags if tagging.split(tag)[0] not in keys]
    if len(kept) == len(row.tags):
        return False
    _save(call, row, kept)
    return True


def _save(call: Call, row: Row, tags: list[str]) -> None:
    image = call.world.document(row)
    image["tags"] = tags
    call.world.save(image, row.shelf)
