"""Schemas (6.3.1 to 6.3.4)."""

from typing import Any

from images.sandbox.call import Call
from images.sandbox.wire import Response, answer

_UUID = "^[0-9a-fA-F]{8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"

IMAGE: dict[str, Any] = {
    # As printed: the vendor's SDK reads one word here, and breaks at a list. Yet images are printed with null and true
    # under such names, which clients that check what they read (python-glanceclient) cannot take.
    "additionalProperties": {"type": "string"},
    "name": "image",
    "links": [
        {"href": "{self}", "rel": "self"},
        {"href": "{file}", "rel": "enclosure"},
        {"href": "{schema}", "rel": "describedby"},
    ],
    "properties": {
        "status": {
            "enum": ["queued", "saving", "active", "killed", "deleted", "pending_delete"],
            "type": "string",
            "description": "Status of the image (READ-ONLY)",
        },
        "tags": {
            "items": {"type": "string", "maxLength": 255},
            "type": "array",
            "description": "List of strings related to the image",
        },
        "kernel_id": {
            "pattern": _UUID,
            "type": "string",
            "description": "ID of image stored in Glance that should be used as the kernel when booting an "
            "AMI-style image.",
            "is_base": False,
        },
        "container_format": {
            "enum": ["ami", "ari", "aki", "bare", "ovf", "ova"],
            "type": "string",
            "description": "Format of the container",
        },
        "min_ram": {"type": "integer", "description": "Amount of ram (in MB) required to boot image."},
        "ramdisk_id": {
            "pattern": _UUID,
            "type": "string",
            "description": "ID of image stored in Glance that should be used as the ramdisk when booting an "
            "AMI-style image.",
            "is_base": False,
        },
        "locations": {
            "items": {
                "required": ["url", "metadata"],
                "type": "object",
                "properties": {"url": {"type": "string", "maxLength": 255}, "metadata": {"type": "object"}},
            },
            "type": "array",
            "description": "A set of URLs to access the image file kept in external store",
        },
        "visibility": {
            "enum": ["public", "private", "shared"],
            "type": "string",
            "description": "Scope of image accessibility",
        },
        "updated_at": {"type": "string", "description": "Date and time of the last image modification (READ-ONLY)"},
        "owner": {"type": "string", "description": "Owner of the image", "maxLength": 255},
        "file": {"type": "string", "description": "(READ-ONLY)"},
        "min_disk": {"type": "integer", "description": "Amount of disk space (in GB) required to boot image."},
        "virtual_size": {"type": ["null", "integer"], "description": "Virtual size of image in bytes (READ-ONLY)"},
        "id": {"pattern": _UUID, "type": "string", "description": "An identifier for the image"},
        "size": {"type": "integer", "description": "Size of image file in bytes (READ-ONLY)"},
        "instance_uuid": {
            "type": "string",
            "description": "ID of instance used to create this image.",
            "is_base": False,
        },
        "os_distro": {
            "type": "string",
            "description": "Common name of operating system distribution as specified in "
            "http://docs.openstack.org/trunk/openstack-compute/admin/content/adding-images.html",
            "is_base": False,
        },
        "name": {"type": "string", "description": "Descriptive name for the image", "maxLength": 255},
        "checksum": {
            "type": ["null", "string"],
            "description": "md5 hash of image contents. (READ-ONLY)",
            "maxLength": 32,
        },
        "created_at": {"type": "string", "description": "Date and time of image registration (READ-ONLY)"},
        "disk_format": {
            "enum": ["ami", "ari", "aki", "vhd", "vmdk", "raw", "qcow2", "vdi", "iso", "zvhd", "zvhd2"],
            "type": "string",
            "description": "Format of the disk",
        },
        "os_version": {
            "type": "string",
            "description": "Operating system version as specified by the distributor",
            "is_base": False,
        },
        "protected": {"type": "boolean", "description": "If true, image will not be deletable."},
        "architecture": {
            "type": "string",
            "description": "Operating system architecture as specified in "
            "http://docs.openstack.org/trunk/openstack-compute/admin/content/adding-images.html",
            "is_base": False,
        },
        "direct_url": {
            "type": "string",
            "description": "URL to access the image file kept in external store (READ-ONLY)",
        },
        "self": {"type": "string", "description": "(READ-ONLY)"},
        "schema": {"type": "string", "description": "(READ-ONLY)"},
    },
}

MEMBER: dict[str, Any] = {
    "name": "member",
    "properties": {
        "status": {
            "enum": ["pending", "accepted", "rejected"],
            "type": "string",
            "description": "The status of this image member",
        },
        "created_at": {"type": "string", "description": "Date and time of image member creation"},
        "updated_at": {"type": "string", "description": "Date and time of last modification of image member"},
        "image_id": {"pattern": _UUID, "type": "string", "description": "An identifier for the image"},
        "member_id": {"type": "string", "description": "An identifier for the image member (tenantId)"},
        "schema": {"readOnly": True, "type": "string"},
    },
}

IMAGES: dict[str, Any] = {
    "name": "images",
    "links": [
        {"href": "{first}", "rel": "first"},
        {"href": "{next}", "rel": "next"},
        {"href": "{schema}", "rel": "describedby"},
    ],
    "properties": {
        "images": {"items": IMAGE, "type": "array"},
        "schema": {"type": "string"},
        "next": {"type": "string"},
        "first": {"type": "string"},
    },
}

MEMBERS: dict[str, Any] = {
    "name": "members",
    "links": [{"href": "{schema}", "rel": "describedby"}],
    "properties": {"members": {"items": MEMBER, "type": "array"}, "schema": {"type": "string"}},
}


def image(_call: Call) -> Response:
    """GET /v2/schemas/image (6.3.1). The printed list of visibilities lacks ``shared``, which images do have."""
    return answer(IMAGE)


def images(_call: Call) -> Response:
    """GET /v2/schemas/images (6.3.2)."""
    return answer(IMAGES)


def member(_call: Call) -> Response:
    """GET /v2/schemas/member (6.3.3)."""
    return answer(MEMBER)


def members(_call: Call) -> Response:
    """GET /v2/schemas/members (6.3.4)."""
    return answer(MEMBERS)
