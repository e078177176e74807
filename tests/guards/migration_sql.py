"""What migrations since the last release do on PostgreSQL, and what of it would hold people up.

`python -m tests.guards.migration_sql AFTER`, with a DATABASE_URL of PostgreSQL, prints the statements as JSON; it is a
process of its own because the suite has one database at a time. Squawk (a linter of SQL) reads them.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.releases import RELEASES, upgraded_from

APP = "images"

#: Squawk's rules that are ours, too, and what to do instead. The others are a matter of taste or of new databases.
MEASURES = {
    "require-concurrent-index-creation": "AddIndexOnline of images/core/online_migrations.py, with atomic=False",
    "require-concurrent-index-deletion": "RemoveIndexConcurrently, in a migration with atomic=False",
    "constraint-missing-not-valid": "AddCheckOnline of images/core/online_migrations.py",
    "adding-foreign-key-constraint": "a new column: ForeignKey(null=True, db_index=False), its index by AddIndexOnline",
    "disallowed-unique-constraint": "build a unique index concurrently, then add the constraint USING INDEX",
    "adding-not-nullable-field": "leave it nullable; make it NOT NULL in the release after, by a validated check",
    "adding-required-field": "null=True or a db_default",
    "adding-field-with-default": "a db_default that is a constant",
    "adding-serial-primary-key-field": "a new table",
    "ban-drop-default": "db_default instead of default: rows that the old release writes want a value as well",
    "ban-drop-column": "take the field out of the state only; the release after drops the column",
    "ban-drop-table": "take the model out of the state only; the release after drops the table",
    "ban-drop-not-null": "old code would meet an empty value that it does not know",
    "renaming-column": "a new column beside the old one",
    "renaming-table": "keep the name: Meta.db_table",
    "changing-column-type": "a new column beside the old one",
    "ban-truncate-cascade": "delete in batches, outside of the migration",
    "required-in-a-copy": "null=True beside the db_default: the old release fills a copy of this table",
    "own-code": "do it in batches outside of the migration, or say why it is short",
}

#: Releases up to 0.2.0 write images through a temporary table LIKE it, which has its NOT NULL and none of its defaults.
COPIED = "images_image"


@dataclass(frozen=True)
class Planned:
    """A migration: its statements on PostgreSQL, whether it runs code or SQL of its own, and what it says is harmless
    (rule → reason)."""

    name: str
    statements: list[str]
    own_code: bool = False
    harmless: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """`migration` breaks `rule` with `statement`."""

    migration: str
    rule: str
    statement: str

    def __str__(self) -> str:
        return (
            f"{self.migration}: {self.rule}: {self.statement[:160]}\n    Instead: {MEASURES[self.rule]}.\n"
            f'    Or, in the class Migration: harmless = {{"{self.rule}": "because …"}}'
        )


# --- judging ---------------------------------------------------------------------------------------------------------
def judged(planned: Iterable[Planned]) -> list[Finding]:
    """All findings, those that a migration calls harmless among them."""
    planned = list(planned)
    owners = [(one, statement) for one in planned for statement in one.statements]
    # one line a statement, so that a line says whose it is; all of them in one text, so that squawk knows what is new
    lines = [" ".join(statement.split()) for _one, statement in owners]
    new = {table for line in lines for table in re.findall(r'^CREATE TABLE "(\w+)"', line)}
    found = [Finding(one.name, "own-code", "RunPython or RunSQL") for one in planned if one.own_code]
    found += [
        Finding(one.name, "required-in-a-copy", line)
        for line, (one, _statement) in zip(lines, owners, strict=True)
        if re.match(rf'ALTER TABLE "{COPIED}" ADD COLUMN .* DEFAULT .* NOT NULL', line)
    ]
    for line_number, rules in sorted(_squawk("\n".join(lines)).items()):
        line, (one, _statement) = lines[line_number], owners[line_number]
        if not _is_about(line, new):
            found += [Finding(one.name, rule, line) for rule in sorted(rules) if not _is_new_reference(rule, line)]
    return found


def _is_about(statement: str, tables: set[str]) -> bool:
    """Whether it changes one of these tables, which are empty until the new release runs."""
    match = re.match(r'(?:CREATE (?:UNIQUE )?INDEX .*? ON|ALTER TABLE) "(\w+)"', statement)
    return match is not None and match[1] in tables


def _is_new_reference(rule: str, statement: str) -> bool:
    """A new column that is empty everywhere: PostgreSQL takes the foreign key as valid without reading a row
    (transformFKConstraints in its parse_utilcmd.c), and locks the other table for a moment only."""
    is_new = re.match(r'ALTER TABLE "\w+" ADD COLUMN "\w+" \w+ NULL CONSTRAINT', statement)
    return rule == "adding-foreign-key-constraint" and is_new is not None and " DEFAULT " not in statement


def _squawk(text: str) -> dict[int, set[str]]:
    """Line, counted from 0 → those of our rules that it breaks."""
    program = Path(sysconfig.get_path("scripts")) / "squawk"
    command = [str(program), "--reporter", "json", "--pg-version", "14.0", "--stdin-filepath", "migrations.sql"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("["), done.stdout + done.stderr
    broken: dict[int, set[str]] = {}
    for one in json.loads(done.stdout):
        assert one["level"] != "Error", one
        if one["rule_name"] in MEASURES:
            broken.setdefault(one["line"], set()).add(one["rule_name"])
    for rules in broken.values():
        if len(rules) > 1:  # the other one says more
            rules.discard("constraint-missing-not-valid")
    return broken


# --- collecting, in a process of its own -----------------------------------------------------------------------------
def collected(database_url: str) -> list[Planned]:
    """The migrations after the last release."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __spec__.name, upgraded_from().migration],
        env={**os.environ, "TEST_DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=RELEASES.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Planned(**one) for one in json.loads(done.stdout)]


def _collect(after: str) -> list[Planned]:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection, replace_migrations=False)
    keys = sorted(key for key in loader.graph.nodes if key[0] == APP and key[1] > after)
    return [_planned(connection, loader, key) for key in keys]


def _planned(connection, loader, key) -> Planned:
    from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState

    migration = loader.graph.nodes[key]
    state = loader.project_state(key, at_end=False)
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    operations = list(migration.operations)
    for one in migration.operations:
        if isinstance(one, SeparateDatabaseAndState):
            operations += one.database_operations
    statements = [line for line in editor.collected_sql if line and not line.startswith("--")]
    own_code = any(isinstance(one, RunPython | RunSQL) for one in operations)
    return Planned(key[1], statements, own_code, dict(getattr(migration, "harmless", {})))


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps([asdict(one) for one in _collect(sys.argv[1])]))  # noqa: T201
