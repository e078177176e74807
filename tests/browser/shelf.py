"""What the browser tests look at: a dozen images of two projects, and one page of each kind."""

from dataclasses import dataclass

from images.cache.models.image import Image
from tests import factories

#: Long enough to break a layout that trusts in short names.
LONG = "ubuntu-22-04-server-hardened-with-a-very-long-name-that-somebody-really-gave-to-it-in-2026"


@dataclass(frozen=True)
class Shelf:
    """The published images, and one of them with a source, a copy, tags and a history."""

    image: Image


def stock() -> Shelf:
    build = factories.project("eu-west-0_build", "eu-west-0")
    security = factories.project("eu-west-1_security", "eu-west-1")
    factories.put(build, *(factories.document(n, build.project_id) for n in range(9)))
    factories.put(security, *(factories.document(n, security.project_id) for n in range(9, 12)))
    source = factories.document(100, build.project_id, name="golden")
    middle = factories.document(101, build.project_id, name=LONG, __originalimagename=source["id"])
    copy = factories.document(102, build.project_id, name="copy", __originalimagename=middle["id"])
    factories.put(build, source, middle, copy)
    factories.put(build, middle | {"tags": ["env=prod", "golden"], "min_ram": 4096, "protected": True})
    return Shelf(Image.objects.get(image_id=middle["id"]))


def pages(image_pk: int) -> dict[str, str]:
    """Name → path of every page that a signed-in person can open; screenshots.py and the tests walk through it."""
    return {
        "home": "/?whole=1",
        "list": "/images/",
        "list-nothing": "/images/?q=nothing-has-this-name",
        "list-filtered": "/images/?q=status%3Aactive%20os%3Aubuntu%20size%3A%3Etoo",
        "detail": f"/images/{image_pk}/",
        "detail-history": f"/images/{image_pk}/?tab=history",
        "detail-lineage": f"/images/{image_pk}/?tab=lineage",
        "detail-members": f"/images/{image_pk}/?tab=members",
        "detail-use": f"/images/{image_pk}/?tab=use",
        "detail-json": f"/images/{image_pk}/?tab=json",
        "tags": f"/images/{image_pk}/tags/",
        "field": f"/images/{image_pk}/field/?name=name",
        "field-new": f"/images/{image_pk}/field/",
        "act-tag": f"/images/act/tag/?image={image_pk}&do_1=set&key_1=env&value_1=prod",
        "catalogue": "/tags/",
        "tag-csv": "/tags/csv/",
        "by-tag": "/images/by-tag/?q=tag%3Aenv%3Dprod",
        "tag-check": "/images/tag-check/?q=tag%3Aenv",
        "create": "/images/create/",
        "create-file": "/images/create/?from=file",
        "create-disks": "/images/create/?from=disks",
        "act-delete": f"/images/act/delete/?image={image_pk}",
        "act-copy": f"/images/act/copy/?image={image_pk}",
        "act-export": f"/images/act/export/?image={image_pk}",
        "act-edit-many": "/images/act/edit/?all=on",
        "act-edit": f"/images/{image_pk}/edit/",
        "act-protect-all": "/images/act/protect/?all=on",
        "operations": "/operations/",
        "reports": "/reports/?report=operations",
        "reports-mail": "/reports/mail/",
        "accounts": "/clouds/",
        "account-add": "/clouds/add/",
        "search-help": "/images/search-help/",
        "saved-views": "/images/views/",
        "saved-view-add": "/images/views/add/",
        "password": "/accounts/password/change/",
        "components": "/components/",
        "not-found": "/nothing-here/",
    }
