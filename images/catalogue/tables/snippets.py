"""How to get at an image from elsewhere: command line, HTTP, Terraform. Texts to copy, with the image's own values."""

import json
import shlex
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from images.cache.models.image import Image
from images.catalogue.tables.uses import Snippet, is_ims, uses_of

_HCL_UNSAFE = {"${": "$${", "%{": "%%{"}


def snippets_of(image: Image, endpoint: str) -> Sequence[Snippet]:
    """`endpoint` of the project's image service, without a version."""
    base = endpoint.rstrip("/")
    ims = is_ims(image)
    image_id, region = shlex.quote(image.image_id), shlex.quote(image.region.name)
    found = [
        *uses_of(image, base),
        Snippet(
            "openstack", _("OpenStack command line"), _("Show the image."),
            f"openstack --os-region-name {region} image show {image_id}",
        ),
        Snippet(
            "curl", _("HTTP"), _("Put a token of the project into OS_TOKEN first."),
            f'curl --fail --header "X-Auth-Token: $OS_TOKEN" \\\n  {shlex.quote(f"{base}/v2/images/{image.image_id}")}'
            + (
                f'\n\n# the same as the service’s own list shows it (5.1.1)\n'
                f'curl --fail --header "X-Auth-Token: $OS_TOKEN" \\\n'
                f'  {shlex.quote(f"{base}/v2/cloudimages?id={image.image_id}")}'
                if ims
                else ""
            ),
        ),
    ]  # fmt: skip
    if ims:
        found += [
            Snippet(
                "terraform-otc", "Terraform (opentelekomcloud)", _("Finds the image by its name; the newest wins."),
                _terraform("opentelekomcloud_images_image_v2", image, newest="most_recent = true"),
            ),
            Snippet(
                "terraform-huaweicloud", "Terraform (huaweicloud)", _("Finds the image by its ID."),
                _block("huaweicloud_images_image", image, f"image_id    = {_hcl(image.image_id)}"),
            ),
        ]  # fmt: skip
    found.append(
        Snippet(
            "terraform-openstack", "Terraform (openstack)", _("Finds the image by its name; the newest wins."),
            _terraform("openstack_images_image_v2", image, newest="most_recent = true"),
        )
    )  # fmt: skip
    return found


def _terraform(kind: str, image: Image, *, newest: str) -> str:
    visibility = f"\n  visibility  = {_hcl(image.visibility)}" if image.visibility else ""
    return _block(kind, image, f"name        = {_hcl(image.name)}{visibility}\n  {newest}")


def _block(kind: str, image: Image, body: str) -> str:
    label = _label(image.name)
    return (
        f'data "{kind}" "{label}" {{\n  region      = {_hcl(image.region.name)}\n  {body}\n}}\n\n'
        f"# image_id = data.{kind}.{label}.id"
    )


def _label(name: str) -> str:
    """A Terraform identifier out of an image's name."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name).strip("_").lower()
    return plain if plain and not plain[0].isdigit() else f"image_{plain}".rstrip("_")


def _hcl(text: str) -> str:
    """An HCL string: JSON's escapes, and no interpolation."""
    quoted = json.dumps(text, ensure_ascii=False)
    for plain, escaped in _HCL_UNSAFE.items():
        quoted = quoted.replace(plain, escaped)
    return quoted
