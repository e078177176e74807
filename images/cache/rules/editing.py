"""Which attributes may be changed, and to what (5.1.2, 6.1.3, 9.1)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.core import ims_limits, os_versions
from images.core.text_rules import check_choice, check_description, check_memory, check_name, check_switch
from images.core.violations import Violation

Label = str | Promise

#: Support flags are true or absent, never false (5.1.1).
SUPPORT_FLAGS = (
    "__support_xen",
    "__support_largememory",
    "__support_diskintensive",
    "__support_highperformance",
    "__support_xen_hana",
)
#: Extension attributes that 5.1.2 does not list by name, but lets add and delete: without the one a GPU type or HANA
#: could never be set on an image that runs on KVM (5.1.1).
EXTENSION_FLAGS = ("__support_kvm", "__support_kvm_infiniband")
#: What 5.1.2 lists. The native call promises name, description and customised attributes only (6.1.3), and takes
#: these as well.
CHANGEABLE = (
    "name",
    "__description",
    *SUPPORT_FLAGS,
    "__support_xen_gpu_type",
    "__support_kvm_gpu_type",
    "__is_config_init",
    "min_ram",
    "hw_vif_multiqueue_enabled",
    "hw_firmware_type",
)
#: Attributes of IMS that no call changes (why: `why_fixed`).
FIXED = frozenset(
    {
        "id", "owner", "status", "self", "file", "schema", "size", "checksum", "virtual_size", "visibility", "tags",
        "created_at", "updated_at", "active_at", "deleted", "deleted_at", "min_disk", "max_ram", "disk_format",
        "container_format", "virtual_env_type", "is_public", "locations", "direct_url", "members", "properties",
        "architecture", "__os_version", "__os_type", "__os_bit", "__platform", "__os_feature_list", "__isregistered",
        "__imagetype", "__image_source_type", "__image_location", "__image_size", "__originalimagename",
        "__originalimage_name", "__backup_id", "__data_origin", "__root_origin", "__whole_image", "__lazyloading",
        "__system__cmkid", "__system_cmkid", "__sequence_num", "__sequence_number", "__support_amd",
        "__support_agent_list", "__productcode", "__account_code",
    }
)  # fmt: skip
#: Never removed, only replaced.
KEPT = frozenset({"name", "min_ram", "protected"})
#: Spellings of the reference for the same attribute (C4, C5).
_ALIASES = {
    "description": "__description",
    "__support_large_memory": "__support_largememory",
    "__support_disk_intensive": "__support_diskintensive",
    "__support_high_performance": "__support_highperformance",
}
#: The values that an attribute can have (5.1.1, tables 9-2 and 9-3), in the order in which they are offered.
CHOICES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*EXTENSION_FLAGS, *SUPPORT_FLAGS), ("true",)),
    "__support_xen_gpu_type": ims_limits.XEN_GPU_TYPES,
    "__support_kvm_gpu_type": ims_limits.KVM_GPU_TYPES,
    "__is_config_init": ("true", "false"),
    "hw_vif_multiqueue_enabled": ("true", "false"),
}
#: An attribute and those that it excludes (5.1.1, 9.1).
EXCLUSIONS = (
    ("__support_xen_gpu_type", ("__support_xen", "__support_kvm")),
    ("__support_kvm_gpu_type", ("__support_xen", "__support_kvm")),
    ("__support_xen_hana", ("__support_xen", "__support_kvm")),
    ("__support_kvm_infiniband", ("__support_xen",)),
)
MAX_CUSTOM_NAME = 255  # Glance's
MAX_CUSTOM_VALUE = 65_535
_STEPS = ("add", "replace", "remove")


def can_change(name: str, *, native: bool = False) -> bool:
    """Whether a call changes this attribute: those of 5.1.2, extension attributes (`__…`), natively any customised.

    `protected` goes by the native call, which no document promises (B15).
    """
    name = _ALIASES.get(name, name)
    if name == "protected":
        return native
    custom = name not in FIXED and 0 < len(name) <= MAX_CUSTOM_NAME and (native or name.startswith("__"))
    return name in CHANGEABLE or custom


#: Attribute → why no edit changes it; all others that are fixed the service keeps itself.
_WHY: Mapping[str, Label] = {
    **dict.fromkeys(
        (
            "min_disk", "max_ram", "disk_format", "container_format", "virtual_env_type", "architecture",
            "__os_version", "__system__cmkid", "__whole_image", "__originalimagename", "__backup_id", "__data_origin",
            "__root_origin", "__productcode",
        ),
        gettext_lazy("Set when the image is made; no call changes it later."),
    ),
    **dict.fromkeys(("__os_type", "__platform", "__os_bit"), gettext_lazy("Follows from the OS version.")),
    **dict.fromkeys(("visibility", "__imagetype"), gettext_lazy("Follows from whom it is shared with.")),
    "protected": gettext_lazy("Changed by Protect and Unprotect."),
    "status": gettext_lazy("Follows from what is done to the image."),
}  # fmt: skip


def why_fixed(name: str, *, native: bool = False) -> Label:
    """Why no edit changes this attribute; "" for those that one does (5.1.2, 6.1.3)."""
    if name != "protected" and can_change(name, native=native):
        return ""
    return _WHY.get(name, gettext_lazy("Kept by the service."))


def check_attribute(name: str, value: object, *, native: bool = False, os_version: str = "") -> list[Violation]:
    """A new value of an attribute. `os_version` is that of the image: not each runs on disk-intensive ECSs (9.5)."""
    name = _ALIASES.get(name, name)
    if not can_change(name, native=native):
        return [Violation(name, _("This attribute cannot be changed."), "IMG.0035", "5.1.2")]
    check = _CHECKS.get(name)
    return check(value) if check else _check_text(name, value, os_version)


def _check_memory(value: object) -> list[Violation]:
    """A number, or its digits: the reference has values of patches as texts (F8)."""
    return check_memory(int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value)


def _check_firmware(value: object) -> list[Violation]:
    return check_choice("hw_firmware_type", value or "?", ims_limits.FIRMWARES, code="IMG.0141", rule="5.1.2")


_CHECKS: dict[str, Callable[[Any], list[Violation]]] = {
    "name": check_name,
    "__description": lambda value: check_description(value, field="__description"),
    "protected": lambda value: check_switch("protected", value, "6.1.3"),
    "min_ram": _check_memory,
    "hw_firmware_type": _check_firmware,
}


def check_exclusions(attributes: Mapping[str, Any]) -> list[Violation]:
    """Attributes of one image that exclude each other (5.1.1)."""
    found = []
    for name, others in EXCLUSIONS:
        both = [other for other in others if attributes.get(name) and attributes.get(other)]
        if both:
            message = _("%(name)s excludes %(others)s.") % {"name": name, "others": ", ".join(both)}
            found.append(Violation(name, message, "IMG.0035", "5.1.1"))
    return found


def excluded_by(name: str, attributes: Mapping[str, Any]) -> list[str]:
    """What an image with these attributes has that cannot stay beside this one (5.1.1)."""
    others = {other for one, excluded in EXCLUSIONS if one == name for other in excluded}
    others |= {one for one, excluded in EXCLUSIONS if name in excluded}
    return sorted(other for other in others if attributes.get(other))


def check_patch(steps: Any, attributes: Mapping[str, Any], *, native: bool = False) -> list[Violation]:
    """A JSON patch of an image with these attributes: steps {"op", "path", "value"}, one after the other.

    After the first step that breaks a rule there is nothing to judge the next ones by.
    """
    if not isinstance(steps, list) or not steps:
        return [Violation("", _("Change at least one attribute."), "IMG.0001", "5.1.2")]
    image = dict(attributes)
    for step in steps:
        found = _check_step(step, image, native=native)
        if found:
            return found
        name = step["path"][1:]
        if step["op"] == "remove":
            del image[name]
        else:
            image[_ALIASES.get(name, name)] = step["value"]
    return check_exclusions(image)


def _check_step(step: Any, image: Mapping[str, Any], *, native: bool) -> list[Violation]:
    op, path = (step.get("op"), step.get("path")) if isinstance(step, Mapping) else (None, None)
    if op not in _STEPS:
        return [Violation("op", _("Choose one of: %(choices)s.") % {"choices": ", ".join(_STEPS)}, "IMG.0001", "5.1.2")]
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2 or "/" in path[1:]:
        return [Violation("path", _("A path is the name of an attribute with / in front."), "IMG.0001", "5.1.2")]
    name = path[1:]
    if op != "add" and image.get(name) is None:
        message = _("The image has no attribute %(name)s.") % {"name": name}
        return [Violation(name, message, "IMG.0001", "5.1.2")]
    return check_removal(name, native=native) if op == "remove" else _check_value(name, step, image, native=native)


def check_removal(name: str, *, native: bool = False) -> list[Violation]:
    """Taking an attribute off an image."""
    if can_change(name, native=native) and name not in KEPT:
        return []
    return [Violation(name, _("This attribute cannot be removed."), "IMG.0035", "5.1.2")]


def _check_value(name: str, step: Mapping[str, Any], image: Mapping[str, Any], *, native: bool) -> list[Violation]:
    if step.get("value") is None:  # absent and null are the same thing to IMS
        return [Violation(name, _("Give a value."), "IMG.0001", "5.1.2")]
    return check_attribute(name, step["value"], native=native, os_version=str(image.get("__os_version") or ""))


def _check_text(name: str, value: object, os_version: str) -> list[Violation]:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str) or len(value) > MAX_CUSTOM_VALUE:
        message = _("A text of at most %(most)d characters.") % {"most": MAX_CUSTOM_VALUE}
        return [Violation(name, message, "", "5.1.2")]
    if name in CHOICES and value not in CHOICES[name]:
        return check_choice(name, value or "?", CHOICES[name], rule="5.1.1")
    if name == "__support_diskintensive" and os_version not in os_versions.DISK_INTENSIVE:
        return [Violation(name, _("This operating system does not run on disk-intensive ECSs."), "", "9.5")]
    return []
