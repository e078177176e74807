"""Which images contain a word: in name or description, or at the start of their ID."""

import re
from collections.abc import Mapping
from functools import cache

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex
from pyroaring import BitMap

from images.cache.models.image import Image
from images.core.spelling import searchable
from images.core.statements import fetch

#: Trigrams say nothing about shorter words; those are looked for in every row.
SHORTEST = 3
#: From this length on there are enough trigrams to leave most of them out; and what is worth reading row by row.
_LONG = 9
_FEW = 300
#: So many trigrams with a figure in them say enough by themselves.
_ENOUGH = 3
#: What may be the beginning of an ID; anything else need not be looked for there.
_ID = re.compile(r"^[0-9a-f][0-9a-f-]{3,}$")


def ids_matching(word: str) -> BitMap:
    """Every image whose name or description contains the word, whatever its case, or whose ID begins with it.

    Also images that are not published or that somebody may not see: intersect before use. A word in one name among a
    million takes 0.5 ms through the trigram index (migration 0002); without one, every row is read.
    """
    word = searchable(word)
    ids = BitMap(_by_trigrams(word) if len(word) >= SHORTEST and _has_fts() else _by_columns(word))
    if _ID.match(word):
        ids |= BitMap(_rows(Image.objects.filter(image_id__startswith=word)))
    return ids


def _by_trigrams(word: str) -> list[int]:
    """A long word is first looked for by a third of its trigrams, without their places: 2 ms instead of 6 for one name
    among 100,000. What that leaves is read and compared; if it leaves much, the whole phrase is asked for after all."""
    if len(word) >= _LONG:
        pks = _matching(" AND ".join(map(_quoted, _parts(word))))
        if not pks:
            return []
        if len(pks) <= _FEW:
            return _rows(Image.objects.filter(pk__in=pks, search_text__contains=word))
    return _matching(_quoted(word))


def _matching(question: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid FROM images_search WHERE images_search MATCH %s", [question])
        return [row[0] for row in cursor.fetchall()]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _parts(word: str) -> list[str]:
    """Every third trigram, and the last: together they hold every character."""
    return list(dict.fromkeys([word[start : start + 3] for start in range(0, len(word) - 2, 3)] + [word[-3:]]))


def _by_columns(word: str) -> list[int]:
    """PostgreSQL takes its trigram index for this by itself; for a long word it, too, is asked for a part of the
    trigrams only: 1 ms instead of 6 for one name among 100,000."""
    if len(word) < _LONG or connection.vendor != "postgresql":
        return _rows(Image.objects.filter(search_text__contains=word))
    parts = _rare(_parts(word))
    patterns = [f"%{connection.ops.prep_for_like_query(part)}%" for part in parts]
    return [pk for (pk,) in fetch(_with_parts, (len(parts),), [*patterns, word, 0])]


def _rare(parts: list[str]) -> list[str]:
    """Names differ in their figures, and each trigram that most names have costs as much as ten rare ones."""
    figured = [part for part in parts if any(letter.isdigit() for letter in part)]
    return figured if len(figured) >= _ENOUGH else parts


def _with_parts(number: int) -> QuerySet[Image, Mapping[str, object]]:
    # strpos, not LIKE, for the whole word: LIKE would bring all the trigrams back
    images = Image.objects.filter(*(Q(search_text__contains=str(part)) for part in range(number)))
    return images.alias(place=StrIndex("search_text", Value(""))).filter(place__gt=0).order_by().values("pk")


def _rows(images: QuerySet[Image]) -> list[int]:
    sql, parameters = images.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def _has_fts() -> bool:
    return connection.vendor == "sqlite" and _sqlite_has_fts(connection.alias)


@cache
def _sqlite_has_fts(alias: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'images_search'")
        return cursor.fetchone() is not None
