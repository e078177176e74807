"""The query language: text to filter and back, and a sentence for what makes no sense."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.search.filters import Attribute, Choice, ImageFilter, Limit, Range, Tag, Tags, Text, Word, Yes, parse
from images.search.filters.fields import FIELDS, SPELLINGS
from images.search.filters.units import Age, Moment, parse_bytes, parse_memory, parse_time, render_bytes

THE_LOT = (
    'os:ubuntu tag:env=prod status:active size:>10GB created:>2026-01-01 project:demo is:encrypted -status:killed '
    '"quoted words" tag:env tag:none region:eu member:pending flag:kvm owner:a id:0f updated:<30d ram:>=2048'
)  # fmt: skip


def canonical(query: str) -> str:
    parsed = parse(query)
    assert parsed.problems == ()
    return parsed.filter.text


def test_every_token_of_the_language_is_understood():
    parsed = parse(THE_LOT)
    assert parsed.problems == ()
    assert len(parsed.filter.conditions) == 18


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("status:active status:queued", "status:active,queued"),
        ("status:ACTIVE", "status:active"),
        ("-status:killed -status:queued", "-status:killed,queued"),
        ("os:ubuntu region:a", "region:a os:Ubuntu"),
        ("os:redhat", 'os:"Red Hat"'),
        ("os:linux", "ostype:Linux"),
        ("type:public", "type:gold"),
        ("is:private", "type:private"),
        ("tag:env=prod,staging", "tag:env=prod,env=staging"),
        ("tag:env=prod,app=web,golden", "tag:app=golden,app=web,env=prod"),
        ("tag:golden,env=prod", "tag:golden,env=prod"),
        ("alltags:a,b", "tag:a tag:b"),
        ("tag:a tag:b", "tag:a tag:b"),
        ("anytag:a anytag:b=c", "anytag:a,b=c"),
        ("-anytag:a,b", "-tag:a,b"),
        ("-tag:a -tag:b", "-tag:a,b"),
        ("-alltags:b,a", "-alltags:a,b"),
        ("-tag:none", "is:tagged"),
        ("is:untagged", "tag:none"),
        ('tag:"none"', 'tag:"none"'),
        ("tag:a=", "tag:a="),
        ("flag:kvm flag:xen", "flag:kvm flag:xen"),
        ("flag:xen,kvm", "flag:kvm,xen"),
        ("protected:false", "-is:protected"),
        ("size:1.5GB", "size:1500MB"),
        ("size:10G", "size:10GB"),
        ("size:1024", "size:1KiB"),
        ("size:1GB..2GB", "size:1GB..2GB"),
        ("ram:2GB ram:1024", "ram:1024,2048"),
        ("disk:>1TB", "disk:>1024"),
        ("created:gte:2026-01-01T10:00:00+02:00", "created:>=2026-01-01T08:00:00Z"),
        ("updated:30d", "updated:<30d"),
        ("web Web prod", "web prod"),
        ("-web", "-web"),
        ('"a:b"', '"a:b"'),
        ('name:"a b",c', 'name:"a b",c'),
        ("", ""),
        ('""', ""),
    ],
)
def test_one_spelling_for_one_meaning(typed, text):
    assert canonical(typed) == text
    assert canonical(text) == text


#: The filters of 5.1.1 with a value of each, as a caller of the API would write them.
FILTERS_OF_5_1_1 = {
    "__isregistered": "true", "__imagetype": "gold", "__whole_image": "true", "__system_cmkid": "k-1",
    "protected": "true", "visibility": "public", "owner": "o-1", "id": "0f-1", "status": "active", "name": "web",
    "container_format": "bare", "disk_format": "zvhd2", "min_ram": "2048", "min_disk": "40", "__os_bit": "64",
    "__platform": "Ubuntu", "__os_type": "Linux", "tag": "env=prod", "member_status": "pending",
    "__support_kvm": "true", "__support_xen": "true", "__support_largememory": "true",
    "__support_diskintensive": "true", "__support_highperformance": "true", "__support_xen_gpu_type": "M60_vGPU",
    "__support_kvm_gpu_type": "V100", "__support_xen_hana": "true", "__support_kvm_infiniband": "true",
    "virtual_env_type": "FusionCompute", "created_at": "lt:2018-10-28T10:00:00Z",
    "updated_at": "gte:2018-10-28T10:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FILTERS_OF_5_1_1.items())
def test_every_filter_of_5_1_1_can_be_written_as_the_api_names_it(name, value):
    parsed = parse(f"{name}:{value}", known={})
    assert parsed.problems == ()
    assert len(parsed.filter.conditions) == 1


@pytest.mark.parametrize(
    ("typed", "token", "says", "better"),
    [
        ("statsu:active web", "statsu:active", "no field “statsu”", "status:active"),
        ("-zzz:1 web", "-zzz:1", "no field “zzz”", '"-zzz:1"'),
        ("status:actve web", "status:actve", "never “actve”", "status:active"),
        ("is:encripted web", "is:encripted", "after “is:”", "is:encrypted"),
        ("is:encrypted,protected web", "is:encrypted,protected", "takes one word", ""),
        ("size:big web", "size:big", "a size looks like", ""),
        ("size:>= web", "size:>=", "a size looks like", ""),
        ("created:2026-02-31 web", "created:2026-02-31", "a time looks like", ""),
        ("created:soon web", "created:soon", "a time looks like", ""),
        ("tag:=x web", "tag:=x", "needs a key", ""),
        ("os: web", "os:", "a value is missing", ""),
        ("name:, web", "name:,", "a value is missing", ""),
        ("protected:maybe web", "protected:maybe", "either yes or no", "is:protected"),
        ('web "open', '"open', "quotation mark", '"open"'),
    ],
)
def test_a_token_without_sense_is_named_and_the_rest_applies(typed, token, says, better):
    parsed = parse(typed, known={})
    assert parsed.filter == ImageFilter((Word("web"),))
    (problem,) = parsed.problems
    assert problem.token == token
    assert says in problem.reason
    assert problem.better == better


def test_a_value_that_only_the_index_knows_is_no_mistake():
    assert parse("status:strange", known={"status": ["strange"]}).problems == ()


def test_too_long_and_too_many_are_cut_with_a_word():
    assert "too long" in parse("x " * 3000).problems[0].reason
    parsed = parse(" ".join(f"w{n}" for n in range(100)))
    assert len(parsed.filter.conditions) == 60
    assert parsed.problems


def test_a_day_is_the_readers_day():
    start, end = Moment("2026-07-01").period(ZoneInfo("Europe/Paris"))
    assert start == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert end == datetime(2026, 7, 1, 22, tzinfo=UTC)
    assert Moment("2026-12").period(UTC)[1] == datetime(2027, 1, 1, tzinfo=UTC)
    assert Moment("2026").period(UTC)[1] == datetime(2027, 1, 1, tzinfo=UTC)
    assert Moment("2026-01-01T10:00").period(UTC)[1] == datetime(2026, 1, 1, 10, 1, tzinfo=UTC)


def test_ages_and_memory():
    now = datetime(2026, 7, 1, 12, 30, 59, tzinfo=UTC)
    assert parse_time("30d") == Age(30, "d")
    assert Age(1, "h").instant(now) == datetime(2026, 7, 1, 11, 30, tzinfo=UTC)
    assert Age(9999, "y").instant(now).year > 1900
    assert parse_memory("2GiB") == parse_memory("2GB") == 2048


def test_no_two_fields_share_a_spelling():
    assert sum(1 + len(field.aliases) for field in FIELDS) == len(SPELLINGS)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
PRINTABLE = TEXT.filter(lambda text: text.strip() == text)
NAMES = {kind: [field.name for field in FIELDS if field.kind == kind] for kind in ("choice", "text", "yes", "time")}
TAG = st.builds(Tag, PRINTABLE, st.none() | TEXT | st.just(""))
SOME_TAGS = st.lists(TAG, min_size=1, max_size=4).map(tuple)
TIMES = st.one_of(
    st.builds(Age, st.integers(0, 9999), st.sampled_from(["min", "h", "d", "w", "mo", "y"])),
    st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(lambda day: Moment(day.isoformat())),
)


def limits(bounds):
    operators = st.sampled_from(["<", "<=", ">", ">=", "="])
    one = st.builds(Limit, operators, bounds).filter(
        lambda limit: not (isinstance(limit.bound, Age) and limit.operator == "=")
    )
    return st.lists(one | st.builds(Limit, st.just(".."), bounds, bounds), min_size=1, max_size=3).map(tuple)


CONDITIONS = st.one_of(
    st.builds(Word, TEXT.map(str.lower).filter(str.strip), st.booleans()),
    st.builds(
        Choice,
        st.sampled_from([name for name in NAMES["choice"] if name != "os"]),
        st.lists(PRINTABLE, min_size=1, max_size=3).map(tuple),
        st.booleans(),
    ),
    st.builds(Yes, st.sampled_from(NAMES["yes"]), st.booleans()),
    st.builds(Tags, SOME_TAGS, st.sampled_from(["tag"]), st.booleans()),
    st.builds(Tags, SOME_TAGS, st.just("anytag")),
    st.builds(Tags, SOME_TAGS, st.just("alltags"), st.just(True)),
    st.builds(Text, st.sampled_from(NAMES["text"]), st.lists(TEXT, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(
        Attribute, PRINTABLE.map("x-".__add__), st.lists(TEXT, max_size=3).map(tuple), st.booleans()
    ),  # a name that no field has
    st.builds(Range, st.sampled_from(["size", "disk", "ram"]), limits(st.integers(0, 2**50)), st.booleans()),
    st.builds(Range, st.sampled_from(NAMES["time"]), limits(TIMES), st.booleans()),
)


@given(st.lists(CONDITIONS, max_size=6))
def test_any_filter_survives_its_own_spelling(conditions):
    wanted = ImageFilter.of(conditions)
    parsed = parse(wanted.text)
    assert parsed.problems == ()
    # a value that has a better spelling (`redhat`) is corrected on the way; from then on nothing moves
    assert parse(parsed.filter.text).filter == parsed.filter
    if not any(isinstance(one, Choice) for one in wanted):
        assert parsed.filter == wanted


@given(st.text(max_size=80))
def test_any_typing_is_read_without_an_error(typed):
    parsed = parse(typed, known={})
    assert parse(parsed.filter.text, known={}).filter == parsed.filter


@given(st.integers(0, 2**60))
def test_sizes_survive(number):
    assert parse_bytes(render_bytes(number)) == number
