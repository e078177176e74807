"""Upgrades run beside people's work: a migration that would lock them out, or that the old release would stumble over,
is refused, unless it says why it is harmless."""

import re
import subprocess

import pytest

from console.version import CHANGELOG
from tests.guards.migration_sql import APP, MEASURES, Planned, collected, judged
from tests.postgres import postgres
from tests.releases import RELEASES, releases

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def since_the_release() -> list[Planned]:
    with postgres() as url:
        return collected(url)


def test_no_migration_since_the_release_holds_anybody_up(since_the_release):
    excused = {(one.name, rule) for one in since_the_release for rule in one.harmless}
    found = [one for one in judged(since_the_release) if (one.migration, one.rule) not in excused]
    assert not found, "\n" + "\n".join(map(str, found))


def test_excuses_are_needed_and_say_why(since_the_release):
    found = {(one.migration, one.rule) for one in judged(since_the_release)}
    for one in since_the_release:
        for rule, reason in one.harmless.items():
            assert (one.name, rule) in found, f"{one.name} excuses {rule}, which it does not break"
            assert len(reason.split()) >= 4, f"{one.name}: why is {rule} harmless?"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ('CREATE INDEX "x" ON "images_image" ("name");', "require-concurrent-index-creation"),
        ('CREATE UNIQUE INDEX "x" ON "images_image" ("name");', "require-concurrent-index-creation"),
        ('ALTER TABLE "images_image" ADD CONSTRAINT "c" CHECK ("size" > 0);', "constraint-missing-not-valid"),
        ('ALTER TABLE "images_image" ADD CONSTRAINT "c" UNIQUE ("size");', "disallowed-unique-constraint"),
        (
            'ALTER TABLE "images_image" ADD CONSTRAINT "c" FOREIGN KEY ("a_id") REFERENCES "images_project" ("id");',
            "adding-foreign-key-constraint",
        ),
        ('ALTER TABLE "images_image" ALTER COLUMN "size" SET NOT NULL;', "adding-not-nullable-field"),
        ('ALTER TABLE "images_image" ADD COLUMN "a" integer NOT NULL;', "adding-required-field"),
        ('ALTER TABLE "images_image" ADD COLUMN "a" integer DEFAULT 1 NOT NULL;', "required-in-a-copy"),
        ('ALTER TABLE "images_image" ADD COLUMN "a" uuid DEFAULT gen_random_uuid() NULL;', "adding-field-with-default"),
        ('ALTER TABLE "images_image" ALTER COLUMN "a" DROP DEFAULT;', "ban-drop-default"),
        ('ALTER TABLE "images_image" DROP COLUMN "a" CASCADE;', "ban-drop-column"),
        ('DROP TABLE "images_image" CASCADE;', "ban-drop-table"),
        ('ALTER TABLE "images_image" RENAME COLUMN "a" TO "b";', "renaming-column"),
        ('ALTER TABLE "images_image" RENAME TO "images_picture";', "renaming-table"),
        ('ALTER TABLE "images_image" ALTER COLUMN "a" TYPE text USING "a"::text;', "changing-column-type"),
        ('ALTER TABLE "images_image" ALTER COLUMN "a" DROP NOT NULL;', "ban-drop-not-null"),
        ('DROP INDEX IF EXISTS "x";', "require-concurrent-index-deletion"),
    ],
)
def test_the_guard_notices(statement, rule):
    harmless = Planned("0021_first", ['ALTER TABLE "images_image" ADD COLUMN "z" integer NULL;'])
    [found] = judged([harmless, Planned("0022_second", [statement])])
    assert (found.migration, found.rule) == ("0022_second", rule)
    assert MEASURES[rule] in str(found)


def test_code_of_its_own_is_noticed():
    [found] = judged([Planned("0021_data", [], own_code=True)])
    assert found.rule == "own-code"


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "x" ON "images_image" ("name");',
        'CREATE INDEX "x" ON "images_new" ("image_id");',
        'ALTER TABLE "images_new" ADD CONSTRAINT "c" CHECK ("id" > 0);',
        'ALTER TABLE "images_new" ADD CONSTRAINT "c" FOREIGN KEY ("image_id") REFERENCES "images_image" ("id");',
        'ALTER TABLE "images_project" ADD COLUMN "a" integer DEFAULT 0 NOT NULL;',
        'ALTER TABLE "images_image" ADD COLUMN "a" integer DEFAULT 0 NULL;',
        'ALTER TABLE "images_image" ADD COLUMN "a_id" bigint NULL CONSTRAINT "c" REFERENCES "images_new" ("id");',
        'ALTER TABLE "images_image" ADD CONSTRAINT "c" CHECK ("size" > 0) NOT VALID;',
        'ALTER TABLE "images_image" VALIDATE CONSTRAINT "c";',
    ],
)
def test_what_holds_nobody_up_is_let_through(statement):
    new = Planned("0021_new", ['CREATE TABLE "images_new" ("id" bigint NOT NULL PRIMARY KEY, "image_id" bigint NULL);'])
    assert judged([new, Planned("0022_more", [statement])]) == []


def test_releases_are_of_this_history():
    """A commit may be missing in a shallow clone; a last migration may not."""
    for release in releases():
        assert (RELEASES.parents[1] / APP / "migrations" / f"{release.migration}.py").is_file()
        assert len(release.commit) == 40
        command = ["git", "cat-file", "-t", release.commit]
        kind = subprocess.run(command, cwd=RELEASES.parent, capture_output=True, text=True, check=False)
        assert kind.stdout.strip() in {"commit", ""}


def test_every_release_is_written_down():
    """The newest of the changelog may still be on its way: its commit is known when it has been made."""
    told = re.findall(r"^## (\d+\.\d+\.\d+)", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
    assert [one.version for one in releases()] in (told[::-1], told[:0:-1])
