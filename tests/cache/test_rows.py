"""From a document to columns: both spellings, absent and null alike, and nothing that a column could not hold."""

import json
from datetime import UTC, datetime

import pytest
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from images.cache.facets import FLAGS, TAG_SEPARATOR, pairs_of
from images.cache.models.image import Image
from images.cache.rules.dialects import of_kind
from images.cache.services.columns import ALIASES, ATTRIBUTES, Row, field_of, read, row_of


def row(**document) -> Row:
    sent = read("a", json.dumps({"id": "a", **document}).encode())
    return row_of(sent, "{}", "0", region_id=1, project_id=2, member_status="")


def tags_of(document, kind: str = "ims") -> list[tuple[str, str]]:
    return of_kind(kind).tags_in(read("a", json.dumps(document).encode()).tags)


def test_a_row_has_exactly_the_columns_of_the_model():
    assert Row._fields == tuple(field.attname for field in Image._meta.concrete_fields if not field.primary_key)


def test_every_attribute_and_every_second_spelling_is_read():
    names = {*ATTRIBUTES, *ALIASES.values()}
    assert len({field_of(name) for name in names}) == len(names)
    document = {name: f"value of {name}" for name in names - {"id", "tags"}}
    sent = read("a", json.dumps({"id": "a", **document}).encode())
    assert {name: getattr(sent, field_of(name)) for name in document if name in ATTRIBUTES} == {
        name: value for name, value in document.items() if name in ATTRIBUTES
    }


@pytest.mark.parametrize(
    ("column", "document", "value"),
    [
        ("architecture", {}, "x86"),
        ("architecture", {"architecture": "arm"}, "arm"),
        ("architecture", {"__support_arm": "true"}, "arm"),
        ("architecture", {"hw_architecture": "x86_64"}, "x86"),
        ("os_version", {"__os_version": "Ubuntu 18.04 server 64bit"}, "Ubuntu 18.04 server 64bit"),
        ("os_version", {"_os_version": "Ubuntu 18.04 server 64bit"}, "Ubuntu 18.04 server 64bit"),
        ("os_version", {"os_version": "22.04"}, "22.04"),
        ("firmware", {}, "bios"),
        ("firmware", {"hw_firmware_type": "uefi"}, "uefi"),
        ("size", {"__image_size": "1024", "size": 7}, 1024),
        ("size", {"size": 7}, 7),
        ("size", {"__image_size": "", "size": None}, 0),
        ("size", {"size": 10**30}, 2**63 - 1),
        ("min_disk", {"min_disk": "40"}, 40),
        ("min_ram", {"min_ram": -1}, 0),
        ("max_ram", {}, None),
        ("max_ram", {"max_ram": "4096"}, 4096),
        ("max_ram", {"max_ram": "much"}, None),
        ("protected", {"protected": "True"}, True),
        ("protected", {"protected": "false"}, False),
        ("registered", {}, True),
        ("registered", {"__isregistered": "false"}, False),
        ("whole_image", {"__whole_image": "true"}, True),
        ("whole_image", {"__whole_image": ""}, False),
        ("env_type", {"virtual_env_type": "IsolImage"}, "IsoImage"),
        ("env_type", {"virtual_environment_type": "FusionCompute"}, "FusionCompute"),
        ("platform", {"__platform": "Redhat"}, "Red Hat"),
        ("platform", {"os_distro": "debian"}, "debian"),
        ("os_type", {"__os_type": "linux"}, "Linux"),
        ("image_type", {"visibility": "public"}, "gold"),
        ("image_type", {"visibility": "private", "__imagetype": "private"}, "private"),
        ("key_id", {"__system_cmkid": "k"}, "k"),
        ("key_id", {"__system__cmkid": "k", "__system_cmkid": "other"}, "k"),
        ("source_image_id", {"__originalimage_name": "o"}, "o"),
        ("from_file", {"__root_origin": "file"}, True),
        ("flags", {"__support_kvm": "true", "__support_xen": "false"}, "kvm"),
        ("flags", {"__support_kvm_gpu_type": "V100"}, "gpu_kvm:V100"),
        ("flags", {"__support_large_memory": True}, "large_memory"),
        ("created_at", {"created_at": "2026-01-02T03:04:05Z"}, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("created_at", {"create_at": "2026-01-02T03:04:05"}, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("created_at", {"created_at": "2026-01-02T03:04:05+02:00"}, datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("created_at", {"created_at": "0001-01-01T00:00:00+05:00"}, None),
        ("created_at", {"created_at": "yesterday"}, None),
        ("active_at", {"active_at": None}, None),
        ("search_text", {"name": "Äpfel", "__description": "Rot"}, "äpfel\nrot"),
        ("name", {"name": "a\x00b"}, "ab"),
    ],
)
def test_columns(column, document, value):
    assert getattr(row(**document), column) == value


@pytest.mark.parametrize(
    ("sent", "tags"),
    [
        (["env=prod", "team.core", "alone"], [("env", "prod"), ("team", "core"), ("alone", "")]),
        (["a=b=c", "a.b=c", "a.b.c"], [("a", "b.c"), ("a.b", "c")]),
        (["=value", ".value", ""], []),
        (["env=prod", "env=dev"], [("env", "dev")]),
        ([f"a{TAG_SEPARATOR}=b\x00"], [("a", "b")]),
        ("env=prod", []),
        (None, []),
        (7, []),
    ],
)
def test_tags(sent, tags):
    assert tags_of({"tags": sent}) == tags


def test_tags_of_a_glance_are_kept_as_the_words_that_they_are():
    """O1: one of two words that look like values of one key was lost."""
    words = ["role=web", "role=db", "ubuntu-22.04", "a=", "a", "a/b", "=x"]
    assert tags_of({"tags": words}, "openstack") == [(word, "") for word in words]
    assert tags_of({"tags": ["a", "", "a"]}, "openstack") == [("a", "")]


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
_KNOWN = st.sampled_from(sorted({
    *ALIASES, *ALIASES.values(), *(name for name, _label in FLAGS.values()), "name", "__description", "status",
    "visibility", "__imagetype", "owner", "__os_type", "__platform", "__os_bit", "architecture", "disk_format",
    "container_format", "hw_firmware_type", "min_disk", "min_ram", "max_ram", "__image_size", "size", "protected",
    "__isregistered", "__whole_image", "__backup_id", "__data_origin", "__root_origin", "active_at", "tags",
}))  # fmt: skip


@given(st.dictionaries(_KNOWN, _json, max_size=8))
def test_whatever_is_sent_fits_the_columns(document):
    made, tags = row(**document), tags_of(document)
    for field in Image._meta.concrete_fields:
        if field.primary_key:
            continue
        value = getattr(made, field.attname)
        if isinstance(value, str):
            assert field.max_length is None or len(value) <= field.max_length
            assert "\x00" not in value
        if isinstance(field, models.PositiveIntegerField | models.PositiveBigIntegerField) and value is not None:
            assert 0 <= value <= (2**63 - 1 if isinstance(field, models.PositiveBigIntegerField) else 2**31 - 1)
    pairs = list(pairs_of(made, tags))
    assert all(len(value) <= 512 for _field, value in pairs)
    assert len({key for key, _value in tags}) == len(tags)
