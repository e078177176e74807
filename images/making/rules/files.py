"""Files of images: addresses in OBS, names, formats and sizes (5.1.3, 5.1.4, 5.1.6, 5.1.7, 6.1.4)."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from images.core import ims_limits
from images.core.text_rules import check_choice
from images.core.violations import Violation

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]+")


def check_address(value: Any, *, field: str = "image_url", rule: str = "5.1.3") -> list[Violation]:
    """`bucket:file`; the first colon splits. Bucket: 3 to 63 lower-case letters, digits, hyphens and full stops."""
    if not isinstance(value, str) or ":" not in value:
        message = _("Give bucket and file with a colon between them, for example my-bucket:image.qcow2.")
        return [Violation(field, message, "IMG.0017", rule)]
    bucket, _colon, key = value.partition(":")
    if not bucket:
        return [Violation(field, _("Name the bucket in front of the colon."), "IMG.0068", rule)]
    if not _BUCKET.fullmatch(bucket):
        message = _("A bucket has 3 to 63 lower-case letters, digits, hyphens and full stops.")
        return [Violation(field, message, "IMG.0109", rule)]
    if not key:
        code = "IMG.0073" if field == "bucket_url" else "IMG.0017"
        return [Violation(field, _("Name the file behind the colon."), code, rule)]
    if " " in key:
        message = _("Folders and files have no spaces in their names.")
        return [Violation(field, message, "IMG.0175", rule)]
    return []


def check_import_address(value: Any, formats: Sequence[str], *, field: str = "image_url") -> list[Violation]:
    """The address of a file that an image is made of; its ending tells the format."""
    found = check_address(value, field=field)
    if found:
        return found
    if value.rpartition(".")[2].lower() in formats:
        return []
    message = _("The name of the file ends in one of: %(formats)s.") % {"formats": ", ".join(formats)}
    return [Violation(field, message, "IMG.0072", "5.1.3")]


def check_export_address(value: Any) -> list[Violation]:
    """Where an export goes: each folder and the file of 1 to 128 letters, digits, `-`, `.` and `_` (5.1.7)."""
    found = check_address(value, field="bucket_url", rule="5.1.7")
    if found:
        return found
    for part in value.partition(":")[2].split("/"):
        if len(part) > ims_limits.MAX_FILE_NAME:
            message = _("Names of folders and files have at most %(most)d characters.")
            return [Violation("bucket_url", message % {"most": ims_limits.MAX_FILE_NAME}, "IMG.0074", "5.1.7")]
        if not _FILE_NAME.fullmatch(part):
            message = _("Folders and files consist of letters A to Z, digits, hyphens, full stops and underscores.")
            return [Violation("bucket_url", message, "IMG.0075", "5.1.7")]
    return []


def check_export_format(value: Any, *, quick: bool) -> list[Violation]:
    """qcow2, vhd, zvhd or vmdk; a fast export names none (5.1.7)."""
    if quick:
        message = _("A fast export keeps the format of the image; name none.")
        return [Violation("file_format", message, "", "5.1.7")] if value is not None else []
    return check_choice("file_format", value or "?", ims_limits.EXPORT_FORMATS, code="IMG.0072", rule="5.1.7")


def check_upload_size(size: int, *, has_buckets: bool = True) -> list[Violation]:
    """A file that goes through the console: from 1 byte to less than 2 GB (6.1.4). The codes are the nearest.

    `has_buckets`: the service takes larger files from OBS (5.1.6)."""
    if size <= 0:
        return [Violation("file", _("The file is empty."), "IMG.0057", "6.1.4")]
    if size >= ims_limits.TOO_LARGE_TO_UPLOAD:
        message = _("A file of 2 GB or more cannot be uploaded here.")
        if has_buckets:
            message = _("A file of 2 GB or more cannot be uploaded here. Put it into a bucket and register it.")
        return [Violation("file", message, "IMG.0059", "6.1.4")]
    return []
