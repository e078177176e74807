"""What could stand where somebody is typing: fields, their values with counts, tag keys and values."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from pyroaring import BitMap

from images.cache import facets
from images.cache.attributes import BY_NAME as ATTRIBUTES
from images.core import humanize
from images.core.spelling import composed
from images.search.filters.api_calls import FLAG_PARAMETERS
from images.search.filters.fields import FIELDS, IS_CHOICES, IS_WORDS, SPELLINGS, Field
from images.search.filters.text import Run, Token, quote, tag_value, tokens_of, value
from images.search.queries.matching import Matching

_MOST = 12
#: Postings looked at for one completion; beyond it the most frequent ones have long been found.
_LOOKED_AT = 5000
#: Characters of which few enough names of attributes come.
_TELLING = 3


@dataclass(frozen=True)
class Suggestion:
    """`text` replaces the token under the cursor; `open` when more is to come after it (a field without a value)."""

    text: str
    label: str
    note: str
    open: bool = False


@dataclass(frozen=True)
class Completion:
    """`before` and `after` are what stays of the query around the token that is being typed."""

    before: str
    after: str
    suggestions: Sequence[Suggestion]


def complete(query: str, cursor: int, matching: Matching) -> Completion:
    """Suggestions for the token that ends at the cursor (0 … len(query))."""
    cursor = max(0, min(cursor, len(query)))
    before = query[:cursor]
    token = _last_token(before)
    start = cursor - len(token.source) if token else cursor
    return Completion(query[:start], query[cursor:], _suggestions(token, matching)[:_MOST] if token else _fields(""))


def _last_token(before: str) -> Token | None:
    """The token that is being typed; None after a blank."""
    if not before:
        return None
    tokens = list(tokens_of(before))
    if not tokens or (before[-1].isspace() and tokens[-1].closed):
        return None
    return tokens[-1]


def _suggestions(token: Token, matching: Matching) -> list[Suggestion]:
    minus = "-" if token.negated else ""
    head, *rest = token.run.split(":", 1)
    if not rest:
        return [*_fields(head.text, minus), *_attributes_named(head.text, minus, matching)]
    name, typed = head.text.lower(), rest[0]
    if name == "is":
        return _is_words(typed.text.lower(), minus)
    field = SPELLINGS.get(name)
    if name in FLAG_PARAMETERS:
        flag = f"{minus}flag:{FLAG_PARAMETERS[name]}"
        return [Suggestion(flag, flag, str(facets.FLAGS[FLAG_PARAMETERS[name]][1]))]
    if field is None:
        return _attribute_values(f"{minus}attribute:", head.text, typed, matching)
    return _of_field(field, name, typed, minus, matching)


def _of_field(field: Field, name: str, typed: Run, minus: str, matching: Matching) -> list[Suggestion]:
    parts = typed.split(",")
    kept = ",".join(_respelled(field, part.text) for part in parts[:-1])
    prefix = f"{minus}{name}:{kept}{',' if kept else ''}"
    if field.kind == "tag":
        return _tags(prefix, parts[-1].text, matching)
    if field.kind == "attribute":
        named, *values = typed.split("=", 1)
        if values:
            return _attribute_values(f"{minus}attribute:", named.text, values[0], matching)
        return _attributes_named(typed.text or "_", minus, matching)
    if field.kind == "choice":
        return _values(field, prefix, parts[-1].text, matching)
    if field.kind == "yes":
        return [Suggestion(f"{minus}is:{field.name}", f"is:{field.name}", str(field.label))]
    return [Suggestion(f"{minus}{field.example}", field.example, _("for example"))] if not typed.text else []


def _respelled(field: Field, text: str) -> str:
    if field.kind != "tag":
        return value(text)
    key, equals, rest = text.partition("=")
    return f"{value(key)}{equals}{tag_value(rest)}"


def _fields(typed: str, minus: str = "") -> list[Suggestion]:
    typed = typed.lower()
    fields = [
        field for field in FIELDS if typed in field.name or any(alias.startswith(typed) for alias in field.aliases)
    ]
    fields.sort(key=lambda field: not field.name.startswith(typed))
    shown = [Suggestion(f"{minus}{field.name}:", f"{field.name}:", str(field.label), open=True) for field in fields
             if field.kind != "yes"]  # fmt: skip
    if typed and "is".startswith(typed):
        shown.insert(0, Suggestion(f"{minus}is:", "is:", _("a property"), open=True))
    words_after_is = [field for field in fields if field.kind == "yes" and typed]
    return [
        *shown,
        *(Suggestion(f"{minus}is:{field.name}", f"is:{field.name}", str(field.label)) for field in words_after_is),
    ]


def _is_words(typed: str, minus: str) -> list[Suggestion]:
    names = dict.fromkeys([*(field.name for field in IS_WORDS.values()), "untagged", *IS_CHOICES])
    return [Suggestion(f"{minus}is:{name}", f"is:{name}", "") for name in names if typed in name]


def _values(field: Field, prefix: str, typed: str, matching: Matching) -> list[Suggestion]:
    counted = _counted(matching.vocabulary.values(field.name), typed, matching.visible)
    suggestions = [
        Suggestion(f"{prefix}{value(spelling)}", spelling, _note(field, spelling, number))
        for spelling, number in counted
    ]
    have = {spelling for spelling, _number in counted}
    suggestions += [Suggestion(f"{prefix}{value(spelling)}", spelling, "0") for spelling in field.values
              if spelling not in have and typed.casefold() in spelling.casefold()]  # fmt: skip
    return suggestions


def _note(field: Field, spelling: str, number: int) -> str:
    """The count, and for flags what the flag means."""
    meaning = str(facets.FLAGS[spelling][1]) if field.name == "flag" and spelling in facets.FLAGS else ""
    return " ".join(filter(None, (humanize.number(number), meaning)))


def _tags(prefix: str, typed: str, matching: Matching) -> list[Suggestion]:
    key, equals, start = typed.partition("=")
    if equals:
        pairs = _counted(matching.snapshot.tag_values(key), start, matching.visible)
        spelled = value(key)
        return [Suggestion(f"{prefix}{spelled}={tag_value(spelling)}", f"{key}={spelling}", humanize.number(number))
                for spelling, number in pairs]  # fmt: skip
    pairs = _counted(matching.snapshot.values("tag_key"), key, matching.visible)
    shown = [Suggestion(f"{prefix}{_key(spelling)}", spelling, humanize.number(number)) for spelling, number in pairs]
    if prefix.lstrip("-") == "tag:" and "none".startswith(typed):
        shown.append(Suggestion(f"{prefix}none", "none", _("without any tag")))
    return shown


def _attributes_named(typed: str, minus: str, matching: Matching) -> list[Suggestion]:
    """Attributes without a field of their own: those of the reference, and those that images here have."""
    if len(typed) < _TELLING and not typed.startswith("_"):
        return []
    names = [one for one in sorted({*ATTRIBUTES, *matching.vocabulary.attributes}) if one not in SPELLINGS]
    wanted = typed.casefold()
    found = [one for one in names if wanted in one.casefold()]
    found.sort(key=lambda one: not one.casefold().lstrip("_").startswith(wanted.lstrip("_")))
    return [Suggestion(f"{minus}attribute:{value(one)}=", f"attribute:{one}=", _meaning(one), open=True)
            for one in found]  # fmt: skip


def _meaning(name: str) -> str:
    return str(ATTRIBUTES[name].label) if name in ATTRIBUTES else ""


def _attribute_values(prefix: str, name: str, typed: Run, matching: Matching) -> list[Suggestion]:
    """The commonest values among the images that were looked at: without counts, for not all of them were."""
    *before, last = typed.split(",")
    kept = "".join(f"{tag_value(part.text)}," for part in before)
    often = matching.vocabulary.attributes.get(name, Counter()).most_common()
    found = [one for one, _number in often if last.text.casefold() in one.casefold()]
    return [Suggestion(f"{prefix}{value(name)}={kept}{tag_value(one)}", one, "") for one in found[:_MOST]]


def _key(text: str) -> str:
    return quote(text) if text == "none" else value(text)


def _counted(values: Mapping[str, BitMap], typed: str, seen: BitMap) -> list[tuple[str, int]]:
    """The values that contain what is typed, those that begin with it first, then the most frequent."""
    folded = composed(typed).casefold()
    matches: Iterable[str] = [one for one in values if folded in composed(one).casefold()][:_LOOKED_AT]
    counted = [(spelling, values[spelling].intersection_cardinality(seen)) for spelling in matches]
    counted = [pair for pair in counted if pair[1]]
    counted.sort(key=lambda pair: (not composed(pair[0]).casefold().startswith(folded), -pair[1], pair[0]))
    return counted[:_MOST]
