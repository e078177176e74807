"""What is known of an image, field by field: how people spell it, what it holds, where the index and the rows have it,
how the list is sorted by it and what a file calls it. Filters, columns, orders and exports all read it here.

Every query parameter of 5.1.1 and 6.1.1 is among the spellings, so that a filter copied from an API call works here as
well (api_calls.py); attributes that have no field of their own are asked for by `attribute:`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["choice", "yes", "number", "size", "memory", "disk", "time", "text", "tag", "attribute"]
Label = str | Promise


@dataclass(frozen=True)
class SqlOrder:
    """The order of a column of models.Image, for what no posting orders. Images without a value come last in both
    directions; `unset` says how one is known: "null", "empty", or "": each has a value.

    `indexed`: an index walks it. Else sorting in SQL would read every row, and the order always goes by blocks.
    """

    column: str
    unset: Literal["", "null", "empty"] = ""
    indexed: bool = True


@dataclass(frozen=True)
class Field:
    """One field. `posting` is its name in the facet index (facets.py), `column` its column of models.Image."""

    name: str
    kind: Kind
    label: Label
    posting: str = ""
    column: str = ""
    aliases: tuple[str, ...] = ()
    #: Values that the reference (and Glance) knows; a closed field refuses others unless the index holds them.
    values: tuple[str, ...] = ()
    closed: bool = False
    #: Other spellings of values, lower case.
    synonyms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: An image can have several values at once: repeating the field then asks for all of them.
    several: bool = False
    example: str = ""
    #: Columns of models.Image that a row of the list is read with to show it, the telling one first.
    reads: tuple[str, ...] = ()
    #: How the list is sorted by it where neither postings nor a room above do (queries/order.py).
    order: SqlOrder | None = None
    #: Its heading in a file where that says more than its name: the unit.
    heading: str = ""


PLATFORMS = (
    "Windows", "Ubuntu", "Red Hat", "SUSE", "CentOS", "Debian", "OpenSUSE", "Oracle Linux", "Fedora", "CoreOS",
    "EulerOS", "Other",
)  # fmt: skip
#: IMS's (9.1) and, after them, those that only Glance has.
DISK_FORMATS = ("zvhd2", "vhd", "zvhd", "raw", "iso", "qcow2", "vmdk", "vdi", "vhdx", "ploop", "ami", "ari", "aki")
STATUSES = (
    "active", "queued", "saving", "killed", "deleted", "pending_delete", "deactivated", "uploading", "importing",
)  # fmt: skip


def _choice(name: str, label: Label, posting: str, **more: object) -> Field:
    reads = more.pop("reads", (posting,))
    # `more`: arguments of Field
    return Field(name, "choice", label, posting=posting, column=posting, reads=reads, **more)  # type: ignore[arg-type]


def _yes(name: str, label: Label, posting: str, *aliases: str, reads: str = "") -> Field:
    columns = (reads or posting,)
    return Field(name, "yes", label, posting=posting, aliases=aliases, example=f"is:{name}", reads=columns)


def _column(name: str, kind: Kind, label: Label, column: str, order: SqlOrder | None = None, **more: object) -> Field:
    # `more`: arguments of Field
    return Field(name, kind, label, column=column, reads=(column,), order=order, **more)  # type: ignore[arg-type]


#: In the order in which a canonical query names them.
FIELDS: tuple[Field, ...] = (
    _column("name", "text", _("name"), "name", SqlOrder("name"), example="name:web-*"),
    _column("id", "text", _("image ID"), "image_id", SqlOrder("image_id"), aliases=("image_id",), example="id:0f2c"),
    _column("description", "text", _("description"), "description", aliases=("__description",),
            example="description:*nightly*"),
    Field("project", "choice", _("project"), aliases=("tenant", "project_id"), example="project:eu-west-0_demo"),
    Field("region", "choice", _("region"), example="region:eu-west-0"),
    _choice("type", _("type"), "image_type", aliases=("__imagetype", "imagetype", "image_type"), closed=True,
            values=("gold", "private", "shared", "community"), synonyms={"public": "gold"}, example="type:private",
            reads=("image_type", "hidden")),
    _choice("visibility", _("visibility"), "visibility", closed=True,
            values=("public", "private", "shared", "community")),
    _choice("status", _("status"), "status", closed=True, values=STATUSES, example="status:active"),
    _choice("member", _("member state"), "member_status", aliases=("member_status", "member_statuses"), closed=True,
            values=("pending", "accepted", "rejected"), example="member:pending"),
    _choice("owner", _("owner"), "owner"),
    _choice("os", _("OS platform"), "platform", aliases=("platform", "__platform"), values=PLATFORMS,
            synonyms={"redhat": "Red Hat", "rhel": "Red Hat", "oracle": "Oracle Linux"}, example="os:ubuntu"),
    _choice("version", _("OS version"), "os_version", aliases=("os_version", "osversion", "__os_version"),
            reads=("os_version", "platform"), example='version:"Ubuntu 22*"'),
    _choice("ostype", _("OS type"), "os_type", aliases=("os_type", "__os_type"), closed=True,
            values=("Linux", "Windows", "Other")),
    _choice("bit", _("OS width"), "os_bit", aliases=("bits", "os_bit", "__os_bit"), closed=True, values=("32", "64")),
    _choice("arch", _("architecture"), "architecture", aliases=("architecture",), values=("x86", "arm"),
            synonyms={"x86_64": "x86", "amd64": "x86", "aarch64": "arm", "arm64": "arm"}, example="arch:arm"),
    _choice("format", _("disk format"), "disk_format", aliases=("disk_format", "diskformat"), closed=True,
            values=DISK_FORMATS, example="format:qcow2"),
    _choice("container", _("container format"), "container_format", aliases=("container_format",), closed=True,
            values=("bare", "ovf", "ova", "docker", "ami", "ari", "aki", "compressed")),
    _choice("boot", _("boot mode"), "firmware", aliases=("firmware", "bootmode", "hw_firmware_type"), closed=True,
            values=("bios", "uefi"), synonyms={"efi": "uefi"}, example="boot:uefi"),
    _choice("envtype", _("environment type"), "env_type", closed=True,
            aliases=("env_type", "environment", "virtual_env_type", "virtual_environment_type"),
            values=("FusionCompute", "DataImage", "IsoImage", "Ironic"),
            synonyms={"ecs": "FusionCompute", "data": "DataImage", "iso": "IsoImage", "bms": "Ironic"}),
    _choice("key", _("encryption key"), "key_id", aliases=("key_id", "cmkid", "__system_cmkid", "__system__cmkid")),
    _choice("flag", _("compatibility"), "flag", aliases=("flags", "supports"), several=True, example="flag:kvm",
            closed=True, reads=("flags",), order=SqlOrder("flags", "empty", indexed=False)),
    _yes("protected", _("protected"), "protected"),
    _yes("hidden", _("hidden"), "hidden", "os_hidden"),
    _yes("encrypted", _("encrypted"), "encrypted", reads="key_id"),
    _yes("full-ecs", _("full-ECS"), "whole_image", "full_ecs", "whole_image", "__whole_image", "whole"),
    _yes("registered", _("registered"), "registered", "__isregistered", "isregistered"),
    _yes("from-file", _("made from a file"), "from_file", "from_file", "file"),
    Field("tagged", "yes", _("tagged"), posting="tagged", example="is:tagged"),
    Field("tag", "tag", _("tag"), aliases=("tags",), several=True, example="tag:env=prod"),
    Field("anytag", "tag", _("any of these tags"), aliases=("tags_any", "any_tag"), example="anytag:env=prod"),
    Field("alltags", "tag", _("all of these tags"), aliases=("all_tags",), example="-alltags:env=prod,app=web"),
    Field("policy", "choice", _("tag policy"), values=("broken", "kept"), several=True, example="policy:broken"),
    Field("spare", "choice", _("could go"), several=True, example="spare:superseded",
          values=("old", "untouched", "superseded", "duplicate", "untagged", "failed", "two-reasons", "three-reasons",
                  "four-reasons")),
    _column("size", "size", _("size"), "size", SqlOrder("size"), aliases=("__image_size",), example="size:>10GB",
            heading="size_bytes"),
    _column("disk", "disk", _("minimum disk"), "min_disk", posting="min_disk", aliases=("min_disk", "mindisk"),
            example="disk:<=40", heading="min_disk_gb"),
    _column("ram", "memory", _("minimum memory"), "min_ram", posting="min_ram", aliases=("min_ram", "minram"),
            example="ram:>=2048", heading="min_ram_mb"),
    _column("maxram", "memory", _("maximum memory"), "max_ram", SqlOrder("max_ram", "null", indexed=False),
            aliases=("max_ram",), example="maxram:<64GB", heading="max_ram_mb"),
    _column("created", "time", _("created"), "created_at", SqlOrder("created_at", "null"), aliases=("created_at",),
            example="created:>2026-01-01"),
    _column("updated", "time", _("updated"), "updated_at", SqlOrder("updated_at", "null"), aliases=("updated_at",),
            example="updated:<30d"),
    _column("active", "time", _("active since"), "active_at", SqlOrder("active_at", "null", indexed=False),
            aliases=("active_at",), example="active:<1w"),
    Field("attribute", "attribute", _("attribute"), aliases=("attr", "property"), several=True,
          example="attribute:__team=web"),
    _column("source", "text", _("source image"), "source_image_id",
            SqlOrder("source_image_id", "empty", indexed=False), aliases=("source_image_id", "__originalimagename")),
    _column("backup", "text", _("backup"), "backup_id", aliases=("backup_id", "__backup_id")),
    _column("origin", "text", _("source"), "data_origin", SqlOrder("data_origin", "empty", indexed=False),
            aliases=("data_origin", "__data_origin")),
)  # fmt: skip

BY_NAME: Mapping[str, Field] = MappingProxyType({one.name: one for one in FIELDS})
SPELLINGS: Mapping[str, Field] = MappingProxyType(
    {spelling: one for one in FIELDS for spelling in (one.name, *one.aliases)}
)
POSITION: Mapping[str, int] = MappingProxyType({one.name: number for number, one in enumerate(FIELDS)})
#: The rank of words that stand alone: before everything else.
WORDS = "text"

#: Words after `is:`, with the field that each one speaks of.
IS_WORDS: Mapping[str, Field] = MappingProxyType(
    {spelling: one for spelling, one in SPELLINGS.items() if one.kind == "yes" and not spelling.startswith("_")}
)
#: `is:public` and its like are short for a field with one value.
IS_CHOICES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "public": ("type", "gold"),
        "private": ("type", "private"),
        "shared": ("type", "shared"),
        "pending": ("member", "pending"),
        "community": ("type", "community"),
        "active": ("status", "active"),
        "deactivated": ("status", "deactivated"),
    }
)
