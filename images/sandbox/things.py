"""What images can be created from: cloud servers, disks, backups, OBS buckets with objects, KMS keys.

IMS only names them; other services keep them. The sandbox holds a fixed set in one project and region each, so that
every rule of chapters 5 and 6 has something that meets it and something that breaks it.
"""

from typing import Any

from images.sandbox import cast
from images.sandbox.scenery import DEFAULT_KEY, EXAMPLE_KEY
from images.sandbox.store import Store

GIB = 1024**3

MAIN = cast.DEMO_PROJECTS[0]
EXAMPLE_SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
EXAMPLE_BACKUP = "9b27efab-4a17-4c06-bfa2-3e0cf021d3c3"

Facts = dict[str, Any]


def create(store: Store) -> None:
    """Put the fixed set into a new state: the same in each project, under ids of its own in all but the first."""
    for number, project in enumerate(cast.PROJECTS):
        for kind, thing_id, facts in _of_project():
            store.put_thing(kind, _own_id(kind, thing_id, number), _owned(facts, project, number))
    for thing_id, facts in _keys():
        store.put_thing("key", thing_id, facts)


def defaults(kind: str) -> Facts:
    """Facts of an ordinary thing of a kind, for those who add one."""
    return {
        "server": _server("added", "stopped"),
        "volume": _volume("added", EXAMPLE_SERVER),
        "backup": _backup("added"),
        "bucket": {"storage_class": "STANDARD"},
        "object": {"size": GIB},
        "key": {"name": "added", "enabled": True, "domain_id": cast.DEMO.id},
    }[kind]


def _owned(facts: Facts, project: cast.Project, number: int) -> Facts:
    """The facts of a thing for one project; ids of other things inside are moved along."""
    owned = facts | {"project_id": project.id, "region": facts.get("region", project.region)}
    for name in ("server_id", "volume_id"):
        if owned.get(name):
            owned[name] = _own_id("", owned[name], number)
    if "bucket" in owned and number:
        owned["bucket"] = _own_id("bucket", owned["bucket"], number)
    return owned


def _own_id(kind: str, thing_id: str, number: int) -> str:
    """The id of a thing in the project with this number: the printed one in the first, one digit off in the others."""
    if number == 0:
        return thing_id
    if kind in ("bucket", "object"):
        bucket, colon, key = thing_id.partition(":")
        return f"{bucket}-{number}{colon}{key}"
    return f"{thing_id[:-1]}{(int(thing_id[-1], 16) + number) % 16:x}"


def _server(name: str, status: str, **facts: Any) -> Facts:
    """A cloud server. ``disk`` is the size of its system disk in GB; ``task`` what is being done to it."""
    return {
        "name": name,
        "status": status,
        "os_version": "CentOS 7.5 64bit",
        "disk": 40,
        "task": "",
        "storage": "EVS",
        "system_disk": True,
    } | facts


def _volume(name: str, server_id: str, **facts: Any) -> Facts:
    return {"name": name, "server_id": server_id, "status": "in-use", "size": 100, "storage": "EVS"} | facts


def _of_project() -> list[tuple[str, str, Facts]]:
    running = "2f7a4d10-53c1-4c39-9a7e-61f0c8b7d220"
    found: list[tuple[str, str, Facts]] = [
        ("server", EXAMPLE_SERVER, _server("ecs-template", "stopped")),
        ("server", running, _server("ecs-web-01", "running", os_version="Ubuntu 18.04 server 64bit")),
        ("server", "6a1c9e34-8d27-4f50-b1e2-03d94c5f7a30", _server("ecs-busy", "stopped", task="migrating")),
        ("server", "a94f2b6e-10c7-4d8b-8e65-2f1b7c3d9e40", _server("ecs-resizing", "resize")),
        ("server", "c3d80f5a-7b42-4e19-a6d4-9e2f5b1c8a50", _server("ecs-huge", "stopped", disk=2000)),
        ("server", "e15b7d92-4f3a-4a6c-b8f0-7c6d2e9b1f60", _server("ecs-dedicated", "stopped", storage="DSS")),
        ("server", "1b8e6c47-92d5-4b0f-9c3a-5d7f4e2a6b70", _server("ecs-diskless", "stopped", system_disk=False)),
        ("server", "3d9f5a82-6e14-4c7b-a2d8-8b0c1f6e4d80", _server("ecs-in-backup", "running", task="backing-up")),
        ("server", "5e0a7b93-1f25-4d8c-b3e9-9c1d207f5e90", _server("ecs-spot", "stopped", task="reclaiming")),
        ("server", "7f1b8ca4-2036-4e9d-84fa-ad2e318a6f10", _server("win-template", "stopped", os_version=_WINDOWS)),
        # The volume of 7.1 carries the id of the server of 5.1.3, as printed.
        ("volume", EXAMPLE_SERVER, _volume("iso-installed-system", running)),
        ("volume", "b0c1d2e3-f405-4617-8829-3a4b5c6d7e10", _volume("data-01", EXAMPLE_SERVER)),
        ("volume", "c1d2e3f4-0516-4728-993a-4b5c6d7e8f20", _volume("data-02", EXAMPLE_SERVER, size=500)),
        ("volume", "d2e3f405-1627-4839-8a4b-5c6d7e8f9030", _volume("elsewhere", running)),
        ("volume", "e3f40516-2738-494a-9b5c-6d7e8f901440", _volume("broken", EXAMPLE_SERVER, status="error")),
        ("volume", "f4051627-3849-4a5b-8c6d-7e8f90a1b250", _volume("dedicated", EXAMPLE_SERVER, storage="DSS")),
        ("backup", EXAMPLE_BACKUP, _backup("nightly")),
        ("backup", "ac38f0bc-5b28-4d17-8b03-4f1df132e4d0", _backup("still-creating", status="creating")),
        ("backup", "bd490fcd-6c39-4e28-9c14-5f2ef243f5e0", _backup("with-shared-disk", shared_disk=True)),
        ("backup", "5f1d0b52-6f0e-4b1b-8d3e-0f6a4f2f9c10", _backup("used-before", image_id="earlier")),
        ("backup", "ce5a10de-7d4a-4f39-8d25-603f0354a6f0", _backup("second")),
    ]
    return found + _storage()


