"""Tags of images (5.6): what is asked, and what is made of the answers."""

import pytest

from images.ims import (
    Conflict,
    InvalidCall,
    NotFound,
    Tag,
    TagQuery,
)
from tests.ims.conftest import PROJECT
from tests.ims.server import Reply

IMAGE = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"
OTHER = "edc89b490d7d4392898e19b2deb34797"

MEMBER = {
    "status": "accepted",
    "created_at": "2016-09-01T02:05:14Z",
    "updated_at": "2016-09-01T02:37:11Z",
    "image_id": IMAGE,
    "member_id": OTHER,
    "schema": "/v2/schemas/member",
}

JOB = {
    "status": "SUCCESS",
    "entities": {
        "image_id": "e9e91bff-14b6-4a0b-8377-4ed0813e3360",
        "image_name": "asdfsdfasdfas",
        "process_percent": 0.2,
        "current_task": "CreateImageByInstanceTask",
        "results": [
            {
                "image_id": "49e9447f-7dff-41e0-8036-f66fe5488c8b",
                "project_id": "089b2f9a3d80d3062f24c00ca4ed5cbd",
                "status": "success",
            }
        ],
    },
    "job_id": "ff8080814dbd65d7014dbe0d84db0013",
    "job_type": "createImageByInstance",
    "begin_time": "04-Jun-2015 18:11:06:586",
    "end_time": "",
    "error_code": None,
    "fail_reason": None,
}


