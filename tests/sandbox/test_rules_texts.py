"""What is refused in names, descriptions and bodies, with which code, on both sides of the edges."""

import pytest

from .refusals import CREATE, FROM_SERVER, PLAIN, code_of


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a", "200"),
        ("a" * 128, "200"),
        ("a" * 129, "IMG.0002"),
        ("A-z.0_9 b", "200"),
        (" a", "IMG.0003"),
        ("a ", "IMG.0003"),
        ("a/b", "IMG.0003"),
        ("é", "IMG.0003"),
        ("a\n", "IMG.0003"),
        ("", "IMG.0013"),
        (None, "IMG.0013"),
        (7, "IMG.0062"),
        ([], "IMG.0062"),
    ],
)
def test_names(owner, name, code):
    assert code_of(owner, "POST", CREATE, FROM_SERVER | {"name": name}) == code
    patch = [{"op": "replace", "path": "/name", "value": name}]
    if name is not None:
        assert code_of(owner, "PATCH", f"/v2/cloudimages/{PLAIN}", patch) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "200"),
        ("é 生产. Spaces and full stops!", "200"),
        ("a" * 1024, "200"),
        ("a" * 1025, "IMG.0004"),
        ("a<b", "IMG.0054"),
        ("a>b", "IMG.0054"),
        ("a\rb", "IMG.0054"),
        ("a\nb", "IMG.0054"),
        (7, "IMG.0054"),
    ],
)
def test_descriptions(owner, text, code):
    assert code_of(owner, "POST", CREATE, FROM_SERVER | {"description": text}) == code


def test_bodies_that_cannot_be_read(owner):
    assert owner.refused("POST", "/v2/images", data=b"") == (400, "IMG.0007")
    assert owner.refused("POST", "/v2/images", data=b"{") == (400, "IMG.0001")
    assert owner.refused("POST", "/v2/images", data=b"\xff\xfe") == (400, "IMG.0001")
    assert owner.refused("POST", "/v2/images", data=b"[" * 100_000) == (400, "IMG.0001")


def test_names_may_repeat_unless_told_otherwise(owner):
    copy = f"/v1/cloudimages/{PLAIN}/copy"
    ways = [("POST", CREATE, FROM_SERVER), ("POST", copy, {"name": "n"}), ("POST", "/v2/images", {"name": "n"})]
    assert [code_of(owner, *way) for way in ways] == ["200", "200", "201"]
    assert code_of(owner, "PUT", "/_sandbox/names", {"unique": "yes"}) == "IMG.0001"
    assert code_of(owner, "PUT", "/_sandbox/names", {"unique": True}) == "204"
    assert [code_of(owner, *way) for way in ways] == ["IMG.0009"] * 3
    rename = [{"op": "replace", "path": "/name", "value": "n"}]
    assert code_of(owner, "PATCH", f"/v2/cloudimages/{PLAIN}", rename) == "IMG.0009"
    own = [{"op": "replace", "path": "/name", "value": owner.get(f"/v2/images/{PLAIN}")["name"]}]
    assert code_of(owner, "PATCH", f"/v2/cloudimages/{PLAIN}", own) == "200"
    assert [code_of(owner, "POST", "/v2/images", {}) for _ in range(2)] == ["201", "201"]
    assert code_of(owner, "PUT", "/_sandbox/names", {"unique": False}) == "204"
    assert code_of(owner, "PATCH", f"/v2/cloudimages/{PLAIN}", rename) == "200"
