"""Querysets compiled once. Django takes 0.3 to 0.5 ms to turn a queryset into SQL, as long as the database takes to
answer; for the few queries of every list page, whose shape never changes, the SQL is kept and only parameters vary."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

Build = Callable[..., QuerySet[Any, Any]]
#: Stand in for a person and for a row while a statement is compiled; so one serves all. Numbers that no row has.
PERSON, ROW = -2_147_483_647, -2_147_483_646


def fetch(
    build: Build,
    shape: tuple[Any, ...],
    parameters: Sequence[Any] | None = None,
    *,
    last: Sequence[Any] = (),
    given: Mapping[int, Any] | None = None,
    planned: bool = False,
) -> list[tuple[Any, ...]]:
    """Rows of `build(*shape)`, a `values` queryset, with its parameters replaced by these, in the order of the SQL.

    `shape` decides the SQL (columns, how many parameters) and must be hashable; `build` is a module-level function.
    Without `parameters` the queryset's own are kept with the SQL, all but the `last` ones; `given` says what takes the
    place of a stand-in (PERSON, ROW) that the queryset was built with, wherever it occurs.
    `planned`: PostgreSQL keeps the plan, too, for each connection (DATABASE_PREPARE): for statements whose plan does
    not hang on the parameters, and that are asked so often that planning (2 ms where rights are nested) is their cost.
    """
    sql, own, converters = _compiled(connection.vendor, build, shape)
    if parameters is None:
        kept = own[: len(own) - len(last)]
        parameters = (*([given.get(one, one) for one in kept] if given else kept), *last)
    with connection.cursor() as cursor:
        if planned and connection.vendor == "postgresql" and not connection.queries_logged:
            _keep_plan(cursor)  # a log of queries asks for SQL with its parameters
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return _converted(rows, converters) if converters else rows


def _keep_plan(cursor: CursorWrapper) -> None:
    """Django's own cursor writes the parameters into the SQL, which makes each statement one that was never seen."""
    from psycopg import Cursor  # not there where everything is on SQLite

    cursor.cursor = Cursor(connection.connection)


@lru_cache(maxsize=2048)
def _compiled(
    _vendor: str, build: Build, shape: tuple[Any, ...]
) -> tuple[str, tuple[Any, ...], list[tuple[int, list[Any], Any]]]:
    compiler = build(*shape).query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    found = compiler.get_converters([column for column, _sql, _alias in compiler.select])
    return sql, tuple(parameters), [(place, functions, expression) for place, (functions, expression) in found.items()]


def _converted(rows: list[tuple[Any, ...]], converters: list[tuple[int, list[Any], Any]]) -> list[tuple[Any, ...]]:
    """What the ORM would do: SQLite gives times as text and booleans as numbers."""
    converted = [list(row) for row in rows]
    for place, functions, expression in converters:
        for row in converted:
            for function in functions:
                row[place] = function(row[place], expression, connection)
    return [tuple(row) for row in converted]
