"""Policies as they are saved and enforced, and the images that break them as the index knows them."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from images.access.enums import Role
from images.audit.models import AuditEntry
from images.cache.models.image import Image
from images.cache.models.posting import IndexState
from images.cache.queries import index
from images.cache.rules.tag_changes import TagChange, TagDifference
from images.core.violations import RulesViolated
from images.operations.enums import ActionKind
from images.operations.services import SubmitRefused, Target, in_place, submit
from images.tags.models.policy import TagPolicy
from images.tags.queries.image_tags import tags_now
from images.tags.queries.policy import breaches_in, policy_of, policy_statuses
from images.tags.rules.policy import TagRule
from images.tags.services import policy as tags_policy
from images.tags.services.policy import ChangedMeanwhile, WantedPolicy
from tests import factories
from tests.catalogue.test_act_views import plain
from tests.conftest import grant, person

ENV = TagRule("env", values=("prod", "dev"))


def put(project, *tagged: list[str], start: int = 0):
    factories.put(project, *(plain(start + n, project.project_id, tags=tags) for n, tags in enumerate(tagged)))


def save(actor, project, *rules: TagRule, version: int = 0, **more) -> TagPolicy:
    return tags_policy.save(actor=actor, project=project, wanted=WantedPolicy(rules, version=version, **more))


def names_of(image: Image) -> list[str]:
    return sorted(one.name for one in breaches_in(index.current()).of_image(image.pk))


def image(number: int) -> Image:
    return Image.objects.get(name=f"web-{number}")


@pytest.fixture
def project(db):
    made = factories.project()
    put(made, ["env.prod"], ["env.test"], ["Env.prod"], [])
    return made


def test_a_policy_is_seen_with_the_next_request_and_so_are_tags(admin, project):
    assert names_of(image(3)) == []
    save(admin, project, ENV)
    assert [names_of(image(n)) for n in range(4)] == [
        [], ["value:env"], ["missing:env", "spelling:Env"], ["missing:env"],
    ]  # fmt: skip
    put(project, ["env.dev"], start=3)
    assert names_of(image(3)) == []
    save(admin, project, TagRule("env", need="barred"), version=1)
    assert names_of(image(3)) == ["barred:env"]
    assert names_of(image(2)) == []


def test_images_of_others_and_public_ones_break_nothing(admin, project):
    save(admin, project, TagRule("owner"))
    before = len(breaches_in(index.current()).broken)
    factories.put(project, plain(9, "f" * 32, __imagetype="shared", visibility="shared"), member_status="accepted")
    factories.put(project.region, plain(10, "f" * 32, __imagetype="gold", visibility="public"))
    assert len(breaches_in(index.current()).broken) == before == 4


def test_the_default_holds_everywhere_until_a_project_says_otherwise(admin, project):
    other = factories.project("other")
    put(other, [], start=20)
    save(admin, None, ENV, TagRule("team"))
    assert names_of(image(20)) == ["missing:env", "missing:team"]
    save(admin, other, TagRule("env", need="allowed"))
    assert names_of(image(20)) == ["missing:team"]
    save(admin, other, inherits=False, version=1)
    assert names_of(image(20)) == []
    assert "missing:team" in names_of(image(3))


def test_standings_of_all_projects_cost_a_constant_number_of_queries(admin, project, django_assert_num_queries):
    save(admin, None, ENV, TagRule("owner", need="allowed", pattern="[a-z]+"), TagRule("team", values=("a", "b")))
    # version, what moved, who sees what, policies, values, patterns, whose tags are words
    with django_assert_num_queries(7) as few:
        (mine,) = policy_statuses(admin)
    assert (mine.images, mine.broken, mine.rules) == (4, 4, 3)
    for number in range(5):
        put(factories.project(f"p{number}"), ["env.dev", "owner.?"], start=100 + 10 * number)
    with django_assert_num_queries(len(few)):
        found = policy_statuses(admin)
    assert [one.broken for one in found] == [4, 1, 1, 1, 1, 1]
    assert policy_statuses(person("nobody")) == []


def test_who_may_change_what(viewer, project):
    with pytest.raises(PermissionDenied, match="administrators of"):
        save(viewer, project, ENV)
    grant(viewer, Role.ADMINISTRATOR, project=project)
    save(viewer, project, ENV)
    with pytest.raises(PermissionDenied, match="all projects"):
        save(viewer, None, ENV)
    assert TagPolicy.objects.count() == 1


def test_a_change_is_kept_with_before_and_after_and_needs_the_newest(admin, project):
    save(admin, project, ENV)
    with pytest.raises(ChangedMeanwhile):
        save(admin, project, TagRule("team"))
    save(admin, project, ENV, version=1)  # what is there already
    version = IndexState.objects.get().version
    with pytest.raises(RulesViolated):
        save(admin, project, TagRule("a b "), version=1)
    assert IndexState.objects.get().version == version
    save(admin, project, ENV, binding=True, version=1)
    newest, oldest = AuditEntry.objects.filter(event="tag_policy.changed", project_pk=project.pk)
    assert (oldest.before["tag env"], oldest.after["tag env"]["values"]) == (None, ["prod", "dev"])
    assert (newest.before, newest.after, newest.actor_name) == ({"binding": False}, {"binding": True}, "admin")


def difference(**after: str | None) -> TagDifference:
    return TagDifference(tuple(TagChange(key, None, value) for key, value in after.items()))


def change(actor, number: int, found: TagDifference):
    return in_place.change(
        actor=actor, kind=ActionKind.TAG, image=image(number), parameters=found.parameters, key=uuid.uuid4().hex
    )


def test_what_binds_is_refused_whoever_asks_and_may_always_be_mended(admin, project):
    save(admin, project, ENV)
    change(admin, 0, difference(env="test"))  # only told
    save(admin, project, ENV, binding=True, version=1)
    with pytest.raises(SubmitRefused, match=r"web-3: “env” does not have .* Values: prod, dev\."):
        change(admin, 3, difference(env="test"))
    change(admin, 3, difference(env="dev"))
    change(admin, 1, difference(team="a"))  # broken already, and no worse


def test_no_image_is_made_that_breaks_what_binds(admin, project):
    save(admin, project, ENV, binding=True)
    fields = {"name": "new", "instance_id": "i", "tags": [{"key": "team", "value": "a"}]}

    def make(tags):
        parameters = {"order": "SystemDisk", "fields": fields | {"tags": tags}}
        target = Target(project, None, "new", parameters)
        return submit(actor=admin, kind=ActionKind.CREATE, targets=[target], key=uuid.uuid4().hex)

    with pytest.raises(SubmitRefused, match="new: The tag “env” is required"):
        make([])
    assert make([{"key": "env", "value": "dev"}]).total == 1


_KEYS = ("env", "Env", "build", "team")
_VALUES = ("", "prod", "7", "77", "x")
_shelves = st.lists(st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_VALUES)), min_size=4, max_size=4)
_rules = st.lists(
    st.builds(
        TagRule,
        st.sampled_from(("env", "build")),
        st.sampled_from(("required", "allowed")),
        st.sampled_from(((), ("prod", "x"), ("",))),
        st.sampled_from(("", "[0-9]+")),
        st.booleans(),
    ),
    max_size=2,
    unique_by=lambda rule: rule.key,
)


class TheIndexSaysWhatTheRulesSay(TestCase):
    """Whatever the tags and rules become, one version of the index after the other."""

    @hypothesis_settings(max_examples=15)
    @given(st.lists(st.tuples(_rules, _shelves), min_size=1, max_size=3))
    def test_it(self, history):
        index.forget()
        project = factories.project()
        admin = person(uuid.uuid4().hex, is_staff=True)
        for version, (rules, shelf) in enumerate(history):
            policy, _new = TagPolicy.objects.get_or_create(project=project)
            save(admin, project, *rules, version=policy.version)
            put(project, *([f"{key}={value}" for key, value in tags.items()] for tags in shelf))
            for number in range(len(shelf)):
                one = image(number)
                breaches = policy_of(project.pk).breaches(tags_now(one).expected)
                assert names_of(one) == sorted(breach.name for breach in breaches), (version, number)
