"""Attributes that have neither column nor posting: documents are read, and what was found goes with the index version.

The database leaves out the documents in which the name (and what is looked for) does not even occur as text; only what
is left is decoded. Measured with 20,000 documents of 1 KB on two busy cores: 0.25 s when all are decoded.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from pyroaring import BitMap

from images.cache.attributes import BY_NAME, ELSEWHERE
from images.cache.models.image import Image
from images.search.filters import Attribute
from images.search.filters.api_calls import FLAG_PARAMETERS
from images.search.filters.fields import SPELLINGS

#: Second spellings of the reference for what has no column (C7).
_ALSO: Final = {"__sequence_num": "__sequence_number", "__sequence_number": "__sequence_num"}
#: What JSON writes in one way only, so that it can be looked for in the text.
_AS_IT_STANDS: Final = re.compile(r"[ !#-.0-\[\]-~]+")
#: Images whose attributes are completed, the newest: 0.13 s on two busy cores, once an index version.
_LOOKED_AT: Final = 2000
#: Values of an attribute that are remembered for the completion.
_KEPT: Final = 50
_LONG: Final = 80
_READ_AT_ONCE: Final = 2000
_decoder = msgspec.json.Decoder(dict[str, Any])


def ids_with(asked: Attribute) -> BitMap:
    """Images with one of the values; without values, those that say anything of the attribute. Also images that
    somebody may not see: intersect before use. Case does not matter, `*` stands for any text."""
    names = [asked.name, *filter(None, [_ALSO.get(asked.name)])]
    matches = _pattern(asked.values)
    found = BitMap()
    for pk, document in _candidates(names, asked.values):
        texts = [text for name in names for text in texts_of(name, document.get(name))]
        if any(map(matches, texts)) if asked.values else texts:
            found.add(pk)
    return found


def seen_in(images: BitMap) -> dict[str, Counter[str]]:
    """Name → how often which value, of the attributes without a field among the newest of these images."""
    newest = images[max(0, len(images) - _LOOKED_AT) :]
    rows = Image.objects.filter(pk__in=list(newest)).values_list("pk", "document")
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for _pk, document in _decoded(rows):
        for name, value in document.items():
            if name not in SPELLINGS and name not in FLAG_PARAMETERS and name not in ELSEWHERE:
                seen[name].update(text for text in texts_of(name, value)[:10] if len(text) <= _LONG)
    return {name: Counter(dict(values.most_common(_KEPT))) for name, values in seen.items()}


def texts_of(name: str, value: object) -> list[str]:
    """A value as people write it; of a list its members, too, however the service spells lists."""
    if value is None or value in ("", [], {}):
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list):
        return [text for one in value for text in texts_of(name, one)]
    if not isinstance(value, str):
        return [json.dumps(value, ensure_ascii=False)]
    return [value, *_members(name, value)]


def _members(name: str, text: str) -> list[str]:
    """Lists come as JSON inside a text (`__os_feature_list`) or with commas (`__support_agent_list`)."""
    if text.lstrip().startswith("["):
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            return []
        return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    if name in BY_NAME and BY_NAME[name].kind == "list" and "," in text:
        return [part.strip() for part in text.split(",")]
    return []


def _pattern(values: tuple[str, ...]) -> Any:
    """What tells whether a text is one of the values."""
    patterns = ("".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", one)) for one in values)
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE | re.DOTALL).fullmatch


def _candidates(names: list[str], values: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Documents that may hold it, one question to the database for each way in which it may be written."""
    needles = [_needle(one) for one in values]
    for name in names:
        images = _containing(Image.objects.all(), "document", f'"{name}"' if _AS_IT_STANDS.fullmatch(name) else "")
        if len(needles) == 1 and needles[0]:
            images = _containing(images.annotate(lower=Lower("document")), "lower", needles[0])
        yield from _decoded(images.order_by().values_list("pk", "document"))


def _containing(images: QuerySet[Image], field: str, text: str) -> QuerySet[Image]:
    """Those whose field holds the text; two thirds of the time of LIKE."""
    if not text:
        return images
    place = {f"in_{field}": StrIndex(field, Value(text))}
    return images.alias(**place).filter(**{f"in_{field}__gt": 0})


def _needle(value: str) -> str:
    """The longest piece of a value that stands in a document as it is, in lower case; "" when there is none. Quotation
    marks are left out, since lists may stand inside a text."""
    return max(_AS_IT_STANDS.findall(value.replace("*", "\0").replace("/", "\0")), key=len, default="").lower()


def _decoded(rows: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for pk, document in rows.iterator(chunk_size=_READ_AT_ONCE):
        try:
            yield pk, _decoder.decode(document)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):  # no synchronisation stores such a thing
            continue
