"""From the document of an image to what the detail page shows of it: groups of facts in human units."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from images.cache.attributes import BY_NAME, ELSEWHERE, GROUPS, Attribute, Label
from images.cache.rules.dialects import Dialect
from images.cache.services.columns import ALIASES
from images.cache.tables.labels import label_of
from images.core import humanize

_FIRST_SPELLING = {second: first for first, second in ALIASES.items() if second not in BY_NAME}
_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", "none"})
#: Attributes whose values have words of their own, under their name in the query language.
_WORDED = {"__imagetype": "type", "virtual_env_type": "envtype", "hw_firmware_type": "boot"}


@dataclass(frozen=True)
class Fact:
    """One attribute. `raw` is IMS's own value where `shown` says it differently; `url` leads to an image.

    `changeable`: the image's service changes it by an edit (5.1.2, 6.1.3); else `fixed` says why not. `absent`: the
    image says nothing of it.
    """

    name: str
    label: Label
    shown: str = ""
    raw: str = ""
    explain: Label = ""
    copy: bool = False
    url: str = ""
    moment: datetime | None = None
    long: bool = False
    changeable: bool = False
    fixed: Label = ""
    absent: bool = False


@dataclass(frozen=True)
class Group:
    name: str
    label: Label
    facts: Sequence[Fact]


def groups_of(
    document: Mapping[str, Any],
    image_url: Callable[[str], str],
    *,
    dialect: Dialect,
    also: Iterable[str] = (),
) -> list[Group]:
    """All attributes that say something, in the order of attributes.py; `image_url` leads from an image's ID to it,
    `dialect` is its service's; `also` are shown even where the image says nothing of them.

    Absent, null and empty are the same to IMS (5.1.1); the raw document has them.
    """
    values = {_FIRST_SPELLING.get(name, name): value for name, value in document.items() if not _says_nothing(value)}
    named = {*values, *also}
    known = [
        (BY_NAME[name].group, _fact(BY_NAME[name], values[name], image_url) if name in values else _absent(name))
        for name in BY_NAME
        if name in named
    ]
    unknown = [
        ("other", _unknown(name, values[name]) if name in values else _absent(name))
        for name in sorted(named - {*BY_NAME} - ELSEWHERE)
    ]
    status = as_text(document.get("status") or "")
    facts = [
        (group, replace(fact, changeable=not fixed, fixed=fixed))
        for group, fact in (*known, *unknown)
        for fixed in (dialect.why_fixed(fact.name, status),)
    ]
    return [
        Group(group, label, [fact for where, fact in facts if where == group])
        for group, label in GROUPS.items()
        if any(where == group for where, _fact_ in facts)
    ]


def _absent(name: str) -> Fact:
    known = BY_NAME.get(name)
    return Fact(name, known.label if known else name, explain=known.explain if known else "", absent=True)


def _says_nothing(value: object) -> bool:
    return value is None or value in ("", [], {})


def _fact(attribute: Attribute, value: object, image_url: Callable[[str], str]) -> Fact:
    said = partial(Fact, attribute.name, attribute.label, explain=attribute.explain)
    text = as_text(value)
    match attribute.kind:
        case "code":
            return said(shown=text, copy=True)
        case "image":
            return said(shown=text, url=image_url(text))
        case "time":
            moment = _moment(text)
            return said(moment=moment) if moment else said(shown=text)
        case "lines":
            return said(shown=text, long=True)
        case "list":
            return said(shown=", ".join(_parts(value)))
    shown = shown_value(attribute, value)
    # "40 GB" says all that "40" does; bytes are rounded and words are translated, so their own value stands beside them
    beside = attribute.kind == "bytes" or attribute.name in _WORDED
    return said(shown=shown, raw=text if beside and text.casefold() not in shown.casefold() else "")


def shown_value(attribute: Attribute | None, value: object) -> str:
    """The value in words and human units, where they can be read; else as it came."""
    text = as_text(value)
    if attribute is None:
        return text
    if attribute.kind == "yes":
        return _("yes") if text.lower() in _YES else _("no") if text.lower() in _NO else text
    if attribute.kind in {"bytes", "gb", "mb"}:
        return _amount(attribute.kind, text)
    if attribute.name in _WORDED:
        return label_of(_WORDED[attribute.name], text)
    return text


def _amount(kind: str, text: str) -> str:
    try:
        number = int(text)
    except ValueError:
        return text
    if kind == "bytes":
        return humanize.size(number)
    return humanize.memory(number) if kind == "mb" else _("%(n)s GB") % {"n": humanize.number(number)}


def _unknown(name: str, value: object) -> Fact:
    """Sent by the service, in no reference we know: kept and shown as it came."""
    return Fact(name=name, label=name, shown=as_text(value))


def as_text(value: object) -> str:
    """Text stays as it is; everything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parts(value: object) -> Iterator[str]:
    """Lists come as JSON, as JSON inside text, or as text with commas."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            yield str(value)
            return
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    yield from (as_text(part) for part in value) if isinstance(value, list) else (as_text(value),)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
