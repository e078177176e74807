"""Cached images for tests and benchmarks, made quickly through the real writer and index, without HTTP."""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from images.cache.models.image import Image
from images.cache.services import index, publication
from images.cache.services.publication import ReceivedImage
from images.clouds.models import Account, Project, Region

CLOUD = "http://127.0.0.1:9/v3"
OS = [
    ("Linux", "Ubuntu", "Ubuntu 22.04 server 64bit"),
    ("Linux", "Ubuntu", "Ubuntu 18.04 server 64bit"),
    ("Linux", "CentOS", "CentOS 7.9 64bit"),
    ("Linux", "Debian", "Debian GNU/Linux 10.0.0 64bit"),
    ("Linux", "EulerOS", "EulerOS 2.5 64bit"),
    ("Windows", "Windows", "Windows Server 2016 Standard 64bit"),
]
TEAMS = ["core", "data", "edge", "web", "sec"]
ENVS = ["prod", "stage", "test", "dev"]


def account(name: str = "northwind") -> Account:
    return Account.objects.get_or_create(
        name=name, defaults={"auth_url": CLOUD, "username": "u", "domain": "d", "secret": "-"}
    )[0]


def region(name: str = "eu-west-0") -> Region:
    return Region.objects.get_or_create(cloud=CLOUD, name=name)[0]


def project(name: str = "eu-west-0_build", in_region: str = "eu-west-0") -> Project:
    return Project.objects.get_or_create(
        account=account(),
        region=region(in_region),
        project_id=uuid.uuid5(uuid.NAMESPACE_URL, name).hex,
        defaults={"name": name, "endpoint": "http://127.0.0.1:9"},
    )[0]


def document(number: int, owner: str, **attributes: Any) -> dict[str, Any]:
    """One image as IMS would send it: deterministic for a number, some 1 KB."""
    rng = random.Random(number)
    os_type, platform, version = rng.choice(OS)
    made = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(seconds=number * 601)
    image_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    data = {
        "id": image_id,
        "name": f"{platform.lower()}-{rng.choice(TEAMS)}-{number:07d}",
        "__description": f"Built by the {rng.choice(TEAMS)} team",
        "owner": owner,
        "visibility": "private",
        "__imagetype": "private",
        "status": rng.choices(["active", "queued", "saving", "killed"], [94, 2, 2, 2])[0],
        "tags": [f"env={rng.choice(ENVS)}", f"team={rng.choice(TEAMS)}", f"app=app-{rng.randrange(2000):04d}"],
        "__os_type": os_type,
        "__platform": platform,
        "__os_version": version,
        "__os_bit": "64",
        "min_disk": rng.choice([10, 40, 100]),
        "min_ram": rng.choice([0, 2048]),
        "disk_format": rng.choice(["zvhd2", "qcow2", "raw"]),
        "container_format": "bare",
        "virtual_env_type": rng.choices(["FusionCompute", "DataImage", "IsoImage", "Ironic"], [85, 8, 4, 3])[0],
        "hw_firmware_type": rng.choice(["bios", "uefi"]),
        "__image_size": str(rng.randrange(1, 40 * 2**30)),
        "protected": rng.random() < 0.1,
        "__isregistered": "true",
        "__support_kvm": "true",
        "file": f"/v2/images/{image_id}/file",
        "self": f"/v2/images/{image_id}",
        "schema": "/v2/schemas/image",
        "checksum": f"{rng.getrandbits(128):032x}",
        "size": 0,
        "virtual_size": None,
        "created_at": f"{made:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{made + timedelta(hours=number % 50):%Y-%m-%dT%H:%M:%SZ}",
    }
    return data | attributes


def incoming(data: dict[str, Any], member_status: str = "") -> ReceivedImage:
    return ReceivedImage.of(data["id"], json.dumps(data).encode(), member_status)


def put(
    holder: Project | Region, *documents: dict[str, Any], member_status: str = "", gone: tuple[int, ...] = ()
) -> None:
    """Puts images into the cache of a holder and publishes them, as a synchronisation would."""
    with transaction.atomic():
        publication.lock(holder)
        images = [incoming(data, member_status) for data in documents]
        leaving = publication.rows_of(holder, list(gone))
        outcome = publication.apply(holder, images, leaving, seen_at=timezone.now())
        if holder.published_at is None:
            holder.published_at = holder.synced_at = holder.full_synced_at = holder.contact_at = timezone.now()
            index.publish(index.holder_delta(holder))
        else:
            index.publish(outcome.delta)
        holder.image_count = Image.objects.filter(**index.holder_filter(holder)).count()
        holder.save()


def fill(count: int, batch: int = 20_000) -> list[Project]:
    """`count` images over four projects in two regions, published. 100,000 take some 15 s."""
    projects = [
        project("eu-west-0", "eu-west-0"),
        project("eu-west-0_build", "eu-west-0"),
        project("eu-west-1", "eu-west-1"),
        project("eu-west-1_security", "eu-west-1"),
    ]
    for place, holder in enumerate(projects):
        for images in _batches(range(place, count, len(projects)), batch):
            with transaction.atomic():
                publication.apply(
                    holder, (incoming(document(n, holder.project_id)) for n in images), (), seen_at=timezone.now()
                )
        put(holder)
    return projects


def _batches(numbers: range, size: int) -> Iterator[range]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
