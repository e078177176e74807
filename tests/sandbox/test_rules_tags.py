"""What tags cannot be, with which code, and that their three spellings are one."""

import pytest

from .refusals import MAIN, PLAIN, code_of


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ({"key": "k" * 36, "value": "v" * 43}, "204"),
        ({"key": "k" * 37, "value": ""}, "IMG.0115"),
        ({"key": "k", "value": "v" * 44}, "IMG.0115"),
        ({"key": "", "value": "v"}, "IMG.0115"),
        ({"key": "k"}, "IMG.0115"),
        ({"key": " k", "value": "v"}, "IMG.0115"),
        ({"key": "k", "value": "v "}, "IMG.0115"),
        ({"key": "a b.c:é环境", "value": "x y.z@w"}, "204"),
        *(({"key": f"a{sign}b", "value": ""}, "IMG.0115") for sign in "=*<>\\,|/"),
        *(({"key": "a", "value": f"{sign}b"}, "IMG.0115") for sign in "=*<>\\,|/"),
    ],
)
def test_tags_as_objects(owner, tag, code):
    path = f"/v2/{MAIN}/images/{PLAIN}/tags"
    assert code_of(owner, "POST", path, {"tag": tag}) == code
    if code == "204":
        assert owner.get(path)["tags"] == [tag]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("环境.生产", "204"),
        ("a.", "204"),
        (".a", "IMG.0115"),
        ("a", "IMG.0115"),
        ("a b.c", "IMG.0115"),
        ("a.b.c", "IMG.0115"),
        ("k" * 36 + "." + "v" * 43, "204"),
        ("k" * 37 + ".v", "IMG.0115"),
        ("k." + "v" * 44, "IMG.0115"),
    ],
)
def test_tags_as_texts(owner, tag, code):
    body = {"image_id": PLAIN, "tag": tag}
    assert code_of(owner, "PUT", "/v1/cloudimages/tags", body) == code


def test_tags_in_all_formats_are_one(owner):
    tags = "/v1/cloudimages/tags"
    path = f"/v2/{MAIN}/images/{PLAIN}/tags"
    assert code_of(owner, "PUT", tags, {"image_id": PLAIN, "tag": "team.web"}) == "204"
    assert owner.get(path)["tags"] == [{"key": "team", "value": "web"}]
    assert owner("PUT", f"/v2/images/{PLAIN}/tags/team").status_code == 204
    assert owner.get(f"/v2/images/{PLAIN}")["tags"] == ["team=web"]
    assert owner("PUT", f"/v2/images/{PLAIN}/tags/golden").status_code == 204
    assert code_of(owner, "POST", path, {"tag": {"key": "cost.center", "value": ""}}) == "204"
    assert owner.get(f"/v2/images/{PLAIN}")["tags"] == ["team=web", "golden", "cost.center="]
    assert {"team.web", "golden", "cost.center"} <= set(owner.get(tags, limit=1000)["tags"])
    assert {each["id"] for each in owner.images(tag="team.web", owner=MAIN)} >= {PLAIN}
    assert {each["id"] for each in owner.images(tag="team=web", owner=MAIN)} >= {PLAIN}
    assert code_of(owner, "PUT", f"/v2/images/{PLAIN}/tags/a%3Db", None) == "IMG.0115"
    assert code_of(owner, "PUT", f"/v2/images/{PLAIN}/tags/{'k' * 256}", None) == "IMG.0115"
    assert owner("DELETE", f"/v2/images/{PLAIN}/tags/team").status_code == 204
    assert owner("DELETE", f"{path}/cost.center").status_code == 204
    assert owner.get(path)["tags"] == [{"key": "golden", "value": ""}]


def test_ten_tags_and_no_more(owner):
    path = f"/v2/{MAIN}/images/8693187d-1590-4f9f-ae34-eb9e3037cf68/tags"
    assert code_of(owner, "POST", path, {"tag": {"key": "eleven", "value": ""}}) == "IMG.0116"
    assert code_of(owner, "POST", path, {"tag": {"key": "key1", "value": "other"}}) == "204"
    native = "/v2/images/8693187d-1590-4f9f-ae34-eb9e3037cf68/tags/eleven"
    assert code_of(owner, "PUT", native, None) == "IMG.0116"
    many = {"tags": [{"key": f"k{number}", "value": ""} for number in range(2)], "action": "create"}
    assert code_of(owner, "POST", f"{path}/action", many) == "IMG.0116"
    assert code_of(owner, "POST", f"{path}/action", many | {"action": "delete"}) == "204"
    assert code_of(owner, "POST", f"{path}/action", many | {"action": "Create"}) == "IMG.0001"
    assert code_of(owner, "POST", f"{path}/action", {"tags": [{"key": "a", "value": ""}] * 2, "action": "create"}) == (
        "IMG.0115"
    )
