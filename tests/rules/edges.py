"""Requests on both sides of every edge, with the codes of the rules that they break: for our reading and the sandbox's.

A code "-" stands for a rule without a code of its own.
"""

from typing import Any

Edge = tuple[dict[str, Any], str]

SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
VOLUME = "b0c1d2e3-f405-4617-8829-3a4b5c6d7e10"
BACKUP = "9b27efab-4a17-4c06-bfa2-3e0cf021d3c3"
KEY = "bd66288c-9081-460a-8227-4cbd0c814cb4"
CENTOS = "CentOS 7.0 64bit"
CN = "环境"

FROM_SERVER = {"name": "n", "instance_id": SERVER}
FROM_FILE = {"name": "n", "image_url": "ims-image:centos70.qcow2", "min_disk": 40}
FROM_ISO = {"name": "n", "image_url": "ims-image:centos70.iso", "min_disk": 40, "type": "IsoImage"}
FROM_VOLUME = {"name": "n", "volume_id": VOLUME, "type": "ECS", "os_version": CENTOS}
QUICKLY = {"name": "n", "image_url": "ims-image:centos70.raw", "min_disk": 40, "os_version": CENTOS}
QUICK_DATA = {"name": "n", "image_url": "ims-image:centos70.raw", "min_disk": 40, "type": "DataImage"}
DATA_FILE = {"image_url": "ims-image:data.qcow2", "min_disk": 40}

NAMES: list[tuple[Any, str]] = [
    ("a", ""), ("a" * 128, ""), ("a" * 129, "IMG.0002"), ("A-z.0_9 b", ""), ("-", ""), (".", ""), ("_a", ""),
    (" a", "IMG.0003"), ("a ", "IMG.0003"), (" ", "IMG.0003"), ("a\n", "IMG.0003"), ("a\tb", "IMG.0003"),
    ("a/b", "IMG.0003"), ("a<b", "IMG.0003"), ("a,b", "IMG.0003"), ("é", "IMG.0003"), (CN, "IMG.0003"),
    ("", "IMG.0013"), (None, "IMG.0013"), (7, "IMG.0062"), (["a"], "IMG.0062"),
]  # fmt: skip
DESCRIPTIONS: list[tuple[Any, str]] = [
    (None, ""), ("", ""), ("Spaces, full stops. 生产!", ""), ("a\tb", ""), ("a" * 1024, ""), ("a" * 1025, "IMG.0004"),
    ("a<b", "IMG.0054"), ("a>b", "IMG.0054"), ("a\rb", "IMG.0054"), ("a\nb", "IMG.0054"), (7, "IMG.0054"),
]  # fmt: skip
OBJECTS: list[tuple[Any, str]] = [
    ({"key": "k" * 36, "value": "v" * 43}, ""), ({"key": "k" * 37, "value": ""}, "IMG.0115"),
    ({"key": "k", "value": "v" * 44}, "IMG.0115"), ({"key": "", "value": "v"}, "IMG.0115"),
    ({"key": "k"}, "IMG.0115"), ({"value": "v"}, "IMG.0115"), ({"key": "k", "value": ""}, ""),
    ({"key": " k", "value": "v"}, "IMG.0115"), ({"key": "k ", "value": "v"}, "IMG.0115"),
    ({"key": "k", "value": " v"}, "IMG.0115"), ({"key": "k", "value": "v "}, "IMG.0115"),
    ({"key": "a b.c:é" + CN, "value": "x y.z@w+_-"}, ""), ({"key": "a\nb", "value": ""}, "IMG.0115"),
    *(({"key": f"a{sign}b", "value": ""}, "IMG.0115") for sign in "=*<>\\,|/"),
    *(({"key": "a", "value": f"{sign}b"}, "IMG.0115") for sign in "=*<>\\,|/"),
    ({"key": 7, "value": ""}, "IMG.0115"), ("k", "IMG.0115"),
]  # fmt: skip
DOTTED: list[tuple[Any, str]] = [
    (f"{CN}.{CN}", ""), ("a.", ""), ("a-b_C9.d-e_F0", ""), (".a", "IMG.0115"), ("a", "IMG.0115"), ("", "IMG.0115"),
    ("a b.c", "IMG.0115"), ("a.b.c", "IMG.0115"), ("a=b", "IMG.0115"), ("é.a", "IMG.0115"), ("a.b\n", "IMG.0115"),
    ("k" * 36 + "." + "v" * 43, ""), ("k" * 37 + ".v", "IMG.0115"), ("k." + "v" * 44, "IMG.0115"), (7, "IMG.0115"),
]  # fmt: skip
NATIVE: list[tuple[str, str]] = [
    ("a", ""), ("k" * 255, ""), ("k" * 256, "IMG.0115"), ("a=b", "IMG.0115"), (CN, ""), ("a b", ""), ("a.b", ""),
]  # fmt: skip
MEMORY: list[tuple[Any, str]] = [
    (0, ""), (1, ""), (2**31 - 1, ""), (2**31, "IMG.0055"), (-1, "IMG.0055"), ("1024", "IMG.0055"), (1.5, "IMG.0055"),
    (True, "IMG.0055"), (None, ""),
]  # fmt: skip
DISKS: list[tuple[Any, str]] = [
    (1, ""), (1024, ""), (0, "IMG.0055"), (1025, "IMG.0055"), (-1, "IMG.0055"), ("40", "IMG.0055"), (True, "IMG.0055"),
]  # fmt: skip
BUCKETS: list[tuple[Any, str]] = [
    ("ims-image", "IMG.0017"), ("", "IMG.0017"), (7, "IMG.0017"), (":file.qcow2", "IMG.0068"),
    ("IMS-IMAGE:file.qcow2", "IMG.0109"), ("a_b:file.qcow2", "IMG.0109"), ("ab:file.qcow2", "IMG.0109"),
    ("a" * 64 + ":file.qcow2", "IMG.0109"), ("-ab:file.qcow2", "IMG.0109"), ("ab-:file.qcow2", "IMG.0109"),
]  # fmt: skip


