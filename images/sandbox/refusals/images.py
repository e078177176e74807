"""What must hold of an image before it is changed, exported, copied, filled or deleted (5.1, 5.4, 6.1)."""

import re
from typing import Any

from images.sandbox import cast, os_table
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.jobs import Jobs
from images.sandbox.library import Row
from images.sandbox.refusals import sources
from images.sandbox.refusals.sharing import check_owner
from images.sandbox.things import GIB
from images.sandbox.world import World

EXPORT_FORMATS = ("qcow2", "vhd", "zvhd", "vmdk")
MAX_EXPORT = 128 * GIB
MAX_QUICK_EXPORT = 1024 * GIB
MAX_FILE_NAME = 128

EXPORT_JOB = "imsNativeExportImageJob"
MAX_JOBS = 100
MAX_IMPORTS = 20
IMPORT_JOBS = ("imsImportImageJob", "imsImportDataImageJob", "imsImportOvaImageJob", "imsNativeImportImageJob")

_FILE_NAME = re.compile(r"[A-Za-z0-9._-]+")


def check_quota(world: World, project: cast.Project, images: int = 1) -> None:
    """Room for so many more private images (1.4, 5.5.1).

    :raises RefusedError: IMG.0015.
    """
    used, allowed = world.quota(project)
    if used + images > allowed:
        raise RefusedError("IMG.0015")


def check_free_name(world: World, project: cast.Project, name: str, image_id: str = "") -> None:
    """No other image of the project has the name; only where the sandbox was told to care. Empty names are free.

    :raises RefusedError: IMG.0009.
    """
    if not name or not world.unique_names:
        return
    others = (row for row in world.library.shelf(project.id).created if row.id != image_id and row.status != "deleted")
    if any(row.name == name for row in others):
        raise RefusedError("IMG.0009")


def check_flow(jobs: Jobs, project: cast.Project, *, imports: bool = False) -> None:
    """Not more jobs at a time than the service takes.

    :raises RefusedError: IMG.0060, for imports IMG.0194.
    """
    if imports and jobs.count_open(project.id, *IMPORT_JOBS) >= MAX_IMPORTS:
        raise RefusedError("IMG.0194")
    if jobs.count_open(project.id) >= MAX_JOBS:
        raise RefusedError("IMG.0060")


def check_delete(project: cast.Project, row: Row, *, busy: bool) -> None:
    """An own private image, not protected, not being created (6.1.5).

    :raises RefusedError: IMG.0094, 0092, 0028, 0090.
    """
    if row.imagetype == "gold":
        raise RefusedError("IMG.0094")
    if row.owner != project.id:
        raise RefusedError("IMG.0092")
    if row.protected:
        raise RefusedError("IMG.0028")
    if row.status == "saving" or busy:
        raise RefusedError("IMG.0090")


def check_export(world: World, jobs: Jobs, project: cast.Project, row: Row, *, quick: bool) -> None:
    """An own, active image of an ordinary kind, not made from a charged public one, not too large (5.1.7).

    :raises RefusedError: IMG.0077, 0047, 0128, 0167, 0080, 0046, 0079, 0160, 0071, 0148.
    """
    if row.imagetype == "gold":
        raise RefusedError("IMG.0077")
    check_owner(project, row)
    _check_exported_kind(world, row)
    if row.status != "active":
        raise RefusedError("IMG.0046")
    if _made_from_charged(world, row):
        raise RefusedError("IMG.0079")
    size = int(world.document(row).get("__image_size") or 0)
    if size >= MAX_QUICK_EXPORT:
        raise RefusedError("IMG.0071")
    if size > MAX_EXPORT and not quick:
        raise RefusedError("IMG.0160")
    if jobs.open_for(row.id, EXPORT_JOB):
        raise RefusedError("IMG.0148")


def _check_exported_kind(world: World, row: Row) -> None:
    if row.whole_image:
        raise RefusedError("IMG.0128")
    if row.virtual_env_type == "IsoImage" or row.disk_format == "iso":
        raise RefusedError("IMG.0167")
    if str(world.document(row).get("__data_origin") or "").startswith("server_backup"):
        raise RefusedError("IMG.0080")


def export_format(value: Any, *, quick: bool) -> str:
    """The format of an export; a fast one names none.

    :raises RefusedError: IMG.0001 given with a fast export, 0072 missing or unknown without.
    """
    if quick:
        if value is not None:
            raise malformed("file_format cannot be specified with fast export.")
        return ""
    if value not in EXPORT_FORMATS:
        raise RefusedError("IMG.0072")
    return str(value)


def export_address(world: World, project: cast.Project, value: Any) -> str:
    """Where an export goes: a bucket of the tenant and a new file name.

    :raises RefusedError: as :func:`sources.address`; IMG.0073, 0175, 0074, 0075, 0070 for the file name.
    """
    bucket, key = sources.address(world, project, value)
    if not key:
        raise RefusedError("IMG.0073")
    if " " in key:
        raise RefusedError("IMG.0175")
    for part in key.split("/"):
        if len(part) > MAX_FILE_NAME:
            raise RefusedError("IMG.0074")
        if not _FILE_NAME.fullmatch(part):
            raise RefusedError("IMG.0075")
    if world.store.thing("object", f"{bucket}:{key}"):
        raise RefusedError("IMG.0070")
    return f"{bucket}:{key}"


def check_copy(world: World, project: cast.Project, row: Row, cmk_id: Any) -> str:
    """An active image, not full-ECS, not from an ISO file, accepted if shared; the key for the copy (5.4.1).

    :raises RefusedError: IMG.0196, 0197, 0130, 0167, 0046, 0096, and those of the two keys.
    """
    member = world.sharing.find(row.id, project.id)
    if member is not None and member.status != "accepted":
        raise RefusedError("IMG.0196")
    if member is not None and row.cmkid:
        raise RefusedError("IMG.0197")
    if row.whole_image:
        raise RefusedError("IMG.0130")
    if row.virtual_env_type == "IsoImage" or row.disk_format == "iso":
        raise RefusedError("IMG.0167")
    if row.status != "active":
        raise RefusedError("IMG.0046")
    if row.cmkid and cmk_id == row.cmkid:
        raise RefusedError("IMG.0096")
    sources.encryption_key(world, project, row.cmkid, "original")
    return sources.encryption_key(world, project, cmk_id)


def _made_from_charged(world: World, row: Row) -> bool:
    """Whether the origin of an image is a public one of a maker that charges (5.1.7): follow the parents."""
    seen = {row.id}
    while True:
        parent = world.find(world.document(row).get("__originalimagename") or "")
        if parent is None or parent.id in seen:
            return False
        if parent.imagetype == "gold":
            return parent.platform in os_table.CHARGED_PLATFORMS
        seen.add(parent.id)
        row = parent
