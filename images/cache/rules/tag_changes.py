"""What wishes about tags make of an image's tags: pure, for forms, previews and services.

Tags are a mapping of key to value ("" for none), as the cache holds them. A wish names only the key that it is about,
so that two people who change different keys of an image never touch each other's tags.

    difference({"env": "dev"}, [Wish("set", "env", "prod")]) -> TagDifference((Changed("env", "dev", "prod"),))
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from images.cache.rules.tags import SYSTEM_PREFIX, check_number, check_own_key, check_tag
from images.core import ims_limits
from images.core.violations import Violation

Tags = Mapping[str, str]
#: What can be wished, in the order in which people are offered it.
TAG_STEPS: Final = ("set", "add", "rename", "change", "remove")


@dataclass(frozen=True, slots=True)
class TagStep:
    """One step.

    set: `key` gets `value`, whatever it had. add: the same, but an image that has the key keeps what it has.
    rename: `key` becomes `to`, its value stays. change: the value of `key` becomes `to` where it is `value` ("": where
    it is anything). remove: `key` goes where its value is `value` ("": whatever it is).
    """

    do: str
    key: str
    value: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True, order=True)
class TagChange:
    """One key: its value before and after; None: it is not there."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TagDifference:
    """What changes of an image's tags, by key. Empty (false): nothing does.

    kept: keys that the changes are about and that another tag of the image still looks like afterwards, as before. Only
    where tags are words (dialects/words.py).
    """

    changes: tuple[TagChange, ...] = ()
    kept: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def parameters(self) -> dict[str, Any]:
        """Of an item of a tag operation: what to add, what to remove, and what was there, by key (None: nothing)."""
        return {
            "add": [{"key": one.key, "value": one.after} for one in self.changes if one.after is not None],
            "remove": [{"key": one.key, "value": one.before} for one in self.changes if one.before is not None],
            "before": {one.key: one.before for one in self.changes},
            **({"kept": list(self.kept)} if self.kept else {}),
        }

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "TagDifference":
        """Read back from `parameters`."""
        after = {tag["key"]: tag.get("value", "") for tag in parameters.get("add") or ()}
        before = parameters.get("before") or {}
        changes = (TagChange(key, before[key], after.get(key)) for key in before)
        return cls(tuple(sorted(changes, key=lambda change: change.key)), tuple(parameters.get("kept") or ()))

    @property
    def reversed(self) -> "TagDifference":
        return TagDifference(tuple(TagChange(one.key, one.after, one.before) for one in self.changes), self.kept)


def difference(tags: Tags, wishes: Sequence[TagStep]) -> TagDifference | Violation:
    """What the wishes, one after the other, change; a Violation when they cannot be granted to an image with these
    tags."""
    after = dict(tags)
    for wish in wishes:
        refused = _grant(after, wish)
        if refused is not None:
            return refused
    if len(after) > max(ims_limits.MAX_TAGS, len(tags)):
        return check_number(after)[0]
    keys = sorted({*tags, *after})
    return TagDifference(
        tuple(TagChange(key, tags.get(key), after.get(key)) for key in keys if tags.get(key) != after.get(key))
    )


def _grant(tags: dict[str, str], wish: TagStep) -> Violation | None:
    """Changes `tags`, or says why it cannot."""
    held = tags.get(wish.key)
    if wish.do == "set" or (wish.do == "add" and held is None):
        tags[wish.key] = wish.value
    elif held is None or wish.do == "add":
        return None
    elif wish.do == "rename" and wish.to != wish.key:
        if tags.get(wish.to, held) != held:
            message = _("It has both keys, %(key)s and %(to)s, with different values.")
            return Violation("", message % {"key": wish.key, "to": wish.to})
        tags[wish.to] = tags.pop(wish.key)
    elif wish.do == "change" and wish.value in ("", held):
        tags[wish.key] = wish.to
    elif wish.do == "remove" and wish.value in ("", held):
        del tags[wish.key]
    return None


def overtaken_by(tags: Tags, wanted: TagDifference) -> str:
    """Why a change must not be made to an image with these tags: one that it names is neither as it was nor as it is to
    be. "": it may be made."""
    for one in wanted.changes:
        now = tags.get(one.key)
        if now not in (one.before, one.after):
            if now is None:
                return _("“%(key)s” was removed meanwhile.") % {"key": one.key}
            said = _("“%(key)s” was changed meanwhile: it is “%(now)s”, and was “%(before)s”.")
            new = _("“%(key)s” was set meanwhile, to “%(now)s”.")
            return (new if one.before is None else said) % {"key": one.key, "now": now, "before": one.before}
    return ""


def check_step(wish: TagStep) -> list[Violation]:
    """Rules of 9.2 for what comes to be, by the names of the wish's fields; keys that leave need only be named."""
    return [*_check_kind(wish), *_check_old(wish), *_check_new(wish)]


def _check_kind(wish: TagStep) -> Iterator[Violation]:
    if wish.do not in TAG_STEPS:
        yield Violation("do", _("Choose what is to be done."))


def _check_old(wish: TagStep) -> Iterator[Violation]:
    """What is to leave or to become another."""
    if wish.do in ("set", "add"):
        return
    if not wish.key:
        yield Violation("key", _("Enter a key."), "IMG.0115", "9.2")
    elif wish.key.startswith(SYSTEM_PREFIX):
        yield from _renamed(check_own_key(wish.key))
    elif wish.do == "rename" and not wish.to:
        yield Violation("to", _("Enter the new key."), "IMG.0115", "9.2")
    elif wish.do == "rename" and wish.to == wish.key:
        yield Violation("to", _("This is the key that it has."))


def _check_new(wish: TagStep) -> Iterator[Violation]:
    if wish.do in ("set", "add"):
        yield from _check_pair(wish.key, wish.value)
    elif wish.do == "rename" and wish.to:
        yield from _renamed(_check_pair(wish.to, ""), key="to")
    elif wish.do == "change" and wish.key:
        yield from _renamed(_check_pair(wish.key, wish.to), value="to")


def _check_pair(key: str, value: str) -> list[Violation]:
    return _renamed(check_tag(key, value, field="image_tag")) or _renamed(check_own_key(key))


def _renamed(broken: Sequence[Violation], key: str = "key", value: str = "value") -> list[Violation]:
    """With the field of the wish in place of that of IMS."""
    names = {"image_tag.key": key, "image_tag.value": value, "key": key, "value": value}
    return [Violation(names.get(one.field, one.field), one.message, one.code, one.rule) for one in broken]
