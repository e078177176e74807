"""What people enter: every rule on both sides of its edge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.cache.rules.editing import check_patch
from images.cache.rules.tags import check_batch, check_native_tag, check_own_key, check_room
from images.core import ims_limits
from images.core.text_rules import check_memory, check_min_disk, check_name
from images.core.violations import RulesViolated, insist
from images.making.rules.creating import check_copy, check_image, check_metadata, check_quick_import, check_whole_image
from images.making.rules.files import check_upload_size
from images.search.rules import check_tag_query
from images.sharing.rules import check_answer, check_recipients
from tests.rules import edges
from tests.rules.readings import ATTRIBUTES, READINGS, codes, expected


@pytest.mark.parametrize("name", READINGS)
def test_edges(name):
    reading = READINGS[name]
    judged = [(request, code, codes(reading.ours(request))) for request, code in reading.edges]
    assert [one for one in judged if one[2] != expected(one[1])] == []


@pytest.mark.parametrize(("steps", "extension", "native"), edges.PATCHES_THAT_DIFFER)
def test_native_patches_reach_further(steps, extension, native):
    for code, is_native in ((extension, False), (native, True)):
        found = codes(check_patch(steps, ATTRIBUTES, native=is_native))
        assert found == expected(code)


@pytest.mark.parametrize(("text", "code"), edges.NATIVE)
def test_native_tags(text, code):
    assert codes(check_native_tag(text)) == expected(code)


@pytest.mark.parametrize(("status", "code"), edges.ANSWERS)
def test_answers(status, code):
    assert codes(check_answer(status)) == expected(code)


def test_every_broken_rule_has_field_sentence_and_section():
    for reading in READINGS.values():
        for one in (one for request, _code in reading.edges for one in reading.ours(request)):
            assert one.message, one
            assert one.rule or not one.code, one


def test_all_that_is_wrong_is_said_at_once():
    broken = check_image({"name": " n", "description": "<", "min_ram": -1, "instance_id": ""})
    assert [one.field for one in broken] == ["name", "description", "min_ram", "instance_id"]


def test_fields_inside_others_are_named_by_their_place():
    body = edges.FROM_FILE | {"data_images": [edges.DATA_FILE, edges.DATA_FILE | {"min_disk": 0}]}
    assert "data_images.1.min_disk" in [one.field for one in check_image(body)]


@pytest.mark.parametrize(
    ("least", "most", "code"), [(0, 0, None), (2, 2, None), (2, 1, ""), (2, 0, None), (2, None, None)]
)
def test_maximum_memory_is_not_below_the_minimum(least, most, code):
    assert [one.code for one in check_memory(least, most)] == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("disk", "above", "fine"), [(8, 8 * ims_limits.GIB, False), (9, 8 * ims_limits.GIB, True), (1, 0, True)]
)
def test_the_disk_is_larger_than_the_file(disk, above, fine):
    assert (check_min_disk(disk, above=above) == []) is fine


@pytest.mark.parametrize(
    ("size", "code"), [(0, "IMG.0057"), (1, ""), (2 * ims_limits.GIB - 1, ""), (2 * ims_limits.GIB, "IMG.0059")]
)
def test_uploads_stay_below_2_gb(size, code):
    assert codes(check_upload_size(size)) == expected(code)


def test_recipients_are_others_and_128_at_most():
    others = [f"{number:032x}" for number in range(128)]
    assert check_recipients(others, own="mine") == []
    assert codes(check_recipients(["mine"], own="mine")) == {"IMG.0076"}
    assert codes(check_recipients(others, own="mine", members=["one more"])) == {"IMG.0088"}
    assert check_recipients(others, own="mine", members=others[:5]) == []


def test_tags_that_stay_count_and_new_values_do_not():
    ten = [f"k{number}" for number in range(10)]
    assert check_room(ten, ["k1"]) == []
    assert codes(check_room(ten, ["new"])) == {"IMG.0116"}
    assert check_room(ten, ["new"], removed=["k1"]) == []


def test_keys_of_the_provider_are_left_alone():
    [broken] = check_own_key("_sys_x")
    assert (broken.field, broken.code) == ("image_tag.key", "")
    assert check_own_key("sys_x") == []


def test_insisting_raises_what_is_broken():
    insist([])
    insist(None)
    with pytest.raises(RulesViolated) as raised:
        insist(check_name(""))
    assert (raised.value.code, str(raised.value)) == ("IMG.0013", "Enter a name.")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    [
        "name", "description", "tags", "image_tags", "min_ram", "max_ram", "min_disk", "image_url", "volume_id", "type",
        "data_images", "instance_id", "os_version", "os_type", "architecture", "is_quick_import", "cmk_id", "backup_id",
        "matches", "tags_any", "limit", "action",
    ]
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(FIELDS, JSON))
def test_rules_judge_anything_and_never_fail(body):
    for check in (
        *(check_image, check_quick_import, check_whole_image, check_metadata),
        *(check_copy, check_tag_query),
    ):
        assert isinstance(check(body), list)
    assert isinstance(check_patch([body, *body.values()], {}), list)
    assert isinstance(check_batch(body.get("tags"), action="create"), list)
    assert isinstance(check_batch(body.get("tags"), action="delete"), list)
