"""The console answers any question about tags as the service does (5.2.3); where it does not, that is shown."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.access.enums import Role
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.services.clients import client_for
from images.ims import Tag as TagThere
from images.search.filters import ImageFilter, Tag, Tags, Yes, parse
from images.tags.services.check import CannotBeAsked, check, question_of
from tests.clouds.projects import project_of
from tests.conftest import person

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True)]

KEYS = ["env", "app", "生产"]
VALUES = ["prod", "dev", ""]


@pytest.fixture
def project(cloud):
    """Its images carry all kinds of tags of KEYS and VALUES; afterwards they have their own again."""
    project = project_of(cloud)
    sync_holder(project, full=True)
    tags = client_for(project).tags
    own = list(Image.objects.filter(project=project, member_status="").order_by("pk")[:10])
    before = {image.image_id: list(tags.of_image(image.image_id)) for image in own}
    for number, image in enumerate(own):
        if before[image.image_id]:
            tags.remove_many(image.image_id, [tag.key for tag in before[image.image_id]])
        wanted = [
            TagThere(key, VALUES[(number // 3**place) % 3]) for place, key in enumerate(KEYS) if number >> place & 1
        ]
        if wanted:
            tags.add_many(image.image_id, wanted)
    sync_holder(project, full=True)
    yield project
    cloud.clear_faults()
    for image_id, wanted in before.items():
        tags.remove_many(image_id, KEYS)
        if wanted:
            tags.add_many(image_id, wanted)


@pytest.fixture
def looker(transactional_db):
    return person("looker", Role.VIEWER)


A_TAG = st.builds(Tag, st.sampled_from([*KEYS, "nobody"]), st.sampled_from([*VALUES, None]))
SOME = st.lists(A_TAG, min_size=1, max_size=4).map(tuple)
CONDITION = st.one_of(
    st.builds(Tags, SOME, st.just("tag"), st.booleans()),
    st.builds(Tags, SOME, st.just("anytag")),
    st.builds(Tags, SOME, st.just("alltags"), st.booleans()),
    st.builds(Yes, st.just("tagged"), st.booleans()),
)


@given(conditions=st.lists(CONDITION, min_size=1, max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_about_tags_has_the_same_answer_here_and_there(project, looker, conditions):
    (one,) = check(actor=looker, image_filter=ImageFilter.of(conditions)).checked
    assert one.error == ""
    assert one.compared
    assert one.differences == ()
    assert one.here == one.there


def test_what_differs_is_listed_by_image_with_both_sets_of_tags(project, looker):
    image = Image.objects.filter(project=project, tags__key="env", tags__value="prod").first()
    client_for(project).tags.put(image.image_id, TagThere("env", "other"))
    (one,) = check(actor=looker, image_filter=parse("tag:env=prod").filter).checked
    assert (one.here - one.there, one.agrees, one.differing) == (1, False, 1)
    assert (one.differences[0].pk, one.differences[0].there) == (image.pk, None)
    (one,) = check(actor=looker, image_filter=parse("tag:env=other").filter).checked
    assert (one.here, one.there) == (0, 1)
    assert (one.differences[0].pk, one.differences[0].here["env"], one.differences[0].there["env"]) == (
        image.pk, "prod", "other",
    )  # fmt: skip
    (one,) = check(actor=looker, image_filter=parse("tag:env").filter).checked
    assert (one.here - one.there, one.agrees, one.differing) == (0, False, 1)


def test_a_service_that_is_away_is_said_and_nothing_raises(project, looker, cloud, as_viewer):
    cloud.fault(kind="status", operation="5.2.3", status=503)
    (one,) = check(actor=looker, image_filter=parse("tag:env").filter).checked
    assert one.there is None
    assert "503" in one.error
    page = as_viewer.get("/images/tag-check/", {"q": "tag:env"})
    assert page.status_code == 200
    assert "503" in page.content.decode()


def test_only_the_projects_that_the_search_leaves_are_asked(project, looker):
    assert not check(actor=looker, image_filter=parse("tag:env project:elsewhere").filter).checked
    assert not check(actor=looker, image_filter=parse(f'tag:env -project:"{project.name}"').filter).checked
    assert (
        len(check(actor=looker, image_filter=parse(f'tag:env project:"{project.name}" os:ubuntu').filter).checked) == 1
    )


def test_the_page_says_that_both_agree_and_what_it_cannot_ask(project, as_viewer):
    page = as_viewer.get("/images/tag-check/", {"q": "tag:env os:ubuntu"}).content.decode()
    assert "The answers are the same." in page
    assert "tag:env" in page
    page = as_viewer.get("/images/tag-check/", {"q": "tag:e*"})
    assert page.status_code == 422
    assert "no patterns" in page.content.decode()


@pytest.mark.parametrize("query", ["os:ubuntu", "tag:e*", "tag:env=a,b,c,d,e,f,g,h,i,j,k"])
def test_what_the_service_does_not_know_is_not_asked(query):
    with pytest.raises(CannotBeAsked):
        question_of(parse(query).filter)


def test_conditions_share_one_question_while_they_fit():
    asked = question_of(parse("tag:env=prod tag:app anytag:b,a=1 -alltags:c=1,d=2 -tag:e,f=3").filter)
    assert asked.is_one
    assert asked.wanted[0].as_body() == {
        "tags": [{"key": "app", "values": []}, {"key": "env", "values": ["prod"]}],
        "tags_any": [{"key": "b", "values": []}, {"key": "a", "values": ["1"]}],
        "not_tags": [{"key": "c", "values": ["1"]}, {"key": "d", "values": ["2"]}],
        "not_tags_any": [{"key": "e", "values": []}, {"key": "f", "values": ["3"]}],
    }
