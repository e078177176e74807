"""What must hold of the things that images are made from: servers, disks, backups, files, keys (5.1.3 to 5.1.7)."""

import re
from typing import Any

from images.sandbox import cast
from images.sandbox.errors import RefusedError
from images.sandbox.things import GIB, Facts
from images.sandbox.world import World

MAX_SYSTEM_DISK = 1024
MAX_IMPORT = 128 * GIB
MAX_QUICK_IMPORT = 1024 * GIB
DEDICATED = ("DSS", "DESS")

IMPORT_FORMATS = frozenset({"zvhd", "qcow2", "vhd", "raw", "vhdx", "qed", "vdi", "qcow", "zvhd2", "vmdk"})
QUICK_FORMATS = frozenset({"raw", "zvhd2"})
REGISTER_FORMATS = IMPORT_FORMATS | {"iso"}

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def server(world: World, project: cast.Project, server_id: Any) -> Facts:
    """A cloud server of the project.

    :raises RefusedError: IMG.0012 not given, 0005 not there.
    """
    if not isinstance(server_id, str) or not server_id:
        raise RefusedError("IMG.0012")
    facts = world.store.thing("server", server_id)
    if facts is None or facts["project_id"] != project.id:
        raise RefusedError("IMG.0005")
    return facts


def check_for_system_image(facts: Facts) -> None:
    """A server that a system disk image is made from: stopped, idle, with an ordinary disk up to 1,024 GB.

    :raises RefusedError: IMG.0164, 0010, 0008, 0119, 0111, 0153.
    """
    if facts["task"]:
        raise RefusedError("IMG.0164" if facts["task"] == "reclaiming" else "IMG.0010")
    if facts["status"] != "stopped":
        raise RefusedError("IMG.0008")
    if not facts["system_disk"]:
        raise RefusedError("IMG.0119")
    if facts["disk"] > MAX_SYSTEM_DISK:
        raise RefusedError("IMG.0111")
    if facts["storage"] in DEDICATED:
        raise RefusedError("IMG.0153")


def check_for_whole_image(facts: Facts) -> None:
    """A server that a full-ECS image is made from: running or stopped, not being backed up, no dedicated storage.

    :raises RefusedError: IMG.0164, 0136, 0010, 0126, 0119, 0153.
    """
    codes = {"reclaiming": "IMG.0164", "backing-up": "IMG.0136"}
    if facts["task"]:
        raise RefusedError(codes.get(facts["task"], "IMG.0010"))
    if facts["status"] not in ("running", "stopped"):
        raise RefusedError("IMG.0126")
    if not facts["system_disk"]:
        raise RefusedError("IMG.0119")
    if facts["storage"] in DEDICATED:
        raise RefusedError("IMG.0153")


def volume(world: World, project: cast.Project, volume_id: Any) -> Facts:
    """A usable disk of the project.

    :raises RefusedError: IMG.0120 not there, 0022 in a wrong state, 0153 on dedicated storage.
    """
    facts = world.store.thing("volume", volume_id) if isinstance(volume_id, str) else None
    if facts is None or facts["project_id"] != project.id:
        raise RefusedError("IMG.0120")
    if facts["status"] not in ("in-use", "available"):
        raise RefusedError("IMG.0022")
    if facts["storage"] in DEDICATED:
        raise RefusedError("IMG.0153")
    return facts


def backup(world: World, project: cast.Project, backup_id: Any) -> Facts:
    """A CSBS backup of the project that is available, has no shared disk and made no image yet.

    :raises RefusedError: IMG.0019, 0127, 0133, 0132, 0165, 0134.
    """
    if not isinstance(backup_id, str) or not backup_id:
        raise RefusedError("IMG.0019")
    facts = world.store.thing("backup", backup_id)
    if facts is None:
        raise RefusedError("IMG.0127")
    if facts["project_id"] != project.id:
        raise RefusedError("IMG.0133")
    if facts["status"] != "available":
        raise RefusedError("IMG.0132")
    if facts["shared_disk"]:
        raise RefusedError("IMG.0165")
    if facts["image_id"]:
        raise RefusedError("IMG.0134")
    return facts


def address(world: World, project: cast.Project, value: Any) -> tuple[str, str]:
    """``bucket:file`` in a bucket that the project may use, as bucket and file.

    :raises RefusedError: IMG.0017 no such form, 0068 no bucket, 0109 a wrong bucket name, 0069 no access or not of
        class Standard, 0058 in another region.
    """
    if not isinstance(value, str) or ":" not in value:
        raise RefusedError("IMG.0017")
    bucket, _, key = value.partition(":")
    if not bucket:
        raise RefusedError("IMG.0068")
    if not _BUCKET.fullmatch(bucket):
        raise RefusedError("IMG.0109")
    facts = world.store.thing("bucket", bucket)
    owner = cast.project_by_id(facts["project_id"]) if facts else None
    if facts is None or owner is None or owner.domain_id != project.domain_id:
        raise RefusedError("IMG.0069")
    if facts["region"] != project.region:
        raise RefusedError("IMG.0058")
    if facts["storage_class"] != "STANDARD":
        raise RefusedError("IMG.0069")
    return bucket, key


def file(
    world: World, project: cast.Project, value: Any, formats: frozenset[str], most: int = MAX_IMPORT
) -> tuple[str, str, Facts]:
    """A file in a bucket: its address, its format by the ending of its name, and what is known of it.

    :raises RefusedError: as :func:`address`; IMG.0175 spaces, 0057 missing or empty, 0072 format, 0059 too large.
    """
    bucket, key = address(world, project, value)
    if not key:
        raise RefusedError("IMG.0017")
    if " " in key:
        raise RefusedError("IMG.0175")
    facts = world.store.thing("object", f"{bucket}:{key}")
    if facts is None or not facts["size"]:
        raise RefusedError("IMG.0057")
    ending = key.rpartition(".")[2].lower()
    if ending not in formats:
        raise RefusedError("IMG.0072")
    if facts["size"] > most:
        raise RefusedError("IMG.0059")
    return f"{bucket}:{key}", ending, facts


def encryption_key(world: World, project: cast.Project, key_id: Any, codes: str = "given") -> str:
    """A key that exists, is the tenant's and is enabled; nothing for nothing.

    ``codes`` says whether it was given in the request or is the one of the original image.

    :raises RefusedError: IMG.0095, 0099, 0097 for a given key, IMG.0101, 0103, 0102 for the original one.
    """
    missing, foreign, disabled = {
        "given": ("IMG.0095", "IMG.0099", "IMG.0097"),
        "original": ("IMG.0101", "IMG.0103", "IMG.0102"),
    }[codes]
    if key_id is None or key_id == "":
        return ""
    facts = world.store.thing("key", key_id) if isinstance(key_id, str) else None
    if facts is None:
        raise RefusedError(missing)
    if facts["domain_id"] != project.domain_id:
        raise RefusedError(foreign)
    if not facts["enabled"]:
        raise RefusedError(disabled)
    return str(key_id)
