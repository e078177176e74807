"""All tag keys and values in use, and which of them are probably meant to be the same."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pyroaring import BitMap

from images.cache.queries.index import Snapshot
from images.cache.queries.tags import keys_in_use, values_in_use
from images.cache.queries.visibility import VisibleProjects
from images.tags.queries.trends import UNKNOWN, Trend, of_keys, of_values
from images.tags.rules.policy import form_of

#: A shorter word is too often the beginning of another by chance (`p`, `web`, `webshop` …).
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, or a value of one. `share` 0 to 100 of the most frequent one; `twin`: the more frequent spelling that is
    probably meant, "" for none."""

    text: str
    count: int
    share: int
    twin: str = ""
    trend: Trend = field(default=UNKNOWN, compare=False)


def keys(snapshot: Snapshot, seen: BitMap) -> list[Entry]:
    """Most frequent first; `seen`: the images that count."""
    return _entries(keys_in_use(snapshot, seen, most=None), abbreviations=False)


def values(snapshot: Snapshot, seen: BitMap, key: str) -> list[Entry]:
    """The values of a key; `prod` and `production` count as the same, which keys hardly ever are."""
    return _entries(values_in_use(snapshot, seen, key, most=None), abbreviations=True)


def catalogue(snapshot: Snapshot, scope: VisibleProjects, key: str, today: date) -> list[Entry]:
    """Keys, or the values of one, with their trends; at the end those that no image has any more. The counts are
    remembered with the snapshot, the trends are one query."""

    def count() -> list[Entry]:
        seen = scope.images(snapshot)
        return values(snapshot, seen, key) if key else keys(snapshot, seen)

    entries = snapshot.remembered.get(("catalogue", scope.key, key), count)
    now = {entry.text: entry.count for entry in entries}
    trends = of_values(scope, key, now, today) if key else of_keys(scope, now, today)
    gone = sorted(text for text, trend in trends.items() if trend.gone)
    return [
        *(replace(entry, trend=trends[entry.text]) for entry in entries),
        *(Entry(text, 0, 0, trend=trends[text]) for text in gone),
    ]


def _entries(counted: Sequence[tuple[str, int]], *, abbreviations: bool) -> list[Entry]:
    most = max((count for _text, count in counted), default=1)
    twins = _twins([text for text, _count in counted], abbreviations=abbreviations)
    return [Entry(text, count, 100 * count // most, twins.get(text, "")) for text, count in counted]


def _twins(texts: Sequence[str], *, abbreviations: bool) -> dict[str, str]:
    """text → the spelling before it (hence more frequent) that differs only in case, marks, or by being shortened."""
    by_form: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        by_form[form_of(text)].append(text)
    found = {other: group[0] for group in by_form.values() for other in group[1:]}
    return found | (_shortened(by_form, texts) if abbreviations else {})


def _shortened(by_form: dict[str, list[str]], texts: Iterable[str]) -> dict[str, str]:
    """One is the beginning of the other: sorted, all that begin alike stand together."""
    place = {text: number for number, text in enumerate(texts)}
    forms = sorted(form for form in by_form if form.isalpha() and len(form) >= _SHORTEST)
    found = {}
    for number, form in enumerate(forms[:-1]):
        longer = forms[number + 1]
        if longer.startswith(form):
            first, second = sorted((by_form[form][0], by_form[longer][0]), key=place.__getitem__)
            found[second] = first
    return found
