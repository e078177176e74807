"""The image: every attribute of 5.1.1, 6.1.1, 6.1.2, 6.3.1 and 9.1, typed, under one spelling."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from images.ims.errors import MalformedAnswer
from images.ims.tag import Tag, tags_of
from images.ims.values import as_flag, as_number, as_text, as_time, as_yes

#: Other spellings of the reference, and the one that we read them as.
ALIASES: Final[dict[str, str]] = {
    "__system_cmkid": "__system__cmkid",
    "virtual_environment_type": "virtual_env_type",
    "__support_large_memory": "__support_largememory",
    "__support_disk_intensive": "__support_diskintensive",
    "__support_high_performance": "__support_highperformance",
    "__originalimage_name": "__originalimagename",
    "__sequence_number": "__sequence_num",
    "create_at": "created_at",
    "update_at": "updated_at",
    "_os_version": "__os_version",
    "member_statuses": "member_status",
}

#: Words that the text of the reference damages, and what they mean.
ENV_TYPES: Final[dict[str, str]] = {"IsolImage": "IsoImage", "Isolmage": "IsoImage", "Datalmage": "DataImage"}
PLATFORMS: Final[dict[str, str]] = {"Redhat": "Red Hat", "openSUSE": "OpenSUSE"}


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One image. "" and None: the service said nothing (absent, null and empty are the same to it).

    Names are those of the API without leading underscores. Sizes: `image_size` and `size` bytes, `virtual_size`
    bytes, `min_disk` GB, `min_ram` and `max_ram` MB. Times are UTC. Flags of three values are None when not said.
    `extra` holds, as sent, attributes that the reference does not know and values that do not fit their type.
    """

    id: str
    name: str = ""
    description: str = ""
    owner: str = ""
    visibility: str = ""
    imagetype: str = ""
    status: str = ""
    tags: tuple[Tag, ...] = ()
    # operating system
    os_type: str = ""
    os_version: str = ""
    os_bit: str = ""
    platform: str = ""
    os_feature_list: str = ""
    os_distro: str = ""
    declared_architecture: str = ""
    # hardware
    min_disk: int | None = None
    min_ram: int | None = None
    max_ram: int | None = None
    hw_firmware_type: str = ""
    hw_vif_multiqueue_enabled: bool | None = None
    sequence_num: str = ""
    disk_format: str = ""
    container_format: str = ""
    virtual_env_type: str = ""
    # what it runs on
    support_kvm: bool = False
    support_xen: bool = False
    support_largememory: bool = False
    support_diskintensive: bool = False
    support_highperformance: bool = False
    support_xen_gpu_type: str = ""
    support_kvm_gpu_type: str = ""
    support_xen_hana: bool = False
    support_kvm_infiniband: bool = False
    support_amd: bool = False
    support_arm: bool = False
    support_agent_list: str = ""
    # where it comes from and where it lies
    image_source_type: str = ""
    image_location: str = ""
    image_size: int | None = None
    size: int | None = None
    virtual_size: int | None = None
    checksum: str = ""
    originalimagename: str = ""
    backup_id: str = ""
    data_origin: str = ""
    root_origin: str = ""
    whole_image_flag: bool | None = None
    lazyloading: bool | None = None
    productcode: str = ""
    account_code: str = ""
    # protection and life
    protected: bool = False
    system_cmkid: str = ""
    isregistered: bool | None = None
    is_config_init: bool | None = None
    is_public: bool | None = None
    deleted: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    active_at: datetime | None = None
    deleted_at: datetime | None = None
    # links
    self_link: str = ""
    file: str = ""
    schema: str = ""
    extra: dict[str, Any] = {}

    @property
    def size_bytes(self) -> int:
        """Bytes of the image file: `__image_size`, else `size`, which IMS calls unavailable; 0 before the upload."""
        return self.image_size or self.size or 0

    @property
    def encrypted(self) -> bool:
        return bool(self.system_cmkid)

    @property
    def whole_image(self) -> bool:
        """Whether it is a full-ECS image."""
        return self.whole_image_flag is True

    @property
    def registered(self) -> bool:
        """`__isregistered`; true by default (5.1.1)."""
        return self.isregistered is not False

    @property
    def from_file(self) -> bool:
        """Made from an external image file (`__root_origin` is file)."""
        return self.root_origin == "file"

    @property
    def firmware(self) -> str:
        """bios or uefi; bios when nothing is said (5.1.2, 6.1.3)."""
        return self.hw_firmware_type.lower() or "bios"

    @property
    def architecture(self) -> str:
        """arm or x86 for images of IMS, which says `__support_arm` or nothing; else what Glance says, lower case."""
        declared = self.declared_architecture.lower()
        if self.support_arm or declared in _ARM:
            return "arm"
        return "x86" if declared in _X86 else declared

    @property
    def flags(self) -> tuple[str, ...]:
        """Compatibility flags that are set, in a fixed order: "kvm", "xen", "gpu_kvm:V100" and so on."""
        set_flags = [name for name, attribute in _FLAGS if getattr(self, attribute)]
        gpus = [
            f"{name}:{value}"
            for name, value in (("gpu_xen", self.support_xen_gpu_type), ("gpu_kvm", self.support_kvm_gpu_type))
            if value
        ]
        return (*set_flags, *gpus)

    @property
    def usable(self) -> bool:
        """Only active images can be used (9.1)."""
        return self.status == "active"


