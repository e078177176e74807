"""Our reading of the rules beside the sandbox's own, over HTTP: the same verdict and the same code at every edge."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.cache.rules.tags import check_batch, check_one_tag
from images.making.rules.creating import check_image
from images.sandbox import cast
from tests.rules import edges
from tests.rules.asking import PROJECT, new_image, said
from tests.rules.readings import READINGS, codes, expected, sent
from tests.sandbox.conftest import Caller

#: Operations that change an image: each request gets one of its own.
WITH_IMAGE = {name for name, reading in READINGS.items() if "{image}" in reading.path} | {"5.2.1", "5.3.2"}
#: Characters at the borders of what is allowed come up more often than by chance.
NEAR = st.text(st.sampled_from("aZ0 .-_=*<>\\,|/\n\t\r:+é环\u4dff\u4e00\u9fff\ua000"), max_size=6)
LONG = st.sampled_from([35, 36, 37, 42, 43, 44, 127, 128, 129, 255, 256]).flatmap(
    lambda length: st.text(st.sampled_from("ab .-"), min_size=length, max_size=length)
)
TEXTS = NEAR | LONG | st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize("name", READINGS)
def test_edges(caller, name):
    """The codes are those that test_entries.py expects of our rules."""
    reading = READINGS[name]
    differing = []
    for request, code in reading.edges:
        image = new_image(caller) if name in WITH_IMAGE else ""
        path = reading.path.format(project=PROJECT.id, image=image)
        found = said(caller, reading.method, path, sent(name, request, image))
        if found != expected(code):
            differing.append((request, code, found))
    assert differing == []


@pytest.mark.parametrize(("steps", "extension", "native"), edges.PATCHES_THAT_DIFFER)
def test_native_patches_reach_further(caller, steps, extension, native):
    for path, code in (("/v2/cloudimages", extension), ("/v2/images", native)):
        assert said(caller, "PATCH", f"{path}/{new_image(caller)}", steps) == expected(code)


@pytest.mark.parametrize(("text", "code"), edges.NATIVE)
def test_native_tags(caller, text, code):
    path = f"/v2/images/{new_image(caller)}/tags/{quote(text, safe='')}"
    assert said(caller, "PUT", path, None) == expected(code)


@pytest.mark.parametrize(("status", "code"), edges.ANSWERS)
def test_answers(sandbox, caller, status, code):
    foreign = Caller(sandbox, cast.FOREIGN_PROJECTS[0])
    image = new_image(foreign)
    foreign.session.close()
    member = {"image_id": image, "project": PROJECT.id, "status": "pending"}
    assert caller("POST", "/_sandbox/members", json=member).status_code == 204
    path = f"/v2/images/{image}/members/{PROJECT.id}"
    assert said(caller, "PUT", path, {"status": status}) == expected(code)


@settings(max_examples=60, deadline=None)
@given(name=TEXTS, description=TEXTS)
def test_any_name_and_description(caller, name, description):
    body = {"name": name, "description": description, "instance_id": edges.SERVER}
    ours, theirs = codes(check_image(body)), said(caller, "POST", "/v2/cloudimages/action", body)
    # The service names one of several broken rules.
    assert theirs <= ours
    assert bool(theirs) == bool(ours)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({"key": TEXTS, "value": TEXTS}), min_size=1, max_size=3))
def test_any_tags(caller, given_):
    ours = codes(check_batch(given_, action="create"))
    path = f"/v2/{PROJECT.id}/images/{new_image(caller)}/tags/action"
    assert said(caller, "POST", path, {"action": "create", "tags": given_}) == ours


@settings(max_examples=40, deadline=None)
@given(TEXTS | st.builds("{}.{}".format, TEXTS, TEXTS))
def test_any_tag_as_text(caller, text):
    ours = codes(check_one_tag(tag=text))
    assert said(caller, "PUT", "/v1/cloudimages/tags", {"image_id": new_image(caller), "tag": text}) == ours
