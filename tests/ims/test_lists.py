"""Lists of images: which call, which filters, and walking the pages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from images.ims import InvalidCall, MalformedAnswer, TimeFilter, UnknownFilter
from images.ims.filters import EXTENSION, NATIVE
from images.ims.listing import walk
from tests.ims.server import Asked, Reply, ScriptedServer


def documents(count: int) -> list[dict]:
    return [
        {
            "id": f"{number:08d}-0000-4000-8000-000000000000",
            "name": f"image {number}",
            "updated_at": "2026-01-01T00:00:00Z",
        }
        for number in range(count)
    ]


class Pages:
    """Serves images as 5.1.1 (no links) and 6.1.1 (links) do."""

    def __init__(self, count: int) -> None:
        self.images = documents(count)

    def __call__(self, asked: Asked) -> Reply:
        limit, marker = int(asked.query["limit"]), asked.query.get("marker")
        ids = [image["id"] for image in self.images]
        start = ids.index(marker) + 1 if marker else 0
        page = self.images[start : start + limit]
        body = {"images": page}
        if asked.path == "/v2/images":
            body |= {"first": "/v2/images", "schema": "/v2/schemas/images"}
            if start + limit < len(ids):
                body["next"] = f"/v2/images?marker={page[-1]['id']}&limit={limit}"
        return Reply(200, body)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 35])
@pytest.mark.parametrize("kind", ["ims", "ims native", "openstack"])
def test_every_image_once(client_of, quick, count, kind):
    from images.ims import IMSClient

    with ScriptedServer(answer=Pages(count)) as server:
        client = IMSClient(server.url, "p", None, kind=kind.split()[0], retry=quick)
        found = [image.name for image in client.images.list(limit=10, native=kind == "ims native")]
        paths = {asked.path for asked in server.asked}
    assert found == [f"image {number}" for number in range(count)]
    assert paths == {"/v2/cloudimages" if kind == "ims" else "/v2/images"}
    if kind != "ims":
        assert len(server.asked) == max(1, -(-count // 10))


def test_a_list_can_go_on_from_a_marker(quick):
    from images.ims import IMSClient

    with ScriptedServer(answer=Pages(20)) as server:
        client = IMSClient(server.url, "p", None, retry=quick)
        found = list(client.images.list(marker=documents(20)[14]["id"]))
    assert [image.name for image in found] == [f"image {number}" for number in range(15, 20)]


def test_pages_are_fetched_as_they_are_needed(quick):
    from images.ims import IMSClient

    with ScriptedServer(answer=Pages(100)) as server:
        images = IMSClient(server.url, "p", None, retry=quick).images.list(limit=10)
        assert server.asked == []
        next(images)
        assert len(server.asked) == 1


def test_raw_pages_keep_the_exact_bytes(server, client):
    one = b'{ "id" : "a",\n "x":  1.50, "updated_at": "2026-01-01T00:00:00Z" }'
    two = b'{"id":"b","created_at":null,"name":"\\u00fc"}'
    server.script(Reply(200, b'{"images": [' + one + b" , " + two + b"]}"))
    page = client.images.raw_page(limit=2)
    assert [image.raw for image in page.items] == [one, two]
    assert [(image.id, image.updated_at, image.created_at) for image in page.items] == [
        ("a", "2026-01-01T00:00:00Z", None),
        ("b", None, None),
    ]
    assert page.next_marker == "b"
    assert page.bytes == len(one) + len(two) + 17
    assert server.asked[0].query == {"limit": "2"}


def test_a_marker_that_does_not_move_is_noticed(server, client):
    server.script(Reply(200, {"images": documents(2)}))
    with pytest.raises(MalformedAnswer, match="begins where this one does"):
        list(client.images.list(limit=2))


def test_markers_that_run_in_a_circle_are_noticed():
    from images.ims import Page

    following = {None: "a", "a": "b", "b": "c", "c": "a"}
    with pytest.raises(MalformedAnswer, match="circle"):
        list(walk(lambda marker: Page([], following[marker])))


def test_a_next_link_without_marker_and_without_images_is_noticed(server, glance):
    server.script(Reply(200, {"images": [], "first": "/v2/images", "next": "/v2/images?marker=x"}))
    with pytest.raises(MalformedAnswer):
        list(glance.images.list())


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"images": 5}', b'{"images": [5]}', b'{"images": [{}]}',
     b'{"images": [{"id": 5}]}',
     b'{"images": [{"id": "a"}', b'{"images": [{"id": "a"}], "next": 5}', b"\xff", b"[" * 100_000],
)  # fmt: skip
def test_pages_of_another_shape(server, client, body):
    server.script(Reply(200, body))
    with pytest.raises(MalformedAnswer):
        client.images.raw_page()


def test_there_are_35_and_32_filters():
    assert len(EXTENSION) == 35
    assert len(NATIVE) == 32
    assert set(EXTENSION) - set(NATIVE) == {"__whole_image", "__system_cmkid", "virtual_env_type"}


def query_of(server, client, **filters) -> dict[str, str]:
    server.asked.clear()
    server.script(Reply(200, {"images": []}))
    list(client.images.list(filters))
    return server.asked[0].query


MOMENT = datetime(2026, 1, 31, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"__os_type": "Linux"}, {"__os_type": "Linux"}),
        ({"os_type": "Linux"}, {"__os_type": "Linux"}),
        ({"imagetype": "gold", "visibility": "public", "protected": True},
         {"__imagetype": "gold", "visibility": "public", "protected": "true"}),
        ({"whole_image": False}, {"__whole_image": "false"}),
        ({"support_kvm": True}, {"__support_kvm": "true"}),
        ({"__support_large_memory": "true"}, {"__support_largememory": "true"}),
        ({"support_large_memory": "true"}, {"__support_largememory": "true"}),
        ({"__system__cmkid": "k"}, {"__system_cmkid": "k"}),
        ({"system_cmkid": "k"}, {"__system_cmkid": "k"}),
        ({"virtual_environment_type": "Ironic"}, {"virtual_env_type": "Ironic"}),
        ({"member_statuses": "pending", "visibility": "shared"}, {"member_status": "pending", "visibility": "shared"}),
        ({"min_disk": 40, "min_ram": 0}, {"min_disk": "40", "min_ram": "0"}),
        ({"created_at": ("gte", MOMENT)}, {"created_at": "gte:2026-01-31T10:00:00Z"}),
        ({"created_at": TimeFilter("lt", MOMENT.replace(tzinfo=None))}, {"created_at": "lt:2026-01-31T10:00:00Z"}),
        ({"updated_at": ("eq", MOMENT.astimezone(timezone(timedelta(hours=2))))},
         {"updated_at": "eq:2026-01-31T10:00:00Z"}),
        ({"updated_at": "neq:2026-01-31 10:00:00"}, {"updated_at": "neq:2026-01-31T10:00:00Z"}),
        ({"sort_key": "created_at", "sort_dir": "asc"}, {"sort_key": "created_at", "sort_dir": "asc"}),
        ({"tag": "a=b&c", "name": "ü 1"}, {"tag": "a=b&c", "name": "ü 1"}),
        ({"owner": None, "status": "active"}, {"status": "active"}),
    ],
)  # fmt: skip
def test_filters_are_written_as_the_reference_asks(server, client, given, sent):
    assert query_of(server, client, **given) == {**sent, "limit": "500"}


@pytest.mark.parametrize(
    "filters",
    [
        {"colour": "red"},
        {"": "x"},
        {"_name": "x"},
        {"__architecture": "arm"},
    ],
)
def test_unknown_filters_are_refused_before_anything_is_sent(server, client, filters):
    with pytest.raises(UnknownFilter, match=r"5\.1\.1") as caught:
        client.images.list(filters)
    assert caught.value.name in filters
    assert server.asked == []


def test_filters_of_the_extension_are_unknown_to_the_native_list(server, client, glance):
    for name in ("__whole_image", "__system_cmkid", "virtual_env_type"):
        for call in (
            lambda name=name: client.images.list({name: "x"}, native=True),
            lambda name=name: glance.images.list({name: "x"}),
        ):
            with pytest.raises(UnknownFilter):
                call()
    assert server.asked == []


def test_a_glance_filters_by_its_own_attributes(server, glance):
    assert query_of(server, glance, os_distro="ubuntu", size_min=5, sort_key="updated_at")["os_distro"] == "ubuntu"


@pytest.mark.parametrize(
    "filters",
    [
        {"member_status": "accepted"},
        {"member_status": "accepted", "visibility": "private"},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"created_at": "gte:yesterday"},
        {"created_at": ("since", MOMENT)},
        {"created_at": 5},
        {"limit": 0},
        {"limit": 1001},
        {"limit": "5"},
        {"min_disk": -1},
        {"min_disk": True},
        {"support_kvm": False},
        {"protected": "maybe"},
        {"sort_key": "updated_at"},
        {"sort_dir": "up"},
        {"name": ""},
        {"name": 5},
        {"os_type": "Linux", "__os_type": "Windows"},
    ],
)
def test_values_that_cannot_be_right_are_refused_before_anything_is_sent(server, client, filters):
    with pytest.raises(InvalidCall):
        client.images.list(filters)
    assert server.asked == []


def test_marker_and_limit_are_no_filters_of_a_page(client):
    with pytest.raises(InvalidCall):
        client.images.page({"limit": 5})


def test_an_image_that_is_another_one_is_noticed(server, client):
    server.script(Reply(200, {"id": "other"}))
    with pytest.raises(MalformedAnswer, match="another image"):
        client.images.get_raw("33ad552d-1149-471c-8190-ff6776174a00")
    raw = b'{"id": "one", "updated_at": null}'
    server.script(Reply(200, raw))
    assert client.images.get_raw("one").raw == raw
