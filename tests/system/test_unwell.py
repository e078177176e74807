"""A database that only reads, and disks that are full: told in plain words, and survived (case R15).

On SQLite, and with TEST_DATABASE_URL on PostgreSQL (`python -m tests.on_postgres`).
"""

import contextlib
import sqlite3
from contextlib import contextmanager

import pytest
from celery import current_app
from django.db import DatabaseError, OperationalError, connection, connections
from django.test import Client

from images.core.database_trouble import Unwell, unwell
from images.operations.models.operation import Operation
from images.search.models import SavedView
from images.system.services import health
from tests import factories
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True)]
READ_ONLY = "The database can only be read at the moment."
FULL = "The disk is full."


@contextmanager
def only_reading():
    """As a standby after a fail-over."""
    on, off = (
        ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
        if connection.vendor == "postgresql"
        else ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
    )
    _execute(on)
    try:
        yield
    finally:
        _execute(off)


@contextmanager
def full_disk():
    """SQLite gets no further page; PostgreSQL answers each new row with what it says when its disk is full."""
    if connection.vendor == "postgresql":
        _execute("CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
                 " 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$")  # fmt: skip
        try:
            for table in (Operation._meta.db_table, SavedView._meta.db_table, "django_session"):
                _execute(f"CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON {table}"
                         " FOR EACH ROW EXECUTE FUNCTION disk_full()")  # fmt: skip
            yield
        finally:
            _execute("DROP FUNCTION disk_full CASCADE")
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (x)")
        cursor.execute("PRAGMA max_page_count")
        usual = cursor.fetchone()[0]
        cursor.execute("PRAGMA max_page_count = 1")  # as many as there are
        with contextlib.suppress(OperationalError):
            for _page in range(100_000):
                cursor.execute("INSERT INTO filler VALUES (zeroblob(2000))")
    try:
        yield
    finally:
        _execute(f"PRAGMA max_page_count = {usual}")
        _execute("DROP TABLE filler")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def client(admin):
    """Shows error pages as people get them."""
    client = Client(raise_request_exception=False)
    client.force_login(admin)
    return client


def test_a_standby_is_not_ready(client):
    factories.project()
    assert client.get("/readyz").status_code == 200
    with only_reading():
        answer = client.get("/readyz")
    assert answer.status_code == 503
    told = answer.json()["parts"]["database"]
    assert told["state"] == "bad"
    assert told["says"].startswith(READ_ONLY)
    assert "DATABASE_URL" in told["measure"]
    assert client.get("/readyz").status_code == 200


def test_a_file_that_takes_no_changes_is_not_ready(tmp_path, settings):
    """Of SQLite: opened as a file system that is mounted read-only would have it."""
    path = tmp_path / "console.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE x (y)")
    made.close()
    taken = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as raised:
        taken.execute("INSERT INTO x VALUES (1)")
    taken.close()
    assert unwell(raised.value) is Unwell.READ_ONLY
    if connection.vendor == "sqlite":
        other = connections["default"].copy("other")
        options = {**other.settings_dict["OPTIONS"], "init_command": ""}  # the mode of the journal is set by then
        other.settings_dict = {**other.settings_dict, "NAME": f"file:{path}?mode=ro", "OPTIONS": options}
        with other.cursor() as cursor:
            assert health._cannot_begin(cursor)
        other.close()


@pytest.mark.parametrize("background", [False, True], ids=["page", "htmx"])
@pytest.mark.parametrize(("trouble", "said"), [(only_reading, READ_ONLY), (full_disk, FULL)], ids=["read-only", "full"])
def test_an_act_is_answered_with_what_is_wrong(client, trouble, said, background):
    headers = {"HX-Request": "true"} if background else {}

    def keep(number: int):
        data = {"name": f"mine {number} {'x' * 60}", "q": "ubuntu " * 30}
        return client.post("/images/views/add/", data, headers=headers)

    with trouble():
        answers = [keep(number) for number in range(60)]
    failed = [answer for answer in answers if answer.status_code == 503]
    assert failed, {answer.status_code for answer in answers}
    assert not any(answer.status_code == 500 for answer in answers)
    page = failed[0].content.decode()
    assert said in page
    assert ("<html" in page) is not background
    assert failed[0].headers["Retry-After"]
    assert keep(999).status_code in {200, 302}, "over, without anybody's help"
    assert SavedView.objects.filter(name__startswith="mine 999").exists()


@pytest.mark.parametrize(("trouble", "said"), [(only_reading, READ_ONLY), (full_disk, FULL)], ids=["read-only", "full"])
def test_signing_in_says_what_is_wrong(trouble, said, admin):
    client = Client(raise_request_exception=False)
    typed = {"login": "admin", "password": PASSWORD}
    assert client.get("/accounts/login/").status_code == 200
    with trouble():
        answers = []
        while len(answers) < 40 and not any(answer.status_code == 503 for answer in answers):
            answers.append(Client(raise_request_exception=False).post("/accounts/login/", typed))
    assert answers[-1].status_code == 503, {answer.status_code for answer in answers}
    assert said in answers[-1].content.decode()
    assert client.post("/accounts/login/", typed).status_code == 302


def test_people_can_go_on_reading(client):
    """What only reads needs no database that writes."""
    factories.put(factories.project(), factories.document(1, "0" * 32))
    client.get("/images/")
    with only_reading():
        assert client.get("/images/").status_code == 200
        assert client.get("/operations/").status_code == 200


def test_tasks_wait_without_a_word_too_many(caplog, admin):
    """A standby is no reason for forty tracebacks a minute."""
    factories.project()
    with only_reading():
        for name in [name for name in current_app.tasks if name.startswith("images.") and "holder" not in name]:
            current_app.tasks[name].run()
    assert "Traceback" not in caplog.text
    assert f"images.sample_quotas waits: {READ_ONLY}" in caplog.text


def test_errors_of_postgresql_are_known_by_their_state():
    psycopg = pytest.importorskip("psycopg")
    for error, reason in [
        (psycopg.errors.DiskFull("x"), Unwell.FULL),
        (psycopg.errors.ReadOnlySqlTransaction("x"), Unwell.READ_ONLY),
        (psycopg.errors.AdminShutdown("x"), Unwell.AWAY),
        (psycopg.OperationalError("connection refused"), Unwell.AWAY),
        (psycopg.errors.UniqueViolation("x"), None),
        (psycopg.errors.DeadlockDetected("x"), None),
    ]:
        wrapped = DatabaseError("x")
        wrapped.__cause__ = error
        assert unwell(wrapped) is reason
