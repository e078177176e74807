"""Lists of images: what is in them, filters, order, pages (5.1.1, 5.2.2, 6.1.1, 6.1.9)."""

from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from images.sandbox import cast

from .conftest import Caller

MAIN = cast.DEMO_PROJECTS[0].id


def everything(caller: Caller, path: str = "/v2/cloudimages", **filters: Any) -> list[dict[str, Any]]:
    """All images of a list, page by page."""
    found: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        page = caller.images(path, limit=100, **filters, **marker)
        found += page
        if len(page) < 100:
            return found
        marker = {"marker": page[-1]["id"]}


@pytest.fixture(scope="module")
def all_images(reader: Caller) -> list[dict[str, Any]]:
    return everything(reader)


def test_a_plain_list_holds_own_public_and_accepted_images(all_images, shared_sandbox):
    world = shared_sandbox.world
    accepted = {member.image_id for member in world.sharing.with_project(MAIN).values() if member.status == "accepted"}
    expected = {row.id for row in world.library.shelf(MAIN).created if row.status != "deleted"}
    expected |= {row.id for row in world.library.shelf("public:eu-west-0").created} | accepted
    assert accepted
    assert {image["id"] for image in all_images} == expected


def test_default_order_is_newest_first_ties_by_id(all_images):
    keys = [(image["created_at"], image["id"]) for image in all_images]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("key", ["name", "container_format", "disk_format", "status", "id", "size", "created_at"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_any_sort_key_pages_without_gap_or_repetition(reader, all_images, key, direction):
    found = everything(reader, sort_key=key, sort_dir=direction)
    keys = [(image[key], image["id"]) for image in found]
    assert keys == sorted(keys, reverse=direction == "desc")
    assert {image["id"] for image in found} == {image["id"] for image in all_images}
    assert len(found) == len(all_images)


def test_default_limits_and_the_cap(reader):
    assert len(reader.images("/v2/cloudimages")) == len(reader.images(limit=500))
    assert len(reader.images("/v2/images")) == 25
    assert len(reader.images("/v2/cloudimages", limit=5000)) == len(reader.images(limit=1000))


@pytest.mark.parametrize("path", ["/v2/cloudimages", "/v2/images"])
@pytest.mark.parametrize(
    ("parameter", "attribute", "value"),
    [
        ("__imagetype", "__imagetype", "gold"),
        ("__imagetype", "__imagetype", "private"),
        ("__imagetype", "__imagetype", "shared"),
        ("visibility", "visibility", "public"),
        ("visibility", "visibility", "private"),
        ("visibility", "visibility", "shared"),
        ("owner", "owner", MAIN),
        ("status", "status", "active"),
        ("status", "status", "queued"),
        ("status", "status", "killed"),
        ("container_format", "container_format", "bare"),
        ("disk_format", "disk_format", "iso"),
        ("__os_bit", "__os_bit", "32"),
        ("__os_type", "__os_type", "Windows"),
        ("__platform", "__platform", "Red Hat"),
        ("__support_kvm", "__support_kvm", "true"),
        ("__support_xen", "__support_xen", "true"),
        ("__support_largememory", "__support_largememory", "true"),
        ("__support_large_memory", "__support_largememory", "true"),
        ("__support_highperformance", "__support_highperformance", "true"),
        ("__support_high_performance", "__support_highperformance", "true"),
        ("__support_diskintensive", "__support_diskintensive", "true"),
        ("__support_disk_intensive", "__support_diskintensive", "true"),
        ("__support_kvm_gpu_type", "__support_kvm_gpu_type", "V100"),
        ("__support_xen_gpu_type", "__support_xen_gpu_type", "M60_vGPU"),
        ("__support_xen_hana", "__support_xen_hana", "true"),
        ("__support_kvm_infiniband", "__support_kvm_infiniband", "true"),
    ],
)
def test_text_filters(reader, all_images, path, parameter, attribute, value):
    found = everything(reader, path, **{parameter: value})
    expected = {image["id"] for image in all_images if image.get(attribute, "") == value}
    assert {image["id"] for image in found} == expected


def test_typed_filters(reader, all_images):
    def ids(**filters: Any) -> set[str]:
        return {image["id"] for image in everything(reader, **filters)}

    def expected(test: Any) -> set[str]:
        return {image["id"] for image in all_images if test(image)}

    assert ids(protected="true") == expected(itemgetter("protected"))
    assert ids(protected="False") == expected(lambda image: not image["protected"])
    assert ids(min_ram=2048) == expected(lambda image: image["min_ram"] == 2048)
    assert ids(min_disk=100) == expected(lambda image: image["min_disk"] == 100)
    assert ids(__whole_image="true") == expected(lambda image: image.get("__whole_image", False))
    assert ids(virtual_env_type="IsoImage") == expected(lambda image: image["virtual_env_type"] == "IsoImage")
    assert ids(virtual_environment_type="DataImage") == expected(lambda image: image["virtual_env_type"] == "DataImage")
    key = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"
    assert (
        ids(__system_cmkid=key)
        == ids(__system__cmkid=key)
        == expected(lambda image: image.get("__system__cmkid") == key)
    )
    assert ids(id="33AD552D-1149-471c-8190-ff6776174a00") == {"33ad552d-1149-471c-8190-ff6776174a00"}
    assert ids(__isregistered="false") == set()
    assert ids(surprise="ignored") == expected(lambda _image: True)


def test_native_list_does_not_know_the_extension_filters(reader, all_images):
    assert len(everything(reader, "/v2/images", __whole_image="true")) == len(all_images)


@pytest.mark.parametrize("attribute", ["created_at", "updated_at"])
@pytest.mark.parametrize(
    ("operator", "test"),
    [
        ("gt", lambda value, moment: value > moment),
        ("gte", lambda value, moment: value >= moment),
        ("lt", lambda value, moment: value < moment),
        ("lte", lambda value, moment: value <= moment),
        ("eq", lambda value, moment: value == moment),
        ("neq", lambda value, moment: value != moment),
    ],
)
def test_time_filters(reader, all_images, attribute, operator, test):
    for image in (all_images[5], all_images[len(all_images) // 2], all_images[-3]):
        moment = image[attribute]
        expected = {other["id"] for other in all_images if test(other[attribute], moment)}
        for text in (moment, moment.replace("T", " ").removesuffix("Z")):
            found = everything(reader, **{attribute: f"{operator}:{text}"}, sort_key="created_at", sort_dir="asc")
            assert {each["id"] for each in found} == expected
            assert [each["created_at"] for each in found] == sorted(each["created_at"] for each in found)


def test_tag_filter_takes_either_spelling(reader, all_images):
    key, value = "env", "prod"
    expected = {image["id"] for image in all_images if {f"{key}={value}", f"{key}.{value}"} & set(image["tags"])}
    assert expected
    for text in ("env=prod", "env.prod"):
        assert {image["id"] for image in everything(reader, tag=text)} == expected


@pytest.mark.parametrize("status", ["accepted", "pending", "rejected"])
def test_member_status_shows_what_others_offer(reader, shared_sandbox, status):
    found = reader.images(visibility="shared", member_status=status, __imagetype="shared")
    members = shared_sandbox.world.sharing.with_project(MAIN).values()
    assert {image["id"] for image in found} == {member.image_id for member in members if member.status == status}
    assert found
    assert all(image["owner"] in {project.id for project in cast.FOREIGN_PROJECTS} for image in found)
    again = reader.images("/v2/images", visibility="shared", member_statuses=status)
    assert {image["id"] for image in again} == {image["id"] for image in found}


def test_offers_and_refused_images_are_not_in_plain_lists(reader, all_images, shared_sandbox):
    members = shared_sandbox.world.sharing.with_project(MAIN).values()
    hidden = {member.image_id for member in members if member.status != "accepted"}
    assert hidden
    assert not hidden & {image["id"] for image in all_images}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"member_status": "pending"}, "IMG.0001"),
        ({"visibility": "shared", "member_status": "maybe"}, "IMG.0001"),
        ({"visibility": "all"}, "IMG.0001"),
        ({"status": "sleeping"}, "IMG.0001"),
        ({"protected": "perhaps"}, "IMG.0001"),
        ({"limit": "0"}, "IMG.0001"),
        ({"limit": "-1"}, "IMG.0001"),
        ({"limit": "many"}, "IMG.0001"),
        ({"min_ram": "large"}, "IMG.0001"),
        ({"sort_key": "updated_at"}, "IMG.0001"),
        ({"sort_dir": "up"}, "IMG.0001"),
        ({"created_at": "2024-01-01T00:00:00Z"}, "IMG.0001"),
        ({"created_at": "since:2024-01-01T00:00:00Z"}, "IMG.0001"),
        ({"created_at": "gt:2024-13-01T00:00:00Z"}, "IMG.0001"),
        ({"updated_at": "gt:yesterday"}, "IMG.0001"),
        ({"__imagetype": "silver"}, "IMG.0024"),
        ({"id": "7"}, "IMG.0066"),
        ({"marker": "7"}, "IMG.0066"),
        ({"marker": "00000000-0000-4000-8000-000000000000"}, "IMG.0066"),
    ],
)
@pytest.mark.parametrize("path", ["/v2/cloudimages", "/v2/images", "/v1/cloudimages/tags"])
def test_values_that_a_filter_cannot_have_are_refused(reader, path, query, code):
    assert reader.refused("GET", path, params=query) == (400, code)