def tags(number: int) -> list[dict[str, str]]:
    return [{"key": f"k{place}", "value": ""} for place in range(number)]


def each(field: str, values: list[tuple[Any, str]], base: dict[str, Any]) -> list[Edge]:
    """The base with one field put to each of the values."""
    return [(base | {field: value}, code) for value, code in values]


CREATING: list[Edge] = [
    *each("name", NAMES, FROM_SERVER), *each("description", DESCRIPTIONS, FROM_SERVER),
    *each("min_ram", MEMORY, FROM_SERVER), *each("max_ram", MEMORY, FROM_SERVER),
    *each("image_tags", [([tag], code) for tag, code in OBJECTS], FROM_SERVER),
    *each("tags", [([tag], code) for tag, code in DOTTED], FROM_SERVER),
    (FROM_SERVER | {"image_tags": tags(10)}, ""), (FROM_SERVER | {"image_tags": tags(11)}, "IMG.0116"),
    (FROM_SERVER | {"image_tags": [*tags(1), *tags(1)]}, "IMG.0115"),
    (FROM_SERVER | {"image_tags": "a"}, "-"), (FROM_SERVER | {"tags": "a.b"}, "-"),
    (FROM_SERVER | {"tags": ["a.b", "a.c"]}, "IMG.0115"),
    (FROM_SERVER | {"tags": ["a.b"], "image_tags": tags(1)}, "-"),
    (FROM_SERVER | {"tags": [], "image_tags": tags(1)}, ""),
    (FROM_SERVER | {"instance_id": None}, "IMG.0012"), (FROM_SERVER | {"instance_id": ""}, "IMG.0012"),
    (FROM_SERVER | {"data_images": [{"name": "d", "volume_id": VOLUME}]}, "IMG.0105"),
    (FROM_SERVER | FROM_FILE, "IMG.0105"), (FROM_SERVER | FROM_VOLUME, "IMG.0105"),
]  # fmt: skip
DATA_DISKS: list[Edge] = [
    ({"data_images": [{"name": "d", "volume_id": VOLUME}]}, ""),
    ({"name": "n", "data_images": [{"volume_id": VOLUME}]}, "IMG.0013"),
    ({"data_images": [{"name": "d"}]}, "IMG.0120"), ({"data_images": ["d"]}, "-"), ({"data_images": "d"}, "-"),
    ({"data_images": [{"name": "d", "volume_id": VOLUME, "description": "<"}]}, "IMG.0054"),
    ({"description": "<", "data_images": [{"name": "d", "volume_id": VOLUME}]}, "IMG.0054"),
    ({"description": "<", "data_images": [{"name": "d", "volume_id": VOLUME, "description": "x"}]}, ""),
    ({"data_images": [{"name": "d", "volume_id": VOLUME, "image_tags": tags(11)}]}, "IMG.0116"),
]  # fmt: skip
FILES: list[Edge] = [
    (FROM_FILE, ""), *each("min_disk", [*DISKS, (None, "IMG.0055")], FROM_FILE), *each("image_url", BUCKETS, FROM_FILE),
    *each("min_ram", MEMORY, FROM_FILE),
    (FROM_FILE | {"image_url": "ims-image:"}, "IMG.0017"),
    (FROM_FILE | {"image_url": "ims-image:a b.qcow2"}, "IMG.0175"),
    (FROM_FILE | {"image_url": "ims-image:notes.txt"}, "IMG.0072"),
    (FROM_FILE | {"image_url": "ims-image:centos70.iso"}, "IMG.0072"),
    (FROM_FILE | {"os_version": CENTOS}, ""), (FROM_FILE | {"os_version": "BeOS 5"}, "IMG.0056"),
    (FROM_FILE | {"os_version": CENTOS.lower()}, "IMG.0056"),
    (FROM_FILE | {"os_type": "Linux"}, ""), (FROM_FILE | {"os_type": "Windows"}, ""),
    (FROM_FILE | {"os_type": "Other"}, ""), (FROM_FILE | {"os_type": "linux"}, "IMG.0122"),
    (FROM_FILE | {"type": "ECS"}, ""), (FROM_FILE | {"type": "BMS"}, ""), (FROM_FILE | {"type": "silver"}, "IMG.0024"),
    (FROM_FILE | {"cmk_id": KEY}, ""), (FROM_FILE | {"cmk_id": KEY, "type": "BMS"}, "IMG.0118"),
    (FROM_FILE | {"is_config": True}, ""), (FROM_FILE | {"is_config": "yes"}, "-"),
    (FROM_FILE | {"is_quick_import": "yes"}, "-"),
    (FROM_FILE | {"image_url": "ims-image:centos70.raw", "is_quick_import": True, "os_version": CENTOS}, ""),
    (FROM_FILE | {"image_url": "ims-image:centos70.raw", "is_quick_import": True}, "IMG.0056"),
    (FROM_FILE | {"is_quick_import": True, "os_version": CENTOS}, "IMG.0072"),
    (FROM_FILE | {"data_images": [DATA_FILE]}, ""),
    (FROM_FILE | {"data_images": [DATA_FILE | {"min_disk": 2048}]}, ""),
    (FROM_FILE | {"data_images": [DATA_FILE | {"min_disk": 2049}]}, "IMG.0055"),
    (FROM_FILE | {"data_images": [DATA_FILE | {"min_disk": 0}]}, "IMG.0055"),
    (FROM_FILE | {"data_images": [DATA_FILE | {"name": " d"}]}, "IMG.0003"),
    (FROM_FILE | {"data_images": [DATA_FILE, DATA_FILE]}, "IMG.0123"),
    (FROM_FILE | {"data_images": [FROM_FILE]}, "IMG.0123"),
    (FROM_FILE | {"data_images": [DATA_FILE] * 4}, "-"), (FROM_FILE | {"data_images": ["d"]}, "-"),
    (FROM_FILE | {"data_images": [DATA_FILE | {"is_quick_import": True}]}, "IMG.0072"),
    (FROM_ISO, "IMG.0166"), (FROM_ISO | {"os_version": CENTOS}, ""), (FROM_ISO | {"os_version": "BeOS"}, "IMG.0056"),
    (FROM_ISO | {"image_url": "ims-image:centos70.qcow2", "os_version": CENTOS}, "IMG.0072"),
]  # fmt: skip
VOLUMES: list[Edge] = [
    (FROM_VOLUME, ""), (FROM_VOLUME | {"type": None}, "IMG.0117"), (FROM_VOLUME | {"type": "DataImage"}, "IMG.0117"),
    (FROM_VOLUME | {"type": "BMS"}, ""), (FROM_VOLUME | {"os_version": None}, "IMG.0056"),
    (FROM_VOLUME | {"volume_id": ""}, "IMG.0120"),
]  # fmt: skip
QUICK: list[Edge] = [
    (QUICKLY, ""), *each("min_disk", [(1024, ""), (1025, "IMG.0055"), (0, "IMG.0055")], QUICKLY),
    (QUICKLY | {"architecture": "arm"}, ""), (QUICKLY | {"architecture": "Arm"}, ""),
    (QUICKLY | {"architecture": "x86"}, ""), (QUICKLY | {"architecture": "sparc"}, "IMG.0212"),
    (QUICKLY | {"architecture": None}, ""), (QUICKLY | {"architecture": ""}, ""),
    (QUICKLY | {"type": "BMS"}, ""), (QUICKLY | {"type": "IsoImage"}, "IMG.0024"),
    (QUICKLY | {"os_version": None}, "IMG.0056"), (QUICKLY | {"image_url": "ims-image:centos70.qcow2"}, "IMG.0072"),
    (QUICK_DATA, ""), (QUICK_DATA | {"os_type": "Windows"}, ""), (QUICK_DATA | {"os_type": "Other"}, "IMG.0122"),
    *each("image_url", BUCKETS, QUICKLY),
]  # fmt: skip
WHOLE: list[Edge] = [
    (FROM_SERVER, ""), ({"name": "n"}, "IMG.0012"), ({"name": "n", "backup_id": ""}, "IMG.0019"),
    (FROM_SERVER | {"backup_id": BACKUP}, "IMG.0105"), (FROM_SERVER | {"name": "n\r"}, "IMG.0003"),
    (FROM_SERVER | {"max_ram": -1}, "IMG.0055"), (FROM_SERVER | {"image_tags": tags(11)}, "IMG.0116"),
]  # fmt: skip
COPIES: list[Edge] = [*each("name", NAMES, {}), *each("description", DESCRIPTIONS, {"name": "n"})]
METADATA: list[Edge] = [
    ({}, ""), *each("name", [pair for pair in NAMES if pair[1] != "IMG.0013"], {}), ({"name": ""}, ""),
    *each("min_disk", [*DISKS, (None, "")], {}), *each("min_ram", MEMORY, {}),
    ({"visibility": "private"}, ""), ({"visibility": "public"}, "-"), ({"visibility": ""}, "-"),
    ({"container_format": "bare"}, ""), ({"container_format": "ovf"}, "-"),
    *each("disk_format", [(one, "") for one in ("zvhd2", "vhd", "zvhd", "raw", "iso", "qcow2")], {}),
    ({"disk_format": "vmdk"}, "-"), ({"disk_format": "RAW"}, "-"),
    ({"protected": True}, ""), ({"protected": "yes"}, "-"),
    ({"__os_version": CENTOS}, ""), ({"__os_version": "Other Linux(64 bit)"}, ""), ({"__os_version": "X"}, "IMG.0056"),
    ({"_os_version": "X"}, "IMG.0056"),
    ({"tags": ["k=v"]}, ""), ({"tags": ["x" * 255]}, ""), ({"tags": ["x" * 256]}, "IMG.0115"),
    ({"tags": [""]}, "IMG.0115"), ({"tags": ["=x"]}, "IMG.0115"), ({"tags": [7]}, "IMG.0115"), ({"tags": "k"}, "-"),
    ({"tags": [f"k{place}" for place in range(10)]}, ""), ({"tags": [f"k{place}" for place in range(11)]}, "IMG.0116"),
    ({"hw_disk_bus": "scsi"}, ""), ({"status": "active"}, "IMG.0035"), ({"owner": "me"}, "IMG.0035"),
    ({"hw_firmware_type": "uefi"}, ""), ({"hw_firmware_type": "efi"}, "IMG.0141"), ({"__description": "<"}, "IMG.0054"),
]  # fmt: skip


