"""The attributes of an image, as people read them: group, label, kind of value and one line of explanation each.

Names are IMS's (API reference 5.1.1, 6.1.1, 6.1.3 and 9.1) and, where only the schema of 6.3.1 has them, Glance's.
Attributes that are not here are kept and shown all the same, in a group of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["text", "yes", "bytes", "gb", "mb", "time", "image", "code", "list", "lines"]
Label = str | Promise

GROUPS: dict[str, Label] = {
    "identity": _("Identity"),
    "os": _("Operating system"),
    "hardware": _("Hardware"),
    "compatibility": _("Compatibility"),
    "source": _("Source and storage"),
    "security": _("Security"),
    "lifecycle": _("Life cycle"),
    "other": _("Other attributes"),
}


@dataclass(frozen=True)
class Attribute:
    """`kind` says how the value is shown; "code" is text to copy, "image" the ID of another image."""

    name: str
    group: str
    label: Label
    kind: Kind
    explain: Label = ""


def _group(group: str, rows: Iterable[tuple[str, Label, Kind] | tuple[str, Label, Kind, Label]]) -> list[Attribute]:
    return [Attribute(row[0], group, *row[1:]) for row in rows]


ATTRIBUTES: tuple[Attribute, ...] = (
    *_group("identity", [
        ("id", _("Image ID"), "code"),
        ("name", _("Name"), "text"),
        ("__description", _("Description"), "lines"),
        ("description", _("Description"), "lines"),
        ("owner", _("Owner"), "code", _("ID of the project that the image belongs to.")),
        ("visibility", _("Visibility"), "text", _("Who can see the image.")),
        ("__imagetype", _("Image type"), "text", _("Public images are called gold by IMS.")),
        ("is_public", _("Public"), "yes"),
    ]),
    *_group("os", [
        ("__os_type", _("OS type"), "text"),
        ("__platform", _("OS platform"), "text", _("Follows from the OS version.")),
        ("__os_version", _("OS version"), "text"),
        ("__os_bit", _("OS width"), "text", _("32 or 64 bits.")),
        ("__os_feature_list", _("OS features"), "list", _("What the system inside announces that it can do.")),
        ("os_version", _("OS version (distributor)"), "text"),
        ("os_distro", _("OS distribution"), "text"),
    ]),
    *_group("hardware", [
        ("min_disk", _("Minimum disk"), "gb", _("A server's system disk is at least this large.")),
        ("min_ram", _("Minimum memory"), "mb", _("A server needs at least this much memory; 0: no lower limit.")),
        ("max_ram", _("Maximum memory"), "mb", _("A server may have at most this much memory; absent or 0: no limit.")),
        ("architecture", _("Architecture"), "text"),
        ("hw_architecture", _("Architecture"), "text"),
        ("hw_firmware_type", _("Boot mode"), "text", _("BIOS where nothing is said.")),
        ("hw_vif_multiqueue_enabled", _("NIC multi-queue"), "yes", _("Spreads network interrupts over the vCPUs.")),
        ("__sequence_num", _("System disk slot"), "text"),
        ("disk_format", _("Disk format"), "text", _("Format of the image file.")),
        ("container_format", _("Container format"), "text"),
    ]),
    *_group("compatibility", [
        ("virtual_env_type", _("Environment"), "text", _("Server, bare metal, data disk or ISO.")),
        ("__support_kvm", _("KVM"), "yes", _("Runs on KVM servers.")),
        ("__support_xen", _("Xen"), "yes", _("Runs on Xen servers.")),
        ("__support_arm", _("ARM"), "yes", _("Runs on ARM servers.")),
        ("__support_largememory", _("Large memory"), "yes", _("Runs on large-memory servers.")),
        ("__support_diskintensive", _("Disk-intensive"), "yes", _("Runs on disk-intensive servers.")),
        ("__support_highperformance", _("High performance"), "yes", _("Runs on high-performance servers.")),
        ("__support_xen_gpu_type", _("GPU on Xen"), "text", _("Graphics card with drivers; not plain Xen or KVM.")),
        ("__support_kvm_gpu_type", _("GPU on KVM"), "text", _("Graphics card with drivers; not plain Xen or KVM.")),
        ("__support_xen_hana", _("HANA on Xen"), "yes", _("Runs on HANA servers; rules out plain Xen and KVM.")),
        ("__support_kvm_infiniband", _("InfiniBand on KVM"), "yes", _("Has drivers for InfiniBand; rules out Xen.")),
        ("__support_amd", _("AMD"), "yes", _("Runs on servers with AMD processors.")),
        ("__support_fc_inject", _("Injection"), "yes", _("The reference does not say what it means.")),
        ("__support_agent_list", _("Agents"), "list", _("Agents inside: hss is host security, ces host monitoring.")),
    ]),
    *_group("source", [
        ("__image_size", _("Size"), "bytes", _("Size of the image file.")),
        ("size", _("Size (Glance)"), "bytes", _("IMS leaves it at 0; the size above counts.")),
        ("virtual_size", _("Virtual size"), "bytes"),
        ("checksum", _("Checksum"), "code", _("MD5 of the image file, where the service fills it in.")),
        ("__originalimagename", _("Source image"), "image", _("The image that this one was made from.")),
        ("__backup_id", _("Backup"), "code", _("The backup that this image was made from.")),
        ("__data_origin", _("Made from"), "text", _("Server, disk, backup or file that the image was made from.")),
        ("__root_origin", _("Root of origin"), "text", _("“file” when it began as an uploaded file.")),
        ("__whole_image", _("Full-ECS image"), "yes", _("Holds system and data disks of a server.")),
        ("__lazyloading", _("Lazy loading"), "yes", _("Disks can be used while their data is still being read.")),
        ("__image_source_type", _("Storage"), "text", _("Backend that stores the image.")),
        ("__image_location", _("Stored at"), "text"),
        ("instance_uuid", _("Source server"), "code"),
        ("kernel_id", _("Kernel image"), "image"),
        ("ramdisk_id", _("RAM disk image"), "image"),
        ("direct_url", _("Direct URL"), "text"),
        ("locations", _("Locations"), "list"),
        ("__productcode", _("Product code"), "text"),
        ("__account_code", _("Charging identifier"), "text"),
    ]),
    *_group("security", [
        ("protected", _("Protected"), "yes", _("A protected image cannot be deleted.")),
        ("__system__cmkid", _("Encryption key"), "code", _("ID of the key; absent: not encrypted.")),
    ]),
    *_group("lifecycle", [
        ("status", _("Status"), "text", _("Usable only when active.")),
        ("__isregistered", _("Registered"), "yes", _("Available to ordinary users.")),
        ("__is_config_init", _("Initial configuration"), "yes", _("The first configuration has been completed.")),
        ("created_at", _("Created"), "time"),
        ("updated_at", _("Updated"), "time"),
        ("active_at", _("Active since"), "time"),
        ("deleted", _("Deleted"), "yes"),
        ("deleted_at", _("Deleted at"), "time"),
    ]),
)  # fmt: skip
BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}
#: Not shown among the attributes: the tags have a place of their own, the addresses say only what the ID says.
ELSEWHERE = frozenset({"tags", "self", "file", "schema"})