def test_marker_of_an_image_that_is_not_visible_is_refused(reader, shared_sandbox):
    strangers = (row.id for row in shared_sandbox.world.library.shelf(cast.FOREIGN_PROJECTS[1].id).created)
    stranger = next(each for each in strangers if shared_sandbox.world.sharing.find(each, MAIN) is None)
    assert reader.refused("GET", "/v2/cloudimages", params={"marker": stranger}) == (400, "IMG.0066")


def test_native_links_lead_through_all_pages(reader, all_images):
    answer = reader.get("/v2/images?limit=60&sort_dir=asc&visibility=private")
    assert answer["schema"] == "/v2/schemas/images"
    assert dict(parse_qsl(urlsplit(answer["first"]).query)) == {
        "limit": "60",
        "sort_dir": "asc",
        "visibility": "private",
    }
    found = [image["id"] for image in answer["images"]]
    while "next" in answer:
        assert dict(parse_qsl(urlsplit(answer["next"]).query))["marker"] == found[-1]
        answer = reader.get(answer["next"])
        found += [image["id"] for image in answer["images"]]
    expected = [image["id"] for image in reversed(all_images) if image["visibility"] == "private"]
    assert found == expected


def test_no_next_on_the_last_page_even_when_it_is_full(reader):
    count = len(everything(reader, visibility="public"))
    assert "next" not in reader.get("/v2/images", visibility="public", limit=count)
    assert "next" in reader.get("/v2/images", visibility="public", limit=count - 1)


