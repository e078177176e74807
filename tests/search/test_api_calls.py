"""I10: every parameter of 5.1.1 and 6.1.1 is understood as a call of the API has it, and every attribute is found."""

import json

import pytest

from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.search.filters import Attribute, ImageFilter, Word, parse
from images.search.queries.completion import complete
from images.search.queries.matching import Matching
from tests import factories
from tests.conftest import person
from tests.search.test_query import FILTERS_OF_5_1_1

#: What 6.1.1 spells differently, or adds.
FILTERS_OF_6_1_1 = {
    "__support_large_memory": "true", "__support_disk_intensive": "true", "__support_high_performance": "true",
    "member_statuses": "accepted", "__system__cmkid": "k-1", "virtual_environment_type": "DataImage",
}  # fmt: skip
ALL = FILTERS_OF_5_1_1 | FILTERS_OF_6_1_1


def canonical(query: str) -> str:
    parsed = parse(query, known={})
    assert parsed.problems == ()
    assert parse(parsed.filter.text, known={}).filter == parsed.filter
    return parsed.filter.text


@pytest.mark.parametrize(("name", "value"), ALL.items())
def test_with_an_equals_sign_as_with_a_colon(name, value):
    """I10: `name=value`, as a call has it."""
    if name != "tag":  # tag=a.b is about both spellings of 9.2
        assert canonical(f"{name}={value}") == canonical(f"{name}:{value}")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("created_at=neq:2018-10-28T10:00:00Z", "-created:2018-10-28T10:00:00Z"),
        ("created_at:neq:2018-10-28T10:00:00Z", "-created:2018-10-28T10:00:00Z"),
        ("-created_at=neq:2018-10-28T10:00:00Z", "created:2018-10-28T10:00:00Z"),
        ("updated_at=gte:2018-10-28T10:00:00Z", "updated:>=2018-10-28T10:00:00Z"),
        ("updated_at=gte:2018-10-28 10:00:00", "updated:>=2018-10-28T10:00:00Z"),
        ("updated_at=gte:2018-10-28 10:00:00 web", "web updated:>=2018-10-28T10:00:00Z"),
        ('updated_at:"gte:2018-10-28 10:00:00"', "updated:>=2018-10-28T10:00:00Z"),
        ("created_at=lt:2018-10-28T10:00:00", "created:<2018-10-28T10:00:00Z"),
        ("created_at=gt%3A2018-10-28T10%3A00%3A00Z", "created:>2018-10-28T10:00:00Z"),
        ("tag=env=prod", "tag:env=prod"),
        ("tag=env.prod", "tag:env.prod,env=prod"),
        ("tag=golden", "tag:golden"),
        ("__imagetype=gold&visibility=public&protected=true", "type:gold visibility:public is:protected"),
        (
            "GET https://ims.example.org/v2/cloudimages?__platform=Red%20Hat&min_disk=40&name=a+b",
            'name:"a b" os:"Red Hat" disk:40',
        ),
        ("/v2/images?status=active&member_status=accepted", "status:active member:accepted"),
        ("__support_large_memory:true", "flag:large_memory"),
        ("attribute:__support_kvm=true", "flag:kvm"),
        ("attribute:status=active", "status:active"),
        ("checksum=abc", "attribute:checksum=abc"),
        ("__team:web", "attribute:__team=web"),
        ("-attr:__team", "-attribute:__team"),
        ('attribute:"a b"=c,"d,e"', 'attribute:"a b"=c,"d,e"'),
        ("__description=old*", "description:old*"),
        ("env=prod", '"env=prod"'),
        ('"created_at=gt:2018-10-28" "10:00:00"', '"created_at=gt:2018-10-28" "10:00:00"'),
    ],
)
def test_one_spelling_for_one_meaning(typed, text):
    """I10"""
    assert canonical(typed) == text


@pytest.mark.parametrize(
    ("typed", "token", "says", "better"),
    [
        ("limit=50&status=active web", "limit=50", "turns pages", ""),
        ("sort_key=name web", "sort_key=name", "turns pages", ""),
        ("created_at:neq:2018-10-28,2019 web", "created_at:neq:2018-10-28,2019", "stands alone", ""),
        ("created_at=neq:soon web", "created_at=neq:soon", "a time looks like", ""),
        ("__os_tpye:Linux web", "__os_tpye:Linux", "no field", "__os_type:Linux"),
        ("__team: web", "__team:", "any is meant", "attribute:__team"),
        ("attribute:=x web", "attribute:=x", "name the attribute", ""),
        ("colour:red web", "colour:red", "attribute:colour=", '"colour:red"'),
    ],
)
def test_what_makes_no_sense_is_named(typed, token, says, better):
    """I10"""
    parsed = parse(typed, known={})
    assert Word("web") in parsed.filter.conditions
    (problem,) = parsed.problems
    assert (problem.token, problem.better) == (token, better)
    assert says in problem.reason


