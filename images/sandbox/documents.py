"""Image documents: the attributes of an image as IMS sends them (5.1.1, 9.1), in one order."""

from typing import Any

from images.sandbox import os_table

Document = dict[str, Any]

# MD5 of nothing: what the examples of the reference show for images without a file of their own.
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def document(image_id: str, owner: str, name: str, created_at: str, **attributes: Any) -> Document:
    """A document with everything that is always there; ``attributes`` replace or add to it.

    Sizes: ``min_disk`` GB, ``min_ram`` MB, ``__image_size`` bytes as text. ``size`` is 0 and ``virtual_size`` null,
    for the reference calls both unavailable.
    """
    base: Document = {
        "schema": "/v2/schemas/image",
        "min_disk": 40,
        "created_at": created_at,
        "__image_source_type": "uds",
        "container_format": "bare",
        "file": f"/v2/images/{image_id}/file",
        "updated_at": created_at,
        "protected": False,
        "id": image_id,
        "__isregistered": "true",
        "min_ram": 0,
        "owner": owner,
        "__imagetype": "private",
        "visibility": "private",
        "virtual_env_type": "FusionCompute",
        "tags": [],
        "size": 0,
        "name": name,
        "self": f"/v2/images/{image_id}",
        "disk_format": "zvhd2",
        "virtual_size": None,
        "status": "active",
    }
    base.update(attributes)
    return base


def public(image_id: str, owner: str, name: str, created_at: str, os_version: str, **attributes: Any) -> Document:
    """A public image: gold, protected, without origin (5.1.1)."""
    return document(
        image_id,
        owner,
        name,
        created_at,
        **os_table.attributes_of(os_version),
        **{
            "__imagetype": "gold",
            "visibility": "public",
            "protected": True,
            "checksum": EMPTY_MD5,
            "__lazyloading": "true",
            "hw_firmware_type": "bios",
        }
        | attributes,
    )


def private(image_id: str, owner: str, name: str, created_at: str, os_version: str, **attributes: Any) -> Document:
    """A finished private image with a file; the empty attributes are those of the example of 5.1.2."""
    return document(
        image_id,
        owner,
        name,
        created_at,
        **os_table.attributes_of(os_version),
        **{
            "checksum": EMPTY_MD5,
            "__lazyloading": "false",
            "__description": "",
            "__originalimagename": "",
            "__backup_id": "",
            "__data_origin": None,
            "__image_size": "1073741824",
            "hw_firmware_type": "bios",
        }
        | attributes,
    )
