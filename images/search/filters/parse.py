"""From what people type to an ImageFilter, and a sentence for each token that makes no sense."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from images.cache import facets
from images.cache.attributes import BY_NAME as ATTRIBUTES
from images.core import ims_limits
from images.core.spelling import composed
from images.search.filters import units
from images.search.filters.api_calls import (
    API_OPERATORS,
    FLAG_PARAMETERS,
    NOT_EQUAL,
    PAGING,
    as_search,
    of_glance,
    utc,
)
from images.search.filters.conditions import (
    Attribute,
    Bound,
    Choice,
    Condition,
    Limit,
    Operator,
    Range,
    Tag,
    Tags,
    Text,
    Word,
    Yes,
)
from images.search.filters.fields import IS_CHOICES, IS_WORDS, SPELLINGS, Field
from images.search.filters.text import MAX_QUERY, Run, Token, tokens_of
from images.search.filters.units import UnitError
from images.search.filters.value import ImageFilter

#: Flags, and the types of GPU that tables 9-2 and 9-3 name.
_FLAGS = (
    *facets.FLAGS,
    *(f"gpu_xen:{kind}" for kind in ims_limits.XEN_GPU_TYPES),
    *(f"gpu_kvm:{kind}" for kind in ims_limits.KVM_GPU_TYPES),
)
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_OPERATORS: tuple[Operator, ...] = (">=", "<=", ">", "<", "=")
#: So similar to a name of the reference is hardly a name of somebody's own.
_MISSPELT = 0.85
_MOST_CONDITIONS = 60

Known = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A token that was left out, and why, in words. `better`: the same token as it was probably meant, or empty."""

    token: str
    reason: str
    better: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    filter: ImageFilter
    problems: tuple[Problem, ...] = ()


class _TokenError(Exception):
    def __init__(self, reason: str | Promise, better: str = "") -> None:
        super().__init__(reason)
        self.reason = str(reason)
        self.better = better


def parse(query: str, known: Known | None = None) -> Parsed:
    """Reads a query; never raises. Whichever way letters with marks are written, it is one query.

    `known` (field → values in the index) tells strange values from misspelt ones: with it, a value that neither the
    reference nor the index knows is refused in closed fields.
    """
    conditions: list[Condition] = []
    problems: list[Problem] = []
    if len(query) > MAX_QUERY:
        problems.append(Problem(query[:20] + "…", _("The search is too long; only its beginning is used.")))
    for token in as_search(tokens_of(composed(query.replace("\x00", "")))):
        try:
            conditions += _conditions(token, known)
        except _TokenError as refused:
            problems.append(Problem(token.source, refused.reason, refused.better))
    if len(conditions) > _MOST_CONDITIONS:
        problems.append(Problem("…", _("Only the first %(n)d conditions are used.") % {"n": _MOST_CONDITIONS}))
    return Parsed(ImageFilter.of(conditions[:_MOST_CONDITIONS]), tuple(problems))


def _conditions(token: Token, known: Known | None) -> list[Condition]:
    if not token.closed:
        raise _TokenError(_("a quotation mark is missing"), token.source + '"')
    head, *rest = token.run.split(":", 1)
    if not rest:
        return [Word(token.run.text.lower(), token.negated)] if token.run.text.strip() else []
    name, value = head.text.lower(), rest[0]
    minus = "-" if token.negated else ""
    if name == "is":
        return [_is(value, token.negated)]
    if name in FLAG_PARAMETERS:
        return [_flag_parameter(FLAG_PARAMETERS[name], value, token.negated)]
    field = SPELLINGS.get(name)
    if field is None and _is_attribute(name):
        return _named_attribute(head.text, value, token.negated)
    if field is None and name in PAGING:
        raise _TokenError(_("“%(name)s” turns pages or sorts, which the list does by itself") % {"name": head.text})
    if field is None:
        nearest = _nearest(name, [*SPELLINGS, "is"])
        better = f"{minus}{nearest}:{token.source.partition(':')[2]}" if nearest else f'"{token.source}"'
        reason = _("there is no field “%(name)s”; an attribute is asked for by attribute:%(name)s=…")
        raise _TokenError(reason % {"name": head.text}, better)
    if not value.text and value.bare and field.kind != "tag":
        raise _TokenError(_("a value is missing, as in %(example)s") % {"example": field.example or f"{field.name}:…"})
    return _READERS[field.kind](field, value, token.negated, known)