DOCUMENTS = {
    "one": {"checksum": "d41d8cd98f00b204e9800998ecf8427e", "__team": "Web", "__description": "nightly build"},
    "two": {"checksum": None, "__team": "data, web", "__os_feature_list": '["onekey_resetpasswd", "x"]'},
    "three": {"__team": "", "__support_agent_list": "hss,ces", "__support_fc_inject": "true", "größe": "Maß"},
    "four": {"__sequence_number": "1", "colour": "red", "__root_origin": "file", "locations": [{"url": "a/b"}]},
}


@pytest.fixture
def matching(db):
    project = factories.project()
    held = [
        factories.document(number, project.project_id, name=name, **more)
        for number, (name, more) in enumerate(DOCUMENTS.items())
    ]
    factories.put(project, *held)
    # another service escapes what it need not
    four = Image.objects.get(name="three")
    Image.objects.filter(pk=four.pk).update(document=json.dumps(json.loads(four.document), ensure_ascii=True))
    viewer = person("viewer", is_staff=True)
    return lambda asked: Matching(asked, index.current(), visible_projects_of(viewer))


@pytest.mark.also_on_postgres
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("checksum:d41d8cd98f00b204e9800998ecf8427e", {"one"}),
        ("checksum:D41D8*", {"one"}),
        ("checksum:abc", set()),
        ("attribute:__team", {"one", "two"}),
        ("-attribute:__team", {"three", "four"}),
        ("__team:web", {"one"}),
        ("__team:*web", {"one", "two"}),
        ("__team:web,data*", {"one", "two"}),
        ("-__team:web", {"two", "three", "four"}),
        ("__os_feature_list:onekey_resetpasswd", {"two"}),
        ("__os_feature_list:onekey", set()),
        ("__support_agent_list:ces", {"three"}),
        ("__support_fc_inject:true", {"three"}),
        ("attribute:größe=maß", {"three"}),
        ("__sequence_num:1", {"four"}),
        ("attribute:colour=red", {"four"}),
        ("__root_origin=file", {"four"}),
        ("attribute:locations=*a/b*", {"four"}),
        ("description:*BUILD*", {"one"}),
        ("attribute:__team attribute:checksum", {"one"}),
    ],
)
def test_every_attribute_is_found(matching, query, names):
    """I10: customised ones, `checksum`, `__os_feature_list`, `__support_…`."""
    found = matching(parse(query, known={}).filter).images
    assert set(Image.objects.filter(pk__in=list(found)).values_list("name", flat=True)) == names


def test_not_equal_finds_all_others(matching):
    """I10: `neq` of 5.1.1."""
    first = Image.objects.order_by("created_at", "pk").first()
    stamp = first.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    same = Image.objects.filter(created_at=first.created_at).count()
    found = matching(parse(f"created_at=neq:{stamp}", known={}).filter).images
    assert first.pk not in found
    assert len(found) == len(DOCUMENTS) - same


def suggested(matching, query: str) -> list[str]:
    return [one.text for one in complete(query, len(query), matching(ImageFilter())).suggestions]


def test_completion_knows_attributes_and_their_values(matching):
    """I10"""
    assert "attribute:__team=" in suggested(matching, "team")
    assert "attribute:checksum=" in suggested(matching, "check")
    assert suggested(matching, "attribute:col") == ["attribute:colour="]
    assert suggested(matching, "colour:") == ["attribute:colour=red"]
    assert suggested(matching, "-attribute:__team=we") == ["-attribute:__team=Web", '-attribute:__team="data, web"']
    assert suggested(matching, "__support_large_memory:") == ["flag:large_memory"]


def test_completion_tells_nothing_of_what_somebody_may_not_see(db):
    """I10: names and values come from the images that a person sees."""
    factories.put(factories.project(), factories.document(1, "p", __secret="s"))
    stranger = person("stranger")
    blind = lambda asked: Matching(asked, index.current(), visible_projects_of(stranger))  # noqa: E731
    assert "attribute:__secret=" not in suggested(blind, "secret")
    assert suggested(blind, "__secret:") == []


def test_the_list_and_its_help_know_them(matching, as_admin):
    """I10: chips say what was asked, the help how."""
    page = as_admin.get("/images/", {"q": "-__team:web"}).content.decode()
    assert "not attribute: __team=web" in page
    text = as_admin.get("/images/search-help/").content.decode()
    assert "attribute:__team=web" in text
    assert "created_at=neq:" in text


def test_an_attribute_survives_any_spelling():
    """I10"""
    odd = Attribute('a"b =:\\', ('x"', "y,z", "*", "-"), negated=True)
    assert parse(str(odd)).filter == ImageFilter.of([odd])
