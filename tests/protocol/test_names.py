"""No name is ours: what the client reads and sends, and what the sandbox answers, stands in the reference or elsewhere.

Client, sandbox and their tests once agreed on a name that no service uses, and all was green. So three things are
compared with `names.csv`: each word of the client's code, what the client puts into requests, and (by the ledger, after
each test of this folder) each name that really went over the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest

from images.ims import filters, orders
from images.ims.image import ALIASES, READERS
from images.ims.legacy import V1_FILTERS
from images.ims.tag import Tag
from images.ims.tags import TagQuery
from tests.protocol import coverage, names
from tests.protocol.client_words import Word, words

_REFERENCE = names.known("path", "query", "header", "body", "attribute", "answer", "answer header")
_HEADERS = {name.lower() for name in names.known("header", "answer header")}
_VALUES = names.known("value")

#: Words of the client that never go over the line, by module. One that the module no longer has fails, too.
OURS: Mapping[str, str] = {
    "answers": "T empty",
    "capabilities": "download openstack",
    "codes": "handling utf-8",  # a column of error_codes.csv
    "connections": (
        "ConnectionCls http https refuses _Plain _Pool _TLS _TLSPool _validate_conn ssl_context w ascii image-console "
        "inf"
    ),
    "errors": "blocked dns proxy refused timeout tls",
    "failures": "TLS blocked dns other proxy refused timeout tls",
    "files": "rb",
    "filters": "boolean flag glance_sort_key number system_cmkid text time",  # kinds of filters
    "image": (
        # damaged values of the reference, as keys of what they mean
        "Datalmage IsolImage Isolmage Redhat openSUSE "
        # attributes of Image and flags
        "_ amd config_init declared_architecture disk_intensive gpu_kvm gpu_xen hana high_performance infiniband "
        "is_config_init kvm large_memory lazy_loading lazyloading multiqueue other platform self_link support_amd "
        "support_diskintensive support_highperformance support_kvm support_kvm_infiniband support_largememory "
        "support_xen support_xen_hana system_cmkid whole_image_flag xen"
    ),
    # spellings of states and types, as keys of what they mean
    "jobs": (
        "createImageByInstance fail failed imsCreateImageByInstanceJob imsImportOvalImageJob init running success"
    ),
    "legacy": "property- x-image-meta-",  # what stands before the names of 6.1.8
    "orders": "attributes dotted_tags",
    "listing": "P",
    # names of our policies, and the language of IAM's
    "permissions": "Action Allow Effect Statement Version actions all operate read",
    "retry": "blocked proxy tls",
    "tracing": "ims_correlation nobody",
    "transport": "OpenAnswer R Transport http https",
    "values": "apr aug dec feb jan jul jun mar may no nov oct sep yes",
}


def _in_addresses() -> set[str]:
    """Methods, and the fixed parts of paths."""
    rows = coverage.operations()
    parts = {part for row in rows for part in row.path.strip("/").split("/") if not part.startswith("{")}
    return parts | {row.method for row in rows}


def _is_known(word: Word) -> bool:
    if word.text in _REFERENCE or word.text.lower() in _HEADERS or word.text in _in_addresses():
        return True
    return not word.is_name and word.text in _VALUES


def test_each_word_of_the_client_is_known():
    invented = [word for word in words() if not _is_known(word) and word.text not in OURS.get(word.module, "").split()]
    assert [str(word) for word in invented] == []


def test_what_is_said_to_be_ours_is_there():
    there = {(word.module, word.text) for word in words() if not _is_known(word)}
    said = {(module, text) for module, texts in OURS.items() for text in texts.split()}
    assert said - there == set()


def test_a_misspelt_name_would_be_found():
    """`sub_jobs`, with which it began; names that differ by a letter from ones that there are."""
    for text in ("sub_jobs", "job_ids", "__os_versoin", "image_tag_s", "resource_names"):
        assert not _is_known(Word("jobs", 1, text, is_name=True))
        assert not _is_known(Word("jobs", 1, text, is_name=False))
    assert not _is_known(Word("jobs", 1, "SUCCESS", is_name=True)), "a value is no name"


def test_attributes_of_images():
    assert names.unknown(READERS, names.known("attribute", "body")) == []
    assert names.unknown({*ALIASES, *ALIASES.values()}, names.known("attribute", "query", "body")) == []


#: Attributes that `Image` has no field for, and why.
UNREAD = {
    "properties": "6.1.8 and 6.1.9: its attributes are read one by one (legacy.py)",
    "property": "6.1.8: as properties",
    "os_type": "read where __os_type is missing (image.py, _FALLBACKS)",
    "os_version": "as os_type",
    "description": "as os_type",
    "tags": "read by their own rules (image.py, _read_tags)",
    "__support_fc_inject": "only in an example of 5.1.1; shown as what the service says besides (Image.extra)",
    "instance_uuid": "only in the schema (6.3.1); Image.extra",
    "kernel_id": "only in the schema (6.3.1); Image.extra",
    "ramdisk_id": "only in the schema (6.3.1); Image.extra",
    "locations": "only in the schema (6.3.1); Image.extra",
    "direct_url": "only in the schema (6.3.1); Image.extra",
}


def test_each_attribute_of_the_reference_is_read():
    assert names.known("attribute") - set(READERS) == set(UNREAD)


@pytest.mark.parametrize(
    ("section", "known"),
    [
        ("5.1.1", filters.EXTENSION),
        ("5.2.2", filters.EXTENSION),
        ("6.1.1", filters.NATIVE),
        ("6.1.1", filters.GLANCE),
        ("6.1.9", dict.fromkeys(V1_FILTERS, "")),
    ],
)
def test_filters_are_those_of_the_list(section, known):
    assert names.unknown(known, names.known_in(section, "query") | names.known_in("*", "query")) == []


@pytest.mark.parametrize(("section", "known"), [("5.1.1", filters.EXTENSION), ("6.1.1", filters.NATIVE)])
def test_each_filter_of_the_reference_can_be_asked(section, known):
    printed = names.known_in(section, "query") - names.known_in(section, "nothing")
    beyond = set(filters.GLANCE) - set(filters.NATIVE)
    assert {ALIASES.get(name, name) for name in printed} - set(known) - set(ALIASES.values()) <= beyond


def _orders(kind: type = orders.Order) -> Iterator[type]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _orders(sub)


def _filled(kind: type) -> Any:
    """An order that says all it can."""
    values: dict[str, Any] = {"tags": [Tag("key", "value")]}
    hints = get_type_hints(kind)
    for item in fields(kind):
        if item.name == "disks":
            values[item.name] = [_filled(orders.DataDisk)]
        elif item.name == "data_images":
            values[item.name] = [_filled(orders.DataFile)]
        elif item.name == "attributes":
            values[item.name] = {"__os_version": "CentOS 7.0 64bit"}
        elif item.name != "tags":
            kinds = {hints[item.name], *get_args(hints[item.name])}
            values[item.name] = next(value for value in ("text", True, 1) if type(value) in kinds)
    return kind(**values)


@pytest.mark.parametrize("kind", [*_orders(), orders.Metadata], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dotted", [True, False])
def test_orders_say_parameters_of_their_section(kind, dotted):
    section = "6.1.6" if kind is orders.Metadata else kind.operation
    order = _filled(kind)
    if "dotted_tags" in {item.name for item in fields(kind)}:
        object.__setattr__(order, "dotted_tags", dotted)
    said = names.names_in(order.as_body())
    assert len(said) > 3
    may = names.known_in(section, "body") | (names.known("attribute") if section == "6.1.6" else frozenset())
    assert names.unknown(said, may) == []


def test_questions_about_tags_say_parameters_of_their_section():
    asked = {"key": ["value"]}
    query = TagQuery(every=asked, some=asked, not_every=asked, none=asked, untagged=True, name="n", image_id="i")
    printed = names.known_in("5.2.3", "body")
    assert names.unknown(names.names_in(query.as_body()), printed) == []
    assert {*names.names_in(query.as_body()), "action", "limit", "offset"} >= printed - {"resource_id", "resource_name"}


def test_what_is_beyond_the_reference_says_where_it_stands():
    with (names._HERE / "names_beyond.csv").open() as file:
        lines = file.read().splitlines()[1:]
    assert [line for line in lines if not re.search(r",[^,]{8,}\Z", line)] == []
    printed = {(where, name) for where, name, sections in names.rows()[: -len(lines)] for _ in sections}
    beyond = {(where, name) for where, name, _ in names.rows()[-len(lines) :]}
    assert {pair for pair in beyond & printed if pair[0] in {"attribute", "query"}} <= {
        ("query", "checksum"),
        ("query", "size_min"),
        ("query", "size_max"),
    }
