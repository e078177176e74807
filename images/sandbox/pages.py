"""Pages of image lists: which images, in which order, after which one.

What a project sees in lists are its own images, the public ones of its region, and those that others share with it and
it has accepted; offers and refused ones only when a list asks for that ``member_status`` (5.1.1). Each of the three
comes from an ordered source; a page is the start of their merger. Time filters cut a source by bisection.
"""

import heapq
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Any

from images.sandbox import cast
from images.sandbox.errors import RefusedError
from images.sandbox.library import Row, Shelf, by_created, by_updated, public_shelf, sort_key
from images.sandbox.queries import Query, has_tags
from images.sandbox.world import World

Test = Callable[[Row], bool]
# An ordered list and the part of it that counts: from the second number up to, not including, the third.
Window = tuple[list[Row], int, int]

_VISIBILITY = {"gold": "public", "private": "private", "shared": "shared"}


def page(world: World, project: cast.Project, query: Query) -> tuple[list[Row], bool]:
    """The rows of a page, and whether more follow.

    :raises RefusedError: IMG.0066, the marker is no image that this project can see.
    """
    found = list(islice(stream(world, project, query), query.limit + 1))
    return found[: query.limit], len(found) > query.limit


def stream(world: World, project: cast.Project, query: Query) -> Iterator[Row]:
    """All rows of a list after the marker, in order, found as they are asked for."""
    order = sort_key(query.sort_key)
    after = _marker(world, project, query, order)
    test = _test(query)
    sources = [
        filter(test, _after(window, after, order, descending=query.descending))
        for window in _sources(world, project, query, order)
    ]
    if len(sources) == 1:
        return iter(sources[0])
    return heapq.merge(*sources, key=order, reverse=query.descending)


def _marker(world: World, project: cast.Project, query: Query, order: Callable[[Row], Any]) -> Any:
    if not query.marker:
        return None
    row = world.find(query.marker)
    if row is None:
        raise RefusedError("IMG.0066")
    try:
        world.visible(row.id, project)
    except RefusedError as refused:
        raise RefusedError("IMG.0066") from refused
    return order(row)


def _after(window: Window, marker: Any, order: Callable[[Row], Any], *, descending: bool) -> Iterable[Row]:
    """The rows beyond the marker, in the wanted direction, without copying the list."""
    rows, start, end = window
    if marker is not None and descending:
        end = bisect_left(rows, marker, start, end, key=order)
    elif marker is not None:
        start = bisect_right(rows, marker, start, end, key=order)
    return map(rows.__getitem__, range(end - 1, start - 1, -1) if descending else range(start, end))


def _sources(world: World, project: cast.Project, query: Query, order: Callable[[Row], Any]) -> Iterator[Window]:
    """The ordered lists that a query draws from; those that cannot hold a match are left out."""
    if query.member_status:
        yield _shared(world, project, query.member_status, order)
        return
    owner = query.equal.get("owner")
    visibility = query.equal.get("visibility", _VISIBILITY.get(query.equal.get("imagetype", "")))
    if owner in (None, project.id) and visibility != "public":
        yield _narrowed(world.library.shelf(project.id), query, order)
    if owner != project.id:
        if visibility in (None, "shared"):
            yield _shared(world, project, "accepted", order)
        if visibility in (None, "public"):
            yield _narrowed(world.library.shelf(public_shelf(project.region)), query, order)


def _shared(world: World, project: cast.Project, status: str, order: Callable[[Row], Any]) -> Window:
    members = world.sharing.with_project(project.id).values()
    rows = (world.library.rows.get(member.image_id) for member in members if member.status == status)
    return _whole(sorted((row for row in rows if row is not None), key=order))


def _narrowed(shelf: Shelf, query: Query, order: Callable[[Row], Any]) -> Window:
    """The rows of a shelf in order, cut to the times asked for where that spares work."""
    created = _cut(shelf.created, query.moments.get("created_at"), by_created)
    updated = _cut(shelf.updated, query.moments.get("updated_at"), by_updated)
    rows, start, end = min(created, updated, key=_length)
    # Sorting few rows anew beats walking past many that do not match.
    if end - start < len(shelf) // 8:
        return _whole(sorted(rows[start:end], key=order))
    if query.sort_key == "created_at":
        return created
    return _whole(shelf.order(query.sort_key))


def _whole(rows: list[Row]) -> Window:
    return rows, 0, len(rows)


def _length(window: Window) -> int:
    return window[2] - window[1]


def _cut(rows: list[Row], moments: list[tuple[str, str]] | None, key: Callable[[Row], Any]) -> Window:
    """A list ordered by time, cut to the range that the time filters leave (``neq`` leaves all)."""
    start, end = 0, len(rows)
    for sign, moment in moments or ():
        # Ids are shorter than this sign is high: it stands behind every id of that second.
        first = bisect_left(rows, (moment, ""), key=key)
        beyond = bisect_right(rows, (moment, "\uffff"), key=key)
        if sign in ("gt", "gte", "eq"):
            start = max(start, beyond if sign == "gt" else first)
        if sign in ("lt", "lte", "eq"):
            end = min(end, first if sign == "lt" else beyond)
    return rows, start, max(start, end)


def _test(query: Query) -> Test:
    """What a row has to fulfil. Deleted images show only to those who ask for them."""
    names = tuple(query.equal)
    wanted = tuple(query.equal.values())
    get = attrgetter(*names)
    expected = wanted if len(names) > 1 else wanted[0]
    hidden = "" if "status" in query.equal else "deleted"
    moments = [
        (attrgetter(name), _COMPARE[sign], moment) for name, each in query.moments.items() for sign, moment in each
    ]
    if not moments and not query.tags:
        return lambda row: get(row) == expected and row.status != hidden

    def test(row: Row) -> bool:
        if get(row) != expected or row.status == hidden:
            return False
        # Loops, for all() makes a generator per row: 0.4 ms of a page of 500, as much as all the rest.
        for value, compare, moment in moments:
            if not compare(value(row), moment):
                return False
        return not query.tags or has_tags(row, query.tags)

    return test


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
