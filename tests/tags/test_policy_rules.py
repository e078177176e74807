"""What a policy asks: per tag, per image, and of a change; patterns that nobody can make slow."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.cache.rules.tag_changes import TagChange, TagDifference
from images.tags.rules.policy import Policy, PolicyRule, TagRule, check_rules, matches, remedy


def policy(*rules: TagRule, binding: bool = True) -> Policy:
    return Policy(tuple(PolicyRule(rule, binding) for rule in rules))


ENV = TagRule("env", values=("prod", "dev"))
OWNER = TagRule("owner", need="allowed", pattern=r"[a-z]+@example\.org")
ASKED = policy(ENV, OWNER, TagRule("tmp", need="barred"), TagRule("x-*", need="barred"))


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ({"env": "prod"}, []),
        ({}, ["missing:env"]),
        ({"env": "test"}, ["value:env"]),
        ({"Env": "prod"}, ["missing:env", "spelling:Env"]),
        ({"env": "dev", "E_N-V": ""}, ["spelling:E_N-V"]),
        ({"env": "dev", "owner": "eve@example.org"}, []),
        ({"env": "dev", "owner": "eve@example.org.evil"}, ["value:owner"]),
        ({"env": "dev", "tmp": ""}, ["barred:tmp"]),
        ({"env": "dev", "x-1": "", "x": ""}, ["barred:x-1"]),
        ({"env": "dev", "_sys_x": "", "team": "a"}, []),
    ],
)
def test_what_is_broken(tags, names):
    found = ASKED.breaches(tags)
    assert [one.name for one in found] == names
    assert all(ASKED.sentence(one) for one in found)


def test_a_star_bars_every_key_without_a_rule():
    closed = policy(ENV, TagRule("*", need="barred"))
    assert [one.name for one in closed.breaches({"env": "dev", "team": "a", "_sys_x": "y"})] == ["barred:team"]


def test_a_project_replaces_the_default_key_by_key():
    default = [PolicyRule(ENV, binding=True, inherited=True), PolicyRule(OWNER, binding=True, inherited=True)]
    own = [PolicyRule(TagRule("env", need="allowed"))]
    merged = Policy.merged(own, default)
    assert merged.breaches({}) == []
    assert [one.binding for one in merged.breaches({"owner": "?"})] == [True]


def changed(before: dict, after: dict) -> TagDifference:
    keys = sorted({*before, *after})
    return TagDifference(
        tuple(TagChange(k, before.get(k), after.get(k)) for k in keys if before.get(k) != after.get(k))
    )


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ({}, {"team": "a"}, []),  # broken before, and no worse for it
        ({"env": "dev"}, {}, ["missing:env"]),
        ({"env": "dev"}, {"env": "test"}, ["value:env"]),
        ({"env": "test"}, {"env": "stage"}, ["value:env"]),
        ({"env": "test"}, {"env": "dev"}, []),
        ({"Env": "test"}, {"env": "test"}, []),  # two rules broken before, one after
        ({"tmp": ""}, {}, []),
        ({"tmp": ""}, {"x-1": ""}, ["barred:x-1"]),
    ],
)
def test_a_change_may_make_an_image_better_but_not_worse(before, after, worse):
    assert [one.name for one in ASKED.made_worse(changed(before, after))] == worse


_tags = st.dictionaries(st.sampled_from(["env", "Env", "owner", "tmp", "x-1", "team"]), st.sampled_from(
    ["", "prod", "test", "eve@example.org"]))  # fmt: skip


@given(_tags, _tags)
def test_what_a_change_makes_worse_is_what_the_whole_images_say(before, after):
    """Judged from the tags that change alone, although the rules are about whole images."""
    was, is_ = set(ASKED.breaches(before)), set(ASKED.breaches(after))
    worse = set(ASKED.made_worse(changed(before, after)))
    assert worse == (set() if len(is_) < len(was) else is_ - was)


def test_a_change_is_no_worse_for_what_binds_because_it_is_better_for_what_does_not():
    mixed = Policy(
        (PolicyRule(TagRule("env"), binding=True), *(PolicyRule(TagRule(key, need="barred")) for key in ("a", "b")))
    )
    assert [one.name for one in mixed.made_worse(changed({"env": "x", "a": "", "b": ""}, {}))] == ["missing:env"]


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ([ENV, OWNER], []),
        ([TagRule("")], ["0.key"]),
        ([TagRule("a=b")], ["0.key"]),
        ([TagRule("a*")], ["0.key"]),
        ([TagRule("a*b", need="barred"), TagRule("****", need="barred")], ["1.key"]),
        ([TagRule("_sys_a")], ["0.key"]),
        ([TagRule("a", values=("x=y",))], ["0.values"]),
        ([TagRule("a", values=("x",), need="barred")], ["0.values"]),
        ([TagRule("a", pattern="(")], ["0.pattern"]),
        ([TagRule("a", pattern=r"(\w)\1")], ["0.pattern"]),
        ([TagRule("a", pattern="(a{500}){500}")], ["0.pattern"]),
        ([TagRule("a", pattern="x" * 201)], ["0.pattern"]),
        ([TagRule("a"), TagRule("a")], ["1.key"]),
        ([TagRule("a"), TagRule("A")], ["1.key"]),
        ([TagRule("a", spelling=False), TagRule("A", spelling=False)], []),
        ([TagRule(f"k{n}") for n in range(11)], [""]),
    ],
)
def test_rules_that_are_none_are_told_at_their_field(rules, fields):
    assert [one.field for one in check_rules(rules)] == fields


def test_no_pattern_is_slow():
    begun = time.process_time()
    assert not matches("(a+)+$", "a" * 255 + "!")
    assert not matches("(a|aa)+b", "a" * 255)
    assert time.process_time() - begun < 0.2


def test_a_breach_knows_the_step_that_mends_it():
    steps = {
        one.name: remedy(one, ASKED) for tags in ({"Env": ""}, {"tmp": "", "env": "?"}) for one in ASKED.breaches(tags)
    }
    assert steps == {
        "missing:env": {"do_1": "add", "key_1": "env", "value_1": ""},
        "spelling:Env": {"do_1": "rename", "key_1": "Env", "to_1": "env"},
        "barred:tmp": {"do_1": "remove", "key_1": "tmp"},
        "value:env": {"do_1": "change", "key_1": "env", "to_1": ""},
    }