def _is_attribute(name: str) -> bool:
    """Attributes of IMS and Glance without a field here, and extension attributes (5.1.2). A name that looks like a
    misspelt one of the reference is none; `attribute:` takes it all the same."""
    if name in ATTRIBUTES:
        return True
    return name.startswith("__") and not difflib.get_close_matches(name, _REFERENCE, n=1, cutoff=_MISSPELT)


_REFERENCE = [one for one in {*SPELLINGS, *FLAG_PARAMETERS, *ATTRIBUTES} if one.startswith("__")]


def _attribute(_field: Field, value: Run, negated: bool, known: Known | None) -> list[Condition]:
    name, *rest = value.split("=", 1)
    if not name.text.strip():
        raise _TokenError(_("name the attribute, as in %(example)s") % {"example": _field.example})
    spelled = name.text.lower()
    own = SPELLINGS.get(spelled) if spelled in ATTRIBUTES or spelled.startswith("__") else None
    if rest and rest[0].text and own is not None and own.kind != "attribute":
        return _READERS[own.kind](own, rest[0], negated, known)
    if rest and rest[0].text and spelled in FLAG_PARAMETERS:
        return [_flag_parameter(FLAG_PARAMETERS[spelled], rest[0], negated)]
    return _named_attribute(name.text, rest[0] if rest else None, negated)


def _named_attribute(name: str, value: Run | None, negated: bool) -> list[Condition]:
    values = tuple(part.text for part in value.split(",") if part.text) if value else ()
    if value is not None and not values:
        better = str(Attribute(name, (), negated))
        raise _TokenError(_("a value is missing; without one, any is meant: %(any)s") % {"any": better}, better)
    return [Attribute(name, values, negated)]


def _is(value: Run, negated: bool) -> Condition:
    name = value.text.lower()
    if name in {"untagged", "tagged"}:
        return Yes("tagged", negated != (name == "untagged"))
    if name in IS_CHOICES:
        field, chosen = IS_CHOICES[name]
        return Choice(field, (chosen,), negated)
    if name in IS_WORDS:
        return Yes(IS_WORDS[name].name, negated)
    nearest = "" if "," in name else _nearest(name, [*IS_WORDS, *IS_CHOICES, "untagged"])
    raise _TokenError(_is_words(name), f"{'-' if negated else ''}is:{nearest}" if nearest else "")


def _is_words(name: str) -> str:
    if "," in name:
        return _("“is:” takes one word; write it once for each property")
    return _("after “is:” comes one of %(words)s") % {"words": ", ".join([*_IS_SHOWN, *IS_CHOICES])}


_IS_SHOWN = [*sorted({field.name for field in IS_WORDS.values()}), "untagged"]


def _flag_parameter(flag: str, value: Run, negated: bool) -> Condition:
    word = value.text.lower()
    if word in _TRUE | _FALSE:
        return Choice("flag", (flag,), negated != (word in _FALSE))
    return Choice("flag", (f"{flag}:{value.text}",), negated)


def _yes(field: Field, value: Run, negated: bool, _known: Known | None) -> list[Condition]:
    word = value.text.lower()
    if word not in _TRUE | _FALSE:
        raise _TokenError(_("this is either yes or no"), f"is:{field.name}")
    return [Yes(field.name, negated != (word in _FALSE))]


def _choice(field: Field, value: Run, negated: bool, known: Known | None) -> list[Condition]:
    values = [part.text.strip() for part in value.split(",")]
    values = [_spelling(field, spelling) for spelling in values if spelling]
    if not values:
        raise _TokenError(_("a value is missing, as in %(example)s") % {"example": field.example or f"{field.name}:…"})
    if field.name == "os" and {spelling.casefold() for spelling in values} == {"linux"}:
        return [Choice("ostype", ("Linux",), negated)]  # an OS type, and what people type
    if field.closed and known is not None:
        _refuse_unknown(field, values, negated, known)
    return [Choice(field.name, tuple(values), negated)]


def _spelling(field: Field, value: str) -> str:
    folded = value.casefold()
    if folded in field.synonyms:
        return field.synonyms[folded]
    return next((candidate for candidate in field.values if candidate.casefold() == folded), value)


