"""Which images contain a word: in name or description, or at the start of their ID."""

import re
from functools import cache

from django.db import connection
from django.db.models import Q
from pyroaring import BitMap

from images.models import Image

#: Trigrams say nothing about shorter words; those are looked for in every row.
SHORTEST = 3
#: What may be the beginning of an ID; anything else need not be looked for there.
_ID = re.compile(r"^[0-9a-f][0-9a-f-]{3,}$")


def ids_matching(word: str) -> BitMap:
    """Every image whose name or description contains the word, whatever its case, or whose ID begins with it.

    Also images that are not published or that somebody may not see: intersect before use. A word in one name among a
    million takes 0.5 ms through the trigram index (migration 0002); without one, every row is read.
    """
    word = word.lower()
    found = BitMap(_by_trigrams(word) if len(word) >= SHORTEST and _has_fts() else _by_reading(word))
    if _ID.match(word):
        found |= BitMap(_rows(Image.objects.filter(image_id__startswith=word)))
    return found


def _by_trigrams(word: str) -> list[int]:
    phrase = '"' + word.replace('"', '""') + '"'
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid FROM images_search WHERE images_search MATCH %s", [phrase])
        return [row[0] for row in cursor.fetchall()]


def _by_reading(word: str) -> list[int]:
    """PostgreSQL takes its trigram index for this by itself."""
    return _rows(Image.objects.filter(Q(search_text__contains=word)))


def _rows(images) -> list[int]:
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
