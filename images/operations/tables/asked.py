"""What an operation asks for and what came of it, in the words of the page: parameters by name, and what was made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.cache.models.image import Image
from images.core import humanize
from images.operations.actions.parts import NOT_ALONE
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import OperationItem

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is known. `url` leads to it; `is_code`: an ID or an address, as the service writes it."""

    label: str
    text: str
    url: str = ""
    is_code: bool = False


#: Ways of 5.1.3 to 5.1.5 and 7.1, by their orders (images/ims/orders.py).
_ORDERS: Final[Mapping[str, Promise]] = {
    "SystemDisk": gettext_lazy("system disk of a server"),
    "DataDisks": gettext_lazy("data disks of a server"),
    "SystemFile": gettext_lazy("file in OBS"),
    "IsoFile": gettext_lazy("ISO file in OBS"),
    "Volume": gettext_lazy("disk on which a system was installed from an ISO image"),
    "QuickSystemFile": gettext_lazy("file in OBS, by quick import: system disk"),
    "QuickDataFile": gettext_lazy("file in OBS, by quick import: data disk"),
    "WholeServer": gettext_lazy("server with all its disks"),
    "WholeBackup": gettext_lazy("backup of a server"),
}
_LABELS: Final[Mapping[str, Promise]] = {
    "name": gettext_lazy("Name"),
    "instance_id": gettext_lazy("Server"),
    "backup_id": gettext_lazy("Backup"),
    "volume_id": gettext_lazy("Disk"),
    "image_url": gettext_lazy("File in OBS"),
    "type": gettext_lazy("Type"),
    "os_version": gettext_lazy("Operating system"),
    "os_type": gettext_lazy("Family"),
    "architecture": gettext_lazy("Architecture"),
    "min_disk": gettext_lazy("Minimum disk"),
    "min_ram": gettext_lazy("Minimum memory"),
    "max_ram": gettext_lazy("Maximum memory"),
    "is_config": gettext_lazy("Configured after the import"),
    "is_quick_import": gettext_lazy("Quick import"),
    "cmk_id": gettext_lazy("Encryption key"),
    "disk_format": gettext_lazy("Disk format"),
    "container_format": gettext_lazy("Container format"),
    "visibility": gettext_lazy("Visibility"),
    "protected": gettext_lazy("Protected"),
    "description": gettext_lazy("Description"),
    "status": gettext_lazy("Answer"),
}
_CODES: Final = frozenset({"instance_id", "backup_id", "volume_id", "image_url", "cmk_id"})
_UNITS: Final = {"min_disk": "GB", "min_ram": "MB", "max_ram": "MB"}
#: Told in another way: changes and recipients on the line of each image, a staged file by the page of its upload.
_ELSEWHERE: Final = frozenset(
    {
        "order", "fields", "tags", "disks", "data_images", "attributes", "bucket", "bucket_url", "file_format", "quick",
        "file", "digest", "chunk", "project_ids", "changes", "add", "remove", "before", "force", "undoes",
        "delete_backup", NOT_ALONE,
    }
)  # fmt: skip


def asked_of(kind: str, parameters: Parameters) -> list[Told]:
    """What such parameters ask for (images/operations/actions tells which each act takes); nothing is left out."""
    return [*_of_kind(kind, parameters), *_plain(parameters), *_of_fields(parameters.get("fields") or {})]


def _of_kind(kind: str, parameters: Parameters) -> Iterator[Told]:
    if "order" in parameters:
        order = parameters["order"]
        yield Told(_("Made from"), str(_ORDERS.get(order, order)))
    if kind == ActionKind.EXPORT:
        yield from _export(parameters)
    if kind == ActionKind.COPY and "name" in parameters and not parameters.get("cmk_id"):
        yield Told(_("Encryption"), _("not encrypted"))
    if kind == ActionKind.DELETE and parameters.get("delete_backup") is not None:
        yield Told(_("Backups of full-ECS images"), _("deleted, too") if parameters["delete_backup"] else _("kept"))
    if parameters.get("force"):
        yield Told(_("What others changed meanwhile"), _("is overwritten"))
    if "undoes" in parameters:
        number = parameters["undoes"]
        words = _("what operation %(n)s did") % {"n": number}
        yield Told(_("Takes back"), words, reverse("images:operation", args=[number]))


def _export(parameters: Parameters) -> Iterator[Told]:
    bucket, _colon, file = str(parameters.get("bucket_url") or parameters.get("bucket") or "").partition(":")
    if bucket and (file or "bucket_url" not in parameters):
        yield Told(_("Bucket"), bucket, is_code=True)
    if file:
        yield Told(_("File"), file, is_code=True)
    if parameters.get("quick"):
        yield Told(_("Format"), _("that of the image, by fast export"))
    elif "file_format" in parameters:
        yield Told(_("Format"), str(parameters["file_format"] or "qcow2"))


def _of_fields(fields: Parameters) -> Iterator[Told]:
    yield from _plain(fields)
    yield from _plain(fields.get("attributes") or {})
    if fields.get("tags"):
        tags = (f"{tag['key']}={tag['value']}" if tag.get("value") else tag["key"] for tag in fields["tags"])
        yield Told(_("Tags"), ", ".join(tags))
    for disk in (*(fields.get("disks") or ()), *(fields.get("data_images") or ())):
        own = (told.text for told in _plain(disk) if told.label != _("Name"))
        yield Told(_("Data disk"), ": ".join(filter(None, (disk.get("name", ""), ", ".join(own)))))
    if fields.get("cmk_id") and fields.get("data_images"):
        yield Told(_("Encryption of the data disks"), key_and_data_disks())


def key_and_data_disks() -> str:
    """What the reference says of both together: Table 5-6 has no key, and no sentence extends that of the request."""
    return _(
        "The key is asked for the system disk. The service takes no key for data disks; whether their images are"
        " encrypted shows on each once it is made."
    )


def _plain(parameters: Parameters) -> Iterator[Told]:
    for name in (*_LABELS, *sorted(parameters.keys() - _LABELS.keys() - _ELSEWHERE)):
        value = parameters.get(name)
        if value not in (None, "", [], {}):
            yield Told(str(_LABELS.get(name, name)), _value(name, value), is_code=name in _CODES)


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{humanize.number(value)} {_UNITS[name]}" if name in _UNITS and isinstance(value, int) else str(value)


def came_of(kind: str, item: OperationItem, made: Image | None) -> list[Told]:
    """`made`: the image that the call has made, as far as the cache has it."""
    return [*_made(item, made), *_done(kind, item)]


def _made(item: OperationItem, made: Image | None) -> Iterator[Told]:
    uid = str(item.result.get("image_id") or "")
    if made is not None:
        yield Told(_("Image"), made.name or made.image_id, reverse("images:detail", args=[made.pk]))
        yield Told(_("Region"), made.region.name)
        if item.operation.kind in (ActionKind.CREATE, ActionKind.COPY):
            yield encryption_of(made)
    elif uid:
        yield Told(_("Image"), uid, is_code=True)


def encryption_of(image: Image) -> Told:
    if image.key_id:
        return Told(_("Encrypted with the key"), image.key_id, is_code=True)
    return Told(_("Encryption"), _("not encrypted"))


def _done(kind: str, item: OperationItem) -> Iterator[Told]:
    if item.state != ItemState.DONE:
        return
    if kind == ActionKind.EXPORT and item.result.get("file"):
        yield Told(_("File in OBS"), str(item.result["file"]), is_code=True)
    if kind == ActionKind.DELETE and item.result.get("was_gone"):
        yield Told(_("Image"), _("was gone already"))
