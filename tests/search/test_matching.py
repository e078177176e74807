"""Filters answered by bitmaps and SQL agree with a plain reading of the same filters, row by row."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.cache.facets import pairs_of
from images.cache.models.image import Image, ImageTag
from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.search.filters import Choice, ImageFilter, Limit, Range, Tag, Tags, Text, Word, Yes, parse
from images.search.filters.fields import BY_NAME
from images.search.filters.units import Age, Moment
from images.search.queries.matching import Matching, matching
from tests.search import listing

pytestmark = pytest.mark.also_on_postgres

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def found(query: str, user) -> set[str]:
    parsed = parse(query)
    assert parsed.problems == ()
    pks = matching(parsed.filter, user, now=NOW).images
    return set(Image.objects.filter(pk__in=list(pks)).values_list("name", flat=True))


@pytest.fixture
def shelf(db):
    demo, other = listing.project("demo"), listing.project("other", "eu-west-1")
    listing.image(1, {"env": "prod"}, name="Web one", project=demo, platform="Ubuntu", size=10**9, min_ram=1024)
    listing.image(2, {"env": "dev", "app": "x"}, name="web two", project=demo, platform="CentOS", key_id="k",
                  flags="kvm,gpu_kvm:V100")  # fmt: skip
    listing.image(3, {"Env": "prod"}, name="db", project=other, protected=True, flags="kvm,xen", description="the web")
    listing.image(4, {"golden": ""}, name="base", region=listing.region("eu-west-1"), platform="Red Hat", min_ram=2048)
    listing.image(5, name="nobody's", project=listing.project("new", published=False))
    listing.publish(Image.objects.exclude(name="nobody's"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Web one", "web two", "db", "base"}),
        ("web", {"Web one", "web two", "db"}),
        ("web -two", {"Web one", "db"}),
        ('"web one"', {"Web one"}),
        ("name:db", {"db"}),
        ("name:web*", {"Web one", "web two"}),
        ("name:WEB", set()),
        ("id:00000003", {"db"}),
        ("00000003-00", {"db"}),
        ("os:ubuntu", {"Web one"}),
        ("os:ubuntu,centos", {"Web one", "web two"}),
        ("-os:ubuntu", {"web two", "db", "base"}),
        ("os:re*", {"base"}),
        ("project:demo", {"Web one", "web two"}),
        ("project:id-of-other", {"db"}),
        ("project:demo project:other", {"Web one", "web two", "db"}),
        ("project:demo@eu-west-1", set()),
        ("region:eu-west-1", {"db", "base"}),
        ("is:encrypted", {"web two"}),
        ("-is:encrypted is:protected", {"db"}),
        ("tag:env", {"Web one", "web two"}),
        ("tag:env=prod", {"Web one"}),
        ("tag:env=prod,dev", {"Web one", "web two"}),
        ("tag:env=p*", {"Web one"}),
        ("tag:en*=p*", {"Web one", "db"}),
        ("tag:env tag:app", {"web two"}),
        ("anytag:env=prod anytag:app=x", {"Web one", "web two"}),
        ("-tag:env", {"db", "base"}),
        ("-alltags:env=dev,app=x", {"Web one", "db", "base"}),
        ("-alltags:env=dev,app=y", {"Web one", "web two", "db", "base"}),
        ("tag:golden=", {"base"}),
        ("tag:none", set()),
        ("flag:kvm", {"web two", "db"}),
        ("flag:kvm flag:xen", {"db"}),
        ("flag:gpu_kvm,xen", {"web two", "db"}),
        ("flag:gpu_kvm:V100", {"web two"}),
        ("size:>=1GB", {"Web one"}),
        ("ram:>=1024", {"Web one", "base"}),
        ("ram:1..2GB -ram:2048", {"Web one"}),
        ("created:<=2026-01-01T02:00Z", {"Web one", "web two"}),
        ("created:2026-01-01T01:00:00Z", {"Web one"}),
        ("created:2026-01-01", {"Web one", "web two", "db", "base"}),
        ("created:<30d", set()),
        ("created:>30d", {"Web one", "web two", "db", "base"}),
        ("type:public", {"base"}),
        ("owner:nobody", set()),
        ("active:>2020", set()),
    ],
)
def test_what_a_query_finds(shelf, viewer, query, names):
    assert found(query, viewer) == names


def test_nobody_sees_what_is_not_published_or_not_theirs(shelf, viewer):
    assert "nobody's" not in found("", viewer)
    assert found("nobody", viewer) == set()
    viewer.is_active = False
    assert found("", viewer) == set()


def test_a_project_that_is_no_longer_managed_takes_its_images_along(shelf, viewer):
    listing.project("demo").__class__.objects.filter(name="demo").update(enabled=False)
    assert found("", viewer) == {"db", "base"}


@pytest.mark.parametrize(
    ("query", "says", "better"),
    [
        ("os:ubunto", "no image has the OS platform “ubunto”", "os:Ubuntu"),
        ("project:dmo", "no image has the project “dmo”", "project:demo"),
        ("tag:emv=prod", "no image has a tag with the key “emv”", "tag:env=prod"),
        ("-region:zzz", "no image has the region “zzz”", ""),
    ],
)
def test_a_value_that_nothing_has_is_named_with_its_nearest(shelf, viewer, query, says, better):
    (hint,) = matching(parse(query).filter, viewer).hints
    assert says in hint.reason
    assert hint.better == better


def test_values_that_something_has_or_the_reference_knows_need_no_hint(shelf, viewer):
    assert matching(parse("os:ubuntu os:fedora tag:env tag:en* status:killed").filter, viewer).hints == ()


def test_a_name_in_two_regions_is_told_apart(shelf, viewer):
    twin = listing.project("demo", "eu-west-1")
    listing.image(6, name="twin", project=twin)
    listing.publish(Image.objects.exclude(name="nobody's"))
    assert found("project:demo", viewer) == {"Web one", "web two", "twin"}
    assert found("project:demo@eu-west-1", viewer) == {"twin"}
    assert set(matching(ImageFilter(), viewer).vocabulary.values("project")) == {
        "demo@eu-west-0", "demo@eu-west-1", "other",
    }  # fmt: skip


def test_a_new_version_is_noticed_and_an_old_snapshot_stays_as_it_was(shelf, viewer):
    before = index.current()
    held = len(before.everything)
    listing.image(7, {"env": "new"}, name="seven", project=listing.project("demo"))
    listing.publish(Image.objects.exclude(name="nobody's"))
    assert found("tag:env=new", viewer) == {"seven"}
    assert len(index.current().everything) == held + 1
    assert len(before.everything) == held
    Image.objects.filter(name="seven").delete()
    listing.publish(Image.objects.exclude(name="nobody's"))
    assert found("tag:env=new", viewer) == set()


def test_a_question_of_the_index_costs_one_query_when_nothing_changed(shelf, django_assert_num_queries):
    with django_assert_num_queries(2):
        index.current()
    with django_assert_num_queries(1):
        index.current()


# --- the same answered row by row -------------------------------------------------------------------------------------
VALUES = {
    "status": ["active", "queued", "killed"],
    "platform": ["Ubuntu", "CentOS", ""],
    "architecture": ["x86", "arm", ""],
    "flags": ["", "kvm", "kvm,xen", "gpu_kvm:V100"],
    "key_id": ["", "k1"],
    "protected": [True, False],
    "min_ram": [0, 1024, 2048],
    "size": [0, 10**9, 2 * 10**9],
    "name": ["web-1", "web-2", "db"],
}
TAGS = [Tag("env", "prod"), Tag("env", "dev"), Tag("app", "x"), Tag("bare", "")]
ROWS = st.lists(
    st.tuples(
        st.fixed_dictionaries({column: st.sampled_from(values) for column, values in VALUES.items()}),
        st.lists(st.sampled_from(TAGS), max_size=3, unique_by=lambda tag: tag.key),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=12,
)
LIMIT = st.sampled_from(["<", "<=", ">", ">=", "="])
SOME_TAGS = st.lists(st.sampled_from([*TAGS, Tag("env"), Tag("no"), Tag("e*"), Tag("env", "p*")]), min_size=1,
                     max_size=3).map(tuple)  # fmt: skip
CONDITIONS = st.one_of(
    st.builds(Word, st.sampled_from(["web", "b", "web-1", "zz"]), st.booleans()),
    st.builds(Choice, st.just("status"), st.lists(st.sampled_from(["active", "queued", "k*"]), min_size=1).map(tuple),
              st.booleans()),
    st.builds(Choice, st.just("os"), st.sampled_from([("Ubuntu",), ("ubuntu", "CentOS"), ("*",)]), st.booleans()),
    st.builds(Choice, st.just("flag"), st.sampled_from([("kvm",), ("xen", "gpu_kvm"), ("gpu_kvm:V100",)]),
              st.booleans()),
    st.builds(Yes, st.sampled_from(["protected", "encrypted", "tagged"]), st.booleans()),
    st.builds(Tags, SOME_TAGS, st.sampled_from(["tag", "alltags", "anytag"]), st.booleans()),
    st.builds(lambda op, n, no: Range("ram", (Limit(op, n),), no), LIMIT, st.sampled_from([0, 1024, 1500]),
              st.booleans()),
    st.builds(lambda op, n: Range("size", (Limit(op, n), Limit("..", 10**9, 10**9))), LIMIT, st.sampled_from([0, 10])),
    st.builds(lambda op, n, no: Range("created", (Limit(op, n),), no), LIMIT,
              st.sampled_from([Moment("2026-01-02"), Moment("2026-01"), Moment("2026-01-02T03:00Z")]), st.booleans()),
    st.builds(lambda op: Range("updated", (Limit(op, Age(58, "d")),)), LIMIT),
    st.builds(Text, st.just("name"), st.sampled_from([("db",), ("web*", "zz")]), st.booleans()),
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60, deadline=None
)
@given(rows=ROWS, conditions=st.lists(CONDITIONS, max_size=4))
def test_bitmaps_agree_with_rows(rows, conditions, viewer):
    demo = listing.project("demo")
    Image.objects.all().delete()
    for number, (columns, tags, hours) in enumerate(rows):
        when = listing.EPOCH + timedelta(hours=hours)
        pairs = {tag.key: tag.value for tag in tags}
        listing.image(number, pairs, project=demo, created_at=when, updated_at=when, **columns)
    listing.publish()
    wanted = ImageFilter.of(conditions)
    answer = Matching(wanted, index.current(), visible_projects_of(viewer), NOW, UTC).images
    plain = {row.pk for row in Image.objects.all() if all(holds(one, row) for one in wanted)}
    assert set(answer) == plain


def holds(condition, row: Image) -> bool:
    """The meaning of a condition as the help page tells it, for one row."""
    match condition:
        case Word(text=text):
            answer = text in row.search_text or row.image_id.startswith(text)
        case Choice(field=field, values=values):
            posting = BY_NAME[field].posting
            mine = {value for name, value in pairs_of(row, []) if name == posting}
            answer = any(like(value, one) for value in values for one in mine)
        case Yes(field=field):
            answer = {"protected": row.protected, "encrypted": bool(row.key_id), "tagged": row.tags.exists()}[field]
        case Tags(field=field, tags=tags):
            answer = (all if field == "alltags" else any)(has(row, tag) for tag in tags)
        case Range(field=field, limits=limits):
            value = getattr(row, BY_NAME[field].column)
            answer = any(within(value, limit) for limit in limits)
        case Text(values=values):
            answer = any(like(value, row.name) if "*" in value else value == row.name for value in values)
    return answer != condition.negated


def like(pattern: str, text: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern.lower()).replace(r"\*", ".*"), text.lower()))


def has(row: Image, tag: Tag) -> bool:
    def same(pattern: str, text: str) -> bool:
        return like(pattern, text) if "*" in pattern else pattern == text

    pairs = ImageTag.objects.filter(image=row).values_list("key", "value")
    return any(same(tag.key, key) and (tag.value is None or same(tag.value, value)) for key, value in pairs)


def within(value, limit: Limit) -> bool:
    bound = limit.bound
    if limit.operator == "..":
        return bound <= value <= limit.upper
    if isinstance(bound, Age):
        then = NOW.replace(second=0) - timedelta(days=bound.number)
        return {"<": value > then, "<=": value >= then, ">": value < then, ">=": value <= then, "=": value == then}[
            limit.operator
        ]
    start, end = bound.period(UTC) if isinstance(bound, Moment) else (bound, bound + 1)
    return {"<": value < start, "<=": value < end, ">": value >= end, ">=": value >= start,
            "=": start <= value < end}[limit.operator]  # fmt: skip
