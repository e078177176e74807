"""Tag keys and values in use, with the number of images that have them, within what a person may see."""

from pyroaring import BitMap

from images.selectors.index import Snapshot

#: Completions that a page carries along.
MOST = 200
Counted = list[tuple[str, int]]


def keys_in_use(snapshot: Snapshot, seen: BitMap, most: int | None = MOST) -> Counted:
    """(key, images), most frequent first; `seen`: the images that count."""
    return _counted(snapshot.values("tag_key"), seen, most)


def values_in_use(snapshot: Snapshot, seen: BitMap, key: str, most: int | None = MOST) -> Counted:
    """(value, images) of one key, most frequent first; "" is the key without a value."""
    return _counted(snapshot.tag_values(key), seen, most)


def _counted(images, seen: BitMap, most: int | None) -> Counted:
    counted = [(name, found.intersection_cardinality(seen)) for name, found in images.items()]
    return sorted((pair for pair in counted if pair[1]), key=lambda pair: (-pair[1], pair[0]))[:most]
