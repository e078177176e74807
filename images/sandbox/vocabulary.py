"""The words of the generated images: names, kinds, sizes, flags and tags as people really leave them."""

from random import Random
from typing import Any

from images.sandbox import os_table, times
from images.sandbox.scenery import DEFAULT_KEY, EXAMPLE_KEY

KINDS = ("system", "data", "iso", "bms", "whole", "arm")
KIND_WEIGHTS = (70, 9, 4, 4, 6, 7)

# Weights over families: a fleet is mostly Linux of a few makers.
_FAMILIES = {
    "Ubuntu": 24,
    "CentOS": 20,
    "Windows": 14,
    "Red Hat": 10,
    "Debian": 8,
    "SUSE": 7,
    "EulerOS": 5,
    "Oracle Linux": 4,
    "Fedora": 3,
    "openSUSE": 2,
    "CoreOS": 2,
    "openEuler": 1,
}
_ARM_FAMILIES = ("Ubuntu", "CentOS", "EulerOS", "Debian", "openEuler")

_APPS = (
    "web", "api", "billing", "search", "auth", "ci-runner", "db-postgres", "db-oracle", "cache", "gateway",
    "queue", "monitoring", "bastion", "vdi", "sap-hana", "hadoop", "etl", "mail", "erp", "k8s-node", "render",
)  # fmt: skip
_STAGES = ("prod", "staging", "test", "dev", "golden", "baseline", "hardened")

_DESCRIPTIONS = (
    "Baseline with agents and company CA",
    "Weekly build from the pipeline",
    "Before the upgrade. Do not delete until the end of the quarter.",
    "Hardened after CIS level 1",
    "Imported from the old data centre",
    "生产环境基础镜像",
    "Image de base pour la production",
    "Übergabe an den Betrieb",
)

# (key, values): near-duplicates on purpose (Env and env, prod and production), for somebody has to tidy them up.
_TAGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("team", ("platform", "payments", "data", "security", "web", "Platform", "研发")),
    ("env", ("prod", "production", "staging", "test", "dev", "prd")),
    ("Env", ("Prod", "prod", "Test")),
    ("app", ("billing", "search", "auth", "web", "erp", "sap", "etl", "gateway")),
    ("owner", ("jdupont", "m.keller", "liwei", "asmith", "nobody", "jdupont@example.com")),
    ("cost-center", ("4711", "4712", "0815", "CC-9000", "unknown")),
    ("costcenter", ("4711", "4712")),
    ("stage", ("golden", "candidate", "retired")),
    ("backup", ("daily", "weekly", "none")),
    ("os-owner", ("linux-team", "windows-team")),
    ("expires", ("2026-12-31", "2027-06-30", "never")),
    ("compliance", ("pci", "gdpr", "hds", "none")),
    ("release", ("2024.1", "2024.2", "2025.1", "2026.1")),
    ("环境", ("生产", "测试", "开发")),
    ("部门", ("财务", "运维")),
    ("region.group", ("emea", "paris")),
    ("project", ("northwind", "Northwind", "atlas", "orion")),
)
_BARE_TAGS = ("golden", "legacy", "keep", "deprecated", "weekly", "待删除")
_MAX_TAGS = 10


def os_version(choice: Random, kind: str) -> str:
    """A version of Table 9-1 that a fleet would hold."""
    if kind == "arm":
        family = choice.choice(_ARM_FAMILIES)
    else:
        family = choice.choices(tuple(_FAMILIES), tuple(_FAMILIES.values()))[0]
    versions = os_table.OS_VERSIONS[family]
    # The newer ones stand first in Table 9-1 and are used more.
    return versions[int(len(versions) * choice.random() ** 2)]


def name(choice: Random, version: str, created: int) -> str:
    """A name as pipelines and people give them; names may repeat."""
    short = "-".join(version.replace("(", " ").replace(")", " ").split()[:2]).lower().replace("/", "-")
    style = choice.random()
    if style < 0.55:
        return f"{choice.choice(_APPS)}-{short}-{times.text(created)[:10].replace('-', '.')}"
    if style < 0.85:
        return f"{choice.choice(_STAGES)}_{short}_{choice.choice(_APPS)}_{choice.randrange(1000):03d}"
    if style < 0.97:
        return f"{choice.choice(_APPS)} {choice.choice(_STAGES)} v{choice.randrange(1, 30)}"
    return f"{choice.choice(_APPS)}-clone-{choice.getrandbits(32):08x}"


