"""Requests that make an image: 5.1.3, 5.1.4, 5.1.5, 5.4.1 and 6.1.6, as bodies with the parameters of IMS.

Only what can be known here is judged: whether a server, a disk, a file or a key exists is for the service to say.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from images.cache.rules.editing import check_attribute, check_exclusions
from images.cache.rules.tags import check_metadata_tags, check_new_tags
from images.core import ims_limits
from images.core.text_rules import (
    check_architecture,
    check_choice,
    check_description,
    check_memory,
    check_min_disk,
    check_name,
    check_os_type,
    check_os_version,
    check_switch,
)
from images.core.violations import Violation, within
from images.making.rules.files import check_import_address

Body = Mapping[str, Any]

#: `type` of 5.1.3 and 7.1, with two spellings that damage in the reference's text has made (D1).
_ISO = ("IsoImage", "IsolImage", "Isolmage")
_FILE_KINDS = ("ECS", "BMS", *_ISO)


def check_image(body: Body) -> list[Violation]:
    """A request of 5.1.3. What it is made from follows from `image_url`, `volume_id`, `data_images`, `instance_id`."""
    server = [Violation("instance_id", _("Choose one source only."), "IMG.0105", "5.1.3")]
    several = server if body.get("instance_id") is not None else []
    if body.get("image_url") is not None:
        return several + check_from_file(body)
    if body.get("volume_id") is not None:
        return several + check_from_volume(body)
    if body.get("data_images"):
        return several + check_from_disks(body)
    return check_from_server(body)


def check_from_server(body: Body) -> list[Violation]:
    """A system disk image of a stopped ECS (5.1.3)."""
    return _check_words(body) + check_memory(body.get("min_ram"), body.get("max_ram")) + _check_server(body)


def check_from_disks(body: Body) -> list[Violation]:
    """Images of data disks of one ECS, each with its name and its `volume_id` (5.1.3)."""
    entries = body.get("data_images")
    if not _is_list_of_objects(entries):
        return [Violation("data_images", _("Name the disks."), "", "5.1.3")]
    found = []
    for place, entry in enumerate(entries or ()):
        broken = [] if _is_id(entry.get("volume_id")) else [_no_volume()]
        broken += check_name(entry.get("name")) + _check_words_of_entry(body, entry)
        found += within(f"data_images.{place}", broken)
    return found


def check_from_volume(body: Body) -> list[Violation]:
    """A system disk image of a data disk that was installed from an ISO image (7.1)."""
    found = _check_words(body) + check_memory(body.get("min_ram"), body.get("max_ram"))
    if body.get("type") not in ("ECS", "BMS"):
        found += check_choice("type", body.get("type") or "?", ("ECS", "BMS"), code="IMG.0117", rule="7.1")
    if not _is_id(body.get("volume_id")):
        found.append(_no_volume())
    return found + check_os_version(body.get("os_version"), required=True)


def check_from_file(body: Body) -> list[Violation]:
    """System disk or ISO image of a file in OBS, with up to three data disks (5.1.3, 7.1)."""
    kind, quick = body.get("type"), body.get("is_quick_import") is True
    iso = kind in _ISO
    missing = "IMG.0166" if iso else "IMG.0056"
    formats: tuple[str, ...] = ("iso",) if iso else (*ims_limits.IMPORT_FORMATS, "ova")
    formats = ims_limits.QUICK_IMPORT_FORMATS if quick else formats
    found = check_choice("type", kind, _FILE_KINDS, code="IMG.0024", rule="5.1.3")
    found += _check_words(body) + check_memory(body.get("min_ram"), body.get("max_ram"))
    found += check_min_disk(body.get("min_disk")) + check_import_address(body.get("image_url"), formats)
    found += check_os_version(body.get("os_version"), required=iso or quick, missing=missing)
    found += check_os_type(body.get("os_type"))
    found += check_switch("is_quick_import", body.get("is_quick_import"), "5.1.3")
    found += check_switch("is_config", body.get("is_config"), "5.1.3")
    if body.get("cmk_id") and kind == "BMS":
        found.append(Violation("cmk_id", _("BMS images cannot be encrypted."), "IMG.0118", "5.1.3"))
    return found + _check_data_files(body)


def check_quick_import(body: Body, *, file_size: int = 0) -> list[Violation]:
    """A system or data disk image of an optimised RAW or ZVHD2 file (5.1.4). `file_size` in bytes, 0 if not known."""
    kind = body.get("type")
    found = check_choice("type", kind, ("ECS", "BMS", "DataImage"), code="IMG.0024", rule="5.1.4")
    found += _check_words(body) + check_min_disk(body.get("min_disk"), above=file_size)
    found += check_import_address(body.get("image_url"), ims_limits.QUICK_IMPORT_FORMATS)
    if kind == "DataImage":
        return found + check_os_type(body.get("os_type"), of_data_disk=True)
    found += check_os_version(body.get("os_version"), required=True)
    return found + check_architecture(body.get("architecture"))


def check_whole_image(body: Body) -> list[Violation]:
    """A full-ECS image, of an ECS or of a CSBS backup (5.1.5)."""
    found = _check_words(body) + check_memory(body.get("min_ram"), body.get("max_ram"))
    if body.get("instance_id") and body.get("backup_id"):
        return [*found, Violation("backup_id", _("Choose one source only."), "IMG.0105", "5.1.5")]
    if body.get("backup_id") is None:
        return found + _check_server(body)
    if not _is_id(body["backup_id"]):
        found.append(Violation("backup_id", _("Choose a backup."), "IMG.0019", "5.1.5"))
    return found


def check_copy(body: Body) -> list[Violation]:
    """Name and description of a copy (5.4.1); the image itself: acts.problem_of_copy."""
    return check_name(body.get("name")) + check_description(body.get("description"))


def check_metadata(body: Body) -> list[Violation]:
    """Metadata that waits for a file (6.1.6). What the reference does not name is a customised attribute."""
    found = check_name(body.get("name"), required=False)
    version = body.get("__os_version") or body.get("_os_version")
    found += check_os_version(version, field="__os_version")
    found += _check_given("visibility", body, ("private",)) + _check_given("container_format", body, ("bare",))
    found += _check_given("disk_format", body, ims_limits.METADATA_FORMATS)
    found += check_metadata_tags(body.get("tags")) + check_switch("protected", body.get("protected"), "6.1.6")
    found += check_memory(body.get("min_ram"))
    if body.get("min_disk") is not None:
        found += check_min_disk(body["min_disk"])
    custom = {name: value for name, value in body.items() if name not in _METADATA}
    for name, value in custom.items():
        found += check_attribute(name, value, native=True, os_version=str(version or ""))
    return found or check_exclusions(custom)


_METADATA = frozenset(
    {
        "__os_version", "_os_version", "visibility", "name", "protected", "container_format", "disk_format", "tags",
        "min_ram", "min_disk",
    }
)  # fmt: skip


def _check_words(body: Body) -> list[Violation]:
    return (
        check_name(body.get("name"))
        + check_description(body.get("description"))
        + check_new_tags(body.get("tags"), body.get("image_tags"))
    )


def _check_words_of_entry(body: Body, entry: Body) -> list[Violation]:
    """Values inside `data_images` win over those outside (5.1.3); the name stands inside or comes from outside."""
    outside = {} if "tags" in entry or "image_tags" in entry else {
        name: body.get(name) for name in ("tags", "image_tags")
    }  # fmt: skip
    both = outside | dict(entry)
    return check_description(entry.get("description", body.get("description"))) + check_new_tags(
        both.get("tags"), both.get("image_tags")
    )


def _check_server(body: Body) -> list[Violation]:
    if _is_id(body.get("instance_id")):
        return []
    return [Violation("instance_id", _("Choose a server."), "IMG.0012", "5.1.3")]


def _check_data_files(body: Body) -> list[Violation]:
    entries = body.get("data_images")
    if not entries:
        return []
    if not _is_list_of_objects(entries):
        return [Violation("data_images", _("Name the files."), "", "5.1.3")]
    if len(entries) > ims_limits.MAX_DATA_FILES:
        message = _("At most %(most)d data disks come with a system disk.") % {"most": ims_limits.MAX_DATA_FILES}
        return [Violation("data_images", message, "", "5.1.3")]
    seen = [body.get("image_url")]
    found = []
    for place, entry in enumerate(entries):
        quick = entry.get("is_quick_import") is True
        formats = ims_limits.QUICK_IMPORT_FORMATS if quick else ims_limits.IMPORT_FORMATS
        broken = check_import_address(entry.get("image_url"), formats)
        broken += check_min_disk(entry.get("min_disk"), most=ims_limits.MAX_DATA_DISK)
        broken += check_switch("is_quick_import", entry.get("is_quick_import"), "5.1.3")
        broken += check_name(entry.get("name", body.get("name"))) + _check_words_of_entry(body, entry)
        if not broken and entry["image_url"] in seen:
            broken.append(Violation("image_url", _("Each file stands once."), "IMG.0123", "5.1.3"))
        seen.append(entry.get("image_url"))
        found += within(f"data_images.{place}", broken)
    return found


def _check_given(field: str, body: Body, choices: tuple[str, ...]) -> list[Violation]:
    value = body.get(field)
    return [] if value is None else check_choice(field, value or "?", choices, rule="6.1.6")


def _no_volume() -> Violation:
    return Violation("volume_id", _("Choose a disk."), "IMG.0120", "5.1.3")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, Mapping) for entry in value)
