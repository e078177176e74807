"""Pages of any order: each way of finding one agrees with sorting everything."""

import itertools
import random
from datetime import timedelta

import pytest

from images.cache.models.image import Image
from images.cache.queries import index
from images.search.filters import ListState, parse
from images.search.filters.state import COLUMNS
from images.search.queries import listing, order
from images.search.queries.matching import matching
from tests.search import listing as shelf

pytestmark = pytest.mark.also_on_postgres

#: Sort column → the value that the database holds of it; None and "" stand last in both directions.
VALUE = {
    "name": lambda row: row.name,
    "status": lambda row: row.status,
    "size": lambda row: row.size,
    "disk": lambda row: row.min_disk,
    "maxram": lambda row: row.max_ram,
    "created": lambda row: row.created_at,
    "updated": lambda row: row.updated_at,
    "source": lambda row: row.source_image_id or None,
    "version": lambda row: row.os_version or None,
    "protected": lambda row: row.protected,
    "tags": lambda row: row.tags.count() or None,
    "project": lambda row: row.project and row.project.name,
    "id": lambda row: row.image_id,
}


@pytest.fixture
def many(db):
    dice = random.Random(7)
    projects = [shelf.project("a"), shelf.project("b"), None]
    for number in range(1, 121):
        shelf.image(
            number,
            dict.fromkeys("abc"[: dice.randrange(4)], "x"),
            name=f"n{dice.randrange(40):02d}",
            project=dice.choice(projects),
            status=dice.choice(["active", "queued"]),
            size=dice.randrange(5),
            min_disk=dice.choice([9, 10, 100]),
            max_ram=dice.choice([None, 1, 2]),
            protected=dice.random() < 0.3,
            source_image_id=dice.choice(["", "s1", "s2"]),
            os_version=dice.choice(["", "U 1", "U 2", "C 1"]),
            updated_at=dice.choice([None, shelf.EPOCH, shelf.EPOCH + timedelta(days=1)]),
        )
    shelf.publish()


def expected(column: str, wanted: set[int], *, descending: bool) -> list[int]:
    rows = [row for row in Image.objects.select_related("project") if row.pk in wanted]
    value = VALUE[column]
    having = sorted((row for row in rows if value(row) is not None), key=lambda row: (value(row), row.pk))
    lacking = sorted((row for row in rows if value(row) is None), key=lambda row: row.pk)
    if descending:
        return [row.pk for row in [*reversed(having), *reversed(lacking)]]
    return [row.pk for row in [*having, *lacking]]


@pytest.mark.parametrize("way", ["few", "walk", "blocks"])
@pytest.mark.parametrize("column", VALUE)
def test_every_way_to_a_page_gives_the_same_page(many, viewer, monkeypatch, way, column):
    monkeypatch.setattr(listing, "_FEW", 500 if way == "few" else -1)
    monkeypatch.setattr(listing, "_WALK", 4096 if way == "walk" else -1)
    monkeypatch.setattr(order, "BLOCK", 16)
    for query, descending in itertools.product(["", "-status:queued", "n1"], [False, True]):
        asked = matching(parse(query).filter, viewer)
        whole = expected(column, set(asked.images), descending=descending)
        pages = [
            pk
            for start in range(0, len(whole), 25)
            for pk in listing.ids_at(column, asked, start, 25, descending=descending)
        ]
        assert pages == whole
        state = ListState(sort=f"-{column}" if descending else column)
        assert list(listing.ordered_ids(state, asked)) == whole


def test_a_page_beyond_the_end_is_the_last_one(many, viewer):
    page = listing.page_of(ListState(page=99, size=50), matching(parse("").filter, viewer))
    assert (page.number, page.pages, page.first, page.last, page.total) == (3, 3, 101, 120, 120)
    assert (page.previous, page.next) == (2, None)


def test_nothing_is_one_empty_page(many, viewer):
    page = listing.page_of(ListState(), matching(parse("nothing-like-that").filter, viewer))
    assert (page.rows, page.number, page.pages, page.first, page.last, page.total) == ([], 1, 1, 0, 0, 0)


def test_the_document_is_never_read(many, viewer, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asked = matching(parse("").filter, viewer)
    with CaptureQueriesContext(connection) as queries:
        listing.page_of(ListState(columns=COLUMNS), asked)
    assert len(queries) == 3
    assert not any("document" in one["sql"] or "search_text" in one["sql"] for one in queries)


def test_an_image_that_went_since_the_index_was_read_leaves_a_shorter_page(many, viewer):
    asked = matching(parse("").filter, viewer)
    assert len(asked.images) == 120
    Image.objects.filter(pk=listing.ids_at("created", asked, 0, 1, descending=True)[0]).delete()
    assert len(listing.page_of(ListState(size=25), asked).rows) in {24, 25}


def test_orders_are_kept_as_long_as_the_index_stands(many, viewer, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(listing, "_FEW", -1)
    monkeypatch.setattr(listing, "_WALK", -1)
    asked = matching(parse("").filter, viewer)
    listing.ids_at("created", asked, 60, 10, descending=True)
    with django_assert_num_queries(0):
        listing.ids_at("created", asked, 100, 10, descending=False)
    shelf.publish()
    assert index.current().version == asked.snapshot.version + 1