def test_deleted_images_show_only_when_asked_for(reader, all_images, shared_sandbox):
    deleted = {row.id for row in shared_sandbox.world.library.shelf(MAIN).created if row.status == "deleted"}
    assert not deleted & {image["id"] for image in all_images}
    assert {image["id"] for image in reader.images(status="deleted")} == deleted


def test_public_images_of_the_reference_as_printed(reader):
    printed = {
        "schema": "/v2/schemas/image",
        "min_disk": 100,
        "created_at": "2018-09-06T14:03:27Z",
        "__image_source_type": "uds",
        "container_format": "bare",
        "file": "/v2/images/bc6bed6e-ba3a-4447-afcc-449174a3eb52/file",
        "updated_at": "2018-09-06T15:17:33Z",
        "protected": True,
        "checksum": "d41d8cd98f00b204e9800998ecf8427e",
        "id": "bc6bed6e-ba3a-4447-afcc-449174a3eb52",
        "__isregistered": "true",
        "min_ram": 2048,
        "__lazyloading": "true",
        "owner": "1bed856811654c1cb661a6ca845ebc77",
        "__os_type": "Linux",
        "__imagetype": "gold",
        "visibility": "public",
        "virtual_env_type": "FusionCompute",
        "tags": [],
        "__platform": "CentOS",
        "size": 0,
        "__os_bit": "64",
        "__os_version": "CentOS 7.3 64bit",
        "name": "CentOS 7.3 64bit vivado",
        "self": "/v2/images/bc6bed6e-ba3a-4447-afcc-449174a3eb52",
        "disk_format": "zvhd2",
        "virtual_size": None,
        "hw_firmware_type": "bios",
        "status": "active",
        "__support_fc_inject": "true",
    }
    (found,) = reader.images(__imagetype="gold", name="CentOS 7.3 64bit vivado", sort_key="name", limit=1)
    assert found == printed


