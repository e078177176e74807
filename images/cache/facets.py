"""Which (field, value) pairs an image belongs to: the one place that says what the facet index holds.

The writer (cache/services/index.py) and the readers (search/queries/) both start here, so that they cannot
differ. A row is anything with the columns of models.Image as attributes; tags are (key, value) pairs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

#: Raised by one whenever an image would be posted under other pairs than before; `manage.py upgrade` then makes the
#: index anew, for which whoever publishes waits. A new facet that no image has yet ("hidden") needs no new index.
#: tests/cache/test_index.py notices.
SHAPE = 1

#: Text columns whose value is a facet value as it stands; an empty one has no posting.
PLAIN_FIELDS = (
    "status", "visibility", "image_type", "owner", "member_status", "os_type", "platform", "os_version", "os_bit",
    "architecture", "env_type", "disk_format", "container_format", "firmware", "key_id",
)  # fmt: skip
#: Boolean columns: posted under "yes" when true (everything else is "no").
YES_FIELDS = ("protected", "hidden", "registered", "whole_image", "from_file")
#: Whole numbers, posted as text, for the equality filters of 5.1.1.
NUMBER_FIELDS = ("min_disk", "min_ram")

#: Compatibility flags as they stand in Image.flags, with the attribute of IMS and words for people.
FLAGS = {
    "kvm": ("__support_kvm", _("KVM")),
    "xen": ("__support_xen", _("Xen")),
    "large_memory": ("__support_largememory", _("large memory")),
    "disk_intensive": ("__support_diskintensive", _("disk-intensive")),
    "high_performance": ("__support_highperformance", _("high performance")),
    "gpu_xen": ("__support_xen_gpu_type", _("GPU on Xen")),
    "gpu_kvm": ("__support_kvm_gpu_type", _("GPU on KVM")),
    "hana": ("__support_xen_hana", _("HANA on Xen")),
    "infiniband": ("__support_kvm_infiniband", _("InfiniBand on KVM")),
    "amd": ("__support_amd", _("AMD")),
    "multiqueue": ("hw_vif_multiqueue_enabled", _("NIC multi-queue")),
    "lazy_loading": ("__lazyloading", _("lazy loading")),
    "config_init": ("__is_config_init", _("initial configuration complete")),
}

#: Fields with too many values to keep them all in a reader's memory (a million images may have a million tag values):
#: read when somebody asks for one.
LAZY_FIELDS = frozenset({"tag"})

#: Separates key and value in the "tag" field; it cannot occur in either.
TAG_SEPARATOR = "\x1f"

Pair = tuple[str, str]


def holder_of_project(pk: int) -> Pair:
    return ("holder", f"p{pk}")


def holder_of_region(pk: int) -> Pair:
    """Public images of a region; they belong to no project."""
    return ("holder", f"r{pk}")


def tag_pair(key: str, value: str) -> Pair:
    return ("tag", f"{key}{TAG_SEPARATOR}{value}")


def looked_at(key: str, value: str) -> Pair:
    """A tag as key and value. A word of a Glance is kept whole, as a key without a value: "role=web" is looked at as
    ("role", "web"), "a=" as ("a", ""). No key of IMS holds an equals sign (9.2)."""
    if value or "=" not in key:
        return key, value
    head, _equals, tail = key.partition("=")
    return (head, tail) if head else (key, value)


def pairs_of(row: Any, tags: Iterable[Pair]) -> Iterator[Pair]:
    """All (field, value) pairs of an image, without repetition.

    Fields: those above, "holder", "region" (pk as text), "encrypted" (yes), "flag" ("kvm", and "gpu_kvm:V100" beside
    "gpu_kvm"), "tag_key", "tag" and "tagged" (yes).
    """
    yield holder_of_project(row.project_id) if row.project_id else holder_of_region(row.region_id)
    for column in FACET_COLUMNS:
        yield from column_pairs(column, getattr(row, column))
    yield from tag_pairs(tags)


def tags_by_key(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Tags (key → value) as people look at them, with nothing lost: a word stands under its key where it is the only
    one that looks so, else as it is ("role=web" and "role=db", "a=")."""
    if not any("=" in key for key in tags):
        return tags
    looks = {word: looked_at(word, value) for word, value in tags.items()}
    often = Counter(key for key, _value in looks.values())
    alone = {word: pair for word, pair in looks.items() if often[pair[0]] == 1 and _spelled(pair) == word}
    return dict(alone.get(word, (word, value)) for word, value in tags.items())


def _spelled(pair: Pair) -> str:
    return f"{pair[0]}={pair[1]}" if pair[1] else pair[0]


#: The columns of models.Image whose values make postings (beside project and region, which make "holder").
FACET_COLUMNS = ("region_id", *PLAIN_FIELDS, *YES_FIELDS, *NUMBER_FIELDS, "flags")


@lru_cache(maxsize=65_536)
def column_pairs(column: str, value: Any) -> tuple[Pair, ...]:
    """The pairs that one column gives; see pairs_of."""
    if column in NUMBER_FIELDS:
        return ((column, str(value)),)
    if not value:
        return ()
    if column in YES_FIELDS:
        return ((column, "yes"),)
    if column == "region_id":
        return (("region", str(value)),)
    if column == "flags":
        return tuple(_flag_pairs(value))
    return ((column, value), ("encrypted", "yes")) if column == "key_id" else ((column, value),)


def _flag_pairs(flags: str) -> Iterator[Pair]:
    for flag in filter(None, flags.split(",")):
        yield ("flag", flag)
        kind, colon, _value = flag.partition(":")
        if colon:
            yield ("flag", kind)


def tag_pairs(tags: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs that come of tags alone: "tag_key", "tag" and "tagged". Two words may look alike ("a" and "a="), and
    then give the same pairs."""
    tagged = False
    for tag in tags:
        tagged = True
        key, value = looked_at(*tag)
        yield ("tag_key", key)
        yield tag_pair(key, value)
    if tagged:
        yield ("tagged", "yes")