def export(**changes: Any) -> dict[str, Any]:
    return {"bucket_url": "ims-image:exported", "file_format": "qcow2"} | changes


EXPORTS: list[Edge] = [
    *each("file_format", [(one, "") for one in ("qcow2", "vhd", "zvhd", "vmdk")], export()),
    (export(file_format="raw"), "IMG.0072"), (export(file_format="QCOW2"), "IMG.0072"),
    (export(file_format=""), "IMG.0072"), (export(file_format=None), "IMG.0072"),
    (export(file_format=None, is_quick_export=True), ""), (export(is_quick_export=True), "-"),
    (export(is_quick_export=False), ""), (export(is_quick_export="no"), "-"),
    *each("bucket_url", BUCKETS, export()),
    (export(bucket_url="ims-image:"), "IMG.0073"), (export(bucket_url="ims-image:a b"), "IMG.0175"),
    (export(bucket_url="ims-image:folder a/b"), "IMG.0175"), (export(bucket_url="ims-image:" + "f" * 128), ""),
    (export(bucket_url="ims-image:" + "f" * 129), "IMG.0074"), (export(bucket_url="ims-image:é"), "IMG.0075"),
    (export(bucket_url="ims-image:folder/file.qcow2"), ""), (export(bucket_url="ims-image:a//b"), "IMG.0075"),
    (export(bucket_url="ims-image:a:b"), "IMG.0075"), (export(bucket_url="ims-image:a+b"), "IMG.0075"),
]  # fmt: skip


