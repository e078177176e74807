"""Which images have one of some values of a tag key, or a value that matches a pattern, from the postings of the tags.

Postings of tags are not held in memory (facets.LAZY_FIELDS), for a key may have as many values as there are images. A
list of values is read by those values, all lists in one statement. A pattern has to look at each value once; what it
found is carried from one version of the index to the next, and only values that changed since are looked at again.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Q
from pyroaring import BitMap

from images.cache.facets import TAG_SEPARATOR, tag_pair
from images.cache.models.posting import Posting
from images.cache.queries.index import Snapshot
from images.tags.rules.policy import matches

#: Values in one statement.
_AT_ONCE = 500


#: Two threads that bring the same state up to date would lose what the other found.
_turn = threading.Lock()


@dataclass
class _Matched:
    """The images whose value does not match, as far as postings up to `version` tell."""

    version: int = -1
    others: BitMap = field(default_factory=BitMap)


def having(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], BitMap]:
    """(key, value) → images; none of those that nothing has. One query for 500 of them."""
    texts = {tag_pair(key, value)[1]: (key, value) for key, value in wanted}
    found: dict[tuple[str, str], BitMap] = {}
    names = list(texts)
    for start in range(0, len(names), _AT_ONCE):
        rows = Posting.objects.filter(field="tag", value__in=names[start : start + _AT_ONCE], count__gt=0)
        for text, blob in rows.values_list("value", "bitmap"):
            found[texts[text]] = BitMap.deserialize(bytes(blob))
    return found


def not_matching(snapshot: Snapshot, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], BitMap]:
    """(key, pattern) → the images that have the key with a value that does not match. One query in all: the first time
    for all values of the keys, then for those that changed."""
    with _turn:
        return _not_matching(snapshot, wanted)


def _not_matching(snapshot: Snapshot, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], BitMap]:
    states = {pair: snapshot.carried.get(("matched", pair), _Matched) for pair in wanted}
    since = min((state.version for state in states.values()), default=snapshot.version)
    if since < snapshot.version:
        for (key, value), images in _changed({key for key, _pattern in wanted}, since):
            for (asked, pattern), state in states.items():
                if asked == key:
                    state.others = state.others - images if matches(pattern, value) else state.others | images
        for state in states.values():
            state.version = max(state.version, snapshot.version)
    for (key, _pattern), state in states.items():
        # What lost the key altogether left a posting that is gone
        state.others = state.others & snapshot.get("tag_key", key)
    return {pair: state.others for pair, state in states.items()}


def _changed(keys: Collection[str], since: int) -> Iterator[tuple[tuple[str, str], BitMap]]:
    """Postings of these keys that are newer than a version. Newer ones than the reader's snapshot do no harm: they are
    read again with the next."""
    begins = Q()
    for key in keys:
        begins |= Q(value__gte=f"{key}{TAG_SEPARATOR}", value__lt=f"{key}{chr(ord(TAG_SEPARATOR) + 1)}")
    rows = Posting.objects.filter(begins, field="tag", version__gt=since, count__gt=0)
    for text, blob in rows.values_list("value", "bitmap").iterator(chunk_size=_AT_ONCE):
        key, _separator, value = text.partition(TAG_SEPARATOR)
        if key in keys:
            yield (key, value), BitMap.deserialize(bytes(blob))
