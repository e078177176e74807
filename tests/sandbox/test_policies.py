"""IAM actions of chapter 8: who lacks one is refused, with 403 and without being told which."""

import re

import pytest

from images.sandbox import cast, policies, routes

USER = "image-admin"
IMAGE = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"


def grant(owner, *actions: str) -> None:
    assert owner("PUT", "/_sandbox/actions", json={"user": USER, "actions": list(actions)}).status_code == 204


@pytest.mark.parametrize(
    ("actions", "method", "path", "allowed"),
    [
        (["ims:images:list"], "GET", "/v2/images", True),
        (["ims:images:list"], "GET", "/v1/cloudimages/quota", False),
        (["ims:images:list", "ims:quotas:get"], "GET", "/v1/cloudimages/quota", True),
        (["ims:images:get"], "GET", f"/v2/images/{IMAGE}", True),
        (["ims:images:list"], "GET", f"/v2/images/{IMAGE}", False),
        # 8.1: a note asks for a right at the object storage besides
        (["ims:images:get", "ims:images:export"], "POST", f"/v1/cloudimages/{IMAGE}/file", False),
        (["ims:images:get", "ims:images:export", policies.OBS], "POST", f"/v1/cloudimages/{IMAGE}/file", True),
        # 8.3: N/A
        ([], "GET", "/v2/schemas/image", True),
    ],
)
def test_an_operation_takes_its_actions(owner, actions, method, path, allowed):
    grant(owner, *actions)
    answer = owner(method, path, json={} if method == "POST" else None)
    assert (answer.status_code != 403) == allowed
    if not allowed:
        assert answer.json()["error"]["code"] == "IMG.0026"


def test_all_may_be_granted_again_and_what_is_none_is_refused(owner):
    grant(owner)
    assert owner.refused("GET", "/v2/images") == (403, "IMG.0026")
    assert owner.refused("PUT", "/_sandbox/actions", json={"user": USER, "actions": ["ims:images:fly"]})[0] == 400
    assert owner.refused("PUT", "/_sandbox/actions", json={"user": "nobody", "actions": []})[0] == 400
    assert owner("PUT", "/_sandbox/actions", json={"user": USER, "actions": None}).status_code == 204
    assert owner.images("/v2/images")


def test_every_operation_of_chapters_5_and_6_is_in_the_table_or_takes_nothing():
    free = {"6.3.1", "6.3.2", "6.3.3", "6.3.4", "6.5.1", "6.5.2"}
    named = {(route.method, route.path) for route in routes.ROUTES if re.match(r"[56]\.", route.section)}
    known = {one for one in named if one in policies._NEEDS}
    assert {route.section for route in routes.ROUTES if (route.method, route.path) in named - known} == free
    assert policies._NEEDS.keys() <= named
    assert cast.USERS[0].name == USER
