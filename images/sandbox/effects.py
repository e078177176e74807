"""What jobs do when their time has come: the second half of every asynchronous operation."""

import shutil
from typing import Any

from images.sandbox import cast, times
from images.sandbox.errors import RefusedError, no_image
from images.sandbox.jobs import Effect, Facts
from images.sandbox.library import Row
from images.sandbox.refusals.sharing import check_share
from images.sandbox.sharing_acts import respond, share, unshare
from images.sandbox.world import World


def _row(world: World, image_id: str) -> Row:
    row = world.find(image_id)
    if row is None:
        raise no_image()
    return row


def _set(world: World, image_id: str, moment: float, changes: dict[str, Any]) -> dict[str, Any]:
    row = _row(world, image_id)
    image = world.document(row) | changes | {"updated_at": times.text(moment)}
    world.save(image, row.shelf, touch=False)
    return image


def saving(world: World, arguments: Facts, moment: float) -> Facts:
    """The file of an image is being written."""
    _set(world, arguments["image_id"], moment, {"status": "saving"})
    return {}


def active(world: World, arguments: Facts, moment: float) -> Facts:
    """The image is finished. ``broken`` files end here instead."""
    if arguments.get("broken"):
        raise RefusedError("IMG.0057")
    changes = arguments.get("changes", {}) | {"status": "active", "active_at": times.text(moment)}
    image = _set(world, arguments["image_id"], moment, changes)
    copy_of = arguments.get("copy_of")
    if copy_of and world.file_path(copy_of).exists():
        shutil.copyfile(world.file_path(copy_of), world.file_path(image["id"]))
    return {"image_id": image["id"], "image_name": image["name"]}


def killed(world: World, arguments: Facts, moment: float) -> Facts:
    """Writing the file of an image has failed."""
    if world.find(arguments["image_id"]) is not None:
        _set(world, arguments["image_id"], moment, {"status": "killed"})
    return {}


def exported(world: World, arguments: Facts, _moment: float) -> Facts:
    """The file lies in the bucket."""
    row = _row(world, arguments["image_id"])
    bucket = arguments["address"].partition(":")[0]
    facts = {"size": arguments["size"], "bucket": bucket, "project_id": row.owner, "region": world.region(row)}
    world.store.put_thing("object", arguments["address"], facts)
    return {"image_id": row.id, "image_name": row.name}


def members_added(world: World, arguments: Facts, moment: float) -> Facts:
    """Each image is offered to each project, unless a rule has come between."""
    owner = cast.project_by_id(arguments["owner"])
    assert owner is not None, "jobs belong to projects of the cast"  # noqa: S101

    def act(image_id: str, project_id: str) -> None:
        row = _row(world, image_id)
        check_share(world, owner, row, project_id)
        share(world, row, project_id, times.text(moment))

    return _each_pair(arguments, act)


def members_removed(world: World, arguments: Facts, moment: float) -> Facts:
    """No image is offered to any of the projects any more."""
    return _each_pair(
        arguments, lambda image_id, project_id: unshare(world, _row(world, image_id), project_id, times.text(moment))
    )


def members_answered(world: World, arguments: Facts, moment: float) -> Facts:
    """The recipient has accepted or refused."""

    def act(image_id: str, project_id: str) -> None:
        member = world.sharing.find(image_id, project_id)
        if member is None:
            raise no_image()
        respond(world, member, arguments["status"], times.text(moment))

    return _each_pair(arguments, act)


def _each_pair(arguments: Facts, act: Any) -> Facts:
    results, first = [], None
    for image_id in arguments["images"]:
        for project_id in arguments["projects"]:
            status = "success"
            try:
                act(image_id, project_id)
            except RefusedError as refused:
                status, first = "failed", first or refused
            results.append({"image_id": image_id, "project_id": project_id, "status": status})
    found: Facts = {"results": results}
    if first is not None:
        # What succeeded stays; the job says what did not (the engine keeps these entities and fails the job).
        found["refused"] = {"code": first.code, "message": first.message}
    return found


EFFECTS: dict[str, Effect] = {
    "saving": saving,
    "active": active,
    "killed": killed,
    "exported": exported,
    "members_added": members_added,
    "members_removed": members_removed,
    "members_answered": members_answered,
}
