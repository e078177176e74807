"""From an ImageFilter to the set of images that match it: for the list, its facets, exports and bulk work alike."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from itertools import product

from django.utils import timezone
from django.utils.translation import gettext as _
from pyroaring import BitMap

from images.cache.facets import TAG_SEPARATOR, looked_at
from images.cache.queries import index
from images.cache.queries.index import Snapshot
from images.cache.queries.visibility import VisibleProjects, visible_projects_of
from images.core.requests import Person
from images.core.spelling import spellings
from images.search.filters import (
    Attribute,
    Choice,
    Condition,
    ImageFilter,
    Problem,
    Range,
    Tag,
    Tags,
    Text,
    Word,
    Yes,
)
from images.search.filters.conditions import positive
from images.search.filters.fields import BY_NAME
from images.search.filters.parse import nearest
from images.search.queries import attributes, ranges, words
from images.search.queries.vocabulary import Vocabulary, find


@dataclass
class Matching:
    """A filter applied to what a person may see. Sets are computed when first asked for; do not change them.

    `now` and `zone` decide what `30d` and `2026-01-01` mean; they default to this moment and the reader's zone.
    """

    filter: ImageFilter
    snapshot: Snapshot
    scope: VisibleProjects
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    zone: tzinfo = field(default_factory=timezone.get_current_timezone)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.snapshot, self.scope)

    @cached_property
    def visible(self) -> BitMap:
        return self.scope.images(self.snapshot)

    @cached_property
    def images(self) -> BitMap:
        """All images that match. Remembered: the pages of one list are turned one after the other."""
        key = ("matches", self.scope.key, self.filter, self.moment)
        return self.snapshot.remembered.get(key, lambda: self._narrowed(self.filter.conditions))

    @property
    def moment(self) -> tuple[str, datetime] | None:
        """What a remembered result depends on besides filter and snapshot: the clock, if the filter has times."""
        if not any(
            isinstance(condition, Range) and BY_NAME[condition.field].kind == "time" for condition in self.filter
        ):
            return None
        return str(self.zone), self.now.replace(second=0, microsecond=0)

    def without(self, name: str) -> BitMap:
        """What would match if nothing were asked of this field: the ground on which its facet counts."""
        conditions = tuple(condition for condition in self.filter.conditions if condition.field != name)
        return self.images if len(conditions) == len(self.filter.conditions) else self._narrowed(conditions)

    def _narrowed(self, conditions: tuple[Condition, ...]) -> BitMap:
        if not conditions:
            return self.visible
        wanted: list[BitMap] = [self.visible]
        unwanted: list[BitMap] = []
        for condition in conditions:
            (unwanted if condition.negated else wanted).append(self.asked(positive(condition)))
        wanted.sort(key=len)
        images = BitMap.intersection(*wanted) if len(wanted) > 1 else wanted[0]
        return BitMap.difference(images, *unwanted) if unwanted else images

    def asked(self, condition: Condition) -> BitMap:
        """The images that a single condition without its minus asks for, also those that this person may not see."""
        match condition:
            case Word(text=text):
                return self.snapshot.remembered.get(("word", text), lambda: words.ids_matching(text))
            case Choice():
                return self._chosen(condition)
            case Yes(field=name):
                return self.snapshot.get(BY_NAME[name].posting, "yes")
            case Tags(field=name, tags=tags):
                sets = [self._tagged(tag) for tag in tags]
                return BitMap.intersection(sets[0], *sets[1:]) if name == "alltags" else _union(sets)
        return self._read(condition)

    def _read(self, condition: Range | Text | Attribute) -> BitMap:
        """What no posting answers."""
        match condition:
            case Range():
                return ranges.ids_in(condition, self.snapshot, self.now, self.zone)
            case Text():
                return ranges.ids_with(condition, self.snapshot)
        return self.snapshot.remembered.get(condition, lambda: attributes.ids_with(condition))

    def _chosen(self, condition: Choice) -> BitMap:
        images = self.vocabulary.values(condition.field)
        spellings = {
            spelling for value in condition.values for spelling in self.vocabulary.find(condition.field, value)
        }
        return _union(images[spelling] for spelling in spellings if spelling in images)

    def _tagged(self, tag: Tag) -> BitMap:
        """Keys and values as they are written: `Env` and `env` are two keys at IMS. `*` stands for anything. A word of
        a Glance in quotation marks is what it looks like."""
        if tag.value is None and "=" in tag.key:
            key, value = looked_at(tag.key, "")
            tag = Tag(key, value or None)
        if tag.value is None:
            return _union(self.snapshot.get("tag_key", key) for key in self._keys(tag.key))
        if "*" not in tag.value:
            pairs = product(self._keys(tag.key), spellings(tag.value))
            return _union(self.snapshot.get("tag", f"{key}{TAG_SEPARATOR}{value}") for key, value in pairs)
        bitmaps = []
        for key in self._keys(tag.key):
            values = self.snapshot.tag_values(key)
            bitmaps += [values[value] for value in find(tag.value, values)]
        return _union(bitmaps)

    def _keys(self, wanted: str) -> Iterable[str]:
        return find(wanted, self.snapshot.values("tag_key")) if "*" in wanted else spellings(wanted)

    @property
    def hints(self) -> tuple[Problem, ...]:
        """Values that nothing has, with the nearest that something has. They match nothing; nothing is left out."""
        problems = []
        for condition in self.filter:
            match condition:
                case Choice(field=name, values=values) if BY_NAME[name].kind == "choice":
                    problems += [self._stranger(condition, value) for value in values if self._strange(name, value)]
                case Tags(tags=tags):
                    problems += [self._strange_key(condition, tag) for tag in tags if not self._keys_known(tag.key)]
        return tuple(problems)

    def _strange(self, name: str, value: str) -> bool:
        images = self.vocabulary.values(name)
        return value not in BY_NAME[name].values and not any(
            self._seen(images[spelling]) for spelling in self.vocabulary.find(name, value) if spelling in images
        )

    def _seen(self, images: BitMap) -> bool:
        """Whether this person sees one of them: hints must not tell of other people's images."""
        return self.visible.intersect(images)

    def _stranger(self, condition: Choice, value: str) -> Problem:
        seen = [spelling for spelling, images in self.vocabulary.values(condition.field).items() if self._seen(images)]
        better = nearest(value, [*seen, *BY_NAME[condition.field].values])
        reason = _("no image has the %(field)s “%(value)s”") % {
            "field": BY_NAME[condition.field].label,
            "value": value,
        }
        return Problem(
            str(condition), reason, str(Choice(condition.field, (better,), condition.negated)) if better else ""
        )

    def _keys_known(self, key: str) -> bool:
        return any(self._seen(self.snapshot.get("tag_key", spelling)) for spelling in self._keys(key))

    def _strange_key(self, condition: Tags, tag: Tag) -> Problem:
        seen = [key for key, images in self.snapshot.values("tag_key").items() if self._seen(images)]
        better = nearest(tag.key, seen)
        reason = _("no image has a tag with the key “%(key)s”") % {"key": tag.key}
        suggestion = Tags((Tag(better, tag.value),), condition.field, condition.negated)
        return Problem(str(condition), reason, str(suggestion) if better else "")


def matching(
    image_filter: ImageFilter, user: Person, *, now: datetime | None = None, zone: tzinfo | None = None
) -> Matching:
    """The filter as this person may use it; `.images` is the set of Image.id."""
    return Matching(
        image_filter,
        index.current(),
        visible_projects_of(user),
        now or datetime.now(UTC),
        zone or timezone.get_current_timezone(),
    )


def _union(sets: Iterable[BitMap]) -> BitMap:
    bitmaps = list(sets)
    return bitmaps[0] if len(bitmaps) == 1 else BitMap.union(BitMap(), *bitmaps)
