"""How the dialects of services mean tags and attributes (images/cache/rules/dialects)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.cache.facets import looked_at, tags_by_key
from images.cache.rules.dialects import GlanceDialect, Schema, of_kind, strictest
from images.cache.rules.tag_changes import TagDifference, TagStep
from tests.clouds.small_glance import SCHEMA

GLANCE, IMS = of_kind("openstack"), of_kind("ims")
WORDS = st.sampled_from(["a", "a=", "a=1", "a=2", "b", "b=1", "a/b", "=x", "größer=ja"])
STEPS = st.builds(
    TagStep,
    st.sampled_from(["set", "add", "rename", "change", "remove"]),
    st.sampled_from(["a", "b", "a=", "c"]),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["b", "1", "z"]),
)


def words(*texts: str) -> dict[str, str]:
    return dict.fromkeys(texts, "")


def after(tags, difference: TagDifference) -> set[str]:
    held = set(tags)
    for one in difference.changes:
        assert (one.key in held) == (one.before is not None)
        held = held - {one.key} if one.after is None else held | {one.key}
    return held


# --- tags that are words (O1, O2) ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("step", "held", "expected"),
    [
        (TagStep("set", "role", "db"), ["role=web"], {"role=web", "role=db"}),
        (TagStep("set", "role=db"), ["role=web"], {"role=web", "role=db"}),
        (TagStep("add", "role", "db"), ["role=web"], {"role=web"}),
        (TagStep("add", "role", "db"), ["roles"], {"roles", "role=db"}),
        (TagStep("change", "role", "db", "sql"), ["role=web", "role=db"], {"role=web", "role=sql"}),
        (TagStep("change", "role", "", "x"), ["role=web", "role=db", "roles"], {"role=x", "roles"}),
        (TagStep("rename", "role", to="is"), ["role=web", "role=db", "role"], {"is=web", "is=db", "is"}),
        (TagStep("remove", "role"), ["role=web", "role=db", "role", "x"], {"x"}),
        (TagStep("remove", "role", "db"), ["role=web", "role=db"], {"role=web"}),
        (TagStep("remove", "a="), ["a=", "a", "a=1"], {"a", "a=1"}),
    ],
)
def test_each_step_on_words(step, held, expected):
    """O1: what looks like another value of a key is another tag, and stays."""
    assert after(held, GLANCE.difference(words(*held), [step])) == expected


def test_a_word_gives_way_to_another_and_nothing_else_moves():
    """O2: of "a" and "a=" the one that is meant goes."""
    held = words("a", "a=", "a=1")
    for gone in held:
        assert after(held, GLANCE.exchanged(held, [((gone, ""), None)])) == {*held} - {gone}
    assert after(held, GLANCE.exchanged(held, [(("a", ""), ("a", "2"))])) == {"a=", "a=1", "a=2"}


@given(st.sets(WORDS), st.lists(STEPS, max_size=3))
def test_words_are_changed_back_and_those_that_look_alike_are_known(held, steps):
    found = GLANCE.difference(words(*held), steps)
    assert isinstance(found, TagDifference)
    changed = after(held, found)
    assert after(changed, found.reversed) == held
    assert GLANCE.read_difference(found.parameters) == found
    touched = {looked_at(one.key, "")[0] for one in found.changes}
    assert {*found.kept} == {looked_at(word, "")[0] for word in held & changed} & touched


@given(st.sets(WORDS), st.sets(WORDS), st.lists(STEPS, min_size=1, max_size=2))
def test_equal_concerns_change_alike(one, other, steps):
    if GLANCE.concerned(words(*one), steps) == GLANCE.concerned(words(*other), steps):
        assert GLANCE.difference(words(*one), steps) == GLANCE.difference(words(*other), steps)


@given(st.sets(WORDS))
def test_nothing_is_lost_by_looking_at_keys(held):
    looks = tags_by_key(words(*held))
    assert {f"{key}={value}" if value else key for key, value in looks.items()} == held


def test_what_a_release_wrote_that_kept_key_and_value_is_read():
    old = {
        "add": [{"key": "role", "value": "web"}],
        "remove": [{"key": "role", "value": "db"}, {"key": "x", "value": ""}],
        "before": {"role": "db", "x": ""},
    }
    assert after(["role=db", "x", "y"], GLANCE.read_difference(old)) == {"role=web", "y"}


def test_a_word_is_one_line_of_255_characters():
    assert GLANCE.check_step(TagStep("set", "a=b/c|*<größer>")) == []
    assert [one.field for one in GLANCE.check_step(TagStep("set", "k" * 256))] == ["key"]
    assert [one.field for one in GLANCE.check_step(TagStep("set", "k" * 200, "v" * 56))] == ["value"]
    assert [one.field for one in GLANCE.check_step(TagStep("set", "a\nb"))] == ["key"]
    assert [one.field for one in GLANCE.check_step(TagStep("remove", ""))] == ["key"]
    assert [one.field for one in GLANCE.check_step(TagStep("rename", "a", to="a"))] == ["to"]


def test_the_stricter_service_decides_about_both():
    assert strictest(["openstack"]).tags_are_words
    assert not strictest(["openstack", "ims"]).tags_are_words


# --- attributes by the schema of the service (O5, O6, O7) ------------------------------------------------------------
DESCRIBED = GlanceDialect(Schema.read(SCHEMA))


@pytest.mark.parametrize("dialect", [GLANCE, DESCRIBED], ids=["as it comes", "described"])
class TestGlance:
    @pytest.mark.parametrize(
        ("name", "typed", "value"),
        [
            ("os_hidden", "false", False),
            ("os_hidden", "true", True),
            ("min_disk", "20", 20),
            ("min_ram", "", 0),
            ("visibility", "community", "community"),
            ("architecture", "aarch64", "aarch64"),
            ("name", "Größe (neu) 1", "Größe (neu) 1"),
            ("my_own", "17", "17"),
            ("__description", "x", "x"),
        ],
    )
    def test_values_are_typed_and_may_be(self, dialect, name, typed, value):
        """O5, O6, O7."""
        assert dialect.value_of(name, typed) == value
        assert type(dialect.value_of(name, typed)) is type(value)
        assert dialect.can_change(name)
        assert dialect.check_attribute(name, value) == dialect.check_attribute(name, typed) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("os_hidden", "maybe"), ("min_disk", "many"), ("min_disk", -1), ("visibility", "mine"), ("name", ""),
            ("name", "n" * 256), ("my_own", "a\x01b"),
        ],
    )  # fmt: skip
    def test_other_values_are_told(self, dialect, name, value):
        assert [one.field for one in dialect.check_attribute(name, value)] == [name]

    @pytest.mark.parametrize(
        "name", ["id", "status", "size", "owner", "created_at", "tags", "protected", "os_glance_import_task", "schema"]
    )
    def test_what_no_edit_changes(self, dialect, name):
        assert not dialect.can_change(name)
        assert dialect.check_attribute(name, "x")
        assert dialect.check_removal(name)

    def test_formats_are_set_before_the_file_comes(self, dialect):
        assert not dialect.can_change("disk_format", "active")
        assert dialect.can_change("disk_format", "queued")

    def test_what_can_be_taken_off(self, dialect):
        assert not dialect.can_remove("min_disk")
        assert dialect.can_remove("my_own")
        assert dialect.check_removal("os_hidden")
        assert not dialect.check_removal("my_own")


def test_a_service_says_which_values_there_are():
    assert DESCRIBED.choices("hw_boot_menu") == ("yes", "no")
    assert DESCRIBED.check_attribute("hw_boot_menu", "perhaps")
    assert not GLANCE.choices("hw_boot_menu")
    assert DESCRIBED.choices("os_hidden") == ("true", "false")
    assert DESCRIBED.can_remove("architecture")


@pytest.mark.parametrize(
    "odd", [{"name": 7}, {"name": {"type": 7}}, {"name": {"type": []}}, {"name": {"enum": "x", "maxLength": "y"}}]
)
def test_an_odd_schema_is_read_as_far_as_it_can_be(odd):
    assert GlanceDialect(Schema.read(odd)).check_attribute("name", "any") == []


def test_ims_keeps_the_rules_of_the_reference():
    assert IMS.check_name("Größe (neu) 1")
    assert not IMS.can_change("min_disk")
    assert IMS.value_of("min_ram", "") == 0
    assert [one.code for one in IMS.check_step(TagStep("set", "a=b"))] == ["IMG.0115"]
