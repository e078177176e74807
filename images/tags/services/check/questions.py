"""From the conditions of a filter on tags to what 5.2.3 can be asked.

One query of 5.2.3 holds one list of each kind with unique keys; what does not fit into one becomes several, whose
answers are intersected.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from images.core.ims_limits import MAX_QUERY_KEYS
from images.ims import TagQuery
from images.search.filters import Condition, Tag, Tags, Yes

#: Key → its values, of which one must match; empty: any.
Wanted = Mapping[str, tuple[str, ...]]
EVERYTHING: Final = TagQuery()


class CannotBeAsked(Exception):
    """The service does not know this question; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """Images that all of `wanted` find and none of `unwanted`."""

    wanted: tuple[TagQuery, ...]
    unwanted: tuple[TagQuery, ...] = ()

    @property
    def is_one(self) -> bool:
        """The service can count the answer by itself."""
        return len(self.wanted) == 1 and not self.unwanted


@dataclass(slots=True)
class _Draft:
    every: dict[str, tuple[str, ...]] = field(default_factory=dict)
    some: Wanted = field(default_factory=dict)
    not_every: Wanted = field(default_factory=dict)
    none: Wanted = field(default_factory=dict)

    @property
    def query(self) -> TagQuery:
        return TagQuery(every=self.every, some=self.some, not_every=self.not_every, none=self.none)


def about_tags(conditions: Iterable[Condition]) -> list[Condition]:
    """Those of a filter's conditions that 5.2.3 knows."""
    return [one for one in conditions if isinstance(one, Tags) or (isinstance(one, Yes) and one.field == "tagged")]


def question_of(conditions: Iterable[Condition]) -> Question:
    """Raises CannotBeAsked."""
    asked = about_tags(conditions)
    if not asked:
        raise CannotBeAsked(_("The search asks nothing about tags; the service has no other question to compare with."))
    drafts: list[_Draft] = []
    wanted: list[TagQuery] = []
    unwanted: list[TagQuery] = []
    for one in asked:
        if isinstance(one, Yes):
            (wanted if one.negated else unwanted).append(TagQuery(untagged=True))
        elif isinstance(one, Tags):
            _add(one, drafts)
    wanted += [draft.query for draft in drafts]
    return Question(tuple(wanted) or (EVERYTHING,), tuple(unwanted))


def _add(condition: Tags, drafts: list[_Draft]) -> None:
    if any("*" in tag.key or "*" in (tag.value or "") for tag in condition.tags):
        raise CannotBeAsked(_("The service knows no patterns (*): write out keys and values to compare."))
    if condition.field == "alltags":
        _add_together(condition, drafts)
        return
    by_key = _alternatives(condition.tags)
    if condition.negated:
        for part in _portions(by_key):
            _free(drafts, "none").none = part
        return
    if len(by_key) > MAX_QUERY_KEYS or any(len(values) > MAX_QUERY_KEYS for values in by_key.values()):
        said = _("The service takes at most %(most)d keys, and values of a key, in one question.")
        raise CannotBeAsked(said % {"most": MAX_QUERY_KEYS})
    if len(by_key) > 1:
        _free(drafts, "some").some = by_key
        return
    for key, values in by_key.items():
        _with_room(drafts, key).every[key] = values


def _add_together(condition: Tags, drafts: list[_Draft]) -> None:
    """All tags of the condition, or with a minus not all of them: `not_tags`."""
    if not condition.negated:
        for tag in condition.tags:
            _add(Tags((tag,)), drafts)
        return
    together: dict[str, tuple[str, ...]] = {}
    for tag in condition.tags:
        values = () if tag.value is None else (tag.value,)
        if together.get(tag.key) and values and together[tag.key] != values:
            _free(drafts, "not_every")  # no image has two values of a key, so that none has all of these
            return
        together[tag.key] = values or together.get(tag.key, ())
    if len(together) > MAX_QUERY_KEYS:
        raise CannotBeAsked(_("The service takes at most %(most)d keys in one question.") % {"most": MAX_QUERY_KEYS})
    _free(drafts, "not_every").not_every = together


def _alternatives(tags: Iterable[Tag]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...] | None] = {}
    for tag in tags:
        before = found.get(tag.key, ())
        found[tag.key] = None if tag.value is None or before is None else (*before, tag.value)
    return {key: tuple(dict.fromkeys(values)) if values is not None else () for key, values in found.items()}


def _portions(by_key: Wanted) -> Iterable[Wanted]:
    """As many questions as an exclusion needs; each excludes for itself."""
    pieces = [
        (key, values[start : start + MAX_QUERY_KEYS])
        for key, values in by_key.items()
        for start in range(0, max(1, len(values)), MAX_QUERY_KEYS)
    ]
    portions: list[dict[str, tuple[str, ...]]] = []
    for key, values in pieces:
        room = next((one for one in portions if key not in one and len(one) < MAX_QUERY_KEYS), None)
        if room is None:
            room = {}
            portions.append(room)
        room[key] = values
    return portions


def _free(drafts: list[_Draft], name: str) -> _Draft:
    """The first question whose list of this kind is empty; a new one when there is none."""
    draft = next((one for one in drafts if not getattr(one, name)), None)
    if draft is None:
        draft = _Draft()
        drafts.append(draft)
    return draft


def _with_room(drafts: list[_Draft], key: str) -> _Draft:
    draft = next((one for one in drafts if key not in one.every and len(one.every) < MAX_QUERY_KEYS), None)
    if draft is None:
        draft = _Draft()
        drafts.append(draft)
    return draft