def batch(tags_: Any, action: Any = "create") -> dict[str, Any]:
    return {"tags": tags_, "action": action}


BATCHES: list[Edge] = [
    *((batch([tag]), code) for tag, code in OBJECTS),
    (batch(tags(10)), ""), (batch([*tags(1), *tags(1)]), "IMG.0115"), (batch([]), "-"), (batch("k"), "-"),
    (batch(tags(1), "Create"), "-"), (batch(tags(1), None), "-"),
    (batch([{"key": "k" * 127, "value": "v" * 255}], "delete"), ""), (batch([{"key": "a/b*"}], "delete"), ""),
    (batch([{"key": "k" * 128}], "delete"), "IMG.0115"), (batch([{"key": ""}], "delete"), "IMG.0115"),
    (batch([{"key": "k", "value": "v" * 256}], "delete"), "IMG.0115"),
    (batch([{"key": "k"}] * 2, "delete"), "IMG.0115"),
]  # fmt: skip
ONE_TAG: list[Edge] = [
    *(({"tag": tag}, code) for tag, code in DOTTED), *(({"image_tag": tag}, code) for tag, code in OBJECTS),
    ({"tag": "a.b", "image_tag": tags(1)[0]}, "-"), ({}, "-"),
]  # fmt: skip


def step(name: str, value: Any, op: str = "add") -> dict[str, Any]:
    return {"op": op, "path": f"/{name}", "value": value}


