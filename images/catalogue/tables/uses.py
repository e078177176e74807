"""What an image is for, by its kind, as steps to copy: a server, a disk, bare metal, a server with all its disks, or an
installation from an ISO file (7.1).

IMS documents the last alone; calls of other services are those of their own references, with placeholders in capitals
for what only the reader knows.
"""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from images.cache.models.image import Image
from images.cache.rules.subject import is_iso
from images.clouds.enums import ProjectKind


@dataclass(frozen=True)
class Snippet:
    """A text to copy. `link` leads to the screen of the console that does the same, where there is one."""

    name: str
    label: str | Promise
    explain: str | Promise
    code: str
    link: str = ""
    link_label: str | Promise = ""


def is_ims(image: Image) -> bool:
    return image.project is None or image.project.kind == ProjectKind.IMS


def uses_of(image: Image, base: str) -> Sequence[Snippet]:
    """How to make of the image what it is for; `base` is the address of its image service."""
    if not is_ims(image):
        return _iso_of_glance(image) if is_iso(image) else _server(image)
    if is_iso(image):
        return _installation(image, base)
    if image.whole_image:
        return _whole_server(image)
    return _BY_KIND.get(image.env_type, _server)(image)


def _server(image: Image) -> Sequence[Snippet]:
    code = _openstack(image, "server create", f"--image {_id(image)} --flavor FLAVOR --network NETWORK", "SERVER_NAME")
    return [Snippet("server", _("A server"), _("Makes a server from the image."), code)]


def _bare_metal(image: Image) -> Sequence[Snippet]:
    made = _openstack(
        image, "server create", f"--image {_id(image)} --flavor physical.FLAVOR --network NETWORK", "SERVER_NAME"
    )
    tagged = _openstack(image, "--os-compute-api-version 2.26 server set", "--tag __type_baremetal", "SERVER_NAME")
    explain = _(
        "The image is for bare metal servers only: the flavor is one of those that begin with physical. The tag puts "
        "the server into the cloud’s own list of bare metal servers."
    )
    return [Snippet("bare-metal", _("A bare metal server"), explain, f"{made}\n\n{tagged}")]


def _disk(image: Image) -> Sequence[Snippet]:
    size = max(image.min_disk, 1)
    made = _openstack(
        image, "volume create", f"--image {_id(image)} --size {size} --type TYPE --availability-zone ZONE", "DISK_NAME"
    )
    attached = _openstack(image, "server add volume", "", "SERVER_NAME DISK_NAME")
    body = {
        "volume": {
            "name": "DISK_NAME", "size": size, "imageRef": image.image_id, "volume_type": "TYPE",
            "availability_zone": "ZONE",
        }
    }  # fmt: skip
    return [
        Snippet(
            "disk", _("A disk"),
            _("A data disk image holds no system to start: it becomes a disk, which a server gets beside its own."),
            f"{made}\n\n{attached}",
        ),
        Snippet(
            "disk-http", _("A disk, by HTTP"), _("The same as a call of the disk service (EVS)."),
            _post(f"EVS_ENDPOINT/v3/{_project(image)}/volumes", body),
        ),
    ]  # fmt: skip


def _whole_server(image: Image) -> Sequence[Snippet]:
    server = _server_body(image, image.min_disk)
    explain = _(
        "A full-ECS image brings system and data disks back from their backup. OpenStack’s own call does not take it; "
        "the call of the server service (ECS) does. No data disks are named: they come with the image."
    )
    code = _post(f"ECS_ENDPOINT/v1/{_project(image)}/cloudservers", {"server": server})
    return [Snippet("whole", _("A server with all its disks"), explain, code)]