_WINDOWS = "Windows Server 2016 Standard 64bit"


def _backup(name: str, **facts: Any) -> Facts:
    return {
        "name": name,
        "status": "available",
        "shared_disk": False,
        "image_id": "",
        "os_version": "CentOS 7.5 64bit",
        "disk": 40,
    } | facts


def _storage() -> list[tuple[str, str, Facts]]:
    """Buckets, and objects of every format. Sizes are bytes; ``broken`` objects make the job fail."""
    found: list[tuple[str, str, Facts]] = [
        ("bucket", "ims-image", {"storage_class": "STANDARD"}),
        ("bucket", "bucketname", {"storage_class": "STANDARD"}),
        ("bucket", "ims-archive", {"storage_class": "GLACIER"}),
        ("bucket", "ims-elsewhere", {"storage_class": "STANDARD", "region": "eu-central-9"}),
    ]
    objects: dict[str, Facts] = {
        "ims-image:centos70.qcow2": {"size": 913 * 1024**2},
        "ims-image:centos70.iso": {"size": 4 * GIB},
        "ims-image:centos70.zvhd2": {"size": 2 * GIB},
        "ims-image:centos70.raw": {"size": 8 * GIB},
        "ims-image:centos70.vhd": {"size": 3 * GIB},
        "ims-image:centos70.zvhd": {"size": 2 * GIB},
        "ims-image:centos70.vhdx": {"size": 3 * GIB},
        "ims-image:centos70.qed": {"size": 3 * GIB},
        "ims-image:centos70.vdi": {"size": 3 * GIB},
        "ims-image:centos70.qcow": {"size": 3 * GIB},
        "ims-image:centos70.vmdk": {"size": 3 * GIB},
        "ims-image:appliance.ova": {"size": 5 * GIB},
        "ims-image:data.qcow2": {"size": 20 * GIB},
        "ims-image:data2.qcow2": {"size": 20 * GIB},
        "ims-image:data3.qcow2": {"size": 20 * GIB},
        "ims-image:data4.qcow2": {"size": 20 * GIB},
        "ims-image:empty.qcow2": {"size": 0},
        "ims-image:notes.txt": {"size": 512},
        "ims-image:broken.qcow2": {"size": GIB, "broken": True},
        "ims-image:big.qcow2": {"size": 200 * GIB},
        "ims-image:big.raw": {"size": 600 * GIB},
        "ims-image:huge.raw": {"size": 1100 * GIB},
        "ims-image:existing.qcow2": {"size": GIB},
        "bucketname:Centos6.5-disk1.vmdk": {"size": 2 * GIB},
        "ims-archive:centos70.qcow2": {"size": GIB},
        "ims-elsewhere:centos70.qcow2": {"size": GIB},
    }
    for address, facts in objects.items():
        found.append(("object", address, facts | {"bucket": address.partition(":")[0]}))
    return found


def _keys() -> list[tuple[str, Facts]]:
    """Keys: two that work for the demo tenant, one disabled, and one that belongs to the foreign tenant."""
    demo, foreign = cast.DEMO_PROJECTS[0].id, cast.FOREIGN_PROJECTS[0].id
    return [
        (DEFAULT_KEY, {"project_id": demo, "domain_id": cast.DEMO.id, "name": "ims/default", "enabled": True}),
        (EXAMPLE_KEY, {"project_id": demo, "domain_id": cast.DEMO.id, "name": "images-copy", "enabled": True}),
        (
            "6b3f2c1d-8e7a-4d5b-9c0f-1a2b3c4d5e60",
            {"project_id": demo, "domain_id": cast.DEMO.id, "name": "retired", "enabled": False},
        ),
        (
            "9e8d7c6b-5a49-4382-8716-05f4e3d2c1b0",
            {"project_id": foreign, "domain_id": cast.FOREIGN.id, "name": "partner", "enabled": True},
        ),
    ]