_ARM = frozenset({"arm", "arm64", "aarch64"})
_X86 = frozenset({"", "x86", "x86_64", "amd64", "i386", "i686"})

_FLAGS = (
    ("kvm", "support_kvm"),
    ("xen", "support_xen"),
    ("large_memory", "support_largememory"),
    ("disk_intensive", "support_diskintensive"),
    ("high_performance", "support_highperformance"),
    ("hana", "support_xen_hana"),
    ("infiniband", "support_kvm_infiniband"),
    ("amd", "support_amd"),
    ("multiqueue", "hw_vif_multiqueue_enabled"),
    ("lazy_loading", "lazyloading"),
    ("config_init", "is_config_init"),
)


def _env_type(value: Any) -> str:
    text = as_text(value)
    return ENV_TYPES.get(text, text)


def _platform(value: Any) -> str:
    text = as_text(value)
    return PLATFORMS.get(text, text)


def _os_type(value: Any) -> str:
    text = as_text(value)
    return "Other" if text == "other" else text


Reader = Callable[[Any], Any]

_TEXTS = (
    "id name owner visibility __imagetype status __description __os_version __os_bit "
    "__os_feature_list os_distro hw_firmware_type __sequence_num disk_format container_format __support_xen_gpu_type "
    "__support_kvm_gpu_type __support_agent_list __image_source_type __image_location checksum __originalimagename "
    "__backup_id __data_origin __root_origin __productcode __account_code __system__cmkid file schema"
)
_NUMBERS = "min_disk min_ram max_ram __image_size size virtual_size"
_YES = (
    "__support_kvm __support_xen __support_largememory __support_diskintensive __support_highperformance "
    "__support_xen_hana __support_kvm_infiniband __support_amd __support_arm protected deleted"
)
_FLAG = "hw_vif_multiqueue_enabled __lazyloading __isregistered __is_config_init is_public"
_TIMES = "created_at updated_at active_at deleted_at"

#: Attributes whose name here is not simply the API's without underscores.
_RENAMED = {"__system__cmkid": "system_cmkid"}


def _readers() -> dict[str, tuple[str, Reader]]:
    """Attribute of the API → (attribute of Image, reader)."""
    table: dict[str, tuple[str, Reader]] = {
        "__os_type": ("os_type", _os_type),
        "__platform": ("platform", _platform),
        "virtual_env_type": ("virtual_env_type", _env_type),
        "architecture": ("declared_architecture", as_text),
        "__whole_image": ("whole_image_flag", as_flag),
        "self": ("self_link", as_text),
    }
    kinds = ((_TEXTS, as_text), (_NUMBERS, as_number), (_YES, as_yes), (_FLAG, as_flag), (_TIMES, as_time))
    for names, reader in kinds:
        for name in names.split():
            table[name] = (_RENAMED.get(name, name.lstrip("_")), reader)
    for spelling, name in ALIASES.items():
        if name in table:  # one is a filter and no attribute
            table.setdefault(spelling, table[name])
    return table


READERS: Final = _readers()

#: How Glance itself calls attributes that IMS spells with two underscores; read when the latter are absent.
_FALLBACKS: Final = (("description", "description"), ("os_version", "os_version"), ("os_type", "os_type"))

_decoder = msgspec.json.Decoder(dict[str, Any])


def decode_image(raw: bytes, *, word_tags: bool = False) -> Image:
    """The typed image of one JSON object, exact bytes as RawImage.raw has them.

    `word_tags` for a Glance of OpenStack, see tag.tag_of. Raises MalformedAnswer when it is no JSON object or
    has no id; everything else is tolerated.
    """
    try:
        document = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MalformedAnswer(f"An image that is not a JSON object: {error}.", detail=str(error)) from error
    return image_of(document, word_tags=word_tags)


def image_of(document: dict[str, Any], *, word_tags: bool = False) -> Image:
    """The typed image of a decoded JSON object. Raises MalformedAnswer when it has no id."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in document.items():
        known = READERS.get(name)
        if known is None:
            extra[name] = value
            continue
        attribute, reader = known
        if values.get(attribute) and name in ALIASES:
            # The proper spelling came first and says something.
            extra[name] = value
            continue
        try:
            values[attribute] = value if reader is as_text and type(value) is str else reader(value)
        except (ValueError, OverflowError):
            # Not what it should be, and not ours to drop: it stays visible as it came.
            extra[name] = value
    _read_tags(extra, values, word_tags)
    _read_fallbacks(extra, values)
    if not values.get("id"):
        raise MalformedAnswer("An image without id.", detail="id is missing")
    return Image(**values, extra=extra)


def _read_tags(extra: dict[str, Any], values: dict[str, Any], words: bool) -> None:
    if "tags" not in extra:
        return
    try:
        values["tags"] = tags_of(extra["tags"], words=words)
    except ValueError:
        return
    del extra["tags"]


def _read_fallbacks(extra: dict[str, Any], values: dict[str, Any]) -> None:
    for name, attribute in _FALLBACKS:
        value = extra.get(name)
        if isinstance(value, str) and not values.get(attribute):
            values[attribute] = value
            del extra[name]