def _installation(image: Image, base: str) -> Sequence[Snippet]:
    """7.1, from its third step on: the image is there. The disks have the size that the image asks for."""
    size = max(image.min_disk, 1)
    temporary = _server_body(image, size) | {
        "data_volumes": [{"volumetype": "SATA", "size": size}],
        "metadata": {"virtual_env_type": "IsoImage"},
        "extendparam": {"diskPrior": "true"},
    }
    version = image.os_version or "OS_VERSION"
    wanted = {"name": "IMAGE_NAME", "volume_id": "DISK_ID", "type": "ECS", "os_version": version}
    asked = {"from": "volume"} | ({"os_version": image.os_version} if image.os_version else {})
    asked |= {"project": str(image.project_id)} if image.project_id else {}
    servers = f"ECS_ENDPOINT/v1/{_project(image)}/cloudservers"
    return [
        Snippet(
            "iso-server", _("1. A temporary server"),
            _(
                "An ISO image starts no server of its own: a system is installed from it first. The flavor is a "
                "general-computing one with 2 vCPUs, at least 4 GB of memory and KVM. The server needs a system disk "
                "and a data disk."
            ),
            _post(servers, {"server": temporary}),
        ),
        Snippet(
            "iso-install", _("2. Install the system"),
            _(
                "Open the server’s remote login in the cloud’s own console and install. The system goes to the data "
                "disk. Then read the ID of that disk: it is among os-extended-volumes:volumes_attached."
            ),
            _get(f"{servers}/SERVER_ID"),
        ),
        Snippet(
            "iso-image", _("3. An image of the disk"),
            _("The data disk becomes a system disk image, from which servers are made. The temporary server can go."),
            _post(f"{base}/v2/cloudimages/action", wanted),
            link=f"{reverse('images:create')}?{urlencode(asked)}", link_label=_("Make it here"),
        ),
    ]  # fmt: skip


def _iso_of_glance(image: Image) -> Sequence[Snippet]:
    size = max(image.min_disk, 1)
    code = "\n\n".join(
        (
            _openstack(image, "volume create", f"--size {size}", "DISK_NAME"),
            _openstack(
                image, "server create", f"--image {_id(image)} --flavor FLAVOR --network NETWORK", "SERVER_NAME"
            ),
            _openstack(image, "server add volume", "", "SERVER_NAME DISK_NAME"),
            _openstack(image, "volume set", "--bootable", "DISK_NAME"),
            _openstack(image, "image create", "--volume DISK_NAME", "IMAGE_NAME"),
        )
    )
    explain = _(
        "The server starts the ISO as a disc. Install the system onto the disk that it was given, delete the server, "
        "and go on with the last two commands: they make an image of that disk."
    )
    return [Snippet("iso-server", _("Install from it"), explain, code)]


_BY_KIND: dict[str, Callable[[Image], Sequence[Snippet]]] = {"DataImage": _disk, "Ironic": _bare_metal}


def _server_body(image: Image, size: int) -> dict[str, Any]:
    """What 7.1 calls mandatory of a server, with placeholders."""
    return {
        "imageRef": image.image_id,
        "flavorRef": "FLAVOR",
        "name": "SERVER_NAME",
        "vpcid": "VPC_ID",
        "nics": [{"subnet_id": "SUBNET_ID"}],
        "root_volume": {"volumetype": "SATA", "size": max(size, 1)},
        "availability_zone": "ZONE",
    }


def _openstack(image: Image, command: str, options: str, names: str) -> str:
    lines = [f"openstack --os-region-name {shlex.quote(image.region.name)} {command}", options, names]
    return " \\\n  ".join(filter(None, lines))


def _post(address: str, body: dict[str, Any]) -> str:
    written = json.dumps(body, indent=2, ensure_ascii=False)
    return (
        f'curl --fail --request POST --header "X-Auth-Token: $OS_TOKEN" \\\n'
        f"  --header 'Content-Type: application/json' --data {shlex.quote(written)} \\\n  {_address(address)}"
    )


def _get(address: str) -> str:
    return f'curl --fail --header "X-Auth-Token: $OS_TOKEN" \\\n  {_address(address)}'


def _address(text: str) -> str:
    """An address with the placeholder of a service in front goes to that service by HTTPS."""
    return shlex.quote(text if "://" in text else f"https://{text}")


def _id(image: Image) -> str:
    return shlex.quote(image.image_id)


def _project(image: Image) -> str:
    return image.project.project_id if image.project else "PROJECT_ID"