def test_common_queries_of_the_reference(reader):
    assert all(
        image["owner"] == cast.SERVICE_PROJECT and image["protected"]
        for image in reader.images(__imagetype="gold", visibility="public", protected="true")
    )
    own = reader.images(owner=MAIN)
    assert own
    assert {image["owner"] for image in own} == {MAIN}
    assert {image["__imagetype"] for image in own} >= {"private", "shared"}


def test_regions_differ_a_little(shared_sandbox):
    names = [
        {row.name for row in shared_sandbox.world.library.shelf(f"public:{region}").created} for region in cast.REGIONS
    ]
    assert names[0] & names[1]
    assert names[0] ^ names[1]


def test_tags_of_a_list(reader, all_images):
    found = reader.get("/v1/cloudimages/tags", limit=5, page=1)["tags"]
    assert len(found) == len(set(found)) == 5
    every = set(reader.get("/v1/cloudimages/tags", limit=1000)["tags"])
    expected = set()
    for image in all_images:
        for tag in image["tags"]:
            separator = "=" if "=" in tag else "."
            key, found_one, value = tag.partition(separator)
            expected.add(f"{key}.{value}" if found_one and value else key)
    assert every == expected


def test_abandoned_list(reader, all_images):
    found = reader.images("/v1.1/images/detail", disk_format="qcow2")
    assert {image["id"] for image in found} == {image["id"] for image in all_images if image["disk_format"] == "qcow2"}
    (cirros,) = [image for image in found if image["name"] == "cirros"]
    assert cirros == {
        "status": "active",
        "deleted_at": None,
        "name": "cirros",
        "deleted": False,
        "container_format": "bare",
        "created_at": "2016-05-22T06:04:20.000000",
        "disk_format": "qcow2",
        "updated_at": "2016-05-22T06:04:22.000000",
        "min_disk": 0,
        "protected": False,
        "id": "3c3d1d01-b48a-4639-8a88-08be3b9b5d78",
        "min_ram": 0,
        "checksum": "64d7c1cd2b6f60c92c14662941cb7913",
        "owner": MAIN,
        "is_public": False,
        "virtual_size": None,
        "properties": {},
        "size": 13167616,
    }
    small = reader.images("/v1.1/images/detail", size_max=20_000_000, size_min=1)
    assert "cirros" in {image["name"] for image in small}
    recent = reader.images("/v1.1/images/detail", **{"changes-since": "2026-06-01T00:00:00+02:00"})
    assert {image["updated_at"] >= "2026-05-31T22:00:00" for image in recent} == {True}
    assert reader.refused("GET", "/v1.1/images/detail?changes-since=soon") == (400, "IMG.0001")
    assert reader.refused("GET", "/v1.1/images/detail?size_min=big") == (400, "IMG.0001")