def _refuse_unknown(field: Field, values: Iterable[str], negated: bool, known: Known) -> None:
    choices = [*field.values, *known.get(field.name, ()), *(_FLAGS if field.name == "flag" else ())]
    folded = {choice.casefold() for choice in choices}
    for value in values:
        if "*" not in value and value.casefold() not in folded:
            nearest = _nearest(value, choices)
            better = str(Choice(field.name, (nearest,), negated)) if nearest else ""
            raise _TokenError(
                _("%(field)s is never “%(value)s”; it is one of %(choices)s")
                % {"field": field.label, "value": value, "choices": ", ".join(sorted(set(choices))[:15])},
                better,
            )


def _tags(field: Field, value: Run, negated: bool, _known: Known | None) -> list[Condition]:
    if value.bare and field.name == "tag" and value.text.lower() in {"none", "*"}:
        return [Yes("tagged", negated != (value.text.lower() == "none"))]
    tags: list[Tag] = []
    key_before: str | None = None
    if value.from_api:
        tags = list(of_glance(value.text))
    for part in () if value.from_api else value.split(","):
        key, *rest = part.split("=", 1)
        if rest:
            tags.append(Tag(key.text, rest[0].text))
            key_before = key.text
        elif key_before is not None:
            tags.append(Tag(key_before, part.text))
        else:
            tags.append(Tag(key.text))
    if any(not tag.key.strip() for tag in tags):
        raise _TokenError(_("a tag needs a key, as in tag:env or tag:env=prod"))
    if field.name == "alltags" and not negated:
        return [Tags((tag,), "tag") for tag in tags]
    if field.name == "anytag" and negated:
        return [Tags(tuple(tags), "tag", negated=True)]
    return [Tags(tuple(tags), field.name, negated)]


def _range(field: Field, value: Run, negated: bool, _known: Known | None) -> list[Condition]:
    parts = [part.text.strip() for part in value.split(",")]
    others = [f"eq:{part.partition(':')[2]}" for part in parts if part.startswith(NOT_EQUAL)]
    if others and len(others) < len(parts):
        raise _TokenError(_("“neq” stands alone; write what else is asked beside it"))
    if others:
        parts, negated = others, not negated
    try:
        limits = tuple(_limit(field.kind, part) for part in parts)
    except UnitError as error:
        raise _TokenError(_("%(what)s; for example %(example)s") % {"what": error, "example": field.example}) from error
    return [Range(field.name, limits, negated)]


def _limit(kind: str, text: str) -> Limit:
    low, dots, high = text.partition("..")
    if dots:
        lower, upper = _bound(kind, low.strip()), _bound(kind, high.strip())
        return Limit("..", lower, upper)
    word, colon, rest = text.partition(":")
    if colon and word in API_OPERATORS:
        return Limit(API_OPERATORS[word], _bound(kind, utc(rest) if kind == "time" else rest))
    operator = next((sign for sign in _OPERATORS if text.startswith(sign)), None)
    bound = _bound(kind, text[len(operator or "") :].strip())
    if isinstance(bound, units.Age) and operator in {None, "="}:
        operator = "<"  # `updated:30d`: within the last thirty days
    return Limit(operator or "=", bound)


def _bound(kind: str, text: str) -> Bound:
    reader = {"size": units.parse_bytes, "memory": units.parse_memory, "disk": units.parse_disk}.get(kind)
    return reader(text) if reader else units.parse_time(text)


def _text(field: Field, value: Run, negated: bool, _known: Known | None) -> list[Condition]:
    values = tuple(part.text for part in value.split(",") if part.text)
    if not values:
        raise _TokenError(_("a value is missing, as in %(example)s") % {"example": field.example or f"{field.name}:…"})
    return [Text(field.name, values, negated)]


def _nearest(word: str, choices: Iterable[str]) -> str:
    folded: dict[str, list[str]] = {}
    for choice in choices:
        folded.setdefault(choice.casefold(), []).append(choice)
    matches = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if not matches:
        return ""
    return max(folded[matches[0]], key=lambda choice: difflib.SequenceMatcher(None, word, choice).ratio())


def nearest(word: str, choices: Iterable[str]) -> str:
    """The most similar of the choices, or "" when none resembles the word."""
    return _nearest(word, choices)


_READERS = {
    "choice": _choice, "yes": _yes, "tag": _tags, "text": _text,
    "attribute": _attribute, "size": _range, "memory": _range, "disk": _range, "number": _range, "time": _range,
}  # fmt: skip
