"""What wishes about tags make of an image's tags (images/cache/rules/tag_changes.py)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.cache.rules.tag_changes import TAG_STEPS, TagChange, TagDifference, TagStep, check_step, difference
from images.core.violations import Violation

KEYS = st.sampled_from(["env", "Env", "app", "team", "tier"])
VALUES = st.sampled_from(["", "prod", "dev", "生产"])
TAGS = st.dictionaries(KEYS, VALUES)
A_WISH = st.builds(TagStep, st.sampled_from(TAG_STEPS), KEYS, VALUES, st.one_of(KEYS, VALUES))


def after(tags, found):
    """The tags with a difference applied, as the service would."""
    held = dict(tags)
    for one in found.parameters["remove"]:
        del held[one["key"]]
    for one in found.parameters["add"]:
        held[one["key"]] = one["value"]
    return held


@pytest.mark.parametrize(
    ("wish", "tags", "expected"),
    [
        (TagStep("set", "env", "prod"), {}, {"env": "prod"}),
        (TagStep("set", "env", "prod"), {"env": "dev"}, {"env": "prod"}),
        (TagStep("add", "env", "prod"), {"env": "dev"}, {"env": "dev"}),
        (TagStep("add", "env", "prod"), {"app": "web"}, {"app": "web", "env": "prod"}),
        (TagStep("rename", "Env", to="env"), {"Env": "dev"}, {"env": "dev"}),
        (TagStep("rename", "Env", to="env"), {"Env": "dev", "env": "dev"}, {"env": "dev"}),
        (TagStep("rename", "Env", to="env"), {"app": "web"}, {"app": "web"}),
        (TagStep("change", "env", "production", "prod"), {"env": "production"}, {"env": "prod"}),
        (TagStep("change", "env", "production", "prod"), {"env": "dev"}, {"env": "dev"}),
        (TagStep("change", "env", "", "prod"), {"env": "dev"}, {"env": "prod"}),
        (TagStep("remove", "env", "dev"), {"env": "prod"}, {"env": "prod"}),
        (TagStep("remove", "env"), {"env": "prod", "app": ""}, {"app": ""}),
    ],
)
def test_each_wish(wish, tags, expected):
    found = difference(tags, [wish])
    assert after(tags, found) == expected
    assert bool(found) == (tags != expected)


def test_wishes_follow_one_another():
    found = difference(
        {"Env": "production"}, [TagStep("rename", "Env", to="env"), TagStep("change", "env", "", "prod")]
    )
    assert found.changes == (TagChange("Env", "production", None), TagChange("env", None, "prod"))


def test_two_keys_with_different_values_are_not_made_one():
    found = difference({"Env": "dev", "env": "prod"}, [TagStep("rename", "Env", to="env")])
    assert isinstance(found, Violation)
    assert "Env and env" in found.message


def test_an_eleventh_tag_is_refused_and_more_than_ten_may_become_fewer():
    ten = {f"k{number}": "" for number in range(10)}
    refused = difference(ten, [TagStep("set", "one-more")])
    assert (refused.code, refused.rule) == ("IMG.0116", "5.2.4")
    assert difference(ten, [TagStep("set", "k3", "x")])
    assert difference(ten, [TagStep("remove", "k3"), TagStep("set", "one-more")])
    assert difference({**ten, "k10": "", "k11": ""}, [TagStep("remove", "k3")])


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        (TagStep("set", ""), "key", "IMG.0115"),
        (TagStep("set", "k" * 37), "key", "IMG.0115"),
        (TagStep("set", "a=b"), "key", "IMG.0115"),
        (TagStep("add", "env", "v" * 44), "value", "IMG.0115"),
        (TagStep("set", "_sys_owner", "me"), "key", ""),
        (TagStep("remove", "_sys_owner"), "key", ""),
        (TagStep("remove", ""), "key", "IMG.0115"),
        (TagStep("rename", "env"), "to", "IMG.0115"),
        (TagStep("rename", "env", to="env"), "to", ""),
        (TagStep("rename", "env", to="a|b"), "to", "IMG.0115"),
        (TagStep("rename", "_sys_a", to="env"), "key", ""),
        (TagStep("change", "env", "dev", "a/b"), "to", "IMG.0115"),
        (TagStep("burn", "env"), "do", ""),
    ],
)
def test_bad_wishes_are_told_at_their_field(wish, field, code):
    assert [(one.field, one.code) for one in check_step(wish)] == [(field, code)]


@pytest.mark.parametrize(
    "wish", [TagStep("set", "环境", "生产"), TagStep("remove", "a=b|c"), TagStep("change", "env", "x", "")]
)
def test_good_wishes(wish):
    assert check_step(wish) == []


@given(TAGS, st.lists(A_WISH, max_size=4))
def test_what_is_undone_is_as_it_was_and_doing_it_again_changes_nothing(tags, wishes):
    found = difference(tags, wishes)
    if isinstance(found, Violation):
        return
    changed = after(tags, found)
    assert after(changed, found.reversed) == tags
    assert TagDifference.of(found.parameters) == found
    assert {one.key for one in found.changes} == {key for key in {*tags, *changed} if tags.get(key) != changed.get(key)}
