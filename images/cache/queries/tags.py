"""Tags of images, and the keys and values in use with the number of images that have them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from django.db.models import QuerySet
from pyroaring import BitMap

from images.cache.facets import holder_of_project, holder_of_region, tags_by_key
from images.cache.models.image import ImageTag
from images.cache.queries.index import Snapshot
from images.clouds.enums import ProjectKind
from images.clouds.models import Project
from images.core.statements import fetch

#: Completions that a page carries along.
MOST = 200
Counted = list[tuple[str, int]]
Tags = dict[str, str]
#: Ids in one statement: below the parameter limit of every database.
_AT_ONCE = 500


def keys_in_use(snapshot: Snapshot, seen: BitMap, most: int | None = MOST) -> Counted:
    """(key, images), most frequent first; `seen`: the images that count."""
    return _counted(snapshot.values("tag_key"), seen, most)


def values_in_use(snapshot: Snapshot, seen: BitMap, key: str, most: int | None = MOST) -> Counted:
    """(value, images) of one key, most frequent first; "" is the key without a value."""
    return _counted(snapshot.tag_values(key), seen, most)


def _counted(images: Mapping[str, BitMap], seen: BitMap, most: int | None) -> Counted:
    counted = [(name, found.intersection_cardinality(seen)) for name, found in images.items()]
    return sorted((pair for pair in counted if pair[1]), key=lambda pair: (-pair[1], pair[0]))[:most]


def words_by_themselves(snapshot: Snapshot, images: BitMap) -> set[str]:
    """The words of these images (a bitmap) that stand under no key (facets.tags_by_key). Only images of a Glance have
    words: of others nothing is read."""
    found: set[str] = set()
    for tags in tags_of(images & images_with_words(snapshot)).values():
        found |= {key for key in tags_by_key(tags) if "=" in key}
    return found


def images_with_words(snapshot: Snapshot) -> BitMap:
    """Those of a Glance, whose tags are words."""
    return snapshot.remembered.get("images with words", lambda: _with_words(snapshot))


def _with_words(snapshot: Snapshot) -> BitMap:
    rows = Project.objects.filter(kind=ProjectKind.OPENSTACK).order_by().values_list("pk", "region_id")
    holders = {pair for pk, region in rows for pair in (holder_of_project(pk), holder_of_region(region))}
    return BitMap.union(BitMap(), *(snapshot.get(*pair) for pair in holders))


def tags_of(images: Iterable[int]) -> dict[int, Tags]:
    """Image.id → its tags (key → value) as the cache has them; {} for an image without any."""
    tags: dict[int, Tags] = defaultdict(dict)
    left = iter(images)
    while piece := list(islice(left, _AT_ONCE)):
        # of many images all pieces but the last are of one size: their statement is made once
        rows = fetch(_rows, (_AT_ONCE,), last=piece) if len(piece) == _AT_ONCE else _rows_of(piece)
        for image, key, value in rows:
            tags[image][key] = value
    return tags


def _rows_of(images: Sequence[int]) -> QuerySet[ImageTag, tuple[int, str, str]]:
    """In the order of the index, which need not be sorted."""
    rows = ImageTag.objects.filter(image__in=images).order_by("image_id", "key")
    return rows.values_list("image_id", "key", "value")


def _rows(count: int) -> QuerySet[ImageTag, tuple[int, str, str]]:
    return _rows_of(range(count))
