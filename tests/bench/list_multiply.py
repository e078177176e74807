"""A million images in a minute on PostgreSQL: a twentieth is made by the factory, the others are copies in SQL.

Copies differ from their originals in ID, name, times and document; what they share are values of facets and tags, which
in a cloud are shared too. Indexes and constraints are taken off meanwhile and made anew from the finished tables, and
so is the facet index.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from images.cache.models.image import Image, ImageTag
from images.cache.services import index
from images.cache.services.columns import Row
from images.clouds.models import Project
from tests import factories

#: Of each image of the factory there are so many in the end, itself among them.
TIMES = 20
_IMAGES, _TAGS = Image._meta.db_table, ImageTag._meta.db_table
#: What a copy has of its own; `k` numbers the copies. The factory names images with seven digits at the end.
_OWN = {
    "id": "id + k * {ids}",
    "image_id": "md5(image_id || k)::uuid::text",
    "name": "left(name, -7) || lpad((right(name, 7)::int + k * {base})::text, 7, '0')",
    "search_text": "replace(search_text, right(name, 7), lpad((right(name, 7)::int + k * {base})::text, 7, '0'))",
    "created_at": "created_at - k * {base} * interval '601 seconds'",
    "updated_at": "updated_at - k * {base} * interval '601 seconds'",
    "digest": "left(md5(digest || k), 16)",
    "document": (
        "replace(replace(document, image_id, md5(image_id || k)::uuid::text), right(name, 7),"
        " lpad((right(name, 7)::int + k * {base})::text, 7, '0'))"
    ),
}


def fill(count: int) -> None:
    """`count` images, a multiple of TIMES, over the factory's projects, published. PostgreSQL only; tables empty."""
    base = count // TIMES
    factories.fill(base)
    with _without_indexes():
        _multiply(base)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # else the facet index is read by plans for empty tables
    index.rebuild()
    for project in Project.objects.all():
        Project.objects.filter(pk=project.pk).update(image_count=project.images.count())


def _multiply(base: int) -> None:
    ids = Image.objects.order_by("-pk").values_list("pk", flat=True)[0]
    columns = ("id", *Row._fields)
    values = ", ".join(_OWN.get(name, name).format(ids=ids, base=base) for name in columns)
    copies = f"CROSS JOIN generate_series(1, {TIMES - 1}) AS k"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_IMAGES} ({', '.join(columns)}) SELECT {values} FROM {_IMAGES} {copies}")
        cursor.execute(
            f"INSERT INTO {_TAGS} (image_id, key, value) SELECT image_id + k * {ids}, key, value FROM {_TAGS} {copies}"
        )
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{_IMAGES}', 'id'), {ids * TIMES})")


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Primary keys stay: others refer to them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid IN (%s::regclass, %s::regclass) AND contype IN ('u', 'f')",
            [_IMAGES, _TAGS],
        )
        constraints = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT quote_ident(indexname), indexdef FROM pg_indexes WHERE tablename IN (%s, %s)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [_IMAGES, _TAGS],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("RESET maintenance_work_mem")