class TestTags:
    def test_tags_of_all_images(self, server, client):
        server.script(Reply(200, {"tags": ["jjj.11111", "uuuu.22222", "234.4", "test", "image"]}))
        assert client.tags.search({"os_type": "Linux"}, limit=5) == [
            Tag("jjj", "11111"), Tag("uuuu", "22222"), Tag("234", "4"), Tag("test"), Tag("image"),
        ]  # fmt: skip
        assert server.asked[0].path == "/v1/cloudimages/tags"
        assert server.asked[0].query == {"__os_type": "Linux", "limit": "5"}

    def test_images_by_tags(self, server, client):
        server.script(
            Reply(
                200,
                {
                    "total_count": 36,
                    "resources": [
                        {
                            "resource_name": "test10002",
                            "resource_detail": {"status": "active"},
                            "tags": [{"value": "value4", "key": "key4"}, {"key": "key8"}],
                            "resource_id": "8693187d-1590-4f9f-ae34-eb9e3037cf68",
                        }
                    ],
                },
            )
        )
        query = TagQuery(
            every={"key3": ["valueXX"]}, some={"key0": ["valueXX", "valueXX"]}, not_every={"key9": ["value9"]},
            none={"key7": []}, name="test100",
        )  # fmt: skip
        found = client.tags.find_images(query, limit=1)
        assert found.total == 36
        assert found.items[0].tags == (Tag("key4", "value4"), Tag("key8"))
        assert found.items[0].detail == {"status": "active"}
        assert server.asked[0].path == f"/v2/{PROJECT}/images/resource_instances/action"
        assert server.asked[0].json == {
            "action": "filter",
            "limit": "1",
            "offset": "0",
            "tags": [{"key": "key3", "values": ["valueXX"]}],
            "tags_any": [{"key": "key0", "values": ["valueXX"]}],
            "not_tags": [{"key": "key9", "values": ["value9"]}],
            "not_tags_any": [{"key": "key7", "values": []}],
            "matches": [{"key": "resource_name", "value": "test100"}],
        }

    def test_counting_images(self, server, client):
        server.script(Reply(200, {"total_count": "36"}))
        assert client.tags.count_images(TagQuery(untagged=True)) == 36
        assert server.asked[0].json == {"action": "count", "without_any_tag": True}

    @pytest.mark.parametrize(
        "query",
        [
            TagQuery(every={f"k{n}": [] for n in range(11)}),
            TagQuery(none={"k": [str(n) for n in range(11)]}),
            TagQuery(some={"": []}),
        ],
    )
    def test_too_much_at_once(self, server, client, query):
        with pytest.raises(InvalidCall):
            client.tags.count_images(query)
        with pytest.raises(InvalidCall):
            client.tags.find_images(TagQuery(), limit=1001)
        assert server.asked == []

    def test_tags_of_an_image_and_of_the_project(self, server, client):
        server.script(Reply(200, {"tags": [{"value": "value0", "key": "key0"}, {"key": "key1"}]}))
        assert client.tags.of_image(IMAGE) == [Tag("key0", "value0"), Tag("key1")]
        server.script(Reply(200, {"tags": [{"values": ["value9"], "key": "key9"}, {"values": [""], "key": "key8"}]}))
        assert client.tags.of_project() == {"key9": ["value9"], "key8": [""]}
        assert [asked.path for asked in server.asked] == [
            f"/v2/{PROJECT}/images/{IMAGE}/tags",
            f"/v2/{PROJECT}/images/tags",
        ]

    def test_the_three_formats(self, server, client):
        server.script(Reply(204))
        client.tags.put(IMAGE, Tag("aaaa", "1111"), dotted=True)
        client.tags.put(IMAGE, Tag("key1", "value1"))
        client.tags.add(IMAGE, Tag("key1", "value1"))
        client.tags.add_many(IMAGE, [Tag("key1", "value1"), Tag("key3")])
        client.tags.remove_many(IMAGE, ["key1"])
        client.tags.remove(IMAGE, "key 1")
        client.tags.add_native(IMAGE, "aaaa")
        client.tags.remove_native(IMAGE, "aaaa")
        base = f"/v2/{PROJECT}/images/{IMAGE}/tags"
        assert [(asked.method, asked.path, asked.json if asked.body else None) for asked in server.asked] == [
            ("PUT", "/v1/cloudimages/tags", {"image_id": IMAGE, "tag": "aaaa.1111"}),
            ("PUT", "/v1/cloudimages/tags", {"image_id": IMAGE, "image_tag": {"key": "key1", "value": "value1"}}),
            ("POST", base, {"tag": {"key": "key1", "value": "value1"}}),
            (
                "POST",
                f"{base}/action",
                {"action": "create", "tags": [{"key": "key1", "value": "value1"}, {"key": "key3", "value": ""}]},
            ),
            ("POST", f"{base}/action", {"action": "delete", "tags": [{"key": "key1"}]}),
            ("DELETE", f"{base}/key%201", None),
            ("PUT", f"/v2/images/{IMAGE}/tags/aaaa", None),
            ("DELETE", f"/v2/images/{IMAGE}/tags/aaaa", None),
        ]

    def test_idempotent_posts_are_repeated(self, server, client):
        server.script(Reply(503), Reply(204))
        client.tags.add_many(IMAGE, [Tag("a")])
        assert len(server.asked) == 2

    def test_nothing_to_change_is_refused(self, client):
        with pytest.raises(InvalidCall):
            client.tags.add_many(IMAGE, [])

    def test_attaching_in_the_way_of_the_service(self, server, client, glance):
        server.script(Reply(204))
        client.tags.attach(IMAGE, [Tag("a", "b")])
        client.tags.detach(IMAGE, [Tag("a", "b")])
        glance.tags.attach(IMAGE, [Tag("a", "b"), Tag("c")])
        glance.tags.detach(IMAGE, [Tag("a", "b"), Tag("c")])
        assert [asked.path.rpartition("/")[2] for asked in server.asked] == [
            "action", "action", "a%3Db", "c", "a%3Db", "c",
        ]  # fmt: skip

    def test_a_404_for_a_word_is_looked_at(self, server, glance):
        """O2: a proxy says so of an address that it does not understand, and the word stays."""
        held, gone = {"id": IMAGE, "tags": ["a=", "b"]}, {"id": IMAGE, "tags": ["b"]}
        server.script(Reply(404), Reply(200, held), Reply(200, gone), Reply(200, gone))
        glance.tags.detach(IMAGE, [Tag("a=")])
        assert [(asked.method, asked.json if asked.method == "PATCH" else None) for asked in server.asked] == [
            ("DELETE", None),
            ("GET", None),
            ("PATCH", [{"op": "replace", "path": "/tags", "value": ["b"]}]),
            ("GET", None),
        ]

    def test_a_word_that_is_absent_is_removed(self, server, glance):
        server.script(Reply(404), Reply(200, {"id": IMAGE, "tags": ["b"]}))
        glance.tags.detach(IMAGE, [Tag("a")])
        assert [asked.method for asked in server.asked] == ["DELETE", "GET"]

    def test_no_word_is_absent_from_an_image_that_is_gone(self, server, glance):
        server.script(Reply(404), Reply(404))
        with pytest.raises(NotFound):
            glance.tags.detach(IMAGE, [Tag("a")])

    @pytest.mark.parametrize("word", ["a/b", "größer", "a?b", "a#b", "100%", "..", "a\\b"])
    def test_words_that_no_address_carries_are_written_as_a_list(self, server, glance, word):
        """O3."""
        before, after = {"id": IMAGE, "tags": ["b"]}, {"id": IMAGE, "tags": ["b", word]}
        server.script(Reply(200, before), Reply(200, after), Reply(200, after))
        glance.tags.attach(IMAGE, [Tag(word)])
        server.script(Reply(200, after), Reply(200, before), Reply(200, before))
        glance.tags.detach(IMAGE, [Tag(word)])
        written = [asked.json[0]["value"] for asked in server.asked if asked.method == "PATCH"]
        assert written == [["b", word], ["b"]]
        assert {asked.path for asked in server.asked} == {f"/v2/images/{IMAGE}"}

    def test_a_list_that_somebody_wrote_over_is_written_again(self, server, glance):
        """O3: read, changed, read again; what somebody else has put there meanwhile stays."""

        def of(*tags):
            return Reply(200, {"id": IMAGE, "tags": [*tags]})

        server.script(of("b"), of("b", "x/y"), of("b", "hers"), of("b", "hers", "x/y"), of("b", "hers", "x/y"))
        glance.tags.attach(IMAGE, [Tag("x/y")])
        written = [asked.json[0]["value"] for asked in server.asked if asked.method == "PATCH"]
        assert written == [["b", "x/y"], ["b", "hers", "x/y"]]

    def test_writing_over_each_other_ends(self, server, glance):
        server.script(*[Reply(200, {"id": IMAGE, "tags": ["b"]})] * 9)
        with pytest.raises(Conflict):
            glance.tags.attach(IMAGE, [Tag("x/y")])
        assert len(server.asked) == 9