def attributes(choice: Random, kind: str, version: str) -> dict[str, Any]:
    """What makes an image of its kind: type, formats, sizes, boot mode, origin, key, flags."""
    size = choice.choice((1, 2, 4, 8, 12, 20, 40)) * 1_073_741_824 + choice.randrange(1_073_741_824)
    found: dict[str, Any] = {
        "min_disk": choice.choice((10, 20, 40, 40, 40, 60, 80, 100, 200, 500)),
        "min_ram": choice.choice((0, 0, 0, 0, 1024, 2048, 4096, 8192)),
        "__image_size": str(size),
        "checksum": f"{choice.getrandbits(128):032x}",
        "protected": choice.random() < 0.06,
    }
    if choice.random() < 0.55:
        found["__description"] = choice.choice(_DESCRIPTIONS)
    if choice.random() < 0.4:
        found["hw_vif_multiqueue_enabled"] = choice.choice(("true", "false"))
    if choice.random() < 0.1:
        found["max_ram"] = str(choice.choice((65536, 131072, 262144)))
    if choice.random() < 0.15:
        found["__is_config_init"] = "true"
    if kind != "bms" and choice.random() < 0.07:
        found["__system__cmkid"] = choice.choice((DEFAULT_KEY, EXAMPLE_KEY))
    found |= _of_kind(choice, kind, version)
    return found


def _of_kind(choice: Random, kind: str, version: str) -> dict[str, Any]:
    if kind == "data":
        return {
            "virtual_env_type": "DataImage",
            "min_disk": choice.choice((10, 100, 200, 500, 1000, 2048)),
            "__data_origin": f"volume,{_uuid(choice)}",
            "__sequence_num": "1",
        }
    if kind == "iso":
        file = f"{version.split(maxsplit=1)[0].lower()}-{choice.randrange(100)}.iso"
        return {
            "virtual_env_type": "IsoImage",
            "disk_format": "iso",
            "__root_origin": "file",
            "__data_origin": f"file,ims-image:{file}",
        }
    if kind == "bms":
        return {"virtual_env_type": "Ironic", "hw_firmware_type": choice.choice(("bios", "uefi")), "disk_format": "raw"}
    if kind == "whole":
        backup = _uuid(choice)
        return {
            "__whole_image": True,
            "__backup_id": backup,
            "__data_origin": f"server_backup,{backup}",
        } | flags(choice, version, arm=False)
    if kind == "arm":
        return {"architecture": "arm", "hw_firmware_type": "uefi"} | flags(choice, version, arm=True)
    system = flags(choice, version, arm=False)
    system["hw_firmware_type"] = "uefi" if choice.random() < 0.15 else "bios"
    if choice.random() < 0.2:
        system |= {"__root_origin": "file", "disk_format": choice.choice(("zvhd2", "vhd", "qcow2", "raw", "zvhd"))}
    else:
        system["__data_origin"] = f"instance,{_uuid(choice)}"
        system["__sequence_num"] = "0"
    return system


_COMMON_FLAGS = (
    ("__support_xen", 0.4),
    ("__support_largememory", 0.08),
    ("__support_highperformance", 0.05),
    ("__support_amd", 0.05),
)


def flags(choice: Random, version: str, *, arm: bool) -> dict[str, Any]:
    """Support flags with their exclusions: GPU types and HANA stand without KVM and Xen, InfiniBand without Xen."""
    dice = choice.random()
    if arm:
        return {"__support_kvm": "true"}
    if dice < 0.02:
        return {"__support_kvm_gpu_type": choice.choice(("M60", "V100_vGPU", "P2V_V100", "P100", "V100"))}
    if dice < 0.025:
        return {"__support_xen_gpu_type": "M60_vGPU"}
    if dice < 0.035:
        return {"__support_xen_hana": "true"}
    if dice < 0.045:
        return {"__support_kvm": "true", "__support_kvm_infiniband": "true"}
    found = {"__support_kvm": "true"} | {flag: "true" for flag, odds in _COMMON_FLAGS if choice.random() < odds}
    if version in os_table.DISK_INTENSIVE and choice.random() < 0.3:
        found["__support_diskintensive"] = "true"
    return found


def tags(choice: Random) -> list[str]:
    """None to ten tags: mostly ``key=value``, some in the older ``key.value``, some bare keys."""
    if choice.random() < 0.25:
        return []
    count = min(_MAX_TAGS, 1 + int(choice.expovariate(0.45)))
    found = []
    for key, values in choice.sample(_TAGS, count):
        value = choice.choice(values)
        old_style = choice.random() < 0.12 and "." not in key + value and "@" not in value
        found.append(f"{key}.{value}" if old_style else f"{key}={value}")
    if len(found) < _MAX_TAGS and choice.random() < 0.12:
        found.append(choice.choice(_BARE_TAGS))
    return found


def may_be_shared(image: dict[str, Any]) -> bool:
    """Active, not encrypted, not a full-ECS image (9.3, 5.1.5)."""
    return image["status"] == "active" and "__system__cmkid" not in image and "__whole_image" not in image


def _uuid(choice: Random) -> str:
    digits = f"{choice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-b{digits[17:20]}-{digits[20:]}"
