"""What a database holds besides rows, as sentences that two databases can be compared by."""

import re
import sqlite3

import psycopg

#: PostgreSQL: what was made in `public`, and not by an extension.
_POSTGRESQL = """
WITH own AS (
    SELECT oid, relname, relkind FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
)
SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attcollation::regcollation,
        CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid),
        'identity ' || nullif(attidentity::text, ''), 'generated ' || nullif(attgenerated::text, ''))
    FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = own.oid AND adnum = attnum
    WHERE relkind IN ('r', 'v', 'm', 'p')
UNION ALL SELECT concat_ws(' ', relkind, relname) FROM own
UNION ALL SELECT pg_get_indexdef(own.oid) || CASE WHEN indisvalid THEN '' ELSE ' (not valid)' END
    FROM own JOIN pg_index ON indexrelid = own.oid
UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid IN (SELECT oid FROM own)
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM own)
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
UNION ALL SELECT 'extension ' || extname FROM pg_extension
"""


def schema(connection: sqlite3.Connection | psycopg.Connection) -> set[str]:
    """A sentence for each column, index, constraint, trigger, function. The order of columns says nothing: on SQLite
    one that is changed comes to stand behind the others."""
    if isinstance(connection, psycopg.Connection):
        return {sentence for (sentence,) in connection.execute(_POSTGRESQL)}
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return {sentence for kind, name, sql in rows for sentence in _sentences(kind, name, " ".join((sql or "").split()))}


def _sentences(kind: str, name: str, sql: str) -> list[str]:
    made = re.fullmatch(r"CREATE TABLE \S+ \((.*)\)(.*)", sql)
    if made is None:
        return [f"{kind} {name} {sql}"]
    return [f"{kind} {name} {made[2]}", *(f"{name}: {part}" for part in _parts(made[1]))]


def _parts(body: str) -> list[str]:
    """Columns and constraints: what stands between commas that are in no brackets."""
    parts, depth = [""], 0
    for sign in body:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
