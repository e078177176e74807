"""What images are made from, as the cards of the first step: words, the order of IMS and the fields that apply."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.core.ims_limits import MAX_DATA_FILES
from images.operations.enums import ActionKind

#: The console's own end: the reference sets none to the disks of a server.
MAX_DISKS = 60
_MEMORY = ("min_ram", "max_ram")


@dataclass(frozen=True, slots=True)
class Source:
    """`order` is the name of an order of images/ims/orders.py, `fields` its inputs in the order of the page.

    `kind`: of the operation that it becomes; other kinds than create have no order (making/forms/create_file.py).
    `rows`: how many disks or files can be named one by one at first, `most_rows`: how many at all (forms/disk_rows.py).
    """

    slug: str
    order: str
    group: Promise
    title: Promise
    makes: Promise
    needs: Promise
    fields: tuple[str, ...]
    rows: int = 0
    most_rows: int = 0
    kind: ActionKind = ActionKind.CREATE


_SERVER, _FILE, _WHOLE = _("From a server or a disk"), _("From a file in OBS"), _("A whole server")
_AS_IT_IS = _("From a file, taken as it is")
_METADATA = ("min_disk", "os_version", "disk_format", "min_ram", "protected")

SOURCES: Mapping[str, Source] = {
    source.slug: source
    for source in (
        Source(
            "server", "SystemDisk", _SERVER, _("System disk of a server"),
            _("An image to make new servers from."), _("Needs the ID of a stopped ECS."),
            ("instance_id", *_MEMORY),
        ),
        Source(
            "disks", "DataDisks", _SERVER, _("Data disks of a server"),
            _("One data disk image for each disk."), _("Needs the IDs of disks of one ECS."),
            (), rows=5, most_rows=MAX_DISKS,
        ),
        Source(
            "volume", "Volume", _SERVER, _("Volume installed from an ISO"),
            _("Turns the disk on which you installed from an ISO image into a system disk image."),
            _("Needs the ID of the disk and the version that you installed."),
            ("volume_id", "os_version", "type"),
        ),
        Source(
            "file", "SystemFile", _FILE, _("System disk file"),
            _("Imports a file, with up to three data disks, configured and encrypted if you like."),
            _(
                "Needs a qcow2, vmdk, vhd, raw, vhdx, qed, vdi, qcow, zvhd2, zvhd or ova file of at most 128 GB; or, "
                "to be imported quickly, a raw or zvhd2 file of at most 1 TB."
            ),
            (
                "image_url", "min_disk", "os_version", "os_type", "type", "is_quick_import", "is_config", "cmk_id",
                *_MEMORY,
            ),
            rows=MAX_DATA_FILES, most_rows=MAX_DATA_FILES,
        ),
        Source(
            "iso", "IsoFile", _FILE, _("ISO file"),
            _("An image to install a system from; a temporary server with it gives the volume for the next step."),
            _("Needs an iso file and the version that it installs."),
            ("image_url", "min_disk", "os_version", "os_type"),
        ),
        Source(
            "quick", "QuickSystemFile", _FILE, _("Quick import: system disk"),
            _("Takes a large, optimised file as it is, in minutes."),
            _("Needs a raw or zvhd2 file that was prepared for it, of at most 1 TB."),
            ("image_url", "min_disk", "os_version", "type", "architecture"),
        ),
        Source(
            "quick-data", "QuickDataFile", _FILE, _("Quick import: data disk"),
            _("Takes the file of a data disk as it is, in minutes."),
            _("Needs a raw or zvhd2 file that was prepared for it, of at most 1 TB."),
            ("image_url", "min_disk", "os_type"),
        ),
        Source(
            "upload", "", _AS_IT_IS, _("File on this computer"),
            _("Sends a file from the browser. It goes on after a lost connection, also in another tab."),
            _("Needs the file of a disk, smaller than 2 GB."),
            _METADATA, kind=ActionKind.UPLOAD,
        ),
        Source(
            "register", "", _AS_IT_IS, _("File in OBS, registered"),
            _("Makes the image first and then gives it the file, without drivers or other changes."),
            _("Needs a qcow2, vmdk, vhd, raw, vhdx, qed, vdi, qcow, zvhd2, zvhd or iso file."),
            ("image_url", *_METADATA), kind=ActionKind.REGISTER,
        ),
        Source(
            "empty", "", _AS_IT_IS, _("Nothing yet"),
            _("An image that waits for its file. Its page offers to upload or to register one."),
            _("Needs a name."),
            _METADATA, kind=ActionKind.METADATA,
        ),
        Source(
            "whole-server", "WholeServer", _WHOLE, _("Server with all its disks"),
            _("A full-ECS image: system and data disks together, by way of a backup."),
            _("Needs the ID of a running or stopped ECS."),
            ("instance_id", *_MEMORY),
        ),
        Source(
            "whole-backup", "WholeBackup", _WHOLE, _("Backup of a server"),
            _("A full-ECS image from a backup that you have already."), _("Needs the ID of a CSBS backup."),
            ("backup_id", *_MEMORY),
        ),
    )
}  # fmt: skip
