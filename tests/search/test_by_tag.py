"""Find by tag without the spelling: whatever 5.2.3 can ask, the form can, and it shows what a search asks already."""

from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.search.filters import ImageFilter, Tag, Tags, Yes, parse
from images.search.forms.by_tag import ByTagForm
from tests.catalogue.test_act_views import text

URL = "/images/by-tag/"


def asked(client, **typed) -> str:
    answer = client.get(URL, {"find": "1", **typed})
    assert answer.status_code == 302
    parts = urlsplit(answer["Location"])
    assert parts.path == "/images/"
    return parse_qs(parts.query).get("q", [""])[0]


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        (
            {"tag_key_all_1": "env", "tag_value_all_1": "prod, dev", "tag_key_all_2": "app"},
            "tag:app tag:env=dev,env=prod",
        ),
        ({"tag_key_any_1": "env", "tag_key_any_2": "app", "tag_value_any_2": "x"}, "anytag:env,app=x"),
        ({"tag_key_none_1": "env", "tag_value_none_1": "dev"}, "-tag:env=dev"),
        ({"tag_key_not_1": "a", "tag_value_not_1": "1,2", "tag_key_not_2": "b"}, "-alltags:b,a=1 -alltags:b,a=2"),
        ({"tag_key_all_1": "golden", "tag_bare_all_1": "on"}, "tag:golden="),
        ({"untagged": "on"}, "tag:none"),
        ({"q": "os:Ubuntu tag:old", "tag_key_all_1": "new"}, "os:Ubuntu tag:new"),
        ({"q": "os:Ubuntu tag:none"}, "os:Ubuntu"),
    ],
)
def test_what_is_filled_in_becomes_a_search(as_viewer, typed, query):
    assert asked(as_viewer, **typed) == query


def test_values_without_a_key_are_named_at_the_field(as_viewer):
    answer = as_viewer.get(URL, {"find": "1", "tag_value_any_1": "x", "tag_key_all_1": "kept"})
    assert answer.status_code == 422
    assert "Enter the key that these values belong to." in text(answer)
    assert 'value="kept"' in answer.content.decode()


def test_a_search_fills_the_form_and_what_it_cannot_show_stays(as_viewer):
    page = as_viewer.get(URL, {"q": "os:ubuntu tag:env=prod anytag:a,b", "sort": "name"}).content.decode()
    assert 'name="tag_key_all_1" value="env"' in page
    assert 'name="tag_value_all_1" value="prod"' in page
    assert 'name="tag_key_any_2" value="b"' in page
    assert "<code>os:Ubuntu</code>" in page
    assert '<input type="hidden" name="sort" value="name">' in page


VALUE = st.sampled_from(["x", "y", "", "p,q", None])
TAGS = st.lists(st.builds(Tag, st.sampled_from(["a", "b", "c"]), VALUE), min_size=1, max_size=3).map(tuple)
CONDITIONS = st.one_of(
    st.builds(Tags, TAGS, st.just("tag"), st.booleans()),
    st.builds(Tags, TAGS, st.just("anytag")),
    st.builds(Tags, TAGS, st.just("alltags"), st.just(True)),
    st.builds(Yes, st.just("tagged"), st.booleans()),
)
#: Every image with tags of these keys and values.
ALL = [
    {key: value for key, value in zip("abc", values, strict=True) if value is not None}
    for values in product(["x", "y", "", "p,q", None], repeat=3)
]


def holds(condition: Tags | Yes, tags: dict[str, str]) -> bool:
    if isinstance(condition, Yes):
        return bool(tags) != condition.negated
    asked = [tag.key in tags and tag.value in (None, tags[tag.key]) for tag in condition.tags]
    return (all if condition.field == "alltags" else any)(asked) != condition.negated


def found(conditions: ImageFilter) -> list[bool]:
    return [all(holds(one, tags) for one in conditions) for tags in ALL]


@given(st.lists(CONDITIONS, max_size=4))
def test_a_form_that_nobody_touched_finds_the_same(conditions):
    """As the form is sent: each row under its number."""
    wanted = parse(ImageFilter.of(conditions).text).filter
    form = ByTagForm(wanted)
    sent = {"untagged": "on"} if form.untagged else {}
    for part in form.parts:
        for row in part.rows:
            sent |= {f"tag_key_{part.name}_{row.number}": row.key, f"tag_value_{part.name}_{row.number}": row.values}
            sent |= {f"tag_bare_{part.name}_{row.number}": "on"} if row.bare else {}
    again = ByTagForm(wanted, sent)
    assert again.is_valid
    assert found(again.filter) == found(wanted)
