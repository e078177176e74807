"""Tags of an OpenStack Glance are words. Key and value are a way to look at them: "role=web" and "role=db" are two tags
that look like values of one key, and both stay until somebody removes that very word.

The cache keeps a word whole, as a key without a value (facets.looked_at).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from images.cache.facets import Pair, looked_at
from images.cache.rules.tag_changes import TAG_STEPS, TagChange, TagDifference, Tags, TagStep
from images.core.ims_limits import MAX_NATIVE_TAG
from images.core.violations import Violation

#: A line break or another control character could be stored, and then neither be seen nor typed.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def words_in(sent: object) -> list[Pair]:
    """The attribute "tags"."""
    if not isinstance(sent, list):
        return []
    return list(dict.fromkeys((word[:MAX_NATIVE_TAG], "") for word in map(str, sent) if word))


def spelled(key: str, value: str) -> str:
    """The word that looks like this key and value."""
    return f"{key}={value}" if value else key


def having(tags: Tags, key: str, value: str = "") -> list[str]:
    """The word itself, and those that look like the key (with this value, when one is given)."""
    wanted = spelled(key, value)
    return [word for word in tags if word == wanted or _looks_like(word, key, value)]


def _looks_like(word: str, key: str, value: str) -> bool:
    head, tail = looked_at(word, "")
    return head == key and value in ("", tail)


def difference(tags: Tags, steps: Sequence[TagStep]) -> TagDifference:
    """set: the word is there, beside others of its key. add: only where no word looks like the key. rename, change and
    remove are about every word that looks like what they name."""
    after = dict.fromkeys(tags)
    for step in steps:
        _STEPS[step.do](after, step)
    return _between(tags, after)


def exchanged(tags: Tags, exchanges: Iterable[tuple[Pair | None, Pair | None]]) -> TagDifference:
    """What changes when these very words give way to others."""
    after = dict.fromkeys(tags)
    for old, new in exchanges:
        if old is not None:
            after.pop(spelled(*old), None)
        if new is not None:
            after[spelled(*new)] = None
    return _between(tags, after)


def _between(before: Iterable[str], after: Iterable[str]) -> TagDifference:
    old, new = set(before), set(after)
    changes = [TagChange(word, "", None) for word in old - new] + [TagChange(word, None, "") for word in new - old]
    touched = {looked_at(change.key, "")[0] for change in changes}
    kept = {looked_at(word, "")[0] for word in old & new} & touched
    return TagDifference(tuple(sorted(changes, key=lambda change: change.key)), tuple(sorted(kept)))


def _set(words: dict[str, None], step: TagStep) -> None:
    words[spelled(step.key, step.value)] = None


def _add(words: dict[str, None], step: TagStep) -> None:
    if not having(dict.fromkeys(words, ""), step.key):
        _set(words, step)


def _rename(words: dict[str, None], step: TagStep) -> None:
    for word in having(dict.fromkeys(words, ""), step.key):
        del words[word]
        words[spelled(step.to, "" if word == step.key else looked_at(word, "")[1])] = None


def _change(words: dict[str, None], step: TagStep) -> None:
    for word in having(dict.fromkeys(words, ""), step.key, step.value):
        del words[word]
        words[spelled(step.key, step.to)] = None


def _remove(words: dict[str, None], step: TagStep) -> None:
    for word in having(dict.fromkeys(words, ""), step.key, step.value):
        del words[word]


_STEPS: Final[Mapping[str, Callable[[dict[str, None], TagStep], None]]] = {
    "set": _set,
    "add": _add,
    "rename": _rename,
    "change": _change,
    "remove": _remove,
}


def check_step(step: TagStep) -> list[Violation]:
    """1 to 255 characters, whatever they are, but for those that nobody sees."""
    if step.do not in TAG_STEPS:
        return [Violation("do", _("Choose what is to be done."))]
    if not step.key:
        return [Violation("key", _("Enter a tag."), "", "6.2.1")]
    if step.do in ("set", "add"):
        return list(_check(step.key, step.value, "key", "value"))
    if step.do == "rename":
        return list(_check_renamed(step))
    return list(_check(step.key, step.to, "key", "to")) if step.do == "change" else []


def _check_renamed(step: TagStep) -> Iterator[Violation]:
    if not step.to:
        yield Violation("to", _("Enter the new key."), "", "6.2.1")
    elif step.to == step.key:
        yield Violation("to", _("This is the key that it has."))
    else:
        yield from _check(step.to, "", "to", "to")


def _check(key: str, value: str, at_key: str, at_value: str) -> Iterator[Violation]:
    word = spelled(key, value)
    field = at_value if value and len(key) <= MAX_NATIVE_TAG else at_key
    if len(word) > MAX_NATIVE_TAG:
        message = _("A tag has at most %(most)d characters, this one has %(length)d.")
        yield Violation(field, message % {"most": MAX_NATIVE_TAG, "length": len(word)}, "", "6.2.1")
    if _CONTROL.search(word):
        yield Violation(field, _("A tag is one line."), "", "6.2.1")


def read_difference(parameters: Mapping[str, object]) -> TagDifference:
    """Releases up to 0.2.0 kept a word as key and value: their items are read as the words that they send."""
    read = TagDifference.of(parameters)
    removed = {spelled(one.key, one.before) for one in read.changes if one.before is not None}
    added = {spelled(one.key, one.after) for one in read.changes if one.after is not None}
    changes = [TagChange(word, "", None) for word in removed - added]
    changes += [TagChange(word, None, "") for word in added - removed]
    return TagDifference(tuple(sorted(changes, key=lambda change: change.key)), read.kept)