PATCHES: list[tuple[Any, str]] = [
    *(([step("name", name)], code) for name, code in NAMES if name is not None),
    *(([step("__description", text)], code) for text, code in DESCRIPTIONS if text is not None),
    ([step("name", None)], "-"), ([step("__description", None)], "-"),
    ([step("min_ram", 1024)], ""), ([step("min_ram", "1024")], ""), ([step("min_ram", -1)], "IMG.0055"),
    ([step("min_ram", "much")], "IMG.0055"), ([step("hw_firmware_type", "uefi")], ""),
    ([step("hw_firmware_type", "bios")], ""), ([step("hw_firmware_type", "efi")], "IMG.0141"),
    ([step("hw_firmware_type", "")], "IMG.0141"),
    ([step("__support_xen", "true")], ""), ([step("__support_xen", True)], ""), ([step("__support_xen", "false")], "-"),
    ([step("__support_large_memory", "true")], ""), ([step("__support_highperformance", "true")], ""),
    ([step("__support_xen_gpu_type", "M60_vGPU")], "IMG.0035"),  # the image supports KVM
    *(([step("__support_kvm_gpu_type", one)], "IMG.0035") for one in ("M60", "V100_vGPU", "P2V_V100", "P100", "V100")),
    ([step("__support_kvm_gpu_type", "RTX")], "-"), ([step("__support_xen_hana", "true")], "IMG.0035"),
    ([{"op": "remove", "path": "/__support_kvm"}], ""), ([step("__support_kvm", "false")], "-"),
    ([{"op": "remove", "path": "/__support_kvm"}, step("__support_xen_gpu_type", "M60_vGPU")], ""),
    ([step("__support_kvm_gpu_type", "V100"), {"op": "remove", "path": "/__support_kvm"}], ""),
    ([step("__support_kvm_infiniband", "true")], ""),
    ([step("__support_kvm_infiniband", "true"), step("__support_xen", "true")], "IMG.0035"),
    ([step("__support_amd", "true")], "IMG.0035"), ([step("max_ram", 1024)], "IMG.0035"),
    ([step("__support_diskintensive", "true")], "-"),
    ([step("__is_config_init", "true")], ""), ([step("__is_config_init", "maybe")], "-"),
    ([step("hw_vif_multiqueue_enabled", "false")], ""), ([step("hw_vif_multiqueue_enabled", "1")], "-"),
    ([step("__custom", "anything")], ""), ([step("__custom", 7)], "-"), ([step("__custom", "x", "replace")], "-"),
    ([{"op": "remove", "path": "/__custom"}], "-"),
    ([step("__custom", "x"), {"op": "remove", "path": "/__custom"}], ""),
    ([{"op": "remove", "path": "/__description"}], ""), ([{"op": "remove", "path": "/name"}], "IMG.0035"),
    *(([step(name, "x")], "IMG.0035") for name in ("owner", "status", "visibility", "__imagetype", "tags", "min_disk")),
    ([step("name", "x", "move")], "-"), ([{"op": "add", "path": "name", "value": "x"}], "-"),
    ([{"op": "add", "path": "/a/b", "value": "x"}], "-"), ([{"op": "add", "path": "/name"}], "-"),
    ([], "-"), ({}, "-"), (["name"], "-"),
]  # fmt: skip
#: What the extension call and the native one judge differently: steps, code of the one, code of the other.
PATCHES_THAT_DIFFER: list[tuple[Any, str, str]] = [
    ([step("protected", True)], "IMG.0035", ""), ([step("protected", "yes")], "IMG.0035", "-"),
    ([step("plain", "x")], "IMG.0035", ""), ([step("description", "x")], "", ""),
]  # fmt: skip


