"""Filters as a call of the API has them (5.1.1, 6.1.1), as tokens of the search: `created_at=neq:…`, or a whole query.

A parameter is known by its name; `=` stands where the search has a colon, and `&` between two of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote_plus

from images.cache import facets
from images.cache.attributes import BY_NAME as ATTRIBUTES
from images.search.filters.conditions import Operator, Tag
from images.search.filters.fields import SPELLINGS
from images.search.filters.text import Run, Token

#: Parameter of a compatibility flag → our flag: `__support_kvm=true` is `flag:kvm`. 6.1.1 prints three with one
#: underscore more than 5.1.1.
FLAG_PARAMETERS: Final[Mapping[str, str]] = {
    **{attribute: flag for flag, (attribute, _label) in facets.FLAGS.items()},
    "__support_large_memory": "large_memory",
    "__support_disk_intensive": "disk_intensive",
    "__support_high_performance": "high_performance",
}
#: Parameters that choose no images.
PAGING: Final = frozenset({"limit", "marker", "sort_key", "sort_dir"})
#: The operators of times; `neq` has no counterpart among ours, it is a minus.
API_OPERATORS: Final[Mapping[str, Operator]] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}
NOT_EQUAL: Final = "neq:"

_ADDRESS = re.compile(r"\S*/v2/(?:cloud)?images\?")
_TIME = re.compile(r"(?:created|updated)_at[=:](?:gte?|lte?|n?eq):\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")


def as_search(tokens: Iterable[Token]) -> Iterator[Token]:
    """The same tokens, those that come of a call as the search writes them; all others as they are."""
    for token in _joined(tokens):
        yield from _parameters(token) or (token,)


def utc(text: str) -> str:
    """A time behind an operator of the API is in UTC (5.1.1), where it says no zone itself."""
    return f"{text}Z" if _WITHOUT_ZONE.fullmatch(text) else text


def of_glance(text: str) -> tuple[Tag, ...]:
    """`tag` of 5.1.1 is one text, `key=value` or `key.value`; the latter may also be a key with a full stop (9.2)."""
    key, equals, value = text.partition("=")
    if equals or "." not in key.strip("."):
        return (Tag(key, value if equals else None),)
    head, _point, tail = text.partition(".")
    return (Tag(text), Tag(head, tail))


def _joined(tokens: Iterable[Token]) -> Iterator[Token]:
    """`gte:2026-01-31 10:00:00`, the second form of a time in 5.1.1, is one token; `GET` before an address is none."""
    held: Token | None = None
    for token in tokens:
        if held is not None and _is_time(held) and token.run.bare and _CLOCK.fullmatch(token.source):
            text = f"{held.run.text}T{token.run.text}"
            source = f"{held.source} {token.source}"
            held = Token(source, Run(text, (False,) * len(text)), held.negated, token.closed)
            continue
        if held is not None and not (held.source == "GET" and _ADDRESS.match(token.run.text)):
            yield held
        held = token
    if held is not None:
        yield held


def _is_time(token: Token) -> bool:
    return token.run.bare and _TIME.fullmatch(token.run.text) is not None


def _parameters(token: Token) -> list[Token]:
    """The parameters of a query, when all of it is one; a tag with an equals sign behind a colon is none."""
    address = _ADDRESS.match(token.run.text)
    start = address.end() if address else 0
    run = Run(token.run.text[start:], token.run.quoted[start:])
    parts = [part for part in run.split("&") if part.text] if address or "=" in run.text else []
    pairs = [part.split("=", 1) for part in parts]
    if token.negated and len(pairs) > 1:
        return []  # a minus before several says nothing that one could be sure of
    if not all(len(pair) == 2 and _is_parameter(pair[0]) for pair in pairs):
        return []
    return [_token(token, *pair, encoded=bool(address) or len(pairs) > 1) for pair in pairs]


def _is_parameter(name: Run) -> bool:
    spelled = name.text.lower()
    known = spelled in SPELLINGS or spelled in FLAG_PARAMETERS or spelled in ATTRIBUTES or spelled in PAGING
    return name.bare and ":" not in spelled and (known or spelled.startswith("__"))


def _token(whole: Token, name: Run, value: Run, *, encoded: bool) -> Token:
    """`encoded`: the value stands in an address, where a blank is a plus and signs are percent-encoded."""
    text = unquote_plus(value.text) if encoded or "%" in value.text else value.text
    quoted = value.quoted if text == value.text else tuple(character == "," for character in text)
    run = Run(f"{name.text}:{text}", (False,) * (len(name.text) + 1) + quoted, from_api=True)
    return Token(f"{name.text}={value.text}", run, whole.negated, whole.closed)
