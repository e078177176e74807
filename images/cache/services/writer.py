"""Bulk writing of cached images with the bare driver (bulk_insert.py).

On PostgreSQL rows that exist already come by way of a temporary table. The columns come from columns.Row, and a test
holds Row against the model, so that they cannot drift apart. Ids of new images are taken here, so that tags and index
can name them without asking back.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection

from images.cache.events import images_leaving
from images.cache.models.image import Image, ImageChange, ImageTag
from images.cache.services import bulk_insert
from images.cache.services.columns import ParsedImage, Row

IMAGES = Image._meta.db_table
TAGS = ImageTag._meta.db_table
COLUMNS = ("id", *Row._fields)
HISTORY = ImageChange._meta.db_table
_NOTED = tuple(column.attname for column in ImageChange._meta.concrete_fields if not column.primary_key)
_NOTED_AT = _NOTED.index("observed_at")
_TIMES = tuple(index for index, name in enumerate(COLUMNS) if name.endswith("_at"))
_CHUNK = 500


def take_ids(count: int) -> Sequence[int]:
    """Fresh values of Image.id; must run in the transaction that inserts them (SQLite), ascending."""
    if not count:
        return ()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [IMAGES, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [IMAGES])
        row = cursor.fetchone()
    first = (row[0] if row else 0) + 1
    return range(first, first + count)


def insert(images: Sequence[ParsedImage]) -> None:
    """Rows that are not there yet, with their tags."""
    if not images:
        return
    if connection.vendor == "postgresql":
        bulk_insert.insert(IMAGES, COLUMNS, _records(images))
    else:
        # a statement of many rows would let other threads run beside it, but takes a fifth longer in all
        bulk_insert.insert(IMAGES, COLUMNS, map(_for_sqlite, _records(images)))
        _index_words_sqlite(images)
    _insert_tags(images)


def update(images: Sequence[ParsedImage]) -> None:
    """All columns of rows that are there, and their tags anew."""
    if not images:
        return
    pks = [pk for pk, _row, _tags in images]
    for start in range(0, len(pks), _CHUNK):
        ImageTag.objects.filter(image__in=pks[start : start + _CHUNK])._raw_delete(connection.alias)
    if connection.vendor == "postgresql":
        _update_by_copy(images)
    else:
        assignments = ", ".join(f'"{name}" = ?' for name in Row._fields)
        sql = f'UPDATE "{IMAGES}" SET {assignments} WHERE "id" = ?'  # noqa: S608 # names are ours
        bulk_insert.executemany(sql, ((*record[1:], record[0]) for record in map(_for_sqlite, _records(images))))
    _insert_tags(images)


def note(changes: Sequence[ImageChange]) -> None:
    """Entries of the history; bulk_create takes four times as long."""
    if not changes:
        return
    records: Iterable[list[Any]] = ([getattr(change, name) for name in _NOTED] for change in changes)
    if connection.vendor == "sqlite":
        records = map(_noted_for_sqlite, records)
    bulk_insert.insert(HISTORY, _NOTED, records)


def delete(pks: Sequence[int]) -> None:
    for start in range(0, len(pks), _CHUNK):
        chunk = pks[start : start + _CHUNK]
        ImageTag.objects.filter(image__in=chunk)._raw_delete(connection.alias)
        images_leaving.send(sender=Image, pks=chunk)
        Image.objects.filter(pk__in=chunk)._raw_delete(connection.alias)


def _records(images: Iterable[ParsedImage]) -> Iterator[tuple[Any, ...]]:
    return ((pk, *row) for pk, row, _tags in images)


def _tag_records(images: Iterable[ParsedImage]) -> Iterator[tuple[Any, ...]]:
    return ((pk, key, value) for pk, _row, tags in images for key, value in tags)


def _insert_tags(images: Sequence[ParsedImage]) -> None:
    bulk_insert.insert(TAGS, ("image_id", "key", "value"), _tag_records(images))


# --- SQLite ---------------------------------------------------------------------------------------------------------
def _for_sqlite(record: tuple[Any, ...]) -> list[Any]:
    values = list(record)
    for index in _TIMES:
        moment: datetime | None = values[index]
        if moment is not None:
            # the text that Django's SQLite backend writes and reads; rows have them in UTC, so "+00:00" ends it
            values[index] = moment.isoformat(" ")[:-6]
    return values


def _index_words_sqlite(images: Sequence[ParsedImage]) -> None:
    """The trigram index of new rows (migration 0002), in one statement; ids of one batch are consecutive."""
    if not images or not _has_search_table():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO images_search(rowid, search_text)"  # noqa: S608 # names are ours
            f' SELECT id, search_text FROM "{IMAGES}" WHERE id BETWEEN %s AND %s',  # names are ours
            [images[0][0], images[-1][0]],
        )


@cache
def _has_search_table() -> bool:
    return "images_search" in connection.introspection.table_names()


def _noted_for_sqlite(values: list[Any]) -> list[Any]:
    values[_NOTED_AT] = values[_NOTED_AT].astimezone(UTC).isoformat(" ")[:-6]
    return values


# --- PostgreSQL -----------------------------------------------------------------------------------------------------
def _update_by_copy(images: Sequence[ParsedImage]) -> None:
    assignments = ", ".join(f'"{name}" = fresh."{name}"' for name in Row._fields)
    with connection.cursor() as cursor:
        # its defaults, too: a later release's columns are filled while this one still runs beside it
        cursor.execute(f'CREATE TEMPORARY TABLE fresh_images (LIKE "{IMAGES}" INCLUDING DEFAULTS) ON COMMIT DROP')
    bulk_insert.copy("fresh_images", COLUMNS, _records(images))
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{IMAGES}" SET {assignments} FROM fresh_images fresh WHERE "{IMAGES}"."id" = fresh."id"'  # noqa: S608 # names are ours
        )
        cursor.execute("DROP TABLE fresh_images")