def query(**changes: Any) -> dict[str, Any]:
    return {"action": "filter"} | changes


def keyed(*keys: Any, values: Any = None) -> list[dict[str, Any]]:
    return [{"key": key, "values": values} for key in keys]


QUERIES: list[Edge] = [
    (query(), ""), ({"action": "count"}, ""), ({"action": "Filter"}, "-"), ({}, "-"),
    *((query(**{name: keyed("k")}), "") for name in ("tags", "tags_any", "not_tags", "not_tags_any")),
    (query(tags=keyed(*map(str, range(10)))), ""), (query(tags=keyed(*map(str, range(11)))), "-"),
    (query(tags=keyed("k", "k")), "-"), (query(tags=keyed("k" * 127)), ""), (query(tags=keyed("k" * 128)), "-"),
    (query(tags=keyed("")), "-"), (query(tags=keyed(" ")), "-"), (query(tags=keyed(7)), "-"),
    (query(tags=keyed("k", values=[str(place) for place in range(10)])), ""),
    (query(tags=keyed("k", values=[str(place) for place in range(11)])), "-"),
    (query(tags=keyed("k", values=["v", "v"])), "-"), (query(tags=keyed("k", values=["v" * 255])), ""),
    (query(tags=keyed("k", values=["v" * 256])), "-"), (query(tags=keyed("k", values=[])), ""),
    (query(tags=keyed("k", values="v")), "-"), (query(tags="k"), "-"),
    (query(without_any_tag=True), ""), (query(without_any_tag="yes"), "-"),
    (query(limit="1"), ""), (query(limit="1000"), ""), (query(limit=10), ""), (query(limit="0"), "-"),
    (query(limit="1001"), "-"), (query(limit="x"), "-"), (query(offset="0"), ""), (query(offset="-1"), "-"),
    (query(matches=[{"key": "resource_name", "value": ""}]), ""),
    (query(matches=[{"key": "resource_name", "value": "v" * 255}]), ""),
    (query(matches=[{"key": "resource_name", "value": "v" * 256}]), "-"),
    (query(matches=[{"key": "resource_id", "value": "x"}]), ""), (query(matches=[{"key": "name", "value": "x"}]), "-"),
    (query(matches=[{"key": "resource_name", "value": "x"}] * 2), "-"), (query(matches="x"), "-"),
]  # fmt: skip
TIMES = [(f"{op}:2026-01-31T12:00:00Z", "") for op in ("gt", "gte", "lt", "lte", "eq", "neq")]
LISTS: list[Edge] = [
    ({}, ""), *each("sort_key", [(key, "") for key in ("name", "size", "created_at", "status", "id")], {}),
    ({"sort_key": "owner"}, "-"), ({"sort_dir": "asc"}, ""), ({"sort_dir": "desc"}, ""), ({"sort_dir": "up"}, "-"),
    ({"__imagetype": "gold"}, ""), ({"__imagetype": "private"}, ""), ({"__imagetype": "silver"}, "IMG.0024"),
    ({"member_status": "pending", "visibility": "shared"}, ""),
    ({"member_status": "maybe", "visibility": "shared"}, "-"), ({"member_status": "pending"}, "-"),
    *each("created_at", TIMES, {}), ({"updated_at": "gte:2026-01-31 12:00:00"}, ""),
    ({"created_at": "2026-01-31T12:00:00Z"}, "-"), ({"created_at": "ge:2026-01-31T12:00:00Z"}, "-"),
    ({"updated_at": "gte:2026-01-31"}, "-"), ({"marker": "7"}, "IMG.0066"),
]  # fmt: skip
RECIPIENTS: list[tuple[Any, str]] = [([], "-"), ("p", "-"), ([""], "IMG.0067"), ([7], "IMG.0067")]
ANSWERS: list[tuple[Any, str]] = [
    ("accepted", ""), ("rejected", ""), ("pending", "-"), ("Accepted", "-"), ("", "-"), (None, "-"), (7, "-"),
]  # fmt: skip
